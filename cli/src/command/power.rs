//! `stop` and `start`, of one or of several.

use graphql_client::query::batch::Batch;
use graphql_client::query::order::{OnInstance, With};
use graphql_client::query::{AskInstanceSummary, DoStart, DoStop};

use crate::arguments::{SelectionArguments, StartArguments, StopArguments, WaitArguments};
use crate::command::change::only;
use crate::command::{batch, wait};
use crate::error::Result;
use crate::program::Program;
use crate::prompt;

/// Stops instances; asks first.
pub async fn stop(program: &Program, arguments: StopArguments) -> Result<()> {
    let StopArguments { instances, selection, preview, yes, wait } = arguments;
    let named = only(program, &instances, &selection)?;
    let Some(named) = named.filter(|_| !preview) else {
        let way = way("Stop", preview, yes, wait);
        return several(program, "STOP", instances, selection, way).await;
    };
    let client = program.client()?;
    let instance = client.ask::<AskInstanceSummary>(&named).await?;
    let (name, project) = (&instance.name, &instance.project.name);
    if !yes {
        let members = instance.members.iter().map(|member| member.name.as_str());
        let members = members.collect::<Vec<_>>().join(", ");
        let question = format!("Stop {name} of {project} (members: {members})?");
        prompt::confirm(&program.terminal, &question, "--yes")?;
    }
    let input = OnInstance { instance: instance.id.clone(), idempotency_key: client.new_key() };
    let accepted = client.ask::<DoStop>(&With { input }).await?;
    wait::finish(program, &client, accepted, wait, &format!("{name} is stopped.")).await
}

/// Starts stopped instances; asks first if there are several.
pub async fn start(program: &Program, arguments: StartArguments) -> Result<()> {
    let StartArguments { instances, selection, preview, yes, wait } = arguments;
    let named = only(program, &instances, &selection)?;
    let Some(named) = named.filter(|_| !preview) else {
        let way = way("Start", preview, yes, wait);
        return several(program, "START", instances, selection, way).await;
    };
    let client = program.client()?;
    let instance = client.ask::<AskInstanceSummary>(&named).await?;
    let input = OnInstance { instance: instance.id.clone(), idempotency_key: client.new_key() };
    let accepted = client.ask::<DoStart>(&With { input }).await?;
    let done = format!("{} is running.", instance.name);
    wait::finish(program, &client, accepted, wait, &done).await
}

fn way(verb: &'static str, preview: bool, yes: bool, wait: WaitArguments) -> batch::Way {
    batch::Way { verb, flag: "--yes", preview, yes, reason: None, wait }
}

async fn several(
    program: &Program,
    work: &str,
    instances: Vec<String>,
    selection: SelectionArguments,
    way: batch::Way,
) -> Result<()> {
    if !way.yes && !way.preview {
        prompt::need_person(&program.terminal, "--yes, after a look at --preview")?;
    }
    let selection = batch::selection(program, instances, selection)?;
    let work = work.to_owned();
    let batch = Batch { selection, work, ..Batch::default() };
    batch::run(program, &program.client()?, batch, way).await
}
