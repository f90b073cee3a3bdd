//! Closing months: open → closing → closed, a tenant's months in order and each as a whole.
//!
//! A month that is over waits until all cells that its resources lived in have sent everything, at
//! most [`WAIT_MAX`]. Then the instant at which the closing begins is committed; what is known
//! before it never changes again, so rating it and writing bills can be killed and repeated and
//! gives the same bytes. Bills, charges and marks are written in one transaction.

use std::sync::Arc;
use std::time::Duration;

use billing_rating::calendar::Period;
use billing_rating::closing::Closed;
use control_plane_core::error::{Error, Result};
use control_plane_core::nudge::Topic;
use control_plane_core::plane::Plane;
use control_plane_store::billing_period::BillingPeriod;
use control_plane_store::outbox::{self, NewEvent};
use control_plane_store::{
    PeriodState, StoreError, TenantTx, bill, billing_period, cell, charge, lifecycle, planned_move,
    tenant, usage_record,
};
use policies::permit::{FleetPermit, Task, task_permit, task_scope};
use types::id::{CellId, TenantId};
use types::instant::Instant;

use crate::month::{self, Question};
use crate::period::{self, Month};
use crate::source::Source;

/// How long after its end a month waits for cells.
pub const WAIT_MAX: Duration = Duration::from_secs(72 * 3600);

/// What a look at a tenant's months came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Months that were closed now, in order.
    pub closed: Vec<Period>,
    /// The month that waits for cells.
    pub waits: Option<Waiting>,
    /// The first month that is not closed and not due, and when it is over.
    pub open: Option<(Period, Instant)>,
}

/// A month that is over and waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Which.
    pub period: Period,
    /// Names of cells whose usage is not complete yet.
    pub cells: Vec<String>,
    /// When it closes without them.
    pub until: Instant,
}

/// Closes what is due of a tenant, no month later than `last`.
///
/// # Errors
/// A contradiction in what was entered leaves the month as it was; nothing is billed then.
pub async fn advance(plane: &Plane, tenant: TenantId, last: Option<Period>) -> Result<Progress> {
    let reader = plane.store.read(&task_scope(Task::CloseMonths, tenant));
    let mut source = Arc::new(Source::load(&reader).await?);
    let calendar = source.calendar()?;
    let mut progress = Progress::default();
    loop {
        let now = plane.clock.now();
        let months = period::all(&reader, &calendar, source.row.created_at, now).await?;
        let next = months.iter().find(|month| month.state != PeriodState::Closed);
        let due = |month: &&Month| {
            month.interval.end() <= now && last.is_none_or(|last| month.period <= last)
        };
        let Some(month) = next.filter(due) else {
            progress.open = next.map(|month| (month.period, month.interval.end()));
            return Ok(progress);
        };
        let (start, end) = (month.interval.start(), month.interval.end());
        let cells = lifecycle::cells_alive(&reader, start, end).await?;
        if month.closed_at.is_none() {
            let waiting = waiting(plane, month, &cells).await?;
            let is_ready = waiting.cells.is_empty() || waiting.until <= now;
            if !begin(plane, tenant, month, is_ready).await? {
                progress.waits = (!is_ready).then_some(waiting);
                return Ok(progress);
            }
            // A move that was due in the month may have been made since it was read.
            source = Arc::new(Source::load(&reader).await?);
            continue;
        }
        drain(plane, &cells).await?;
        let question =
            Question { period: month.period, closed_at: month.closed_at, projects: None };
        let rated = month::rate(&reader, &source, &months, question).await?;
        if write(plane, tenant, month, rated.closed).await? {
            tracing::info!(tenant.id = %tenant, period = %month.period, "billing period closed");
            progress.closed.push(month.period);
        }
    }
}

/// The month of a tenant that is over and not closed, and which cells it waits for. Changes nothing.
///
/// # Errors
/// As for any read.
pub async fn waits(plane: &Plane, tenant: TenantId) -> Result<Option<Waiting>> {
    let reader = plane.store.read(&task_scope(Task::CloseMonths, tenant));
    let source = Source::load(&reader).await?;
    let (calendar, now) = (source.calendar()?, plane.clock.now());
    let months = period::all(&reader, &calendar, source.row.created_at, now).await?;
    let next = months.iter().find(|month| month.state != PeriodState::Closed);
    let Some(month) = next.filter(|month| month.interval.end() <= now) else { return Ok(None) };
    let (start, end) = (month.interval.start(), month.interval.end());
    let cells = lifecycle::cells_alive(&reader, start, end).await?;
    Ok(Some(waiting(plane, month, &cells).await?))
}

/// Which cells a month still waits for.
async fn waiting(plane: &Plane, month: &Month, cells: &[CellId]) -> Result<Waiting> {
    let reader = plane.store.fleet_read(&FleetPermit::task(Task::CloseMonths));
    let end = month.interval.end();
    let rows = cell::by_ids(&reader, cells).await?;
    let now = plane.clock.now();
    // Only what came before the closing counts, so it must begin after the last delivery, also by
    // the clock of another plane process that took it.
    let is_late = |row: &cell::Cell| {
        row.watermark.is_none_or(|mark| mark < end)
            || row.last_report_at.is_some_and(|last| now <= last)
    };
    let cells = rows.into_iter().filter(is_late).map(|row| row.name).collect();
    Ok(Waiting { period: month.period, cells, until: end.plus(WAIT_MAX) })
}

/// Notes that the month is over and, once it is ready, the instant at which its closing begins. False
/// if it does not begin yet.
async fn begin(plane: &Plane, tenant: TenantId, month: &Month, is_ready: bool) -> Result<bool> {
    if month.state == PeriodState::Closing && !is_ready {
        return Ok(false);
    }
    let period = month.period.to_string();
    let tx = plane.store.begin(&task_permit(Task::CloseMonths, tenant)).await?;
    // A move that holds from an instant of the month may still have to be made: the bills must
    // follow it. Who enters one holds the lock, too, and enters it for later than now.
    tenant::lock(&tx).await?;
    let is_ready = is_ready && planned_move::next_due(&tx, month.interval.end()).await?.is_none();
    let known = billing_period::lock(&tx, &period).await?;
    if known.as_ref().is_some_and(|row| row.closed_at.is_some()) {
        return Ok(true);
    }
    let row = BillingPeriod {
        tenant_id: tenant,
        period,
        state: PeriodState::Closing,
        closed_at: is_ready.then(|| plane.clock.now()),
    };
    let written = match known {
        Some(_) => billing_period::update(&tx, row).await,
        None => billing_period::insert(&tx, row).await,
    };
    match written {
        // Another process noted it at the same moment.
        Err(StoreError::Conflict { .. }) => Ok(is_ready),
        Err(error) => Err(error.into()),
        Ok(()) => Ok(tx.commit().await.map(|()| is_ready)?),
    }
}

/// Waits for transactions of cells that took the time before the closing began and have not
/// committed yet: each holds its cell's row.
async fn drain(plane: &Plane, cells: &[CellId]) -> Result<()> {
    let tx = plane.store.fleet(&FleetPermit::task(Task::CloseMonths)).await?;
    for id in cells {
        cell::lock(&tx, *id).await?;
    }
    Ok(tx.commit().await?)
}

/// Writes the bills of a month, all or none. False if another process did it meanwhile.
async fn write(plane: &Plane, tenant: TenantId, month: &Month, closed: Closed) -> Result<bool> {
    let lost = || Error::internal("close a month", "the closing has no instant");
    let closed_at = month.closed_at.ok_or_else(lost)?;
    let period = month.period.to_string();
    let bills = bill_rows(tenant, &closed, closed_at)?;
    let charges = charge_rows(tenant, &closed)?;
    let tx = plane.store.begin(&task_permit(Task::CloseMonths, tenant)).await?;
    let row = billing_period::lock(&tx, &period).await?;
    let row = row.filter(|row| row.state == PeriodState::Closing);
    let Some(row) = row.filter(|row| row.closed_at == Some(closed_at)) else { return Ok(false) };
    bill::insert_all(&tx, bills).await?;
    charge::insert_all(&tx, charges).await?;
    mark(&tx, month, closed_at).await?;
    billing_period::update(&tx, BillingPeriod { state: PeriodState::Closed, ..row }).await?;
    let event = NewEvent::new("period_closed", plane.clock.now());
    outbox::record(&tx, vec![event], Vec::new()).await?;
    tx.commit().await?;
    plane.nudges.send(Topic::Tenant(tenant));
    Ok(true)
}

async fn mark(tx: &TenantTx, month: &Month, closed_at: Instant) -> Result<()> {
    let (period, end) = (month.period.to_string(), month.interval.end());
    usage_record::mark_billed(tx, &period, closed_at, end).await?;
    lifecycle::mark_billed(tx, &period, closed_at, end).await?;
    Ok(())
}

fn bill_rows(tenant: TenantId, closed: &Closed, closed_at: Instant) -> Result<Vec<bill::Bill>> {
    let wrong = |error: &dyn std::fmt::Display| Error::internal("write a bill", error.to_string());
    let row = |each: &billing_rating::bill::Bill| {
        Ok(bill::Bill {
            tenant_id: tenant,
            number: each.number.clone().ok_or_else(|| wrong(&"it has no number"))?,
            period: each.period.to_string(),
            organization_id: each.organization.parse().map_err(|error| wrong(&error))?,
            parent_bill: each.parent_bill.clone(),
            content: serde_json::to_string(each).map_err(|error| wrong(&error))?,
            hash: each.hash.clone().ok_or_else(|| wrong(&"it has no hash"))?,
            closed_at,
        })
    };
    closed.bills.iter().map(row).collect()
}

fn charge_rows(tenant: TenantId, closed: &Closed) -> Result<Vec<charge::Charge>> {
    let wrong =
        |error: &dyn std::fmt::Display| Error::internal("write a charge", error.to_string());
    let row = |(each, ordinal): (&billing_rating::charge::Charge, i64)| {
        Ok(charge::Charge {
            tenant_id: tenant,
            bill_period: each.period.to_string(),
            ordinal,
            charge_period: each.key.charge_period.to_string(),
            organization_id: each.key.organization.parse().map_err(|error| wrong(&error))?,
            resource: each.key.resource.clone(),
            content: serde_json::to_string(each).map_err(|error| wrong(&error))?,
        })
    };
    closed.charges.iter().zip(0..).map(row).collect()
}
