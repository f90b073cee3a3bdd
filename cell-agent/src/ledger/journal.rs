//! What operations did, and what an instance has reached.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use types::generation::Generation;
use types::id::{InstanceId, MemberId, OperationId};
use types::instance::Software;
use types::instant::Instant;
use types::operation::{LogLine, OperationKind, OperationObserved};
use types::size::Size;

use super::table;
use super::{Ledger, LedgerError};
use catalog::recipe::Place;

/// The journal of one operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Journal {
    /// As the plane is told. A problem in a running operation means: it failed and cleans up.
    pub observed: OperationObserved,
    /// What the plane is told instead: the outcome that stands although the work was taken up
    /// again as a repair.
    #[serde(default)]
    pub outcome: Option<Box<OperationObserved>>,
    /// What kind of work.
    pub kind: OperationKind,
    /// When it fails if it has not succeeded, in the plane's time.
    pub deadline: Instant,
    /// It makes the instance for the first time, so a failure stops what was started.
    pub installs: bool,
    /// Parameters that reach running members by a command.
    pub hot: BTreeSet<String>,
    /// Parameters whose values in effect are uncertain if this does not succeed.
    pub touched: BTreeSet<String>,
    /// Number of the last line of its log that was written.
    pub last_line: i64,
    /// Grows with every change of this journal.
    pub version: u64,
}

/// What an instance has reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The instance.
    pub instance: InstanceId,
    /// All steps of its making were done once.
    pub installed: bool,
    /// All its members are removed.
    pub removed: bool,
    /// The last operation that succeeded left its members running.
    pub runs: bool,
    /// The last operation did not succeed, so members may differ from each other.
    pub unsettled: bool,
    /// The generation that was made true last.
    pub applied: Generation,
    /// The parameters in effect, but for those in `touched`.
    pub parameters: BTreeMap<String, Value>,
    /// What else decides how a process runs: software version, size and a digest of the secrets.
    pub build: Option<Build>,
    /// Parameters whose values in effect are uncertain.
    pub touched: BTreeSet<String>,
    /// What was installed.
    pub software: Option<Software>,
    /// Where members are.
    pub places: BTreeMap<MemberId, Place>,
    /// When members were started first, in the plane's time: then the lives of their volumes began.
    /// Before, nothing is in their directories.
    #[serde(default, alias = "placed_at")]
    pub begun_at: BTreeMap<MemberId, Instant>,
}

/// What only a restart can change in a running process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Build {
    /// Version of the product.
    pub software_version: String,
    /// Granted to each member.
    pub size: Size,
    /// Lower-case hex SHA-256 over the secrets.
    pub secrets: String,
}

impl Journal {
    /// What the plane is told.
    pub fn told(&self) -> &OperationObserved {
        self.outcome.as_deref().unwrap_or(&self.observed)
    }

    /// How far it is, in words that are the same in each run of the same steps.
    pub(super) fn stand(&self) -> String {
        let OperationObserved { state, steps, .. } = &self.observed;
        let last = steps.iter().rfind(|step| step.started_at.is_some());
        match last {
            Some(step) if !state.is_final() => {
                format!("{} {} {} {}", self.kind, step.ordinal, step.name, step.state)
            }
            Some(_) | None => format!("{} {state}", self.kind),
        }
    }
}

impl Progress {
    /// Of an instance that nothing was done for yet.
    pub fn none(instance: InstanceId) -> Self {
        Self {
            instance,
            installed: false,
            removed: false,
            runs: false,
            unsettled: false,
            applied: Generation::default(),
            parameters: BTreeMap::new(),
            build: None,
            touched: BTreeSet::new(),
            software: None,
            places: BTreeMap::new(),
            begun_at: BTreeMap::new(),
        }
    }
}

impl Ledger {
    /// What an instance has reached.
    pub fn progress(&self, instance: InstanceId) -> Arc<Progress> {
        let held = self.held();
        let progress = held.progress.get(&instance);
        progress.cloned().unwrap_or_else(|| Arc::new(Progress::none(instance)))
    }

    /// The journal of an operation, if it began.
    pub fn journal(&self, operation: OperationId) -> Option<Arc<Journal>> {
        self.held().journals.get(&operation).cloned()
    }

    /// All journals.
    pub fn journals(&self) -> Vec<Arc<Journal>> {
        self.held().journals.values().cloned().collect()
    }

    /// Takes a line of a log. It is written with the next entry or flush; its number is set then.
    pub fn line(&self, operation: OperationId, step: i32, at: Instant, text: String) {
        self.waiting_lines().push(LogLine { operation, number: 0, step, at, text });
    }

    /// Writes what is pending and the lines that wait.
    pub fn flush(&self) -> Result<(), LedgerError> {
        self.write_pending()?;
        let mut by_operation: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for line in std::mem::take(&mut *self.waiting_lines()) {
            by_operation.entry(line.operation).or_default().push(line);
        }
        if by_operation.is_empty() {
            return Ok(());
        }
        let mut writing = self.begin()?;
        let mut changed = Vec::new();
        for (operation, lines) in by_operation {
            let Some(journal) = self.journal(operation) else { continue };
            let mut journal = Journal::clone(&journal);
            writing.number(&mut journal.last_line, &lines)?;
            writing.put(table::JOURNAL, &operation.to_string(), &journal)?;
            changed.push(journal);
        }
        writing.commit()?;
        let mut held = self.held_mut();
        for journal in changed {
            held.journals.insert(journal.observed.id, Arc::new(journal));
        }
        Ok(())
    }

    /// Lines that are not acknowledged, oldest first, with their keys.
    pub fn lines(&self, limit: usize) -> Result<Vec<(u64, LogLine)>, LedgerError> {
        self.reading()?.first(table::LINE, limit)
    }

    /// Forgets what an acknowledged report held: lines and changes up to the keys, and the journals
    /// whose outcome is recorded.
    pub fn acknowledge(
        &self,
        last_line: Option<u64>,
        last_change: Option<u64>,
        settled: &[OperationId],
    ) -> Result<(), LedgerError> {
        let dropped = self.droppable(settled);
        if last_line.is_none() && last_change.is_none() && dropped.is_empty() {
            return Ok(());
        }
        types_point::reached(|| "- acknowledge report".to_owned());
        let mut writing = self.begin()?;
        if let Some(key) = last_line {
            writing.remove_up_to(table::LINE, key)?;
        }
        if let Some(key) = last_change {
            writing.remove_up_to(table::CHANGE, key)?;
        }
        for operation in &dropped {
            writing.remove(table::JOURNAL, &operation.to_string())?;
        }
        writing.commit()?;
        types_point::reached(|| "- acknowledged report".to_owned());
        self.held_mut().journals.retain(|operation, _| !dropped.contains(operation));
        Ok(())
    }

    /// Settled journals that are not needed to know that the wanted operation was done.
    fn droppable(&self, settled: &[OperationId]) -> Vec<OperationId> {
        let held = self.held();
        let is_wanted = |operation: &OperationId| {
            held.desired.values().any(|spec| spec.operation.id == *operation)
        };
        let is_final = |operation: &OperationId| {
            held.journals.get(operation).is_some_and(|one| one.observed.state.is_final())
        };
        settled.iter().copied().filter(|id| is_final(id) && !is_wanted(id)).collect()
    }
}
