//! Questions to the person at the terminal. Where nobody sits, the flag that answers is named.

use dialoguer::{Confirm, Input, Password, Select};

use crate::error::{Error, Result};
use crate::terminal::Terminal;

/// Asks whether to go on; `flag` is what answers yes in a script.
pub fn confirm(terminal: &Terminal, question: &str, flag: &str) -> Result<()> {
    need_person(terminal, flag)?;
    let answer = Confirm::new().with_prompt(question).default(false).interact_opt();
    if answer.map_err(broken)?.unwrap_or(false) { Ok(()) } else { Err(Error::Declined) }
}

/// Asks for a line of text.
pub fn line(
    terminal: &Terminal,
    question: &str,
    default: Option<String>,
    flag: &str,
) -> Result<String> {
    need_person(terminal, flag)?;
    let mut input = Input::<String>::new().with_prompt(question);
    if let Some(default) = default {
        input = input.default(default);
    }
    input.interact_text().map_err(broken)
}

/// Asks for a text that is not shown while it is typed.
pub fn hidden(terminal: &Terminal, question: &str, flag: &str) -> Result<String> {
    need_person(terminal, flag)?;
    Password::new().with_prompt(question).interact().map_err(broken)
}

/// Asks for one of several; gives its place.
pub fn choice(terminal: &Terminal, question: &str, items: &[String], flag: &str) -> Result<usize> {
    if !terminal.interactive {
        return Err(Error::Usage(format!("give {flag}: one of {}", items.join(", "))));
    }
    let answer = Select::new().with_prompt(question).items(items).default(0).interact_opt();
    answer.map_err(broken)?.ok_or(Error::Declined)
}

/// Refuses early where a question would come later and nobody could answer it.
pub fn need_person(terminal: &Terminal, flag: &str) -> Result<()> {
    if terminal.interactive {
        return Ok(());
    }
    Err(Error::Usage(format!("nobody can be asked here: give {flag}")))
}

fn broken(error: dialoguer::Error) -> Error {
    let dialoguer::Error::IO(error) = error;
    if error.kind() == std::io::ErrorKind::Interrupted { Error::Declined } else { error.into() }
}
