//! Whether the counters of quotas say what a recount gives, and no limit is passed.

use control_plane_store::{InTenant, organization, project, quota};
use policies::role::Node;
use policies::tree::Tree as _;

use crate::error::Result;
use crate::quota::{Row, change, total};
use crate::tree::TenantTree;
use crate::verify::Tally;

/// Looks at one tenant.
pub(super) async fn look(reader: &dyn InTenant, tally: &mut Tally) -> Result<()> {
    let rows = quota::list(reader).await?;
    if rows.is_empty() {
        return Ok(());
    }
    let organizations = organization::tree(reader).await?;
    let projects = project::tree(reader).await?;
    let tree = TenantTree::new(reader.tenant(), organizations, projects);
    let counts = quota::recount(reader).await?;
    let told = |row: &Row| format!("{} {}", row.node, row.meter);
    for row in &rows {
        let node = row.node.parse::<Node>().ok().filter(|node| tree.path(*node).is_some());
        let used = node.map(|node| total(&tree, node, &counts).of(row.meter));
        if used != Some(row.used) {
            tally.note("quota_counted", told(row));
        }
        if used.unwrap_or(row.used) > row.ceiling {
            tally.note("quota_kept", told(row));
        }
    }
    for row in change::unnested(&tree, &rows) {
        tally.note("quota_nested", told(row));
    }
    Ok(())
}
