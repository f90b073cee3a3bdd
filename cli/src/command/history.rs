//! `history`: the configurations of an instance, newest first.

use graphql_client::page;
use graphql_client::query::ListConfigurations;
use graphql_client::query::instance::{ConfigurationChange, InstancePage, ParameterChange};

use crate::arguments::HistoryArguments;
use crate::command::change::origin;
use crate::command::get::show;
use crate::command::named;
use crate::error::Result;
use crate::program::Program;
use crate::table::{self, Column::Left, Column::Right, Column::Wrapped};
use crate::text;

/// Shows who changed what, and when.
pub async fn history(program: &Program, arguments: HistoryArguments) -> Result<()> {
    let client = program.client()?;
    let named = named(program, &arguments.instance)?;
    let slice = |first, after| InstancePage {
        id_or_name: named.id_or_name.clone(),
        project: named.project.clone(),
        first,
        after,
    };
    let list = page::collect::<ListConfigurations, _, _>(&client, arguments.limit, slice, |of| {
        of.configurations
    })
    .await?;
    show(program, &list, |style, configurations| {
        let columns = [
            Right("NUMBER"),
            Left("AT"),
            Left("BY"),
            Wrapped("CHANGES"),
            Wrapped("REASON"),
            Left("OPERATION"),
            Left("STATE"),
        ];
        table::list(style, &columns, configurations.iter().map(row).collect())
    })
}

fn row(configuration: &ConfigurationChange) -> Vec<String> {
    let mut changes: Vec<String> = configuration.changes.iter().map(change).collect();
    if let Some(number) = configuration.restored_from {
        changes.insert(0, format!("restored from {number}"));
    }
    let operation = configuration.operation.as_ref();
    let none = || text::NONE.to_owned();
    vec![
        configuration.number.to_string(),
        text::instant(&configuration.created_at),
        configuration.created_by.clone(),
        if changes.is_empty() { none() } else { changes.join("\n") },
        text::maybe(configuration.reason.as_ref()),
        operation.map_or_else(none, |operation| operation.id.clone()),
        operation.map_or_else(none, |operation| text::word(&operation.state)),
    ]
}

/// `maxmemory: 48mb (default) → 64mb (own), while running`
fn change(change: &ParameterChange) -> String {
    let side = |value: &Option<serde_json::Value>, from: String| match value {
        Some(value) => format!("{} ({from})", text::value(value)),
        None => text::NONE.to_owned(),
    };
    let applied = if change.apply == "HOT" { "while running" } else { "by restart" };
    format!(
        "{}: {} → {}, {applied}",
        change.parameter,
        side(&change.before, origin(change.before_origin.as_deref(), None)),
        side(&change.after, origin(change.after_origin.as_deref(), change.template.as_ref())),
    )
}
