//! Usage records as cells sent them, each with what was decided about it.

use std::collections::BTreeSet;

use sea_orm::sea_query::{Expr, ExprTrait, Func, Query};
use sea_orm::{
    ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    UpdateMany,
};
use types::id::{CellId, ProjectId, TenantId};
use types::instant::Instant;

use crate::error::{Result, StoreError};
use crate::table::{insert_all as insert_rows, replace, table};
use crate::tx::{
    CellTx, Connected, InCell, InFleet, InTenant, TenantTx, admit_cell, of_projects, of_tenant,
};
use crate::words::UsageStatus;

table! {
    /// A usage record. What the cell sent is never changed, only what was decided.
    UsageRecord = "usage_record" {
        /// Who sent it.
        #[sea_orm(primary_key, auto_increment = false)]
        cell_id: CellId,
        /// The cell's own counter, from 1.
        #[sea_orm(primary_key, auto_increment = false)]
        sequence: i64,
        /// Whose resource; none while it is unknown.
        tenant_id: Option<TenantId>,
        /// Where the resource belongs; none while it is unknown.
        project_id: Option<ProjectId>,
        /// What used it, as sent.
        resource: String,
        /// What was measured, as sent.
        meter: String,
        /// First instant.
        start_at: Instant,
        /// First instant behind.
        end_at: Instant,
        /// In the meter's unit.
        quantity: i64,
        /// When it came.
        received_at: Instant,
        /// When it was decided, if that was later.
        accepted_at: Option<Instant>,
        /// The cell's, as sent.
        signature: String,
        /// What was decided.
        status: UsageStatus,
        /// Why it was rejected.
        reason: Option<String>,
        /// The first closing that took it, like `2026-03`; none while none has.
        billed_in: Option<String>,
    }
}

/// How many sequences are read at once in search of a gap: a batch of the largest size, and one.
const RUN: u64 = 5_001;

fn own(tx: &dyn InTenant) -> Select<Entity> {
    Entity::find().filter(of_projects(tx, Column::TenantId, Column::ProjectId))
}

fn own_update(tx: &TenantTx) -> UpdateMany<Entity> {
    Entity::update_many().filter(of_tenant(tx, Column::TenantId))
}

fn own_in_cell(tx: &dyn InCell) -> Select<Entity> {
    Entity::find().filter(Column::CellId.eq(tx.cell()))
}

fn own_update_in_cell(tx: &CellTx) -> UpdateMany<Entity> {
    Entity::update_many().filter(Column::CellId.eq(tx.cell()))
}

/// Counted records of a resource that this cell names may have come from another cell.
fn own_named(_: &CellTx) -> Select<Entity> {
    Entity::find()
}

fn own_anywhere(_: &dyn InFleet) -> Select<Entity> {
    Entity::find()
}

/// Adds those records whose key is not there yet and answers with their sequences; of a sequence
/// that stands twice in `rows` the first. Others stay as they are: compare them with [`existing`].
///
/// Holds the cell's row, so that of two batches at once one waits.
pub async fn insert_new(tx: &CellTx, rows: Vec<UsageRecord>) -> Result<BTreeSet<i64>> {
    for row in &rows {
        admit_cell(tx, row.cell_id)?;
    }
    crate::cell::lock_in_cell(tx).await?;
    let sequences: Vec<i64> = rows.iter().map(|row| row.sequence).collect();
    let mut known: BTreeSet<i64> =
        existing(tx, &sequences).await?.into_iter().map(|row| row.sequence).collect();
    let new: Vec<UsageRecord> = rows.into_iter().filter(|row| known.insert(row.sequence)).collect();
    let added = new.iter().map(|row| row.sequence).collect();
    insert_rows(&tx.db(), new).await?;
    Ok(added)
}

/// Adds records whose keys are free, which the caller found out behind [`crate::cell::lock_in_cell`].
pub async fn insert_all_in_cell(tx: &CellTx, rows: Vec<UsageRecord>) -> Result<()> {
    for row in &rows {
        admit_cell(tx, row.cell_id)?;
    }
    insert_rows(&tx.db(), rows).await
}

/// The highest sequence that is reached from `first` without a gap; `first` must be there. Costs as
/// much as that run is long, however much lies behind a gap.
///
/// The gap is looked for here: with row-level security PostgreSQL calculates `sequence + 1` of every
/// row of the cell before it looks for any of them.
pub async fn contiguous_from(tx: &dyn InCell, first: i64) -> Result<Option<i64>> {
    let mut reached = None;
    let mut next = first;
    loop {
        let part = own_in_cell(tx)
            .filter(Column::Sequence.gte(next))
            .order_by_asc(Column::Sequence)
            .limit(RUN)
            .select_only()
            .column(Column::Sequence)
            .into_tuple();
        let part: Vec<i64> = part.all(&tx.db()).await?;
        let run = part.iter().zip(next..).take_while(|(sequence, next)| **sequence == *next);
        let run = run.count();
        if run > 0 {
            reached = Some(part[run - 1]);
            next = part[run - 1] + 1;
        }
        if run < part.len() || part.len() < RUN as usize {
            return Ok(reached);
        }
    }
}

/// The cell's records with these sequences.
pub async fn existing(tx: &dyn InCell, sequences: &[i64]) -> Result<Vec<UsageRecord>> {
    let mut found = Vec::new();
    for part in sequences.chunks(10_000) {
        let part = part.iter().copied();
        let rows = own_in_cell(tx).filter(Column::Sequence.is_in(part)).all(&tx.db()).await?;
        found.extend(rows);
    }
    Ok(found)
}

/// The cell's sequences above `after`, in order: to find the highest without a gap.
pub async fn sequences_after(tx: &dyn InCell, after: i64) -> Result<Vec<i64>> {
    let above = own_in_cell(tx)
        .filter(Column::Sequence.gt(after))
        .order_by_asc(Column::Sequence)
        .select_only()
        .column(Column::Sequence)
        .into_tuple();
    Ok(above.all(&tx.db()).await?)
}

/// Counted records of these resources that lie at least partly between the instants, whatever
/// their meter and whichever cell sent them.
pub async fn overlapping(
    tx: &CellTx,
    resources: &[String],
    from: Instant,
    to: Instant,
) -> Result<Vec<UsageRecord>> {
    let counted = own_named(tx)
        .filter(Column::Resource.is_in(resources))
        .filter(Column::Status.eq(UsageStatus::Counted))
        .filter(Column::StartAt.lt(to))
        .filter(Column::EndAt.gt(from))
        // A record lies within one clock hour, which keeps the index short.
        .filter(Column::StartAt.gte(from.hour()));
    Ok(counted.all(&tx.db()).await?)
}

/// The cell's records that wait for their resource, in order of arrival, at most `limit`.
pub async fn unattributed_in_cell(tx: &dyn InCell, limit: u64) -> Result<Vec<UsageRecord>> {
    let waiting = own_in_cell(tx)
        .filter(Column::Status.eq(UsageStatus::Unattributed))
        .order_by_asc(Column::ReceivedAt)
        .order_by_asc(Column::Sequence)
        .limit(limit);
    Ok(waiting.all(&tx.db()).await?)
}

/// As [`unattributed_in_cell`], those whose resource is known by now.
pub async fn attributable_in_cell(tx: &dyn InCell, limit: u64) -> Result<Vec<UsageRecord>> {
    let mut known = Query::select();
    known
        .expr(Expr::val(1))
        .from("lifecycle")
        .and_where(Expr::col(("lifecycle", "resource")).equals(("usage_record", "resource")));
    let waiting = own_in_cell(tx)
        .filter(Column::Status.eq(UsageStatus::Unattributed))
        .filter(Expr::exists(known))
        .order_by_asc(Column::ReceivedAt)
        .order_by_asc(Column::Sequence)
        .limit(limit);
    Ok(waiting.all(&tx.db()).await?)
}

/// Cells with records that wait for their resource.
pub async fn cells_unattributed(tx: &dyn InFleet) -> Result<Vec<CellId>> {
    let cells = own_anywhere(tx)
        .filter(Column::Status.eq(UsageStatus::Unattributed))
        .select_only()
        .column(Column::CellId)
        .distinct()
        .order_by_asc(Column::CellId)
        .into_tuple();
    Ok(cells.all(&tx.db()).await?)
}

/// Writes what was decided about one of the cell's records.
pub async fn update_in_cell(tx: &CellTx, row: UsageRecord) -> Result<()> {
    admit_cell(tx, row.cell_id)?;
    let update = own_update_in_cell(tx).filter(Column::Sequence.eq(row.sequence));
    replace(&tx.db(), update, row).await
}

/// How many records came before the instant and still wait for their resource.
pub async fn count_unattributed(tx: &dyn InFleet, before: Instant) -> Result<u64> {
    let waiting = own_anywhere(tx)
        .filter(Column::Status.eq(UsageStatus::Unattributed))
        .filter(Column::ReceivedAt.lt(before));
    Ok(waiting.count(&tx.db()).await?)
}

/// Records that start from `from` on and before `to`, of any status, in the order of (start,
/// resource, meter, cell, sequence).
pub async fn between(tx: &dyn InTenant, from: Instant, to: Instant) -> Result<Vec<UsageRecord>> {
    let part = own(tx).filter(Column::StartAt.gte(from)).filter(Column::StartAt.lt(to));
    Ok(ordered(part).all(&tx.db()).await?)
}

/// As [`between`], of these resources only.
pub async fn of_resources(
    tx: &dyn InTenant,
    resources: &[String],
    from: Instant,
    to: Instant,
) -> Result<Vec<UsageRecord>> {
    let part = own(tx)
        .filter(Column::Resource.is_in(resources))
        .filter(Column::StartAt.gte(from))
        .filter(Column::StartAt.lt(to));
    Ok(ordered(part).all(&tx.db()).await?)
}

/// Counted records with time between the instants: of these projects, or of all in reach.
pub async fn counted_between(
    tx: &dyn InTenant,
    projects: Option<&[ProjectId]>,
    from: Instant,
    to: Instant,
) -> Result<Vec<UsageRecord>> {
    let mut part = own(tx)
        .filter(Column::Status.eq(UsageStatus::Counted))
        .filter(Column::StartAt.gte(from.hour()))
        .filter(Column::StartAt.lt(to))
        .filter(Column::EndAt.gt(from));
    if let Some(projects) = projects {
        part = part.filter(Column::ProjectId.is_in(projects.iter().copied()));
    }
    Ok(part.all(&tx.db()).await?)
}

/// Counted records that start before `start` and that no closing has taken: what corrections are
/// made for.
pub async fn unbilled_before(tx: &dyn InTenant, start: Instant) -> Result<Vec<UsageRecord>> {
    let late = own(tx)
        .filter(Column::Status.eq(UsageStatus::Counted))
        .filter(Column::BilledIn.is_null())
        .filter(Column::StartAt.lt(start));
    Ok(ordered(late).all(&tx.db()).await?)
}

/// When a tenant's counted records begin that no closing has taken: the first and the last, for
/// operators.
pub async fn unbilled_anywhere(
    tx: &dyn InFleet,
    tenant: TenantId,
) -> Result<Option<(Instant, Instant)>> {
    let unbilled = own_anywhere(tx)
        .filter(Column::TenantId.eq(tenant))
        .filter(Column::Status.eq(UsageStatus::Counted))
        .filter(Column::BilledIn.is_null())
        .select_only()
        .column_as(Column::StartAt.min(), "first")
        .column_as(Column::StartAt.max(), "last")
        .into_tuple::<(Option<Instant>, Option<Instant>)>();
    let found = unbilled.one(&tx.db()).await?;
    Ok(found.and_then(|(first, last)| first.zip(last)))
}

/// Notes for all counted records that a closing took that it was the first to do so: accepted
/// before `closed_at`, starting before the period's `end`. How many.
pub async fn mark_billed(
    tx: &TenantTx,
    period: &str,
    closed_at: Instant,
    end: Instant,
) -> Result<u64> {
    if tx.permit.scope().reach() != &policies::permit::Reach::Tenant {
        return Err(StoreError::OutOfReach);
    }
    let accepted = Func::coalesce([Expr::col(Column::AcceptedAt), Expr::col(Column::ReceivedAt)]);
    let taken = own_update(tx)
        .col_expr(Column::BilledIn, Expr::value(period))
        .filter(Column::BilledIn.is_null())
        .filter(Column::Status.eq(UsageStatus::Counted))
        .filter(Column::StartAt.lt(end))
        .filter(Expr::expr(accepted).lt(closed_at));
    Ok(taken.exec(&tx.db()).await?.rows_affected)
}

fn ordered(query: Select<Entity>) -> Select<Entity> {
    query
        .order_by_asc(Column::StartAt)
        .order_by_asc(Column::Resource)
        .order_by_asc(Column::Meter)
        .order_by_asc(Column::CellId)
        .order_by_asc(Column::Sequence)
}
