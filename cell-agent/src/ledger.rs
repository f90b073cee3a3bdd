//! What the agent must not forget, in one file: wishes, journals, states, usage.
//!
//! Everything is committed durably before it is acted on or sent. What is read often is also held
//! in memory, and changes there only after the commit. Deciding is left to others.

mod beyond;
mod desired;
mod history;
mod journal;
mod pending;
mod table;

pub use beyond::Beyond;
pub use history::Entry;
pub use journal::{Build, Journal, Progress};

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use redb::backends::FileBackend;
use redb::{Database, DatabaseError};
use types::generation::Revision;
use types::id::{CellId, Ids, InstanceId, OperationId};
use types::instance::InstanceSpec;
use types::instant::Instant;
use types::operation::LogLine;

use crate::state_dir::{StateDir, StateError};
use pending::Pending;
use table::{META, Reading, Writing};

pub(crate) const FILE: &str = "ledger.redb";

/// The ledger is read through memory; a page cache beyond this only costs.
const CACHE_BYTES: usize = 1024 * 1024;

/// The ledger cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The file cannot be opened.
    #[error("open the ledger")]
    State(#[from] StateError),
    /// Another process has it open.
    #[error("the ledger is in use by another agent")]
    InUse,
    /// The disk or the file failed.
    #[error("use the ledger")]
    Storage(#[source] Box<redb::Error>),
    /// A row is not what it should be.
    #[error("read row {key} of table {table} in the ledger")]
    Damaged {
        /// The table.
        table: String,
        /// The row.
        key: String,
        /// What is wrong.
        #[source]
        source: serde_json::Error,
    },
}

impl<E: Into<redb::Error>> From<E> for LedgerError {
    fn from(error: E) -> Self {
        Self::Storage(Box::new(error.into()))
    }
}

impl LedgerError {
    /// Whether it may be over some day without anybody looking at this agent: the disk is full,
    /// takes no writes, or fails.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::State(error) => error.is_passing(),
            Self::Storage(error) => matches!(**error, redb::Error::Io(_) | redb::Error::PreviousIo),
            Self::InUse | Self::Damaged { .. } => false,
        }
    }

    /// What is lacking, by its stable code and in words.
    pub fn lack(&self) -> (&'static str, String) {
        let source = match self {
            Self::State(error) => Some(&error.source),
            Self::Storage(error) => match &**error {
                redb::Error::Io(error) => Some(error),
                _ => None,
            },
            Self::InUse | Self::Damaged { .. } => None,
        };
        let code = match source.map(std::io::Error::kind) {
            Some(ErrorKind::StorageFull | ErrorKind::QuotaExceeded) => "DISK_FULL",
            Some(ErrorKind::ReadOnlyFilesystem) => "READ_ONLY",
            _ => "LEDGER_UNWRITABLE",
        };
        let what = source.map(ToString::to_string);
        (code, what.unwrap_or_else(|| "the file cannot be written".to_owned()))
    }
}

/// The agent's durable memory.
pub struct Ledger {
    database: Database,
    boot_id: String,
    held: RwLock<Held>,
    lines: Mutex<Vec<LogLine>>,
    pending: Mutex<Vec<Pending>>,
}

/// The rows that are read often.
#[derive(Default)]
struct Held {
    cell: Option<CellId>,
    revision: Revision,
    next_sequence: i64,
    offset_us: i64,
    watermark: Instant,
    desired: BTreeMap<InstanceId, Arc<InstanceSpec>>,
    progress: BTreeMap<InstanceId, Arc<Progress>>,
    journals: BTreeMap<OperationId, Arc<Journal>>,
}

impl Ledger {
    /// Opens the ledger of a state directory, or makes it.
    pub fn open(state: &StateDir, ids: &dyn Ids) -> Result<Self, LedgerError> {
        let file = state.file(FILE)?;
        let backend = FileBackend::new(file);
        let opened = backend.and_then(|backend| {
            Database::builder().set_cache_size(CACHE_BYTES).create_with_backend(backend)
        });
        let database = opened.map_err(|error| match error {
            DatabaseError::DatabaseAlreadyOpen => LedgerError::InUse,
            other => other.into(),
        })?;
        let mut writing = Writing::begin(&database)?;
        writing.make_tables()?;
        let boot_id = match writing.get(META, "boot_id")? {
            Some(boot_id) => boot_id,
            None => {
                let drawn = ids.next().to_string();
                writing.put(META, "boot_id", &drawn)?;
                drawn
            }
        };
        writing.commit()?;
        let held = Held::load(&Reading::begin(&database)?)?;
        let held = RwLock::new(held);
        Ok(Self { database, boot_id, held, lines: Mutex::default(), pending: Mutex::default() })
    }

    /// Drawn when the ledger was made.
    pub fn boot_id(&self) -> String {
        self.boot_id.clone()
    }

    /// The cell whose ledger this is, once enrolled.
    pub fn cell(&self) -> Option<CellId> {
        self.held().cell
    }

    /// Enters the cell and the next sequence of usage records. What the plane acknowledged is never
    /// used again, whatever this disk remembers.
    pub fn enter_cell(&self, cell: CellId, next_sequence: i64) -> Result<(), LedgerError> {
        let next = self.held().next_sequence.max(next_sequence);
        let mut writing = self.begin()?;
        writing.put(META, "cell", &cell)?;
        writing.put(META, "next_sequence", &next)?;
        writing.commit()?;
        let mut held = self.held_mut();
        held.cell = Some(cell);
        held.next_sequence = next;
        Ok(())
    }

    /// Up to when the plane may be told that usage is complete.
    pub fn watermark(&self) -> Instant {
        self.held().watermark
    }

    /// Microseconds to add to the own clock for the plane's time.
    pub fn offset_us(&self) -> i64 {
        self.held().offset_us
    }

    /// How many rows each table of objects has, by its name; all are 0 in a cell that is empty and
    /// whose plane knows everything.
    pub fn counts(&self) -> Result<BTreeMap<&'static str, u64>, LedgerError> {
        self.reading()?.counts()
    }

    /// Keeps the measured difference of the clocks.
    pub fn enter_offset(&self, offset_us: i64) -> Result<(), LedgerError> {
        let mut writing = self.begin()?;
        writing.put(META, "offset_us", &offset_us)?;
        writing.commit()?;
        self.held_mut().offset_us = offset_us;
        Ok(())
    }

    /// Begins a transaction, after what was entered before it is written.
    fn begin(&self) -> Result<Writing, LedgerError> {
        self.write_pending()?;
        Writing::begin(&self.database)
    }

    fn reading(&self) -> Result<Reading, LedgerError> {
        Reading::begin(&self.database)
    }

    fn held(&self) -> RwLockReadGuard<'_, Held> {
        self.held.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn held_mut(&self) -> RwLockWriteGuard<'_, Held> {
        self.held.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn waiting_lines(&self) -> MutexGuard<'_, Vec<LogLine>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn load(reading: &Reading) -> Result<Self, LedgerError> {
        Ok(Self {
            cell: reading.get(META, "cell")?,
            revision: reading.get(META, "revision")?.unwrap_or_default(),
            next_sequence: reading.get(META, "next_sequence")?.unwrap_or(1),
            offset_us: reading.get(META, "offset_us")?.unwrap_or_default(),
            watermark: reading.get(META, "watermark")?.unwrap_or_default(),
            desired: reading
                .all(table::DESIRED)?
                .into_iter()
                .map(|spec: InstanceSpec| (spec.id, Arc::new(spec)))
                .collect(),
            progress: reading
                .all(table::PROGRESS)?
                .into_iter()
                .map(|progress: Progress| (progress.instance, Arc::new(progress)))
                .collect(),
            journals: reading
                .all(table::JOURNAL)?
                .into_iter()
                .map(|journal: Journal| (journal.observed.id, Arc::new(journal)))
                .collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use types::id::SystemIds;

    use super::*;

    #[test]
    fn a_ledger_belongs_to_one_agent_at_a_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let state = StateDir::open(folder.path()).expect("a state directory");
        let first = Ledger::open(&state, &SystemIds).expect("a ledger");
        assert!(matches!(Ledger::open(&state, &SystemIds), Err(LedgerError::InUse)));
        let boot_id = first.boot_id();
        drop(first);
        let again = Ledger::open(&state, &SystemIds).expect("a ledger");
        assert_eq!(again.boot_id(), boot_id);
    }

    #[test]
    fn a_sequence_the_plane_acknowledged_is_never_used_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let state = StateDir::open(folder.path()).expect("a state directory");
        let ledger = Ledger::open(&state, &SystemIds).expect("a ledger");
        let cell = CellId::next(&SystemIds);
        ledger.enter_cell(cell, 8).expect("entered");
        assert_eq!(ledger.last_sequence(), 7);
        ledger.enter_cell(cell, 3).expect("entered");
        assert_eq!(ledger.last_sequence(), 7);
    }
}
