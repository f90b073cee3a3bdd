//! What people ask each other's approval for.

use serde_json::{Value, json};
use types::id::{Ids as _, SystemIds};

use crate::client::{Answer, User};

/// Makes a rule.
pub const CREATE_RULE: &str = "mutation($input: CreateApprovalRuleInput!) { \
    createApprovalRule(input: $input) { id mutations abovePerMonth plans packages approvers days } }";
/// Deletes a rule.
pub const DELETE_RULE: &str =
    "mutation($input: ApprovalRuleInput!) { deleteApprovalRule(input: $input) }";
/// Rules.
pub const RULES: &str = "query($at: ID) { approvalRules(at: $at) { nodes { id approvers } } }";
/// Approves.
pub const APPROVE: &str =
    "mutation($input: ApprovalInput!) { giveApproval(input: $input) { id state } }";
/// Rejects.
pub const REJECT: &str =
    "mutation($input: ApprovalCommentInput!) { rejectApproval(input: $input) { id state } }";
/// Takes back.
pub const WITHDRAW: &str =
    "mutation($input: ApprovalInput!) { withdrawApproval(input: $input) { id state } }";
/// Says something.
pub const COMMENT: &str =
    "mutation($input: ApprovalCommentInput!) { commentOnApproval(input: $input) { id state } }";
/// All that is known of what was asked for.
pub const APPROVAL: &str = "query($id: ID!) { approval(id: $id) { id state mutation name package \
    project projectTitle requestedBy isOwn viewerCanDecide problem price { currency perMonth } \
    values { parameter before after } needs { at approvers given } \
    history { kind by comment } instance { id name } operation { id kind } } }";
/// A list of what was asked for.
pub const APPROVALS: &str = "query($state: ApprovalState, $at: ID, $isOwn: Boolean) { \
    approvals(state: $state, at: $at, isOwn: $isOwn) { nodes { id state name } } }";

impl User {
    /// Makes a rule for one mutation, with all that is set beside it.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn rule(&self, at: impl ToString, mutation: &str, more: Value) -> String {
        let mut input = json!({ "at": at.to_string(), "mutations": [mutation] });
        let more = more.as_object().cloned().unwrap_or_default();
        input.as_object_mut().expect("fields").extend(more);
        self.make(CREATE_RULE, input).await
    }

    /// Approves, with a key of its own.
    pub async fn approve(&self, approval: &str) -> Answer {
        let key = SystemIds.next().to_string();
        let input = json!({ "approval": approval, "idempotencyKey": key });
        self.ask(APPROVE, json!({ "input": input })).await
    }

    /// What was asked for, as it is now.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn approval(&self, id: &str) -> Value {
        self.get(APPROVAL, json!({ "id": id })).await["approval"].clone()
    }

    /// Names in a list of what was asked for.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn approvals(&self, filter: Value) -> Vec<String> {
        let found = self.get(APPROVALS, filter).await;
        let nodes = found["approvals"]["nodes"].as_array().expect("nodes").iter();
        nodes.map(|node| node["name"].as_str().expect("a name").to_owned()).collect()
    }
}

impl Answer {
    /// The id of what waits for an approval.
    ///
    /// # Panics
    /// If it was answered otherwise.
    #[track_caller]
    pub fn waiting(&self) -> String {
        assert_eq!(self.code(), "APPROVAL_NEEDED", "{}", self.text);
        self.told()["approval"].as_str().expect("an id").to_owned()
    }
}
