//! Roles.

use async_graphql::{Context, ID, InputObject, Object};
use control_plane_core::role::{self, Definition, Draft};
use policies::role::AnyRole;
use types::id::RoleId;

use crate::context::{self, name, title};
use crate::error::Result;
use crate::viewer::Action;

/// What can be given to somebody: every installation's roles, and those that a tenant makes.
pub struct Role(pub Definition);

#[Object]
impl Role {
    /// Its global id; of a role that every installation has, its name
    pub async fn id(&self) -> ID {
        self.0.role.to_string().into()
    }

    async fn name(&self) -> String {
        self.0.own.as_ref().map_or_else(|| self.0.role.to_string(), |row| row.name.clone())
    }

    async fn title(&self) -> String {
        self.0.own.as_ref().map_or_else(|| plain(self.0.role), |row| row.title.clone())
    }

    /// Whether the tenant made it
    async fn is_own(&self) -> bool {
        self.0.own.is_some()
    }

    /// What it is made of: actions, ids of roles, or * for every action. Empty for roles that every
    /// installation has
    async fn parts(&self) -> Vec<String> {
        self.0.parts.iter().map(ToString::to_string).collect()
    }

    /// All that it says, with what the roles say that it contains
    async fn actions(&self) -> Vec<Action> {
        self.0.actions.iter().copied().map(Action::from).collect()
    }
}

/// `organization_admin` for people.
fn plain(role: AnyRole) -> String {
    let text = role.to_string().replace('_', " ");
    let first = text.chars().next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + text.get(1..).unwrap_or_default()
}

/// A role to be made
#[derive(InputObject)]
pub struct CreateRoleInput {
    /// Unique within the tenant
    name: String,
    /// For people
    title: String,
    /// Actions like `operate`, names or ids of roles, or `*` for every action
    parts: Vec<String>,
    /// New for each request
    idempotency_key: String,
}

/// What a role is to be
#[derive(InputObject)]
pub struct ChangeRoleInput {
    /// The role
    role: ID,
    /// Unique within the tenant
    name: String,
    /// For people
    title: String,
    /// Actions like `operate`, names or ids of roles, or `*` for every action
    parts: Vec<String>,
    /// New for each request
    idempotency_key: String,
}

/// A role
#[derive(InputObject)]
pub struct RoleInput {
    /// The role
    role: ID,
    /// New for each request
    idempotency_key: String,
}

fn draft(given: &str, for_people: &str, parts: Vec<String>) -> Result<Draft> {
    let parts = parts.into_iter().map(|part| part.to_lowercase()).collect();
    Ok(Draft { name: name("name", given)?, title: title("title", for_people)?, parts })
}

async fn get(ctx: &Context<'_>, id: RoleId) -> Result<Role> {
    let found = role::of(context::call(ctx)?, &[AnyRole::Own(id)]).await?;
    let missing = control_plane_core::error::Error::NotFound { what: "role" };
    Ok(found.into_iter().next().map(Role).ok_or(missing)?)
}

/// Makes a role.
pub async fn create(ctx: &Context<'_>, input: CreateRoleInput) -> Result<Role> {
    let draft = draft(&input.name, &input.title, input.parts)?;
    get(ctx, role::create(context::call(ctx)?, draft, &input.idempotency_key).await?).await
}

/// Changes a role.
pub async fn change(ctx: &Context<'_>, input: ChangeRoleInput) -> Result<Role> {
    let draft = draft(&input.name, &input.title, input.parts)?;
    let id = context::id(&input.role, "role")?;
    get(ctx, role::change(context::call(ctx)?, id, draft, &input.idempotency_key).await?).await
}

/// Deletes a role.
pub async fn delete(ctx: &Context<'_>, input: RoleInput) -> Result<ID> {
    let id = context::id(&input.role, "role")?;
    Ok(role::delete(context::call(ctx)?, id, &input.idempotency_key).await?.into())
}
