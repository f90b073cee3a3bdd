//! Everything about who may do what: what can be asked, and what can be changed.

use async_graphql::{Context, ID, Object};

use crate::binding::{self, AccessReason, BindRoleInput, Binding, BindingInput};
use crate::connection::Connection;
use crate::context;
use crate::error::Result;
use crate::group::{self, ChangeGroupInput, CreateGroupInput, Group, GroupInput, GroupMemberInput};
use crate::role::{self, ChangeRoleInput, CreateRoleInput, Role, RoleInput};
use crate::sign_in::SignInCode;
use crate::subject::{self, CreateUserInput, Subject, UserInput};

/// People, groups, roles, and who has which.
#[derive(Default)]
pub struct AccessQuery;

#[Object]
impl AccessQuery {
    /// People and programs of the tenant by name; `search` is how a name begins
    async fn subjects(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        search: Option<String>,
    ) -> Result<Connection<Subject>> {
        subject::list(ctx, first, after, search).await
    }

    /// One of them
    async fn subject(&self, ctx: &Context<'_>, id: ID) -> Result<Subject> {
        subject::find(ctx, &id).await
    }

    /// Groups of the tenant by name
    async fn groups(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<Group>> {
        group::list(ctx, first, after).await
    }

    /// One group
    async fn group(&self, ctx: &Context<'_>, id: ID) -> Result<Group> {
        group::find(ctx, &id).await
    }

    /// What can be given: first the roles that every installation has, then those of the tenant
    async fn roles(&self, ctx: &Context<'_>) -> Result<Vec<Role>> {
        let found = control_plane_core::role::list(context::call(ctx)?).await?;
        Ok(found.into_iter().map(Role).collect())
    }

    /// What is given or denied: at a node, to a subject or group, or in the whole tenant
    async fn bindings(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        at: Option<ID>,
        holder: Option<ID>,
    ) -> Result<Connection<Binding>> {
        binding::list(ctx, first, after, at, holder).await
    }

    /// Why a subject may or may not do what to a node
    async fn explain_access(
        &self,
        ctx: &Context<'_>,
        subject: ID,
        at: ID,
    ) -> Result<Vec<AccessReason>> {
        binding::explain(ctx, &subject, &at).await
    }
}

/// What can be changed of them.
#[derive(Default)]
pub struct AccessMutation;

#[Object]
impl AccessMutation {
    /// Makes a person, who may do nothing yet
    async fn create_user(&self, ctx: &Context<'_>, input: CreateUserInput) -> Result<Subject> {
        subject::create(ctx, input).await
    }

    /// Lets a person sign in no more. Their sessions end at once
    async fn disable_user(&self, ctx: &Context<'_>, input: UserInput) -> Result<Subject> {
        subject::enable(ctx, input, false).await
    }

    /// Lets a person sign in again
    async fn enable_user(&self, ctx: &Context<'_>, input: UserInput) -> Result<Subject> {
        subject::enable(ctx, input, true).await
    }

    /// A one-time code with which a person can sign in. It is shown once
    async fn create_user_sign_in_code(
        &self,
        ctx: &Context<'_>,
        input: UserInput,
    ) -> Result<SignInCode> {
        subject::code(ctx, input).await
    }

    /// Makes a group that nobody is in
    async fn create_group(&self, ctx: &Context<'_>, input: CreateGroupInput) -> Result<Group> {
        group::create(ctx, input).await
    }

    /// Changes what a group is called
    async fn change_group(&self, ctx: &Context<'_>, input: ChangeGroupInput) -> Result<Group> {
        group::change(ctx, input).await
    }

    /// Deletes a group that holds no roles
    async fn delete_group(&self, ctx: &Context<'_>, input: GroupInput) -> Result<ID> {
        group::delete(ctx, input).await
    }

    /// Puts a subject into a group
    async fn add_group_member(&self, ctx: &Context<'_>, input: GroupMemberInput) -> Result<Group> {
        group::add(ctx, input).await
    }

    /// Takes a subject out of a group
    async fn remove_group_member(
        &self,
        ctx: &Context<'_>,
        input: GroupMemberInput,
    ) -> Result<Group> {
        group::remove(ctx, input).await
    }

    /// Makes a role of actions and other roles
    async fn create_role(&self, ctx: &Context<'_>, input: CreateRoleInput) -> Result<Role> {
        role::create(ctx, input).await
    }

    /// Changes what a role is made of, for everybody who has it
    async fn change_role(&self, ctx: &Context<'_>, input: ChangeRoleInput) -> Result<Role> {
        role::change(ctx, input).await
    }

    /// Deletes a role that nobody has
    async fn delete_role(&self, ctx: &Context<'_>, input: RoleInput) -> Result<ID> {
        role::delete(ctx, input).await
    }

    /// Gives or denies a role at a node, for everything below
    async fn bind_role(&self, ctx: &Context<'_>, input: BindRoleInput) -> Result<Binding> {
        binding::create(ctx, input).await
    }

    /// Takes back what was given or denied
    async fn unbind_role(&self, ctx: &Context<'_>, input: BindingInput) -> Result<ID> {
        binding::delete(ctx, input).await
    }
}
