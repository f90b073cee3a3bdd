//! `get cells` and `get audit`: what operators and auditors look at.

use crate::client::Client;
use crate::command::get::show;
use crate::error::Result;
use crate::page;
use crate::program::Program;
use crate::query::cell::{AuditEntry, Cell};
use crate::query::{ListAudit, ListCells, Slice};
use crate::table::{self, Column::Left, Column::Right};
use crate::text;

/// Lists cells and how fresh their reports are.
pub async fn cells(program: &Program, client: &Client, limit: u32) -> Result<()> {
    let slice = |first, after| Slice { first, after };
    let list = page::collect::<ListCells, _>(client, limit, slice, |page| page).await?;
    show(program, &list, |style, cells| {
        let columns = [
            Left("NAME"),
            Left("STATE"),
            Left("LAST REPORT"),
            Left("USAGE COMPLETE TO"),
            Right("SPOOLED"),
            Right("REVISION"),
            Right("TAKEN IN"),
            Left("AGENT"),
            Left("ALARM"),
            Left("ID"),
        ];
        let row = |cell: &Cell| {
            vec![
                cell.name.clone(),
                text::word(&cell.state),
                text::maybe_instant(cell.last_report_at.as_ref()),
                text::maybe_instant(cell.watermark.as_ref()),
                cell.spooled.map_or_else(|| text::NONE.to_owned(), |count| count.to_string()),
                cell.revision.to_string(),
                cell.taken_revision.to_string(),
                text::maybe(cell.agent_version.as_ref()),
                text::maybe(cell.alarm.as_ref()),
                cell.id.clone(),
            ]
        };
        table::list(style, &columns, cells.iter().map(row).collect())
    })
}

/// Lists who did what, newest first.
pub async fn audit(program: &Program, client: &Client, limit: u32) -> Result<()> {
    let slice = |first, after| Slice { first, after };
    let list = page::collect::<ListAudit, _>(client, limit, slice, |page| page).await?;
    show(program, &list, |style, entries| {
        let columns = [
            Right("NUMBER"),
            Left("AT"),
            Left("SUBJECT"),
            Left("ACTION"),
            Left("OUTCOME"),
            Left("CODE"),
            Left("TARGET"),
        ];
        let row = |entry: &AuditEntry| {
            vec![
                entry.number.to_string(),
                text::instant(&entry.at),
                entry.subject.clone(),
                entry.action.clone(),
                entry.outcome.clone(),
                text::maybe(entry.code.as_ref()),
                text::maybe(entry.target.as_ref()),
            ]
        };
        table::list(style, &columns, entries.iter().map(row).collect())
    })
}
