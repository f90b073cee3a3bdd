//! `get`: lists.

use graphql_client::page::{self, List};
use graphql_client::query::instance::{InstanceFilter, InstancePage, InstanceSummary, InstancesOf};
use graphql_client::query::offering::{Offering, OfferingsOf, Size};
use graphql_client::query::operation::OperationSummary;
use graphql_client::query::{AskOffering, ListInstances, ListOfferings, ListOperations, Named};

use crate::arguments::{GetArguments, InstanceArguments, Listing};
use crate::client::Client;
use crate::command::{asset, audit, named, operator, organization, project, template};
use crate::error::{Error, Result};
use crate::program::Program;
use crate::table::{self, Column::Left, Column::Right, Column::Wrapped};
use crate::terminal::Style;
use crate::text;

/// Offerings of a page: each comes with its plans, topologies and templates.
const OFFERINGS: u32 = 20;

/// Lists what is asked for.
pub async fn get(program: &Program, arguments: GetArguments) -> Result<()> {
    let client = program.client()?;
    let limit = arguments.limit;
    match arguments.listing {
        Listing::Instances { project, state, search } => {
            let state = state.map(|state| state.to_uppercase());
            let list = instances(&client, limit, InstanceFilter { project, state, search }).await?;
            show(program, &list, instance_table)
        }
        Listing::Offerings { search } => {
            show(program, &offerings(&client, limit, search).await?, offering_table)
        }
        Listing::Plans { offering } => {
            show(program, &plans(one_or_all(&client, limit, offering).await?), plan_table)
        }
        Listing::Templates { offering } => {
            let offerings = one_or_all(&client, limit, offering).await?;
            show(program, &template::of(offerings), template::table)
        }
        Listing::Projects => project::list(program, &client, limit).await,
        Listing::Organizations => organization::list(program, &client, limit, None).await,
        Listing::Operations { instance, project } => {
            let given = InstanceArguments { instance, project };
            let named = named(program, &given)?;
            let slice = |first, after| InstancePage {
                id_or_name: named.id_or_name.clone(),
                project: named.project.clone(),
                first,
                after,
            };
            let list =
                page::collect::<ListOperations, _, _>(&client, limit, slice, |of| of.operations)
                    .await?;
            show(program, &list, operation_table)
        }
        Listing::Cells => operator::cells(program, &client, limit).await,
        Listing::SlowOperations => operator::slow_operations(program, &client, limit).await,
        Listing::Assets(given) => asset::assets(program, &client, limit, given).await,
        Listing::Audit(given) => {
            audit::audit(program, &client, audit::Trail::Tenant, limit, given).await
        }
    }
}

/// Shows a list, and says if it was cut.
pub fn show<T: serde::Serialize>(
    program: &Program,
    list: &List<T>,
    table: impl FnOnce(Style, &[T]) -> String,
) -> Result<()> {
    program.terminal.show(list, |style| table(style, &list.items))?;
    table::note_if_cut(list, &program.terminal);
    Ok(())
}

/// Fetches instances.
pub async fn instances(
    client: &Client,
    limit: u32,
    filter: InstanceFilter,
) -> Result<List<InstanceSummary>> {
    let slice = |first, after| InstancesOf { first, after, filter: filter.clone() };
    let list = page::collect::<ListInstances, _, _>(client, limit, slice, |page| page).await;
    list.map_err(|error: Error| error.at_flags(&[("filter.", "--"), ("first", "--limit")]))
}

/// Fetches offerings.
pub async fn offerings(
    client: &Client,
    limit: u32,
    search: Option<String>,
) -> Result<List<Offering>> {
    let slice = |first: u32, after| OfferingsOf {
        first: first.min(OFFERINGS),
        after,
        search: search.clone(),
    };
    page::collect::<ListOfferings, _, _>(client, limit, slice, |page| page).await
}

async fn one_or_all(client: &Client, limit: u32, one: Option<String>) -> Result<List<Offering>> {
    match one {
        Some(id_or_name) => {
            let one = client.ask::<AskOffering>(&Named { id_or_name }).await?;
            Ok(List { items: vec![one], complete: true })
        }
        None => offerings(client, limit, None).await,
    }
}

fn instance_table(style: Style, instances: &[InstanceSummary]) -> String {
    let columns = [
        Left("NAME"),
        Left("PROJECT"),
        Left("PACKAGE"),
        Left("TOPOLOGY"),
        Left("PLAN"),
        Right("MEMBERS"),
        Left("STATE"),
        Left("CREATED"),
        Left("ID"),
    ];
    let row = |instance: &InstanceSummary| {
        vec![
            instance.name.clone(),
            instance.project.name.clone(),
            format!("{} {}", instance.package, instance.software_version),
            instance.topology.clone(),
            instance.plan.name.clone(),
            instance.members.len().to_string(),
            state(&instance.state, instance.unknown_since.as_ref()),
            text::instant(&instance.created_at),
            instance.id.clone(),
        ]
    };
    table::list(style, &columns, instances.iter().map(row).collect())
}

/// A state as its cell last reported it; if that is too long ago, it says so instead.
pub fn state(state: &str, unknown_since: Option<&String>) -> String {
    match unknown_since {
        Some(since) => {
            format!("unknown since {} (was {})", text::instant(since), text::word(state))
        }
        None => text::word(state),
    }
}

fn offering_table(style: Style, offerings: &[Offering]) -> String {
    let columns = [
        Left("NAME"),
        Left("TITLE"),
        Left("CLASS"),
        Left("VERSIONS"),
        Left("TOPOLOGIES"),
        Left("PLANS"),
        Wrapped("SUMMARY"),
    ];
    let row = |offering: &Offering| {
        let topologies = offering.topologies.iter().map(|one| one.name.as_str());
        let plans = offering.plans.iter().map(|one| one.name.as_str());
        vec![
            offering.name.clone(),
            offering.title.en.clone(),
            offering.class.clone(),
            offering.software_versions.join(", "),
            topologies.collect::<Vec<_>>().join(", "),
            plans.collect::<Vec<_>>().join(", "),
            offering.summary.en.clone(),
        ]
    };
    table::list(style, &columns, offerings.iter().map(row).collect())
}

/// A plan with the offering it belongs to.
#[derive(serde::Serialize)]
struct PlanOfOffering {
    id: String,
    name: String,
    title: graphql_client::query::Text,
    offering: graphql_client::query::Reference,
    size: Size,
}

fn plans(offerings: List<Offering>) -> List<PlanOfOffering> {
    let mut items = Vec::new();
    for Offering { id, name, plans, .. } in offerings.items {
        let offering = graphql_client::query::Reference { id, name };
        items.extend(plans.into_iter().map(|plan| PlanOfOffering {
            id: plan.id,
            name: plan.name,
            title: plan.title,
            offering: offering.clone(),
            size: plan.size,
        }));
    }
    List { items, complete: offerings.complete }
}

fn plan_table(style: Style, plans: &[PlanOfOffering]) -> String {
    let columns = [
        Left("OFFERING"),
        Left("PLAN"),
        Left("TITLE"),
        Right("MILLI-VCPU"),
        Right("MEMORY MIB"),
        Right("STORAGE MIB"),
        Left("ID"),
    ];
    let row = |plan: &PlanOfOffering| {
        vec![
            plan.offering.name.clone(),
            plan.name.clone(),
            plan.title.en.clone(),
            plan.size.millivcpu.to_string(),
            plan.size.memory_mib.to_string(),
            plan.size.storage_mib.to_string(),
            plan.id.clone(),
        ]
    };
    table::list(style, &columns, plans.iter().map(row).collect())
}

/// Operations, newest first.
pub fn operation_table(style: Style, operations: &[OperationSummary]) -> String {
    let columns = [
        Left("OPERATION"),
        Left("KIND"),
        Left("STATE"),
        Left("BEGAN"),
        Left("ENDED"),
        Left("BY"),
        Wrapped("PROBLEM OR WAITS FOR"),
    ];
    let row = |operation: &OperationSummary| {
        vec![
            operation.id.clone(),
            text::word(&operation.kind),
            text::word(&operation.state),
            text::instant(&operation.created_at),
            text::maybe_instant(operation.ended_at.as_ref()),
            operation.created_by.clone(),
            text::harmless(&operation.remark()),
        ]
    };
    table::list(style, &columns, operations.iter().map(row).collect())
}
