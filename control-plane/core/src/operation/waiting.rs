//! What an operation waits for: a pure judgement from what is recorded, never from what was good
//! once. Of a silent cell nothing is said but since when.

use types::cell::CellState;
use types::generation::Revision;
use types::instant::Instant;
use types::operation::{Attempt, Hindrance, Step, StepState};
use types::text_enum;

use crate::cell::view::Glance;
use crate::operation::{Operation, steps};

text_enum! {
    /// What an operation that has not ended waits for.
    WaitingFor {
        /// Its deadline passed; it fails in a moment.
        End = "end",
        /// Its cell has no agent any more.
        Enrolment = "enrolment",
        /// Its cell is silent.
        Cell = "cell",
        /// Its cell has not taken in yet what is wanted.
        Delivery = "delivery",
        /// Its cell has it and has not begun.
        Turn = "turn",
        /// A step that runs.
        Step = "step",
        /// A step that the host could not do, to be tried again.
        Host = "host",
        /// A member that does not answer as it should yet.
        Member = "member",
        /// The cell's next report.
        Report = "report",
    }
}

/// What an operation waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// What for.
    pub code: WaitingFor,
    /// Since when, as far as that is known.
    pub since: Option<Instant>,
    /// The step, if it is one.
    pub step: Option<Step>,
    /// How often the step was tried in vain.
    pub attempts: i64,
    /// Why the last try was in vain.
    pub reason: Option<String>,
    /// When it is tried again.
    pub next_try_at: Option<Instant>,
    /// When the operation fails if it has not succeeded.
    pub deadline: Instant,
}

impl Waiting {
    fn new(code: WaitingFor, since: Option<Instant>, deadline: Instant) -> Self {
        let (step, reason, next_try_at) = (None, None, None);
        Self { code, since, step, attempts: 0, reason, next_try_at, deadline }
    }

    /// The same without what a member said of itself, which is its owner's.
    #[must_use]
    pub fn for_operators(mut self) -> Self {
        if self.code == WaitingFor::Member {
            self.reason = None;
        }
        self
    }

    /// In one sentence for a person.
    pub fn sentence(&self) -> String {
        let since =
            |before: &str| self.since.map_or(String::new(), |instant| format!("{before}{instant}"));
        let step = self.step.as_ref().map_or(String::new(), |step| step.name.replace('-', " "));
        let mut text = match self.code {
            WaitingFor::End => "its deadline passed; it ends as failed within a minute".to_owned(),
            WaitingFor::Enrolment => {
                "its cell has no agent; an operator has to let one in".to_owned()
            }
            WaitingFor::Cell => format!("its cell is silent; unknown{}", since(" since ")),
            WaitingFor::Delivery => {
                format!("its cell has not taken in yet what was asked for{}", since(" at "))
            }
            WaitingFor::Turn => "its cell has it and has not begun yet".to_owned(),
            WaitingFor::Report => "the cell's next report".to_owned(),
            WaitingFor::Step => format!("the step “{step}”{}", since(", since ")),
            WaitingFor::Host => {
                let (count, since) = (self.attempts, since(", since "));
                format!("the host, to do the step “{step}” (tried {count} times{since})")
            }
            WaitingFor::Member => {
                let since = since(", since ");
                format!("a member, in the step “{step}” (asked {} times{since})", self.attempts)
            }
        };
        if let Some(reason) = &self.reason {
            text.push_str(&format!("; the last time: {reason}"));
        }
        if let Some(next) = self.next_try_at {
            text.push_str(&format!("; next try at {next}"));
        }
        text
    }
}

/// What the operation waits for; none once it has ended. `wanted` is the cell's revision that
/// brought it.
pub fn judge(
    operation: &Operation,
    cell: Option<&Glance>,
    wanted: Revision,
    now: Instant,
) -> Option<Waiting> {
    if operation.state.is_final() {
        return None;
    }
    let waiting = |code, since| Some(Waiting::new(code, since, operation.deadline));
    if operation.deadline <= now {
        return waiting(WaitingFor::End, Some(operation.deadline));
    }
    if cell.is_none_or(|cell| cell.state != CellState::Enrolled) {
        return waiting(WaitingFor::Enrolment, None);
    }
    if let Some(since) = cell.and_then(|cell| cell.silent_since) {
        return waiting(WaitingFor::Cell, Some(since));
    }
    let steps = steps(operation).unwrap_or_default();
    if steps.is_empty() {
        let is_behind = cell.is_some_and(|cell| cell.taken_revision < wanted);
        let code = if is_behind { WaitingFor::Delivery } else { WaitingFor::Turn };
        return waiting(code, Some(operation.created_at));
    }
    let Some(step) = steps.into_iter().find(|step| step.state == StepState::Running) else {
        return waiting(WaitingFor::Report, None);
    };
    let attempt = operation.attempt.as_deref();
    let attempt = attempt.and_then(|text| serde_json::from_str::<Attempt>(text).ok());
    let mut found = Waiting::new(WaitingFor::Step, step.started_at, operation.deadline);
    // A try of an earlier step says nothing about this one.
    if let Some(attempt) = attempt.filter(|attempt| attempt.step == step.ordinal) {
        found.code = match attempt.hindrance {
            Hindrance::Host => WaitingFor::Host,
            Hindrance::Member => WaitingFor::Member,
        };
        found.since = Some(attempt.since);
        found.attempts = attempt.count;
        found.reason = Some(attempt.reason);
        found.next_try_at = Some(attempt.next_at).filter(|next| *next > now);
    }
    found.step = Some(step);
    Some(found)
}

#[cfg(test)]
mod tests;
