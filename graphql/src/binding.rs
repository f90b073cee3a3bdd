//! Roles given and denied.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, Union};
use control_plane_core::binding::{self, Bound, Draft};
use control_plane_core::error::Error;
use policies::role::{self, AnyRole, Holder as Held, Node as Place};

use crate::connection::Connection;
use crate::context;
use crate::error::Result;
use crate::group::Group;
use crate::node::Node;
use crate::page;
use crate::role::Role;
use crate::scalar::DateTime;
use crate::subject::Subject;
use crate::viewer::{Action, place};

/// A role given at a node, for all below it, or denied there.
pub struct Binding(pub Bound);

/// What a binding does with what its role says.
#[derive(Enum, Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "described in policies::role")]
pub enum Effect {
    Allow,
    Deny,
}

impl From<role::Effect> for Effect {
    fn from(effect: role::Effect) -> Self {
        match effect {
            role::Effect::Allow => Self::Allow,
            role::Effect::Deny => Self::Deny,
        }
    }
}

/// Who can hold roles.
#[derive(Union)]
pub enum Holder {
    /// A person or program.
    Subject(Subject),
    /// All who are in a group.
    Group(Group),
}

#[Object]
impl Binding {
    /// Its global id
    pub async fn id(&self) -> ID {
        self.0.row.id.into()
    }

    /// Whom it concerns
    async fn holder(&self, ctx: &Context<'_>) -> Result<Holder> {
        holder(ctx, self.0.binding.holder).await
    }

    async fn role(&self, ctx: &Context<'_>) -> Result<Role> {
        definition(ctx, self.0.binding.role).await
    }

    /// Where it holds, and for everything below; null: the whole tenant
    async fn at(&self, ctx: &Context<'_>) -> Result<Option<Node>> {
        Ok(place(context::call(ctx)?, self.0.binding.node).await?)
    }

    async fn effect(&self) -> Effect {
        self.0.binding.effect.into()
    }

    async fn created_at(&self) -> DateTime {
        DateTime(self.0.row.created_at)
    }
}

async fn holder(ctx: &Context<'_>, holder: Held) -> Result<Holder> {
    Ok(match holder {
        Held::Subject(id) => {
            let found = context::load(ctx, id).await?;
            Holder::Subject(Subject(found.ok_or(Error::NotFound { what: "subject" })?))
        }
        Held::Group(id) => {
            let found = context::load(ctx, id).await?;
            Holder::Group(Group(found.ok_or(Error::NotFound { what: "group" })?))
        }
    })
}

/// A role by what names it.
pub async fn definition(ctx: &Context<'_>, role: AnyRole) -> Result<Role> {
    let found = context::load(ctx, crate::loader::RoleOf(role)).await?;
    Ok(Role(found.ok_or(Error::NotFound { what: "role" })?))
}

/// Something bound that speaks for or against an action
pub struct Speaks(role::Binding);

#[Object(name = "AccessReasonBinding")]
impl Speaks {
    /// Whom it concerns: the subject itself or a group it is in
    async fn holder(&self, ctx: &Context<'_>) -> Result<Holder> {
        holder(ctx, self.0.holder).await
    }

    async fn role(&self, ctx: &Context<'_>) -> Result<Role> {
        definition(ctx, self.0.role).await
    }

    /// Where it holds, and for everything below; null: the whole tenant
    async fn at(&self, ctx: &Context<'_>) -> Result<Option<Node>> {
        Ok(place(context::call(ctx)?, self.0.node).await?)
    }

    async fn effect(&self) -> Effect {
        self.0.effect.into()
    }
}

/// Whether one action may be done, and why
#[derive(SimpleObject)]
pub struct AccessReason {
    /// The action
    action: Action,
    /// Whether it may be done
    is_allowed: bool,
    /// What is bound on the way from the tenant down and names the action; one that denies decides
    because: Vec<Speaks>,
}

/// A role to be given or denied
#[derive(InputObject)]
pub struct BindRoleInput {
    /// The subject or group
    holder: ID,
    /// Id of the role; of one that every installation has, its name
    role: ID,
    /// The tenant, organization, project or application where it holds, and for everything below or in
    /// it
    at: ID,
    /// Denials decide, whoever else allows it; left out: allow
    effect: Option<Effect>,
    /// New for each request
    idempotency_key: String,
}

/// A binding
#[derive(InputObject)]
pub struct BindingInput {
    /// The binding
    binding: ID,
    /// New for each request
    idempotency_key: String,
}

/// A page of bindings.
pub async fn list(
    ctx: &Context<'_>,
    first: Option<i32>,
    after: Option<String>,
    at: Option<ID>,
    holder: Option<ID>,
) -> Result<Connection<Binding>> {
    let at = at.map(|at| context::id::<Place>(&at, "node")).transpose()?;
    let holder = holder.map(|holder| context::id::<Held>(&holder, "holder")).transpose()?;
    let had_after = after.is_some();
    let page = page::page(first, after)?;
    let paged = binding::list(context::call(ctx)?, at, holder, &page).await?;
    Ok(page::connection(paged, had_after, Binding))
}

/// Why a subject may or may not do what.
pub async fn explain(ctx: &Context<'_>, subject: &ID, at: &ID) -> Result<Vec<AccessReason>> {
    let (subject, at) = (context::id(subject, "subject")?, context::id(at, "node")?);
    let reasons = binding::explain(context::call(ctx)?, subject, at).await?;
    let shown = |reason: binding::Reason| AccessReason {
        action: reason.action.into(),
        is_allowed: reason.is_allowed,
        because: reason.bindings.into_iter().map(Speaks).collect(),
    };
    Ok(reasons.into_iter().map(shown).collect())
}

/// Gives or denies a role.
pub async fn create(ctx: &Context<'_>, input: BindRoleInput) -> Result<Binding> {
    let effect = match input.effect.unwrap_or(Effect::Allow) {
        Effect::Allow => role::Effect::Allow,
        Effect::Deny => role::Effect::Deny,
    };
    let draft = Draft {
        node: context::id(&input.at, "node")?,
        holder: context::id(&input.holder, "holder")?,
        role: context::id(&input.role, "role")?,
        effect,
    };
    let call = context::call(ctx)?;
    let id = binding::create(call, draft, &input.idempotency_key).await?;
    Ok(Binding(binding::get(call, id).await?))
}

/// Takes a binding away.
pub async fn delete(ctx: &Context<'_>, input: BindingInput) -> Result<ID> {
    let id = context::id(&input.binding, "binding")?;
    Ok(binding::delete(context::call(ctx)?, id, &input.idempotency_key).await?.into())
}
