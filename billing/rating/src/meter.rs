//! What is metered. The words are those of the cells' records; the rules of each live here.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use types::instance::State;

use crate::lifecycle::Kind;

/// A meter of usage records. The order is the one of the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Meter {
    /// Bytes sent, where the package can count them.
    EgressBytes,
    /// Seconds of a machine from the provider's "created" to "deleted".
    MachineSeconds,
    /// Seconds of a member in running, degraded, updating, stopped or detached.
    MemberSeconds,
    /// MiB of memory granted × seconds running.
    MemoryMibSeconds,
    /// Thousandths of a vCPU granted × seconds running.
    MillivcpuSeconds,
    /// Requests, where the package can count them.
    Requests,
    /// MiB of storage granted × seconds until deleted.
    StorageMibSeconds,
}

/// A word that is no meter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a meter like member_seconds")]
pub struct MeterError;

/// Whether time in a state is billed for a meter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Billable {
    /// Yes.
    Always,
    /// Only where the price line says `stopped: true`; else free by rule.
    WhereStoppedIsPriced,
    /// Never: free by rule, or a declared gap.
    Never,
}

impl Meter {
    /// All of them, in order.
    pub const ALL: &'static [Self] = &[
        Self::EgressBytes,
        Self::MachineSeconds,
        Self::MemberSeconds,
        Self::MemoryMibSeconds,
        Self::MillivcpuSeconds,
        Self::Requests,
        Self::StorageMibSeconds,
    ];

    /// The word in records, prices and bills.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EgressBytes => "egress_bytes",
            Self::MachineSeconds => "machine_seconds",
            Self::MemberSeconds => "member_seconds",
            Self::MemoryMibSeconds => "memory_mib_seconds",
            Self::MillivcpuSeconds => "millivcpu_seconds",
            Self::Requests => "requests",
            Self::StorageMibSeconds => "storage_mib_seconds",
        }
    }

    /// Whether the quantity of a record is exactly the seconds of its interval.
    pub fn is_plain_seconds(self) -> bool {
        matches!(self, Self::MemberSeconds | Self::MachineSeconds)
    }

    /// Whether time in this state is billed.
    pub fn billable(self, state: State) -> Billable {
        match (self, state) {
            (_, State::Deleted) => Billable::Never,
            (Self::StorageMibSeconds | Self::MachineSeconds, _) => Billable::Always,
            (_, State::Running | State::Degraded | State::Updating) => Billable::Always,
            (Self::MemberSeconds, State::Stopped | State::Detached) => {
                Billable::WhereStoppedIsPriced
            }
            _ => Billable::Never,
        }
    }

    /// The meter that measures the time of a kind of resource, if its time is measured.
    pub fn of_time(kind: Kind) -> Option<Self> {
        match kind {
            Kind::Member => Some(Self::MemberSeconds),
            Kind::Machine => Some(Self::MachineSeconds),
            Kind::Volume | Kind::Backup => Some(Self::StorageMibSeconds),
            Kind::Instance => None,
        }
    }

    /// The meter whose `one_off` line is charged once for a resource of this kind.
    pub fn of_one_off(kind: Kind) -> Option<Self> {
        match kind {
            Kind::Member => Some(Self::MemberSeconds),
            Kind::Machine => Some(Self::MachineSeconds),
            Kind::Volume | Kind::Backup | Kind::Instance => None,
        }
    }
}

impl From<types::meter::Meter> for Meter {
    fn from(meter: types::meter::Meter) -> Self {
        match meter {
            types::meter::Meter::MemberSeconds => Self::MemberSeconds,
            types::meter::Meter::MillivcpuSeconds => Self::MillivcpuSeconds,
            types::meter::Meter::MemoryMibSeconds => Self::MemoryMibSeconds,
            types::meter::Meter::StorageMibSeconds => Self::StorageMibSeconds,
        }
    }
}

impl fmt::Display for Meter {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}

impl FromStr for Meter {
    type Err = MeterError;

    fn from_str(text: &str) -> Result<Self, MeterError> {
        Self::ALL.iter().copied().find(|meter| meter.as_str() == text).ok_or(MeterError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_meters_is_the_one_of_their_words() {
        let mut words: Vec<_> = Meter::ALL.iter().map(|meter| meter.as_str()).collect();
        words.sort_unstable();
        assert_eq!(words, Meter::ALL.iter().map(|meter| meter.as_str()).collect::<Vec<_>>());
        let mut meters = Meter::ALL.to_vec();
        meters.sort_unstable();
        assert_eq!(meters, Meter::ALL);
    }

    #[track_caller]
    fn check(meter: Meter, state: State, expected: Billable) {
        assert_eq!(meter.billable(state), expected, "{meter} in {state}");
    }

    #[test]
    fn what_is_billed_in_which_state() {
        check(Meter::MemberSeconds, State::Running, Billable::Always);
        check(Meter::MemberSeconds, State::Stopped, Billable::WhereStoppedIsPriced);
        check(Meter::MemberSeconds, State::Detached, Billable::WhereStoppedIsPriced);
        check(Meter::MemberSeconds, State::Unknown, Billable::Never);
        check(Meter::MillivcpuSeconds, State::Stopped, Billable::Never);
        check(Meter::MillivcpuSeconds, State::Degraded, Billable::Always);
        check(Meter::StorageMibSeconds, State::Failed, Billable::Always);
        check(Meter::StorageMibSeconds, State::Deleted, Billable::Never);
        check(Meter::MachineSeconds, State::Provisioning, Billable::Always);
        check(Meter::Requests, State::Deleting, Billable::Never);
    }
}
