//! Two agents with one identity, and an agent from an old disk.

use std::time::Duration;

use cell_agent::agent::{AgentError, AgentHandle, Halt, LinkStatus};
use serde_json::{Value, json};
use tests::client::order::Ordered;
use tests::stories;
use tests::world::World;

stories! {
    of_two_agents_with_one_identity_one_gives_way,
    an_agent_from_an_old_disk_is_refused_and_its_members_go_on,
    an_old_disk_that_is_let_in_again_finds_everything,
}

const HOUR: Duration = Duration::from_secs(3_600);

fn halted(agent: &AgentHandle) -> bool {
    matches!(agent.status().borrow().link, LinkStatus::Halted(_))
}

fn connected(agent: &AgentHandle) -> bool {
    matches!(agent.status().borrow().link, LinkStatus::Connected { .. })
}

async fn serving(world: &World) {
    let dev = world.user("dev").await;
    let order = world.redis(world.seed.platform_dev, "shop-cache", "primary-replica");
    let Ordered { instance, operation } = dev.order(&order).await;
    world.succeeded(&dev, &operation).await;
    world.becomes(&dev, &instance, "RUNNING").await;
}

async fn of_two_agents_with_one_identity_one_gives_way(world: &mut World) {
    serving(world).await;
    world.pass(HOUR);
    world.counted().await;
    let before = world.pids().await;
    world.kill_agent().await;
    world.copy_agent_state("copy");
    world.restart_agent().await;
    let first = world.take_agent();
    world.until("the first agent talk", async || connected(&first)).await;
    let second = world.agent_in("copy").await.expect("an agent");
    world.until("one give way", async || halted(&first) || halted(&second)).await;
    let (mut gone, stays) = if halted(&first) { (first, second) } else { (second, first) };
    let why = gone.finished().await;
    assert!(matches!(why, Err(AgentError::Halted(Halt::Superseded))), "{why:?}");
    world.until("the other one talk", async || connected(&stays)).await;
    let heard = world.alarms.take();
    assert!(!heard.is_empty() && heard.iter().all(|line| line.contains("two agents")), "{heard:?}");
    let alarms = world.cell_alarms().await;
    assert!(alarms.contains_key("clone_suspected"), "{alarms:?}");
    world.pass(HOUR);
    world.counted().await;
    // What both sent under one number is flagged; the first one counts.
    let mut wrongs = world.wrongs(&before).await;
    wrongs.retain(|wrong| !wrong.contains("are odd"));
    assert_eq!(wrongs, Vec::<String>::new());
    assert!(world.gap().await < Duration::from_secs(600), "{:#?}", world.accounts().await);
    assert_eq!(world.cell_alarms().await.len(), 0, "the one that stays is the only one");
    world.go_on_with(stays);
}

async fn an_agent_from_an_old_disk_is_refused_and_its_members_go_on(world: &mut World) {
    serving(world).await;
    let before = world.pids().await;
    world.kill_agent().await;
    world.copy_agent_state("old");
    world.restart_agent().await;
    let counted = world.cell().await["watermark"].clone();
    let counts = async || {
        let now = world.cell().await["watermark"].clone();
        now.as_str() > counted.as_str() && counted.is_string()
            || counted.is_null() && now.is_string()
    };
    world.until("usage of a later time", counts).await;
    world.kill_agent().await;
    assert_eq!(world.cell().await["alarm"], Value::Null);
    let mut old = world.agent_in("old").await.expect("an agent");
    world.until("a refusal", async || halted(&old)).await;
    let why = old.finished().await;
    assert!(matches!(why, Err(AgentError::Halted(Halt::CloneSuspected))), "{why:?}");
    assert_eq!(world.cell().await["alarm"], "clone_suspected");
    let heard = world.alarms.take();
    assert!(heard.len() == 1 && heard[0].contains("rolled-back disk"), "{heard:?}");
    assert_eq!(world.pids().await, before, "members go on");
    world.restart_agent().await;
    let calm = async || world.cell().await["alarm"].is_null();
    world.until("the true agent talk", calm).await;
    assert_eq!(world.pids().await, before);
}

async fn an_old_disk_that_is_let_in_again_finds_everything(world: &mut World) {
    let dev = world.user("dev").await;
    let running = async |world: &World, name: &str, topology: &str| {
        let order = world.redis(world.seed.platform_dev, name, topology);
        let Ordered { instance, operation } = dev.order(&order).await;
        world.succeeded(&dev, &operation).await;
        world.becomes(&dev, &instance, "RUNNING").await;
        instance
    };
    let kept = running(world, "kept", "primary-replica").await;
    let gone = running(world, "gone", "standalone").await;
    world.pass(HOUR);
    world.counted().await;
    world.kill_agent().await;
    world.copy_agent_state("old");
    world.restart_agent().await;

    let change = json!({ "instance": kept, "parameters": { "maxclients": 50 } });
    let token = dev.preview_change(&change).await["token"].clone();
    let changed = Ordered::from(&dev.change(&change, &token, "hot").await);
    world.succeeded(&dev, &changed.operation).await;
    let deleted = Ordered::from(&dev.delete(&gone, "gone", "delete").await);
    world.succeeded(&dev, &deleted.operation).await;
    let fresh = running(world, "fresh", "standalone").await;
    world.pass(HOUR * 3);
    world.counted().await;
    world.kill_agent().await;
    world.pass(Duration::from_secs(1_200));
    let before = world.pids().await;

    let mut old = world.agent_in("old").await.expect("an agent");
    world.until("a refusal", async || halted(&old)).await;
    let why = old.finished().await;
    assert!(matches!(why, Err(AgentError::Halted(Halt::CloneSuspected))), "{why:?}");
    assert!(world.cell_alarms().await.contains_key("clone_suspected"));
    assert_eq!(world.alarms.take().len(), 1);

    world.enrol_again("old").await;
    let old = world.agent_in("old").await.expect("an agent");
    world.go_on_with(old);
    world.counted().await;
    for instance in [&kept, &fresh] {
        world.becomes(&dev, instance, "RUNNING").await;
    }
    world.until("no alarm", async || world.cell_alarms().await.is_empty()).await;
    assert_eq!(world.pids().await, before, "found again, started once, and nothing made again");
    assert_eq!(dev.instance(&gone).await["state"], "DELETED");
    assert_eq!(dev.instance(&kept).await["configuration"]["parameters"]["maxclients"], 50);
    let order = world.redis(world.seed.platform_dev, "gone", "standalone");
    let Ordered { operation, .. } = dev.order(&order).await;
    world.succeeded(&dev, &operation).await;
    world.pass(HOUR);
    world.counted().await;
    assert_eq!(world.wrongs(&before).await, Vec::<String>::new());
    // The lost disk alone knew since when `fresh` and its volume were what they are.
    let gap = world.gap().await;
    assert!(gap > Duration::ZERO && gap < HOUR, "{gap:?}: {:#?}", world.accounts().await);
}
