//! What a cell saw: states, the progress of operations, their logs.

use serde::{Deserialize, Serialize};
use types::cell::Condition;
use types::generation::Revision;
use types::id::{AgentSessionId, OperationId};
use types::instance::{InstanceObserved, StateChange};
use types::instant::Instant;
use types::operation::{LogLine, OperationObserved};

/// `POST /agent/v1/observed`, at least once per report interval. All parts may be repeated: what
/// is known already changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObservedRequest {
    /// The open session.
    pub session: AgentSessionId,
    /// Counts the reports of the session from 1: one that arrives after a later one tells nothing
    /// of how things are. 0 from an agent that does not count; its reports are taken as they come.
    #[serde(default)]
    pub number: u64,
    /// When this was put together, in the plane's time.
    pub at: Instant,
    /// The desired revision that the agent has taken in.
    pub revision: Revision,
    /// Instances that changed since the last acknowledged report; all of them after a new session.
    pub instances: Vec<InstanceObserved>,
    /// Entries of the history of states, oldest first, kept by the agent until acknowledged.
    pub changes: Vec<StateChange>,
    /// Operations that moved since the last acknowledged report.
    pub operations: Vec<OperationObserved>,
    /// Log lines, kept until acknowledged; in order per operation.
    pub logs: Vec<LogLine>,
    /// Usage records that are not acknowledged yet.
    pub spooled: i64,
    /// How agent and host are; none from an agent that does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
}

/// The answer: everything in the request is committed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObservedAnswer {
    /// Operations whose outcome is recorded: the agent may drop their journals.
    pub settled: Vec<OperationId>,
    /// The plane's clock when it answered, so that the agent notices when one of the clocks was
    /// set in the course of a session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plane_time: Option<Instant>,
}
