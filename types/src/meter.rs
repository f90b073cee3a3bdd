//! What is measured for bills.

use crate::text_enum;

text_enum! {
    /// A meter of usage records; the text form is the one of the billing export.
    Meter {
        /// Seconds a member exists in running, degraded, updating, stopped or detached.
        MemberSeconds = "member_seconds",
        /// Thousandths of a vCPU granted × seconds running.
        MillivcpuSeconds = "millivcpu_seconds",
        /// MiB of memory granted × seconds running.
        MemoryMibSeconds = "memory_mib_seconds",
        /// MiB of storage granted × seconds until deleted.
        StorageMibSeconds = "storage_mib_seconds",
    }
}
