//! What somebody is told of their own rights, and how places are found by name.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use tests::client::User;
use tests::client::access::{BIND, CREATE_ROLE};
use tests::stories;
use tests::world::World;
use types::clock::Clock as _;

stories! {
    the_viewer_hears_what_can_be_done_somewhere_without_listing_the_tree,
    a_denial_takes_from_what_can_be_done_somewhere,
    a_token_hears_what_is_left_to_it,
    projects_are_found_by_name_or_title_as_far_as_they_are_seen,
    the_audit_is_read_from_its_beginning_and_goes_on_behind_a_record,
}

fn words(value: &Value) -> BTreeSet<String> {
    let list = value.as_array().expect("a list").iter();
    list.map(|word| word.as_str().expect("a word").to_owned()).collect()
}

async fn told(user: &User) -> (BTreeSet<String>, BTreeSet<String>) {
    let found = user.get("{ viewer { canSomewhere canInTenant } }", json!({})).await;
    (words(&found["viewer"]["canSomewhere"]), words(&found["viewer"]["canInTenant"]))
}

/// The same, found out by looking at each node.
async fn looked_up(user: &User) -> BTreeSet<String> {
    let all = "{ organizations(first: 100) { nodes { viewerCan } } \
        projects(first: 100) { nodes { viewerCan } } }";
    let found = user.get(all, json!({})).await;
    let nodes = ["organizations", "projects"].map(|list| found[list]["nodes"].clone());
    let nodes = nodes.iter().flat_map(|list| list.as_array().expect("rows"));
    nodes.flat_map(|node| words(&node["viewerCan"])).collect()
}

async fn the_viewer_hears_what_can_be_done_somewhere_without_listing_the_tree(world: &mut World) {
    for name in ["admin", "head", "dev", "seller", "viewer", "finance", "auditor", "nobody"] {
        let user = world.user(name).await;
        let (somewhere, tenant) = told(&user).await;
        assert_eq!(somewhere, looked_up(&user).await, "{name}");
        assert!(tenant.is_subset(&somewhere), "{name}");
        assert_eq!(tenant.is_empty(), !["admin", "auditor"].contains(&name), "{name}");
    }
    let operator = world.user("operator").await;
    let (somewhere, tenant) = told(&operator).await;
    assert!(somewhere.contains("OPERATE_CELLS") && tenant.is_empty(), "{somewhere:?}");
}

async fn a_denial_takes_from_what_can_be_done_somewhere(world: &mut World) {
    let (admin, dev) = (world.user("admin").await, world.user("dev").await);
    let parts = json!({ "name": "no-delete", "title": "No", "parts": ["delete"] });
    let role = admin.make(CREATE_ROLE, parts).await;
    let subject = dev.subject().await;
    let below = world.seed.platform_dev.to_string();
    admin.bind(&subject, &role, &below, "DENY").await.granted();
    assert!(told(&dev).await.0.contains("DELETE"), "it is left at the organization above");
    admin.bind(&subject, &role, &world.seed.platform.to_string(), "DENY").await.granted();
    assert!(!told(&dev).await.0.contains("DELETE"));
    let mine = json!({
        "holder": subject, "role": "developer", "at": world.seed.sales.to_string(),
    });
    admin.act(BIND, mine).await.granted();
    assert!(told(&dev).await.0.contains("DELETE"), "it is given beside the denial");
    assert_eq!(told(&dev).await.0, looked_up(&dev).await);
}

async fn a_token_hears_what_is_left_to_it(world: &mut World) {
    let head = world.user("head").await;
    let expires_at = world.clock.now().plus(Duration::from_secs(86_400)).to_string();
    let input = json!({
        "name": "ci", "expiresAt": expires_at, "actions": ["READ_BILL"],
        "within": world.seed.platform.to_string(), "idempotencyKey": "ci",
    });
    let program = head.holding(&head.token(input).await.secret);
    let (somewhere, tenant) = told(&program).await;
    assert_eq!(somewhere, BTreeSet::from(["READ_BILL".to_owned(), "VIEW".to_owned()]));
    assert!(tenant.is_empty());
}

async fn projects_are_found_by_name_or_title_as_far_as_they_are_seen(world: &mut World) {
    let find = "query($s: String) { projects(search: $s) { nodes { name } } }";
    for (who, text, expected) in [
        ("head", "DEV", json!([{ "name": "platform-dev" }, { "name": "sales-dev" }])),
        ("dev", "dev", json!([{ "name": "platform-dev" }])),
        ("head", "globex", json!([])),
        ("nobody", "dev", json!([])),
    ] {
        let user = world.user(who).await;
        let found = user.get(find, json!({ "s": text })).await;
        assert_eq!(found["projects"]["nodes"], expected, "{who} {text}");
    }
}

async fn the_audit_is_read_from_its_beginning_and_goes_on_behind_a_record(world: &mut World) {
    let auditor = world.user("auditor").await;
    let ask = "query($n: Int, $after: String, $oldest: Boolean!) { \
        audit(first: $n, after: $after, oldestFirst: $oldest) { \
        nodes { number } pageInfo { hasNextPage endCursor } } }";
    let page = async |first: i32, after: &Value, oldest: bool| {
        let variables = json!({ "n": first, "after": after, "oldest": oldest });
        auditor.get(ask, variables).await["audit"].clone()
    };
    let numbers = |page: &Value| -> Vec<i64> {
        let nodes = page["nodes"].as_array().expect("rows").iter();
        nodes.map(|node| node["number"].as_i64().expect("a number")).collect()
    };
    let newest = page(1, &Value::Null, false).await;
    let last = numbers(&newest)[0];
    let first = page(2, &Value::Null, true).await;
    assert_eq!(numbers(&first), [1, 2]);
    let cursor = &first["pageInfo"]["endCursor"];
    assert_eq!(numbers(&page(200, cursor, true).await), (3..=last).collect::<Vec<_>>());
    let end = &newest["pageInfo"]["endCursor"];
    assert_eq!(numbers(&page(200, end, true).await), [0; 0], "nothing was written since");
    world.sign_in("dev").await;
    let since = numbers(&page(200, end, true).await);
    assert_eq!(since.first(), Some(&(last + 1)), "but for a sign-in");
}
