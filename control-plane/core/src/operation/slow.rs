//! Operations that take longer than expected, over all tenants, for operators.
//!
//! An operator learns where something hangs and why, and nothing of what the tenant ordered.

use std::collections::HashMap;

use control_plane_store::{instance, operation, tenant};
use policies::action::Action;
use types::generation::Revision;

use crate::call::Call;
use crate::cell::view::all_glances;
use crate::error::Result;
use crate::operation::Operation;
use crate::operation::waiting::{self, Waiting};
use crate::page::{Page, Paged, Sorted};

/// One that has not ended although more than a quarter of its time has gone.
#[derive(Clone, Debug)]
pub struct SlowOperation {
    /// The operation.
    pub operation: Operation,
    /// Name of its tenant.
    pub tenant: String,
    /// Name of its cell.
    pub cell: String,
    /// What it waits for; without what members say of themselves.
    pub waiting: Option<Waiting>,
}

impl Sorted for SlowOperation {
    fn cursor(&self) -> crate::page::Cursor {
        self.operation.cursor()
    }
}

/// The oldest first.
pub async fn list(call: &Call, page: &Page) -> Result<Paged<SlowOperation>> {
    let permit = call.fleet(Action::OperateCells, "operations").await?;
    let reader = call.plane().store.fleet_read(&permit);
    let now = call.now();
    let Paged { items, has_next } = operation::slow_anywhere(&reader, now, page).await?;
    let tenants: Vec<_> = items.iter().map(|row| row.tenant_id).collect();
    let tenants = tenant::by_ids(&reader, &tenants).await?;
    let tenants: HashMap<_, _> = tenants.into_iter().map(|row| (row.id, row.name)).collect();
    let instances: Vec<_> = items.iter().map(|row| row.instance_id).collect();
    let instances = instance::by_ids_anywhere(&reader, &instances).await?;
    let revisions: HashMap<_, _> =
        instances.into_iter().map(|row| (row.id, row.revision)).collect();
    let cells = all_glances(call.plane()).await?;
    let of = |row: Operation| {
        let cell = cells.get(&row.cell_id);
        let wanted = revisions.get(&row.instance_id).copied().unwrap_or(Revision(0));
        let waiting = waiting::judge(&row, cell, wanted, now).map(Waiting::for_operators);
        SlowOperation {
            tenant: tenants.get(&row.tenant_id).cloned().unwrap_or_default(),
            cell: cell.map(|cell| cell.name.clone()).unwrap_or_default(),
            operation: row,
            waiting,
        }
    };
    Ok(Paged { items: items.into_iter().map(of).collect(), has_next })
}
