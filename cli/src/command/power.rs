//! `stop` and `start`.

use crate::arguments::{StartArguments, StopArguments};
use crate::command::{named, wait};
use crate::error::Result;
use crate::program::Program;
use crate::prompt;
use crate::query::order::{OnInstance, With};
use crate::query::{AskInstanceSummary, DoStart, DoStop};

/// Stops an instance; asks first.
pub async fn stop(program: &Program, arguments: StopArguments) -> Result<()> {
    let client = program.client()?;
    let named = named(program, &arguments.instance)?;
    let instance = client.ask::<AskInstanceSummary>(&named).await?;
    let (name, project) = (&instance.name, &instance.project.name);
    if !arguments.yes {
        let members = instance.members.iter().map(|member| member.name.as_str());
        let members = members.collect::<Vec<_>>().join(", ");
        let question = format!("Stop {name} of {project} (members: {members})?");
        prompt::confirm(&program.terminal, &question, "--yes")?;
    }
    let input = OnInstance { instance: instance.id.clone(), idempotency_key: client.new_key() };
    let accepted = client.ask::<DoStop>(&With { input }).await?;
    wait::finish(program, &client, accepted, arguments.wait, &format!("{name} is stopped.")).await
}

/// Starts a stopped instance.
pub async fn start(program: &Program, arguments: StartArguments) -> Result<()> {
    let client = program.client()?;
    let named = named(program, &arguments.instance)?;
    let instance = client.ask::<AskInstanceSummary>(&named).await?;
    let input = OnInstance { instance: instance.id.clone(), idempotency_key: client.new_key() };
    let accepted = client.ask::<DoStart>(&With { input }).await?;
    let done = format!("{} is running.", instance.name);
    wait::finish(program, &client, accepted, arguments.wait, &done).await
}
