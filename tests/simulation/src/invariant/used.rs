//! Usage: what the agents sent is in the books once, sums and histories agree with it.

use std::collections::BTreeMap;

use control_plane_store::usage_record::{self, UsageRecord};
use control_plane_store::{
    FlagKind, InCell, Page, Store, StoreError, TenantRead, UsageStatus, usage_flag, usage_hour,
};
use policies::permit::{CellIdentity, FleetPermit, Task};
use types::instance::State;
use types::instant::Instant;
use types::meter::Meter;

use super::Books;
use crate::clock::BEGIN;
use crate::world::{CellSite, World, lock};

/// Microseconds by which history and usage of one resource may differ: nothing is rounded here.
const TOLERANCE_US: i64 = 0;

/// Looks at all of it.
pub async fn check(
    world: &World,
    store: &Store,
    reader: &TenantRead,
    books: &Books,
    problems: &mut Vec<String>,
) -> Result<(), StoreError> {
    let mut all = Vec::new();
    for site in &world.cells {
        let cell = store.cell_read(&CellIdentity::proved(site.id));
        all.extend(delivered(site, &cell, books, problems).await?);
    }
    sums(reader, &all, problems).await?;
    let fleet = store.fleet_read(&FleetPermit::task(Task::Console));
    for flag in usage_flag::list_anywhere(&fleet, None, &Page::largest()).await?.items {
        if flag.kind == FlagKind::Conflict {
            problems.push(format!("usage {} came with two contents", flag.sequence));
        }
    }
    histories(books, &all, problems);
    Ok(())
}

/// Each record that was sent is there once, and no other.
async fn delivered(
    site: &CellSite,
    cell: &(impl InCell + Sync),
    books: &Books,
    problems: &mut Vec<String>,
) -> Result<Vec<UsageRecord>, StoreError> {
    let host = site.process.host;
    let sent = lock(&site.sent).clone();
    let sequences = usage_record::sequences_after(cell, 0).await?;
    let rows = usage_record::existing(cell, &sequences).await?;
    for (sequence, record) in &sent {
        let row = rows.iter().find(|row| row.sequence == *sequence);
        let is_same = |row: &UsageRecord| {
            row.resource == record.resource
                && row.meter == record.meter
                && (row.start_at, row.end_at) == (record.start, record.end)
                && row.quantity == record.quantity
        };
        match row {
            None => problems.push(format!("usage {sequence} of {host} is lost")),
            Some(row) if !is_same(row) => {
                problems.push(format!("usage {sequence} of {host} is another"));
            }
            Some(_) => {}
        }
    }
    for row in rows.iter().filter(|row| !sent.contains_key(&row.sequence)) {
        problems.push(format!("usage {} of {host} was never sent", row.sequence));
    }
    let highest = sent.keys().next_back().copied().unwrap_or_default();
    if let Some(row) = books.cells.iter().find(|row| row.id == site.id) {
        if row.acknowledged_sequence != highest {
            let acknowledged = row.acknowledged_sequence;
            problems.push(format!("{host} sent up to {highest}, acknowledged is {acknowledged}"));
        }
        if let Some(alarm) = &row.alarm {
            problems.push(format!("{host} has the alarm {alarm}"));
        }
    }
    Ok(rows)
}

/// The hours are the sums of what counts.
async fn sums(
    reader: &TenantRead,
    all: &[UsageRecord],
    problems: &mut Vec<String>,
) -> Result<(), StoreError> {
    let mut sums: BTreeMap<(String, String, Instant), i64> = BTreeMap::new();
    for row in all.iter().filter(|row| row.status == UsageStatus::Counted) {
        let key = (row.resource.clone(), row.meter.clone(), row.start_at.hour());
        *sums.entry(key).or_default() += row.quantity;
    }
    let (from, to) = (BEGIN.hour(), BEGIN.shifted(86_400_000_000));
    for row in usage_hour::between(reader, from, to).await? {
        let counted = sums.remove(&(row.resource.clone(), row.meter.clone(), row.hour));
        if counted != Some(row.quantity) {
            let (meter, told) = (&row.meter, row.quantity);
            problems.push(format!("an hour of {meter} is {told}, its records are {counted:?}"));
        }
    }
    if !sums.is_empty() {
        problems.push(format!("{} hours of usage are missing", sums.len()));
    }
    Ok(())
}

/// What members used is what their histories say, up to where usage is complete.
fn histories(books: &Books, all: &[UsageRecord], problems: &mut Vec<String>) {
    for member in &books.members {
        let resource = member.id.to_string();
        let cell = books.cells.iter().find(|row| row.id == member.cell_id);
        let Some(complete_to) = cell.and_then(|row| row.watermark) else { continue };
        let mut entries: Vec<_> =
            books.lifecycle.iter().filter(|entry| entry.resource == resource).collect();
        entries.sort_by_key(|entry| (entry.at, entry.id));
        let ends = entries.iter().skip(1).map(|entry| entry.at).chain([complete_to]);
        let expected: i64 = entries
            .iter()
            .zip(ends)
            .filter(|(entry, _)| {
                entry.state.serves() || matches!(entry.state, State::Stopped | State::Detached)
            })
            .map(|(entry, end)| (end.min(complete_to).micros() - entry.at.micros()).max(0))
            .sum();
        let counted: i64 = all
            .iter()
            .filter(|row| row.resource == resource && row.meter == Meter::MemberSeconds.to_string())
            .filter(|row| row.status == UsageStatus::Counted)
            .map(|row| (row.end_at.min(complete_to).micros() - row.start_at.micros()).max(0))
            .sum();
        if (expected - counted).abs() > TOLERANCE_US {
            let (expected, counted) = (expected / 1_000, counted / 1_000);
            problems.push(format!(
                "member {resource} was metered {counted} ms, its history says {expected} ms"
            ));
        }
    }
}
