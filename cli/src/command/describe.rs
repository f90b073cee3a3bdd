//! `describe`: everything about one instance, or about one cell.

use graphql_client::query::AskInstance;
use graphql_client::query::instance::{Cost, CostLine, InstanceDetail, Member};

use crate::arguments::DescribeArguments;
use crate::command::get::{operation_table, state};
use crate::command::{cell, named};
use crate::error::{Error, Result};
use crate::program::Program;
use crate::table::{self, Column::Left, Column::Right, Column::Wrapped};
use crate::terminal::Style;
use crate::text;

/// Shows an instance.
pub async fn describe(program: &Program, arguments: DescribeArguments) -> Result<()> {
    let client = program.client()?;
    if let Some(id_or_name) = arguments.cell {
        if arguments.instance.instance != "cell" {
            let told = "after the name of an instance nothing else is expected";
            return Err(Error::Usage(told.to_owned()));
        }
        return cell::describe(program, &client, id_or_name).await;
    }
    let named = named(program, &arguments.instance)?;
    let instance = client.ask::<AskInstance>(&named).await?;
    program.terminal.show(&instance, |style| page(style, &instance))
}

fn page(style: Style, instance: &InstanceDetail) -> String {
    let mut page = head(style, instance);
    page.push_str(&table::part("Members", &members(style, &instance.members)));
    let configuration = &instance.configuration;
    let title = format!(
        "Configuration {}, since {} by {}",
        configuration.number,
        text::instant(&configuration.created_at),
        configuration.created_by
    );
    let columns = [Left("PARAMETER"), Left("VALUE")];
    let parameters = configuration.parameters.iter();
    let rows = parameters.map(|(name, value)| vec![name.clone(), text::value(value)]).collect();
    page.push_str(&table::part(&title, &table::list(style, &columns, rows)));
    page.push_str(&cost(style, &instance.cost));
    let operations = operation_table(style, &instance.operations.nodes);
    page.push_str(&table::part("Latest operations", &operations));
    page
}

fn head(style: Style, instance: &InstanceDetail) -> String {
    let installed = instance.installed_version.as_ref();
    let version = match installed {
        Some(installed) => format!("{} (installed {installed})", instance.software_version),
        None => instance.software_version.clone(),
    };
    table::facts(
        style,
        &[
            ("Name", Some(instance.name.clone())),
            ("Id", Some(instance.id.clone())),
            ("Project", Some(instance.project.name.clone())),
            ("State", Some(state(&instance.state, instance.unknown_since.as_ref()))),
            ("Wanted", Some(text::word(&instance.wish))),
            ("Package", Some(format!("{} {}", instance.package, instance.package_version))),
            ("Software version", Some(version)),
            ("Topology", Some(instance.topology.clone())),
            ("Plan", Some(instance.plan.name.clone())),
            ("Cell", Some(instance.cell.clone())),
            ("Generation", Some(instance.generation.to_string())),
            ("Created", Some(made(instance))),
            ("Deleted", instance.deleted_at.as_deref().map(text::instant)),
        ],
    )
}

fn made(instance: &InstanceDetail) -> String {
    format!("{} by {}", text::instant(&instance.created_at), instance.created_by)
}

fn members(style: Style, members: &[Member]) -> String {
    let columns = [
        Left("NAME"),
        Left("ROLE"),
        Left("STATE"),
        Left("SINCE"),
        Left("ENDPOINT"),
        Right("RESTARTS"),
        Wrapped("PROBLEM"),
    ];
    let row = |member: &Member| {
        let role = match &member.observed_role {
            Some(observed) if *observed != member.role => {
                format!("{observed} (made as {})", member.role)
            }
            _ => member.role.clone(),
        };
        let endpoint = member.endpoint.as_ref();
        vec![
            member.name.clone(),
            role,
            text::word(&member.state),
            text::maybe_instant(member.since.as_ref()),
            endpoint.map_or_else(|| text::NONE.to_owned(), |at| format!("{}:{}", at.host, at.port)),
            member.restarts.to_string(),
            member.problem.clone().unwrap_or_default(),
        ]
    };
    table::list(style, &columns, members.iter().map(row).collect())
}

fn cost(style: Style, cost: &Cost) -> String {
    let complete = match &cost.complete_to {
        Some(instant) => format!("complete to {}", text::instant(instant)),
        None => "nothing counted yet".to_owned(),
    };
    let title =
        format!("Cost of {} so far: {} {} ({complete})", cost.period, cost.amount, cost.currency);
    let columns = [Left("METER"), Right("QUANTITY"), Right("AMOUNT")];
    let row =
        |line: &CostLine| vec![text::word(&line.meter), line.quantity.clone(), line.amount.clone()];
    table::part(&title, &table::list(style, &columns, cost.lines.iter().map(row).collect()))
}
