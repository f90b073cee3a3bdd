//! Operations: tracked runs of work.

use std::collections::BTreeMap;

use sea_orm::sea_query::{Expr, ExprTrait, SelectStatement};
use sea_orm::{
    ColumnTrait, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect, QueryTrait as _, Select,
    UpdateMany,
};
use types::generation::Generation;
use types::id::{CellId, InstanceId, OperationId, ProjectId, SubjectId, TenantId};
use types::instant::Instant;
use types::operation::{OperationKind, OperationState};

use crate::error::{Result, StoreError};
use crate::page::{self, Cursor, Page, Paged, Sorted};
use crate::table::{insert as insert_row, replace, table};
use crate::tx::{
    CellTx, Connected, FleetTx, InCell, InFleet, InTenant, TenantTx, about_instances, admit_cell,
    admit_part,
};

table! {
    /// A tracked run of work.
    Operation = "operation" {
        /// Id.
        #[sea_orm(primary_key, auto_increment = false)]
        id: OperationId,
        /// Whose it is.
        tenant_id: TenantId,
        /// Where it belongs.
        project_id: ProjectId,
        /// What it works on.
        instance_id: InstanceId,
        /// Where it runs.
        cell_id: CellId,
        /// What kind of work.
        kind: OperationKind,
        /// Where it stands.
        state: OperationState,
        /// The generation that it makes true.
        generation: Generation,
        /// When it was asked for.
        created_at: Instant,
        /// Who asked.
        created_by: SubjectId,
        /// When its cell began.
        started_at: Option<Instant>,
        /// When it ended.
        ended_at: Option<Instant>,
        /// When it fails if it has not succeeded.
        deadline: Instant,
        /// Its steps, as a JSON list of [`types::operation::Step`].
        steps: String,
        /// Code of the problem.
        problem_code: Option<String>,
        /// The problem for a person.
        problem_message: Option<String>,
        /// Number of the last log line, 0 without any.
        last_line: i64,
        /// The step that was tried in vain last, as JSON of [`types::operation::Attempt`].
        attempt: Option<String>,
    }
}

impl Sorted for Operation {
    fn cursor(&self) -> Cursor {
        Cursor::id(self.id.uuid())
    }
}

/// Which operations of those in reach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OperationFilter {
    /// Only of these projects.
    pub projects: Option<Vec<ProjectId>>,
    /// Only on this instance.
    pub instance: Option<InstanceId>,
    /// Only in one of these states.
    pub states: Option<Vec<OperationState>>,
}

/// Those that have not ended.
const OPEN: [OperationState; 2] = [OperationState::Pending, OperationState::Running];

fn own(tx: &dyn InTenant) -> Select<Entity> {
    Entity::find().filter(about_instances(
        tx,
        Column::TenantId,
        Column::ProjectId,
        Column::InstanceId,
    ))
}

/// Ids of those in reach, as a part of another statement.
pub(crate) fn in_reach(tx: &dyn InTenant) -> SelectStatement {
    own(tx).select_only().column(Column::Id).into_query()
}

fn own_update(tx: &TenantTx) -> UpdateMany<Entity> {
    Entity::update_many().filter(about_instances(
        tx,
        Column::TenantId,
        Column::ProjectId,
        Column::InstanceId,
    ))
}

fn own_in_cell(tx: &dyn InCell) -> Select<Entity> {
    Entity::find().filter(Column::CellId.eq(tx.cell()))
}

fn own_update_in_cell(tx: &CellTx) -> UpdateMany<Entity> {
    Entity::update_many().filter(Column::CellId.eq(tx.cell()))
}

fn own_anywhere(_: &dyn InFleet) -> Select<Entity> {
    Entity::find()
}

fn own_update_anywhere(_: &FleetTx) -> UpdateMany<Entity> {
    Entity::update_many()
}

/// Adds an operation, after its instance.
pub async fn insert(tx: &TenantTx, row: Operation) -> Result<()> {
    admit_part(tx, row.tenant_id, row.project_id)?;
    insert_row(&tx.db(), row).await
}

/// Changes an operation, after its instance was locked.
pub async fn update(tx: &TenantTx, row: Operation) -> Result<()> {
    admit_part(tx, row.tenant_id, row.project_id)?;
    let update = own_update(tx).filter(Column::Id.eq(row.id));
    replace(&tx.db(), update, row).await
}

/// By id.
pub async fn find(tx: &dyn InTenant, id: OperationId) -> Result<Option<Operation>> {
    Ok(own(tx).filter(Column::Id.eq(id)).one(&tx.db()).await?)
}

/// By id, or [`StoreError::NotFound`].
pub async fn get(tx: &dyn InTenant, id: OperationId) -> Result<Operation> {
    find(tx, id).await?.ok_or(StoreError::NotFound)
}

/// By id, held until the end.
pub async fn lock(tx: &TenantTx, id: OperationId) -> Result<Option<Operation>> {
    Ok(own(tx).filter(Column::Id.eq(id)).lock_exclusive().one(&tx.db()).await?)
}

/// A batch.
pub async fn by_ids(tx: &dyn InTenant, ids: &[OperationId]) -> Result<Vec<Operation>> {
    let ids = ids.iter().copied();
    Ok(own(tx).filter(Column::Id.is_in(ids)).all(&tx.db()).await?)
}

/// Those of an instance that have not ended.
pub async fn open_of_instance(tx: &dyn InTenant, instance: InstanceId) -> Result<Vec<Operation>> {
    let open = own(tx).filter(Column::InstanceId.eq(instance)).filter(Column::State.is_in(OPEN));
    Ok(open.all(&tx.db()).await?)
}

/// All of these instances, unsorted.
pub async fn of_instances(tx: &dyn InTenant, instances: &[InstanceId]) -> Result<Vec<Operation>> {
    let instances = instances.iter().copied();
    Ok(own(tx).filter(Column::InstanceId.is_in(instances)).all(&tx.db()).await?)
}

fn filtered(tx: &dyn InTenant, filter: &OperationFilter) -> Select<Entity> {
    let mut query = own(tx);
    if let Some(projects) = &filter.projects {
        query = query.filter(Column::ProjectId.is_in(projects.iter().copied()));
    }
    if let Some(instance) = filter.instance {
        query = query.filter(Column::InstanceId.eq(instance));
    }
    if let Some(states) = &filter.states {
        query = query.filter(Column::State.is_in(states.iter().copied()));
    }
    query
}

/// Operations, the newest first.
pub async fn list(
    tx: &dyn InTenant,
    filter: &OperationFilter,
    page: &Page,
) -> Result<Paged<Operation>> {
    page::fetch(filtered(tx, filter), Column::Id, Order::Desc, page, &tx.db()).await
}

/// The newest operations of each instance.
pub async fn first_of_instances(
    tx: &dyn InTenant,
    instances: &[InstanceId],
    first: u64,
) -> Result<BTreeMap<InstanceId, Paged<Operation>>> {
    let each = instances.iter().map(|id| own(tx).filter(Column::InstanceId.eq(*id)));
    let newest = (&[Column::Id] as &[_], Order::Desc);
    page::fetch_each(|| own(tx), each, newest, first, &tx.db(), |row| row.instance_id).await
}

/// Open ones past their deadline, in all tenants, the most overdue first.
pub async fn overdue(tx: &dyn InFleet, now: Instant, limit: u64) -> Result<Vec<Operation>> {
    let overdue = own_anywhere(tx)
        .filter(Column::State.is_in(OPEN))
        .filter(Column::Deadline.lte(now))
        .order_by_asc(Column::Deadline)
        .limit(limit);
    Ok(overdue.all(&tx.db()).await?)
}

/// A tenant's open ones, for operators.
pub async fn open_anywhere(tx: &dyn InFleet, tenant: TenantId) -> Result<Vec<OperationId>> {
    let open = own_anywhere(tx)
        .filter(Column::TenantId.eq(tenant))
        .filter(Column::State.is_in(OPEN))
        .order_by_asc(Column::Id)
        .select_only()
        .column(Column::Id)
        .into_tuple::<OperationId>();
    Ok(open.all(&tx.db()).await?)
}

/// Writes the end of an operation whoever's it is, unless it ended meanwhile. Says whether it did.
pub async fn end_anywhere(tx: &FleetTx, row: Operation) -> Result<bool> {
    let open =
        own_update_anywhere(tx).filter(Column::Id.eq(row.id)).filter(Column::State.is_in(OPEN));
    match replace(&tx.db(), open, row).await {
        Ok(()) => Ok(true),
        Err(StoreError::NotFound) => Ok(false),
        Err(other) => Err(other),
    }
}

/// Open ones that took more than a quarter of the time they have, in all tenants, oldest first.
pub async fn slow_anywhere(
    tx: &dyn InFleet,
    now: Instant,
    page: &Page,
) -> Result<Paged<Operation>> {
    // A quarter of the time has gone: 4 (now - created) >= deadline - created.
    let spent = Expr::col(Column::CreatedAt).mul(3_i64).add(Expr::col(Column::Deadline));
    let slow = own_anywhere(tx)
        .filter(Column::State.is_in(OPEN))
        .filter(spent.lte(now.micros().saturating_mul(4)));
    page::fetch(slow, Column::Id, Order::Asc, page, &tx.db()).await
}

/// Notes the last vain try of one of the cell's that has not ended.
pub async fn note_attempt_in_cell(tx: &CellTx, id: OperationId, attempt: String) -> Result<()> {
    let open = own_update_in_cell(tx)
        .col_expr(Column::Attempt, Expr::value(attempt))
        .filter(Column::Id.eq(id))
        .filter(Column::State.is_in(OPEN));
    open.exec(&tx.db()).await?;
    Ok(())
}

/// A batch of the cell's.
pub async fn by_ids_in_cell(tx: &dyn InCell, ids: &[OperationId]) -> Result<Vec<Operation>> {
    let ids = ids.iter().copied();
    Ok(own_in_cell(tx).filter(Column::Id.is_in(ids)).all(&tx.db()).await?)
}

/// One of the cell's, held until the end.
pub async fn lock_in_cell(tx: &CellTx, id: OperationId) -> Result<Option<Operation>> {
    Ok(own_in_cell(tx).filter(Column::Id.eq(id)).lock_exclusive().one(&tx.db()).await?)
}

/// Changes one of the cell's, after its instance was locked.
pub async fn update_in_cell(tx: &CellTx, row: Operation) -> Result<()> {
    admit_cell(tx, row.cell_id)?;
    let update = own_update_in_cell(tx).filter(Column::Id.eq(row.id));
    replace(&tx.db(), update, row).await
}
