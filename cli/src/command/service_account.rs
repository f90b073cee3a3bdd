//! `service-account`: programs that can be given roles and tokens.

use graphql_client::page::{self, List};
use graphql_client::query::order::With;
use graphql_client::query::sign_in::{
    CreateServiceAccount, DeleteServiceAccount, ServiceAccount, ServiceAccountsOf,
};
use graphql_client::query::{
    AskOrganization, DoCreateServiceAccount, DoDeleteServiceAccount, ListServiceAccounts, Named,
};
use serde_json::json;

use crate::arguments::{
    CreateTokenArguments, ServiceAccountArguments, ServiceAccountCommand, TokenArguments,
    TokenCommand,
};
use crate::client::Client;
use crate::command::get::show;
use crate::command::token;
use crate::error::{Error, Result};
use crate::program::Program;
use crate::prompt;
use crate::table::{self, Column::Left};
use crate::text;

/// More than a tenant has.
const ALL: u32 = 100_000;

/// Lists, makes and ends service accounts.
pub async fn service_account(program: &Program, given: ServiceAccountArguments) -> Result<()> {
    let client = program.client()?;
    match given.command {
        ServiceAccountCommand::List { organization } => list(program, &client, organization).await,
        ServiceAccountCommand::Create { name, organization, title } => {
            let organization = self::organization(&client, organization).await?;
            let title = title.unwrap_or_else(|| name.clone());
            let idempotency_key = client.new_key();
            let input = CreateServiceAccount { organization, name, title, idempotency_key };
            let made = client.ask::<DoCreateServiceAccount>(&With { input }).await?;
            program.terminal.show(&made, |_| {
                let (name, organization) = (&made.name, &made.organization.name);
                format!("The service account {name} of {organization} is made.\n")
            })
        }
        ServiceAccountCommand::Delete { name, yes } => {
            if !yes {
                let question = format!("Delete {name} with its tokens and roles?");
                prompt::confirm(&program.terminal, &question, "--yes")?;
            }
            let service_account = id(&client, &name).await?;
            let input = DeleteServiceAccount { service_account, idempotency_key: client.new_key() };
            let gone = client.ask::<DoDeleteServiceAccount>(&With { input }).await?;
            let told = json!({ "deleted": gone });
            program.terminal.show(&told, |_| format!("The service account {name} is deleted.\n"))
        }
        ServiceAccountCommand::Token { service_account, token, days, secret } => {
            let create = CreateTokenArguments {
                name: token,
                service_account: Some(service_account),
                days,
                expires: None,
                address_ranges: Vec::new(),
                actions: Vec::new(),
                project: None,
                organization: None,
                secret,
            };
            let command = TokenCommand::Create(create);
            token::token(program, TokenArguments { command }).await
        }
    }
}

async fn organization(client: &Client, id_or_name: String) -> Result<String> {
    Ok(client.ask::<AskOrganization>(&Named { id_or_name }).await?.id)
}

async fn of(client: &Client, organization: Option<String>) -> Result<List<ServiceAccount>> {
    let slice =
        |first, after| ServiceAccountsOf { first, after, organization: organization.clone() };
    page::collect::<ListServiceAccounts, _, _>(client, ALL, slice, |page| page).await
}

async fn list(program: &Program, client: &Client, named: Option<String>) -> Result<()> {
    let organization = match named {
        Some(named) => Some(organization(client, named).await?),
        None => None,
    };
    show(program, &of(client, organization).await?, |style, rows| {
        let columns = [
            Left("NAME"),
            Left("TITLE"),
            Left("ORGANIZATION"),
            Left("MADE"),
            Left("BY"),
            Left("ID"),
        ];
        let row = |row: &ServiceAccount| {
            vec![
                row.name.clone(),
                row.title.clone(),
                row.organization.name.clone(),
                text::instant(&row.created_at),
                row.created_by.clone(),
                row.id.clone(),
            ]
        };
        table::list(style, &columns, rows.iter().map(row).collect())
    })
}

/// The id of one that is named.
pub async fn id(client: &Client, named: &str) -> Result<String> {
    if named.starts_with("sub_") {
        return Ok(named.to_owned());
    }
    let found = of(client, None).await?.items.into_iter().find(|row| row.name == named);
    let missing = || Error::Usage(format!("there is no service account {named} that you manage"));
    Ok(found.ok_or_else(missing)?.id)
}
