//! The history of states that bills are made from.

use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select, UpdateMany};
use types::id::{CellId, InstanceId, PlanId, ProjectId, TenantId};
use types::instance::State;
use types::instant::Instant;
use uuid::Uuid;

use crate::error::{Result, StoreError};
use crate::table::{insert_all as insert_rows, is_last, table};
use crate::tx::{
    CellTx, Connected, InCell, InTenant, TenantTx, about_instances, admit_cell, admit_part,
    is_mine, of_tenant,
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
    ordered(own_unordered(tx))
}

fn own_unordered(tx: &dyn InTenant) -> Select<Entity> {
    Entity::find().filter(about_instances(
        tx,
        Column::TenantId,
        Column::ProjectId,
        Column::InstanceId,
    ))
}

fn own_in_cell(tx: &dyn InCell) -> Select<Entity> {
    ordered(Entity::find().filter(Column::CellId.eq(tx.cell())))
}

/// A cell may ask whose a resource is that it named.
fn own_named(_: &CellTx) -> Select<Entity> {
    Entity::find()
}

fn own_update(tx: &TenantTx) -> UpdateMany<Entity> {
    Entity::update_many().filter(of_tenant(tx, Column::TenantId))
}

/// Adds entries for what the plane did.
pub async fn insert_all(tx: &TenantTx, rows: Vec<Lifecycle>) -> Result<()> {
    for row in &rows {
        admit_part(tx, row.tenant_id, row.project_id)?;
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

/// The history of these instances, their members and volumes, in the order of recording.
pub async fn of_instances(tx: &dyn InTenant, instances: &[InstanceId]) -> Result<Vec<Lifecycle>> {
    let instances = instances.iter().copied();
    Ok(own(tx).filter(Column::InstanceId.is_in(instances)).all(&tx.db()).await?)
}

/// The history before `to` of the resources that were not gone at `from`, in the order of
/// recording: of these projects, or of all in reach.
pub async fn alive(
    tx: &dyn InTenant,
    projects: Option<&[ProjectId]>,
    from: Instant,
    to: Instant,
) -> Result<Vec<Lifecycle>> {
    let mut part =
        own(tx).filter(Column::At.lt(to)).filter(Column::Resource.not_in_subquery(gone(tx, from)));
    if let Some(projects) = projects {
        part = part.filter(Column::ProjectId.is_in(projects.iter().copied()));
    }
    Ok(part.all(&tx.db()).await?)
}

/// What held of each of these resources at an instant; nothing of those that did not exist yet.
pub async fn held_at(
    tx: &dyn InTenant,
    resources: &[String],
    at: Instant,
) -> Result<Vec<Lifecycle>> {
    let held = own_unordered(tx)
        .filter(Column::Resource.is_in(resources))
        .filter(Column::At.lte(at))
        .filter(is_last("lifecycle", "lifecycle", at));
    Ok(held.all(&tx.db()).await?)
}

/// From when on each of these resources was in the state that it was in at an instant. Entries may
/// tell of one state again.
pub async fn since(
    tx: &dyn InTenant,
    resources: &[String],
    at: Instant,
) -> Result<Vec<(String, Instant)>> {
    let mut other = Query::select();
    other
        .expr(Expr::val(1))
        .from_as("lifecycle", "other")
        .and_where(Expr::col(("other", "resource")).equals(("lifecycle", "resource")))
        .and_where(Expr::col(("other", "at")).gte(Expr::col(("lifecycle", "at"))))
        .and_where(Expr::col(("other", "at")).lte(at))
        .and_where(Expr::col(("other", "state")).not_equals(("lifecycle", "state")));
    let begun = own_unordered(tx)
        .filter(Column::Resource.is_in(resources))
        .filter(Column::At.lte(at))
        .filter(Expr::exists(other).not())
        .select_only()
        .column(Column::Resource)
        .column_as(Column::At.min(), "since")
        .group_by(Column::Resource)
        .into_tuple();
    Ok(begun.all(&tx.db()).await?)
}

/// The cells that resources in reach lived in between the instants.
pub async fn cells_alive(tx: &dyn InTenant, from: Instant, to: Instant) -> Result<Vec<CellId>> {
    let cells = own_unordered(tx)
        .filter(Column::At.lt(to))
        .filter(Column::Resource.not_in_subquery(gone(tx, from)))
        .select_only()
        .column(Column::CellId)
        .distinct()
        .order_by_asc(Column::CellId)
        .into_tuple();
    Ok(cells.all(&tx.db()).await?)
}

/// The first instant that an entry holds from which no closing has taken, if it was recorded before
/// `recorded_before`.
pub async fn first_unbilled(
    tx: &dyn InTenant,
    recorded_before: Instant,
) -> Result<Option<Instant>> {
    let first = own_unordered(tx)
        .filter(Column::BilledIn.is_null())
        .filter(Column::RecordedAt.lt(recorded_before))
        .order_by_asc(Column::At)
        .select_only()
        .column(Column::At)
        .into_tuple();
    Ok(first.one(&tx.db()).await?)
}

/// Resources that were deleted by an instant; at one instant the last entry holds.
fn gone(tx: &dyn InTenant, by: Instant) -> SelectStatement {
    let mut later = Query::select();
    later
        .expr(Expr::val(1))
        .from_as("lifecycle", "later")
        .and_where(Expr::col(("later", "resource")).equals(("gone", "resource")))
        .and_where(Expr::col(("later", "at")).equals(("gone", "at")))
        .and_where(Expr::col(("later", "id")).gt(Expr::col(("gone", "id"))));
    let mut gone = Query::select();
    gone.column(("gone", "resource"))
        .from_as("lifecycle", "gone")
        .and_where(is_mine(tx, ("gone", "tenant_id")))
        .and_where(Expr::col(("gone", "state")).eq(State::Deleted))
        .and_where(Expr::col(("gone", "at")).lte(by))
        .and_where(Expr::exists(later).not());
    gone
}

/// Where a resource lives that a cell named, whatever its cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    /// Text form of the resource's id.
    pub resource: String,
    /// Its tenant.
    pub tenant: TenantId,
    /// Its project.
    pub project: ProjectId,
    /// Its cell, maybe another one.
    pub cell: CellId,
}

/// The homes of these resources; of those without history none. The answer decides whether a
/// cell's record counts.
pub async fn homes(tx: &CellTx, resources: &[String]) -> Result<Vec<Home>> {
    let named = own_named(tx)
        .filter(Column::Resource.is_in(resources))
        .select_only()
        .columns([Column::Resource, Column::TenantId, Column::ProjectId, Column::CellId])
        .distinct()
        .into_tuple::<(String, TenantId, ProjectId, CellId)>();
    let home = |(resource, tenant, project, cell)| Home { resource, tenant, project, cell };
    Ok(named.all(&tx.db()).await?.into_iter().map(home).collect())
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
