//! Cells, as operators see them.

use async_graphql::{ID, Object};
use control_plane_core::cell::Cell as Row;

use crate::scalar::DateTime;

/// A cloud or site with an agent of its own.
pub struct Cell(pub Row);

#[Object]
impl Cell {
    /// Its global id
    pub async fn id(&self) -> ID {
        self.0.id.into()
    }

    async fn name(&self) -> &str {
        &self.0.name
    }

    async fn title(&self) -> &str {
        &self.0.title
    }

    async fn state(&self) -> &'static str {
        self.0.state.as_str()
    }

    async fn agent_version(&self) -> Option<&str> {
        self.0.agent_version.as_deref()
    }

    async fn last_report_at(&self) -> Option<DateTime> {
        self.0.last_report_at.map(DateTime)
    }

    /// Agent's clock less plane's clock, milliseconds
    async fn clock_difference_ms(&self) -> Option<i32> {
        self.0.clock_difference_us.and_then(|micros| i32::try_from(micros / 1000).ok())
    }

    async fn spooled(&self) -> i32 {
        i32::try_from(self.0.spooled).unwrap_or(i32::MAX)
    }

    /// Usage is complete up to here
    async fn watermark(&self) -> Option<DateTime> {
        self.0.watermark.map(DateTime)
    }

    async fn revision(&self) -> i32 {
        i32::try_from(self.0.revision.0).unwrap_or(i32::MAX)
    }

    /// What its agent has taken in
    async fn taken_revision(&self) -> i32 {
        i32::try_from(self.0.taken_revision.0).unwrap_or(i32::MAX)
    }

    /// Set while an alarm holds, e.g. clone_suspected
    async fn alarm(&self) -> Option<&str> {
        self.0.alarm.as_deref()
    }
}
