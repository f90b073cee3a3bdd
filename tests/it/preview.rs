//! Previews and what is refused by them: what changed since, what does not fit the form.

use std::time::Duration;

use serde_json::{Value, json};
use tests::client::order::{Ordered, PREVIEW_CHANGE, PREVIEW_ORDER};
use tests::client::{Answer, User};
use tests::stories;
use tests::world::World;

stories! {
    an_order_whose_price_changed_since_the_preview_is_refused,
    an_order_of_something_else_than_previewed_is_refused,
    a_change_after_another_change_is_refused,
    everything_wrong_with_an_order_is_told_at_once,
    everything_wrong_with_a_change_is_told_at_once,
    a_viewer_sees_and_does_not_order,
    no_text_is_a_defect_of_ours,
}

async fn names(user: &User) -> Vec<Value> {
    let found = user.get("{ instances { nodes { name } } }", json!({})).await;
    let nodes = found["instances"]["nodes"].as_array().expect("instances").clone();
    nodes.into_iter().map(|node| node["name"].clone()).collect()
}

async fn an_order_whose_price_changed_since_the_preview_is_refused(world: &mut World) {
    let dev = world.user("dev").await;
    let order = world.redis(world.seed.platform_dev, "shop-cache", "standalone");
    let shown = dev.get(PREVIEW_ORDER, json!({ "input": order })).await["previewOrder"].clone();
    assert_eq!(shown["price"]["perHour"], "0.05");
    world.pass(Duration::from_secs(1));
    world.publish_prices("0.07").await;
    let refused = dev.place(&order, &shown["token"], "key").await;
    assert_eq!(refused.code(), "OUTDATED");
    assert_eq!(names(&dev).await, [""; 0]);
    let shown = dev.get(PREVIEW_ORDER, json!({ "input": order })).await["previewOrder"].clone();
    assert_eq!(shown["price"]["perHour"], "0.07");
    assert_eq!(shown["licence"]["used"], 0, "nothing was made");
    Ordered::from(&dev.place(&order, &shown["token"], "key").await);
}

async fn an_order_of_something_else_than_previewed_is_refused(world: &mut World) {
    let dev = world.user("dev").await;
    let order = world.redis(world.seed.platform_dev, "shop-cache", "standalone");
    let token = dev.preview(&order).await;
    let differing: [(&str, Value); 3] = [
        ("parameters", json!({ "maxclients": 50 })),
        ("topology", json!("primary-replica")),
        ("name", json!("other-cache")),
    ];
    for (field, value) in differing {
        let mut other = order.clone();
        other[field] = value;
        assert_eq!(dev.place(&other, &token, field).await.code(), "OUTDATED", "{field}");
    }
    assert_eq!(dev.place(&order, &json!("made-up"), "made-up").await.code(), "OUTDATED");
    assert_eq!(names(&dev).await, [""; 0]);
    assert_eq!(dev.place(&order, &token, "key").await.code(), "done");
}

async fn a_change_after_another_change_is_refused(world: &mut World) {
    let dev = world.user("dev").await;
    let order = world.redis(world.seed.platform_dev, "shop-cache", "standalone");
    let Ordered { instance, operation } = dev.order(&order).await;
    world.succeeded(&dev, &operation).await;
    let change =
        |clients: u32| json!({ "instance": instance, "parameters": { "maxclients": clients } });
    let (mine, theirs) = (change(50), change(60));
    let shown = dev.preview_change(&mine).await;
    let first = dev.preview_change(&theirs).await;
    assert_eq!(dev.change(&theirs, &first["token"], "theirs").await.code(), "done");
    assert_eq!(dev.change(&mine, &shown["token"], "mine").await.code(), "OUTDATED");
    let now = dev.instance(&instance).await;
    assert_eq!(now["configuration"]["parameters"]["maxclients"], 60);
    assert_eq!(now["configuration"]["number"], 2);
}

#[track_caller]
fn refused_at(answer: &Answer, expected: &[(&str, &str)]) {
    assert_eq!(answer.code(), "INVALID");
    let expected: Vec<_> =
        expected.iter().map(|(field, word)| ((*field).to_owned(), (*word).to_owned())).collect();
    assert_eq!(answer.problems(), expected);
}

async fn everything_wrong_with_an_order_is_told_at_once(world: &mut World) {
    let dev = world.user("dev").await;
    let mut order = world.redis(world.seed.platform_dev, "Shop Cache", "standalone");
    order["parameters"] = json!({
        "maxclients": 5, "timeout": "soon", "colour": "red", "maxmemory": "900gb",
        "appendfsync": "sometimes",
    });
    let expected = [
        ("name", "malformed"),
        ("parameters.appendfsync", "not_allowed"),
        ("parameters.colour", "unknown"),
        ("parameters.maxclients", "out_of_range"),
        ("parameters.maxmemory", "out_of_range"),
        ("parameters.timeout", "wrong_type"),
    ];
    refused_at(&dev.ask(PREVIEW_ORDER, json!({ "input": order })).await, &expected);
    refused_at(&dev.place(&order, &json!("token"), "key").await, &expected);
    assert_eq!(names(&dev).await, [""; 0]);
}

async fn everything_wrong_with_a_change_is_told_at_once(world: &mut World) {
    let dev = world.user("dev").await;
    let order = world.redis(world.seed.platform_dev, "shop-cache", "standalone");
    let Ordered { instance, .. } = dev.order(&order).await;
    let parameters = json!({
        "databases": 4, "maxclients": 20_000, "colour": "red", "timeout": true,
    });
    let change = json!({ "instance": instance, "parameters": parameters });
    let expected = [
        ("parameters.colour", "unknown"),
        ("parameters.databases", "immutable"),
        ("parameters.maxclients", "out_of_range"),
        ("parameters.timeout", "wrong_type"),
    ];
    refused_at(&dev.ask(PREVIEW_CHANGE, json!({ "input": change })).await, &expected);
    refused_at(&dev.change(&change, &json!("token"), "key").await, &expected);
    assert_eq!(dev.instance(&instance).await["configuration"]["number"], 1);
}

async fn a_viewer_sees_and_does_not_order(world: &mut World) {
    let (dev, viewer) = (world.user("dev").await, world.user("viewer").await);
    let order = world.redis(world.seed.platform_dev, "shop-cache", "standalone");
    let Ordered { instance, .. } = dev.order(&order).await;
    assert_eq!(viewer.instance(&instance).await["name"], "shop-cache");
    let token = dev.preview(&order).await;
    let preview = viewer.ask(PREVIEW_ORDER, json!({ "input": order })).await;
    for refused in [preview, viewer.place(&order, &token, "key").await] {
        assert_eq!((refused.code(), &refused.told()["action"]), ("FORBIDDEN", &json!("ORDER")));
    }
    let deleted = viewer.delete(&instance, "shop-cache", "key").await;
    assert_eq!((deleted.code(), &deleted.told()["action"]), ("FORBIDDEN", &json!("DELETE")));
}

async fn no_text_is_a_defect_of_ours(world: &mut World) {
    let (dev, auditor) = (world.user("dev").await, world.user("auditor").await);
    let order = world.redis(world.seed.platform_dev, "shop-cache", "standalone");
    let Ordered { instance, .. } = dev.order(&order).await;
    let fresh = world.redis(world.seed.platform_dev, "fresh", "standalone");
    let token = dev.preview(&fresh).await;
    let asked = [
        "instances(filter: { search: $x }) { nodes { id } }",
        "instances(after: $x) { nodes { id } }",
        "organizations(after: $x) { nodes { id } }",
        "projects(after: $x) { nodes { id } }",
        "offerings(after: $x) { nodes { id } }",
        "offerings(search: $x) { nodes { id } }",
        "audit(after: $x) { nodes { number } }",
        "bill(organization: \"acme\", period: $x) { period }",
    ];
    for text in ["\u{0}", "%_\\'\"", "\u{7f}\u{202e}", &"长".repeat(5_000)] {
        for ask in asked {
            let query = format!("query($x: String!) {{ {ask} }}");
            let answer = auditor.ask(&query, json!({ "x": text })).await;
            assert_ne!(answer.code(), "INTERNAL", "{ask} of {text:?}");
        }
        let whole = ["name", "softwareVersion", "topology"].map(|field| (field, json!(text)));
        let odd = [
            ("parameters", json!({ text: 1 })),
            ("parameters", json!({ "save": text })),
            ("parameters", json!(text)),
        ];
        for (field, value) in whole.into_iter().chain(odd) {
            let mut order = fresh.clone();
            order[field] = value;
            let answer = dev.place(&order, &token, "key").await;
            assert_eq!(answer.code(), "INVALID", "{field} of {text:?}: {}", answer.text);
        }
        assert_eq!(dev.place(&fresh, &json!(text), "key").await.code(), "OUTDATED");
        assert_eq!(dev.delete(&instance, text, "key").await.code(), "INVALID");
    }
}
