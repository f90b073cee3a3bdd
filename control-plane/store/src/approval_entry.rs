//! What happened to something that was asked for: who approved, and what was said.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Select};
use types::id::{ApprovalId, SubjectId, TenantId};
use types::instant::Instant;
use uuid::Uuid;

use crate::error::Result;
use crate::table::{insert as insert_row, table};
use crate::tx::{Connected, FleetTx, InTenant, TenantTx, admit, of_tenant};
use crate::words::ApprovalEntryKind;

table! {
    /// A line of the history of something that was asked for.
    ApprovalEntry = "approval_entry" {
        /// Sorts by the time it was made.
        #[sea_orm(primary_key, auto_increment = false)]
        id: Uuid,
        /// What was asked for.
        approval_id: ApprovalId,
        /// Whose it is.
        tenant_id: TenantId,
        /// What happened.
        kind: ApprovalEntryKind,
        /// By whom; none: by itself.
        subject_id: Option<SubjectId>,
        /// What they said.
        comment: Option<String>,
        /// When.
        at: Instant,
    }
}

fn own(tx: &dyn InTenant) -> Select<Entity> {
    Entity::find().filter(of_tenant(tx, Column::TenantId))
}

/// Adds one.
pub async fn insert(tx: &TenantTx, row: ApprovalEntry) -> Result<()> {
    admit(tx, row.tenant_id)?;
    insert_row(&tx.db(), row).await
}

/// Adds one, for a task.
pub async fn insert_anywhere(tx: &FleetTx, row: ApprovalEntry) -> Result<()> {
    insert_row(&tx.db(), row).await
}

/// Those of several, in their order.
pub async fn of_approvals(tx: &dyn InTenant, ids: &[ApprovalId]) -> Result<Vec<ApprovalEntry>> {
    let of = own(tx).filter(Column::ApprovalId.is_in(ids.iter().copied()));
    Ok(of.order_by_asc(Column::Id).all(&tx.db()).await?)
}
