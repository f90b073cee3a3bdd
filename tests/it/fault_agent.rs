//! The agent dies, or is silent.

use std::time::Duration;

use connectors::memory::Step;
use connectors::runtime::ConnectorError;
use control_plane_core::instance::observe::{self, Report};
use control_plane_store::cell;
use policies::permit::CellIdentity;
use serde_json::{Value, json};
use tests::client::order::Ordered;
use tests::disk::SmallDisk;
use tests::stories;
use tests::world::World;
use tests::world::seed::console;
use types::clock::Clock as _;
use types::generation::Generation;
use types::instance::{InstanceObserved, MemberObserved, State};

stories! {
    an_agent_killed_in_an_installation_goes_on_where_it_was,
    a_silent_cell_is_unknown_until_it_reports,
    what_is_seen_to_be_gone_is_not_forgotten_before_its_deletion_ended,
    an_agent_whose_disk_is_full_tells_the_operator,
}

/// Orders of which the last at the latest finds no room in the ledger.
const ORDERS: usize = 300;

async fn an_agent_killed_in_an_installation_goes_on_where_it_was(world: &mut World) {
    world.license("more", 20).await;
    let dev = world.user("dev").await;
    let old = world.redis(world.seed.platform_dev, "old", "primary-replica");
    world.succeeded(&dev, &dev.order(&old).await.operation).await;
    let before = world.pids().await;
    let points = [
        (Step::Install, "fetch-media"),
        (Step::Place, "place-member"),
        (Step::Write, "write-configuration"),
        (Step::Start, "start-member"),
    ];
    for (step, name) in points {
        let message = "away".to_owned();
        world.host.refuse(step, ConnectorError::Unavailable { code: "AWAY", message });
        let order = world.redis(world.seed.platform_dev, name, "primary-replica");
        let Ordered { instance, operation } = dev.order(&order).await;
        let at_it = async || is_at(&dev.operation(&operation).await, name);
        world.until("the step begin", at_it).await;
        world.kill_agent().await;
        world.host.allow(step);
        world.restart_agent().await;
        let ended = world.succeeded(&dev, &operation).await;
        let steps = ended["steps"].as_array().expect("steps");
        assert!(steps.iter().all(|step| step["state"] == "SUCCEEDED"), "{ended:#}");
        let running = world.becomes(&dev, &instance, "RUNNING").await;
        let members = running["members"].as_array().expect("members");
        assert!(members.iter().all(|member| member["restarts"] == 0), "{running:#}");
    }
    let after = world.pids().await;
    assert_eq!(after.len(), 2 + 2 * points.len(), "one process per member");
    assert!(after.values().all(Option::is_some));
    assert!(before.iter().all(|(member, pid)| after[member] == *pid), "the old one served on");
}

fn is_at(operation: &Value, name: &str) -> bool {
    let steps = operation["steps"].as_array().expect("steps");
    steps.iter().any(|step| step["name"] == name && step["state"] == "RUNNING")
}

async fn a_silent_cell_is_unknown_until_it_reports(world: &mut World) {
    let dev = world.user("dev").await;
    let order = world.redis(world.seed.platform_dev, "shop-cache", "standalone");
    let Ordered { instance, operation } = dev.order(&order).await;
    world.succeeded(&dev, &operation).await;
    world.becomes(&dev, &instance, "RUNNING").await;
    world.kill_agent().await;
    let last = world.cell().await["lastReportAt"].clone();
    world.pass(Duration::from_secs(150));
    assert_eq!(dev.instance(&instance).await["unknownSince"], Value::Null);
    world.pass(Duration::from_secs(40));
    let silent = dev.instance(&instance).await;
    assert_eq!((&silent["unknownSince"], &silent["state"]), (&last, &json!("RUNNING")));
    let other = world.redis(world.seed.platform_dev, "other", "standalone");
    let refused = dev.ask(tests::client::order::PREVIEW_ORDER, json!({ "input": other })).await;
    assert_eq!(refused.code(), "UNAVAILABLE", "nothing is sent where nobody is heard");
    world.restart_agent().await;
    let heard = async || dev.instance(&instance).await["unknownSince"].is_null();
    world.until("a report", heard).await;
    assert_eq!(dev.instance(&instance).await["state"], "RUNNING");
}

async fn what_is_seen_to_be_gone_is_not_forgotten_before_its_deletion_ended(world: &mut World) {
    let dev = world.user("dev").await;
    let order = world.redis(world.seed.platform_dev, "shop-cache", "standalone");
    let Ordered { instance, operation } = dev.order(&order).await;
    world.succeeded(&dev, &operation).await;
    let running = world.becomes(&dev, &instance, "RUNNING").await;
    world.kill_agent().await;
    let deletion = Ordered::from(&dev.delete(&instance, "shop-cache", "delete").await);
    // Between the last step and the end of the operation an agent looks, and is killed.
    let plane = world.plane();
    let cells = plane.store.fleet_read(&console());
    let cell = cell::find_by_name(&cells, "north").await.expect("an answer").expect("a cell");
    let now = world.clock.now();
    let gone = |member: &Value| MemberObserved {
        id: member["id"].as_str().expect("an id").parse().expect("an id"),
        state: State::Deleted,
        since: now,
        role: None,
        endpoint: None,
        pid: None,
        restarts: 0,
        problem: None,
    };
    let seen = InstanceObserved {
        id: instance.parse().expect("an id"),
        generation: Generation(2),
        at: now,
        members: running["members"].as_array().expect("members").iter().map(gone).collect(),
        software: None,
    };
    let report = Report { instances: vec![seen], ..Report::default() };
    let session = cell.session_id.expect("a session");
    let taken = observe::take(plane, &CellIdentity::proved(cell.id), session, report).await;
    assert_eq!(taken.expect("an answer").expect("taken in"), []);
    let told = dev.instance(&instance).await;
    assert_eq!((&told["state"], &told["deletedAt"]), (&json!("DELETING"), &Value::Null));
    assert_eq!(told["members"][0]["state"], "DELETED");
    let broken = billing::verify::all(world.plane()).await.expect("an answer");
    assert_eq!(broken, [], "every invariant holds meanwhile");
    world.restart_agent().await;
    world.succeeded(&dev, &deletion.operation).await;
    assert_ne!(dev.instance(&instance).await["deletedAt"], Value::Null);
    assert!(world.pids().await.is_empty(), "its process is gone, too");
}

async fn an_agent_whose_disk_is_full_tells_the_operator(world: &mut World) {
    let Some(disk) = SmallDisk::mount(16) else { return };
    world.license("more", 1_000).await;
    let dev = world.user("dev").await;
    let order = world.redis(world.seed.platform_dev, "first", "standalone");
    world.succeeded(&dev, &dev.order(&order).await.operation).await;
    let before = world.pids().await;
    world.kill_agent().await;
    let state = disk.path().join("agent").display().to_string();
    world.copy_agent_state(&state);
    let agent = world.agent_in(&state).await.expect("it starts on its new disk");
    world.go_on_with(agent);
    disk.fill();
    let mut last = None;
    for number in 0..ORDERS {
        let order = world.redis(world.seed.platform_dev, &format!("cache-{number}"), "standalone");
        last = Some(dev.order(&order).await);
        if world.cell_alarms().await.contains_key("ledger_unwritable") {
            break;
        }
    }
    let told = async || world.cell_alarms().await.get("ledger_unwritable").cloned();
    world.until("the alarm", async || told().await.is_some()).await;
    let told = told().await.expect("the alarm");
    assert!(told.contains("DISK_FULL"), "{told}");
    assert_eq!(world.wrongs(&before).await, Vec::<String>::new(), "members run on");
    disk.make_room();
    let well = async || world.cell_alarms().await.is_empty();
    world.until("no alarm", well).await;
    world.succeeded(&dev, &last.expect("an order").operation).await;
    world.counted().await;
    assert_eq!(world.wrongs(&before).await, Vec::<String>::new());
    let logged = world.alarms.take();
    assert!(logged.iter().all(|line| line.contains("DISK_FULL")), "{logged:?}");
}
