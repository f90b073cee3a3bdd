//! `project`: the containers of instances.

use graphql_client::page;
use graphql_client::query::order::With;
use graphql_client::query::organization::Project;
use graphql_client::query::tree::{CreateProject, DeleteProject, MoveProject, RenameProject};
use graphql_client::query::{
    AskProject, DoCreateProject, DoDeleteProject, DoMoveProject, DoRenameProject, ListProjects,
    Named, Slice,
};

use crate::arguments::{
    MoveArguments, ProjectArguments, ProjectCommand, RemoveArguments, RenameArguments,
};
use crate::client::Client;
use crate::command::get::show;
use crate::command::organization;
use crate::command::planned_move;
use crate::error::Result;
use crate::program::Program;
use crate::prompt;
use crate::table::{self, Column::Left};
use crate::text;

/// Does what is asked for.
pub async fn project(program: &Program, arguments: ProjectArguments) -> Result<()> {
    let client = program.client()?;
    match arguments.command {
        ProjectCommand::List { limit } => list(program, &client, limit).await,
        ProjectCommand::Show { project } => {
            let found = find(&client, project).await?;
            program.terminal.show(&found, |style| {
                let facts = [
                    ("Name", Some(found.name.clone())),
                    ("Title", Some(found.title.clone())),
                    ("Organization", found.owner().cloned()),
                    ("Id", Some(found.id.clone())),
                ];
                table::facts(style, &facts)
            })
        }
        ProjectCommand::Create { name, organization, title } => {
            let organization = organization::find(&client, organization).await?.id;
            let title = title.unwrap_or_else(|| name.clone());
            let key = client.new_key();
            let input = CreateProject { organization, name, title, idempotency_key: key };
            let made = client.ask::<DoCreateProject>(&With { input }).await?.project;
            told(program, &made, "is made")
        }
        ProjectCommand::Rename(given) => rename(program, &client, given).await,
        ProjectCommand::Move(given) => relocate(program, &client, given).await,
        ProjectCommand::Moves(given) => {
            let at = match given.id_or_name {
                Some(named) => Some(find(&client, named).await?.id),
                None => None,
            };
            planned_move::list(program, &client, at, (given.state, given.limit)).await
        }
        ProjectCommand::CancelMove(given) => planned_move::cancel(program, &client, given).await,
        ProjectCommand::Delete(given) => delete(program, &client, given).await,
    }
}

async fn find(client: &Client, id_or_name: String) -> Result<Project> {
    client.ask::<AskProject>(&Named { id_or_name }).await
}

/// Lists projects.
pub async fn list(program: &Program, client: &Client, limit: u32) -> Result<()> {
    let slice = |first, after| Slice { first, after };
    let list = page::collect::<ListProjects, _, _>(client, limit, slice, |page| page).await?;
    show(program, &list, |style, projects| {
        let columns = [Left("NAME"), Left("TITLE"), Left("ORGANIZATION"), Left("ID")];
        let row = |project: &Project| {
            let organization = text::maybe(project.owner());
            vec![project.name.clone(), project.title.clone(), organization, project.id.clone()]
        };
        table::list(style, &columns, projects.iter().map(row).collect())
    })
}

async fn rename(program: &Program, client: &Client, given: RenameArguments) -> Result<()> {
    let RenameArguments { id_or_name, name, title } = given;
    let project = find(client, id_or_name).await?.id;
    let input = RenameProject { project, name, title, idempotency_key: client.new_key() };
    let changed = client.ask::<DoRenameProject>(&With { input }).await?.project;
    told(program, &changed, "is renamed")
}

async fn relocate(program: &Program, client: &Client, given: MoveArguments) -> Result<()> {
    let moved = find(client, given.id_or_name).await?;
    let owner = organization::find(client, given.to).await?;
    if !given.yes {
        let when = planned_move::when(given.at.as_ref());
        let question = format!(
            "Move {} with all its instances to {}? Rights and bills follow {when}.",
            moved.name, owner.name
        );
        prompt::confirm(&program.terminal, &question, "--yes")?;
    }
    let (project, organization, key) = (moved.id, owner.id, client.new_key());
    let input = MoveProject { project, organization, at: given.at, idempotency_key: key };
    let moved = client.ask::<DoMoveProject>(&With { input }).await?;
    match &moved.planned_move {
        None => told(program, &moved.project, "is now"),
        Some(planned) => planned_move::entered(program, &moved, &moved.project.name, planned),
    }
}

async fn delete(program: &Program, client: &Client, given: RemoveArguments) -> Result<()> {
    let found = find(client, given.id_or_name).await?;
    if !given.yes {
        let question = format!("Delete the project {}? Its bills stay.", found.name);
        prompt::confirm(&program.terminal, &question, "--yes")?;
    }
    let input = DeleteProject { project: found.id, idempotency_key: client.new_key() };
    let gone = client.ask::<DoDeleteProject>(&With { input }).await?;
    program.terminal.show(&gone, |_| format!("{} is deleted.\n", found.name))
}

fn told(program: &Program, changed: &Project, verb: &str) -> Result<()> {
    let line = match changed.owner() {
        Some(owner) => format!("{} {verb} in {owner}: {}\n", changed.name, changed.id),
        None => format!("{} {verb}: {}\n", changed.name, changed.id),
    };
    program.terminal.show(changed, |_| line)
}
