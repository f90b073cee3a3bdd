//! Quotas: limits at nodes of the tree, each with a counter of what is used at the node and below.
//!
//! A counter exists where a limit does, so an order without limits above it writes nothing here.
//! Counters are changed behind the tenant's head row (see [`crate::outbox`]); limits are set, trees
//! moved and orders placed behind [`crate::tenant::lock`] as well, so a counter that was read there
//! grows no more until the end of the transaction.

use std::collections::BTreeMap;

use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait as _, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait as _, DeleteMany, EntityTrait, QueryFilter, QueryOrder, Select,
    UpdateMany,
};
use types::id::{ProjectId, SubjectId, TenantId};
use types::instant::Instant;
use types::quota::{Amounts, QuotaMeter};
use types::size::Size;

use crate::error::{Result, StoreError};
use crate::executor::Executor;
use crate::table::{insert as insert_row, replace, table};
use crate::tx::{CellTx, Connected, InTenant, TenantTx, admit, of_tenant};

table! {
    /// A limit of a meter at a node.
    Quota = "quota" {
        /// Whose tree.
        #[sea_orm(primary_key, auto_increment = false)]
        tenant_id: TenantId,
        /// Text form of the id of the organization or project.
        #[sea_orm(primary_key, auto_increment = false)]
        node: String,
        /// What is counted.
        #[sea_orm(primary_key, auto_increment = false)]
        meter: QuotaMeter,
        /// How much may be used at the node and below.
        ceiling: i64,
        /// How much is.
        used: i64,
        /// When it was set.
        set_at: Instant,
        /// Who set it.
        set_by: SubjectId,
    }
}

impl Quota {
    /// What may still be used.
    pub fn free(&self) -> i64 {
        self.ceiling.saturating_sub(self.used)
    }
}

/// Limits hold for whoever is below them, also where they cannot see them.
fn own(tx: &dyn InTenant) -> Select<Entity> {
    Entity::find()
        .filter(of_tenant(tx, Column::TenantId))
        .order_by_asc(Column::Node)
        .order_by_asc(Column::Meter)
}

fn own_update(tenant: TenantId) -> UpdateMany<Entity> {
    Entity::update_many().filter(Column::TenantId.eq(tenant))
}

fn own_delete(tx: &TenantTx) -> DeleteMany<Entity> {
    Entity::delete_many().filter(of_tenant(tx, Column::TenantId))
}

/// All limits of the tenant.
pub async fn list(tx: &dyn InTenant) -> Result<Vec<Quota>> {
    Ok(own(tx).all(&tx.db()).await?)
}

/// The limits at these nodes.
pub async fn at(tx: &dyn InTenant, nodes: &[String]) -> Result<Vec<Quota>> {
    let nodes = nodes.iter().map(String::as_str);
    Ok(own(tx).filter(Column::Node.is_in(nodes)).all(&tx.db()).await?)
}

/// Sets a limit where there is none.
pub async fn insert(tx: &TenantTx, row: Quota) -> Result<()> {
    admit(tx, row.tenant_id)?;
    insert_row(&tx.db(), row).await
}

/// Changes a limit.
pub async fn update(tx: &TenantTx, row: Quota) -> Result<()> {
    admit(tx, row.tenant_id)?;
    let one = own_update(row.tenant_id).filter(Column::Node.eq(row.node.as_str()));
    replace(&tx.db(), one.filter(Column::Meter.eq(row.meter)), row).await
}

/// Removes a limit with its counter; [`StoreError::NotFound`] if there is none.
pub async fn delete(tx: &TenantTx, node: &str, meter: QuotaMeter) -> Result<()> {
    let one = own_delete(tx).filter(Column::Node.eq(node)).filter(Column::Meter.eq(meter));
    let deleted = one.exec(&tx.db()).await?;
    if deleted.rows_affected == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}

/// Removes all limits of a node that is gone.
pub async fn delete_at(tx: &TenantTx, node: &str) -> Result<()> {
    own_delete(tx).filter(Column::Node.eq(node)).exec(&tx.db()).await?;
    Ok(())
}

/// Adds to the counters at these nodes, or takes away, behind the head row.
pub async fn add(tx: &TenantTx, nodes: &[String], amounts: &Amounts) -> Result<()> {
    count(&tx.db(), tx.tenant(), nodes, amounts).await
}

/// The same for what a cell reported about a tenant.
pub async fn add_in_cell(
    tx: &CellTx,
    tenant: TenantId,
    nodes: &[String],
    amounts: &Amounts,
) -> Result<()> {
    count(&tx.db(), tenant, nodes, amounts).await
}

async fn count(
    db: &Executor<'_>,
    tenant: TenantId,
    nodes: &[String],
    amounts: &Amounts,
) -> Result<()> {
    if nodes.is_empty() {
        return Ok(());
    }
    let mut more = CaseStatement::new();
    for meter in QuotaMeter::ALL {
        more = more.case(Column::Meter.eq(*meter), Expr::val(amounts.of(*meter)));
    }
    let nodes = nodes.iter().map(String::as_str);
    let used = Expr::col(Column::Used).add(more.finally(Expr::val(0_i64)));
    own_update(tenant)
        .filter(Column::Node.is_in(nodes))
        .col_expr(Column::Used, used)
        .exec(db)
        .await?;
    Ok(())
}

/// What living instances of the whole tenant take, by project: what counters have to say.
pub async fn recount(tx: &dyn InTenant) -> Result<BTreeMap<ProjectId, Amounts>> {
    const SIZE: [&str; 3] = ["millivcpu", "memory_mib", "storage_mib"];
    let mut rows = Query::select();
    rows.column(("instance", "project_id"))
        .expr_as(Expr::col(("instance", "id")).count_distinct(), "instances")
        .expr_as(Expr::col(("member", "id")).count(), "members")
        .from("instance")
        .left_join("member", Expr::col(("member", "instance_id")).equals(("instance", "id")))
        .and_where(Expr::col(("instance", "tenant_id")).eq(tx.tenant()))
        .and_where(Expr::col(("instance", "deleted_at")).is_null())
        .group_by_col(("instance", "project_id"));
    for column in SIZE {
        rows.column(("instance", column)).group_by_col(("instance", column));
    }
    let mut found: BTreeMap<ProjectId, Amounts> = BTreeMap::new();
    for row in tx.db().query_all(&rows).await? {
        let number = |column| row.try_get::<i64>("", column);
        let size = Size {
            millivcpu: number(SIZE[0])?,
            memory_mib: number(SIZE[1])?,
            storage_mib: number(SIZE[2])?,
        };
        let amounts = Amounts::new(number("instances")?, number("members")?, size);
        let of_project = found.entry(row.try_get("", "project_id")?).or_default();
        *of_project = of_project.plus(amounts);
    }
    Ok(found)
}
