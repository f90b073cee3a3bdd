//! Which cell an instance goes to: a pure choice.

use control_plane_store::cell::Cell;
use types::cell::CellState;
use types::instant::Instant;

use crate::error::{Error, Result};

/// Chooses among the cells: enrolled, able to run on hosts, heard of lately; of these the one with
/// the smallest id, so that the same question has the same answer.
pub fn choose(cells: &[Cell], now: Instant, report_interval: std::time::Duration) -> Result<&Cell> {
    let usable = |cell: &&Cell| {
        cell.state == CellState::Enrolled
            && can_run(cell)
            && silent_since(cell, now, report_interval).is_none()
    };
    cells.iter().filter(usable).min_by_key(|cell| cell.id).ok_or_else(|| Error::Unavailable {
        why: "no_cell",
        message:
            "no cell can take the instance now: none is enrolled, able to run it and reporting; \
                  ask the operator"
                .to_owned(),
    })
}

fn can_run(cell: &Cell) -> bool {
    let capabilities: Option<Vec<String>> =
        cell.capabilities.as_deref().and_then(|text| serde_json::from_str(text).ok());
    capabilities.is_some_and(|capabilities| capabilities.iter().any(|word| word == "host"))
}

/// Since when nothing was heard of the cell, once three reports are missing.
pub fn silent_since(
    cell: &Cell,
    now: Instant,
    report_interval: std::time::Duration,
) -> Option<Instant> {
    let last = cell.last_report_at?;
    (now.since(last) > report_interval * 3).then_some(last)
}
