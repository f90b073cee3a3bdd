//! What people are asked about who may do what.

use serde_json::{Value, json};
use types::id::{Ids as _, SystemIds};

use super::{Answer, User};

/// `createUser`.
pub const CREATE_USER: &str =
    "mutation($input: CreateUserInput!) { createUser(input: $input) { id name state } }";
/// `disableUser`.
pub const DISABLE_USER: &str =
    "mutation($input: UserInput!) { disableUser(input: $input) { id state } }";
/// `enableUser`.
pub const ENABLE_USER: &str =
    "mutation($input: UserInput!) { enableUser(input: $input) { id state } }";
/// `createUserSignInCode`.
pub const USER_CODE: &str =
    "mutation($input: UserInput!) { createUserSignInCode(input: $input) { code } }";
/// `createGroup`.
pub const CREATE_GROUP: &str =
    "mutation($input: CreateGroupInput!) { createGroup(input: $input) { id } }";
/// `changeGroup`.
pub const CHANGE_GROUP: &str =
    "mutation($input: ChangeGroupInput!) { changeGroup(input: $input) { id } }";
/// `deleteGroup`.
pub const DELETE_GROUP: &str = "mutation($input: GroupInput!) { deleteGroup(input: $input) }";
/// `addGroupMember`.
pub const ADD_MEMBER: &str = "mutation($input: GroupMemberInput!) \
    { addGroupMember(input: $input) { subjects { nodes { name } } } }";
/// `removeGroupMember`.
pub const REMOVE_MEMBER: &str = "mutation($input: GroupMemberInput!) \
    { removeGroupMember(input: $input) { subjects { nodes { name } } } }";
/// `createRole`.
pub const CREATE_ROLE: &str =
    "mutation($input: CreateRoleInput!) { createRole(input: $input) { id parts actions } }";
/// `changeRole`.
pub const CHANGE_ROLE: &str =
    "mutation($input: ChangeRoleInput!) { changeRole(input: $input) { id parts actions } }";
/// `deleteRole`.
pub const DELETE_ROLE: &str = "mutation($input: RoleInput!) { deleteRole(input: $input) }";
/// `bindRole`.
pub const BIND: &str = "mutation($input: BindRoleInput!) \
    { bindRole(input: $input) { id effect role { name } } }";
/// `unbindRole`.
pub const UNBIND: &str = "mutation($input: BindingInput!) { unbindRole(input: $input) }";

impl User {
    /// Sends a mutation with a key of its own.
    pub async fn act(&self, mutation: &str, mut input: Value) -> Answer {
        input["idempotencyKey"] = json!(SystemIds.next().to_string());
        self.ask(mutation, json!({ "input": input })).await
    }

    /// Sends a mutation that makes something and answers its id.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn make(&self, mutation: &str, input: Value) -> String {
        let answer = self.act(mutation, input).await;
        let made = answer.granted().as_object().and_then(|made| made.values().next());
        made.and_then(|made| made["id"].as_str()).expect("an id").to_owned()
    }

    /// Gives a role, or denies it.
    pub async fn bind(&self, holder: &str, role: &str, at: &str, effect: &str) -> Answer {
        let input = json!({ "holder": holder, "role": role, "at": at, "effect": effect });
        self.act(BIND, input).await
    }
}
