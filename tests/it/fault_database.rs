//! The database dies, is cut off, or hangs.

use futures::future::join_all;
use sea_orm::{ConnectionTrait as _, Database, TransactionTrait as _};
use serde_json::{Value, json};
use tests::client::order::{Ordered, PLACE};
use tests::engine::Engine;
use tests::proxy::{Proxy, Way};
use tests::server::{Memory, Server};
use tests::world::{World, tell_on};
use tokio::sync::watch;

use crate::acknowledged::{found, found_at_last, impatient, insist, is_ready, lost, prepared};

/// Orders in one load, and how many are acknowledged before the database is killed.
const ORDERS: usize = 16;
const BEFORE: usize = 5;
const WORKERS: usize = 4;

/// Sends orders from several sides and kills the database in the middle. Answers what was
/// acknowledged, and that before the kill.
async fn under_load(
    world: &World,
    server: &mut Server,
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

async fn killed_under_load(engine: Engine) {
    let mut server = Server::start(engine, Memory::Good);
    let address = server.new_database();
    tell_on(address, impatient, async |world: &mut World| {
        world.license("more", 50).await;
        let (told, early) = under_load(world, &mut server).await;
        assert!(early.len() < ORDERS, "it was killed in the middle");
        let dev = world.user("dev").await;
        let found = found_at_last(&dev).await;
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
    let mut server = Server::start(Engine::Postgres, Memory::Bad);
    let address = server.new_database();
    let world = World::start(address, impatient).await;
    world.license("more", 50).await;
    let dev = world.user("dev").await;
    let mut inputs = Vec::new();
    for number in 0..BEFORE {
        inputs.push(prepared(&world, &dev, &format!("cache-{number}")).await);
    }
    server.keep();
    let mut told = Vec::new();
    for input in &inputs {
        let name = input["order"]["name"].as_str().expect("a name").to_owned();
        told.push((name, insist(&dev, input).await.0));
    }
    server.crash();
    server.restart();
    world.until("the database answer", async || is_ready(&world).await).await;
    assert!(!lost(&told, &found_at_last(&dev).await).is_empty(), "the planted fault is seen");
}

#[tokio::test]
async fn a_postgres_killed_under_load_loses_nothing_that_was_acknowledged() {
    killed_under_load(Engine::Postgres).await;
}

#[tokio::test]
async fn a_mariadb_killed_under_load_loses_nothing_that_was_acknowledged() {
    killed_under_load(Engine::MariaDb).await;
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
