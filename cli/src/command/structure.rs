//! `structure`: what a tenant is made of, as a document.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use graphql_client::structure::apply::apply;
use graphql_client::structure::import::{Leave, Planned, prepare};
use graphql_client::structure::load::load;
use serde_json::json;

use crate::arguments::{ImportArguments, StructureArguments, StructureCommand};
use crate::error::{Error, Result};
use crate::program::Program;
use crate::prompt;

/// Longer documents are refused before they are read.
const LONGEST: u64 = 64 * 1024 * 1024;

/// Writes or takes a document.
pub async fn structure(program: &Program, given: StructureArguments) -> Result<()> {
    match given.command {
        StructureCommand::Export => {
            let found = load(&program.client()?.patient()).await?;
            if !found.left_out.is_empty() {
                let secrets = found.left_out.join("\n  ");
                program.terminal.note(&format!("Secret, and left out:\n  {secrets}"));
            }
            program.terminal.write(&found.structure.text()?)
        }
        StructureCommand::Import(given) => import(program, given).await,
    }
}

async fn import(program: &Program, given: ImportArguments) -> Result<()> {
    let text = read(&given.file)?;
    let client = program.client()?.patient();
    let leave = Leave { instances: given.without_instances, strangers: given.skip_missing_people };
    let Planned { steps, mut ids } = prepare(&client, &text, leave).await?;
    let lines: Vec<_> = steps.iter().map(ToString::to_string).collect();
    if given.dry_run || steps.is_empty() {
        let told = json!({ "steps": lines, "done": false });
        return program.terminal.show(&told, |_| match lines.is_empty() {
            true => "Everything is there already; nothing to do.\n".to_owned(),
            false => format!("{}\n", lines.join("\n")),
        });
    }
    if !given.yes {
        program.terminal.note(&lines.join("\n"));
        let question = format!("Do these {} steps?", steps.len());
        prompt::confirm(&program.terminal, &question, "--yes")?;
    }
    for (done, (step, line)) in steps.iter().zip(&lines).enumerate() {
        let applied = apply(&client, &mut ids, step).await;
        if applied.is_err() {
            let left = steps.len() - done;
            program.terminal.note(&format!(
                "{done} steps are done, {left} are not; this one failed: {line}\n\
                 The same command goes on from here once the reason is gone."
            ));
        }
        applied?;
    }
    let told = json!({ "steps": lines, "done": true });
    program
        .terminal
        .show(&told, |_| format!("{}\n{} steps are done.\n", lines.join("\n"), lines.len()))
}

fn read(file: &Path) -> Result<String> {
    let broken = |error: std::io::Error| Error::Usage(format!("{}: {error}", file.display()));
    let mut text = String::new();
    if file == Path::new("-") {
        std::io::stdin().take(LONGEST).read_to_string(&mut text).map_err(broken)?;
    } else {
        let open = fs::File::open(file).map_err(broken)?;
        open.take(LONGEST).read_to_string(&mut text).map_err(broken)?;
    }
    match u64::try_from(text.len()) {
        Ok(length) if length < LONGEST => Ok(text),
        _ => Err(Error::Usage(format!("{}: longer than 64 MiB", file.display()))),
    }
}
