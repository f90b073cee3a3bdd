//! Usage records on their way to the bill.

use serde::{Deserialize, Serialize};
use types::id::{AgentSessionId, CellId};
use types::instant::Instant;

/// One usage record. Meter and resource are texts here: a record that cannot be understood is
/// flagged by the plane and not lost with its batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageRecord {
    /// The cell's own counter, from 1, without gaps.
    pub sequence: i64,
    /// What used it.
    pub resource: String,
    /// What was measured.
    pub meter: String,
    /// First instant, in the plane's time.
    pub start: Instant,
    /// First instant behind, within the same clock hour (UTC).
    pub end: Instant,
    /// In the meter's unit.
    pub quantity: i64,
    /// Ed25519 signature of [`UsageRecord::signed_text`] with the cell's enrolled key, lower-case
    /// hex.
    pub signature: String,
}

impl UsageRecord {
    /// What is signed: every field that a bill depends on.
    pub fn signed_text(&self, cell: CellId) -> String {
        let Self { sequence, resource, meter, start, end, quantity, .. } = self;
        format!("{cell}\t{sequence}\t{resource}\t{meter}\t{start}\t{end}\t{quantity}")
    }
}

/// `POST /agent/v1/usage`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageRequest {
    /// The open session.
    pub session: AgentSessionId,
    /// At most 5,000 records.
    pub records: Vec<UsageRecord>,
    /// Everything before this instant is in records up to the highest sequence sent so far.
    pub watermark: Instant,
}

/// The answer, sent only after the commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageAnswer {
    /// Highest contiguous sequence that is committed: the agent may forget up to here.
    pub acknowledged: i64,
}
