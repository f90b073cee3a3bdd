//! The files of an export: everything a tenant's bills follow from, and the bills, so that a
//! program that knows only the rules reaches the same ones.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use billing_rating::bill::Bill;
use billing_rating::charge::Charge;
use billing_rating::files;
use billing_rating::lifecycle::StateLine;
use billing_rating::price::Prices;
use billing_rating::tenant::{PeriodEntry, PeriodState as State, Tenant};
use billing_rating::usage::{Reason, Status, UsageLine};
use control_plane_core::error::{Error, Result};
use control_plane_core::plane::Plane;
use control_plane_store::usage_flag::UsageFlag;
use control_plane_store::usage_record::UsageRecord;
use control_plane_store::{
    FlagKind, InTenant, PeriodState, UsageStatus, bill, charge, lifecycle, usage_flag, usage_record,
};
use policies::permit::{Task, task_scope};
use serde::Serialize;
use types::id::TenantId;
use types::instant::Instant;

use crate::bill::read;
use crate::ingest::Incoming;
use crate::month::{self, Question};
use crate::period::{self, Month};
use crate::recompute::{FilesError, write};
use crate::source::{self, Source, decided_at, read_period, state_line};

/// How much an export holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Bills of all months.
    pub bills: usize,
    /// Charges of all months.
    pub charges: usize,
    /// Usage records.
    pub records: usize,
}

/// How often an open month is read again because something came in meanwhile.
const TRIES: u32 = 20;

/// The content of an export.
struct Content {
    tenant: Tenant,
    source: Arc<Source>,
    states: Vec<StateLine>,
    usage: Vec<UsageLine>,
    bills: Vec<Bill>,
    charges: Vec<Charge>,
}

/// Writes everything of a tenant from its first month to the end of `period` into a directory,
/// which is made if it is missing. A month that is not closed has provisional bills.
///
/// # Errors
/// [`Error::Conflict`] while a month before `period` is not closed: its bills would still change.
pub async fn run(
    plane: &Plane,
    tenant: TenantId,
    period: &str,
    directory: &Path,
) -> std::result::Result<Size, FilesError> {
    let content = load(plane, tenant, period).await?;
    let wrong = |source| FilesError::File { path: directory.to_owned(), source };
    fs::create_dir_all(directory).map_err(wrong)?;
    let file = |name: &str, text: String| write(&directory.join(name), &text);
    let prices = Prices { books: content.source.books.clone() };
    file("tenant.json", pretty(&content.tenant)?)?;
    file("tree.jsonl", files::jsonl(&content.source.tree))?;
    file("prices.json", pretty(&prices)?)?;
    file("lifecycle.jsonl", files::jsonl(&content.states))?;
    file("usage.jsonl", files::jsonl(&content.usage))?;
    file("bills.json", files::bills(&content.bills))?;
    file("charges.jsonl", files::charges(&content.charges))?;
    Ok(Size {
        bills: content.bills.len(),
        charges: content.charges.len(),
        records: content.usage.len(),
    })
}

fn pretty(value: &impl Serialize) -> Result<String> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| Error::internal("write an export", error))?;
    Ok(text + "\n")
}

async fn load(plane: &Plane, tenant: TenantId, period: &str) -> Result<Content> {
    let period = period::parse(period)?;
    let reader = plane.store.read(&task_scope(Task::Console, tenant));
    let source = Arc::new(Source::load(&reader).await?);
    let calendar = source.calendar()?;
    let now = plane.clock.now();
    let months = period::all(&reader, &calendar, source.row.created_at, now).await?;
    let count = months.iter().position(|month| month.period == period);
    let months = &months[..count.ok_or(Error::NotFound { what: "billing period" })? + 1];
    let (last, past) = months.split_last().ok_or(Error::NotFound { what: "billing period" })?;
    if past.iter().any(|month| month.state != PeriodState::Closed) {
        let message = "an earlier month is not closed yet; export that one first".to_owned();
        return Err(Error::Conflict { why: "period_open", message });
    }
    let end = last.interval.end();
    let (mut states, mut usage) = known(&reader, end).await?;
    let mut tries = 0;
    let (bills, charges) = loop {
        let rated = bills(&reader, &source, months).await?;
        // The bills of an open month are rated from rows of their own; they belong to what was read
        // before only if nothing came in between.
        let again = known(&reader, end).await?;
        if last.state == PeriodState::Closed || again == (states, usage) {
            (states, usage) = again;
            break rated;
        }
        (states, usage) = again;
        tries += 1;
        if tries == TRIES {
            let message =
                "usage comes in faster than it can be read; export the month once it is closed";
            return Err(Error::Unavailable { why: "usage_moving", message: message.to_owned() });
        }
    };
    let tenant = Tenant {
        period: Some(period),
        periods: months.iter().map(entry).collect(),
        ..source.tenant.clone()
    };
    Ok(Content { tenant, source, states, usage, bills, charges })
}

/// States and records before `end`, as they are known at this moment.
async fn known(reader: &dyn InTenant, end: Instant) -> Result<(Vec<StateLine>, Vec<UsageLine>)> {
    let states = lifecycle::all(reader).await?.into_iter().filter(|row| row.at < end);
    let states = states.map(state_line).collect::<Result<Vec<_>>>()?;
    Ok((states, usage(reader, end).await?))
}

fn entry(month: &Month) -> PeriodEntry {
    let is_closed = month.state == PeriodState::Closed;
    PeriodEntry {
        period: month.period,
        state: match month.state {
            PeriodState::Open => State::Open,
            PeriodState::Closing => State::Closing,
            PeriodState::Closed => State::Closed,
        },
        closed_at: month.closed_at.filter(|_| is_closed),
        start: Some(month.interval.start()),
        end: Some(month.interval.end()),
    }
}

async fn bills(
    reader: &dyn InTenant,
    source: &Arc<Source>,
    months: &[Month],
) -> Result<(Vec<Bill>, Vec<Charge>)> {
    let (mut bills, mut charges) = (Vec::new(), Vec::new());
    for month in months {
        if month.state == PeriodState::Closed {
            let period = month.period.to_string();
            for row in &bill::of_period(reader, &period).await? {
                bills.push(read(row)?);
            }
            for row in &charge::of_bill_period(reader, &period, None).await? {
                charges.push(source::charge(row)?);
            }
        } else {
            let question = Question { period: month.period, closed_at: None, projects: None };
            let rated = month::rate(reader, source, months, question).await?;
            bills.extend(rated.closed.bills);
            charges.extend(rated.closed.charges);
        }
    }
    Ok((bills, charges))
}

/// All records that start before `end` in the order of decisions, and contents that came under keys
/// that were taken.
async fn usage(reader: &dyn InTenant, end: Instant) -> Result<Vec<UsageLine>> {
    let rows = usage_record::between(reader, Instant::from_micros(i64::MIN), end).await?;
    let keys: HashSet<_> = rows.iter().map(|row| (row.cell_id, row.sequence)).collect();
    let mut lines = Vec::with_capacity(rows.len());
    for row in rows {
        lines.push((decided_at(&row), row.cell_id, row.sequence, false, line(row)?));
    }
    for flag in usage_flag::of_kind(reader, FlagKind::Conflict).await? {
        // Where the key went to another tenant's record, this one cannot be understood here.
        if keys.contains(&(flag.cell_id, flag.sequence)) {
            let (at, cell, sequence) = (flag.at, flag.cell_id, flag.sequence);
            let line = conflict(flag)?;
            if line.start < end {
                lines.push((at, cell, sequence, true, line));
            }
        }
    }
    lines.sort_by_key(|(at, cell, sequence, is_again, _)| (*at, *cell, *sequence, *is_again));
    Ok(lines.into_iter().map(|(.., line)| line).collect())
}

fn line(row: UsageRecord) -> Result<UsageLine> {
    Ok(UsageLine {
        cell: row.cell_id.to_string(),
        sequence: row.sequence,
        resource: row.resource,
        meter: row.meter,
        start: row.start_at,
        end: row.end_at,
        quantity: row.quantity,
        received_at: row.received_at,
        accepted_at: row.accepted_at,
        signature: Some(row.signature),
        status: Some(match row.status {
            UsageStatus::Counted => Status::Counted,
            UsageStatus::Unattributed => Status::Unattributed,
            UsageStatus::Rejected => Status::Rejected,
            UsageStatus::Overlap => Status::Overlap,
        }),
        reason: row.reason.as_deref().map(reason).transpose()?,
        billed_in: row.billed_in.as_deref().map(read_period).transpose()?,
    })
}

fn conflict(flag: UsageFlag) -> Result<UsageLine> {
    let record: Incoming = serde_json::from_str(&flag.content)
        .map_err(|error| Error::internal("read a flagged record", error))?;
    Ok(UsageLine {
        cell: flag.cell_id.to_string(),
        sequence: record.sequence,
        resource: record.resource,
        meter: record.meter,
        start: record.start,
        end: record.end,
        quantity: record.quantity,
        received_at: flag.at,
        accepted_at: None,
        signature: Some(record.signature),
        status: Some(Status::Conflict),
        reason: None,
        billed_in: None,
    })
}

fn reason(word: &str) -> Result<Reason> {
    let value = serde_json::Value::String(word.to_owned());
    serde_json::from_value(value).map_err(|error| Error::internal("read a reason", error))
}
