//! `describe cell`: everything that an operator can know of one cell.

use graphql_client::query::cell::{Cell, CellAlarm, CellHost};
use graphql_client::query::{AskCell, Named};

use crate::client::Client;
use crate::command::get::state;
use crate::error::Result;
use crate::program::Program;
use crate::table::{self, Column::Left, Column::Wrapped};
use crate::terminal::Style;
use crate::text;

/// Shows a cell.
pub async fn describe(program: &Program, client: &Client, id_or_name: String) -> Result<()> {
    let cell = client.ask::<AskCell>(&Named { id_or_name }).await?;
    program.terminal.show(&cell, |style| page(style, &cell))
}

fn page(style: Style, cell: &Cell) -> String {
    let mut page = head(style, cell);
    let reported = match (&cell.unknown_since, &cell.last_report_at) {
        (Some(since), _) => format!("As it was at {}, unknown since", text::instant(since)),
        (None, Some(at)) => format!("As at {}", text::instant(at)),
        (None, None) => "It never reported".to_owned(),
    };
    page.push_str(&table::part(&reported, &reports(style, cell)));
    let row = |alarm: &CellAlarm| vec![text::word(&alarm.code), alarm.message.clone()];
    let alarms = cell.alarms.iter().map(row).collect();
    let columns = [Left("ALARM"), Wrapped("WHAT TO DO")];
    page.push_str(&table::part("Alarms", &table::list(style, &columns, alarms)));
    page
}

fn head(style: Style, cell: &Cell) -> String {
    let lag = |behind: i64, what: &str| match cell.revision - behind {
        0 => format!("{behind} ({what} all)"),
        lag => format!("{behind} ({lag} behind)"),
    };
    let instant = |at: &Option<String>| at.as_deref().map(text::instant);
    table::facts(
        style,
        &[
            ("Name", Some(cell.name.clone())),
            ("Title", Some(cell.title.clone())),
            ("Id", Some(cell.id.clone())),
            ("State", Some(state(&cell.state, cell.unknown_since.as_ref()))),
            ("Last report", instant(&cell.last_report_at)),
            ("Session since", instant(&cell.session_opened_at)),
            ("Sessions so far", Some(cell.session_count.to_string())),
            ("Certificate ends", instant(&cell.certificate_expires_at)),
            ("Revision", Some(cell.revision.to_string())),
            ("Taken in", Some(lag(cell.taken_revision, "has"))),
            ("Made true", Some(lag(cell.made_revision, "made"))),
            ("Instances", Some(cell.instance_count.to_string())),
            ("Members", Some(cell.member_count.to_string())),
            ("Open operations", Some(cell.open_operation_count.to_string())),
            ("Oldest of them", instant(&cell.oldest_open_operation_at)),
            ("Usage complete to", instant(&cell.watermark)),
            ("Usage records taken", Some(cell.acknowledged_sequence.clone())),
        ],
    )
}

fn reports(style: Style, cell: &Cell) -> String {
    let host = cell.host.as_ref();
    let of_host = |fact: fn(&CellHost) -> String| host.map(fact);
    table::facts(
        style,
        &[
            ("Agent", cell.agent_version.clone()),
            ("Protocol", cell.protocol_version.map(|version| version.to_string())),
            ("Can", Some(cell.capabilities.join(", ")).filter(|words| !words.is_empty())),
            ("Clock ahead", cell.clock_difference_ms.map(|ms| format!("{ms} ms"))),
            ("Usage records waiting", cell.spooled.map(|count| count.to_string())),
            ("Oldest of them", cell.oldest_usage_at.as_deref().map(text::instant)),
            ("Ledger", cell.ledger_bytes.as_deref().map(mebibytes)),
            ("Kernel", of_host(|host| host.kernel.clone())),
            ("Processors", of_host(|host| host.processors.to_string())),
            (
                "Memory available",
                of_host(|host| part(&host.memory_available_bytes, &host.memory_total_bytes)),
            ),
            ("Disk free", of_host(|host| part(&host.disk_free_bytes, &host.disk_total_bytes))),
        ],
    )
}

fn part(some: &str, all: &str) -> String {
    format!("{} of {}", mebibytes(some), mebibytes(all))
}

/// Bytes as people read them; what is no number stays as it is.
fn mebibytes(bytes: &str) -> String {
    bytes.parse::<i64>().map_or_else(
        |_| bytes.to_owned(),
        |bytes| format!("{}.{} MiB", bytes >> 20, ((bytes & 0xf_ffff) * 10) >> 20),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_told_in_mebibytes() {
        assert_eq!(mebibytes("1589248"), "1.5 MiB");
        assert_eq!(mebibytes("0"), "0.0 MiB");
        assert_eq!(mebibytes("many"), "many");
    }
}
