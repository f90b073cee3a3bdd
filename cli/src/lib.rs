//! The user's command line `cellplane`: orders, shows and changes instances through GraphQL alone.
//!
//! It decides nothing that the plane decides: prices, rights and rules come from there. Here are
//! arguments, tables, questions and exit codes.

mod address;
mod arguments;
mod chain;
mod client;
mod command;
mod config;
mod csv;
mod error;
mod exit;
mod follow;
mod program;
mod prompt;
mod steps;
mod subscription;
mod table;
mod terminal;
mod text;
mod value;

use std::ffi::OsString;

use clap::Parser;

use arguments::Arguments;
use error::Error;
use program::Program;

pub use config::Environment;
pub use exit::Exit;
pub use program::Machine;
pub use terminal::{Style, Terminal};

/// Runs one command line, the program's name first, and says how it ended.
///
/// Answers go to the terminal's output, questions, progress and errors to its error output.
pub async fn run(
    arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>,
    machine: Machine,
) -> Exit {
    // A second call in the same process finds the provider installed, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let given: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
    let mut terminal = machine.terminal.clone();
    match Arguments::try_parse_from(&given) {
        Ok(arguments) => {
            terminal.output = arguments.global.output;
            let mut program = Program::new(machine, terminal.clone(), arguments.global);
            match command::run(&mut program, arguments.command).await {
                Ok(()) => Exit::Ok,
                Err(error) => terminal.fail(&error),
            }
        }
        Err(refusal) if refusal.use_stderr() => {
            if arguments::wants_json(&given) {
                terminal.output = terminal::Output::Json;
                return terminal.fail(&Error::Usage(refusal.render().to_string()));
            }
            terminal.write_error(&refusal.render().to_string());
            Exit::Usage
        }
        Err(help) => match terminal.write(&help.render().to_string()) {
            Ok(()) => Exit::Ok,
            Err(error) => terminal.fail(&error),
        },
    }
}
