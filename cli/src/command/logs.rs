//! `logs`: what an operation wrote, so far or until it ends.

use graphql_client::query::operation::{LogLine, Operation};
use serde_json::json;

use crate::arguments::LogsArguments;
use crate::error::Result;
use crate::follow::{self, Watch};
use crate::program::Program;
use crate::steps;
use crate::terminal::Output;
use crate::text;

/// Shows the log of an operation.
pub async fn logs(program: &Program, arguments: LogsArguments) -> Result<()> {
    let client = program.client()?;
    let terminal = &program.terminal;
    if !arguments.follow {
        let operation = follow::whole(&client, arguments.operation).await?;
        terminal.show(&operation, |_| {
            operation.log.iter().map(|line| told(&operation, line)).collect()
        })?;
        terminal_state(program, &operation);
        return Ok(());
    }
    let id = arguments.operation;
    let mut watch = Watch::new(&client, id.clone());
    let mut last = None;
    while let Some(progress) = steps::next(&mut watch, &id).await? {
        for line in &progress.lines {
            match terminal.output {
                Output::Table | Output::Csv => terminal.write(&told(&progress.operation, line))?,
                Output::Json => terminal.write_json_line(&json!({ "line": line }))?,
            }
        }
        if terminal.output == Output::Json {
            terminal.write_json_line(&json!({ "operation": progress.operation }))?;
        }
        last = Some(progress.operation);
    }
    match last {
        Some(operation) => {
            terminal_state(program, &operation);
            steps::succeeded(&operation)
        }
        None => Ok(()),
    }
}

fn terminal_state(program: &Program, operation: &Operation) {
    if program.terminal.output == Output::Json {
        return;
    }
    let kind = text::word(&operation.kind);
    let state = text::word(&operation.state);
    program.terminal.note(&format!("{kind} of {}: {state}", operation.instance.name));
    if let Some(waits) = &operation.waiting_for {
        let told = text::harmless(&waits.message);
        let deadline = text::instant(&waits.deadline);
        program.terminal.note(&format!("waits for {told} (fails at {deadline})"));
    }
}

fn told(operation: &Operation, line: &LogLine) -> String {
    let step = operation.step(line.step);
    let step = step.map(|step| format!("{}: ", steps::name(step))).unwrap_or_default();
    format!("{}  {step}{}\n", text::instant(&line.at), text::harmless(&line.text))
}
