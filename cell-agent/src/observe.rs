//! From what is seen to what is said: pure. The state of a member follows from what is wanted, the
//! work in hand, its process and its probes.
//!
//! Looking itself is in `round`, writing it down in `book`.

pub(crate) mod book;
mod glance;
mod labour;
pub(crate) mod round;

use connectors::runtime::{ProcessChange, ProcessState};
use types::instance::{State, Wish};
use types::instant::Instant;
use types::operation::KEEPS_ENDING;

/// So many failed probes in a row mean that a member is not as it should be.
const FAILURES_DEGRADED: u32 = 2;
/// So many failed probes in a row mean that nobody can use it.
const FAILURES_FAILED: u32 = 30;

/// What is being done with an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Labour {
    /// It is made, or waits for that.
    Installing,
    /// It is changed while it runs.
    Changing,
    /// It is started again.
    Starting,
    /// It is stopped.
    Stopping,
    /// It is removed.
    Deleting,
    /// Nothing: the last work succeeded.
    Settled,
    /// Nothing: the last work failed, but it was made once.
    Unsettled,
    /// Nothing: it could not be made.
    NeverMade,
}

/// What the runtime shows of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sighting {
    /// It has no place yet, or not any more.
    Unplaced,
    /// It had a place, and is not there.
    Gone,
    /// The runtime cannot say, and that for longer than can be waited.
    Hidden,
    /// Its process does this.
    Process(ProcessState),
}

/// Everything that decides a member's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// What is wanted of the instance.
    pub wish: Wish,
    /// What is being done with it.
    pub labour: Labour,
    /// What the runtime shows.
    pub sighting: Sighting,
    /// The removal of the member was done.
    pub removed: bool,
    /// Failed health probes in a row; none before the first answer.
    pub failures: Option<u32>,
    /// The state it was in.
    pub was: State,
}

/// The state of a member now.
pub fn judge(look: Look) -> State {
    let Look { wish, labour, sighting, removed, was, .. } = look;
    if sighting == Sighting::Hidden {
        return if was == State::Deleted { was } else { State::Unknown };
    }
    match wish {
        Wish::Deleted if removed => State::Deleted,
        Wish::Deleted => State::Deleting,
        Wish::Stopped => stopped(look),
        Wish::Running => match (labour, sighting) {
            (Labour::NeverMade, _) => State::Failed,
            (Labour::Installing, Sighting::Unplaced) => State::Provisioning,
            (Labour::Installing | Labour::Starting, Sighting::Process(process)) => {
                beginning(look, process)
            }
            (Labour::Changing, Sighting::Process(_)) => changing(look),
            (_, Sighting::Process(process)) => serving(look, process),
            (_, Sighting::Unplaced | Sighting::Gone | Sighting::Hidden) => State::Failed,
        },
    }
}

fn is_healthy(look: Look) -> bool {
    look.sighting == Sighting::Process(ProcessState::Running) && look.failures == Some(0)
}

fn stopped(look: Look) -> State {
    match (look.labour, look.sighting) {
        (_, Sighting::Process(ProcessState::Stopped)) => State::Stopped,
        (_, Sighting::Gone | Sighting::Hidden) => State::Failed,
        // It was stopped before it was made, so there is nothing that could stand still.
        (Labour::Settled, Sighting::Unplaced) => State::Stopped,
        (Labour::Stopping, _) | (_, Sighting::Unplaced) => look.was,
        (_, Sighting::Process(ProcessState::Running)) => serving(look, ProcessState::Running),
        (_, Sighting::Process(_)) => State::Stopped,
    }
}

fn beginning(look: Look, process: ProcessState) -> State {
    match process {
        _ if is_healthy(look) => State::Running,
        _ if look.was.serves() => serving(look, process),
        ProcessState::GivenUp => State::Failed,
        _ => State::Provisioning,
    }
}

fn changing(look: Look) -> State {
    let is_well = is_healthy(look) || look.was.serves() || look.was == State::Unknown;
    if is_well { State::Updating } else { look.was }
}

fn serving(look: Look, process: ProcessState) -> State {
    match process {
        ProcessState::Running => match look.failures {
            Some(0) => State::Running,
            Some(failures) if failures >= FAILURES_FAILED => State::Failed,
            Some(failures) if failures >= FAILURES_DEGRADED => State::Degraded,
            // A single failure may be chance, and a process that just began was not asked yet.
            _ if look.was == State::Updating => State::Running,
            // Its operation saw it healthy when it ended.
            _ if look.was == State::Provisioning && look.labour == Labour::Settled => {
                State::Running
            }
            _ if look.was == State::Unknown => State::Degraded,
            _ => look.was,
        },
        // Without a process nothing is served, also if somebody is about to start it again.
        ProcessState::Backoff | ProcessState::Stopped | ProcessState::GivenUp => State::Failed,
    }
}

/// Why a process is not there although it is wanted; the codes stand in `docs/error-codes.md`.
pub fn ended_problem(process: ProcessState, last_exit: Option<&str>) -> Option<String> {
    let words = last_exit.unwrap_or("it left no words");
    match process {
        ProcessState::GivenUp => Some(format!(
            "{KEEPS_ENDING}: it ended by itself too often and is not started again ({words}); mend \
             the cause, then start the instance"
        )),
        ProcessState::Backoff => {
            Some(format!("MEMBER_ENDED: it ended by itself and is started again soon ({words})"))
        }
        ProcessState::Stopped | ProcessState::Running => last_exit.map(str::to_owned),
    }
}

/// The states that a member went through while nobody worked on it, from the journal of its keeper.
pub fn passed(wish: Wish, journal: &[ProcessChange]) -> Vec<(Instant, State)> {
    let state = |process| match (wish, process) {
        (Wish::Deleted, _) => State::Deleting,
        (_, ProcessState::Running) => State::Running,
        (Wish::Stopped, ProcessState::Stopped) => State::Stopped,
        (_, ProcessState::Backoff | ProcessState::GivenUp | ProcessState::Stopped) => State::Failed,
    };
    journal.iter().map(|change| (change.at, state(change.process))).collect()
}

/// Whether the keeper's journal explains what is seen now. If not, the process ended while nobody
/// watched, and nobody knows when.
pub fn is_explained(was: State, journal: &[ProcessChange], seen: ProcessState) -> bool {
    match (journal.last(), was) {
        (Some(last), _) => last.process == seen,
        (None, State::Running | State::Updating) => seen == ProcessState::Running,
        (None, State::Stopped) => seen == ProcessState::Stopped,
        (None, _) => true,
    }
}

#[cfg(test)]
mod tests {
    use Labour::*;
    use ProcessState::{Backoff, GivenUp, Running as Runs, Stopped as Halted};
    use Sighting::{Gone, Hidden, Process, Unplaced};

    use super::*;

    #[track_caller]
    fn check(
        (wish, labour): (Wish, Labour),
        (sighting, failures): (Sighting, Option<u32>),
        was: State,
        expected: State,
    ) {
        let look = Look { wish, labour, sighting, removed: false, failures, was };
        assert_eq!(judge(look), expected, "{look:?}");
    }

    #[test]
    fn a_new_member_is_provisioning_until_it_answers() {
        let new = (Wish::Running, Installing);
        check(new, (Unplaced, None), State::Provisioning, State::Provisioning);
        check(new, (Process(Halted), None), State::Provisioning, State::Provisioning);
        check(new, (Process(Runs), Some(1)), State::Provisioning, State::Provisioning);
        check(new, (Process(Runs), Some(0)), State::Provisioning, State::Running);
        check(new, (Process(Runs), Some(2)), State::Running, State::Degraded);
        check(new, (Process(GivenUp), None), State::Provisioning, State::Failed);
    }

    #[test]
    fn a_running_member_is_what_its_probes_say() {
        let calm = (Wish::Running, Settled);
        check(calm, (Process(Runs), Some(0)), State::Degraded, State::Running);
        check(calm, (Process(Runs), Some(1)), State::Running, State::Running);
        check(calm, (Process(Runs), Some(1)), State::Provisioning, State::Running);
        check(calm, (Process(Runs), Some(2)), State::Running, State::Degraded);
        check(calm, (Process(Runs), Some(30)), State::Degraded, State::Failed);
        check(calm, (Process(Backoff), None), State::Running, State::Failed);
        check(calm, (Process(GivenUp), None), State::Degraded, State::Failed);
        check(calm, (Process(Halted), None), State::Running, State::Failed);
        check((Wish::Running, Unsettled), (Process(Halted), None), State::Running, State::Failed);
        check(calm, (Gone, None), State::Running, State::Failed);
        check(calm, (Hidden, None), State::Running, State::Unknown);
        check(calm, (Process(Runs), Some(0)), State::Unknown, State::Running);
    }

    #[test]
    fn a_change_is_visible_while_it_lasts() {
        let change = (Wish::Running, Changing);
        check(change, (Process(Runs), Some(0)), State::Running, State::Updating);
        check(change, (Process(Halted), None), State::Updating, State::Updating);
        check(change, (Process(Halted), None), State::Failed, State::Failed);
        check((Wish::Running, Settled), (Process(Runs), Some(0)), State::Updating, State::Running);
    }

    #[test]
    fn a_stopped_member_is_stopped_by_wish() {
        check((Wish::Stopped, Stopping), (Process(Runs), Some(0)), State::Running, State::Running);
        check((Wish::Stopped, Settled), (Process(Halted), None), State::Running, State::Stopped);
        check(
            (Wish::Running, Starting),
            (Process(Runs), None),
            State::Stopped,
            State::Provisioning,
        );
        check((Wish::Running, Starting), (Process(Runs), Some(0)), State::Stopped, State::Running);
    }

    #[test]
    fn a_member_that_was_stopped_before_it_was_made_is_stopped() {
        let was = State::Provisioning;
        check((Wish::Stopped, Stopping), (Unplaced, None), was, State::Provisioning);
        check((Wish::Stopped, Settled), (Unplaced, None), was, State::Stopped);
        let again = (Wish::Running, Installing);
        check(again, (Unplaced, None), State::Stopped, State::Provisioning);
    }

    #[test]
    fn a_member_that_could_not_be_made_failed() {
        check((Wish::Running, NeverMade), (Process(Halted), None), State::Running, State::Failed);
        check((Wish::Running, NeverMade), (Unplaced, None), State::Provisioning, State::Failed);
    }

    #[test]
    fn a_member_is_deleted_once_it_was_removed() {
        check((Wish::Deleted, Deleting), (Process(Runs), None), State::Running, State::Deleting);
        check((Wish::Deleted, Deleting), (Unplaced, None), State::Running, State::Deleting);
        let look = Look {
            wish: Wish::Deleted,
            labour: Settled,
            sighting: Unplaced,
            removed: true,
            failures: None,
            was: State::Deleting,
        };
        assert_eq!(judge(look), State::Deleted);
    }

    #[test]
    fn the_keeper_tells_what_happened_while_nobody_watched() {
        let at = Instant::from_seconds;
        let change = |seconds, process| ProcessChange { process, at: at(seconds) };
        let journal = [change(5, Backoff), change(7, Runs)];
        assert_eq!(
            passed(Wish::Running, &journal),
            [(at(5), State::Failed), (at(7), State::Running)]
        );
        assert!(is_explained(State::Running, &journal, Runs));
        assert!(!is_explained(State::Running, &journal, Halted));
        assert!(!is_explained(State::Running, &[], Halted));
        assert!(is_explained(State::Stopped, &[], Halted));
        assert!(is_explained(State::Degraded, &[], Backoff));
    }
}
