//! People, groups, roles, and who has which where.

use serde::{Deserialize, Serialize};

use super::Reference;
use super::viewer::Place;
use crate::page::Page;

/// A page of people and programs whose names begin so.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SubjectsOf {
    pub first: u32,
    pub after: Option<String>,
    pub search: Option<String>,
}

/// Somebody or something that can be given roles.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Subject {
    pub id: String,
    pub name: String,
    pub title: String,
    pub kind: String,
    pub state: String,
    pub created_at: String,
    pub member_of: Vec<Reference>,
}

/// A person to be made.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateUser {
    pub name: String,
    pub title: String,
    pub idempotency_key: String,
}

/// A person.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OnUser {
    pub user: String,
    pub idempotency_key: String,
}

/// A code that is shown once.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignInCode {
    pub code: String,
    pub expires_at: String,
}

/// Subjects that are given roles together.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    pub id: String,
    pub name: String,
    pub title: String,
    pub created_at: String,
}

/// A page of who is in a group.
#[derive(Clone, Debug, Default, Serialize)]
pub struct MembersOf {
    pub id: String,
    pub first: u32,
    pub after: Option<String>,
}

/// Who is in a group.
#[derive(Debug, Serialize, Deserialize)]
pub struct Members {
    pub subjects: Page<Subject>,
}

/// A group to be made.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateGroup {
    pub name: String,
    pub title: String,
    pub idempotency_key: String,
}

/// What a group is to be called.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangeGroup {
    pub group: String,
    pub name: String,
    pub title: String,
    pub idempotency_key: String,
}

/// A group.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OnGroup {
    pub group: String,
    pub idempotency_key: String,
}

/// A subject in a group.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupMember {
    pub group: String,
    pub subject: String,
    pub idempotency_key: String,
}

/// What can be given.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Role {
    pub id: String,
    pub name: String,
    pub title: String,
    pub is_own: bool,
    pub parts: Vec<String>,
    pub actions: Vec<String>,
}

/// A role to be made.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateRole {
    pub name: String,
    pub title: String,
    pub parts: Vec<String>,
    pub idempotency_key: String,
}

/// What a role is to be.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangeRole {
    pub role: String,
    pub name: String,
    pub title: String,
    pub parts: Vec<String>,
    pub idempotency_key: String,
}

/// A role.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OnRole {
    pub role: String,
    pub idempotency_key: String,
}

/// A page of what is given or denied.
#[derive(Clone, Debug, Default, Serialize)]
pub struct BindingsOf {
    pub first: u32,
    pub after: Option<String>,
    pub at: Option<String>,
    pub holder: Option<String>,
}

/// A person, a program or a group.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Holder {
    #[serde(rename = "__typename")]
    pub kind: String,
    pub id: String,
    pub name: String,
}

/// A role by its names.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RoleName {
    pub id: String,
    pub name: String,
    pub title: String,
}

/// A role given or denied somewhere.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Binding {
    pub id: String,
    pub holder: Holder,
    pub role: RoleName,
    pub at: Option<Place>,
    pub effect: String,
    pub created_at: String,
}

/// A role to be given or denied.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BindRole {
    pub holder: String,
    pub role: String,
    pub at: String,
    pub effect: Option<String>,
    pub idempotency_key: String,
}

/// A binding.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OnBinding {
    pub binding: String,
    pub idempotency_key: String,
}

/// Who, and where.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ExplanationOf {
    pub subject: String,
    pub at: String,
}

/// Whether one action may be done, and why.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessReason {
    pub action: String,
    pub is_allowed: bool,
    pub because: Vec<Speaks>,
}

/// What is bound that speaks for or against an action.
#[derive(Debug, Serialize, Deserialize)]
pub struct Speaks {
    pub holder: Holder,
    pub role: RoleName,
    pub at: Option<Place>,
    pub effect: String,
}
