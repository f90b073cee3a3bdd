//! Moves that were entered for an instant to come: of organizations and projects alike.

use clap::ValueEnum as _;
use graphql_client::page;
use graphql_client::query::approval::ById;
use graphql_client::query::order::With;
use graphql_client::query::tree::{CancelMove, Planned, PlannedMove, PlannedMovesOf};
use graphql_client::query::{AskPlannedMove, DoCancelPlannedMove, ListPlannedMoves, Reference};
use serde::Serialize;

use crate::arguments::{CancelMoveArguments, MoveState};
use crate::client::Client;
use crate::command::get::show;
use crate::error::Result;
use crate::program::Program;
use crate::prompt;
use crate::table::{self, Column::Left, Column::Wrapped};
use crate::text;

/// When rights and bills follow a move.
pub fn when(at: Option<&String>) -> String {
    at.map_or_else(|| "at once".to_owned(), |at| format!("from {} on", text::instant(at)))
}

/// Says that a move was entered.
pub fn entered(
    program: &Program,
    answer: &impl Serialize,
    name: &str,
    planned: &Planned,
) -> Result<()> {
    let at = text::instant(&planned.at);
    program.terminal.show(answer, |_| format!("{name} is to be moved at {at}: {}\n", planned.id))
}

/// Lists planned moves at a place, the newest first.
pub async fn list(
    program: &Program,
    client: &Client,
    at: Option<String>,
    (state, limit): (Option<MoveState>, u32),
) -> Result<()> {
    let state = state.and_then(|state| state.to_possible_value());
    let state = state.map(|state| state.get_name().to_uppercase());
    let slice = |first, after| {
        let (state, at) = (state.clone(), at.clone());
        PlannedMovesOf { first, after, state, at }
    };
    let list = page::collect::<ListPlannedMoves, _, _>(client, limit, slice, |page| page).await?;
    show(program, &list, |style, rows| {
        let columns = [
            Left("ID"),
            Left("STATE"),
            Left("WHAT"),
            Left("FROM"),
            Left("TO"),
            Left("AT"),
            Left("BY"),
            Wrapped("PROBLEM"),
        ];
        let name = |place: &Option<Reference>| {
            text::maybe(place.as_ref().map(|place| place.name.clone()).as_ref())
        };
        let row = |row: &PlannedMove| {
            vec![
                row.id.clone(),
                text::word(&row.state),
                row.name.clone(),
                name(&row.from),
                name(&row.to),
                text::instant(&row.at),
                row.requested_by.clone(),
                row.problem.clone().unwrap_or_default(),
            ]
        };
        table::list(style, &columns, rows.iter().map(row).collect())
    })
}

/// Calls a planned move off.
pub async fn cancel(program: &Program, client: &Client, given: CancelMoveArguments) -> Result<()> {
    let CancelMoveArguments { planned_move, yes } = given;
    if !yes {
        let found = client.ask::<AskPlannedMove>(&ById { id: planned_move.clone() }).await?;
        let at = text::instant(&found.at);
        let question = format!("Call the move of {} at {at} off?", found.name);
        prompt::confirm(&program.terminal, &question, "--yes")?;
    }
    let input = CancelMove { planned_move, idempotency_key: client.new_key() };
    let gone = client.ask::<DoCancelPlannedMove>(&With { input }).await?;
    program.terminal.show(&gone, |_| format!("{} stays where it is.\n", gone.name))
}
