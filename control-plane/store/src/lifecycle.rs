//! The history of states that bills are made from.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Select, UpdateMany};
use types::id::{CellId, InstanceId, PlanId, ProjectId, TenantId};
use types::instance::State;
use types::instant::Instant;
use uuid::Uuid;

use crate::error::{Result, StoreError};
use crate::table::{insert_all as insert_rows, table};
use crate::tx::{
    CellTx, Connected, InCell, InTenant, TenantTx, admit_cell, admit_project, of_projects,
    of_tenant,
};

table! {
    /// A state or plan of a resource from an instant on.
    Lifecycle = "lifecycle" {
        /// Version 7, so that entries sort as they were recorded.
        #[sea_orm(primary_key, auto_increment = false)]
        id: Uuid,
        /// Whose it is.
        tenant_id: TenantId,
        /// Where it belongs.
        project_id: ProjectId,
        /// The instance that it is or is part of.
        instance_id: InstanceId,
        /// Where it runs.
        cell_id: CellId,
        /// Text form of the resource's id.
        resource: String,
        /// Kind of the resource as the billing export writes it.
        kind: String,
        /// The plan from then on.
        plan_id: Option<PlanId>,
        /// The state from then on.
        state: State,
        /// From when on.
        at: Instant,
        /// When the plane recorded it.
        recorded_at: Instant,
        /// The first closing that took it, like `2026-03`; none while none has.
        billed_in: Option<String>,
    }
}

fn ordered(query: Select<Entity>) -> Select<Entity> {
    query.order_by_asc(Column::Id)
}

fn own(tx: &dyn InTenant) -> Select<Entity> {
    ordered(Entity::find().filter(of_projects(tx, Column::TenantId, Column::ProjectId)))
}

fn own_in_cell(tx: &dyn InCell) -> Select<Entity> {
    ordered(Entity::find().filter(Column::CellId.eq(tx.cell())))
}

fn own_update(tx: &TenantTx) -> UpdateMany<Entity> {
    Entity::update_many().filter(of_tenant(tx, Column::TenantId))
}

/// Adds entries for what the plane did.
pub async fn insert_all(tx: &TenantTx, rows: Vec<Lifecycle>) -> Result<()> {
    for row in &rows {
        admit_project(tx, row.tenant_id, row.project_id)?;
    }
    insert_rows(&tx.db(), rows).await
}

/// Adds entries that a cell reported.
pub async fn insert_all_in_cell(tx: &CellTx, rows: Vec<Lifecycle>) -> Result<()> {
    for row in &rows {
        admit_cell(tx, row.cell_id)?;
    }
    insert_rows(&tx.db(), rows).await
}

/// The whole history of the projects in reach, in the order of recording.
pub async fn all(tx: &dyn InTenant) -> Result<Vec<Lifecycle>> {
    Ok(own(tx).all(&tx.db()).await?)
}

/// The history of these resources, in the order of recording.
pub async fn of_resources(tx: &dyn InTenant, resources: &[String]) -> Result<Vec<Lifecycle>> {
    Ok(own(tx).filter(Column::Resource.is_in(resources)).all(&tx.db()).await?)
}

/// The history of an instance, its members and volumes, in the order of recording.
pub async fn of_instance(tx: &dyn InTenant, instance: InstanceId) -> Result<Vec<Lifecycle>> {
    Ok(own(tx).filter(Column::InstanceId.eq(instance)).all(&tx.db()).await?)
}

/// The history of these resources of the cell, in the order of recording.
pub async fn of_resources_in_cell(tx: &dyn InCell, resources: &[String]) -> Result<Vec<Lifecycle>> {
    Ok(own_in_cell(tx).filter(Column::Resource.is_in(resources)).all(&tx.db()).await?)
}

/// Notes for all entries that a closing took that it was the first to do so: recorded before
/// `closed_at`, holding from before the period's `end`. How many.
pub async fn mark_billed(
    tx: &TenantTx,
    period: &str,
    closed_at: Instant,
    end: Instant,
) -> Result<u64> {
    if tx.permit.scope().reach() != &policies::permit::Reach::Tenant {
        return Err(StoreError::OutOfReach);
    }
    let taken = own_update(tx)
        .col_expr(Column::BilledIn, Expr::value(period))
        .filter(Column::BilledIn.is_null())
        .filter(Column::RecordedAt.lt(closed_at))
        .filter(Column::At.lt(end));
    Ok(taken.exec(&tx.db()).await?.rows_affected)
}
