//! Journals on their way to the disk. Each write waits for the disk, and the whole agent with it, so
//! what many operations enter at the same time is written by one transaction.

use std::sync::{Arc, MutexGuard, PoisonError};

use tokio::sync::oneshot;
use types::operation::LogLine;

use super::table::{self, Writing};
use super::{Journal, Ledger, LedgerError, Progress};

/// An entry that is not written yet.
pub(super) struct Pending {
    journal: Journal,
    progress: Option<Progress>,
    lines: Vec<LogLine>,
    /// Tells whoever entered it that it is on the disk, and how.
    written: oneshot::Sender<Arc<Journal>>,
}

impl Ledger {
    /// Writes down how far an operation is and, where it changed, what the instance reached.
    /// Lines that wait are written with it. Returns once all of it is on the disk. An operation
    /// enters one thing after the other, and whoever stops waiting does not take it back.
    pub async fn enter(
        &self,
        journal: Journal,
        progress: Option<Progress>,
    ) -> Result<Arc<Journal>, LedgerError> {
        let operation = journal.observed.id;
        types_point::reached(|| format!("{} enter {}", journal.observed.instance, journal.stand()));
        let lines: Vec<_> =
            self.waiting_lines().extract_if(.., |line| line.operation == operation).collect();
        let (written, mut answer) = oneshot::channel();
        self.pending().push(Pending { journal, progress, lines, written });
        // Whoever else can go on does so now, and what it enters comes along.
        tokio::task::yield_now().await;
        let journal = loop {
            match answer.try_recv() {
                Ok(journal) => break journal,
                Err(_) => self.write_pending()?,
            }
        };
        types_point::reached(|| {
            format!("{} entered {}", journal.observed.instance, journal.stand())
        });
        Ok(journal)
    }

    /// Writes what is pending; all of it stays pending if that fails. Nothing else may be written
    /// before, since it builds on what is held, and this is held only after its commit.
    pub(super) fn write_pending(&self) -> Result<(), LedgerError> {
        let mut pending = self.pending();
        if pending.is_empty() {
            return Ok(());
        }
        let mut writing = Writing::begin(&self.database)?;
        let mut journals = Vec::with_capacity(pending.len());
        for one in pending.iter() {
            let journal = self.put(&mut writing, one)?;
            journals.push(Arc::new(journal));
        }
        writing.commit()?;
        let mut held = self.held_mut();
        for (one, journal) in pending.drain(..).zip(journals) {
            held.journals.insert(journal.observed.id, journal.clone());
            if let Some(progress) = one.progress {
                held.progress.insert(progress.instance, Arc::new(progress));
            }
            // Nobody may wait any longer; it is written all the same.
            let _ = one.written.send(journal);
        }
        Ok(())
    }

    fn put(&self, writing: &mut Writing, one: &Pending) -> Result<Journal, LedgerError> {
        let mut journal = one.journal.clone();
        let operation = journal.observed.id;
        // Whoever flushes lines writes a journal, too; the numbers that are held are the last ones
        // given.
        if let Some(current) = self.journal(operation) {
            journal.last_line = journal.last_line.max(current.last_line);
            journal.version = journal.version.max(current.version);
        }
        journal.version += 1;
        writing.number(&mut journal.last_line, &one.lines)?;
        writing.put(table::JOURNAL, &operation.to_string(), &journal)?;
        if let Some(progress) = &one.progress {
            writing.put(table::PROGRESS, &progress.instance.to_string(), progress)?;
        }
        Ok(journal)
    }

    fn pending(&self) -> MutexGuard<'_, Vec<Pending>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use futures::future::FutureExt;
    use futures::stream::{FuturesUnordered, StreamExt};
    use tempfile::TempDir;
    use types::generation::Generation;
    use types::id::{InstanceId, OperationId, SystemIds};
    use types::instant::Instant;
    use types::operation::{OperationKind, OperationObserved, OperationState};

    use super::*;
    use crate::state_dir::StateDir;

    const AT: Instant = Instant::from_seconds(0);

    fn open(folder: &TempDir) -> Ledger {
        let state = StateDir::open(folder.path()).expect("a state directory");
        Ledger::open(&state, &SystemIds).expect("a ledger")
    }

    fn begun() -> Journal {
        Journal {
            observed: OperationObserved {
                id: OperationId::next(&SystemIds),
                instance: InstanceId::next(&SystemIds),
                generation: Generation(1),
                state: OperationState::Running,
                steps: Vec::new(),
                problem: None,
                at: AT,
            },
            outcome: None,
            kind: OperationKind::Install,
            deadline: AT,
            installs: true,
            hot: Default::default(),
            touched: Default::default(),
            last_line: 0,
            version: 0,
        }
    }

    #[tokio::test]
    async fn what_is_entered_at_the_same_time_is_written_at_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let ledger = open(&folder);
        let all: Vec<_> = (0..3).map(|_| begun()).collect();
        for journal in &all {
            ledger.line(journal.observed.id, 0, AT, "it began".to_owned());
        }
        let mut entering: FuturesUnordered<_> =
            all.iter().map(|journal| ledger.enter(journal.clone(), None)).collect();
        entering.next().await.expect("one of three").expect("entered");
        let held = |journal: &Journal| ledger.journal(journal.observed.id);
        assert!(all.iter().all(|journal| held(journal).is_some()), "they came along");
        while let Some(entered) = entering.next().await {
            let entered = entered.expect("entered");
            assert_eq!((entered.version, entered.last_line), (1, 1), "written once");
        }
        drop(entering);
        let kept = ledger.journals();
        drop(ledger);
        let ledger = open(&folder);
        assert_eq!((ledger.journals(), ledger.lines(9).expect("lines").len()), (kept, 3));
    }

    #[tokio::test]
    async fn what_nobody_waits_for_any_longer_is_written_before_anything_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let ledger = open(&folder);
        let journal = begun();
        let operation = journal.observed.id;
        assert!(ledger.enter(journal, None).now_or_never().is_none());
        assert_eq!(ledger.journal(operation), None, "it is not on the disk yet");
        ledger.line(operation, 0, AT, "it began".to_owned());
        ledger.flush().expect("written");
        let entered = ledger.journal(operation).expect("a journal");
        assert_eq!((entered.version, entered.last_line), (1, 1));
    }
}
