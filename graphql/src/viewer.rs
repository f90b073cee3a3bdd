//! The subject that asks, and what it may do.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use control_plane_core::call::Call;
use control_plane_core::error::Error;
use control_plane_core::subject;
use control_plane_core::tenant;
use policies::action::Action as Right;
use policies::role::{Node as Place, Role as BoundRole};

use crate::context;
use crate::error::Result;
use crate::node::Node;
use crate::organization::Organization;
use crate::project::Project;
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

/// Roles that every installation has.
#[derive(Enum, Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "described in policies::role")]
pub enum Role {
    Operator,
    TenantAdmin,
    OrganizationAdmin,
    Developer,
    Viewer,
    Finance,
    Auditor,
}

impl From<BoundRole> for Role {
    fn from(role: BoundRole) -> Self {
        match role {
            BoundRole::Operator => Self::Operator,
            BoundRole::TenantAdmin => Self::TenantAdmin,
            BoundRole::OrganizationAdmin => Self::OrganizationAdmin,
            BoundRole::Developer => Self::Developer,
            BoundRole::Viewer => Self::Viewer,
            BoundRole::Finance => Self::Finance,
            BoundRole::Auditor => Self::Auditor,
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

/// A role given to the viewer.
#[derive(SimpleObject)]
pub struct RoleBinding {
    /// The role
    role: Role,
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
            match place(call, binding.node).await {
                Ok(at) => roles.push(RoleBinding { role: binding.role.into(), at }),
                // What was deleted since holds nothing any more.
                Err(Error::NotFound { .. }) => {}
                Err(other) => return Err(other.into()),
            }
        }
        Ok(roles)
    }

    async fn session_expires_at(&self, ctx: &Context<'_>) -> Result<DateTime> {
        Ok(DateTime(context::call(ctx)?.caller().session_expires_at))
    }
}

/// The node of a binding, from the tree in memory.
async fn place(call: &Call, node: Place) -> control_plane_core::error::Result<Option<Node>> {
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
    })
}
