//! The wishes of the plane, as far as they reached this cell.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use cell_agent_protocol::desired::{DesiredAnswer, digest};
use types::generation::{Generation, Revision};
use types::id::InstanceId;
use types::instance::{InstanceSpec, OperationSpec, Wish};
use types::operation::OperationKind;

use super::table::{self, META};
use super::{Ledger, LedgerError};

/// What to do with an incoming specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Newer: save, then act.
    Accept,
    /// Older than what is here: ignore.
    Stale,
    /// The same again: ignore.
    AlreadyHave,
    /// The same generation with other content: the sender is wrong.
    Contradiction,
}

/// Judges an incoming specification by what is here.
pub fn judge(current: &InstanceSpec, incoming: &InstanceSpec) -> Verdict {
    // How far the plane is with an operation is no part of the wish.
    let is_same = || {
        let operation =
            OperationSpec { is_done: incoming.operation.is_done, ..current.operation.clone() };
        InstanceSpec { operation, ..current.clone() } == *incoming
    };
    match incoming.generation.cmp(&current.generation) {
        Ordering::Greater => Verdict::Accept,
        Ordering::Less => Verdict::Stale,
        Ordering::Equal if is_same() => Verdict::AlreadyHave,
        // The sender is wrong, and guessing would hide it.
        Ordering::Equal => Verdict::Contradiction,
    }
}

/// What an answer of the plane changed here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Instances with a newer specification.
    pub accepted: Vec<InstanceId>,
    /// Instances that were forgotten.
    pub forgotten: Vec<InstanceId>,
}

impl Ledger {
    /// The revision that was taken in last.
    pub fn revision(&self) -> Revision {
        self.held().revision
    }

    /// All specifications in order of id.
    pub fn specs(&self) -> Vec<Arc<InstanceSpec>> {
        self.held().desired.values().cloned().collect()
    }

    /// The specification of one instance.
    pub fn spec(&self, instance: InstanceId) -> Option<Arc<InstanceSpec>> {
        self.held().desired.get(&instance).cloned()
    }

    /// The generation that is wanted of an instance now.
    pub fn generation(&self, instance: InstanceId) -> Option<Generation> {
        self.held().desired.get(&instance).map(|spec| spec.generation)
    }

    /// The digest over everything that is wanted, as the plane makes it.
    pub fn digest(&self) -> String {
        digest(self.held().desired.values().map(|spec| (spec.id, spec.generation)))
    }

    /// Saves what the plane wants. Nothing is deleted by being absent.
    pub fn take_in(&self, answer: &DesiredAnswer) -> Result<Taken, LedgerError> {
        self.take_in_where(answer, &|_| false)
    }

    /// The same where somebody looked which of the forgotten ones are not here any more, whatever
    /// this disk remembers.
    pub fn take_in_where(
        &self,
        answer: &DesiredAnswer,
        is_absent: &dyn Fn(InstanceId) -> bool,
    ) -> Result<Taken, LedgerError> {
        let mut taken = Taken::default();
        let mut accepted = Vec::new();
        for incoming in &answer.objects {
            let current = self.spec(incoming.id);
            match current.map_or(Verdict::Accept, |current| judge(&current, incoming)) {
                Verdict::Accept => accepted.push(Arc::new(incoming.clone())),
                Verdict::Stale | Verdict::AlreadyHave => {}
                Verdict::Contradiction => tracing::error!(
                    instance.id = %incoming.id,
                    generation = incoming.generation.0,
                    "the plane sent other content for a generation that is known; kept the first"
                ),
            }
        }
        point("take in", &accepted);
        let mut writing = self.begin()?;
        for spec in &accepted {
            writing.put(table::DESIRED, &spec.id.to_string(), spec.as_ref())?;
        }
        for instance in answer.forgotten.iter().copied() {
            if self.may_forget(instance, is_absent(instance)) {
                self.forget_rows(&mut writing, instance)?;
                taken.forgotten.push(instance);
            }
        }
        writing.put(META, "revision", &answer.revision)?;
        writing.commit()?;
        point("taken in", &accepted);
        let mut held = self.held_mut();
        held.revision = answer.revision;
        for spec in accepted {
            taken.accepted.push(spec.id);
            held.desired.insert(spec.id, spec);
        }
        for instance in &taken.forgotten {
            held.desired.remove(instance);
            held.progress.remove(instance);
            held.journals.retain(|_, journal| journal.observed.instance != *instance);
        }
        Ok(taken)
    }

    /// Only what was deleted by wish, and is gone, may be forgotten; an older disk may not know of
    /// either, while nothing of it is on the host.
    fn may_forget(&self, instance: InstanceId, is_absent: bool) -> bool {
        let held = self.held();
        let Some(spec) = held.desired.get(&instance) else { return false };
        let is_gone = held.progress.get(&instance).is_some_and(|progress| progress.removed);
        if !is_absent && (spec.wish != Wish::Deleted || !is_gone) {
            tracing::error!(
                instance.id = %instance,
                "the plane says an instance is forgotten that is not deleted here; kept it"
            );
            return false;
        }
        true
    }

    fn forget_rows(
        &self,
        writing: &mut table::Writing,
        instance: InstanceId,
    ) -> Result<(), LedgerError> {
        let held = self.held();
        let key = instance.to_string();
        writing.remove(table::DESIRED, &key)?;
        writing.remove(table::PROGRESS, &key)?;
        writing.remove(table::POSITION, &key)?;
        for member in held.desired.get(&instance).iter().flat_map(|spec| &spec.members) {
            writing.remove(table::POSITION, &member.id.to_string())?;
            writing.remove(table::POSITION, &member.volume.to_string())?;
        }
        for journal in held.journals.values() {
            if journal.observed.instance == instance {
                writing.remove(table::JOURNAL, &journal.observed.id.to_string())?;
            }
        }
        Ok(())
    }

    /// After everything was asked for again: instances that the plane did not name although they
    /// were deleted here, since it forgot them while the agent was away.
    pub fn gone_from(&self, named: &BTreeMap<InstanceId, Generation>) -> Vec<InstanceId> {
        let held = self.held();
        let is_gone = |id: &InstanceId| held.progress.get(id).is_some_and(|one| one.removed);
        let deleted = held.desired.values().filter(|spec| {
            spec.wish == Wish::Deleted && spec.operation.kind == OperationKind::Delete
        });
        deleted.map(|spec| spec.id).filter(|id| is_gone(id) && !named.contains_key(id)).collect()
    }
}

/// Before and after an answer is written: one point per wish in it.
fn point(what: &str, accepted: &[Arc<InstanceSpec>]) {
    if accepted.is_empty() {
        types_point::reached(|| format!("- {what} revision"));
    }
    for spec in accepted {
        types_point::reached(|| format!("{} {what} {}", spec.id, spec.operation.kind));
    }
}

#[cfg(test)]
mod tests {
    use types::id::{Ids, SystemIds};
    use types::instance::{OperationSpec, PackageRef};
    use types::instant::Instant;
    use types::size::Size;

    use super::*;
    use crate::state_dir::StateDir;

    fn spec(generation: i64, name: &str) -> InstanceSpec {
        let id = uuid_of(1);
        InstanceSpec {
            id: id.into(),
            generation: Generation(generation),
            tenant: id.into(),
            project: id.into(),
            name: name.to_owned(),
            package: PackageRef {
                name: "redis".to_owned(),
                version: "1.0.0".to_owned(),
                digest: String::new(),
            },
            software_version: "7.0".to_owned(),
            topology: "standalone".to_owned(),
            size: Size { millivcpu: 1, memory_mib: 1, storage_mib: 1 },
            members: Vec::new(),
            parameters: Default::default(),
            secrets: Default::default(),
            wish: Wish::Running,
            operation: OperationSpec {
                id: id.into(),
                kind: OperationKind::Install,
                deadline: Instant::from_seconds(0),
                is_done: false,
            },
        }
    }

    fn uuid_of(number: u128) -> uuid::Uuid {
        uuid::Uuid::from_u128(number)
    }

    fn answer(objects: Vec<InstanceSpec>, forgotten: Vec<InstanceId>) -> DesiredAnswer {
        DesiredAnswer { revision: Revision(7), objects, more: false, digest: None, forgotten }
    }

    #[track_caller]
    fn check(current: InstanceSpec, incoming: InstanceSpec, expected: Verdict) {
        assert_eq!(judge(&current, &incoming), expected);
    }

    #[test]
    fn only_a_newer_generation_is_accepted() {
        check(spec(1, "a"), spec(2, "b"), Verdict::Accept);
        check(spec(2, "a"), spec(1, "b"), Verdict::Stale);
        check(spec(2, "a"), spec(2, "a"), Verdict::AlreadyHave);
        check(spec(2, "a"), spec(2, "b"), Verdict::Contradiction);
    }

    #[test]
    fn what_was_taken_in_survives_the_end_of_the_process() {
        let folder = tempfile::tempdir().expect("a folder");
        let state = StateDir::open(folder.path()).expect("a state directory");
        let ledger = Ledger::open(&state, &SystemIds).expect("a ledger");
        let taken = ledger.take_in(&answer(vec![spec(2, "a")], Vec::new())).expect("taken in");
        assert_eq!(taken.accepted, [spec(2, "a").id]);
        ledger.take_in(&answer(vec![spec(2, "b")], Vec::new())).expect("a contradiction is said");
        let digest = ledger.digest();
        drop(ledger);
        let ledger = Ledger::open(&state, &SystemIds).expect("a ledger");
        assert_eq!((ledger.revision(), ledger.digest()), (Revision(7), digest));
        assert_eq!(ledger.spec(spec(2, "a").id).as_deref(), Some(&spec(2, "a")));
    }

    #[test]
    fn what_is_not_deleted_here_is_not_forgotten() {
        let folder = tempfile::tempdir().expect("a folder");
        let state = StateDir::open(folder.path()).expect("a state directory");
        let ledger = Ledger::open(&state, &SystemIds).expect("a ledger");
        ledger.take_in(&answer(vec![spec(2, "a")], Vec::new())).expect("taken in");
        let other = SystemIds.next().into();
        let forgotten = vec![spec(2, "a").id, other];
        let taken = ledger.take_in(&answer(Vec::new(), forgotten)).expect("taken in");
        assert!(taken.forgotten.is_empty());
        assert!(ledger.spec(spec(2, "a").id).is_some());
    }
}
