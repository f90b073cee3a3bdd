//! What operators and auditors see: cells and the audit.

use serde::{Deserialize, Serialize};

/// A cloud or site with its agent.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cell {
    pub id: String,
    pub name: String,
    pub title: String,
    pub state: String,
    pub agent_version: Option<String>,
    pub last_report_at: Option<String>,
    pub clock_difference_ms: Option<i64>,
    pub spooled: Option<i64>,
    pub watermark: Option<String>,
    pub revision: i64,
    pub taken_revision: i64,
    pub alarm: Option<String>,
}

/// Who did what.
#[derive(Debug, Serialize, Deserialize)]
pub struct AuditEntry {
    pub number: i64,
    pub at: String,
    pub subject: String,
    pub action: String,
    pub outcome: String,
    pub code: Option<String>,
    pub target: Option<String>,
}
