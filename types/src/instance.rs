//! Instances and members: the specification a cell receives, the states it reports.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::generation::Generation;
use crate::id::{InstanceId, MemberId, OperationId, ProjectId, TenantId, VolumeId};
use crate::instant::Instant;
use crate::operation::OperationKind;
use crate::secret::Secret;
use crate::size::Size;
use crate::text_enum;

text_enum! {
    /// The life of a resource as cells report it; the words of the billing export.
    State {
        /// Being made; nothing serves yet.
        Provisioning = "provisioning",
        /// Serves.
        Running = "running",
        /// Serves, but not as it should: a probe warns, or of several members one is down.
        Degraded = "degraded",
        /// Serves while a change is being applied.
        Updating = "updating",
        /// Stopped by wish.
        Stopped = "stopped",
        /// Out of its cluster for diagnosis, stopped, still managed.
        Detached = "detached",
        /// Does not serve although it should. Its problem tells whether somebody is about to change
        /// that, or waits for a person.
        Failed = "failed",
        /// The cell says that it cannot say.
        Unknown = "unknown",
        /// Being removed.
        Deleting = "deleting",
        /// Gone; nothing comes after it.
        Deleted = "deleted",
    }
}

impl State {
    /// Whether a user's requests can be answered.
    pub fn serves(self) -> bool {
        matches!(self, Self::Running | Self::Degraded | Self::Updating)
    }

    /// The state of an instance that has members in these states: deleted or failed only when all
    /// are, degraded as soon as one that should serve does not.
    pub fn of_members(members: impl IntoIterator<Item = Self>) -> Self {
        let mut states: Vec<Self> = members.into_iter().collect();
        states.sort_unstable();
        states.dedup();
        let has = |state| states.contains(&state);
        match states.as_slice() {
            [] => Self::Provisioning,
            [only] => *only,
            _ if has(Self::Deleting) || has(Self::Deleted) => Self::Deleting,
            _ if has(Self::Provisioning) => Self::Provisioning,
            _ if has(Self::Updating) => Self::Updating,
            _ if states.iter().any(|state| state.serves()) => Self::Degraded,
            _ if has(Self::Unknown) => Self::Unknown,
            _ if has(Self::Failed) => Self::Failed,
            _ => Self::Stopped,
        }
    }
}

text_enum! {
    /// What is wanted of an instance.
    Wish {
        /// It serves.
        Running = "running",
        /// It keeps its data and does not serve.
        Stopped = "stopped",
        /// It is gone with its data. The only order to delete.
        Deleted = "deleted",
    }
}

/// The whole specification of one instance, as the plane hands it to the cell.
///
/// Two specifications with one generation are equal, or the sender is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceSpec {
    /// The instance.
    pub id: InstanceId,
    /// Grows with every change below.
    pub generation: Generation,
    /// Who owns it; for labels, not for decisions.
    pub tenant: TenantId,
    /// Where it belongs; for labels, not for decisions.
    pub project: ProjectId,
    /// The name its owner gave it.
    pub name: String,
    /// Which package makes it.
    pub package: PackageRef,
    /// The version of the product in it, as the package's list of versions names it.
    pub software_version: String,
    /// The name of the chosen topology.
    pub topology: String,
    /// Granted to each member.
    pub size: Size,
    /// Its members, in the order of their ordinals.
    pub members: Vec<MemberSpec>,
    /// All parameters with their values, also those left at their default.
    pub parameters: BTreeMap<String, Value>,
    /// Passwords and keys by the package's names for them.
    pub secrets: BTreeMap<String, Secret>,
    /// What is wanted of it.
    pub wish: Wish,
    /// The run of work that this generation opened.
    pub operation: OperationSpec,
}

/// A version of a package, and the digest of its content.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PackageRef {
    /// The package's name.
    pub name: String,
    /// The version of the package, not of the software in it.
    pub version: String,
    /// Lower-case hex SHA-256 over the package's files.
    pub digest: String,
}

/// One process of an instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberSpec {
    /// The member.
    pub id: MemberId,
    /// Counts from 0; a member keeps it.
    pub ordinal: i32,
    /// Its role in the topology when it is made; a failover changes the observed one.
    pub role: String,
    /// Where its data is.
    pub volume: VolumeId,
}

/// The run of work that a generation opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationSpec {
    /// The operation on the plane.
    pub id: OperationId,
    /// What kind of work.
    pub kind: OperationKind,
    /// When it fails if it has not succeeded.
    pub deadline: Instant,
    /// It succeeded before: an agent that does not know of it finds again what is there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_done: bool,
}

/// What the cell last saw of one instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceObserved {
    /// The instance.
    pub id: InstanceId,
    /// The generation that was being made true when this was seen.
    pub generation: Generation,
    /// When it was seen, in the plane's time.
    pub at: Instant,
    /// Each member; one that is missing here was not looked at.
    pub members: Vec<MemberObserved>,
    /// The installed software, once known.
    pub software: Option<Software>,
}

/// What the cell last saw of one member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberObserved {
    /// The member.
    pub id: MemberId,
    /// Its state.
    pub state: State,
    /// Since when it is in this state, in the plane's time.
    pub since: Instant,
    /// The role that its probe answered.
    pub role: Option<String>,
    /// Where clients reach it.
    pub endpoint: Option<Endpoint>,
    /// Process id on its host, for operators.
    pub pid: Option<u32>,
    /// How often it was started again after it ended by itself.
    pub restarts: u32,
    /// Why it is not as it should be, in one sentence.
    pub problem: Option<String>,
}

/// Where clients reach a member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// Address or host name.
    pub host: String,
    /// Port.
    pub port: u16,
}

/// What was installed, as the media say themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Software {
    /// Version of the installed files, e.g. `5:7.0.15-1~deb12u5`.
    pub version: String,
    /// Lower-case hex SHA-256 of the medium.
    pub digest: String,
    /// What vouches for it, e.g. `apt signature chain`.
    pub trust: String,
}

/// An entry in the history of states that bills are made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateChange {
    /// The instance, member or volume.
    pub resource: crate::id::ResourceId,
    /// The state from `at` on.
    pub state: State,
    /// When it began, in the plane's time.
    pub at: Instant,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(members: &[State], expected: State) {
        assert_eq!(State::of_members(members.iter().copied()), expected, "{members:?}");
    }

    #[test]
    fn an_instance_is_what_its_members_are() {
        use State::*;
        check(&[], Provisioning);
        check(&[Running, Running], Running);
        check(&[Running, Failed], Degraded);
        check(&[Running, Stopped], Degraded);
        check(&[Running, Unknown], Degraded);
        check(&[Running, Provisioning], Provisioning);
        check(&[Running, Updating], Updating);
        check(&[Deleting, Deleted], Deleting);
        check(&[Deleted, Deleted], Deleted);
        check(&[Stopped, Failed], Failed);
        check(&[Unknown, Failed], Unknown);
    }
}
