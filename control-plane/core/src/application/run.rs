//! What an application does as a whole, from what its parts do; pure.

use types::instance::State;
use types::text_enum;

text_enum! {
    /// What an application does as a whole.
    Run {
        /// It has no parts.
        Empty = "empty",
        /// All parts run.
        Running = "running",
        /// It serves in part: something warns, is stopped or was taken out while other parts run.
        Degraded = "degraded",
        /// Something is being installed, changed or deleted.
        Changing = "changing",
        /// No part serves, by wish.
        Stopped = "stopped",
        /// Something does not serve although it should.
        Failed = "failed",
        /// Of some part nobody can say, since its cell is silent or cannot say.
        Unknown = "unknown",
    }
}

/// What is seen of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// As its cell last reported it.
    pub state: State,
    /// Whether the cell has been silent since, so that the state is not to be trusted.
    pub is_silent: bool,
}

/// What the whole does. The worst that is sure comes first; then what nobody can say, then what is
/// about to change.
pub fn judge(parts: &[Seen]) -> Run {
    // What is gone is no part any more.
    let mut states: Vec<_> =
        parts.iter().filter(|part| part.state != State::Deleted).map(sure).collect();
    states.sort_unstable();
    states.dedup();
    let has = |state: State| states.contains(&state);
    match states.as_slice() {
        [] => Run::Empty,
        _ if has(State::Failed) => Run::Failed,
        _ if has(State::Unknown) => Run::Unknown,
        _ if has(State::Provisioning) || has(State::Updating) || has(State::Deleting) => {
            Run::Changing
        }
        [State::Running] => Run::Running,
        _ if states.iter().any(|state| state.serves()) => Run::Degraded,
        _ => Run::Stopped,
    }
}

fn sure(part: &Seen) -> State {
    if part.is_silent { State::Unknown } else { part.state }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(states: &[State], expected: Run) {
        let seen = |state: &State| Seen { state: *state, is_silent: false };
        let forwards: Vec<_> = states.iter().map(seen).collect();
        let backwards: Vec<_> = states.iter().rev().map(seen).collect();
        assert_eq!(judge(&forwards), expected, "{states:?}");
        assert_eq!(judge(&backwards), expected, "{states:?} in another order");
    }

    #[test]
    fn the_whole_is_what_its_parts_are_together() {
        use State::{
            Degraded, Deleted, Deleting, Detached, Failed, Provisioning, Running, Stopped, Unknown,
            Updating,
        };
        for (states, expected) in [
            (&[][..], Run::Empty),
            (&[Deleted], Run::Empty),
            (&[Running], Run::Running),
            (&[Running, Running, Deleted], Run::Running),
            (&[Stopped], Run::Stopped),
            (&[Stopped, Detached], Run::Stopped),
            (&[Detached], Run::Stopped),
            (&[Running, Stopped], Run::Degraded),
            (&[Running, Detached], Run::Degraded),
            (&[Degraded], Run::Degraded),
            (&[Running, Degraded, Stopped], Run::Degraded),
            (&[Provisioning], Run::Changing),
            (&[Running, Updating], Run::Changing),
            (&[Running, Deleting], Run::Changing),
            (&[Stopped, Degraded, Updating], Run::Changing),
            (&[Failed], Run::Failed),
            (&[Running, Failed], Run::Failed),
            (&[Updating, Unknown, Failed], Run::Failed),
            (&[Unknown], Run::Unknown),
            (&[Running, Unknown, Updating], Run::Unknown),
        ] {
            check(states, expected);
        }
    }

    #[test]
    fn what_a_silent_cell_said_last_is_not_believed() {
        for (state, expected) in [
            (State::Running, Run::Unknown),
            (State::Failed, Run::Unknown),
            (State::Stopped, Run::Unknown),
            (State::Deleted, Run::Empty),
        ] {
            assert_eq!(judge(&[Seen { state, is_silent: true }]), expected, "{state}");
        }
    }
}
