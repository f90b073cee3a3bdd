//! The same work on many instances: previewed together, done one by one, and nothing is lost or
//! done twice however often it is sent.

use control_plane_core::batch::{BatchRequest, Work};
use control_plane_core::configuration::change::Wanted;
use control_plane_core::selection::Selection;
use control_plane_core::{subject, token};
use policies::role::{Node, Role};
use sea_orm::{ConnectionTrait as _, Database, DbBackend};
use serde_json::{Value, json};
use tests::client::order::{BATCH, CHANGE, Ordered, PREVIEW_BATCH};
use tests::client::{Answer, User};
use tests::stories;
use tests::world::World;
use tests::world::seed::console;

stories! {
    a_change_is_made_on_many_and_what_cannot_take_it_is_left_out_with_the_reason,
    many_are_stopped_and_started_and_each_says_why_it_cannot,
    a_batch_that_was_cut_off_goes_on_where_it_was,
    a_selection_is_named_or_bounded,
    a_template_is_pushed_and_own_values_are_listed_for_each_instance,
    a_preview_of_many_costs_as_many_statements_as_of_one,
    instances_are_compared_with_each_other_and_with_a_template,
}

/// Instances `cache-0` and so on, all running.
async fn caches(world: &mut World, count: usize) -> Vec<String> {
    world.license("more", 60).await;
    let dev = world.user("dev").await;
    let mut made = Vec::new();
    for number in 0..count {
        let name = format!("cache-{number}");
        made.push(dev.order(&world.redis(world.seed.platform_dev, &name, "standalone")).await);
    }
    for ordered in &made {
        world.succeeded(&dev, &ordered.operation).await;
    }
    made.into_iter().map(|ordered| ordered.instance).collect()
}

/// Somebody who sees two organizations and may change one of them.
async fn half_way(world: &World) -> User {
    let (plane, acme) = (world.plane(), Some(world.seed.acme));
    let (name, title) = ("half".parse().expect("a name"), "Half".parse().expect("a title"));
    let id = subject::create(plane, &console(), acme, &name, &title).await.expect("a person");
    let roles = [(Role::Developer, world.seed.platform), (Role::Viewer, world.seed.sales)];
    for (role, at) in roles {
        let bound = subject::bind(plane, &console(), acme, id, role, Node::Organization(at)).await;
        bound.expect("a role");
    }
    world.sign_in("half").await
}

fn change(instances: &[&str], parameters: &Value) -> Value {
    json!({ "selection": { "instances": instances }, "work": "CHANGE", "parameters": parameters })
}

fn power(instances: &[&str], work: &str) -> Value {
    json!({ "selection": { "instances": instances }, "work": work })
}

async fn previewed(user: &User, batch: &Value) -> Value {
    user.get(PREVIEW_BATCH, json!({ "input": batch })).await["previewBatch"].clone()
}

fn with(batch: &Value, token: &Value, key: &str) -> Value {
    json!({ "input": { "batch": batch, "previewToken": token, "reason": "all alike",
        "idempotencyKey": key } })
}

async fn applied(user: &User, batch: &Value, key: &str) -> Answer {
    let token = previewed(user, batch).await["token"].clone();
    user.ask(BATCH, with(batch, &token, key)).await
}

/// Name of each item with the word for why it is left out, or `taken`.
fn verdicts(items: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let verdict = |item: &Value| match &item["refusal"] {
        Value::Null => "taken".to_owned(),
        refusal if refusal["why"].is_string() => text(&refusal["why"]),
        refusal if refusal["problems"][0].is_object() => text(&refusal["problems"][0]["problem"]),
        refusal => text(&refusal["code"]),
    };
    let items = items["items"].as_array().expect("items").iter();
    items.map(|item| (text(&item["instance"]["name"]), verdict(item))).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(name, word)| ((*name).to_owned(), (*word).to_owned())).collect()
}

async fn a_change_is_made_on_many_and_what_cannot_take_it_is_left_out_with_the_reason(
    world: &mut World,
) {
    let ids = caches(world, 3).await;
    let (dev, half) = (world.user("dev").await, half_way(world).await);
    let sold = world.redis(world.seed.sales_dev, "sold", "standalone");
    let sold = world.user("seller").await.order(&sold).await;
    let first = applied(&dev, &change(&["cache-1"], &json!({ "maxclients": 50 })), "one").await;
    let only = &first.granted()["applyBatch"]["items"][0];
    world.succeeded(&dev, only["operation"]["id"].as_str().expect("an id")).await;
    world.kill_agent().await;
    dev.order(&world.redis(world.seed.platform_dev, "fresh", "standalone")).await;
    let going = dev.order(&world.redis(world.seed.platform_dev, "going", "standalone")).await;
    dev.delete(&going.instance, "going", "delete").await.granted();

    let all = [&*ids[0], "cache-1", "cache-2", &sold.instance, "fresh", &going.instance];
    let batch = change(&all, &json!({ "maxclients": 50 }));
    let shown = previewed(&half, &batch).await;
    let expected = [
        ("cache-0", "taken"),
        ("cache-1", "unchanged"),
        ("cache-2", "taken"),
        ("sold", "FORBIDDEN"),
        ("fresh", "operation_running"),
        ("going", "deleting"),
    ];
    assert_eq!(verdicts(&shown), pairs(&expected));
    assert_eq!(shown["items"][0]["changes"][0]["after"], 50);
    assert_eq!(shown["items"][0]["apply"], "HOT");
    let done = half.ask(BATCH, with(&batch, &shown["token"], "many")).await;
    let payload = done.granted()["applyBatch"].clone();
    assert_eq!(verdicts(&payload), pairs(&expected));
    for (index, id) in [&ids[0], &ids[1], &ids[2]].iter().enumerate() {
        let now = dev.instance(id).await;
        assert_eq!(now["configuration"]["parameters"]["maxclients"], 50);
        assert_eq!(now["configuration"]["number"], 2);
        let is_new = payload["items"][index]["operation"]["kind"] == "CHANGE";
        assert_eq!(is_new, index != 1);
    }
    assert_eq!(dev.instance("fresh").await["generation"], 1);
    // Sent again it is the same answer, and for anything else the key is taken.
    let again = half.ask(BATCH, with(&batch, &shown["token"], "many")).await;
    assert_eq!(again.text, done.text);
    let other = change(&["cache-0"], &json!({ "maxclients": 60 }));
    let refused = half.ask(BATCH, with(&other, &shown["token"], "many")).await;
    assert_eq!(refused.code(), "IDEMPOTENCY_MISMATCH");
    // What was seen is not true any more.
    assert_eq!(half.ask(BATCH, with(&batch, &shown["token"], "late")).await.code(), "OUTDATED");
    let absent = change(&["cache-0"], &json!({ "repl-timeout": 90 }));
    assert_eq!(verdicts(&previewed(&dev, &absent).await), pairs(&[("cache-0", "not_allowed")]));
    let immutable = change(&["cache-0"], &json!({ "databases": 3 }));
    assert_eq!(verdicts(&previewed(&dev, &immutable).await), pairs(&[("cache-0", "immutable")]));
    let refused = applied(&dev, &immutable, "immutable").await;
    assert_eq!((refused.code(), &refused.told()["why"]), ("CONFLICT", &json!("nothing_left")));
    world.restart_agent().await;
}

async fn many_are_stopped_and_started_and_each_says_why_it_cannot(world: &mut World) {
    caches(world, 2).await;
    let dev = world.user("dev").await;
    let stopped = applied(&dev, &power(&["cache-0"], "STOP"), "first").await;
    let operation = stopped.granted()["applyBatch"]["items"][0]["operation"].clone();
    assert_eq!(operation["kind"], "STOP");
    world.succeeded(&dev, operation["id"].as_str().expect("an id")).await;
    let all = json!({ "selection": { "project": "platform-dev" }, "work": "STOP" });
    let shown = previewed(&dev, &all).await;
    assert_eq!(verdicts(&shown), pairs(&[("cache-1", "taken"), ("cache-0", "stopped")]));
    assert_eq!(shown["items"][1]["instance"]["state"], "STOPPED");
    let done = dev.ask(BATCH, with(&all, &shown["token"], "all")).await;
    let operation = done.granted()["applyBatch"]["items"][0]["operation"]["id"].clone();
    world.succeeded(&dev, operation.as_str().expect("an id")).await;
    assert!(world.pids().await.values().all(Option::is_none));
    let none = applied(&dev, &all, "none").await;
    assert_eq!((none.code(), &none.told()["why"]), ("CONFLICT", &json!("nothing_left")));
    let below = json!({ "selection": { "organization": "rnd", "package": "redis" },
        "work": "START" });
    let started = applied(&world.user("head").await, &below, "start").await;
    let payload = started.granted()["applyBatch"].clone();
    assert_eq!(verdicts(&payload), pairs(&[("cache-1", "taken"), ("cache-0", "taken")]));
    for item in payload["items"].as_array().expect("items") {
        world.succeeded(&dev, item["operation"]["id"].as_str().expect("an id")).await;
    }
    assert!(world.pids().await.values().all(Option::is_some));
    let viewer = world.user("viewer").await;
    let seen = previewed(&viewer, &power(&["cache-0"], "STOP")).await;
    assert_eq!(verdicts(&seen), pairs(&[("cache-0", "FORBIDDEN")]));
    let values = json!({ "selection": { "instances": ["cache-0"] }, "work": "STOP",
        "parameters": { "maxclients": 50 } });
    let refused = dev.ask(PREVIEW_BATCH, json!({ "input": values })).await;
    assert_eq!(refused.problems(), pairs(&[("parameters", "not_allowed")]));
}

/// What the plane keeps of a batch before it touches an instance.
async fn decided(world: &World, key: &str, input_hash: &str, outcome: &Value) {
    let database = Database::connect(world.database()).await.expect("a database");
    let column = match database.get_database_backend() {
        DbBackend::MySql => "`key`",
        _ => "\"key\"",
    };
    let plant = format!(
        "INSERT INTO idempotency (tenant_id, subject_id, mutation, {column}, input_hash, outcome, \
         created_at) SELECT tenant_id, id, 'applyBatch', '{key}', '{input_hash}', '{outcome}', \
         created_at FROM subject WHERE name = 'dev'"
    );
    database.execute_unprepared(&plant).await.expect("decided");
}

async fn a_batch_that_was_cut_off_goes_on_where_it_was(world: &mut World) {
    let ids = caches(world, 3).await;
    let dev = world.user("dev").await;
    let names = ["cache-0", "cache-1", "cache-2"];
    let batch = change(&names, &json!({ "maxclients": 50 }));
    let token = previewed(&dev, &batch).await["token"].clone();
    // As if the plane had been killed when the first of three was done.
    let wanted =
        Wanted { parameters: [("maxclients".to_owned(), json!(50))].into(), ..Wanted::default() };
    let instances = names.map(str::to_owned).to_vec();
    let selection = Selection { instances, ..Selection::default() };
    let request = BatchRequest { selection, work: Work::Change(wanted) };
    let reason = Some("all alike");
    let hash = token::digest_of(&(&request, reason, token.as_str().expect("a token")));
    let mut kept = Vec::new();
    for id in &ids {
        let one = json!({ "instance": id, "parameters": { "maxclients": 50 } });
        let of_one = dev.preview_change(&one).await["token"].clone();
        kept.push(json!({ "instance": id, "generation": 1, "token": of_one, "refusal": null }));
    }
    decided(world, "key", &hash, &json!(kept)).await;
    let one = json!({ "instance": ids[0], "parameters": { "maxclients": 50 } });
    let key = token::hash(&format!("key {}", ids[0]));
    let input = json!({ "change": one, "previewToken": kept[0]["token"], "reason": reason,
        "idempotencyKey": key });
    let first = Ordered::from(&dev.ask(CHANGE, json!({ "input": input })).await);

    let done = dev.ask(BATCH, with(&batch, &token, "key")).await;
    let items = done.granted()["applyBatch"].clone();
    assert_eq!(verdicts(&items), names.map(|name| (name.to_owned(), "taken".to_owned())));
    assert_eq!(items["items"][0]["operation"]["id"], json!(first.operation), "done once");
    for id in &ids {
        assert_eq!(dev.instance(id).await["configuration"]["number"], 2);
    }
    let all_at_once = (0..10).map(|_| dev.ask(BATCH, with(&batch, &token, "key")));
    for again in futures::future::join_all(all_at_once).await {
        assert_eq!(again.text, done.text);
    }
}

async fn a_selection_is_named_or_bounded(world: &mut World) {
    caches(world, 1).await;
    let dev = world.user("dev").await;
    let ask = async |selection: Value| {
        let batch = json!({ "selection": selection, "work": "STOP" });
        dev.ask(PREVIEW_BATCH, json!({ "input": batch })).await
    };
    let refused = async |selection: Value, problem: &str| {
        assert_eq!(ask(selection).await.problems(), pairs(&[("instances", problem)]));
    };
    refused(json!({}), "required").await;
    refused(json!({ "instances": [] }), "required").await;
    refused(json!({ "package": "redis" }), "required").await;
    let names: Vec<_> = (0..101).map(|number| format!("cache-{number}")).collect();
    refused(json!({ "instances": names }), "out_of_range").await;
    let missing = ask(json!({ "instances": ["cache-0", "cache-1"] })).await;
    assert_eq!(missing.code(), "NOT_FOUND", "a name that is wrong stops all of it");
    let twice = ask(json!({ "instances": ["cache-0", "cache-0"] })).await;
    assert_eq!(verdicts(&twice.granted()["previewBatch"]), pairs(&[("cache-0", "taken")]));
    let other = ask(json!({ "project": "platform-dev", "package": "other" })).await;
    assert_eq!(verdicts(&other.granted()["previewBatch"]), []);
    let head = world.user("head").await;
    let same = world.redis(world.seed.sales_dev, "cache-0", "standalone");
    world.user("seller").await.order(&same).await;
    let both = json!({ "selection": { "instances": ["cache-0"] }, "work": "STOP" });
    let refused = head.ask(PREVIEW_BATCH, json!({ "input": both })).await;
    assert_eq!(refused.problems(), pairs(&[("instances", "ambiguous")]));
    let one = json!({ "selection": { "instances": ["cache-0"], "project": "platform-dev" },
        "work": "STOP" });
    assert_eq!(verdicts(&previewed(&head, &one).await), pairs(&[("cache-0", "taken")]));
}

async fn a_template_is_pushed_and_own_values_are_listed_for_each_instance(world: &mut World) {
    caches(world, 3).await;
    let dev = world.user("dev").await;
    let own = applied(&dev, &change(&["cache-1"], &json!({ "appendfsync": "no" })), "own").await;
    let operation = own.granted()["applyBatch"]["items"][0]["operation"]["id"].clone();
    world.succeeded(&dev, operation.as_str().expect("an id")).await;
    let mut push = change(&["cache-0", "cache-1"], &json!({}));
    push["template"] = json!("durability");
    let shown = previewed(&dev, &push).await;
    let expected = [("cache-0", "taken"), ("cache-1", "own_values")];
    assert_eq!(verdicts(&shown), pairs(&expected));
    let against = json!([{ "parameter": "appendfsync", "own": "no", "template": "always" }]);
    assert_eq!(shown["items"][1]["ownValues"], against);
    let done = applied(&dev, &push, "push").await;
    assert_eq!(verdicts(&done.granted()["applyBatch"]), pairs(&expected));
    let operation = done.granted()["applyBatch"]["items"][0]["operation"]["id"].clone();
    world.succeeded(&dev, operation.as_str().expect("an id")).await;
    assert_eq!(dev.instance("cache-1").await["configuration"]["number"], 2, "nothing was changed");
    push["replaceOwn"] = json!(true);
    let done = applied(&dev, &push, "replace").await;
    let expected = [("cache-0", "unchanged"), ("cache-1", "taken")];
    assert_eq!(verdicts(&done.granted()["applyBatch"]), pairs(&expected));
    let now = dev.instance("cache-1").await;
    assert_eq!(now["configuration"]["parameters"]["appendfsync"], "always");
    push["template"] = json!("speed");
    assert_eq!(verdicts(&previewed(&dev, &push).await)[0].1, "unknown");
}

async fn a_preview_of_many_costs_as_many_statements_as_of_one(world: &mut World) {
    caches(world, 9).await;
    let dev = world.user("dev").await;
    let names: Vec<_> = (0..9).map(|number| format!("cache-{number}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    // Its reports would be counted, too.
    world.kill_agent().await;
    let cost = async |batch: &Value| {
        previewed(&dev, batch).await;
        let before = world.plane().store.statements();
        previewed(&dev, batch).await;
        world.plane().store.statements() - before
    };
    for values in [json!({ "maxclients": 50 }), json!({ "rdbchecksum": false })] {
        let one = cost(&change(&names[..1], &values)).await;
        let many = cost(&change(&names, &values)).await;
        assert!(many <= one + 1, "{one} statements for one, {many} for nine");
    }
    let (one, many) = (cost(&power(&names[..1], "STOP")).await, cost(&power(&names, "STOP")).await);
    assert!(many <= one + 1, "{one} statements for one, {many} for nine");
    let compare = "query($input: CompareInput!) { compare(input: $input) { \
        instances { id name project { id } } parameters { parameter } } }";
    let cost = async |names: &[&str]| {
        let before = world.plane().store.statements();
        dev.get(compare, json!({ "input": { "instances": names } })).await;
        world.plane().store.statements() - before
    };
    let (two, nine) = (cost(&names[..2]).await, cost(&names).await);
    assert!(nine <= two + 1, "{two} statements for two, {nine} for nine");
    world.restart_agent().await;
}

const COMPARE: &str = "query($input: CompareInput!) { compare(input: $input) { template \
    instances { name } parameters { parameter differs values { value origin } } } }";

async fn compared(user: &User, input: Value) -> Answer {
    user.ask(COMPARE, json!({ "input": input })).await
}

async fn instances_are_compared_with_each_other_and_with_a_template(world: &mut World) {
    caches(world, 2).await;
    let (dev, viewer) = (world.user("dev").await, world.user("viewer").await);
    let names = json!(["cache-0", "cache-1"]);
    let same = compared(&viewer, json!({ "instances": names })).await;
    assert_eq!(same.granted()["compare"]["parameters"], json!([]));
    applied(&dev, &change(&["cache-1"], &json!({ "maxclients": 50 })), "key").await.granted();
    let differ = compared(&viewer, json!({ "instances": names })).await;
    let rows = differ.granted()["compare"]["parameters"].clone();
    assert_eq!(rows.as_array().map(Vec::len), Some(1));
    assert_eq!((&rows[0]["parameter"], &rows[0]["differs"]), (&json!("maxclients"), &json!(true)));
    assert_eq!(rows[0]["values"][1], json!({ "value": 50, "origin": "OWN" }));
    assert_eq!(rows[0]["values"][0]["origin"], "DEFAULT");
    let all = compared(&viewer, json!({ "instances": names, "all": true })).await;
    let all = all.granted()["compare"]["parameters"].clone();
    let differing = all.as_array().expect("rows").iter().filter(|row| row["differs"] == true);
    assert!(all.as_array().map_or(0, Vec::len) > 30 && differing.count() == 1);

    let template = json!({ "instances": ["cache-1"], "template": "durability" });
    let rows = compared(&viewer, template).await.granted()["compare"]["parameters"].clone();
    let of = |name: &str| {
        rows.as_array().and_then(|rows| rows.iter().find(|row| row["parameter"] == name)).cloned()
    };
    let flush = of("appendfsync").expect("a row");
    assert_eq!(
        (&flush["values"][0]["value"], &flush["values"][1]["value"]),
        (&json!("everysec"), &json!("always"))
    );
    assert_eq!(of("maxclients"), None, "the template says nothing about it");

    let refused = async |input: Value, field: &str, problem: &str| {
        assert_eq!(compared(&dev, input).await.problems(), pairs(&[(field, problem)]));
    };
    refused(json!({ "instances": ["cache-0"] }), "instances", "out_of_range").await;
    refused(json!({ "instances": names, "template": "durability" }), "template", "not_allowed")
        .await;
    refused(json!({ "instances": ["cache-0"], "template": "speed" }), "template", "unknown").await;
    refused(json!({ "instances": [] }), "instances", "required").await;
    let database = Database::connect(world.database()).await.expect("a database");
    let package =
        |name: &str| format!("UPDATE instance SET package = '{name}' WHERE name = 'cache-1'");
    database.execute_unprepared(&package("nginx")).await.expect("another package");
    refused(json!({ "instances": names }), "instances", "not_allowed").await;
    database.execute_unprepared(&package("redis")).await.expect("mended");
}
