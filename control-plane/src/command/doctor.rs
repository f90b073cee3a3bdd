//! `doctor`: what is wrong with this installation, as a table or as JSON.

use std::path::Path;

use crate::command::{CommandError, Result, print};
use crate::doctor::{self, Finding, Verdict};
use crate::wiring::Parts;

/// How the findings are shown.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// table, or json for programs
    #[arg(long, short, value_enum, default_value_t = Form::Table)]
    output: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    Table,
    Json,
}

/// Looks and tells. Answers whether nothing is wrong; warnings are not.
pub async fn run(home: &Path, file: Option<&Path>, arguments: &Arguments) -> Result<bool> {
    let findings = doctor::examine(home, file, Parts::of_machine()).await;
    match arguments.output {
        Form::Table => print(table(&findings))?,
        Form::Json => {
            let text = serde_json::to_string_pretty(&findings)
                .map_err(|error| CommandError::Input(error.to_string()))?;
            print(text)?;
        }
    }
    Ok(findings.iter().all(|finding| finding.verdict != Verdict::Error))
}

/// One line per finding, and one for what to do about it.
fn table(findings: &[Finding]) -> String {
    let width = findings.iter().map(|finding| finding.name.len()).max().unwrap_or_default();
    let mut text = String::new();
    for Finding { name, verdict, found, advice } in findings {
        let word = match verdict {
            Verdict::Ok => "ok     ",
            Verdict::Warning => "WARNING",
            Verdict::Error => "ERROR  ",
        };
        text.push_str(&format!("{word}  {name:width$}  {found}\n"));
        if !advice.is_empty() {
            text.push_str(&format!("         {:width$}  → {advice}\n", ""));
        }
    }
    let count = |wanted| findings.iter().filter(|finding| finding.verdict == wanted).count();
    let (errors, warnings) = (count(Verdict::Error), count(Verdict::Warning));
    text.push_str(&format!("{errors} errors, {warnings} warnings"));
    text
}
