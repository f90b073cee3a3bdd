//! `delete`: only for who types the name.

use graphql_client::query::order::{DeleteInstance, With};
use graphql_client::query::{AskInstanceSummary, DoDelete};

use crate::arguments::DeleteArguments;
use crate::command::{named, wait};
use crate::error::{Error, Result};
use crate::program::Program;
use crate::prompt;

/// Deletes an instance with its data.
pub async fn delete(program: &Program, arguments: DeleteArguments) -> Result<()> {
    let client = program.client()?;
    let named = named(program, &arguments.instance)?;
    let instance = client.ask::<AskInstanceSummary>(&named).await?;
    let name = instance.name.clone();
    let typed = match arguments.confirm_name {
        Some(typed) => typed,
        None => {
            let flag = "--yes --confirm-name NAME";
            prompt::need_person(&program.terminal, flag)?;
            let members: Vec<&str> =
                instance.members.iter().map(|member| member.name.as_str()).collect();
            program.terminal.note(&format!(
                "{name} of {}: {} and all their data will be deleted. They cannot be brought back.",
                instance.project.name,
                members.join(", ")
            ));
            prompt::line(&program.terminal, "Type the name to delete it", None, flag)?
        }
    };
    if typed != name {
        return Err(Error::Usage(format!("the name is {name}, not {typed}: nothing was deleted")));
    }
    let (reason, idempotency_key) = (arguments.reason, client.new_key());
    let input = DeleteInstance { instance: instance.id, name: typed, reason, idempotency_key };
    let accepted = client.ask::<DoDelete>(&With { input }).await?;
    wait::finish(program, &client, accepted, arguments.wait, &format!("{name} is deleted.")).await
}
