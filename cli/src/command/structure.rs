//! `structure`: what a tenant is made of, as a document.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use serde_json::json;

use crate::arguments::{ImportArguments, StructureArguments, StructureCommand};
use crate::error::{Error, Result};
use crate::program::Program;
use crate::prompt;
use crate::structure::apply::apply;
use crate::structure::load::load;
use crate::structure::plan::{self, Step, plan};
use crate::structure::{Effect, Holder, Structure};

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
    let mut wanted = Structure::parse(&read(&given.file)?)?;
    if given.without_instances {
        wanted.instances.clear();
    }
    let client = program.client()?.patient();
    let mut there = load(&client).await?;
    there.meet(&client, &plan::subjects(&wanted)).await?;
    let wanted = match given.skip_missing_people {
        true => plan::without_strangers(wanted, &there.known),
        false => wanted,
    };
    let steps =
        plan(&there.structure, &wanted, &there.known).map_err(|problems| refused(&problems))?;
    let lines: Vec<_> = steps.iter().map(sentence).collect();
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
        let applied = apply(&client, &mut there.ids, step).await;
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

fn refused(problems: &[String]) -> Error {
    Error::Usage(format!(
        "the document cannot be taken, and nothing was changed:\n  {}",
        problems.join("\n  ")
    ))
}

fn sentence(step: &Step) -> String {
    match step {
        Step::CreateOrganization(one) => format!("make the organization {}", one.path),
        Step::TitleOrganization(one) => {
            format!("call the organization {} “{}”", one.path, one.title)
        }
        Step::CreateProject(one) => format!("make the project {}", one.path()),
        Step::TitleProject(one) => format!("call the project {} “{}”", one.path(), one.title),
        Step::CreateServiceAccount(one) => format!("make the service account {}", one.name),
        Step::SetQuota(one) => format!("limit {} at {} to {}", one.meter, one.at, one.limit),
        Step::SetBudget(one) => format!("set the budget of {} to {}", one.at, one.amount),
        Step::Order(one) => format!("order {}, a {} of plan {}", one.path(), one.package, one.plan),
        Step::CreateApplication(one) => format!("make the application {}", one.path()),
        Step::WordApplication(one) => {
            format!("call the application {} “{}”, with its description", one.path(), one.title)
        }
        Step::AddPart { application, part } => {
            format!("put {part} into the application {application}")
        }
        Step::Depend { application, part, needs } => {
            format!("say that {part} needs {needs} in the application {application}")
        }
        Step::CreateRole(one) => format!("make the role {}", one.name),
        Step::ChangeRole(one) => format!("change the role {}", one.name),
        Step::CreateGroup { name, .. } => format!("make the group {name}"),
        Step::TitleGroup { name, title } => format!("call the group {name} “{title}”"),
        Step::AddMember { group, subject } => format!("put {subject} into the group {group}"),
        Step::Bind(one) => {
            let whom = match &one.holder {
                Holder::Subject(name) => format!("subject/{name}"),
                Holder::Group(name) => format!("group/{name}"),
            };
            let verb = if one.effect == Effect::Deny { "deny" } else { "give" };
            format!("{verb} {} to {whom} at {}", one.role, one.at)
        }
        Step::CreateRule(one) => {
            let what: Vec<_> = one.mutations.iter().map(String::as_str).collect();
            format!("have {} approved at {}", what.join(", "), one.at)
        }
    }
}
