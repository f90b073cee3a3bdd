//! Roles and where they are bound.

use std::fmt;
use std::str::FromStr;

use types::id::{OrganizationId, ProjectId, SubjectId, TenantId};
use types::text_enum;

text_enum! {
    /// The roles every installation has.
    Role {
        /// Runs the installation: cells, offerings, prices. Sees no tenant's resources.
        Operator = "operator",
        /// Everything within one tenant.
        TenantAdmin = "tenant_admin",
        /// Everything within one organization and below.
        OrganizationAdmin = "organization_admin",
        /// Orders and runs middleware.
        Developer = "developer",
        /// Sees.
        Viewer = "viewer",
        /// Sees and reads bills.
        Finance = "finance",
        /// Sees, reads bills and the audit.
        Auditor = "auditor",
    }
}

/// Where a role is bound; it holds for everything below.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Node {
    /// The installation itself: cells, offerings, prices, not the tenants' resources.
    Installation,
    /// A tenant with all its organizations.
    Tenant(TenantId),
    /// An organization with all below it.
    Organization(OrganizationId),
    /// A project.
    Project(ProjectId),
}

/// A text that names no node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected `installation` or the id of a tenant, an organization or a project")]
pub struct NodeError;

impl fmt::Display for Node {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Installation => out.write_str("installation"),
            Self::Tenant(id) => id.fmt(out),
            Self::Organization(id) => id.fmt(out),
            Self::Project(id) => id.fmt(out),
        }
    }
}

impl FromStr for Node {
    type Err = NodeError;

    fn from_str(text: &str) -> Result<Self, NodeError> {
        let prefix = text.split_once('_').map_or(text, |(prefix, _)| prefix);
        match prefix {
            "installation" if text == prefix => Ok(Self::Installation),
            TenantId::PREFIX => text.parse().map(Self::Tenant).map_err(|_| NodeError),
            OrganizationId::PREFIX => text.parse().map(Self::Organization).map_err(|_| NodeError),
            ProjectId::PREFIX => text.parse().map(Self::Project).map_err(|_| NodeError),
            _ => Err(NodeError),
        }
    }
}

/// A role given to a subject at a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Binding {
    /// Who has it.
    pub subject: SubjectId,
    /// What they have.
    pub role: Role,
    /// Where it holds, and for everything below.
    pub node: Node,
}
