//! Only in programs for `make fire`: puts readings that somebody made up into the spool, through the
//! door that the meter uses. So usage of known content goes the agent's own way to the plane.

use std::path::Path;

use serde::Deserialize;
use types::id::{Ids, ResourceId};
use types::instant::Instant;
use types::interval::Interval;
use types::meter::Meter;

use crate::key::{CellKey, KeyError};
use crate::ledger::{Entry, Ledger, LedgerError};
use crate::meter::Reading;
use crate::state_dir::{StateDir, StateError};

/// A reading as a line of JSON.
#[derive(Deserialize)]
struct Line {
    resource: String,
    meter: String,
    start: Instant,
    end: Instant,
    quantity: i64,
}

/// Why nothing was entered.
#[derive(Debug, thiserror::Error)]
pub enum EnterError {
    /// The state directory cannot be used.
    #[error("use the state directory")]
    State(#[from] StateError),
    /// The key cannot be used.
    #[error("use the cell's key")]
    Key(#[from] KeyError),
    /// The ledger cannot be used.
    #[error("use the ledger")]
    Ledger(#[from] LedgerError),
    /// A line is no reading.
    #[error("line {0} is no reading")]
    Line(usize),
}

/// Enters a reading per line, all or none. Answers the last sequence.
pub fn readings(state_dir: &Path, ids: &dyn Ids, text: &str) -> Result<i64, EnterError> {
    let read = |(index, line)| reading(line).ok_or(EnterError::Line(index + 1));
    let readings = text.lines().enumerate().map(read).collect::<Result<Vec<_>, _>>()?;
    let watermark = readings.iter().map(|reading| reading.interval.end()).max().unwrap_or_default();
    let state = StateDir::open(state_dir)?;
    let ledger = Ledger::open(&state, ids)?;
    let key = CellKey::open(&state, &rustls::crypto::ring::default_provider())?;
    ledger.enter_history(&Entry { readings, watermark, ..Entry::default() }, &key)?;
    Ok(ledger.last_sequence())
}

fn reading(line: &str) -> Option<Reading> {
    let Line { resource, meter, start, end, quantity } = serde_json::from_str(line).ok()?;
    Some(Reading {
        resource: resource.parse::<ResourceId>().ok()?,
        meter: meter.parse::<Meter>().ok()?,
        interval: Interval::new(start, end).ok()?,
        quantity,
    })
}
