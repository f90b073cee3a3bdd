//! Which rules say that something that was asked for takes an approval, as they were then.

use sea_orm::sea_query::SelectStatement;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait as _, Select};
use types::id::{ApprovalId, ApprovalRuleId, TenantId};

use crate::error::Result;
use crate::table::{insert_all as insert_rows, table};
use crate::tx::{Connected, InTenant, TenantTx, of_tenant};

table! {
    /// A rule that something has to satisfy.
    ApprovalNeed = "approval_need" {
        /// What was asked for.
        #[sea_orm(primary_key, auto_increment = false)]
        approval_id: ApprovalId,
        /// The rule, which may be gone.
        #[sea_orm(primary_key, auto_increment = false)]
        rule_id: ApprovalRuleId,
        /// Whose it is.
        tenant_id: TenantId,
        /// Text form of the id of the rule's node: who approves there decides.
        node: String,
        /// How many people have to approve.
        approvers: i32,
    }
}

fn own(tx: &dyn InTenant) -> Select<Entity> {
    Entity::find().filter(of_tenant(tx, Column::TenantId))
}

/// Adds those of something that is asked for.
pub async fn insert_all(tx: &TenantTx, rows: Vec<ApprovalNeed>) -> Result<()> {
    insert_rows(&tx.db(), rows).await
}

/// Those of several.
pub async fn of_approvals(tx: &dyn InTenant, ids: &[ApprovalId]) -> Result<Vec<ApprovalNeed>> {
    let of = own(tx).filter(Column::ApprovalId.is_in(ids.iter().copied()));
    Ok(of.all(&tx.db()).await?)
}

/// What those who approve at the nodes decide, as a part of another statement.
pub(crate) fn decided_at(tx: &dyn InTenant, nodes: Vec<String>) -> SelectStatement {
    let at = own(tx).filter(Column::Node.is_in(nodes));
    at.select_only().column(Column::ApprovalId).into_query()
}
