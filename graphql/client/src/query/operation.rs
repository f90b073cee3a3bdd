//! Operations, their steps and logs.

use serde::{Deserialize, Serialize};

use super::{Reference, Slice};
use crate::page::Page;

documents! {
    /// One operation with its log.
    AskOperation = "operation", "operation" (OperationFrom) -> Operation;
    /// An operation as it moves.
    FollowOperation = "operation-progress", "operationProgress" (ProgressOf) -> OperationProgress;
    /// Operations of all tenants that take longer than expected.
    ListSlowOperations = "slow-operations", "slowOperations" (Slice) -> Page<SlowOperation>;
}

/// One operation and which part of its log.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OperationFrom {
    pub id: String,
    pub after_line: Option<i64>,
    pub first: Option<u32>,
}

/// Which operation to follow, from which line of its log.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProgressOf {
    pub operation: String,
    pub after_line: Option<i64>,
}

/// An operation as a line of a list.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OperationSummary {
    pub id: String,
    pub kind: String,
    pub state: String,
    pub created_at: String,
    pub ended_at: Option<String>,
    pub created_by: String,
    pub problem: Option<Problem>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_for: Option<Waiting>,
}

/// A tracked run of work.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    pub id: String,
    pub kind: String,
    pub state: String,
    pub instance: Reference,
    pub created_at: String,
    pub created_by: String,
    pub started_at: Option<String>,
    pub ended_at: Option<String>,
    pub deadline: String,
    pub steps: Vec<Step>,
    pub problem: Option<Problem>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_for: Option<Waiting>,
    /// Only where it was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub log: Vec<LogLine>,
}

/// One step of the work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    pub ordinal: i64,
    pub name: String,
    pub member: Option<String>,
    pub member_name: Option<String>,
    pub state: String,
    pub started_at: Option<String>,
    pub ended_at: Option<String>,
}

/// One line of the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogLine {
    pub number: i64,
    pub step: i64,
    pub at: String,
    pub text: String,
}

/// Why something failed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Problem {
    pub code: String,
    pub message: String,
}

/// What an operation that has not ended waits for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Waiting {
    pub code: String,
    pub message: String,
    pub since: Option<String>,
    pub step: Option<i64>,
    pub step_name: Option<String>,
    pub attempts: i64,
    pub reason: Option<String>,
    pub next_try_at: Option<String>,
    pub deadline: String,
}

/// An operation of whatever tenant that takes longer than expected.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SlowOperation {
    pub operation: String,
    pub tenant: String,
    pub cell: String,
    pub kind: String,
    pub state: String,
    pub created_at: String,
    pub deadline: String,
    pub waiting_for: Option<Waiting>,
}

/// An operation that moved, and what was logged meanwhile.
#[derive(Debug, Serialize, Deserialize)]
pub struct OperationProgress {
    pub operation: Operation,
    pub lines: Vec<LogLine>,
}

impl Operation {
    /// Whether it will not move any more.
    pub fn has_ended(&self) -> bool {
        matches!(self.state.as_str(), "SUCCEEDED" | "FAILED" | "SUPERSEDED")
    }

    /// The step that a line of the log belongs to.
    pub fn step(&self, ordinal: i64) -> Option<&Step> {
        self.steps.iter().find(|step| step.ordinal == ordinal)
    }
}
