//! The disk of the database is full, or the database takes no writes.

use std::error::Error;

use sea_orm::{ConnectionTrait as _, Database};
use serde_json::{Value, json};
use tests::client::order::{Ordered, PLACE, PREVIEW_ORDER};
use tests::client::{Answer, User};
use tests::disk::SmallDisk;
use tests::engine::Engine;
use tests::server::{Memory, Server};
use tests::world::{World, tell_on};

use crate::acknowledged::{found, impatient, insist, lost, prepared};

/// Orders of which the last at the latest finds no room: their rows need new pages.
const ORDERS: usize = 60;

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

/// Sends new orders until one is refused; what was acknowledged before, and the one that was not.
async fn order_until_refused(world: &World, dev: &User) -> (Vec<(String, String)>, Value, Answer) {
    let mut told = Vec::new();
    for number in 0..ORDERS {
        let name = format!("cache-{number}");
        let input = prepared(world, dev, &name).await;
        let answer = dev.ask(PLACE, json!({ "input": input })).await;
        if answer.code() != "done" {
            return (told, input, answer);
        }
        told.push((name, Ordered::from(&answer).instance));
    }
    panic!("{ORDERS} orders found room");
}

#[tokio::test]
async fn a_full_disk_of_a_server_loses_nothing_that_was_acknowledged() {
    let Some(disk) = SmallDisk::mount(192) else { return };
    let server = Server::start_below(Engine::Postgres, Memory::Good, disk.path());
    tell_on(server.new_database(), impatient, async |world: &mut World| {
        world.license("more", 100).await;
        let dev = world.user("dev").await;
        disk.fill();
        let (told, input, refused) = order_until_refused(world, &dev).await;
        let why = (refused.code(), &refused.told()["why"]);
        assert_eq!(why, ("UNAVAILABLE", &json!("disk_full")), "{}", refused.text);
        assert_eq!(lost(&told, &found(&dev).await), Vec::<&str>::new(), "reading goes on");
        disk.make_room();
        let (last, _) = insist(&dev, &input).await;
        let there = found(&dev).await;
        assert_eq!(lost(&told, &there), Vec::<&str>::new());
        assert_eq!(there.len(), told.len() + 1, "the refused one was made once, as {last}");
        let run = async || world.pids().await.values().filter(|pid| pid.is_some()).count();
        world.until("all of them run", async || run().await == there.len()).await;
    })
    .await;
}

#[tokio::test]
async fn a_server_that_takes_no_writes_is_read_and_says_why() {
    let server = Server::start(Engine::Postgres, Memory::Good);
    tell_on(server.new_database(), impatient, async |world: &mut World| {
        let dev = world.user("dev").await;
        let input = prepared(world, &dev, "first").await;
        let first = Ordered::from(&dev.ask(PLACE, json!({ "input": input })).await);
        world.succeeded(&dev, &first.operation).await;
        // As a server that was made the standby of another one.
        server.run("ALTER SYSTEM SET default_transaction_read_only = on");
        server.run("SELECT pg_reload_conf()");
        // The server tells its sessions one by one, so an order may still get through.
        let mut inputs = Vec::new();
        let refuses = async || {
            let name = format!("try-{}", inputs.len());
            inputs.push(prepared(world, &dev, &name).await);
            let answer = dev.ask(PLACE, json!({ "input": inputs.last() })).await;
            (answer.code(), &answer.told()["why"]) == ("UNAVAILABLE", &json!("read_only"))
        };
        world.until("a refusal", refuses).await;
        let there = found(&dev).await;
        assert_eq!(there.len(), inputs.len(), "reading goes on, and what was refused is not there");
        assert!(there.contains(&("first".to_owned(), first.instance)));
        server.run("ALTER SYSTEM RESET ALL");
        server.run("SELECT pg_reload_conf()");
        insist(&dev, inputs.last().expect("one was refused")).await;
        assert_eq!(found(&dev).await.len(), inputs.len() + 1);
    })
    .await;
}

#[tokio::test]
async fn a_plane_on_a_disk_that_takes_no_writes_does_not_start_and_says_why() {
    let Some(disk) = SmallDisk::mount(16) else { return };
    let address = format!("sqlite://{}/plane.db", disk.path().display());
    tell_on(address, impatient, async |world: &mut World| {
        let dev = world.user("dev").await;
        let input = prepared(world, &dev, "first").await;
        let (instance, _) = insist(&dev, &input).await;
        world.becomes(&dev, &instance, "RUNNING").await;
        world.kill_plane().await;
        disk.set_read_only(true);
        let refused = world.try_restart_plane().await.expect_err("nothing can be written");
        let refused: &dyn Error = &refused;
        let causes = std::iter::successors(Some(refused), |error| (*error).source());
        let told: Vec<_> = causes.map(ToString::to_string).collect();
        assert!(told.join(": ").contains("unable to open database file"), "{told:?}");
        disk.set_read_only(false);
        world.restart_plane().await;
        let dev = world.user("dev").await;
        assert_eq!(found(&dev).await, [("first".to_owned(), instance)]);
    })
    .await;
}
