//! Two agents with one identity, and an agent from an old disk.

use cell_agent::agent::{AgentError, AgentHandle, Halt, LinkStatus};
use serde_json::Value;
use tests::client::order::Ordered;
use tests::stories;
use tests::world::World;

stories! {
    of_two_agents_with_one_identity_one_gives_way,
    an_agent_from_an_old_disk_is_refused_and_its_members_go_on,
}

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
    assert_eq!(world.pids().await, before, "members go on");
    stays.stop().await.expect("stopped");
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
