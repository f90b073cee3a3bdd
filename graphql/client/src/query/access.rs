//! People, groups, roles, and who has which where.

use serde::{Deserialize, Serialize};

use super::order::With;
use super::viewer::Place;
use super::{Nothing, Reference, Slice};
use crate::page::Page;

documents! {
    /// People and programs.
    ListSubjects = "subjects", "subjects" (SubjectsOf) -> Page<Subject>;
    /// Makes a person.
    DoCreateUser = "create-user", "createUser" (With<CreateUser>) -> Subject;
    /// Lets a person sign in.
    DoEnableUser = "enable-user", "enableUser" (With<OnUser>) -> Subject;
    /// Lets a person sign in no more.
    DoDisableUser = "disable-user", "disableUser" (With<OnUser>) -> Subject;
    /// Makes a one-time code for a person.
    DoCreateUserCode = "create-user-sign-in-code", "createUserSignInCode" (With<OnUser>) -> SignInCode;
    /// Groups.
    ListGroups = "groups", "groups" (Slice) -> Page<Group>;
    /// Who is in a group.
    ListGroupMembers = "group-members", "group" (MembersOf) -> Members;
    /// Makes a group.
    DoCreateGroup = "create-group", "createGroup" (With<CreateGroup>) -> Group;
    /// Renames a group.
    DoChangeGroup = "change-group", "changeGroup" (With<ChangeGroup>) -> Group;
    /// Deletes a group.
    DoDeleteGroup = "delete-group", "deleteGroup" (With<OnGroup>) -> String;
    /// Puts a subject into a group.
    DoAddGroupMember = "add-group-member", "addGroupMember" (With<GroupMember>) -> Group;
    /// Takes a subject out of a group.
    DoRemoveGroupMember = "remove-group-member", "removeGroupMember" (With<GroupMember>) -> Group;
    /// Roles.
    ListRoles = "roles", "roles" (Nothing) -> Vec<Role>;
    /// Makes a role.
    DoCreateRole = "create-role", "createRole" (With<CreateRole>) -> Role;
    /// Changes a role.
    DoChangeRole = "change-role", "changeRole" (With<ChangeRole>) -> Role;
    /// Deletes a role.
    DoDeleteRole = "delete-role", "deleteRole" (With<OnRole>) -> String;
    /// What is given and denied.
    ListBindings = "bindings", "bindings" (BindingsOf) -> Page<Binding>;
    /// Gives or denies a role.
    DoBindRole = "bind-role", "bindRole" (With<BindRole>) -> Binding;
    /// Takes a binding back.
    DoUnbindRole = "unbind-role", "unbindRole" (With<OnBinding>) -> String;
    /// Why somebody may do what.
    AskAccess = "explain-access", "explainAccess" (ExplanationOf) -> Vec<AccessReason>;
}

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
