//! Hears what is logged while a story is told, errors above all. A story runs on one thread, so what
//! is heard there is its own.

use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Event, Level, Metadata, Subscriber};

/// What was logged as an error, and all lines that a plane shows unless it is told otherwise.
#[derive(Clone, Default)]
pub struct Alarms {
    errors: Arc<Mutex<Vec<String>>>,
    lines: Arc<Mutex<Vec<String>>>,
}

fn taken(lines: &Mutex<Vec<String>>) -> Vec<String> {
    std::mem::take(&mut *lines.lock().unwrap_or_else(PoisonError::into_inner))
}

fn add(lines: &Mutex<Vec<String>>, line: String) {
    lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
}

impl Alarms {
    /// Hears what this thread logs until the guard is dropped.
    pub fn listen() -> (Self, DefaultGuard) {
        let alarms = Self::default();
        let guard = tracing::subscriber::set_default(alarms.clone());
        (alarms, guard)
    }

    /// Errors that were heard and not taken yet.
    pub fn take(&self) -> Vec<String> {
        taken(&self.errors)
    }

    /// The whole log since it was last taken.
    pub fn take_log(&self) -> Vec<String> {
        taken(&self.lines)
    }
}

impl Subscriber for Alarms {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && *metadata.level() <= Level::INFO
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(format!("{}:", event.metadata().target()));
        event.record(&mut line);
        if *event.metadata().level() == Level::ERROR {
            add(&self.errors, line.0.clone());
        }
        add(&self.lines, line.0);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a text cannot fail.
        let _ = write!(self.0, " {}={value:?}", field.name());
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        let mut cause = Some(value);
        while let Some(error) = cause {
            let _ = write!(self.0, " {}={error}", field.name());
            cause = error.source();
        }
    }
}
