//! Operations: tracked runs of work with a deadline, steps, logs and an outcome.

use serde::{Deserialize, Serialize};

use crate::generation::Generation;
use crate::id::{InstanceId, MemberId, OperationId};
use crate::instant::Instant;
use crate::text_enum;

text_enum! {
    /// What kind of work.
    OperationKind {
        /// Make a new instance.
        Install = "install",
        /// Apply changed parameters.
        Change = "change",
        /// Start a stopped instance.
        Start = "start",
        /// Stop a running instance, keep its data.
        Stop = "stop",
        /// Remove an instance with its data.
        Delete = "delete",
    }
}

text_enum! {
    /// Where an operation stands.
    OperationState {
        /// Accepted; its cell has not begun.
        Pending = "pending",
        /// Its cell is at work.
        Running = "running",
        /// Done, with evidence.
        Succeeded = "succeeded",
        /// Ended without success; the problem says why and what to do.
        Failed = "failed",
        /// A newer generation took its place before it ended.
        Superseded = "superseded",
    }
}

impl OperationState {
    /// Whether it will not change any more.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Superseded)
    }
}

text_enum! {
    /// Where a step stands.
    StepState {
        /// Not begun.
        Pending = "pending",
        /// Begun; journaled before it ran.
        Running = "running",
        /// Done.
        Succeeded = "succeeded",
        /// Ended without success.
        Failed = "failed",
        /// Not needed any more.
        Skipped = "skipped",
    }
}

/// How far a cell is with an operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationObserved {
    /// The operation.
    pub id: OperationId,
    /// Whose it is.
    pub instance: InstanceId,
    /// The generation that it makes true.
    pub generation: Generation,
    /// Where it stands.
    pub state: OperationState,
    /// All its steps, in order.
    pub steps: Vec<Step>,
    /// Why it failed and what to do; none unless failed.
    pub problem: Option<Problem>,
    /// When this was so, in the plane's time.
    pub at: Instant,
}

/// A step of an operation, as users see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Counts from 0 within the operation.
    pub ordinal: i32,
    /// What it does, e.g. `write-configuration`; the portal translates it.
    pub name: String,
    /// The member it works on; none for the instance as a whole.
    pub member: Option<MemberId>,
    /// Where it stands.
    pub state: StepState,
    /// When it began.
    pub started_at: Option<Instant>,
    /// When it ended.
    pub ended_at: Option<Instant>,
}

text_enum! {
    /// Where the reason of a vain try is to be looked for.
    Hindrance {
        /// The host, or what it needs from outside, e.g. a full disk or a mirror that is away.
        Host = "host",
        /// The member itself: it does not answer as it should yet.
        Member = "member",
    }
}

/// A step that was tried in vain and will be tried again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The operation.
    pub operation: OperationId,
    /// The step's ordinal.
    pub step: i32,
    /// How often it was tried.
    pub count: i64,
    /// Where the reason is to be looked for.
    pub hindrance: Hindrance,
    /// Why the last try was in vain, one line without secrets.
    pub reason: String,
    /// When the first vain try ended, in the plane's time.
    pub since: Instant,
    /// When the next try begins, in the plane's time.
    pub next_at: Instant,
}

/// A line of an operation's log. Never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// The operation.
    pub operation: OperationId,
    /// Counts from 1 within the operation, without gaps.
    pub number: i64,
    /// The step it belongs to.
    pub step: i32,
    /// When it was written, in the plane's time.
    pub at: Instant,
    /// The text, one line.
    pub text: String,
}

/// The code of a member that ended by itself too often, so that its keeper gave it up: the problem
/// of an operation that waited for it, and how the member's own problem begins.
pub const KEEPS_ENDING: &str = "MEMBER_KEEPS_ENDING";

/// Why something did not work, for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// A stable code like `PORT_TAKEN`.
    pub code: String,
    /// What happened and what to do, in one or two sentences.
    pub message: String,
}
