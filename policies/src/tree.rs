//! What this crate needs to know of a tenant's tree.

use types::id::{OrganizationId, ProjectId, TenantId};

use crate::role::Node;

/// A tenant's organizations and projects as they are now.
pub trait Tree: Send + Sync {
    /// Whose tree it is.
    fn tenant(&self) -> TenantId;

    /// The nodes from the tenant down to the node itself; none if it is not in this tree. An
    /// application comes behind its organization.
    fn path(&self, node: Node) -> Option<Vec<Node>>;

    /// The organization at the top.
    fn top(&self) -> Option<OrganizationId>;

    /// The organization and all below it.
    fn organizations_below(&self, organization: OrganizationId) -> Vec<OrganizationId>;

    /// The projects of these organizations.
    fn projects_of(&self, organizations: &[OrganizationId]) -> Vec<ProjectId>;
}
