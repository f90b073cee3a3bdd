//! The database dies, is cut off, hangs, or has no room.

use std::collections::BTreeSet;

use control_plane::config::Config;
use futures::future::join_all;
use sea_orm::{ConnectionTrait as _, Database, TransactionTrait as _};
use serde_json::{Value, json};
use tests::client::User;
use tests::client::order::{Ordered, PLACE, PREVIEW_ORDER};
use tests::disk::SmallDisk;
use tests::engine::Engine;
use tests::proxy::{Proxy, Way};
use tests::server::{Memory, Postgres};
use tests::world::{World, tell_on};
use tokio::sync::watch;

/// Orders in one load, and how many are acknowledged before the database is killed.
const ORDERS: usize = 16;
const BEFORE: usize = 5;
const WORKERS: usize = 4;

/// Nobody in a story waits for half a minute.
fn impatient(config: &mut Config) {
    (config.database.wait_ms, config.database.statement_ms) = (1_000, 700);
}

/// A previewed order, ready to be sent as often as it takes.
async fn prepared(world: &World, dev: &User, name: &str) -> Value {
    let order = world.redis(world.seed.platform_dev, name, "standalone");
    let token = dev.preview(&order).await;
    json!({ "order": order, "previewToken": token, "idempotencyKey": name })
}

/// The names of the instances that there are, and their ids.
async fn found(dev: &User) -> Vec<(String, String)> {
    let query = "{ instances(first: 50) { nodes { id name } } }";
    let nodes = dev.get(query, json!({})).await["instances"]["nodes"].clone();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let nodes = nodes.as_array().expect("instances").iter();
    nodes.map(|node| (text(&node["name"]), text(&node["id"]))).collect()
}

/// What was acknowledged and is not there, or not under the id that was told.
fn lost<'a>(told: &'a [(String, String)], found: &[(String, String)]) -> Vec<&'a str> {
    let lost = told.iter().filter(|one| !found.contains(one));
    lost.map(|(name, _)| name.as_str()).collect()
}

async fn is_ready(world: &World) -> bool {
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let asked = http.get(format!("{}/readyz", world.address())).send().await;
    asked.expect("an answer").status().is_success()
}

/// Sends one order until it is acknowledged; answers the instance and the codes on the way.
async fn insist(dev: &User, input: &Value) -> (String, BTreeSet<String>) {
    let mut codes = BTreeSet::new();
    loop {
        let answer = dev.ask(PLACE, json!({ "input": input })).await;
        codes.insert(answer.code().to_owned());
        match answer.code() {
            "UNAVAILABLE" => {}
            _ => return (Ordered::from(&answer).instance, codes),
        }
    }
}

/// Sends orders from several sides and kills the database in the middle. Answers what was
/// acknowledged, and that before the kill.
async fn under_load(
    world: &World,
    server: &mut Postgres,
) -> (Vec<(String, String)>, Vec<(String, String)>) {
    let dev = world.user("dev").await;
    let mut inputs = Vec::new();
    for number in 0..ORDERS {
        inputs.push(prepared(world, &dev, &format!("cache-{number}")).await);
    }
    let told = watch::Sender::new(Vec::new());
    let worker = async |mine: &[Value]| {
        for input in mine {
            let (instance, codes) = insist(&dev, input).await;
            let unexpected = codes.iter().find(|code| !["done", "UNAVAILABLE"].contains(&&***code));
            assert_eq!(unexpected, None);
            let name = input["order"]["name"].as_str().expect("a name").to_owned();
            told.send_modify(|told| told.push((name, instance)));
        }
    };
    let workers = join_all(inputs.chunks(ORDERS / WORKERS).map(&worker));
    let killer = async {
        let mut heard = told.subscribe();
        let early = heard.wait_for(|told| told.len() >= BEFORE).await.expect("told").clone();
        server.crash();
        assert!(!is_ready(world).await, "without its database the plane is not ready");
        server.restart();
        early
    };
    let (_, early) = tokio::join!(workers, killer);
    (told.borrow().clone(), early)
}

#[tokio::test]
async fn a_database_killed_under_load_loses_nothing_that_was_acknowledged() {
    let mut server = Postgres::start(Memory::Good);
    let address = server.new_database();
    tell_on(address, impatient, async |world: &mut World| {
        world.license("more", 50).await;
        let (told, early) = under_load(world, &mut server).await;
        assert!(early.len() < ORDERS, "it was killed in the middle");
        let dev = world.user("dev").await;
        let found = found(&dev).await;
        assert_eq!(lost(&told, &found), Vec::<&str>::new());
        assert_eq!((told.len(), found.len()), (ORDERS, ORDERS), "each order made one instance");
        assert!(is_ready(world).await, "it recovers by itself");
        let made = async || {
            let pids = world.pids().await;
            pids.len() == ORDERS && pids.values().all(Option::is_some)
        };
        world.until("all of them run", made).await;
    })
    .await;
}

#[tokio::test]
async fn a_database_that_forgets_what_it_acknowledged_is_noticed() {
    let mut server = Postgres::start(Memory::Bad);
    let address = server.new_database();
    let world = World::start(address, impatient).await;
    world.license("more", 50).await;
    let dev = world.user("dev").await;
    let mut inputs = Vec::new();
    for number in 0..BEFORE {
        inputs.push(prepared(&world, &dev, &format!("cache-{number}")).await);
    }
    server.run("CHECKPOINT");
    let mut told = Vec::new();
    for input in &inputs {
        let name = input["order"]["name"].as_str().expect("a name").to_owned();
        told.push((name, insist(&dev, input).await.0));
    }
    server.crash();
    server.restart();
    world.until("the database answer", async || is_ready(&world).await).await;
    assert!(!lost(&told, &found(&dev).await).is_empty(), "the planted fault is seen");
}

/// A world whose way to the database can be cut.
async fn tell_behind(story: impl AsyncFnOnce(&mut World, &Proxy)) {
    let address = Engine::Postgres.start().new_database();
    let port = address.rsplit(':').next().and_then(|rest| rest.split('/').next());
    let port = port.and_then(|port| port.parse().ok()).expect("a port");
    let proxy = Proxy::before(port).await;
    let behind = proxy.before_address(&address, port);
    assert_ne!(behind, address);
    tell_on(behind, impatient, async |world: &mut World| story(world, &proxy).await).await;
}

#[tokio::test]
async fn a_connection_that_is_cut_in_a_commit_makes_one_instance_and_one_answer() {
    tell_behind(async |world, proxy| {
        // So that the next commit is that of the order: an agent reports at any time.
        world.kill_agent().await;
        let dev = world.user("dev").await;
        for (name, way) in [("before", Way::CutBeforeCommit), ("after", Way::CutAfterCommit)] {
            let input = prepared(world, &dev, name).await;
            proxy.set(way);
            let first = dev.ask(PLACE, json!({ "input": input })).await;
            assert_eq!(proxy.way(), Way::Open, "the cut was made");
            let second = Ordered::from(&dev.ask(PLACE, json!({ "input": input })).await);
            if way == Way::CutAfterCommit {
                assert_eq!(Ordered::from(&first), second, "it was made, so that is the answer");
            } else {
                let told = (first.code(), &first.told()["why"]);
                assert_eq!(told, ("UNAVAILABLE", &json!("outcome_unknown")));
            }
            let made = found(&dev).await;
            assert_eq!(made.iter().filter(|(one, _)| one == name).count(), 1, "{made:?}");
        }
        world.restart_agent().await;
    })
    .await;
}

#[tokio::test]
async fn a_database_that_hangs_or_is_slow_is_not_waited_for() {
    tell_behind(async |world, proxy| {
        let dev = world.user("dev").await;
        let input = prepared(world, &dev, "shop-cache").await;
        proxy.set(Way::Blocked);
        let reading = dev.ask("{ instances { nodes { id } } }", json!({})).await;
        assert_eq!(reading.code(), "UNAVAILABLE", "{}", reading.text);
        let writing = dev.ask(PLACE, json!({ "input": input })).await;
        assert_eq!(writing.code(), "UNAVAILABLE", "{}", writing.text);
        assert!(!is_ready(world).await);
        proxy.set(Way::Open);
        world.until("the plane ready", async || is_ready(world).await).await;
        let (made, _) = insist(&dev, &input).await;
        assert_eq!(found(&dev).await, [("shop-cache".to_owned(), made)]);

        let input = prepared(world, &dev, "second").await;
        let somebody = Database::connect(world.database()).await.expect("a connection");
        let lock = somebody.begin().await.expect("a transaction");
        lock.execute_unprepared("LOCK TABLE instance IN EXCLUSIVE MODE").await.expect("a lock");
        let slow = dev.ask(PLACE, json!({ "input": input })).await;
        assert_eq!((slow.code(), &slow.told()["why"]), ("UNAVAILABLE", &json!("database_slow")));
        assert_eq!(found(&dev).await.len(), 1, "reading goes on");
        lock.rollback().await.expect("the lock is gone");
        insist(&dev, &input).await;
        assert_eq!(found(&dev).await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_full_disk_lets_people_read_and_takes_orders_when_there_is_room_again() {
    let Some(disk) = SmallDisk::mount(16) else { return };
    let address = format!("sqlite://{}/plane.db", disk.path().display());
    tell_on(address, impatient, async |world: &mut World| {
        world.license("more", 20).await;
        let dev = world.user("dev").await;
        let input = prepared(world, &dev, "first").await;
        let first = Ordered::from(&dev.ask(PLACE, json!({ "input": input })).await);
        world.succeeded(&dev, &first.operation).await;
        let running = world.becomes(&dev, &first.instance, "RUNNING").await;
        let counted = world.cell().await["watermark"].clone();
        let input = prepared(world, &dev, "second").await;
        // What the log of the database has room for already would still be written.
        let somebody = Database::connect(world.database()).await.expect("a connection");
        somebody.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await.expect("done");
        drop(somebody);
        disk.fill();
        let refused = dev.ask(PLACE, json!({ "input": input })).await;
        let told = (refused.code(), &refused.told()["why"]);
        assert_eq!(told, ("UNAVAILABLE", &json!("disk_full")), "{}", refused.text);
        assert_eq!(dev.instance(&first.instance).await["id"], running["id"], "reading goes on");
        let preview = dev.ask(PREVIEW_ORDER, json!({ "input": input["order"] })).await;
        assert_eq!(preview.code(), "done");
        // Meanwhile the agent cannot report, and keeps what it has.
        world.pass(std::time::Duration::from_secs(120));
        assert_eq!(dev.instance(&first.instance).await["name"], "first");
        disk.make_room();
        let second = Ordered::from(&dev.ask(PLACE, json!({ "input": input })).await);
        world.succeeded(&dev, &second.operation).await;
        let later = async || world.cell().await["watermark"].as_str() > counted.as_str();
        world.until("usage of the time without room", later).await;
        let told = [("first".to_owned(), first.instance), ("second".to_owned(), second.instance)];
        let there = found(&dev).await;
        assert_eq!(lost(&told, &there), Vec::<&str>::new());
        assert_eq!(lost(&told, &there[..1]).len(), 1, "one that is lost would be seen");
    })
    .await;
}
