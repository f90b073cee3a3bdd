//! Resources, bills, the audit and providers: what takes the id of one.

use serde_json::{Value, json};
use tests::client::order::{
    BATCH, CHANGE, DELETE, OPERATION, PLACE, PREVIEW_BATCH, PREVIEW_CHANGE, PREVIEW_ORDER, REVEAL,
    START, STOP,
};

use super::{Case, Kind, case};
use crate::sign_in_provider::{DELETE as DELETE_PROVIDER, mutation};

/// Selections of many instances, by each way to name what is meant.
fn selections() -> [(&'static str, Value, Kind); 3] {
    [
        ("instances", json!({ "instances": ["$x"] }), Kind::Instance),
        ("project", json!({ "project": "$x" }), Kind::Project),
        ("organization", json!({ "organization": "$x" }), Kind::Organization),
    ]
}

pub(super) fn of_many() -> Vec<Case> {
    let mut cases = Vec::new();
    for (field, selection, kind) in selections() {
        let batch = json!({ "selection": selection, "work": "STOP" });
        let query = format!("Query.previewBatch.input.selection.{field}");
        cases.push(case(query.leak(), PREVIEW_BATCH, json!({ "input": batch }), kind));
        let input = json!({ "batch": batch, "previewToken": "old", "idempotencyKey": "$k" });
        let mutation = format!("Mutation.applyBatch.input.batch.selection.{field}");
        cases.push(case(mutation.leak(), BATCH, json!({ "input": input }), kind));
    }
    let compare = "query($input: CompareInput!) { compare(input: $input) { template } }";
    let one = json!({ "input": { "instances": ["$x"], "template": "durability" } });
    cases.push(case("Query.compare.input.instances", compare, one, Kind::Instance));
    let within = json!({ "input": { "instances": ["mine"], "project": "$x",
        "template": "durability" } });
    cases.push(case("Query.compare.input.project", compare, within, Kind::Project));
    cases
}

pub(super) fn queries(order: &Value) -> Vec<Case> {
    let x = json!({ "x": "$x" });
    let ordered = |field: &str| {
        let mut order = order.clone();
        order[field] = json!("$x");
        json!({ "input": order })
    };
    let text = |ask: &str| format!("query($x: String!) {{ {ask} }}");
    let schema = "query($x: ID!) { offering(idOrName: \"redis\") { parameterSchema( \
        topology: \"standalone\", softwareVersion: \"7.0\", plan: $x) } }";
    let change = json!({ "input": { "instance": "$x", "parameters": { "maxclients": 50 } } });
    let bill = text("bill(organization: $x, period: \"2026-11\") { period }");
    vec![
        case("Query.node.id", "query($x: ID!) { node(id: $x) { id } }", x.clone(), Kind::Any),
        case(
            "Query.organization.idOrName",
            &text("organization(idOrName: $x) { id }"),
            x.clone(),
            Kind::Organization,
        ),
        case(
            "Query.project.idOrName",
            &text("project(idOrName: $x) { id }"),
            x.clone(),
            Kind::Project,
        ),
        case(
            "Query.offering.idOrName",
            &text("offering(idOrName: $x) { id }"),
            x.clone(),
            Kind::Offering,
        ),
        case(
            "Query.instance.idOrName",
            &text("instance(idOrName: $x) { id }"),
            x.clone(),
            Kind::Instance,
        ),
        case(
            "Query.instance.project",
            &text("instance(idOrName: \"mine\", project: $x) { id }"),
            x.clone(),
            Kind::Project,
        ),
        case(
            "Query.instances.filter.project",
            &text("instances(filter: { project: $x }) { nodes { id } }"),
            x.clone(),
            Kind::Project,
        ),
        case("Query.cell.idOrName", &text("cell(idOrName: $x) { id }"), x.clone(), Kind::Cell),
        case("Query.operation.id", OPERATION, json!({ "id": "$x" }), Kind::Operation),
        case("Query.previewOrder.input.project", PREVIEW_ORDER, ordered("project"), Kind::Project),
        case(
            "Query.previewOrder.input.offering",
            PREVIEW_ORDER,
            ordered("offering"),
            Kind::Offering,
        ),
        case("Query.previewOrder.input.plan", PREVIEW_ORDER, ordered("plan"), Kind::Plan),
        case("Query.previewChange.input.instance", PREVIEW_CHANGE, change, Kind::Instance),
        case("Query.bill.organization", &bill, x.clone(), Kind::Organization),
        case("Offering.parameterSchema.plan", schema, x, Kind::Plan),
    ]
}

pub(super) fn histories() -> Vec<Case> {
    let x = json!({ "x": "$x" });
    let register = |filter: &str| {
        format!(
            "query($x: String!) {{ assetRegister(filter: {{ {filter}: $x }}) \
             {{ counts {{ members }} }} }}"
        )
    };
    vec![
        case(
            "Query.assetRegister.filter.organization",
            &register("organization"),
            x.clone(),
            Kind::Organization,
        ),
        case("Query.assetRegister.filter.project", &register("project"), x.clone(), Kind::Project),
        case(
            "Query.audit.filter.target",
            "query($x: ID!) { audit(filter: { target: $x }) { nodes { number } } }",
            x.clone(),
            Kind::Audited,
        ),
        case(
            "Query.audit.filter.operation",
            "query($x: ID!) { audit(filter: { operation: $x }) { nodes { number } } }",
            x.clone(),
            Kind::AuditedOperation,
        ),
        case(
            "Query.installationAudit.filter.target",
            "query($x: ID!) { installationAudit(filter: { target: $x }) { nodes { number } } }",
            x.clone(),
            Kind::Audited,
        ),
        case(
            "Query.installationAudit.filter.operation",
            "query($x: ID!) { installationAudit(filter: { operation: $x }) { nodes { number } } }",
            x,
            Kind::AuditedOperation,
        ),
    ]
}

pub(super) fn mutations(order: &Value) -> Vec<Case> {
    let ordered = |field: &str| {
        let mut order = order.clone();
        order[field] = json!("$x");
        json!({ "input": { "order": order, "previewToken": "old", "idempotencyKey": "$k" } })
    };
    let change = json!({ "instance": "$x", "parameters": { "maxclients": 50 } });
    let change =
        json!({ "input": { "change": change, "previewToken": "old", "idempotencyKey": "$k" } });
    let plain = json!({ "input": { "instance": "$x", "idempotencyKey": "$k" } });
    let named = json!({ "input": { "instance": "$x", "name": "x", "idempotencyKey": "$k" } });
    vec![
        case("Mutation.placeOrder.input.order.project", PLACE, ordered("project"), Kind::Project),
        case(
            "Mutation.placeOrder.input.order.offering",
            PLACE,
            ordered("offering"),
            Kind::Offering,
        ),
        case("Mutation.placeOrder.input.order.plan", PLACE, ordered("plan"), Kind::Plan),
        case("Mutation.changeConfiguration.input.change.instance", CHANGE, change, Kind::Instance),
        case("Mutation.stopInstance.input.instance", STOP, plain.clone(), Kind::Instance),
        case("Mutation.startInstance.input.instance", START, plain.clone(), Kind::Instance),
        case("Mutation.revealSecret.input.instance", REVEAL, plain, Kind::Instance),
        case("Mutation.deleteInstance.input.instance", DELETE, named, Kind::Instance),
    ]
}

pub(super) fn sign_in() -> Vec<Case> {
    let plain = json!({ "input": { "provider": "$x", "idempotencyKey": "$k" } });
    let mut settings = plain.clone();
    settings["input"]["settings"] = json!({ "title": "Mine" });
    let (change, delete) = (&mutation("changeIdentityProvider"), DELETE_PROVIDER);
    let kind = Kind::IdentityProvider;
    vec![
        case("Mutation.changeIdentityProvider.input.provider", change, settings, kind),
        case("Mutation.deleteIdentityProvider.input.provider", delete, plain, kind),
    ]
}

pub(super) fn subscriptions() -> Vec<Case> {
    let events = "subscription($x: ID) { events(after: \"0\", instance: $x) { cursor } }";
    let progress =
        "subscription($x: ID!) { operationProgress(operation: $x) { operation { id } } }";
    let x = json!({ "x": "$x" });
    vec![
        case("Subscription.events.instance", events, x.clone(), Kind::Instance),
        case("Subscription.operationProgress.operation", progress, x, Kind::Operation),
    ]
}
