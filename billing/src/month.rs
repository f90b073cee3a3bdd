//! Rating one month from what the database holds: the one way to closed and to provisional bills.
//!
//! Only rows that can matter are read: resources that lived in the rated months and counted records
//! with time in them. The arithmetic runs outside of the threads that answer requests.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use billing_rating::calendar::Period;
use billing_rating::charge::Charge;
use billing_rating::closing::{self, Closed, Closing};
use billing_rating::credit::Used;
use billing_rating::knowledge::Knowledge;
use billing_rating::lifecycle::StateLine;
use billing_rating::timeline::FOREVER;
use billing_rating::usage::Record;
use control_plane_core::error::{Error, Result};
use control_plane_store::usage_record::UsageRecord;
use control_plane_store::{InTenant, PeriodState, cell, charge, lifecycle, usage_record};
use types::id::{CellId, ProjectId};
use types::instant::Instant;

use crate::period::Month;
use crate::source::{self, Source, accepted, decided_at, failed, state_line};

/// What is to be rated.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    /// The month.
    pub period: Period,
    /// Only what was known before counts, and bills get numbers; none: provisional.
    pub closed_at: Option<Instant>,
    /// Only resources of these projects; none: of all. Bills of organizations that owned other
    /// projects are then not to be used.
    pub projects: Option<Vec<ProjectId>>,
}

/// A rated month.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rated {
    /// Bills and charges.
    pub closed: Closed,
    /// The cells that its resources live in.
    pub cells: Vec<CellId>,
}

/// The rows that a month is rated from.
struct Facts {
    states: Vec<StateLine>,
    records: Vec<Record>,
    again: Vec<Period>,
    billed: Vec<Charge>,
}

/// Rates a month. `months` are all of the tenant; the reader must reach the whole tenant.
pub(crate) async fn rate(
    reader: &dyn InTenant,
    source: &Arc<Source>,
    months: &[Month],
    question: Question,
) -> Result<Rated> {
    let month = months.iter().find(|month| month.period == question.period);
    let month = month.ok_or(Error::NotFound { what: "billing period" })?;
    let known_until = question.closed_at.unwrap_or(FOREVER);
    let again = again(reader, months, month, known_until).await?;
    let projects = question.projects.as_deref();
    let from = again.first().unwrap_or(&month).interval.start();
    let (mut states, mut cells) = (Vec::new(), BTreeSet::new());
    for row in lifecycle::alive(reader, projects, from, month.interval.end()).await? {
        if row.recorded_at < known_until {
            cells.insert(row.cell_id);
            states.push(state_line(row)?);
        }
    }
    // A record across the end of a month is read with both.
    let mut records = BTreeMap::new();
    for each in again.iter().copied().chain([month]) {
        let (start, end) = (each.interval.start(), each.interval.end());
        for row in usage_record::counted_between(reader, projects, start, end).await? {
            if decided_at(&row) < known_until {
                records.insert((row.cell_id, row.sequence), accepted(row)?.record);
            }
        }
    }
    let mut billed = Vec::new();
    for each in &again {
        let rows = charge::of_charge_period(reader, &each.period.to_string()).await?;
        for row in &rows {
            billed.push(source::charge(row)?);
        }
    }
    let again = again.iter().map(|month| month.period).collect();
    let facts = Facts { states, records: records.into_values().collect(), again, billed };
    let source = source.clone();
    let work = tokio::task::spawn_blocking(move || close(&source, &question, &facts));
    let closed = work.await.map_err(|error| Error::internal("rate a month", error))??;
    Ok(Rated { closed, cells: cells.into_iter().collect() })
}

fn close(source: &Source, question: &Question, facts: &Facts) -> Result<Closed> {
    let ground = source.ground()?;
    let knowledge = Knowledge::new(&facts.states, &facts.records);
    let closing = Closing {
        period: question.period,
        closed_at: question.closed_at,
        knowledge: &knowledge,
        again: &facts.again,
        billed: &facts.billed,
        used: &Used::new(),
    };
    closing::close(&ground, &closing).map_err(failed)
}

/// The closed months that something became known for since they were closed. Corrections stand on
/// the bills of the first month that is not closed, so a later one has none yet.
async fn again<'m>(
    reader: &dyn InTenant,
    months: &'m [Month],
    month: &Month,
    known_until: Instant,
) -> Result<Vec<&'m Month>> {
    let past: Vec<_> = months.iter().take_while(|each| each.period < month.period).collect();
    if past.is_empty() || past.iter().any(|each| each.state != PeriodState::Closed) {
        return Ok(Vec::new());
    }
    let late_state = lifecycle::first_unbilled(reader, known_until).await?;
    let late = usage_record::unbilled_before(reader, month.interval.start()).await?;
    let late: Vec<UsageRecord> =
        late.into_iter().filter(|row| decided_at(row) < known_until).collect();
    let is_touched = |each: &&Month| {
        let (start, end) = (each.interval.start(), each.interval.end());
        late_state.is_some_and(|at| at < end)
            || late.iter().any(|row| row.start_at < end && start < row.end_at)
    };
    Ok(past.into_iter().filter(is_touched).collect())
}

/// Up to when usage is complete in all of these cells; none if one has never said so, or there is
/// no cell.
pub(crate) async fn complete_to(
    reader: &dyn InTenant,
    cells: &[CellId],
) -> Result<Option<Instant>> {
    if cells.is_empty() {
        return Ok(None);
    }
    let rows = cell::by_ids(reader, cells).await?;
    let watermarks: Option<Vec<_>> = rows.iter().map(|row| row.watermark).collect();
    Ok(watermarks.unwrap_or_default().into_iter().min())
}
