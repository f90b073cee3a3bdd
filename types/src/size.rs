//! What a member is granted.

use serde::{Deserialize, Serialize};

use crate::meter::Meter;

/// The granted size of one member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Size {
    /// Thousandths of a vCPU.
    pub millivcpu: i64,
    /// Memory in MiB.
    pub memory_mib: i64,
    /// Storage of the member's volume in MiB.
    pub storage_mib: i64,
}

impl Size {
    /// The quantity that one second of a running member of this size adds to a meter.
    pub fn per_second(&self, meter: Meter) -> i64 {
        match meter {
            Meter::MemberSeconds => 1,
            Meter::MillivcpuSeconds => self.millivcpu,
            Meter::MemoryMibSeconds => self.memory_mib,
            Meter::StorageMibSeconds => self.storage_mib,
        }
    }
}
