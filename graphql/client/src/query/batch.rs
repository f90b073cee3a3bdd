//! Work on many instances, and configurations side by side.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::approval::ApprovalAhead;
use super::instance::{OperationState, OwnValue, ParameterChange, ParameterValue};
use super::order::{RestartedMember, With};
use super::{Reference, Text};

documents! {
    /// What work on many instances would do.
    PreviewBatch = "preview-batch", "previewBatch" (With<Batch>) -> BatchPreview;
    /// Does previewed work on many instances.
    DoBatch = "apply-batch", "applyBatch" (With<ApplyBatch>) -> BatchPayload;
    /// Configurations side by side.
    AskComparison = "compare", "compare" (With<CompareOf>) -> Comparison;
}

/// Which instances.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Selection {
    pub instances: Option<Vec<String>>,
    pub project: Option<String>,
    pub organization: Option<String>,
    pub package: Option<String>,
}

/// The same work on many instances.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Batch {
    pub selection: Selection,
    /// CHANGE, START or STOP.
    pub work: String,
    pub parameters: Option<Map<String, Value>>,
    pub template: Option<String>,
    pub replace_own: bool,
}

/// The same with the token of its preview.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ApplyBatch {
    pub batch: Batch,
    pub preview_token: String,
    pub reason: Option<String>,
    pub idempotency_key: String,
}

/// What would be done.
#[derive(Debug, Serialize, Deserialize)]
pub struct BatchPreview {
    pub token: String,
    pub items: Vec<BatchItem>,
}

/// What would be done to one instance, or why it is left out.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchItem {
    pub instance: Selected,
    pub changes: Vec<ParameterChange>,
    pub apply: Option<String>,
    pub restarts: Vec<RestartedMember>,
    pub own_values: Vec<OwnValue>,
    pub refusal: Option<Refusal>,
    pub approvals: Vec<ApprovalAhead>,
}

/// An instance of a selection.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Selected {
    pub id: String,
    pub name: String,
    pub project: Reference,
    pub package: String,
}

/// Why one instance was left out.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Refusal {
    pub code: String,
    pub why: Option<String>,
    pub message: String,
    pub problems: Vec<FieldProblem>,
}

/// What is wrong with one field.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FieldProblem {
    pub field: String,
    pub problem: String,
    pub message: String,
}

/// What became of many instances.
#[derive(Debug, Serialize, Deserialize)]
pub struct BatchPayload {
    pub items: Vec<BatchOutcome>,
}

/// What became of one instance.
#[derive(Debug, Serialize, Deserialize)]
pub struct BatchOutcome {
    pub instance: Option<Selected>,
    pub operation: Option<OperationState>,
    pub refusal: Option<Refusal>,
}

/// What is compared.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CompareOf {
    pub instances: Vec<String>,
    pub project: Option<String>,
    pub template: Option<String>,
    pub all: bool,
}

/// Configurations side by side.
#[derive(Debug, Serialize, Deserialize)]
pub struct Comparison {
    pub instances: Vec<Selected>,
    pub template: Option<String>,
    pub parameters: Vec<ComparedParameter>,
}

/// One parameter in all columns.
#[derive(Debug, Serialize, Deserialize)]
pub struct ComparedParameter {
    pub parameter: String,
    pub title: Option<Text>,
    pub differs: bool,
    pub values: Vec<Option<ParameterValue>>,
}
