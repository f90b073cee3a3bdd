//! What is said about cells on both sides of the wire.

use serde::{Deserialize, Serialize};

use crate::generation::Generation;
use crate::id::{InstanceId, ProjectId, TenantId};
use crate::instant::Instant;
use crate::operation::{Attempt, Problem};
use crate::text_enum;

text_enum! {
    /// How the plane sees a cell.
    CellState {
        /// Made by an operator; no agent has enrolled yet.
        Awaited = "awaited",
        /// An agent enrolled.
        Enrolled = "enrolled",
        /// The agent's identity was withdrawn; a new join token is needed.
        Revoked = "revoked",
    }
}

/// How an agent and the host it runs on are. Whatever could not be found out is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Condition {
    /// The agent's clock less the plane's, in microseconds, as the agent measured it last.
    pub clock_ahead_us: Option<i64>,
    /// First instant of the oldest usage record that is not acknowledged; none if none waits.
    pub oldest_usage_at: Option<Instant>,
    /// Size of the agent's ledger on the disk.
    pub ledger_bytes: Option<i64>,
    /// Where members run.
    pub host: Option<HostFacts>,
    /// Steps that were tried in vain and will be tried again; what is not here is not hindered.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attempts: Vec<Attempt>,
    /// Why the agent takes nothing in and reports nothing that it saw, e.g. a full disk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Box<Problem>>,
    /// Instances that are here and that the plane did not name when it was asked for all: made
    /// after the backup that the plane was restored from. Nothing is done with them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub orphans: Vec<Orphan>,
    /// Instances of which a newer wish is here than the plane knows, with its generation.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub newer: Vec<(InstanceId, Generation)>,
}

/// An instance that its plane does not know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Orphan {
    /// The instance.
    pub instance: InstanceId,
    /// Whose it was when it was ordered.
    pub tenant: TenantId,
    /// The project it was ordered in.
    pub project: ProjectId,
    /// Members of it that have a place on the host.
    pub members: i64,
}

/// What a host is and what is left of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HostFacts {
    /// Release of the kernel.
    pub kernel: String,
    /// Logical processors.
    pub processors: i64,
    /// Memory of the host.
    pub memory_total_bytes: i64,
    /// Memory that new processes can have without swapping.
    pub memory_available_bytes: i64,
    /// Size of the disk that holds the members' directories.
    pub disk_total_bytes: i64,
    /// What is left of that disk for processes without privileges.
    pub disk_free_bytes: i64,
}
