//! States with their meter positions, changes on their way to the plane, and usage records.

use cell_agent_protocol::usage::UsageRecord;
use types::instance::StateChange;
use types::instant::Instant;

use super::table::{self, META};
use super::{Ledger, LedgerError};
use crate::key::CellKey;
use crate::meter::{Position, Reading};

/// What one round of looking adds, written as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Positions that changed.
    pub positions: Vec<Position>,
    /// New states, oldest first.
    pub changes: Vec<StateChange>,
    /// Closed usage, in order.
    pub readings: Vec<Reading>,
    /// Up to when usage is complete once this is written.
    pub watermark: Instant,
}

/// A part of the spool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spooled {
    /// Records that are not acknowledged, in order.
    pub records: Vec<UsageRecord>,
    /// Further records wait behind them.
    pub more: bool,
    /// Up to when usage is complete in the whole spool.
    pub watermark: Instant,
}

impl Ledger {
    /// The highest sequence that was ever given to a usage record.
    pub fn last_sequence(&self) -> i64 {
        self.held().next_sequence - 1
    }

    /// All positions.
    pub fn positions(&self) -> Result<Vec<Position>, LedgerError> {
        self.reading()?.all(table::POSITION)
    }

    /// Writes a round: positions, changes, and readings as signed records with the next sequences.
    /// Without a cell nothing was ever wanted, so there is nothing to write.
    pub fn enter_history(&self, entry: &Entry, key: &CellKey) -> Result<(), LedgerError> {
        let Some(cell) = self.cell() else { return Ok(()) };
        let first = self.held().next_sequence;
        let mut next = first;
        types_point::reached(|| "- enter history".to_owned());
        let mut writing = self.begin()?;
        for position in &entry.positions {
            writing.put(table::POSITION, &position.resource.to_string(), position)?;
        }
        for change in &entry.changes {
            writing.append(table::CHANGE, change)?;
        }
        for reading in &entry.readings {
            let mut record = UsageRecord {
                sequence: next,
                resource: reading.resource.to_string(),
                meter: reading.meter.to_string(),
                start: reading.interval.start(),
                end: reading.interval.end(),
                quantity: reading.quantity,
                signature: String::new(),
            };
            record.signature = key.sign(&record.signed_text(cell));
            writing.put_at(table::SPOOL, next.unsigned_abs(), &record)?;
            next += 1;
        }
        let watermark = self.held().watermark.max(entry.watermark);
        writing.put(META, "next_sequence", &next)?;
        writing.put(META, "watermark", &watermark)?;
        writing.commit()?;
        types_point::reached(|| "- entered history".to_owned());
        let mut held = self.held_mut();
        held.next_sequence = next;
        held.watermark = watermark;
        Ok(())
    }

    /// Changes of state that are not acknowledged, oldest first, with their keys.
    pub fn changes(&self, limit: usize) -> Result<Vec<(u64, StateChange)>, LedgerError> {
        self.reading()?.first(table::CHANGE, limit)
    }

    /// The oldest records behind a sequence that are not acknowledged.
    pub fn spooled(&self, behind: i64, limit: usize) -> Result<Spooled, LedgerError> {
        let from = u64::try_from(behind.saturating_add(1)).unwrap_or(0);
        let mut rows = self.reading()?.first_from(table::SPOOL, from, limit + 1)?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let records = rows.into_iter().map(|(_, record)| record).collect();
        Ok(Spooled { records, more, watermark: self.held().watermark })
    }

    /// The lowest sequence that is still here or will be given next.
    pub fn kept_from(&self) -> Result<i64, LedgerError> {
        let first: Vec<(u64, UsageRecord)> = self.reading()?.first(table::SPOOL, 1)?;
        Ok(first.first().map_or(self.last_sequence() + 1, |(_, record)| record.sequence))
    }

    /// How many records are not acknowledged.
    pub fn spooled_count(&self) -> Result<i64, LedgerError> {
        Ok(self.last_sequence() + 1 - self.kept_from()?)
    }

    /// Forgets records up to an acknowledged sequence.
    pub fn forget_records(&self, acknowledged: i64) -> Result<(), LedgerError> {
        let Ok(key) = u64::try_from(acknowledged) else { return Ok(()) };
        let mut writing = self.begin()?;
        writing.remove_up_to(table::SPOOL, key)?;
        types_point::reached(|| "- forget usage".to_owned());
        writing.commit()?;
        types_point::reached(|| "- forgot usage".to_owned());
        Ok(())
    }
}
