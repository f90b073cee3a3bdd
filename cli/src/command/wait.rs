//! What follows an accepted mutation: watching its operation, or saying how to.

use graphql_client::query::operation::Operation;
use graphql_client::query::order::{Accepted, AcceptedInstance};
use serde::Serialize;

use crate::arguments::WaitArguments;
use crate::client::Client;
use crate::error::Result;
use crate::program::Program;
use crate::steps;

/// The answer of a command that began an operation.
#[derive(Serialize)]
pub struct Outcome {
    instance: AcceptedInstance,
    operation: Operation,
}

/// Follows the operation unless told not to, and answers how it stands.
pub async fn settle(
    program: &Program,
    client: &Client,
    accepted: Accepted,
    wait: WaitArguments,
    done: &str,
) -> Result<Outcome> {
    let Accepted { instance, operation } = accepted;
    let id = operation.id.clone();
    let terminal = &program.terminal;
    if !wait.follows() {
        terminal.tell(&format!("Accepted. Watch it: cellplane logs {id} --follow\n"))?;
        return Ok(Outcome { instance, operation });
    }
    terminal.tell(&format!("Operation {id}\n"))?;
    let operation = steps::follow(client, terminal, &id).await?;
    terminal.tell(&format!("{done}\n"))?;
    Ok(Outcome { instance, operation })
}

/// The same for commands that have nothing to add: the outcome is the answer.
pub async fn finish(
    program: &Program,
    client: &Client,
    accepted: Accepted,
    wait: WaitArguments,
    done: &str,
) -> Result<()> {
    let outcome = settle(program, client, accepted, wait, done).await?;
    program.terminal.show(&outcome, |_| String::new())
}
