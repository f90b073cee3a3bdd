//! A preview says what will wait, and for how many.

use serde_json::{Value, json};
use tests::world::World;

const ORDER: &str =
    "query($input: OrderInput!) { previewOrder(input: $input) { approvals { at approvers } } }";
const CHANGE: &str =
    "query($input: ChangeInput!) { previewChange(input: $input) { approvals { at approvers } } }";
const BATCH: &str = "query($input: BatchInput!) { previewBatch(input: $input) { \
    items { instance { name } refusal { code } approvals { at approvers } } } }";

pub(super) async fn a_preview_says_what_will_wait_and_for_how_many(world: &mut World) {
    let (dev, head, admin) =
        (world.user("dev").await, world.user("head").await, world.user("admin").await);
    let (platform, project) = (world.seed.platform, world.seed.platform_dev);
    let seen = async |query: &str, field: &str, input: &Value| {
        dev.get(query, json!({ "input": input })).await[field]["approvals"].clone()
    };
    let order = world.redis(project, "cache", "standalone");
    assert_eq!(seen(ORDER, "previewOrder", &order).await, json!([]));
    let cache = dev.order(&order).await;
    world.succeeded(&dev, &cache.operation).await;
    let pair = dev.order(&world.redis(project, "pair", "primary-replica")).await;
    world.succeeded(&dev, &pair.operation).await;

    // One member costs 36 a month, two cost 72.
    head.rule(platform, "PLACE_ORDER", json!({})).await;
    admin.rule(project, "PLACE_ORDER", json!({ "approvers": 2 })).await;
    head.rule(platform, "PLACE_ORDER", json!({ "abovePerMonth": "50" })).await;
    head.rule(platform, "CHANGE_CONFIGURATION", json!({ "packages": ["redis"] })).await;
    head.rule(platform, "CHANGE_CONFIGURATION", json!({ "packages": ["nginx"] })).await;
    head.rule(platform, "STOP_INSTANCE", json!({ "abovePerMonth": "50" })).await;
    let at = |node: &dyn ToString, approvers: i32| json!({ "at": node.to_string(), "approvers": approvers });
    let told = seen(ORDER, "previewOrder", &world.redis(project, "more", "standalone")).await;
    let mut told = told.as_array().expect("rules").clone();
    told.sort_by_key(|rule| rule["approvers"].as_i64());
    assert_eq!(told, [at(&platform, 1), at(&project, 2)]);

    let change = json!({ "instance": cache.instance, "parameters": { "maxclients": 50 } });
    assert_eq!(seen(CHANGE, "previewChange", &change).await, json!([at(&platform, 1)]));
    let batch = async |work: Value| {
        let shown = dev.get(BATCH, json!({ "input": work })).await["previewBatch"].clone();
        let items = shown["items"].as_array().expect("items").clone();
        let by_name = |name: &str| {
            let found = items.iter().find(|item| item["instance"]["name"] == name);
            found.expect("an item").clone()
        };
        [by_name("cache"), by_name("pair")]
    };
    let all = json!({ "instances": [cache.instance, pair.instance] });
    let [cheap, dear] = batch(json!({ "selection": all, "work": "STOP" })).await;
    assert_eq!((&cheap["approvals"], &dear["approvals"]), (&json!([]), &json!([at(&platform, 1)])));
    // What is left out waits for nobody.
    let [cheap, dear] = batch(json!({ "selection": all, "work": "START" })).await;
    assert_eq!((&cheap["refusal"]["code"], &cheap["approvals"]), (&json!("CONFLICT"), &json!([])));
    assert_eq!((&dear["refusal"]["code"], &dear["approvals"]), (&json!("CONFLICT"), &json!([])));
}
