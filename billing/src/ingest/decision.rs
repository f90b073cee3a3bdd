//! What becomes of each record of a batch: pure, from facts that were looked up for all of them.

use billing_rating::acceptance::{self, Facts, Key, Reported};
use billing_rating::usage::{Reason, Status};
use control_plane_store::usage_record::UsageRecord;
use control_plane_store::{FlagKind, UsageStatus};
use types::id::{CellId, TenantId};
use types::instant::Instant;

use crate::ingest::{Incoming, Known};

/// Characters of a resource that are kept; ours have 30.
const RESOURCE_MAX: usize = 64;
/// Characters of a meter that are kept; ours have at most 20.
const METER_MAX: usize = 32;

/// Decides about the records of one cell.
#[derive(Debug)]
pub(crate) struct Desk {
    /// The cell.
    pub cell: CellId,
    /// The instant of arrival.
    pub received_at: Instant,
    /// What was looked up.
    pub known: Known,
}

/// What is to be written.
#[derive(Debug)]
pub(crate) struct Decided {
    /// The cell.
    pub cell: CellId,
    /// Records that take their keys.
    pub records: Vec<UsageRecord>,
    /// What is odd.
    pub flags: Vec<Flag>,
}

/// Something odd.
#[derive(Debug)]
pub(crate) struct Flag {
    /// The record's sequence.
    pub sequence: i64,
    /// What is odd.
    pub kind: FlagKind,
    /// Why it was rejected.
    pub reason: Option<String>,
    /// The record as it came.
    pub content: String,
    /// When it came.
    pub at: Instant,
    /// Whose resource.
    pub tenant: Option<TenantId>,
}

/// A text as the column keeps it: no record may keep its whole batch out by its length or by a
/// character that one of the databases cannot hold. What came whole stands in the flag.
pub(crate) fn stored(text: &str, characters: usize) -> String {
    text.chars().take(characters).map(|each| if each == '\0' { '\u{fffd}' } else { each }).collect()
}

/// The word of a reason.
pub(crate) fn word(reason: Reason) -> &'static str {
    match reason {
        Reason::Meter => "meter",
        Reason::Future => "future",
        Reason::Order => "order",
        Reason::Hour => "hour",
        Reason::Negative => "negative",
        Reason::Seconds => "seconds",
        Reason::Cell => "cell",
    }
}

impl Desk {
    /// Decides about the records in their order.
    pub fn decide(mut self, incoming: Vec<Incoming>) -> Decided {
        let mut decided = Decided { cell: self.cell, records: Vec::new(), flags: Vec::new() };
        for record in incoming {
            let row = self.row(&record);
            let (status, reason) = self.verdict(&row);
            if let Some(kind) = odd(status) {
                let content = serde_json::to_string(&record).expect("a record has a JSON form");
                // A conflict that is sent again is the same oddity.
                if kind != FlagKind::Conflict || self.known.flagged.insert(content.clone()) {
                    decided.flags.push(Flag {
                        sequence: row.sequence,
                        kind,
                        reason: reason.map(|reason| word(reason).to_owned()),
                        content,
                        at: self.received_at,
                        tenant: row.tenant_id,
                    });
                }
            }
            let Some(status) = kept(status) else { continue };
            let reason = reason.map(|reason| word(reason).to_owned());
            let row = UsageRecord { status, reason, ..row };
            self.known.note(&row);
            decided.records.push(row);
        }
        decided
    }

    fn verdict(&self, row: &UsageRecord) -> (Status, Option<Reason>) {
        let key = match self.known.taken.get(&row.sequence) {
            None => Key::Free,
            Some(first) if same(first, row) => Key::Same,
            Some(_) => Key::Other,
        };
        self.known.verdict(row, key)
    }

    /// The row as it would be kept; its status is decided afterwards.
    fn row(&self, record: &Incoming) -> UsageRecord {
        let resource = stored(&record.resource, RESOURCE_MAX);
        let home = self.known.homes.get(&resource);
        UsageRecord {
            cell_id: self.cell,
            sequence: record.sequence,
            tenant_id: home.map(|home| home.tenant),
            project_id: home.map(|home| home.project),
            resource,
            meter: stored(&record.meter, METER_MAX),
            start_at: record.start,
            end_at: record.end,
            quantity: record.quantity,
            received_at: self.received_at,
            accepted_at: None,
            signature: record.signature.clone(),
            status: UsageStatus::Unattributed,
            reason: None,
            billed_in: None,
        }
    }
}

impl Known {
    /// What becomes of a record.
    pub fn verdict(&self, row: &UsageRecord, key: Key) -> (Status, Option<Reason>) {
        let cell = row.cell_id.to_string();
        let home = self.homes.get(&row.resource).map(|home| home.cell.to_string());
        let reported = Reported {
            cell: &cell,
            sequence: row.sequence,
            resource: &row.resource,
            meter: &row.meter,
            start: row.start_at,
            end: row.end_at,
            quantity: row.quantity,
        };
        let of_meter = self.counted.get(&(row.resource.clone(), row.meter.clone()));
        let before = of_meter.and_then(|counted| counted.range(..row.end_at).next_back());
        let overlaps = before.is_some_and(|(_, end)| *end > row.start_at);
        let facts = Facts { key, resource_cell: home.as_deref(), overlaps };
        acceptance::decide(&reported, row.received_at, &facts)
    }

    /// Remembers a decided record for those after it.
    pub fn note(&mut self, row: &UsageRecord) {
        if row.status == UsageStatus::Counted {
            let of_meter = self.counted.entry((row.resource.clone(), row.meter.clone()));
            of_meter.or_default().insert(row.start_at, row.end_at);
        }
        self.taken.insert(row.sequence, row.clone());
    }
}

fn same(first: &UsageRecord, again: &UsageRecord) -> bool {
    let content = |row: &UsageRecord| (row.start_at, row.end_at, row.quantity);
    first.resource == again.resource
        && first.meter == again.meter
        && content(first) == content(again)
}

/// The kind of oddity; none for what simply counts, came again or waits.
fn odd(status: Status) -> Option<FlagKind> {
    match status {
        Status::Counted | Status::Repeated | Status::Unattributed => None,
        Status::Conflict => Some(FlagKind::Conflict),
        Status::Rejected => Some(FlagKind::Rejected),
        Status::Overlap => Some(FlagKind::Overlap),
    }
}

/// The status that is kept; none for what does not take the key.
pub(crate) fn kept(status: Status) -> Option<UsageStatus> {
    match status {
        Status::Counted => Some(UsageStatus::Counted),
        Status::Rejected => Some(UsageStatus::Rejected),
        Status::Unattributed => Some(UsageStatus::Unattributed),
        Status::Overlap => Some(UsageStatus::Overlap),
        Status::Repeated | Status::Conflict => None,
    }
}
