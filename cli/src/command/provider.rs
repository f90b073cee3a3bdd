//! `provider`: the OpenID providers that people of the tenant sign in through.

use std::io::Read as _;
use std::path::Path;

use graphql_client::query::order::With;
use graphql_client::query::provider::{
    ChangeProvider, CreateProvider, DeleteProvider, GroupMapping, IdentityProvider, Settings,
};
use graphql_client::query::{
    DoChangeProvider, DoCreateProvider, DoDeleteProvider, ListProviders, Nothing,
};
use serde_json::json;
use types::secret::Secret;

use crate::arguments::{CreateProviderArguments, ProviderCommand, ProviderSettings};
use crate::client::Client;
use crate::error::{Error, Result};
use crate::program::Program;
use crate::prompt;
use crate::table::{self, Column::Left};
use crate::terminal::Style;
use crate::text;

/// Runs one of the commands.
pub async fn run(program: &Program, command: ProviderCommand) -> Result<()> {
    let client = program.client()?;
    match command {
        ProviderCommand::List => {
            let list = client.ask::<ListProviders>(&Nothing {}).await?;
            program.terminal.show(&list, |style| overview(style, &list))
        }
        ProviderCommand::Create(arguments) => create(program, &client, *arguments).await,
        ProviderCommand::Change { provider, settings, enable, disable } => {
            let is_active = (enable || disable).then_some(enable);
            let settings = Settings { is_active, ..given(&settings)? };
            change(program, &client, &provider, settings).await
        }
        ProviderCommand::Delete { provider, yes } => delete(program, &client, &provider, yes).await,
    }
}

async fn create(
    program: &Program,
    client: &Client,
    arguments: CreateProviderArguments,
) -> Result<()> {
    let settings = given(&arguments.settings)?;
    let (name, issuer, idempotency_key) = (arguments.name, arguments.issuer, client.new_key());
    let input = CreateProvider { name, issuer, settings, idempotency_key };
    let made = client.ask::<DoCreateProvider>(&With { input }).await?.provider;
    program.terminal.show(&made, |style| page(style, &made))
}

async fn change(program: &Program, client: &Client, named: &str, settings: Settings) -> Result<()> {
    let provider = find(client, named).await?.id;
    let input = ChangeProvider { provider, settings, idempotency_key: client.new_key() };
    let changed = client.ask::<DoChangeProvider>(&With { input }).await?.provider;
    program.terminal.show(&changed, |style| page(style, &changed))
}

async fn delete(program: &Program, client: &Client, named: &str, yes: bool) -> Result<()> {
    let found = find(client, named).await?;
    if !yes {
        let question = format!(
            "Remove {}? Sessions that came through it end, and its people are not known any more",
            found.name
        );
        prompt::confirm(&program.terminal, &question, "--yes")?;
    }
    let input = DeleteProvider { provider: found.id, idempotency_key: client.new_key() };
    let deleted = client.ask::<DoDeleteProvider>(&With { input }).await?;
    let line = format!("{} is removed.\n", found.name);
    program.terminal.show(&json!({ "deleted": deleted }), |_| text::harmless_lines(&line))
}

/// By name or id.
async fn find(client: &Client, named: &str) -> Result<IdentityProvider> {
    let list = client.ask::<ListProviders>(&Nothing {}).await?;
    let found = list.into_iter().find(|one| one.id == named || one.name == named);
    found.ok_or_else(|| Error::Usage(format!("there is no provider {named}")))
}

fn given(arguments: &ProviderSettings) -> Result<Settings> {
    let pair = |text: &String| match text.rsplit_once('=') {
        Some((value, group)) if !value.is_empty() && !group.is_empty() => {
            Ok(GroupMapping { value: value.to_owned(), group: group.to_owned() })
        }
        _ => Err(Error::Usage(format!("--map {text}: give VALUE=GROUP"))),
    };
    let mapping = arguments.mapping.iter().map(pair).collect::<Result<Vec<_>>>()?;
    Ok(Settings {
        title: arguments.title.clone(),
        client_id: arguments.client_id.clone(),
        client_secret: arguments.client_secret_file.as_deref().map(read).transpose()?,
        scopes: Some(arguments.scopes.clone()).filter(|scopes| !scopes.is_empty()),
        name_claim: arguments.name_claim.clone(),
        groups_claim: arguments.groups_claim.clone(),
        group_mapping: Some(mapping).filter(|mapping| !mapping.is_empty()),
        creates_people: arguments.create_people,
        links_by_name: arguments.link_by_name,
        assumes_s256: arguments.assume_s256,
        is_active: None,
    })
}

/// A secret comes from a file, since arguments can be read by others. The line's end is not of it.
fn read(path: &Path) -> Result<Secret> {
    let mut text = String::new();
    if path == Path::new("-") {
        std::io::stdin().read_to_string(&mut text)?;
    } else {
        text = std::fs::read_to_string(path).map_err(|error| {
            Error::Usage(format!("--client-secret-file {}: {error}", path.display()))
        })?;
    }
    Ok(Secret::new(text.trim_end_matches(['\r', '\n'])))
}

fn overview(style: Style, list: &[IdentityProvider]) -> String {
    let columns = [Left("NAME"), Left("TITLE"), Left("STATE"), Left("ISSUER")];
    let row = |one: &IdentityProvider| {
        vec![one.name.clone(), one.title.clone(), text::word(&one.state), one.issuer.clone()]
    };
    table::list(style, &columns, list.iter().map(row).collect())
}

fn page(style: Style, one: &IdentityProvider) -> String {
    let yes = |holds: bool| Some(if holds { "yes" } else { "no" }.to_owned());
    let pair = |pair: &GroupMapping| format!("{} → {}", pair.value, pair.group);
    let groups: Vec<_> = one.group_mapping.iter().map(pair).collect();
    let groups = groups.join("\n");
    table::facts(
        style,
        &[
            ("Name", Some(one.name.clone())),
            ("Title", Some(one.title.clone())),
            ("Id", Some(one.id.clone())),
            ("State", Some(text::word(&one.state))),
            ("Issuer", Some(one.issuer.clone())),
            ("Client id", Some(one.client_id.clone())),
            ("Client secret", Some(if one.has_client_secret { "kept" } else { "none" }.to_owned())),
            ("Scopes", Some(one.scopes.join(" "))),
            ("Name from", Some(one.name_claim.clone())),
            ("Makes people", yes(one.creates_people)),
            ("Links by name", yes(one.links_by_name)),
            ("Assumes S256", yes(one.assumes_s256)),
            ("Groups from", one.groups_claim.clone()),
            ("Groups", Some(groups).filter(|groups| !groups.is_empty())),
            ("Changed", Some(text::instant(&one.changed_at))),
        ],
    )
}
