//! What operators see: cells.

use serde::{Deserialize, Serialize};

use super::{Named, Slice};
use crate::page::Page;

documents! {
    /// All cells.
    ListCells = "cells", "cells" (Slice) -> Page<Cell>;
    /// One cell.
    AskCell = "cell", "cell" (Named) -> Cell;
}

/// A cloud or site with its agent.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cell {
    pub id: String,
    pub name: String,
    pub title: String,
    pub state: String,
    pub capabilities: Vec<String>,
    pub agent_version: Option<String>,
    pub protocol_version: Option<i64>,
    pub last_report_at: Option<String>,
    pub unknown_since: Option<String>,
    pub clock_difference_ms: Option<i64>,
    pub spooled: Option<i64>,
    pub oldest_usage_at: Option<String>,
    pub watermark: Option<String>,
    pub acknowledged_sequence: String,
    pub ledger_bytes: Option<String>,
    pub revision: i64,
    pub taken_revision: i64,
    pub made_revision: i64,
    pub certificate_expires_at: Option<String>,
    pub session_opened_at: Option<String>,
    pub session_count: i64,
    pub instance_count: i64,
    pub member_count: i64,
    pub open_operation_count: i64,
    pub oldest_open_operation_at: Option<String>,
    pub host: Option<CellHost>,
    pub alarm: Option<String>,
    pub alarms: Vec<CellAlarm>,
}

/// What the members of a cell run on.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CellHost {
    pub kernel: String,
    pub processors: i64,
    pub memory_total_bytes: String,
    pub memory_available_bytes: String,
    pub disk_total_bytes: String,
    pub disk_free_bytes: String,
}

/// Why an operator has to look at a cell.
#[derive(Debug, Serialize, Deserialize)]
pub struct CellAlarm {
    pub code: String,
    pub message: String,
}
