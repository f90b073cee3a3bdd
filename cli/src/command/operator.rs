//! `get cells` and `get slow-operations`: what operators look at.

use graphql_client::page;
use graphql_client::query::cell::{Cell, CellAlarm};
use graphql_client::query::operation::SlowOperation;
use graphql_client::query::{ListCells, ListSlowOperations, Slice};

use crate::client::Client;
use crate::command::get::{show, state};
use crate::error::Result;
use crate::program::Program;
use crate::table::{self, Column::Left, Column::Right, Column::Wrapped};
use crate::text;

/// Lists cells and how fresh their reports are.
pub async fn cells(program: &Program, client: &Client, limit: u32) -> Result<()> {
    let slice = |first, after| Slice { first, after };
    let list = page::collect::<ListCells, _, _>(client, limit, slice, |page| page).await?;
    show(program, &list, |style, cells| {
        let columns = [
            Left("NAME"),
            Left("STATE"),
            Left("LAST REPORT"),
            Left("USAGE COMPLETE TO"),
            Right("SPOOLED"),
            Right("REVISION"),
            Right("TAKEN IN"),
            Right("MADE TRUE"),
            Right("INSTANCES"),
            Right("OPEN"),
            Left("AGENT"),
            Left("ALARMS"),
            Left("ID"),
        ];
        let row = |cell: &Cell| {
            vec![
                cell.name.clone(),
                state(&cell.state, cell.unknown_since.as_ref()),
                text::maybe_instant(cell.last_report_at.as_ref()),
                text::maybe_instant(cell.watermark.as_ref()),
                cell.spooled.map_or_else(|| text::NONE.to_owned(), |count| count.to_string()),
                cell.revision.to_string(),
                cell.taken_revision.to_string(),
                cell.made_revision.to_string(),
                cell.instance_count.to_string(),
                cell.open_operation_count.to_string(),
                text::maybe(cell.agent_version.as_ref()),
                alarms(&cell.alarms),
                cell.id.clone(),
            ]
        };
        table::list(style, &columns, cells.iter().map(row).collect())
    })
}

fn alarms(alarms: &[CellAlarm]) -> String {
    let words: Vec<_> = alarms.iter().map(|alarm| text::word(&alarm.code)).collect();
    if words.is_empty() { text::NONE.to_owned() } else { words.join(", ") }
}

/// Lists operations of all tenants that take longer than expected, the oldest first.
pub async fn slow_operations(program: &Program, client: &Client, limit: u32) -> Result<()> {
    let slice = |first, after| Slice { first, after };
    let list = page::collect::<ListSlowOperations, _, _>(client, limit, slice, |page| page).await?;
    show(program, &list, |style, operations| {
        let columns = [
            Left("OPERATION"),
            Left("TENANT"),
            Left("CELL"),
            Left("KIND"),
            Left("STATE"),
            Left("ASKED FOR"),
            Left("FAILS AT"),
            Wrapped("WAITS FOR"),
        ];
        let row = |slow: &SlowOperation| {
            let waits = slow.waiting_for.as_ref();
            vec![
                slow.operation.clone(),
                slow.tenant.clone(),
                slow.cell.clone(),
                text::word(&slow.kind),
                text::word(&slow.state),
                text::instant(&slow.created_at),
                text::instant(&slow.deadline),
                waits.map(|waits| text::harmless(&waits.message)).unwrap_or_default(),
            ]
        };
        table::list(style, &columns, operations.iter().map(row).collect())
    })
}
