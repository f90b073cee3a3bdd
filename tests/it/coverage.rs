//! Whatever takes an id answers the same to a stranger's, a sibling's, a missing and a malformed
//! one, byte for byte. The schema is asked what takes an id, so a new field needs a case here.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::client::order::{
    BATCH, CHANGE, DELETE, OPERATION, PLACE, PREVIEW_BATCH, PREVIEW_CHANGE, PREVIEW_ORDER, REVEAL,
    START, STOP,
};
use tests::client::{Answer, User, tree};
use tests::stories;
use tests::world::World;
use types::id::{
    CellId, InstanceId, OfferingId, OperationId, OrganizationId, PlanId, ProjectId, SystemIds,
};

stories! {
    what_is_not_yours_is_as_if_it_were_missing,
}

/// What an argument names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Any,
    /// The audit is the auditor's, whatever one asks it for; see `audit.rs` for what he finds.
    Audited,
    /// The same, where only the id of an operation is taken.
    AuditedOperation,
    Cell,
    Instance,
    Offering,
    Operation,
    Organization,
    Plan,
    Project,
}

/// An argument that takes an id: where it stands in the schema, how it is asked, with `$x` for the
/// id, and what it names.
#[derive(Clone)]
struct Case {
    argument: &'static str,
    document: String,
    variables: Value,
    kind: Kind,
}

fn case(argument: &'static str, document: &str, variables: Value, kind: Kind) -> Case {
    Case { argument, document: document.to_owned(), variables, kind }
}

/// Selections of many instances, by each way to name what is meant.
fn selections() -> [(&'static str, Value, Kind); 3] {
    [
        ("instances", json!({ "instances": ["$x"] }), Kind::Instance),
        ("project", json!({ "project": "$x" }), Kind::Project),
        ("organization", json!({ "organization": "$x" }), Kind::Organization),
    ]
}

fn of_many() -> Vec<Case> {
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

fn queries(order: &Value) -> Vec<Case> {
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

fn histories() -> Vec<Case> {
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
            x,
            Kind::AuditedOperation,
        ),
    ]
}

fn mutations(order: &Value) -> Vec<Case> {
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

/// What changes the tree, each by the ids that it takes; `seen` and `own` are an organization
/// and a project that the asker sees.
fn of_the_tree(seen: &str, own: &str) -> Vec<Case> {
    let organization = json!({ "organization": "$x", "idempotencyKey": "$k" });
    let project = json!({ "project": "$x", "idempotencyKey": "$k" });
    let with = |base: &Value, field: &str, value: &str| {
        let mut input = base.clone();
        input[field] = json!(value);
        input
    };
    let named = |base: &Value| with(&with(base, "name", "new"), "title", "New");
    let mut below = with(&organization, "parent", "$x");
    below.as_object_mut().expect("an object").remove("organization");
    let moved = with(&with(&organization, "organization", seen), "parent", "$x");
    let owner = with(&organization, "project", own);
    [
        ("createOrganization", "parent", named(&below), Kind::Organization),
        ("renameOrganization", "organization", named(&organization), Kind::Organization),
        (
            "moveOrganization",
            "organization",
            with(&organization, "parent", seen),
            Kind::Organization,
        ),
        ("moveOrganization", "parent", moved, Kind::Organization),
        ("deleteOrganization", "organization", organization.clone(), Kind::Organization),
        ("createProject", "organization", named(&organization), Kind::Organization),
        ("renameProject", "project", named(&project), Kind::Project),
        ("moveProject", "project", with(&project, "organization", seen), Kind::Project),
        ("moveProject", "organization", owner, Kind::Organization),
        ("deleteProject", "project", project, Kind::Project),
    ]
    .into_iter()
    .map(|(mutation, field, input, kind)| {
        let argument = format!("Mutation.{mutation}.input.{field}");
        case(argument.leak(), &tree::text(mutation), json!({ "input": input }), kind)
    })
    .collect()
}

fn subscriptions() -> Vec<Case> {
    let events = "subscription($x: ID) { events(after: \"0\", instance: $x) { cursor } }";
    let progress =
        "subscription($x: ID!) { operationProgress(operation: $x) { operation { id } } }";
    let x = json!({ "x": "$x" });
    vec![
        case("Subscription.events.instance", events, x.clone(), Kind::Instance),
        case("Subscription.operationProgress.operation", progress, x, Kind::Operation),
    ]
}

/// The ids and names that somebody has.
struct Things {
    instance: String,
    operation: String,
    organization: String,
    project: String,
    names: [&'static str; 3],
}

impl Things {
    fn of(&self, kind: Kind) -> Vec<String> {
        let name = |index: usize| self.names[index].to_owned();
        match kind {
            Kind::Instance => vec![self.instance.clone(), name(0)],
            Kind::Audited => vec![self.instance.clone()],
            Kind::Operation | Kind::AuditedOperation => vec![self.operation.clone()],
            Kind::Organization => vec![self.organization.clone(), name(1)],
            Kind::Project => vec![self.project.clone(), name(2)],
            Kind::Any => vec![
                self.instance.clone(),
                self.operation.clone(),
                self.organization.clone(),
                self.project.clone(),
            ],
            // Cells are the operator's, whatever runs in them.
            Kind::Cell => vec!["north".to_owned(), self.instance.clone()],
            // Offerings and plans are everybody's; an id of another kind is none of them.
            Kind::Offering | Kind::Plan => vec![self.instance.clone()],
        }
    }
}

async fn things(
    user: &User,
    order: &Value,
    organization: OrganizationId,
    names: [&'static str; 3],
) -> Things {
    let made = user.order(order).await;
    let project = order["project"].as_str().expect("an id").to_owned();
    let (instance, operation) = (made.instance, made.operation);
    Things { instance, operation, organization: organization.to_string(), project, names }
}

fn missing(kind: Kind) -> Vec<String> {
    let id: String = match kind {
        Kind::Cell => CellId::next(&SystemIds).to_string(),
        Kind::Any | Kind::Audited | Kind::Instance => InstanceId::next(&SystemIds).to_string(),
        Kind::Offering => OfferingId::next(&SystemIds).to_string(),
        Kind::Operation | Kind::AuditedOperation => OperationId::next(&SystemIds).to_string(),
        Kind::Organization => OrganizationId::next(&SystemIds).to_string(),
        Kind::Plan => PlanId::next(&SystemIds).to_string(),
        Kind::Project => ProjectId::next(&SystemIds).to_string(),
    };
    let prefix = id.split('_').next().unwrap_or_default().to_owned();
    let malformed = ["_", "_00", "' OR 1=1 --", "_\u{0}", "_中文"];
    let malformed = malformed.iter().map(|rest| format!("{prefix}{rest}"));
    [id.clone(), id.to_uppercase(), String::new()].into_iter().chain(malformed).collect()
}

fn filled(variables: &Value, id: &str, key: &str) -> Value {
    match variables {
        Value::String(text) if text == "$x" => json!(id),
        Value::String(text) if text == "$k" => json!(key),
        Value::Array(items) => items.iter().map(|item| filled(item, id, key)).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), filled(value, id, key))).collect()
        }
        other => other.clone(),
    }
}

async fn ask(user: &User, case: &Case, id: &str) -> Answer {
    // A key of its own, so that no case meets the answer of another one.
    let variables = filled(&case.variables, id, &format!("key {}", case.argument));
    if case.argument.starts_with("Subscription.") {
        return user.follow(&case.document, variables).await.next().await.expect("an answer");
    }
    user.ask(&case.document, variables).await
}

async fn what_is_not_yours_is_as_if_it_were_missing(world: &mut World) {
    let seed = world.seed;
    let (dev, seller) = (world.user("dev").await, world.user("seller").await);
    let stranger = world.user("stranger").await;
    let order = world.redis(seed.platform_dev, "mine", "standalone");
    let mine = things(&dev, &order, seed.platform, ["mine", "platform", "platform-dev"]).await;
    let theirs = world.redis(seed.sales_dev, "sold", "standalone");
    let theirs = things(&seller, &theirs, seed.sales, ["sold", "sales", "sales-dev"]).await;
    let foreign = world.redis(seed.globex_dev, "foreign", "standalone");
    let names = ["foreign", "globex", "globex-dev"];
    let foreign = things(&stranger, &foreign, seed.globex_root, names).await;
    let fresh = world.redis(seed.platform_dev, "fresh", "standalone");
    let asked = [queries(&fresh), histories(), subscriptions(), mutations(&fresh), of_many()];
    let seen = (seed.platform.to_string(), seed.platform_dev.to_string());
    let asked = asked.into_iter().chain([of_the_tree(&seen.0, &seen.1)]);
    let cases: Vec<_> = asked.flatten().collect();
    let tried: BTreeSet<_> = cases.iter().map(|case| case.argument.to_owned()).collect();
    assert_eq!(arguments(&dev).await, tried, "an argument that takes an id lacks a case");
    let untouched =
        (seller.instance(&theirs.instance).await, stranger.instance(&foreign.instance).await);
    for case in &cases {
        let ids = missing(case.kind);
        let expected = ask(&dev, case, &ids[0]).await.without_request();
        let others = theirs.of(case.kind).into_iter().chain(foreign.of(case.kind));
        for id in ids[1..].iter().cloned().chain(others) {
            let answer = ask(&dev, case, &id).await;
            assert_eq!(answer.without_request(), expected, "{} of {id:?}", case.argument);
            let is_hidden =
                answer.code() == "NOT_FOUND" || answer.text == r#"{"data":{"node":null}}"#;
            assert!(is_hidden, "{} of {id:?}: {}", case.argument, answer.text);
        }
    }
    let is_asked = |case: &&Case| {
        let nobodys = matches!(case.kind, Kind::Cell | Kind::Offering | Kind::Plan);
        !nobodys && !matches!(case.kind, Kind::Audited | Kind::AuditedOperation)
    };
    for case in cases.iter().filter(is_asked) {
        let answer = ask(&dev, case, &mine.of(case.kind)[0]).await;
        assert_ne!(answer.code(), "NOT_FOUND", "{}: the case asks nothing", case.argument);
    }
    let after =
        (seller.instance(&theirs.instance).await, stranger.instance(&foreign.instance).await);
    assert_eq!(untouched.0["generation"], after.0["generation"]);
    assert_eq!(untouched.1["generation"], after.1["generation"]);
}

/// Arguments of the schema that take an id, or an id or a name.
async fn arguments(user: &User) -> BTreeSet<String> {
    let query = "{ __schema { types { name kind \
        fields { name args { name type { ...T } } } inputFields { name type { ...T } } } } } \
        fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { name } } } }";
    let schema = user.get(query, json!({})).await;
    let types = schema["__schema"]["types"].as_array().expect("types").clone();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut open = Vec::new();
    let is_object =
        |kind: &&Value| kind["kind"] == "OBJECT" && !text(&kind["name"]).starts_with("__");
    for object in types.iter().filter(is_object) {
        for field in list(&object["fields"]) {
            let path = format!("{}.{}", text(&object["name"]), text(&field["name"]));
            open.extend(list(&field["args"]).into_iter().map(|each| (path.clone(), each)));
        }
    }
    let mut found = BTreeSet::new();
    while let Some((path, argument)) = open.pop() {
        let name = text(&argument["name"]);
        let path = format!("{path}.{name}");
        let mut kind = &argument["type"];
        while kind["ofType"].is_object() {
            kind = &kind["ofType"];
        }
        let takes_name = ["idOrName", "project", "organization", "instance"].contains(&&*name);
        if kind["name"] == "ID" || (kind["name"] == "String" && takes_name) {
            found.insert(path);
        } else if let Some(input) = types.iter().find(|each| each["name"] == kind["name"]) {
            open.extend(list(&input["inputFields"]).into_iter().map(|each| (path.clone(), each)));
        }
    }
    // The cursor of a page says where to go on and finds nothing by itself.
    found
}
