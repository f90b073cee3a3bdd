//! The register of assets: what ran where at any instant, whatever happened since.

use std::time::Duration;

use serde_json::{Value, json};
use tests::client::User;
use tests::client::order::{Ordered, STOP};
use tests::stories;
use tests::world::World;
use types::clock::Clock as _;

stories! {
    the_register_of_an_instant_stays_what_it_was,
    what_was_moved_appears_where_it_was,
    what_a_silent_cell_runs_is_unknown_from_its_last_report_on,
    pages_tell_of_one_instant,
    only_an_instant_that_has_come_can_be_asked_for,
}

const REGISTER: &str = "query($at: DateTime, $filter: AssetFilter, $first: Int, $after: String) { \
    assetRegister(at: $at, filter: $filter) { at \
    assets(first: $first, after: $after) { nodes { name instanceName projectName path package \
    softwareVersion installedVersion plan { name } role cell endpoint { host port } state since \
    unknownSince } pageInfo { hasNextPage endCursor } } \
    counts { path package softwareVersion state members } } }";

async fn register(user: &User, at: Option<&str>, filter: Value) -> Value {
    let found = user.get(REGISTER, json!({ "at": at, "filter": filter })).await;
    found["assetRegister"].clone()
}

/// Path and state of each member.
fn seen(register: &Value) -> Vec<(String, String)> {
    let nodes = register["assets"]["nodes"].as_array().expect("members").iter();
    let path = |node: &Value| {
        let names = node["path"].as_array().expect("names").iter();
        names.map(|name| name.as_str().expect("a name")).collect::<Vec<_>>().join("/")
    };
    nodes.map(|node| (path(node), node["state"].as_str().expect("a word").to_owned())).collect()
}

fn members(register: &Value) -> i64 {
    let counts = register["counts"].as_array().expect("counts").iter();
    counts.map(|count| count["members"].as_i64().expect("a number")).sum()
}

/// Now, with a second before and behind in which nothing happens.
fn moment(world: &World) -> String {
    world.pass(Duration::from_secs(1));
    let now = world.clock.now().to_string();
    world.pass(Duration::from_secs(1));
    now
}

async fn running(world: &World, user: &User, topology: &str) -> String {
    let order = world.redis(world.seed.platform_dev, "shop-cache", topology);
    let Ordered { instance, operation } = user.order(&order).await;
    world.succeeded(user, &operation).await;
    world.becomes(user, &instance, "RUNNING").await;
    instance
}

async fn the_register_of_an_instant_stays_what_it_was(world: &mut World) {
    let dev = world.user("dev").await;
    let before = moment(world);
    let instance = running(world, &dev, "primary-replica").await;
    let while_running = moment(world);
    let told = register(&dev, Some(&while_running), Value::Null).await;
    assert_eq!(seen(&told), vec![("platform".to_owned(), "RUNNING".to_owned()); 2]);
    let first = &told["assets"]["nodes"][0];
    assert_eq!(first["name"], "shop-cache-0");
    assert_eq!(first["projectName"], "platform-dev");
    assert_eq!((&first["package"], &first["softwareVersion"]), (&json!("redis"), &json!("7.0")));
    assert_eq!((&first["plan"]["name"], &first["cell"]), (&json!("small"), &json!("north")));
    assert_eq!(first["role"], "primary");
    assert!(
        first["endpoint"]["port"].is_u64() && first["installedVersion"].is_string(),
        "{told:#}"
    );
    assert_eq!((told["counts"].as_array().map(Vec::len), members(&told)), (Some(1), 2));

    let stopped = Ordered::from(&dev.command(STOP, &instance, "stop").await);
    world.succeeded(&dev, &stopped.operation).await;
    world.becomes(&dev, &instance, "STOPPED").await;
    let while_stopped = moment(world);
    let deleted = Ordered::from(&dev.delete(&instance, "shop-cache", "delete").await);
    world.succeeded(&dev, &deleted.operation).await;
    world.becomes(&dev, &instance, "DELETED").await;

    assert_eq!(
        register(&dev, Some(&while_running), Value::Null).await,
        told,
        "as it was told then"
    );
    let then = register(&dev, Some(&while_stopped), Value::Null).await;
    assert_eq!(seen(&then), vec![("platform".to_owned(), "STOPPED".to_owned()); 2]);
    for at in [Some(before.as_str()), None, Some("2001-01-01T00:00:00Z")] {
        let told = register(&dev, at, Value::Null).await;
        assert_eq!((seen(&told).len(), members(&told)), (0, 0), "{at:?}");
    }
    // Each sees what they may see: the sibling, the stranger, who has no role, and the head.
    for name in ["seller", "stranger", "nobody"] {
        let told = register(&world.user(name).await, Some(&while_running), Value::Null).await;
        assert_eq!((seen(&told).len(), members(&told)), (0, 0), "{name}");
    }
    let head = world.user("head").await;
    for (filter, expected) in [
        (json!({ "organization": "rnd" }), 2),
        (json!({ "organization": "sales" }), 0),
        (json!({ "project": "platform-dev" }), 2),
        (json!({ "project": "platform-dev", "organization": "sales" }), 0),
        (json!({ "package": "redis" }), 2),
        (json!({ "package": "nginx" }), 0),
    ] {
        let told = register(&head, Some(&while_running), filter.clone()).await;
        assert_eq!((seen(&told).len(), members(&told)), (expected, expected as i64), "{filter}");
    }
}

/// Moves the project of `dev` to `sales`, as of now.
async fn move_project(world: &World, head: &User) {
    let (project, owner) = (world.seed.platform_dev.to_string(), world.seed.sales.to_string());
    let moved = json!({ "project": project, "organization": owner });
    head.alter("moveProject", moved).await.granted();
}

async fn what_was_moved_appears_where_it_was(world: &mut World) {
    let (dev, seller) = (world.user("dev").await, world.user("seller").await);
    let head = world.user("head").await;
    running(world, &dev, "standalone").await;
    let before = moment(world);
    move_project(world, &head).await;
    let after = moment(world);
    let check = async |user: &User, at: &str, filter: Value, expected: &[&str]| {
        let told = register(user, Some(at), filter).await;
        let paths: Vec<_> = seen(&told).into_iter().map(|(path, _)| path).collect();
        assert_eq!(paths, expected, "at {at}");
        assert_eq!(usize::try_from(members(&told)), Ok(expected.len()));
    };
    check(&dev, &before, Value::Null, &["platform"]).await;
    check(&dev, &after, Value::Null, &[]).await;
    check(&seller, &before, Value::Null, &[]).await;
    check(&seller, &after, Value::Null, &["sales"]).await;
    check(&head, &before, Value::Null, &["acme/rnd/platform"]).await;
    check(&head, &after, Value::Null, &["acme/sales"]).await;
    let of = |name: &str| json!({ "organization": name });
    check(&head, &before, of("rnd"), &["acme/rnd/platform"]).await;
    check(&head, &after, of("rnd"), &[]).await;
    check(&head, &before, of("sales"), &[]).await;
}

async fn what_a_silent_cell_runs_is_unknown_from_its_last_report_on(world: &mut World) {
    let dev = world.user("dev").await;
    running(world, &dev, "standalone").await;
    let while_heard = moment(world);
    let heard = async || world.cell().await["lastReportAt"].as_str() > Some(&*while_heard);
    world.until("a later report", heard).await;
    world.kill_agent().await;
    world.pass(Duration::from_secs(600));
    let silent = world.cell().await["lastReportAt"].clone();
    let now = register(&dev, None, Value::Null).await;
    let told = |register: &Value| {
        let node = &register["assets"]["nodes"][0];
        (
            node["state"].clone(),
            node["unknownSince"].clone(),
            register["counts"][0]["state"].clone(),
        )
    };
    assert_eq!(told(&now), (json!("RUNNING"), silent, json!("UNKNOWN")));
    let then = register(&dev, Some(&while_heard), Value::Null).await;
    assert_eq!(told(&then), (json!("RUNNING"), Value::Null, json!("RUNNING")));
    world.restart_agent().await;
    let is_known =
        async || register(&dev, None, Value::Null).await["counts"][0]["state"] == "RUNNING";
    world.until("the cell be heard again", is_known).await;
}

async fn pages_tell_of_one_instant(world: &mut World) {
    let dev = world.user("dev").await;
    let instance = running(world, &dev, "primary-replica").await;
    let first = dev.get(REGISTER, json!({ "first": 1 })).await["assetRegister"].clone();
    let page = &first["assets"]["pageInfo"];
    assert_eq!(page["hasNextPage"], true);
    world.pass(Duration::from_secs(1));
    let deleted = Ordered::from(&dev.delete(&instance, "shop-cache", "delete").await);
    world.succeeded(&dev, &deleted.operation).await;
    let next = json!({ "first": 1, "at": first["at"], "after": page["endCursor"] });
    let second = dev.get(REGISTER, next).await["assetRegister"].clone();
    assert_eq!(second["assets"]["nodes"][0]["name"], "shop-cache-1");
    assert_eq!(second["assets"]["pageInfo"]["hasNextPage"], false);
    assert_eq!(second["at"], first["at"]);
}

async fn only_an_instant_that_has_come_can_be_asked_for(world: &mut World) {
    let dev = world.user("dev").await;
    let later = world.clock.now().plus(Duration::from_secs(3_600)).to_string();
    let refused = dev.ask(REGISTER, json!({ "at": later })).await;
    assert_eq!((refused.code(), refused.problems()[0].1.as_str()), ("INVALID", "in_future"));
    for at in ["yesterday", "2026-11-20T12:00", ""] {
        assert_eq!(dev.ask(REGISTER, json!({ "at": at })).await.code(), "BAD_QUERY", "{at:?}");
    }
    let filter = json!({ "package": "redis\u{0}" });
    assert_eq!(dev.ask(REGISTER, json!({ "filter": filter })).await.code(), "INVALID");
    let operator = world.user("operator").await;
    assert_eq!(operator.ask(REGISTER, json!({})).await.code(), "NOT_FOUND");
}
