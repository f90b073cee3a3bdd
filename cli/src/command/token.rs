//! `token`: what programs sign in with.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

use graphql_client::page::{self, List};
use graphql_client::query::order::With;
use graphql_client::query::sign_in::{
    CreateToken, OfSubject, RevokeToken, RotateToken, ShownToken, Token,
};
use graphql_client::query::{
    AskOrganization, AskProject, DoCreateToken, DoRevokeToken, DoRotateToken, ListTokens as Ask,
    Named,
};

use crate::arguments::{
    CreateTokenArguments, ListTokens, RotateTokenArguments, SecretArguments, TokenArguments,
    TokenCommand, WhichToken,
};
use crate::client::Client;
use crate::command::get::show;
use crate::command::service_account;
use crate::error::{Error, Result};
use crate::program::Program;
use crate::table::{self, Column::Left};
use crate::text;

/// More than anybody has.
const ALL: u32 = 10_000;
/// Flags that stand for fields of a new token.
const FLAGS: [(&str, &str); 3] =
    [("expiresAt", "--expires"), ("addresses", "--address-range"), ("actions", "--action")];

/// Lists, makes and ends tokens.
pub async fn token(program: &Program, arguments: TokenArguments) -> Result<()> {
    let client = program.client()?;
    match arguments.command {
        TokenCommand::List(which) => list(program, &client, which).await,
        TokenCommand::Create(given) => create(program, &client, given).await,
        TokenCommand::Rotate(given) => rotate(program, &client, given).await,
        TokenCommand::Revoke(which) => revoke(program, &client, which).await,
    }
}

async fn of(client: &Client, subject: Option<String>) -> Result<List<Token>> {
    let slice = |first, after| OfSubject { first, after, subject: subject.clone() };
    page::collect::<Ask, _, _>(client, ALL, slice, |page| page).await
}

async fn holder(client: &Client, service_account: Option<String>) -> Result<Option<String>> {
    match service_account {
        None => Ok(None),
        Some(name) => Ok(Some(service_account::id(client, &name).await?)),
    }
}

async fn list(program: &Program, client: &Client, which: ListTokens) -> Result<()> {
    let subject = holder(client, which.service_account).await?.or(which.subject);
    let tokens = of(client, subject).await?;
    show(program, &tokens, |style, tokens| {
        let columns = [
            Left("NAME"),
            Left("EXPIRES"),
            Left("REVOKED"),
            Left("LAST USED"),
            Left("FROM"),
            Left("ACTIONS"),
            Left("WITHIN"),
            Left("ADDRESSES"),
            Left("ID"),
        ];
        let row = |token: &Token| {
            vec![
                token.name.clone(),
                text::instant(&token.expires_at),
                text::maybe_instant(token.revoked_at.as_ref()),
                text::maybe_instant(token.last_used_at.as_ref()),
                text::maybe(token.last_address.as_ref()),
                words(token.actions.as_ref()),
                text::maybe(token.within.as_ref()),
                if token.addresses.is_empty() { "any".into() } else { token.addresses.join(", ") },
                token.id.clone(),
            ]
        };
        table::list(style, &columns, tokens.iter().map(row).collect())
    })
}

fn words(actions: Option<&Vec<String>>) -> String {
    let Some(actions) = actions else { return "all".to_owned() };
    actions.iter().map(|action| text::word(action)).collect::<Vec<_>>().join(", ")
}

async fn create(program: &Program, client: &Client, given: CreateTokenArguments) -> Result<()> {
    let project = given.project.map(|id_or_name| Named { id_or_name });
    let organization = given.organization.map(|id_or_name| Named { id_or_name });
    let within = match (project, organization) {
        (Some(named), _) => Some(client.ask::<AskProject>(&named).await?.id),
        (_, Some(named)) => Some(client.ask::<AskOrganization>(&named).await?.id),
        (None, None) => None,
    };
    let action = |word: &String| word.to_uppercase().replace('-', "_");
    let actions: Vec<_> = given.actions.iter().map(action).collect();
    let life = Duration::from_secs(u64::from(given.days) * 86_400);
    let input = CreateToken {
        service_account: holder(client, given.service_account).await?,
        name: given.name,
        expires_at: match given.expires {
            Some(at) => at,
            None => program.clock().now().plus(life).to_string(),
        },
        addresses: given.address_ranges,
        actions: (!actions.is_empty()).then_some(actions),
        within,
        idempotency_key: client.new_key(),
    };
    let made = with_place(&given.secret, async || {
        let made = client.ask::<DoCreateToken>(&With { input: input.clone() }).await;
        made.map_err(|error| error.at_flags(&FLAGS))
    });
    tell(program, made.await?, "made")
}

async fn rotate(program: &Program, client: &Client, given: RotateTokenArguments) -> Result<()> {
    let input = RotateToken {
        token: id(client, given.which).await?,
        overlap_minutes: Some(given.overlap_minutes),
        expires_at: given.expires,
        idempotency_key: client.new_key(),
    };
    let made = with_place(&given.secret, async || {
        client.ask::<DoRotateToken>(&With { input: input.clone() }).await
    });
    tell(program, made.await?, "rotated")
}

async fn revoke(program: &Program, client: &Client, which: WhichToken) -> Result<()> {
    let input = RevokeToken { token: id(client, which).await?, idempotency_key: client.new_key() };
    let token = client.ask::<DoRevokeToken>(&With { input }).await?;
    program.terminal.show(&token, |_| format!("The token {} is revoked.\n", token.name))
}

/// The id of a token that is named; of several of one name, the ids have to be used.
async fn id(client: &Client, which: WhichToken) -> Result<String> {
    if which.token.starts_with("tok_") {
        return Ok(which.token);
    }
    let subject = holder(client, which.service_account).await?;
    let tokens = of(client, subject).await?.items.into_iter();
    let mut named = tokens.filter(|token| token.name == which.token && token.revoked_at.is_none());
    match (named.next(), named.next()) {
        (Some(token), None) => Ok(token.id),
        (None, _) => Err(Error::Usage(format!("there is no token {}", which.token))),
        (Some(_), Some(_)) => {
            let told = format!("several tokens are named {}; give the id", which.token);
            Err(Error::Usage(told))
        }
    }
}

/// Makes room for the secret before it is made, so that none is made that cannot be kept.
async fn with_place(
    given: &SecretArguments,
    make: impl AsyncFnOnce() -> Result<ShownToken>,
) -> Result<(ShownToken, bool)> {
    let Some(path) = &given.secret_file else { return Ok((make().await?, false)) };
    let wrong =
        |error: std::io::Error| Error::Usage(format!("--secret-file {}: {error}", path.display()));
    let draft = path.with_extension(format!("draft-{}", std::process::id()));
    let mut file = new_file(&draft).map_err(wrong)?;
    let made = make().await.inspect_err(|_| drop(std::fs::remove_file(&draft)))?;
    let secret = made.secret.as_deref().unwrap_or_default();
    let written = writeln!(file, "{secret}").and_then(|()| file.sync_all());
    written.and_then(|()| std::fs::rename(&draft, path)).map_err(wrong)?;
    Ok((made, true))
}

fn new_file(path: &Path) -> std::io::Result<std::fs::File> {
    std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

fn tell(program: &Program, (mut made, is_kept): (ShownToken, bool), done: &str) -> Result<()> {
    if is_kept {
        made.secret = None;
    }
    program.terminal.show(&made, |_| {
        let (name, until) = (&made.token.name, text::instant(&made.token.expires_at));
        let head = format!("The token {name} is {done}; it ends {until}.\n");
        match &made.secret {
            Some(secret) => format!("{head}It is not shown again:\n{secret}\n"),
            None => head,
        }
    })
}
