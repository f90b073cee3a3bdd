//! Cells, as operators see them.

use async_graphql::{ID, Object, SimpleObject};
use control_plane_core::cell::alarm::Alarm;
use control_plane_core::cell::view::CellView;
use types::cell::HostFacts;

use crate::scalar::{DateTime, Int64};

/// A cloud or site with an agent of its own.
pub struct Cell(pub Box<CellView>);

/// Why an operator has to look at a cell.
#[derive(SimpleObject)]
pub struct CellAlarm {
    /// Stable word, e.g. clone_suspected, silent, disk_low
    code: &'static str,
    /// What was found and what to do
    message: String,
}

/// What a cell's members run on, as at the last report.
#[derive(SimpleObject)]
pub struct CellHost {
    /// Release of the kernel
    kernel: String,
    /// Logical processors
    processors: i32,
    memory_total_bytes: Int64,
    /// What new processes can have without swapping
    memory_available_bytes: Int64,
    /// Of the disk that holds the members' directories
    disk_total_bytes: Int64,
    disk_free_bytes: Int64,
}

impl From<&Alarm> for CellAlarm {
    fn from(alarm: &Alarm) -> Self {
        Self { code: alarm.code.as_str(), message: alarm.message.clone() }
    }
}

impl From<&HostFacts> for CellHost {
    fn from(facts: &HostFacts) -> Self {
        Self {
            kernel: facts.kernel.clone(),
            processors: int(facts.processors),
            memory_total_bytes: Int64(facts.memory_total_bytes),
            memory_available_bytes: Int64(facts.memory_available_bytes),
            disk_total_bytes: Int64(facts.disk_total_bytes),
            disk_free_bytes: Int64(facts.disk_free_bytes),
        }
    }
}

fn int(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

#[Object]
impl Cell {
    /// Its global id
    pub async fn id(&self) -> ID {
        self.0.row.id.into()
    }

    async fn name(&self) -> &str {
        &self.0.row.name
    }

    async fn title(&self) -> &str {
        &self.0.row.title
    }

    async fn state(&self) -> &'static str {
        self.0.row.state.as_str()
    }

    /// What its agent said it can do
    async fn capabilities(&self) -> Vec<String> {
        let words = self.0.row.capabilities.as_deref();
        words.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }

    async fn agent_version(&self) -> Option<&str> {
        self.0.row.agent_version.as_deref()
    }

    /// Version of the agents' protocol that its agent speaks
    async fn protocol_version(&self) -> Option<i32> {
        self.0.row.protocol
    }

    async fn last_report_at(&self) -> Option<DateTime> {
        self.0.row.last_report_at.map(DateTime)
    }

    /// Since when it has been silent; what it reported is then not to be trusted
    async fn unknown_since(&self) -> Option<DateTime> {
        self.0.silent_since.map(DateTime)
    }

    /// Agent's clock less plane's clock, milliseconds
    async fn clock_difference_ms(&self) -> Option<i32> {
        self.0.row.clock_difference_us.and_then(|micros| i32::try_from(micros / 1000).ok())
    }

    async fn spooled(&self) -> i32 {
        int(self.0.row.spooled)
    }

    /// Where the oldest usage record begins that its agent still keeps
    async fn oldest_usage_at(&self) -> Option<DateTime> {
        self.0.condition.as_ref()?.oldest_usage_at.map(DateTime)
    }

    /// Usage is complete up to here
    async fn watermark(&self) -> Option<DateTime> {
        self.0.row.watermark.map(DateTime)
    }

    /// Highest sequence of a usage record without a gap before it
    async fn acknowledged_sequence(&self) -> Int64 {
        Int64(self.0.row.acknowledged_sequence)
    }

    /// Size of the agent's ledger on its disk
    async fn ledger_bytes(&self) -> Option<Int64> {
        self.0.condition.as_ref()?.ledger_bytes.map(Int64)
    }

    async fn revision(&self) -> i32 {
        int(self.0.load.revision.0)
    }

    /// What its agent has taken in
    async fn taken_revision(&self) -> i32 {
        int(self.0.row.taken_revision.0)
    }

    /// Up to here everything that is wanted was made true, or failed for good
    async fn made_revision(&self) -> i32 {
        int(self.0.made_revision().0)
    }

    /// When the certificate ends that its agent showed last
    async fn certificate_expires_at(&self) -> Option<DateTime> {
        self.0.row.certificate_expires_at.map(DateTime)
    }

    /// When the present session was opened
    async fn session_opened_at(&self) -> Option<DateTime> {
        self.0.row.session_id.and(self.0.row.session_opened_at).map(DateTime)
    }

    /// Sessions since the enrolment; a number that grows fast means lost connections
    async fn session_count(&self) -> i32 {
        int(self.0.row.session_count.unwrap_or_default())
    }

    /// Instances in it that were not deleted, of all tenants
    async fn instance_count(&self) -> i32 {
        int(self.0.load.instances)
    }

    /// Members in it that were not deleted
    async fn member_count(&self) -> i32 {
        int(self.0.load.members)
    }

    /// Operations in it that have not ended
    async fn open_operation_count(&self) -> i32 {
        int(self.0.load.open_operations)
    }

    /// When the oldest of them was asked for
    async fn oldest_open_operation_at(&self) -> Option<DateTime> {
        self.0.load.oldest_open_at.map(DateTime)
    }

    /// As at the last report; null if its agent does not say
    async fn host(&self) -> Option<CellHost> {
        self.0.condition.as_ref()?.host.as_ref().map(CellHost::from)
    }

    /// Set while a clone is suspected; the same as the first of alarms then
    async fn alarm(&self) -> Option<&str> {
        self.0.row.alarm.as_deref()
    }

    /// All that is the matter, the worst first
    async fn alarms(&self) -> Vec<CellAlarm> {
        self.0.alarms.iter().map(CellAlarm::from).collect()
    }
}
