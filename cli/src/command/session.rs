//! `session` and `operator impersonate`: open sessions, and one as somebody else.

use graphql_client::page;
use graphql_client::query::order::With;
use graphql_client::query::sign_in::{
    EndOtherSessions, EndSession, Impersonate, OfSubject, Session,
};
use graphql_client::query::{DoEndOtherSessions, DoEndSession, DoImpersonate, ListSessions};
use serde_json::json;

use crate::arguments::{OperatorArguments, OperatorCommand, SessionArguments, SessionCommand};
use crate::command::get::show;
use crate::error::Result;
use crate::program::Program;
use crate::table::{self, Column::Left};
use crate::text;

/// More than anybody has.
const ALL: u32 = 10_000;

/// Lists and ends sessions.
pub async fn session(program: &Program, given: SessionArguments) -> Result<()> {
    let client = program.client()?;
    match given.command {
        SessionCommand::List { subject } => {
            let slice = |first, after| OfSubject { first, after, subject: subject.clone() };
            let list =
                page::collect::<ListSessions, _, _>(&client, ALL, slice, |page| page).await?;
            show(program, &list, |style, sessions| {
                let columns = [
                    Left("CLIENT"),
                    Left("OPENED"),
                    Left("LAST USED"),
                    Left("FROM"),
                    Left("ENDS"),
                    Left("BY"),
                    Left("ID"),
                ];
                table::list(style, &columns, sessions.iter().map(row).collect())
            })
        }
        SessionCommand::End { session: Some(session), .. } => {
            let input = EndSession { session, idempotency_key: client.new_key() };
            let ended = client.ask::<DoEndSession>(&With { input }).await?;
            program.terminal.show(&json!({ "ended": ended }), |_| "The session is ended.\n".into())
        }
        SessionCommand::End { session: None, .. } => {
            let input = EndOtherSessions { idempotency_key: client.new_key() };
            let ended = client.ask::<DoEndOtherSessions>(&With { input }).await?;
            let told = json!({ "ended": ended });
            program.terminal.show(&told, |_| format!("{ended} other sessions are ended.\n"))
        }
    }
}

fn row(session: &Session) -> Vec<String> {
    let by = match (&session.impersonated_by, session.is_own) {
        (Some(name), _) => name.clone(),
        (None, true) => "this one".to_owned(),
        (None, false) => text::NONE.to_owned(),
    };
    vec![
        session.client.clone(),
        text::instant(&session.created_at),
        text::instant(&session.last_used_at),
        text::maybe(session.last_address.as_ref()),
        text::instant(&session.expires_at),
        by,
        session.id.clone(),
    ]
}

/// Makes a session as somebody else, and shows the code that opens it.
pub async fn operator(program: &Program, given: OperatorArguments) -> Result<()> {
    let client = program.client()?;
    let OperatorCommand::Impersonate { tenant, user, subject, reason, minutes } = given.command;
    let idempotency_key = client.new_key();
    let input = Impersonate { tenant, subject, user, reason, minutes, idempotency_key };
    let begun = client.ask::<DoImpersonate>(&With { input }).await;
    let begun = begun
        .map_err(|error| error.at_flags(&[("reason", "--reason"), ("minutes", "--minutes")]))?;
    program.terminal.show(&begun, |_| {
        let until = text::instant(&begun.session.expires_at);
        let link = begun.code.as_ref().map(|code| format!("{}/sign-in#{code}\n", client.address()));
        let head = format!(
            "The session {} ends {until} and is seen by the tenant. Open it once, with another \
             browser profile or `cellplane --config FILE sign-in`:\n",
            begun.session.id
        );
        head + &link.unwrap_or_default()
    })
}
