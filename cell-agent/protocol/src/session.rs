//! The opening of the conversation: who speaks, from which disk, by which clock.

use serde::{Deserialize, Serialize};
use types::generation::Revision;
use types::id::AgentSessionId;
use types::instant::Instant;

/// `POST /agent/v1/session`. A new session ends the one before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenSession {
    /// Version of the protocol the agent speaks.
    pub protocol: u32,
    /// Version of the agent program.
    pub agent_version: String,
    /// Drawn when the agent's state directory was made. Another one than known: `CLONE_SUSPECTED`.
    pub boot_id: String,
    /// Highest sequence number ever given to a usage record. Lower than the plane knows:
    /// `CLONE_SUSPECTED`, since the disk is a copy or was rolled back.
    pub last_sequence: i64,
    /// The agent's own clock when it sent this.
    pub sent_at: Instant,
    /// What the cell can do, e.g. `host`.
    pub capabilities: Vec<String>,
    /// Drawn when the agent's process began. One that comes back after another one has called is
    /// proof of two agents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<String>,
    /// Lowest sequence that the agent still has or will give next: everything below was
    /// acknowledged, or is lost. More than the plane acknowledged: the plane's database is older
    /// than the cell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_from: Option<i64>,
    /// The desired revision that the agent has taken in. Higher than the plane knows: the plane's
    /// database is older than the cell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<Revision>,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Stands in every later message.
    pub session: AgentSessionId,
    /// The plane's clock when it answered. The agent takes the middle of its own sending and
    /// receiving as the same moment and stamps all reports with the plane's time.
    pub plane_time: Instant,
    /// Highest contiguous sequence that is committed.
    pub acknowledged_sequence: i64,
    /// Seconds between two reports of state, and the longest a usage record may be held back.
    pub report_interval_s: u32,
    /// Before this instant the plane has all usage of the cell: an agent whose disk is older does
    /// not measure it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complete_to: Option<Instant>,
}
