//! Everything that has a global id.

use async_graphql::{Context, ID, Interface};
use control_plane_core::error::Error;
use control_plane_core::{
    application, instance, offering, operation, organization, project, tenant,
};
use types::id::{
    ApplicationId, InstanceId, OfferingId, OperationId, OrganizationId, ProjectId, TenantId,
};

use crate::application::Application;
use crate::context;
use crate::error::Result;
use crate::instance::{Instance, Member};
use crate::offering::{Offering, Plan};
use crate::operation::Operation;
use crate::organization::Organization;
use crate::project::Project;
use crate::tenant::Tenant;

/// Something with a global id. The id tells its kind: ins_…, org_…
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID"))]
pub enum Node {
    /// A tenant.
    Tenant(Tenant),
    /// An organization.
    Organization(Organization),
    /// A project.
    Project(Project),
    /// An offering.
    Offering(Offering),
    /// A plan.
    Plan(Plan),
    /// An instance.
    Instance(Instance),
    /// An application.
    Application(Application),
    /// A member.
    Member(Member),
    /// An operation.
    Operation(Operation),
    /// A cell.
    Cell(crate::cell::Cell),
}

/// Finds anything the caller may see. What is hidden, missing or malformed is null alike.
pub async fn find(ctx: &Context<'_>, id: &ID) -> Result<Option<Node>> {
    let call = context::call(ctx)?;
    let prefix = id.split_once('_').map_or("", |(prefix, _)| prefix);
    let found = match prefix {
        TenantId::PREFIX => tenant::get(call).await.map(|row| Node::Tenant(Tenant(row))),
        OrganizationId::PREFIX => match id.parse() {
            Ok(id) => {
                organization::get(call, id).await.map(|row| Node::Organization(Organization(row)))
            }
            Err(_) => return Ok(None),
        },
        ProjectId::PREFIX => match id.parse() {
            Ok(id) => project::get(call, id).await.map(|row| Node::Project(Project(row))),
            Err(_) => return Ok(None),
        },
        OfferingId::PREFIX => match id.parse() {
            Ok(id) => offering::get(call, id).await.map(|row| Node::Offering(Offering(row))),
            Err(_) => return Ok(None),
        },
        InstanceId::PREFIX => match id.parse() {
            Ok(id) => instance::get(call, id).await.map(|row| Node::Instance(Instance(row))),
            Err(_) => return Ok(None),
        },
        ApplicationId::PREFIX => match id.parse() {
            Ok(id) => {
                application::get(call, id).await.map(|row| Node::Application(Application(row)))
            }
            Err(_) => return Ok(None),
        },
        OperationId::PREFIX => match id.parse() {
            Ok(id) => operation::get(call, id).await.map(|row| Node::Operation(Operation(row))),
            Err(_) => return Ok(None),
        },
        _ => return Ok(None),
    };
    match found {
        Ok(Node::Tenant(tenant)) if tenant.0.id.to_string() != id.as_str() => Ok(None),
        Ok(node) => Ok(Some(node)),
        Err(Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
