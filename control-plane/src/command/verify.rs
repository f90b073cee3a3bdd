//! `verify`: proves that the database is consistent, or tells which rows are in the wrong.

use std::io::{self, Write as _};

use ::billing::verify::{self, Finding};

use crate::command::{CommandError, Console, Result};

/// How to tell what was found.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// A table for people, or JSON with every invariant
    #[arg(long, value_enum, default_value_t = Output::Table)]
    output: Output,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Output {
    Table,
    Json,
}

/// Looks at every invariant. Changes nothing, and may run beside the plane.
///
/// # Errors
/// [`CommandError::Input`] if anything is in the wrong, after it was printed.
pub async fn run(console: &Console, arguments: &Arguments) -> Result {
    let findings = verify::findings(&console.plane).await?;
    let text = match arguments.output {
        Output::Table => table(&findings),
        Output::Json => json(&findings)?,
    };
    io::stdout().write_all(text.as_bytes())?;
    let broken = findings.iter().filter(|finding| !finding.rows.is_empty()).count();
    if broken == 0 {
        return Ok(());
    }
    let all = findings.len();
    Err(CommandError::Input(format!(
        "{broken} of {all} invariants do not hold; see the rows above"
    )))
}

fn table(findings: &[Finding]) -> String {
    let width = findings.iter().map(|finding| finding.invariant.len()).max().unwrap_or_default();
    let mut text = String::new();
    for finding in findings {
        let found = match (finding.rows.len(), finding.has_more) {
            (0, _) => "holds".to_owned(),
            (count, false) => format!("{count} in the wrong"),
            (count, true) => format!("more than {count} in the wrong"),
        };
        text.push_str(&format!("{:width$}  {found}\n", finding.invariant));
        if !finding.rows.is_empty() {
            text.push_str(&format!("  must be: {}\n", finding.meaning));
        }
        for row in &finding.rows {
            text.push_str(&format!("  {row}\n"));
        }
    }
    text
}

fn json(findings: &[Finding]) -> Result<String> {
    let text = serde_json::to_string_pretty(findings).map_err(io::Error::from)?;
    Ok(text + "\n")
}
