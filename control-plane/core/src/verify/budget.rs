//! Whether budgets are where orders look for them. What is committed is counted anew at each order,
//! so there is no counter to compare.

use control_plane_store::{InTenant, budget, organization, project, tenant};
use policies::role::Node;
use policies::tree::Tree as _;
use types::money::Decimal;

use crate::error::Result;
use crate::tree::TenantTree;
use crate::verify::Tally;

/// Looks at one tenant.
pub(super) async fn look(reader: &dyn InTenant, tally: &mut Tally) -> Result<()> {
    let rows = budget::list(reader).await?;
    let told = tenant::get(reader).await?.budgets;
    if usize::try_from(told) != Ok(rows.len()) {
        let there = rows.len();
        tally.note("budget_known", format!("{} {told} {there}", reader.tenant()));
    }
    if rows.is_empty() {
        return Ok(());
    }
    let organizations = organization::tree(reader).await?;
    let projects = project::tree(reader).await?;
    let tree = TenantTree::new(reader.tenant(), organizations, projects);
    for row in rows {
        let node = row.node.parse::<Node>().ok();
        let is_there = node.is_some_and(|node| tree.path(node).is_some());
        if !is_there || row.amount.parse::<Decimal>().is_err() {
            tally.note("budget_known", row.node);
        }
    }
    Ok(())
}
