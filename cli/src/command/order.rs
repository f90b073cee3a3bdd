//! `order`: choose, preview, ask, order, follow, connect.

mod choice;
mod preview;

use graphql_client::query::instance::InstanceNamed;
use graphql_client::query::offering::OrderFormOf;
use graphql_client::query::order::{OrderPreview, OrderPreviewOf, PlaceOrder, With};
use graphql_client::query::{
    AskConnection, AskOffering, AskOrderForm, AskProject, DoPlaceOrder, Named, PreviewOrder,
};
use serde_json::{Value, json};

use crate::arguments::OrderArguments;
use crate::client::Client;
use crate::command::{connect, wait};
use crate::error::{Error, Result};
use crate::program::Program;
use crate::prompt;
use crate::value;

const AFTER_A_LOOK: &str = "--yes, after a look at --preview";
/// How the plane's fields are called here.
const FLAGS: &[(&str, &str)] = &[
    ("parameters.", "--set "),
    ("name", "--name"),
    ("project", "--project"),
    ("offering", "PACKAGE"),
    ("softwareVersion", "--software-version"),
    ("topology", "--topology"),
    ("plan", "--plan"),
    ("template", "--template"),
];

/// Orders an instance.
pub async fn order(program: &Program, arguments: OrderArguments) -> Result<()> {
    if !arguments.yes && !arguments.preview {
        prompt::need_person(&program.terminal, AFTER_A_LOOK)?;
    }
    let client = program.client()?;
    let (order, schema, facts) = choose(program, &client, &arguments).await?;
    let asked = With { input: order.clone() };
    let preview =
        client.ask::<PreviewOrder>(&asked).await.map_err(|error| error.at_flags(FLAGS))?;
    let terminal = &program.terminal;
    let page = preview::page(terminal.style, &facts, &order, &schema, &preview);
    if arguments.preview {
        return terminal.show(&shown(&order, &preview), |_| page);
    }
    if !arguments.yes {
        // Where programs read the answer, people still see what they are asked about.
        terminal.note(&page);
        prompt::confirm(terminal, "Order it?", AFTER_A_LOOK)?;
    } else {
        terminal.tell(&page)?;
    }
    let input = PlaceOrder {
        order: order.clone(),
        preview_token: preview.token.clone(),
        reason: arguments.reason.clone(),
        idempotency_key: client.new_key(),
    };
    let accepted = client.ask::<DoPlaceOrder>(&With { input }).await;
    let accepted = accepted.map_err(|error| error.at_flags(FLAGS))?;
    let id = accepted.instance.id.clone();
    let done = format!("{} is running.\n", order.name);
    let outcome = wait::settle(program, &client, accepted, arguments.wait, &done).await?;
    let mut answer = json!(outcome);
    answer["preview"] = shown(&order, &preview);
    if !arguments.wait.follows() {
        return terminal.show(&answer, |_| String::new());
    }
    let named = InstanceNamed { id_or_name: id, project: None };
    let instance = client.ask::<AskConnection>(&named).await?;
    answer["connection"] = json!(instance.connection);
    terminal.show(&answer, |style| {
        let guide = connect::guide(style, &instance.connection);
        format!("{guide}\nWith the password: cellplane connect {} --reveal\n", order.name)
    })
}

/// What an order needs besides ids, for people.
struct Facts {
    package: String,
    project: String,
    organization: Option<String>,
    plan: String,
}

/// Settles everything that is not settled by the arguments.
async fn choose(
    program: &Program,
    client: &Client,
    arguments: &OrderArguments,
) -> Result<(OrderPreviewOf, Value, Facts)> {
    let terminal = &program.terminal;
    let wanted = program.project(arguments.project.as_deref())?;
    let id_or_name = wanted.ok_or_else(|| {
        Error::Usage(
            "give --project PROJECT, or choose one: cellplane use --project PROJECT".into(),
        )
    })?;
    let project = client.ask::<AskProject>(&Named { id_or_name }).await?;
    let id_or_name = arguments.package.clone();
    let offering = client.ask::<AskOffering>(&Named { id_or_name }).await?;
    let topology = choice::topology(terminal, &offering, arguments.topology.as_deref())?;
    let plan = choice::plan(terminal, &offering, arguments.plan.as_deref())?;
    let software_version = match &arguments.software_version {
        Some(version) => version.clone(),
        None => choice::newest(&offering.software_versions)
            .ok_or_else(|| Error::Usage(format!("{} has no version to order", offering.name)))?,
    };
    let name = match &arguments.name {
        Some(name) => name.clone(),
        None => choice::name(terminal, client, &offering.name, &project.id).await?,
    };
    let form = OrderFormOf {
        id_or_name: offering.id.clone(),
        topology: topology.clone(),
        software_version: software_version.clone(),
        plan: plan.id.clone(),
    };
    let form = client.ask::<AskOrderForm>(&form).await.map_err(|error| error.at_flags(FLAGS))?;
    let parameters =
        value::parameters(&form.parameter_schema, &arguments.set, &arguments.set_file)?;
    let order = OrderPreviewOf {
        project: project.id.clone(),
        name,
        offering: offering.id.clone(),
        software_version,
        topology,
        plan: plan.id.clone(),
        parameters,
        template: arguments.template.clone(),
    };
    let facts = Facts {
        package: format!("{} {}", offering.name, offering.package_version),
        project: project.name,
        organization: project.organization.map(|owner| owner.name),
        plan: plan.name.clone(),
    };
    Ok((order, form.parameter_schema, facts))
}

fn shown(order: &OrderPreviewOf, preview: &OrderPreview) -> Value {
    let mut shown = json!(preview);
    shown["order"] = json!(order);
    shown
}
