//! The progress of an operation, told step by step on the error output, and how it ended.

use std::time::Duration;

use graphql_client::query::operation::{Operation, OperationProgress, Step};
use indicatif::{ProgressBar, ProgressDrawTarget};

use crate::client::Client;
use crate::error::{Error, Result};
use crate::follow::Watch;
use crate::terminal::{Output, Terminal};
use crate::text;

/// Follows an operation until it ends. One that did not succeed is an error.
pub async fn follow(client: &Client, terminal: &Terminal, id: &str) -> Result<Operation> {
    let mut told = Told::new(terminal);
    let mut watch = Watch::new(client, id.to_owned());
    let mut last = None;
    while let Some(progress) = next(&mut watch, id).await? {
        told.tell(&progress.operation);
        last = Some(progress.operation);
    }
    told.line.finish_and_clear();
    // The first answer of a watch is never "nothing".
    let operation = last.ok_or_else(|| Error::Interrupted(id.to_owned()))?;
    succeeded(&operation)?;
    Ok(operation)
}

/// The next progress, or the end by Ctrl-C.
pub async fn next(watch: &mut Watch<'_>, id: &str) -> Result<Option<OperationProgress>> {
    tokio::select! {
        progress = watch.next() => progress,
        Ok(()) = tokio::signal::ctrl_c() => Err(Error::Interrupted(id.to_owned())),
    }
}

/// An error if the operation ended without success.
pub fn succeeded(operation: &Operation) -> Result<()> {
    let verb = match operation.state.as_str() {
        "FAILED" => "failed",
        "SUPERSEDED" => "was replaced by a newer one",
        _ => return Ok(()),
    };
    let (code, message) = match &operation.problem {
        Some(problem) => (problem.code.clone(), text::harmless(&problem.message)),
        None => (operation.state.clone(), "the plane gives no reason".to_owned()),
    };
    Err(Error::OperationFailed { operation: operation.id.clone(), verb, code, message })
}

/// How a step is named to people: `write configuration (shop-cache-0)`.
pub fn name(step: &Step) -> String {
    let name = step.name.replace('-', " ");
    match &step.member_name {
        Some(member) => format!("{name} ({member})"),
        None => name,
    }
}

/// What was told already, so that each step is told once when it ends.
struct Told<'a> {
    terminal: &'a Terminal,
    line: ProgressBar,
    steps: Vec<(i64, String)>,
}

impl<'a> Told<'a> {
    fn new(terminal: &'a Terminal) -> Self {
        let line = if terminal.lively && terminal.output == Output::Table {
            let line = ProgressBar::new_spinner();
            line.enable_steady_tick(Duration::from_millis(120));
            line
        } else {
            ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden())
        };
        Self { terminal, line, steps: Vec::new() }
    }

    fn tell(&mut self, operation: &Operation) {
        if self.terminal.output == Output::Json {
            return;
        }
        for step in &operation.steps {
            let mark = match step.state.as_str() {
                "SUCCEEDED" => "done   ",
                "FAILED" => "failed ",
                "SKIPPED" => "skipped",
                _ => continue,
            };
            let now = (step.ordinal, step.state.clone());
            if !self.steps.contains(&now) {
                let line = format!("  {mark}  {}", name(step));
                self.line.suspend(|| self.terminal.note(&line));
                self.steps.push(now);
            }
        }
        let ended = operation.steps.iter().filter(|step| step.ended_at.is_some()).count();
        let running = operation.steps.iter().find(|step| step.state == "RUNNING");
        let doing = running.map_or_else(|| text::word(&operation.state), name);
        let all = operation.steps.len();
        self.line.set_message(format!("step {} of {all}: {doing}", (ended + 1).min(all)));
    }
}

impl Drop for Told<'_> {
    fn drop(&mut self) {
        // Also when watching ends early, the line must not stay.
        self.line.finish_and_clear();
    }
}
