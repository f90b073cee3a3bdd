//! The log of the process.

use std::io::{IsTerminal as _, stderr};

use tracing_subscriber::filter::{ParseError, Targets};
use tracing_subscriber::fmt::layer;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::config::{Log, LogFormat};

/// Begins to log on standard error. A second call changes nothing.
///
/// # Errors
/// If the filter's directives cannot be read.
pub fn begin(log: &Log) -> Result<(), ParseError> {
    let targets: Targets = log.filter.parse()?;
    let lines = layer().with_writer(stderr).with_ansi(stderr().is_terminal());
    let filtered = registry().with(targets);
    // Another subscriber is there already: a test's.
    let _ = match log.format {
        LogFormat::Text => filtered.with(lines).try_init(),
        LogFormat::Json => filtered.with(lines.json().flatten_event(true)).try_init(),
    };
    Ok(())
}
