//! Where answers, notes and errors are written.
//!
//! Everything goes through writers, so that a closed pipe is an ordinary end and a story can read
//! what a person would.

use std::io::{IsTerminal as _, Write};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;

use crate::error::{Error, Result};
use crate::exit::Exit;

/// How answers are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Output {
    /// For people.
    #[default]
    Table,
    /// For programs; stable.
    Json,
    /// For spreadsheets; stable.
    Csv,
}

/// How tables look.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    /// States may be coloured.
    pub colour: bool,
    /// Columns to fit into; none: as wide as the content.
    pub width: Option<u16>,
}

/// Said by what has no form for spreadsheets.
pub(crate) const NO_CSV: &str = "only `get assets`, `get audit`, `audit list`, `audit follow` and `audit export` can be written as CSV";

type Writer = Arc<Mutex<dyn Write + Send>>;

/// The two outputs and what is known about them. Clones write to the same places.
#[derive(Clone)]
pub struct Terminal {
    out: Writer,
    err: Writer,
    /// How answers are written.
    pub(crate) output: Output,
    /// How tables look.
    pub(crate) style: Style,
    /// A person can be asked.
    pub(crate) interactive: bool,
    /// Progress may redraw its line.
    pub(crate) lively: bool,
}

impl Terminal {
    /// The process's own.
    pub fn real(no_colour: bool) -> Self {
        let (out, err) = (std::io::stdout(), std::io::stderr());
        let seen = out.is_terminal();
        let lively = err.is_terminal();
        let width = comfy_table::Table::new().width().filter(|width| seen && *width > 0);
        Self {
            style: Style { colour: seen && !no_colour, width },
            interactive: std::io::stdin().is_terminal() && lively,
            lively,
            output: Output::Table,
            out: Arc::new(Mutex::new(out)),
            err: Arc::new(Mutex::new(err)),
        }
    }

    /// One that nobody sits at: output and errors go to the given writers.
    pub fn captured(out: Arc<Mutex<dyn Write + Send>>, err: Arc<Mutex<dyn Write + Send>>) -> Self {
        Self {
            out,
            err,
            output: Output::Table,
            style: Style::default(),
            interactive: false,
            lively: false,
        }
    }

    /// Writes an answer: the value for programs, the text for people.
    pub fn show(&self, value: &impl Serialize, text: impl FnOnce(Style) -> String) -> Result<()> {
        match self.output {
            Output::Table => self.write(&text(self.style)),
            Output::Json => {
                let mut json = serde_json::to_string_pretty(value).map_err(std::io::Error::from)?;
                json.push('\n');
                self.write(&json)
            }
            Output::Csv => Err(Error::Usage(NO_CSV.to_owned())),
        }
    }

    /// Writes text for people to the output; nothing where programs read.
    pub fn tell(&self, text: &str) -> Result<()> {
        match self.output {
            Output::Table => self.write(text),
            Output::Json | Output::Csv => Ok(()),
        }
    }

    /// Writes one object on one line.
    pub fn write_json_line(&self, value: &impl Serialize) -> Result<()> {
        let mut json = serde_json::to_string(value).map_err(std::io::Error::from)?;
        json.push('\n');
        self.write(&json)
    }

    /// Writes to the output as it is.
    pub fn write(&self, text: &str) -> Result<()> {
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        out.write_all(text.as_bytes())?;
        Ok(out.flush()?)
    }

    /// Writes a note for people beside the answer: progress, a warning, what is asked about. Where
    /// programs read and nobody sits, the error output is kept for errors.
    pub fn note(&self, line: &str) {
        if self.output == Output::Table || self.interactive {
            self.write_error(&format!("{line}\n"));
        }
    }

    /// Writes to the error output as it is.
    pub fn write_error(&self, text: &str) {
        let mut err = self.err.lock().unwrap_or_else(PoisonError::into_inner);
        // Nobody is left to be told that the error output is closed.
        let _ = err.write_all(text.as_bytes());
        let _ = err.flush();
    }

    /// Tells the error and gives its exit code.
    pub fn fail(&self, error: &Error) -> Exit {
        if let Error::Terminal(cause) = error
            && cause.kind() == std::io::ErrorKind::BrokenPipe
        {
            // The reader, `head` for example, has had enough.
            return Exit::Ok;
        }
        match self.output {
            Output::Table | Output::Csv => self.write_error(&error.for_people()),
            Output::Json => self.write_error(&format!("{}\n", error.for_programs())),
        }
        error.exit()
    }
}
