//! Previews and mutations.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::approval::ApprovalAhead;
use super::budget::BudgetEffect;
use super::instance::{ConnectionExample, OwnValue, ParameterChange, ParameterValue};
use super::offering::Size;
use super::operation::Operation;
use super::quota::QuotaEffect;
use super::{Reference, Text};

documents! {
    /// What an order would make.
    PreviewOrder = "preview-order", "previewOrder" (With<OrderPreviewOf>) -> OrderPreview;
    /// Orders what was previewed.
    DoPlaceOrder = "place-order", "placeOrder" (With<PlaceOrder>) -> Accepted;
    /// What a change would do.
    PreviewChange = "preview-change", "previewChange" (With<ChangePreviewOf>) -> ChangePreview;
    /// Changes what was previewed.
    DoChange = "change-configuration", "changeConfiguration" (With<ChangeConfiguration>) -> Accepted;
    /// Stops an instance.
    DoStop = "stop-instance", "stopInstance" (With<OnInstance>) -> Accepted;
    /// Starts an instance.
    DoStart = "start-instance", "startInstance" (With<OnInstance>) -> Accepted;
    /// Deletes an instance.
    DoDelete = "delete-instance", "deleteInstance" (With<DeleteInstance>) -> Accepted;
    /// Shows a password.
    DoReveal = "reveal-secret", "revealSecret" (With<OnInstance>) -> RevealedSecret;
}

/// Variables that consist of one input.
#[derive(Clone, Debug, Default, Serialize)]
pub struct With<T> {
    pub input: T,
}

/// What is wanted.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderPreviewOf {
    pub project: String,
    pub name: String,
    pub offering: String,
    pub software_version: String,
    pub topology: String,
    pub plan: String,
    pub parameters: Map<String, Value>,
    pub template: Option<String>,
}

/// What an order would make and cost.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderPreview {
    pub token: String,
    pub cell: String,
    pub members: Vec<PreviewMember>,
    pub parameters: Map<String, Value>,
    pub values: Vec<ParameterValue>,
    pub own_values: Vec<OwnValue>,
    pub notes: Vec<ParameterNote>,
    pub price: PriceEstimate,
    pub licence: LicenceEffect,
    pub quotas: Vec<QuotaEffect>,
    pub budgets: Vec<BudgetEffect>,
    pub approvals: Vec<ApprovalAhead>,
}

/// Something worth knowing of a parameter.
#[derive(Debug, Serialize, Deserialize)]
pub struct ParameterNote {
    pub parameter: String,
    pub message: Text,
}

/// A member that would be made.
#[derive(Debug, Serialize, Deserialize)]
pub struct PreviewMember {
    pub name: String,
    pub role: String,
    pub size: Size,
}

/// Price while it runs, before tax; a month is 30 × 24 hours.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PriceEstimate {
    pub currency: String,
    pub per_hour: String,
    pub per_month: String,
    pub lines: Vec<PriceEstimateLine>,
}

/// The part of one meter.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PriceEstimateLine {
    pub meter: String,
    pub quantity_per_hour: String,
    pub unit_price: Option<String>,
    pub per: Option<String>,
    pub per_hour: String,
    pub reason: Option<String>,
}

/// What it takes of the licence.
#[derive(Debug, Serialize, Deserialize)]
pub struct LicenceEffect {
    pub unit: String,
    pub used: i64,
    pub added: i64,
    pub limit: i64,
}

/// An order with the token of its preview.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlaceOrder {
    pub order: OrderPreviewOf,
    pub preview_token: String,
    pub reason: Option<String>,
    pub idempotency_key: String,
}

/// What an instance's configuration is to become; null puts a parameter back to its default.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangePreviewOf {
    pub instance: String,
    pub parameters: Map<String, Value>,
    pub restore: Option<i64>,
    pub template: Option<String>,
    pub replace_own: bool,
}

/// What a change would do.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangePreview {
    pub token: String,
    pub changes: Vec<ParameterChange>,
    pub apply: Option<String>,
    pub restarts: Vec<RestartedMember>,
    pub own_values: Vec<OwnValue>,
    pub notes: Vec<ParameterNote>,
    pub approvals: Vec<ApprovalAhead>,
}

/// A member that would be restarted.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RestartedMember {
    pub name: String,
    pub role: String,
    pub observed_role: Option<String>,
}

/// A change with the token of its preview.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangeConfiguration {
    pub change: ChangePreviewOf,
    pub preview_token: String,
    pub reason: Option<String>,
    pub idempotency_key: String,
}

/// A mutation that needs only the instance.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OnInstance {
    pub instance: String,
    pub idempotency_key: String,
}

/// A deletion.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeleteInstance {
    pub instance: String,
    pub name: String,
    pub reason: Option<String>,
    pub idempotency_key: String,
}

/// What an accepted mutation answers.
#[derive(Debug, Serialize, Deserialize)]
pub struct Accepted {
    pub instance: AcceptedInstance,
    pub operation: Operation,
}

/// The instance that a mutation was about.
#[derive(Debug, Serialize, Deserialize)]
pub struct AcceptedInstance {
    pub id: String,
    pub name: String,
    pub project: Reference,
}

/// Secrets, and the connection examples with them filled in.
#[derive(Serialize, Deserialize)]
pub struct RevealedSecret {
    pub secrets: Vec<NamedSecret>,
    pub examples: Vec<ConnectionExample>,
}

/// One secret.
#[derive(Serialize, Deserialize)]
pub struct NamedSecret {
    pub name: String,
    pub value: types::secret::Secret,
}
