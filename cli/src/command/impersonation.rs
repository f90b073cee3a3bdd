//! `impersonation`: which operators act as subjects of the tenant. `session end` ends one.

use graphql_client::page;
use graphql_client::query::sign_in::ActingSession;
use graphql_client::query::{ListImpersonations, Slice};

use crate::arguments::{ImpersonationArguments, ImpersonationCommand};
use crate::command::get::show;
use crate::error::{Error, Result};
use crate::program::Program;
use crate::table::{self, Column::Left, Column::Wrapped};
use crate::text;

/// Lists who acts as whom.
pub async fn impersonation(program: &Program, given: ImpersonationArguments) -> Result<()> {
    let ImpersonationCommand::List { limit } = given.command;
    let client = program.client()?;
    let slice = |first, after| Slice { first, after };
    let list =
        page::collect::<ListImpersonations, _, _>(&client, limit.limit, slice, |page| page).await;
    let list = list.map_err(|error: Error| error.at_flags(&[("first", "--limit")]))?;
    show(program, &list, |style, sessions| {
        let columns = [
            Left("OPERATOR"),
            Left("ACTS AS"),
            Wrapped("REASON"),
            Left("OPENED"),
            Left("LAST USED"),
            Left("FROM"),
            Left("ENDS"),
            Left("ID"),
        ];
        table::list(style, &columns, sessions.iter().map(row).collect())
    })
}

fn row(session: &ActingSession) -> Vec<String> {
    vec![
        text::maybe(session.impersonated_by.as_ref()),
        session.subject.clone(),
        text::maybe(session.reason.as_ref()),
        text::instant(&session.created_at),
        text::instant(&session.last_used_at),
        text::maybe(session.last_address.as_ref()),
        text::instant(&session.expires_at),
        session.id.clone(),
    ]
}
