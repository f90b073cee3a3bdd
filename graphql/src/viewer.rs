//! The subject that asks, and what it may do.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use control_plane_core::call::Call;
use control_plane_core::error::Error;
use control_plane_core::subject;
use control_plane_core::tenant;
use policies::action::Action as Right;
use policies::role::Node as Place;

use crate::application::Application;
use crate::binding::{Effect, definition};
use crate::context;
use crate::error::Result;
use crate::node::Node;
use crate::organization::Organization;
use crate::project::Project;
use crate::role::Role;
use crate::scalar::DateTime;
use crate::tenant::Tenant;

/// What can be permitted.
#[derive(Enum, Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "described in policies::action")]
pub enum Action {
    View,
    Order,
    Change,
    Operate,
    Delete,
    Reveal,
    ReadBill,
    ReadAudit,
    ManageTree,
    ManageAccess,
    ManageSignIn,
    ManageLimits,
    ManageApprovals,
    Approve,
    OperateCells,
    Administer,
    Impersonate,
}

impl From<Right> for Action {
    fn from(right: Right) -> Self {
        match right {
            Right::View => Self::View,
            Right::Order => Self::Order,
            Right::Change => Self::Change,
            Right::Operate => Self::Operate,
            Right::Delete => Self::Delete,
            Right::Reveal => Self::Reveal,
            Right::ReadBill => Self::ReadBill,
            Right::ReadAudit => Self::ReadAudit,
            Right::ManageTree => Self::ManageTree,
            Right::ManageAccess => Self::ManageAccess,
            Right::ManageSignIn => Self::ManageSignIn,
            Right::ManageLimits => Self::ManageLimits,
            Right::ManageApprovals => Self::ManageApprovals,
            Right::Approve => Self::Approve,
            Right::OperateCells => Self::OperateCells,
            Right::Administer => Self::Administer,
            Right::Impersonate => Self::Impersonate,
        }
    }
}

impl From<Action> for Right {
    fn from(action: Action) -> Self {
        match action {
            Action::View => Self::View,
            Action::Order => Self::Order,
            Action::Change => Self::Change,
            Action::Operate => Self::Operate,
            Action::Delete => Self::Delete,
            Action::Reveal => Self::Reveal,
            Action::ReadBill => Self::ReadBill,
            Action::ReadAudit => Self::ReadAudit,
            Action::ManageTree => Self::ManageTree,
            Action::ManageAccess => Self::ManageAccess,
            Action::ManageSignIn => Self::ManageSignIn,
            Action::ManageLimits => Self::ManageLimits,
            Action::ManageApprovals => Self::ManageApprovals,
            Action::Approve => Self::Approve,
            Action::OperateCells => Self::OperateCells,
            Action::Administer => Self::Administer,
            Action::Impersonate => Self::Impersonate,
        }
    }
}

/// What the viewer may do to the target.
pub async fn allowed(ctx: &Context<'_>, target: Place) -> Result<Vec<Action>> {
    let rights = context::call(ctx)?.allowed(target).await?;
    Ok(rights.into_iter().map(Action::from).collect())
}

/// The subject that asks.
pub struct Viewer;

/// A role given to the viewer or to a group it is in, or denied.
#[derive(SimpleObject)]
pub struct RoleBinding {
    /// The role
    role: Role,
    /// Whether it is given or denied
    effect: Effect,
    /// Where it holds, and for everything below; null: the whole tenant or installation
    at: Option<Node>,
}

#[Object]
impl Viewer {
    async fn id(&self, ctx: &Context<'_>) -> Result<ID> {
        Ok(context::call(ctx)?.caller().subject.into())
    }

    async fn name(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(context::call(ctx)?.caller().name.clone())
    }

    async fn title(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(subject::own(context::call(ctx)?).await?.title)
    }

    async fn tenant(&self, ctx: &Context<'_>) -> Result<Option<Tenant>> {
        let call = context::call(ctx)?;
        match call.caller().tenant {
            None => Ok(None),
            Some(_) => Ok(Some(Tenant(tenant::get(call).await?))),
        }
    }

    async fn roles(&self, ctx: &Context<'_>) -> Result<Vec<RoleBinding>> {
        let call = context::call(ctx)?;
        let mut roles = Vec::new();
        for binding in subject::bindings(call).await? {
            let (role, effect) = (definition(ctx, binding.role).await?, binding.effect.into());
            match place(call, binding.node).await {
                Ok(at) => roles.push(RoleBinding { role, effect, at }),
                // What was deleted since holds nothing any more.
                Err(Error::NotFound { .. }) => {}
                Err(other) => return Err(other.into()),
            }
        }
        Ok(roles)
    }

    /// What the viewer may do to something, wherever: what is not here need not be offered
    async fn can_somewhere(&self, ctx: &Context<'_>) -> Result<Vec<Action>> {
        let actions = context::call(ctx)?.allowed_somewhere().await?;
        Ok(actions.into_iter().map(Action::from).collect())
    }

    /// What the viewer may do to the whole tenant
    async fn can_in_tenant(&self, ctx: &Context<'_>) -> Result<Vec<Action>> {
        match context::call(ctx)?.caller().tenant {
            Some(tenant) => allowed(ctx, Place::Tenant(tenant)).await,
            None => Ok(Vec::new()),
        }
    }

    /// Name of who acts as the viewer; null if it is itself
    async fn impersonated_by(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let by = &context::call(ctx)?.caller().impersonated_by;
        Ok(by.as_ref().map(|by| by.name.clone()))
    }

    /// When the session or token ends that this is asked through
    async fn session_expires_at(&self, ctx: &Context<'_>) -> Result<DateTime> {
        Ok(DateTime(context::call(ctx)?.caller().session_expires_at))
    }
}

/// The node of a binding, from the tree in memory.
pub async fn place(call: &Call, node: Place) -> control_plane_core::error::Result<Option<Node>> {
    let missing = |what| Error::NotFound { what };
    Ok(match node {
        Place::Installation | Place::Tenant(_) => None,
        Place::Organization(id) => {
            let standing = call.standing().await?;
            let row = standing.tree.organization(id).cloned().ok_or(missing("organization"))?;
            Some(Node::Organization(Organization(row)))
        }
        Place::Project(id) => {
            let standing = call.standing().await?;
            let row = standing.tree.project(id).cloned().ok_or(missing("project"))?;
            Some(Node::Project(Project(row)))
        }
        Place::Application(id) => {
            let standing = call.standing().await?;
            let row = standing.tree.application(id).cloned().ok_or(missing("application"))?;
            Some(Node::Application(Application(row)))
        }
    })
}
