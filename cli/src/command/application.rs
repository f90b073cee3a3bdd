//! `application`: what works together, wherever it is.

use graphql_client::page;
use graphql_client::query::application::{
    Application, ApplicationsOf, CreateApplication, DeleteApplication, Dependency, OnPart, Part,
    PartsOf, RenameApplication, Whole,
};
use graphql_client::query::order::With;
use graphql_client::query::{
    AskApplication, AskInstanceSummary, DoAddDependency, DoAddPart, DoCreateApplication,
    DoDeleteApplication, DoRemoveDependency, DoRemovePart, DoRenameApplication, ListApplications,
    ListParts, Named,
};

use crate::arguments::{ApplicationArguments, ApplicationCommand, RemoveArguments};
use crate::client::{ALL, Client};
use crate::command::get::show;
use crate::command::{named, organization};
use crate::error::{Error, Result};
use crate::program::Program;
use crate::prompt;
use crate::table::{self, Column::Left};
use crate::terminal::Style;
use crate::text;

/// Does what is asked for.
pub async fn application(program: &Program, arguments: ApplicationArguments) -> Result<()> {
    let client = &program.client()?;
    match arguments.command {
        ApplicationCommand::List { organization, search, limit } => {
            list(program, client, (organization, search), limit).await
        }
        ApplicationCommand::Show { application } => {
            let application = find(client, application).await?;
            let parts = parts(client, &application.id).await?;
            let whole = Whole { application, parts };
            program.terminal.show(&whole, |style| describe(style, &whole))
        }
        ApplicationCommand::Create { name, organization, title, description, shared } => {
            let organization = organization::find(client, organization).await?.id;
            let title = title.unwrap_or_else(|| name.clone());
            let (is_exclusive, idempotency_key) = (!shared, client.new_key());
            let input = CreateApplication {
                organization,
                name,
                title,
                description,
                is_exclusive,
                idempotency_key,
            };
            let made = client.ask::<DoCreateApplication>(&With { input }).await?.application;
            told(program, &made, "is made")
        }
        ApplicationCommand::Rename { application, name, title, description } => {
            let (application, key) = (find(client, application).await?.id, client.new_key());
            let input =
                RenameApplication { application, name, title, description, idempotency_key: key };
            let made = client.ask::<DoRenameApplication>(&With { input }).await?.application;
            told(program, &made, "is renamed")
        }
        ApplicationCommand::Add { application, instance } => {
            let application = find(client, application).await?.id;
            let instance = client.ask::<AskInstanceSummary>(&named(program, &instance)?).await?;
            let key = client.new_key();
            let input = OnPart { application, instance: instance.id, idempotency_key: key };
            let made = client.ask::<DoAddPart>(&With { input }).await?.application;
            told(program, &made, &format!("has {} in it", instance.name))
        }
        ApplicationCommand::Remove { application, instance, yes } => {
            remove(program, client, (application, instance), yes).await
        }
        ApplicationCommand::Depend { application, instance, on, remove } => {
            depend(program, client, application, [&instance, &on], remove).await
        }
        ApplicationCommand::Delete(given) => delete(program, client, given).await,
    }
}

async fn find(client: &Client, id_or_name: String) -> Result<Application> {
    client.ask::<AskApplication>(&Named { id_or_name }).await
}

/// All that is in an application and that one sees.
pub async fn parts(client: &Client, id: &str) -> Result<Vec<Part>> {
    let slice = |first, after| PartsOf { id_or_name: id.to_owned(), first, after };
    let parts = |whole: graphql_client::query::application::Parts| whole.parts;
    Ok(page::collect::<ListParts, _, _>(client, ALL, slice, parts).await?.items)
}

async fn list(
    program: &Program,
    client: &Client,
    (organization, search): (Option<String>, Option<String>),
    limit: u32,
) -> Result<()> {
    let slice = |first, after| ApplicationsOf {
        first,
        after,
        organization: organization.clone(),
        search: search.clone(),
    };
    let list = page::collect::<ListApplications, _, _>(client, limit, slice, |page| page).await?;
    show(program, &list, |style, applications| {
        let columns = [Left("NAME"), Left("TITLE"), Left("ORGANIZATION"), Left("RUN"), Left("ID")];
        let row = |one: &Application| {
            let (run, organization) = (text::word(&one.run), text::maybe(one.owner()));
            vec![one.name.clone(), one.title.clone(), organization, run, one.id.clone()]
        };
        table::list(style, &columns, applications.iter().map(row).collect())
    })
}

fn describe(style: Style, whole: &Whole) -> String {
    let Whole { application, parts } = whole;
    let is_exclusive = if application.is_exclusive { "yes" } else { "no" };
    let description = Some(application.description.clone()).filter(|text| !text.is_empty());
    let facts = [
        ("Name", Some(application.name.clone())),
        ("Title", Some(application.title.clone())),
        ("Description", description),
        ("Organization", application.owner().cloned()),
        ("Exclusive", Some(is_exclusive.to_owned())),
        ("Run", Some(text::word(&application.run))),
        ("Id", Some(application.id.clone())),
    ];
    let columns = [Left("PART"), Left("PROJECT"), Left("PACKAGE"), Left("STATE"), Left("NEEDS")];
    let row = |part: &Part| {
        let needs: Vec<_> = part.needs.iter().map(|one| one.name.as_str()).collect();
        let instance = &part.instance;
        let state = match &instance.unknown_since {
            Some(_) => "unknown".to_owned(),
            None => text::word(&instance.state),
        };
        let project = instance.project.name.clone();
        vec![instance.name.clone(), project, instance.package.clone(), state, needs.join(", ")]
    };
    let parts = table::list(style, &columns, parts.iter().map(row).collect());
    format!("{}\n{parts}", table::facts(style, &facts))
}

/// The part that a name or an id means.
fn meant<'p>(parts: &'p [Part], wanted: &str) -> Result<&'p Part> {
    let is_meant = |part: &&Part| part.instance.id == wanted || part.instance.name == wanted;
    let found: Vec<_> = parts.iter().filter(is_meant).collect();
    match found.as_slice() {
        [one] => Ok(one),
        [] => Err(Error::Usage(format!("{wanted} is no part of the application that you may see"))),
        _ => Err(Error::Usage(format!("more than one part is called {wanted}: give its id"))),
    }
}

async fn remove(
    program: &Program,
    client: &Client,
    (application, instance): (String, String),
    yes: bool,
) -> Result<()> {
    let application = find(client, application).await?;
    let parts = parts(client, &application.id).await?;
    let part = &meant(&parts, &instance)?.instance;
    if !yes {
        let question = format!(
            "Take {} out of {}, with what it needs and is needed for there?",
            part.name, application.name
        );
        prompt::confirm(&program.terminal, &question, "--yes")?;
    }
    let (instance, key) = (part.id.clone(), client.new_key());
    let input = OnPart { application: application.id, instance, idempotency_key: key };
    let made = client.ask::<DoRemovePart>(&With { input }).await?.application;
    told(program, &made, &format!("has {} in it no more", part.name))
}

async fn depend(
    program: &Program,
    client: &Client,
    application: String,
    [instance, on]: [&String; 2],
    remove: bool,
) -> Result<()> {
    let application = find(client, application).await?.id;
    let parts = parts(client, &application).await?;
    let (part, needed) = (&meant(&parts, instance)?.instance, &meant(&parts, on)?.instance);
    let input = Dependency {
        application,
        instance: part.id.clone(),
        needs: needed.id.clone(),
        idempotency_key: client.new_key(),
    };
    let (made, verb) = match remove {
        false => (client.ask::<DoAddDependency>(&With { input }).await?, "needs"),
        true => (client.ask::<DoRemoveDependency>(&With { input }).await?, "needs no more"),
    };
    let line = format!("{} {verb} {}.\n", part.name, needed.name);
    program.terminal.show(&made.application, |_| line)
}

async fn delete(program: &Program, client: &Client, given: RemoveArguments) -> Result<()> {
    let found = find(client, given.id_or_name).await?;
    if !given.yes {
        let question = format!("Delete the application {}? What is in it stays.", found.name);
        prompt::confirm(&program.terminal, &question, "--yes")?;
    }
    let input = DeleteApplication { application: found.id, idempotency_key: client.new_key() };
    let gone = client.ask::<DoDeleteApplication>(&With { input }).await?;
    program.terminal.show(&gone, |_| format!("{} is deleted.\n", found.name))
}

fn told(program: &Program, changed: &Application, verb: &str) -> Result<()> {
    let line = format!("{} {verb}: {}\n", changed.name, changed.id);
    program.terminal.show(changed, |_| line)
}
