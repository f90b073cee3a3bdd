//! Instances and their parts.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::operation::{OperationSummary, Problem};
use super::{Reference, Text};
use crate::page::Page;

documents! {
    /// Instances, newest first.
    ListInstances = "instances", "instances" (InstancesOf) -> Page<InstanceSummary>;
    /// Everything about one instance.
    AskInstance = "instance", "instance" (InstanceNamed) -> InstanceDetail;
    /// What a command needs to know before it acts on an instance.
    AskInstanceSummary = "instance-summary", "instance" (InstanceNamed) -> InstanceSummary;
    /// The parameters of an instance.
    AskInstanceForm = "instance-form", "instance" (InstanceNamed) -> InstanceForm;
    /// How to connect.
    AskConnection = "connection", "instance" (InstanceNamed) -> Connectable;
    /// The configurations of an instance, newest first.
    ListConfigurations = "configurations", "instance" (InstancePage) -> ConfigurationsOf;
    /// The operations of an instance, newest first.
    ListOperations = "operations", "instance" (InstancePage) -> OperationsOf;
}

/// One instance by id or name.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InstanceNamed {
    pub id_or_name: String,
    pub project: Option<String>,
}

/// One page of a list of an instance.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InstancePage {
    pub id_or_name: String,
    pub project: Option<String>,
    pub first: u32,
    pub after: Option<String>,
}

/// Which instances to list.
#[derive(Clone, Debug, Default, Serialize)]
pub struct InstancesOf {
    pub first: u32,
    pub after: Option<String>,
    pub filter: InstanceFilter,
}

/// What they have in common.
#[derive(Clone, Debug, Default, Serialize)]
pub struct InstanceFilter {
    pub project: Option<String>,
    pub state: Option<String>,
    pub search: Option<String>,
}

/// An instance as a line of a list.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InstanceSummary {
    pub id: String,
    pub name: String,
    pub project: Reference,
    pub package: String,
    pub software_version: String,
    pub topology: String,
    pub plan: Reference,
    pub wish: String,
    pub state: String,
    pub unknown_since: Option<String>,
    pub created_at: String,
    pub members: Vec<MemberName>,
}

/// A member that is only named.
#[derive(Debug, Serialize, Deserialize)]
pub struct MemberName {
    pub name: String,
}

/// Everything about an instance.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InstanceDetail {
    pub id: String,
    pub name: String,
    pub project: Reference,
    pub package: String,
    pub package_version: String,
    pub software_version: String,
    pub installed_version: Option<String>,
    pub topology: String,
    pub plan: Reference,
    pub wish: String,
    pub state: String,
    pub unknown_since: Option<String>,
    pub cell: String,
    pub generation: i64,
    pub created_at: String,
    pub created_by: String,
    pub deleted_at: Option<String>,
    pub members: Vec<Member>,
    pub configuration: Configuration,
    pub cost: Cost,
    pub operations: Page<OperationSummary>,
}

/// One process of an instance.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    pub id: String,
    pub ordinal: i64,
    pub name: String,
    pub role: String,
    pub observed_role: Option<String>,
    pub state: String,
    pub since: Option<String>,
    pub endpoint: Option<Endpoint>,
    pub restarts: i64,
    pub problem: Option<String>,
}

/// Where a member listens.
#[derive(Debug, Serialize, Deserialize)]
pub struct Endpoint {
    pub host: String,
    pub port: u16,
}

/// The desired configuration.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Configuration {
    pub number: i64,
    pub parameters: Map<String, Value>,
    pub created_at: String,
    pub created_by: String,
}

/// Usage and cost of the month so far.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cost {
    pub period: String,
    pub currency: String,
    pub amount: String,
    pub complete_to: Option<String>,
    pub lines: Vec<CostLine>,
}

/// Usage and cost by one meter.
#[derive(Debug, Serialize, Deserialize)]
pub struct CostLine {
    pub meter: String,
    pub quantity: String,
    pub amount: String,
}

/// The parameters that a change can set, as JSON Schema.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InstanceForm {
    pub id: String,
    pub name: String,
    pub project: Reference,
    pub parameter_schema: Value,
}

/// An instance and how to connect to it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Connectable {
    pub id: String,
    pub name: String,
    pub state: String,
    pub unknown_since: Option<String>,
    pub connection: ConnectionGuide,
}

/// How to connect, without secrets.
#[derive(Debug, Serialize, Deserialize)]
pub struct ConnectionGuide {
    pub endpoints: Vec<ConnectionEndpoint>,
    pub examples: Vec<ConnectionExample>,
    pub secrets: Vec<String>,
}

/// Where to connect for what.
#[derive(Debug, Serialize, Deserialize)]
pub struct ConnectionEndpoint {
    pub role: String,
    pub host: String,
    pub port: u16,
}

/// Something to copy.
#[derive(Debug, Serialize, Deserialize)]
pub struct ConnectionExample {
    pub title: Text,
    pub text: String,
}

/// One page of configurations.
#[derive(Debug, Serialize, Deserialize)]
pub struct ConfigurationsOf {
    pub configurations: Page<ConfigurationChange>,
}

/// A configuration by what it changed.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConfigurationChange {
    pub number: i64,
    pub created_at: String,
    pub created_by: String,
    pub reason: Option<String>,
    pub restored_from: Option<i64>,
    pub changes: Vec<ParameterChange>,
    pub operation: Option<OperationState>,
}

/// How the operation of a change stands.
#[derive(Debug, Serialize, Deserialize)]
pub struct OperationState {
    pub id: String,
    pub state: String,
}

/// A parameter before and after, with where its values come from.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ParameterChange {
    pub parameter: String,
    pub before: Option<Value>,
    pub after: Option<Value>,
    pub before_origin: Option<String>,
    pub after_origin: Option<String>,
    pub template: Option<String>,
    pub apply: String,
}

/// A parameter with its value, and where that comes from.
#[derive(Debug, Serialize, Deserialize)]
pub struct ParameterValue {
    pub parameter: String,
    pub value: Value,
    pub origin: String,
    pub template: Option<String>,
}

/// A value of an instance's own where a template says otherwise.
#[derive(Debug, Serialize, Deserialize)]
pub struct OwnValue {
    pub parameter: String,
    pub own: Value,
    pub template: Value,
}

/// One page of operations.
#[derive(Debug, Serialize, Deserialize)]
pub struct OperationsOf {
    pub operations: Page<OperationSummary>,
}

impl OperationSummary {
    /// Why it failed, or what it waits for, as it was told.
    pub fn remark(&self) -> String {
        let problem = self.problem.as_ref();
        let problem = problem.map(|Problem { code, message }| format!("{code}: {message}"));
        let waits = self.waiting_for.as_ref().map(|waits| format!("waits for {}", waits.message));
        problem.or(waits).unwrap_or_default()
    }
}
