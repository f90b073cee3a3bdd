//! What says that something takes an approval. A rule is made and deleted, and never changed.

use sea_orm::{ColumnTrait, Condition, DeleteMany, EntityTrait, Order, QueryFilter, Select};
use types::id::{ApprovalRuleId, SubjectId, TenantId};
use types::instant::Instant;

use crate::error::{Result, StoreError};
use crate::page::{self, Cursor, Page, Paged, Sorted};
use crate::table::{insert as insert_row, table};
use crate::tx::{Connected, InTenant, TenantTx, admit, of_tenant};

table! {
    /// What takes an approval at a node and below.
    ApprovalRule = "approval_rule" {
        /// Id.
        #[sea_orm(primary_key, auto_increment = false)]
        id: ApprovalRuleId,
        /// Whose it is.
        tenant_id: TenantId,
        /// Text form of the id of the tenant, organization or project where it holds.
        node: String,
        /// What it covers, as a JSON list of words.
        mutations: String,
        /// Only what costs more than this a month, as a decimal number in the tenant's currency.
        above: Option<String>,
        /// Only these plans, as a JSON list of ids; an empty one: all.
        plans: String,
        /// Only these packages, as a JSON list of names; an empty one: all.
        packages: String,
        /// How many people have to approve.
        approvers: i32,
        /// How many days something that was asked for waits.
        days: i32,
        /// When it was made.
        created_at: Instant,
        /// Who made it.
        created_by: SubjectId,
    }
}

impl Sorted for ApprovalRule {
    fn cursor(&self) -> Cursor {
        Cursor::id(self.id.uuid())
    }
}

fn own(tx: &dyn InTenant) -> Select<Entity> {
    Entity::find().filter(of_tenant(tx, Column::TenantId))
}

fn own_delete(tx: &TenantTx) -> DeleteMany<Entity> {
    Entity::delete_many().filter(of_tenant(tx, Column::TenantId))
}

/// Adds one.
pub async fn insert(tx: &TenantTx, row: ApprovalRule) -> Result<()> {
    admit(tx, row.tenant_id)?;
    insert_row(&tx.db(), row).await
}

/// Removes one; [`StoreError::NotFound`] if there is none.
pub async fn delete(tx: &TenantTx, id: ApprovalRuleId) -> Result<()> {
    let deleted = own_delete(tx).filter(Column::Id.eq(id)).exec(&tx.db()).await?;
    if deleted.rows_affected == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}

/// Removes all at a node that is gone.
pub async fn delete_at(tx: &TenantTx, node: &str) -> Result<()> {
    own_delete(tx).filter(Column::Node.eq(node)).exec(&tx.db()).await?;
    Ok(())
}

/// By id.
pub async fn find(tx: &dyn InTenant, id: ApprovalRuleId) -> Result<Option<ApprovalRule>> {
    Ok(own(tx).filter(Column::Id.eq(id)).one(&tx.db()).await?)
}

/// A batch.
pub async fn by_ids(tx: &dyn InTenant, ids: &[ApprovalRuleId]) -> Result<Vec<ApprovalRule>> {
    let ids = ids.iter().copied();
    Ok(own(tx).filter(Column::Id.is_in(ids)).all(&tx.db()).await?)
}

/// Those at any of the nodes.
pub async fn at(tx: &dyn InTenant, nodes: &[String]) -> Result<Vec<ApprovalRule>> {
    let at = Column::Node.is_in(nodes.iter().cloned());
    Ok(own(tx).filter(at).all(&tx.db()).await?)
}

/// A page of those at any of the nodes, or of all of the tenant, the newest first.
pub async fn list(
    tx: &dyn InTenant,
    nodes: Option<&[String]>,
    page: &Page,
) -> Result<Paged<ApprovalRule>> {
    let at = nodes.map(|nodes| Column::Node.is_in(nodes.iter().cloned()));
    let query = own(tx).filter(Condition::all().add_option(at));
    page::fetch(query, Column::Id, Order::Desc, page, &tx.db()).await
}
