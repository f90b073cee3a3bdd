//! The structure of a tenant: written as a document, and taken elsewhere.

use std::time::Duration;

use serde_json::{Value, json};
use tests::client::User;
use tests::client::access::{CREATE_GROUP, DELETE_GROUP};
use tests::client::structure::{PREVIEW_STRUCTURE, STRUCTURE};
use tests::stories;
use tests::world::World;

stories! {
    what_one_tenant_exports_another_one_imports_once,
    everything_that_is_wrong_with_a_document_is_told_and_nothing_is_done,
    only_who_sees_all_of_a_tenant_and_manages_its_access_exports_and_imports,
    a_long_document_is_taken_in_parts,
    an_import_stops_at_what_is_refused_and_goes_on_from_there,
    an_order_that_no_cell_can_take_is_what_an_import_stops_at,
    what_was_shown_and_is_not_so_any_more_is_not_done,
    each_step_is_a_change_of_its_own_in_the_audit,
}

fn document(rest: &str) -> Value {
    json!({ "document": format!("cellplane: 1\n{rest}") })
}

/// A document with so many groups.
fn groups(count: usize) -> Value {
    let group = |number| format!("  - {{ name: crew-{number}, title: A crew }}\n");
    document(&format!("groups:\n{}", (0..count).map(group).collect::<String>()))
}

/// A document with a quota and two instances.
fn limited(limit: u64) -> Value {
    let at = "project: rnd/platform/platform-dev";
    let quota = format!("  - {{ at: {{ {at} }}, meter: instances, limit: {limit} }}\n");
    let order = |name: &str| {
        format!(
            "  - {{ {at}, name: {name}, package: redis, software-version: '7.0', topology: \
             standalone, plan: small }}\n"
        )
    };
    document(&format!("quotas:\n{quota}instances:\n{}{}", order("one"), order("two")))
}

/// Previews, imports, and answers what became of it.
async fn import(user: &User, structure: &Value, key: &str) -> Value {
    let (token, _) = user.preview_structure(structure).await;
    let answer = user.import_structure(structure, &token, key).await;
    answer.granted()["importStructure"].clone()
}

async fn what_one_tenant_exports_another_one_imports_once(world: &mut World) {
    let (admin, dev) = (world.user("admin").await, world.user("dev").await);
    let stranger = world.user("stranger").await;
    let order = world.redis(world.seed.platform_dev, "cache", "standalone");
    world.succeeded(&dev, &dev.order(&order).await.operation).await;
    admin.make(CREATE_GROUP, json!({ "name": "ops", "title": "Operations" })).await;
    let told = admin.structure().await;
    let structure = json!({ "document": told, "skipMissingPeople": true });
    let (token, steps) = stranger.preview_structure(&structure).await;
    assert!(steps.contains(&"make the organization rnd/platform".to_owned()), "{steps:#?}");
    assert!(steps.contains(&"make the group ops".to_owned()), "{steps:#?}");
    let answer = stranger.import_structure(&structure, &token, "key").await;
    let done = answer.granted()["importStructure"].clone();
    assert_eq!(done["steps"], json!(steps));
    assert_eq!((&done["done"], &done["left"]), (&json!(steps.len()), &json!(0)), "{done:#}");
    let again = stranger.import_structure(&structure, &token, "key").await;
    assert_eq!(again.text, answer.text, "the same key");
    let (_, steps) = stranger.preview_structure(&structure).await;
    assert!(steps.is_empty(), "{steps:#?}");
    let theirs = stranger.structure().await;
    for line in ["path: rnd/platform", "name: platform-dev", "name: cache", "name: ops"] {
        assert!(told.contains(line) && theirs.contains(line), "{line} in {theirs}");
    }
    let found = stranger.get("{ instances(first: 5) { nodes { name state } } }", json!({})).await;
    assert_eq!(found["instances"]["nodes"][0]["name"], "cache", "{found:#}");
}

async fn everything_that_is_wrong_with_a_document_is_told_and_nothing_is_done(world: &mut World) {
    let admin = world.user("admin").await;
    let before = admin.structure().await;
    let wrong = document(
        "organizations:\n  - { path: gone/part, title: Part }\n  - { path: new, title: New }\n\
         bindings:\n  - { holder: { group: none }, role: nothing, at: tenant }\n",
    );
    let refused = admin.ask(PREVIEW_STRUCTURE, json!({ "input": wrong })).await;
    assert_eq!(refused.code(), "INVALID");
    let of_document = ("structure.document".to_owned(), "unfit".to_owned());
    assert_eq!(refused.problems(), vec![of_document; 3], "{}", refused.text);
    for part in ["gone", "there is no role nothing", "there is no group none"] {
        assert!(refused.text.contains(part), "{part} in {}", refused.text);
    }
    let imported = admin.import_structure(&wrong, &json!("token"), "key").await;
    assert_eq!(imported.problems(), refused.problems());
    let broken = ["no: [yaml", "cellplane: 2", "cellplane: 1\nsurprise: 1", ""];
    for text in broken {
        let refused = admin.ask(PREVIEW_STRUCTURE, json!({ "input": { "document": text } })).await;
        assert_eq!(refused.code(), "INVALID", "{text}: {}", refused.text);
    }
    assert_eq!(admin.structure().await, before);
}

async fn only_who_sees_all_of_a_tenant_and_manages_its_access_exports_and_imports(
    world: &mut World,
) {
    let structure = groups(1);
    for (name, code) in [
        ("dev", "NOT_FOUND"),
        ("nobody", "NOT_FOUND"),
        ("auditor", "FORBIDDEN"),
        ("operator", "NOT_FOUND"),
    ] {
        let user = world.user(name).await;
        let told = user.ask(STRUCTURE, json!({})).await;
        assert_eq!(told.code(), code, "{name}: {}", told.text);
        let told = user.ask(PREVIEW_STRUCTURE, json!({ "input": structure })).await;
        assert_eq!(told.code(), code, "{name}: {}", told.text);
        let told = user.import_structure(&structure, &json!("token"), "key").await;
        assert_eq!(told.code(), code, "{name}: {}", told.text);
    }
    let (_, steps) = world.user("admin").await.preview_structure(&structure).await;
    assert_eq!(steps.len(), 1, "nothing was done: {steps:#?}");
}

async fn a_long_document_is_taken_in_parts(world: &mut World) {
    let admin = world.user("admin").await;
    let structure = groups(130);
    let first = import(&admin, &structure, "first").await;
    assert_eq!((&first["done"], &first["left"]), (&json!(100), &json!(30)), "{first:#}");
    let again = import(&admin, &structure, "second").await;
    assert_eq!((&again["done"], &again["left"]), (&json!(30), &json!(0)), "{again:#}");
    let (_, steps) = admin.preview_structure(&structure).await;
    assert!(steps.is_empty(), "{steps:#?}");
}

async fn an_import_stops_at_what_is_refused_and_goes_on_from_there(world: &mut World) {
    let admin = world.user("admin").await;
    let tight = limited(1);
    let (token, steps) = admin.preview_structure(&tight).await;
    let told = admin.import_structure(&tight, &token, "key").await;
    let told = &told.granted()["importStructure"];
    assert_eq!((&told["done"], &told["refusal"]["code"]), (&json!(2), &json!("LIMIT_REACHED")));
    assert_eq!(told["steps"], json!(steps));
    let once_more = admin.import_structure(&tight, &token, "key").await;
    assert_eq!(once_more.granted()["importStructure"], *told, "still in the way");
    let done = import(&admin, &limited(2), "another").await;
    assert_eq!((&done["done"], &done["refusal"]), (&json!(2), &Value::Null), "{done:#}");
    let late = admin.import_structure(&tight, &token, "key").await;
    let late = &late.granted()["importStructure"];
    assert_eq!((&late["done"], &late["refusal"]), (&json!(3), &Value::Null), "done once: {late:#}");
    assert!(admin.structure().await.contains("limit: 2"), "what was done since then stays");
}

async fn an_order_that_no_cell_can_take_is_what_an_import_stops_at(world: &mut World) {
    let admin = world.user("admin").await;
    world.kill_agent().await;
    world.pass(Duration::from_secs(240));
    let structure = limited(5);
    let (token, _) = admin.preview_structure(&structure).await;
    let told = admin.import_structure(&structure, &token, "key").await;
    let told = &told.granted()["importStructure"];
    let refusal = &told["refusal"];
    assert_eq!((&told["done"], &refusal["code"]), (&json!(1), &json!("UNAVAILABLE")), "{told:#}");
    assert_eq!(refusal["why"], "no_cell");
    world.restart_agent().await;
    let goes_on = async || {
        let told = admin.import_structure(&structure, &token, "key").await;
        told.granted()["importStructure"]["done"] == 3
    };
    world.until("all of it is done", goes_on).await;
}

async fn what_was_shown_and_is_not_so_any_more_is_not_done(world: &mut World) {
    let admin = world.user("admin").await;
    let structure = groups(2);
    let (token, _) = admin.preview_structure(&structure).await;
    let group = json!({ "name": "crew-1", "title": "A crew" });
    let made = admin.make(CREATE_GROUP, group).await;
    let outdated = admin.import_structure(&structure, &token, "key").await;
    assert_eq!(outdated.code(), "OUTDATED", "{}", outdated.text);
    let other = admin.import_structure(&groups(3), &token, "key").await;
    assert_eq!(other.code(), "OUTDATED", "{}", other.text);
    let done = import(&admin, &structure, "key").await;
    assert_eq!(done["steps"], json!(["make the group crew-0"]));
    let (token, _) = admin.preview_structure(&structure).await;
    let other = admin.import_structure(&structure, &token, "key").await;
    assert_eq!(other.code(), "IDEMPOTENCY_MISMATCH", "{}", other.text);
    admin.act(DELETE_GROUP, json!({ "group": made })).await.granted();
}

async fn each_step_is_a_change_of_its_own_in_the_audit(world: &mut World) {
    let (admin, auditor) = (world.user("admin").await, world.user("auditor").await);
    import(&admin, &groups(2), "key").await;
    let query = "{ audit(first: 3) { nodes { subject action outcome requestId } } }";
    let told = auditor.get(query, json!({})).await;
    let nodes = told["audit"]["nodes"].as_array().expect("records").clone();
    let actions: Vec<_> = nodes.iter().map(|node| node["action"].clone()).collect();
    assert_eq!(actions, ["createGroup", "createGroup", "importStructure"], "{nodes:#?}");
    for node in &nodes {
        assert_eq!((&node["subject"], &node["outcome"]), (&json!("admin"), &json!("done")));
        assert_eq!(node["requestId"], nodes[0]["requestId"], "one request");
    }
}
