//! `organization`: the nodes of the tenant's tree.

use graphql_client::page::{self, List};
use graphql_client::query::order::With;
use graphql_client::query::organization::Organization;
use graphql_client::query::tree::{
    CreateOrganization, DeleteOrganization, MoveOrganization, OrganizationDetail, OrganizationsOf,
    RenameOrganization, Titled,
};
use graphql_client::query::{
    AskOrganization, DoCreateOrganization, DoDeleteOrganization, DoMoveOrganization,
    DoRenameOrganization, ListOrganizations, Named,
};

use crate::arguments::{
    MoveArguments, OrganizationArguments, OrganizationCommand, RemoveArguments, RenameArguments,
};
use crate::client::Client;
use crate::command::get::show;
use crate::command::planned_move;
use crate::error::Result;
use crate::program::Program;
use crate::prompt;
use crate::table::{self, Column::Left};
use crate::terminal::Style;

/// Does what is asked for.
pub async fn organization(program: &Program, arguments: OrganizationArguments) -> Result<()> {
    let client = program.client()?;
    match arguments.command {
        OrganizationCommand::List { search, limit } => list(program, &client, limit, search).await,
        OrganizationCommand::Tree { organization, limit } => {
            tree(program, &client, limit, organization).await
        }
        OrganizationCommand::Show { organization } => {
            let found = find(&client, organization).await?;
            program.terminal.show(&found, |style| detail(style, &found))
        }
        OrganizationCommand::Create { name, parent, title } => {
            let parent = find(&client, parent).await?.id;
            let title = title.unwrap_or_else(|| name.clone());
            let key = client.new_key();
            let input = CreateOrganization { parent, name, title, idempotency_key: key };
            let made = client.ask::<DoCreateOrganization>(&With { input }).await?.organization;
            told(program, &made, "is made")
        }
        OrganizationCommand::Rename(given) => rename(program, &client, given).await,
        OrganizationCommand::Move(given) => relocate(program, &client, given).await,
        OrganizationCommand::Moves(given) => {
            let at = match given.id_or_name {
                Some(named) => Some(find(&client, named).await?.id),
                None => None,
            };
            planned_move::list(program, &client, at, (given.state, given.limit)).await
        }
        OrganizationCommand::CancelMove(given) => {
            planned_move::cancel(program, &client, given).await
        }
        OrganizationCommand::Delete(given) => delete(program, &client, given).await,
    }
}

/// One organization by name or id.
pub async fn find(client: &Client, id_or_name: String) -> Result<OrganizationDetail> {
    client.ask::<AskOrganization>(&Named { id_or_name }).await
}

/// Lists organizations, in order of the tree.
pub async fn list(
    program: &Program,
    client: &Client,
    limit: u32,
    search: Option<String>,
) -> Result<()> {
    show(program, &all(client, limit, search).await?, |style, organizations| {
        let columns = [Left("NAME"), Left("TITLE"), Left("PATH"), Left("ID")];
        let row = |one: &Organization| {
            vec![one.name.clone(), one.title.clone(), path(one), one.id.clone()]
        };
        table::list(style, &columns, organizations.iter().map(row).collect())
    })
}

async fn all(client: &Client, limit: u32, search: Option<String>) -> Result<List<Organization>> {
    let slice = |first, after| OrganizationsOf { first, after, search: search.clone() };
    page::collect::<ListOrganizations, _, _>(client, limit, slice, |page| page).await
}

/// Draws the tree: those below come behind the one above, further to the right.
async fn tree(program: &Program, client: &Client, limit: u32, from: Option<String>) -> Result<()> {
    let top = match from {
        Some(from) => Some(find(client, from).await?.id),
        None => None,
    };
    let mut list = all(client, limit, None).await?;
    let is_below = |one: &Organization, top: &str| one.path.iter().any(|step| step.id == top);
    list.items.retain(|one| top.as_ref().is_none_or(|top| is_below(one, top)));
    let highest = list.items.iter().map(|one| one.path.len()).min().unwrap_or_default();
    show(program, &list, |style, organizations| {
        let row = |one: &Organization| {
            let depth = one.path.len() - highest;
            vec![format!("{}{}", "  ".repeat(depth), one.name), one.title.clone(), one.id.clone()]
        };
        let columns = [Left("NAME"), Left("TITLE"), Left("ID")];
        table::list(style, &columns, organizations.iter().map(row).collect())
    })
}

fn path(one: &Organization) -> String {
    one.path.iter().map(|step| step.name.as_str()).collect::<Vec<_>>().join(" / ")
}

fn detail(style: Style, found: &OrganizationDetail) -> String {
    let path: Vec<_> = found.path.iter().map(|step| step.name.as_str()).collect();
    let facts = [
        ("Name", Some(found.name.clone())),
        ("Title", Some(found.title.clone())),
        ("Path", Some(path.join(" / "))),
        ("Id", Some(found.id.clone())),
    ];
    let mut page = table::facts(style, &facts);
    let columns = [Left("NAME"), Left("TITLE"), Left("ID")];
    let row = |one: &Titled| vec![one.name.clone(), one.title.clone(), one.id.clone()];
    for (title, part) in [("Organizations", &found.children), ("Projects", &found.projects)] {
        let rows = part.nodes.iter().map(row).collect();
        page.push_str(&table::part(title, &table::list(style, &columns, rows)));
        if part.end.has_next_page {
            page.push_str("  and more: see `cellplane organization list` and `project list`\n");
        }
    }
    page
}

async fn rename(program: &Program, client: &Client, given: RenameArguments) -> Result<()> {
    let RenameArguments { id_or_name, name, title } = given;
    let organization = find(client, id_or_name).await?.id;
    let key = client.new_key();
    let input = RenameOrganization { organization, name, title, idempotency_key: key };
    let changed = client.ask::<DoRenameOrganization>(&With { input }).await?.organization;
    told(program, &changed, "is renamed")
}

async fn relocate(program: &Program, client: &Client, given: MoveArguments) -> Result<()> {
    let moved = find(client, given.id_or_name).await?;
    let parent = find(client, given.to).await?;
    if !given.yes {
        let when = planned_move::when(given.at.as_ref());
        let question = format!(
            "Move {} with all below it to {}? Rights and bills follow {when}.",
            moved.name, parent.name
        );
        prompt::confirm(&program.terminal, &question, "--yes")?;
    }
    let (organization, parent, key) = (moved.id, parent.id, client.new_key());
    let input = MoveOrganization { organization, parent, at: given.at, idempotency_key: key };
    let moved = client.ask::<DoMoveOrganization>(&With { input }).await?;
    match &moved.planned_move {
        None => told(program, &moved.organization, "is moved"),
        Some(planned) => planned_move::entered(program, &moved, &moved.organization.name, planned),
    }
}

async fn delete(program: &Program, client: &Client, given: RemoveArguments) -> Result<()> {
    let found = find(client, given.id_or_name).await?;
    if !given.yes {
        let question = format!("Delete the organization {}? Its bills stay.", found.name);
        prompt::confirm(&program.terminal, &question, "--yes")?;
    }
    let input = DeleteOrganization { organization: found.id, idempotency_key: client.new_key() };
    let gone = client.ask::<DoDeleteOrganization>(&With { input }).await?;
    program.terminal.show(&gone, |_| format!("{} is deleted.\n", found.name))
}

fn told(program: &Program, changed: &Organization, verb: &str) -> Result<()> {
    program.terminal.show(changed, |_| format!("{} {verb}: {}\n", path(changed), changed.id))
}
