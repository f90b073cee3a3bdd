//! Records of resources that the plane did not know when they came: decided once it does, in order
//! of arrival. Whatever waits for an hour is flagged and logged, for a person to look at.

use std::collections::BTreeSet;
use std::time::Duration;

use billing_rating::acceptance::Key;
use control_plane_core::error::Result;
use control_plane_core::plane::Plane;
use control_plane_store::usage_flag::{self, UsageFlag};
use control_plane_store::usage_record::{self, UsageRecord};
use control_plane_store::{CellTx, FlagKind, UsageStatus, cell, usage_hour};
use policies::permit::{CellIdentity, FleetPermit, Task};
use types::id::CellId;

use crate::ingest::decision::{kept, word};
use crate::ingest::{Incoming, arrival, hour, surroundings};

/// How long a record may wait before somebody is told.
pub const ALARM_AFTER: Duration = Duration::from_secs(3600);
/// Records decided in one transaction.
const AT_ONCE: u64 = 1_000;

/// Decides what can be decided in all cells, and raises the alarm about what cannot for too long.
pub async fn run(plane: &Plane) -> Result<()> {
    let permit = FleetPermit::task(Task::Ingest);
    for id in usage_record::cells_unattributed(&plane.store.fleet_read(&permit)).await? {
        while decide(plane, id).await? == AT_ONCE {}
        alarm(plane, id).await?;
    }
    Ok(())
}

/// Decides about one part of what waits in a cell; answers how many records.
async fn decide(plane: &Plane, id: CellId) -> Result<u64> {
    // The records are the cell's own and were proved when they came.
    let tx = plane.store.cell(&CellIdentity::proved(id)).await?;
    let row = cell::lock_in_cell(&tx).await?;
    let waiting = usage_record::attributable_in_cell(&tx, AT_ONCE).await?;
    let count = waiting.len() as u64;
    if waiting.is_empty() {
        return Ok(count);
    }
    let now = arrival(plane, &row);
    let asked = waiting.iter().map(|each| (each.resource.as_str(), each.start_at, each.end_at));
    let mut known = surroundings(&tx, asked).await?;
    let (mut hours, mut flags) = (Vec::new(), Vec::new());
    for mut record in waiting {
        let (status, reason) = known.verdict(&record, Key::Free);
        let Some(status) = kept(status) else { continue };
        let home = known.homes.get(&record.resource);
        record.tenant_id = home.map(|home| home.tenant);
        record.project_id = home.map(|home| home.project);
        record.accepted_at = Some(now);
        record.status = status;
        record.reason = reason.map(|reason| word(reason).to_owned());
        known.note(&record);
        hours.extend(hour(&record));
        let kind = match status {
            UsageStatus::Rejected => Some(FlagKind::Rejected),
            UsageStatus::Overlap => Some(FlagKind::Overlap),
            UsageStatus::Counted | UsageStatus::Unattributed => None,
        };
        flags.extend(kind.map(|kind| flag(plane, &record, kind)));
        usage_record::update_in_cell(&tx, record).await?;
    }
    usage_hour::add_in_cell(&tx, hours).await?;
    usage_flag::insert_all_in_cell(&tx, flags).await?;
    tx.commit().await?;
    Ok(count)
}

async fn alarm(plane: &Plane, id: CellId) -> Result<()> {
    let tx: CellTx = plane.store.cell(&CellIdentity::proved(id)).await?;
    let late = plane.clock.now().minus(ALARM_AFTER);
    let waiting = usage_record::unattributed_in_cell(&tx, AT_ONCE).await?;
    let waiting: Vec<_> = waiting.into_iter().filter(|row| row.received_at <= late).collect();
    let sequences: Vec<_> = waiting.iter().map(|row| row.sequence).collect();
    let told = usage_flag::of_sequences_in_cell(&tx, FlagKind::Unattributed, &sequences).await?;
    let told: BTreeSet<_> = told.into_iter().map(|flag| flag.sequence).collect();
    let fresh = waiting.iter().filter(|row| !told.contains(&row.sequence));
    let flags: Vec<_> = fresh.map(|row| flag(plane, row, FlagKind::Unattributed)).collect();
    if flags.is_empty() {
        return Ok(());
    }
    let records = flags.len();
    tracing::error!(cell.id = %id, records, "usage records name resources that the plane does not know");
    usage_flag::insert_all_in_cell(&tx, flags).await?;
    Ok(tx.commit().await?)
}

fn flag(plane: &Plane, row: &UsageRecord, kind: FlagKind) -> UsageFlag {
    let content = Incoming {
        sequence: row.sequence,
        resource: row.resource.clone(),
        meter: row.meter.clone(),
        start: row.start_at,
        end: row.end_at,
        quantity: row.quantity,
        signature: row.signature.clone(),
    };
    UsageFlag {
        id: plane.ids.next(),
        cell_id: row.cell_id,
        sequence: row.sequence,
        kind,
        reason: row.reason.clone(),
        content: serde_json::to_string(&content).expect("a record has a JSON form"),
        at: row.accepted_at.unwrap_or(row.received_at),
        tenant_id: row.tenant_id,
    }
}
