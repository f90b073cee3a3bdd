//! What the plane wants of a cell.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use types::generation::{Generation, Revision};
use types::id::{AgentSessionId, InstanceId};
use types::instance::InstanceSpec;

/// `POST /agent/v1/desired`: a long poll.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DesiredRequest {
    /// The open session.
    pub session: AgentSessionId,
    /// What the agent has. 0 asks for everything.
    pub after: Revision,
    /// Answer without news after this many milliseconds, at most 60,000.
    pub wait_ms: u32,
}

/// The answer. Absence of an object orders nothing: deletion is a wish like any other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DesiredAnswer {
    /// What the agent has when it took these objects in.
    pub revision: Revision,
    /// Whole specifications of the objects that changed, at most 500; ask again at once if `more`.
    pub objects: Vec<InstanceSpec>,
    /// There are further changes after `revision`.
    pub more: bool,
    /// [`digest`] over the whole desired set at `revision`; none while there is more. An agent
    /// whose own digest differs asks again from 0.
    pub digest: Option<String>,
    /// Instances whose deletion is acknowledged: the agent may forget them.
    pub forgotten: Vec<InstanceId>,
}

/// Lower-case hex SHA-256 over `id generation` lines in order of id.
pub fn digest(objects: impl IntoIterator<Item = (InstanceId, Generation)>) -> String {
    let mut lines: Vec<_> = objects.into_iter().collect();
    lines.sort_unstable();
    let mut hash = Sha256::new();
    for (id, generation) in lines {
        hash.update(format!("{id} {generation}\n"));
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
