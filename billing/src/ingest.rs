//! Taking usage records in: checked, decided and counted in one transaction of the cell.
//!
//! However many records a batch has, the number of statements is the same: facts are looked up for
//! the whole batch, then every record is decided by `billing_rating::acceptance` in order.

pub mod decision;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use control_plane_core::cell::signature::first_unsigned;
use control_plane_core::cell::{Answer, check_session};
use control_plane_core::error::{Error, Result};
use control_plane_core::plane::Plane;
use control_plane_store::cell::{self, Cell};
use control_plane_store::lifecycle::{self, Home};
use control_plane_store::usage_flag::{self, UsageFlag};
use control_plane_store::usage_hour::{self, UsageHour};
use control_plane_store::usage_record::{self, UsageRecord};
use control_plane_store::{CellTx, FlagKind, UsageStatus};
use policies::permit::CellIdentity;
use serde::{Deserialize, Serialize};
use types::id::{AgentSessionId, CellId};
use types::instant::Instant;

use crate::ingest::decision::{Decided, Desk};

/// Most records in one batch.
pub const RECORDS_MAX: usize = 5_000;

/// A record as it came over the wire. Stored in flags as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incoming {
    /// The cell's own counter, from 1.
    pub sequence: i64,
    /// What used it.
    pub resource: String,
    /// What was measured.
    pub meter: String,
    /// First instant.
    pub start: Instant,
    /// First instant behind.
    pub end: Instant,
    /// In the meter's unit.
    pub quantity: i64,
    /// Ed25519 over [`Incoming::signed_text`] with the cell's enrolled key, lower-case hex.
    pub signature: String,
}

/// What a cell delivers at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// In the order in which they are decided; at most [`RECORDS_MAX`].
    pub records: Vec<Incoming>,
    /// Everything before it is in records up to the highest sequence sent so far.
    pub watermark: Instant,
}

impl Incoming {
    /// What the cell signs: the same text as in `cell-agent-protocol`.
    pub fn signed_text(&self, cell: CellId) -> String {
        let Self { sequence, resource, meter, start, end, quantity, .. } = self;
        format!("{cell}\t{sequence}\t{resource}\t{meter}\t{start}\t{end}\t{quantity}")
    }
}

/// Takes a batch in. Answers with the highest contiguous sequence that is committed.
///
/// # Errors
/// [`Error::Invalid`] refuses the batch as a whole: too many records, a sequence below 1, a
/// signature that is not the cell's. Nothing is written then.
pub async fn take(
    plane: &Plane,
    identity: &CellIdentity,
    session: AgentSessionId,
    batch: Batch,
) -> Answer<i64> {
    let row = cell::get_in_cell(&plane.store.cell_read(identity)).await?;
    let row = match check_session(row, session) {
        Ok(row) => row,
        Err(refused) => return Ok(Err(refused)),
    };
    let batch = check(row, batch).await?;
    let tx = plane.store.cell(identity).await?;
    let row = match check_session(cell::lock_in_cell(&tx).await?, session) {
        Ok(row) => row,
        Err(refused) => return Ok(Err(refused)),
    };
    let received_at = arrival(plane, &row);
    let known = known(&tx, &batch.records).await?;
    let desk = Desk { cell: row.id, received_at, known };
    let decided = desk.decide(batch.records);
    write(plane, &tx, decided).await?;
    let row = settle(&tx, row, &batch.sequences, batch.watermark, received_at).await?;
    let acknowledged = row.acknowledged_sequence;
    if acknowledged < row.highest_sequence {
        let highest = row.highest_sequence;
        tracing::warn!(cell.id = %row.id, acknowledged, highest, "usage records are missing");
    }
    cell::update_in_cell(&tx, row).await?;
    tx.commit().await?;
    Ok(Ok(acknowledged))
}

/// A batch whose signatures are good.
struct Checked {
    records: Vec<Incoming>,
    sequences: BTreeSet<i64>,
    watermark: Instant,
}

/// Checks what can be checked without the database, outside of the threads that answer requests.
async fn check(row: Cell, batch: Batch) -> Result<Checked> {
    if batch.records.len() > RECORDS_MAX {
        let message = format!("send at most {RECORDS_MAX} records at once");
        return Err(Error::invalid("records", "too_many", message));
    }
    let work = tokio::task::spawn_blocking(move || {
        let key = row.public_key.unwrap_or_default();
        if let Some(index) = batch.records.iter().position(|record| record.sequence < 1) {
            let field = format!("records.{index}.sequence");
            return Err(Error::invalid(&field, "out_of_range", "sequences count from 1"));
        }
        let signed = |record| (Incoming::signed_text(record, row.id), record.signature.as_str());
        let texts: Vec<_> = batch.records.iter().map(signed).collect();
        if let Some(index) = first_unsigned(&key, &texts) {
            let field = format!("records.{index}.signature");
            let message = "not signed with the key that the cell enrolled with; nothing was taken";
            return Err(Error::invalid(&field, "signature", message));
        }
        Ok(batch)
    });
    let batch = work.await.map_err(|error| Error::internal("check signatures", error))??;
    let sequences = batch.records.iter().map(|record| record.sequence).collect();
    Ok(Checked { records: batch.records, sequences, watermark: batch.watermark })
}

/// The instant of arrival: the plane's time, but never that of an earlier report of this cell, so
/// that the instants of decisions are in their order.
pub(crate) fn arrival(plane: &Plane, row: &Cell) -> Instant {
    let now = plane.clock.now();
    match row.last_report_at {
        // A clock that was set back by more is believed, or a wrong one would hold for ever.
        Some(last) if now <= last && last.since(now) < Duration::from_secs(1) => last.shifted(1),
        _ => now,
    }
}

/// Facts about a batch, each looked up for all its records at once.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// Records that have their keys already.
    pub taken: HashMap<i64, UsageRecord>,
    /// Where resources live.
    pub homes: HashMap<String, Home>,
    /// Counted intervals by (resource, meter): start to end, without overlaps.
    pub counted: HashMap<(String, String), BTreeMap<Instant, Instant>>,
    /// Contents that were flagged as conflicts before.
    pub flagged: BTreeSet<String>,
}

async fn known(tx: &CellTx, records: &[Incoming]) -> Result<Known> {
    let sequences: BTreeSet<_> = records.iter().map(|record| record.sequence).collect();
    let sequences: Vec<_> = sequences.into_iter().collect();
    let taken = usage_record::existing(tx, &sequences).await?;
    let flags = usage_flag::of_sequences_in_cell(tx, FlagKind::Conflict, &sequences).await?;
    let asked = records.iter().map(|record| (record.resource.as_str(), record.start, record.end));
    let mut known = surroundings(tx, asked).await?;
    known.taken = taken.into_iter().map(|row| (row.sequence, row)).collect();
    known.flagged = flags.into_iter().map(|flag| flag.content).collect();
    Ok(known)
}

/// Homes of resources, and what is counted of them around the given times.
pub(crate) async fn surroundings<'a>(
    tx: &CellTx,
    asked: impl Iterator<Item = (&'a str, Instant, Instant)> + Clone,
) -> Result<Known> {
    let mut known = Known::default();
    let resources: BTreeSet<_> =
        asked.clone().map(|(resource, ..)| decision::stored(resource, 64)).collect();
    let resources: Vec<_> = resources.into_iter().collect();
    let homes = lifecycle::homes(tx, &resources).await?;
    known.homes = homes.into_iter().map(|home| (home.resource.clone(), home)).collect();
    let from = asked.clone().map(|(_, start, _)| start).min().unwrap_or_default();
    let to = asked.map(|(_, _, end)| end).max().unwrap_or_default();
    for row in usage_record::overlapping(tx, &resources, from, to).await? {
        let of_meter = known.counted.entry((row.resource, row.meter)).or_default();
        of_meter.insert(row.start_at, row.end_at);
    }
    Ok(known)
}

/// Writes records, hours and flags.
async fn write(plane: &Plane, tx: &CellTx, decided: Decided) -> Result<()> {
    let cell = decided.cell;
    let flags = decided.flags.into_iter().map(|flag| UsageFlag {
        id: plane.ids.next(),
        cell_id: cell,
        sequence: flag.sequence,
        kind: flag.kind,
        reason: flag.reason,
        content: flag.content,
        at: flag.at,
        tenant_id: flag.tenant,
    });
    usage_flag::insert_all_in_cell(tx, flags.collect()).await?;
    let hours = decided.records.iter().filter_map(hour).collect();
    usage_hour::add_in_cell(tx, hours).await?;
    Ok(usage_record::insert_all_in_cell(tx, decided.records).await?)
}

/// What a counted record adds to its hour.
pub(crate) fn hour(row: &UsageRecord) -> Option<UsageHour> {
    if row.status != UsageStatus::Counted {
        return None;
    }
    Some(UsageHour {
        tenant_id: row.tenant_id?,
        resource: row.resource.clone(),
        meter: row.meter.clone(),
        hour: row.start_at.hour(),
        project_id: row.project_id?,
        quantity: row.quantity,
    })
}

/// The cell's counters after a batch. The watermark is believed only while no sequence is missing:
/// what it promises may be in the gap.
async fn settle(
    tx: &CellTx,
    mut row: Cell,
    sequences: &BTreeSet<i64>,
    watermark: Instant,
    received_at: Instant,
) -> Result<Cell> {
    let next = row.acknowledged_sequence + 1;
    if sequences.contains(&next) {
        let reached = usage_record::contiguous_from(tx, next).await?;
        row.acknowledged_sequence = reached.unwrap_or(next);
    }
    let highest = sequences.last().copied().unwrap_or_default();
    row.highest_sequence = row.highest_sequence.max(highest);
    if row.acknowledged_sequence == row.highest_sequence {
        // A cell that has counted nothing yet says the beginning of time.
        let told = Some(watermark.min(received_at)).filter(|mark| *mark > Instant::default());
        row.watermark = row.watermark.max(told);
    }
    row.last_report_at = row.last_report_at.max(Some(received_at));
    Ok(row)
}
