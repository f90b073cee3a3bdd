//! Whether what is in applications lies where it may, and nothing in them needs itself.

use control_plane_store::{
    InTenant, application, application_dependency, application_part, organization, project,
};

use crate::application::dependency::circular;
use crate::error::Result;
use crate::tree::TenantTree;
use crate::verify::Tally;

/// Looks at one tenant, at one application after the other.
pub(super) async fn look(reader: &dyn InTenant, tally: &mut Tally) -> Result<()> {
    let applications = application::all(reader).await?;
    if applications.is_empty() {
        return Ok(());
    }
    let organizations = organization::tree(reader).await?;
    let projects = project::tree(reader).await?;
    let tree = TenantTree::new(reader.tenant(), organizations, projects);
    for row in applications {
        for part in application_part::of_application(reader, row.id).await? {
            let owner = tree.project(part.project_id).map(|project| project.organization_id);
            if !owner.is_some_and(|owner| tree.is_within(owner, row.organization_id)) {
                tally.note("application_below", format_args!("{} {}", row.id, part.instance_id));
            }
        }
        let known = application_dependency::of_application(reader, row.id).await?;
        let known: Vec<_> = known.iter().map(|row| (row.instance_id, row.needs_id)).collect();
        for part in circular(&known) {
            tally.note("application_acyclic", format_args!("{} {part}", row.id));
        }
    }
    Ok(())
}
