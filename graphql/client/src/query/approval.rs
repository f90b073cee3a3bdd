//! What takes an approval, and what waits for one.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use types::text_enum;

use super::order::With;
use super::viewer::Place;
use crate::page::Page;

text_enum! {
    /// What a rule can cover, as people call it.
    Covered {
        Order = "order",
        Change = "change",
        Start = "start",
        Stop = "stop",
        Delete = "delete",
    }
}

documents! {
    /// What was asked for and takes an approval.
    ListApprovals = "approvals", "approvals" (ApprovalsOf) -> Page<ApprovalRow>;
    /// All of one.
    AskApproval = "approval", "approval" (ById) -> Approval;
    /// Approves.
    DoGiveApproval = "give-approval", "giveApproval" (With<Decide>) -> Decided;
    /// Rejects.
    DoRejectApproval = "reject-approval", "rejectApproval" (With<Decide>) -> Decided;
    /// Takes back.
    DoWithdrawApproval = "withdraw-approval", "withdrawApproval" (With<Decide>) -> Decided;
    /// Says something.
    DoCommentOnApproval = "comment-on-approval", "commentOnApproval" (With<Decide>) -> Decided;
    /// What takes an approval.
    ListApprovalRules = "approval-rules", "approvalRules" (RulesOf) -> Page<Rule>;
    /// Makes a rule.
    DoCreateApprovalRule = "create-approval-rule", "createApprovalRule" (With<CreateRule>) -> OnlyId;
    /// Deletes a rule.
    DoDeleteApprovalRule = "delete-approval-rule", "deleteApprovalRule" (With<OnRule>) -> String;
}

/// Which of what was asked for.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalsOf {
    pub first: u32,
    pub after: Option<String>,
    pub state: Option<String>,
    pub at: Option<String>,
    pub is_own: Option<bool>,
}

/// Something by its id.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ById {
    pub id: String,
}

/// A rule that would make what is previewed wait.
#[derive(Debug, Serialize, Deserialize)]
pub struct ApprovalAhead {
    pub at: String,
    pub approvers: u32,
}

/// What something costs a month.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MonthlyPrice {
    pub currency: String,
    pub per_month: String,
}

/// A row of what was asked for.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalRow {
    pub id: String,
    pub state: String,
    pub mutation: String,
    pub name: String,
    pub project_title: Option<String>,
    pub package: String,
    pub requested_by: String,
    pub requested_at: String,
    pub expires_at: String,
    pub price: MonthlyPrice,
}

/// All of what was asked for.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Approval {
    pub id: String,
    pub state: String,
    pub mutation: String,
    pub name: String,
    pub project_title: Option<String>,
    pub package: String,
    pub topology: String,
    pub software_version: String,
    pub members: u32,
    pub plan: Option<PlanName>,
    pub requested_by: String,
    pub requested_at: String,
    pub expires_at: String,
    pub ended_at: Option<String>,
    pub problem: Option<String>,
    pub is_own: bool,
    pub viewer_can_decide: bool,
    pub price: MonthlyPrice,
    pub values: Vec<AskedValue>,
    pub needs: Vec<Need>,
    pub history: Vec<Line>,
    pub operation: Option<OnlyId>,
}

/// The name of a plan.
#[derive(Debug, Serialize, Deserialize)]
pub struct PlanName {
    pub name: String,
}

/// The id of something.
#[derive(Debug, Serialize, Deserialize)]
pub struct OnlyId {
    pub id: String,
}

/// A parameter that is given or changes.
#[derive(Debug, Serialize, Deserialize)]
pub struct AskedValue {
    pub parameter: String,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

/// A rule that has to be satisfied.
#[derive(Debug, Serialize, Deserialize)]
pub struct Need {
    pub rule: String,
    pub at: String,
    pub approvers: u32,
    pub given: u32,
}

/// A line of the history.
#[derive(Debug, Serialize, Deserialize)]
pub struct Line {
    pub kind: String,
    pub by: Option<String>,
    pub comment: Option<String>,
    pub at: String,
}

/// What was asked for after a decision.
#[derive(Debug, Serialize, Deserialize)]
pub struct Decided {
    pub id: String,
    pub state: String,
    pub name: String,
    pub operation: Option<OnlyId>,
}

/// A decision about what was asked for.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Decide {
    pub approval: String,
    pub comment: Option<String>,
    pub idempotency_key: String,
}

/// Which rules.
#[derive(Clone, Debug, Default, Serialize)]
pub struct RulesOf {
    pub first: u32,
    pub after: Option<String>,
    pub at: Option<String>,
}

/// What takes an approval.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    pub id: String,
    pub mutations: Vec<String>,
    pub above_per_month: Option<String>,
    pub plans: Vec<String>,
    pub packages: Vec<String>,
    pub approvers: u32,
    pub days: u32,
    pub created_by: String,
    pub at: Option<Place>,
}

/// A rule to be made.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateRule {
    pub at: String,
    pub mutations: Vec<String>,
    pub above_per_month: Option<String>,
    pub plans: Option<Vec<String>>,
    pub packages: Option<Vec<String>>,
    pub approvers: Option<u32>,
    pub days: Option<u32>,
    pub idempotency_key: String,
}

/// A rule to be deleted.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OnRule {
    pub rule: String,
    pub idempotency_key: String,
}

impl Covered {
    /// The API's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Order => "PLACE_ORDER",
            Self::Change => "CHANGE_CONFIGURATION",
            Self::Start => "START_INSTANCE",
            Self::Stop => "STOP_INSTANCE",
            Self::Delete => "DELETE_INSTANCE",
        }
    }
}
