//! Members that do not stay, do not answer, or cannot be made.

use std::time::Duration;

use connectors::contract::{NoLog, request};
use connectors::memory::Step;
use connectors::runtime::{CommandOutput, ConnectorError, Runtime as _};
use serde_json::{Value, json};
use tests::client::User;
use tests::client::order::{Ordered, START};
use tests::stories;
use tests::world::World;

stories! {
    a_member_that_ends_again_and_again_is_given_up_until_somebody_starts_it,
    an_instance_that_never_answers_fails_at_its_deadline,
    what_cannot_be_made_leaves_nothing,
}

const EVENTS: &str = "subscription($instance: ID) { events(after: \"0\", instance: $instance) { \
    node { kind } } }";
const ALARMS: &str = "{ cell(idOrName: \"north\") { alarms { code message } } }";

/// The codes of the cell's alarms.
async fn alarms(operator: &User) -> Vec<String> {
    let cell = operator.get(ALARMS, json!({})).await["cell"].clone();
    let alarms = cell["alarms"].as_array().expect("alarms").iter();
    alarms.map(|alarm| alarm["code"].as_str().expect("a word").to_owned()).collect()
}

fn problem(instance: &Value) -> &str {
    instance["members"][0]["problem"].as_str().unwrap_or_default()
}

async fn a_member_that_ends_again_and_again_is_given_up_until_somebody_starts_it(
    world: &mut World,
) {
    let (dev, operator) = (world.user("dev").await, world.user("operator").await);
    let order = world.redis(world.seed.platform_dev, "shop-cache", "standalone");
    let Ordered { instance, operation } = dev.order(&order).await;
    world.succeeded(&dev, &operation).await;
    world.becomes(&dev, &instance, "RUNNING").await;
    let running = dev.command(START, &instance, "too early").await;
    assert_eq!((running.code(), &running.told()["why"]), ("CONFLICT", &json!("running")));
    let member = world.host.list().await.expect("members")[0];
    for _ in 0..10 {
        let runs = async || world.pids().await.values().all(Option::is_some);
        world.until("it run", runs).await;
        world.pass(Duration::from_secs(10));
        world.host.crash(member);
    }
    let given_up = async || problem(&dev.instance(&instance).await).starts_with("MEMBER_KEEPS_");
    world.until("it given up", given_up).await;
    let seen = dev.instance(&instance).await;
    assert_eq!((&seen["state"], &seen["members"][0]["restarts"]), (&json!("FAILED"), &json!(9)));
    assert!(problem(&seen).contains("ended by signal 9"), "its last words: {seen:#}");
    assert_eq!(alarms(&operator).await, ["members_given_up"]);
    let mut events = dev.follow(EVENTS, json!({ "instance": instance })).await;
    let mut kinds = Vec::new();
    while kinds.last().is_none_or(|kind| kind != "member_given_up") {
        let next = events.next().await.expect("an event");
        kinds.push(next.granted()["events"]["node"]["kind"].clone());
    }
    let told = kinds.iter().filter(|kind| *kind == "member_given_up").count();
    assert_eq!(told, 1, "told once: {kinds:?}");

    let again = Ordered::from(&dev.command(START, &instance, "again").await);
    world.succeeded(&dev, &again.operation).await;
    let well = world.becomes(&dev, &instance, "RUNNING").await;
    assert_eq!(well["members"][0]["problem"], Value::Null);
    world.until("no alarm", async || alarms(&operator).await.is_empty()).await;
}

async fn an_instance_that_never_answers_fails_at_its_deadline(world: &mut World) {
    let dev = world.user("dev").await;
    let argv = ["usr/bin/redis-cli", "-h", "127.0.0.1", "-p", "20000", "PING"];
    let output =
        CommandOutput { code: Some(0), stdout: "LOADING\n".to_owned(), stderr: String::new() };
    world.host.answer(&argv, output);
    world.host.print(&["reading the data", "the data is too large"]);
    let order = world.redis(world.seed.platform_dev, "shop-cache", "standalone");
    let Ordered { instance, operation } = dev.order(&order).await;
    let waits = async || {
        let lines = dev.operation(&operation).await["log"].to_string();
        lines.contains("Not yet")
    };
    world.until("it wait", waits).await;
    world.pass(Duration::from_secs(890));
    let ended = world.ended(&dev, &operation).await;
    assert_eq!(
        (&ended["state"], &ended["problem"]["code"]),
        (&json!("FAILED"), &json!("DEADLINE_PASSED"))
    );
    let message = ended["problem"]["message"].as_str().expect("a sentence");
    assert!(message.contains("LOADING"), "what it waited for: {message}");
    let log = ended["log"].to_string();
    assert!(log.contains("The member said: the data is too large"), "{log}");
    world.becomes(&dev, &instance, "FAILED").await;
    let left = world.pids().await;
    assert!(left.len() == 1 && left.values().all(Option::is_none), "evidence, and no process");
    let deleted = Ordered::from(&dev.delete(&instance, "shop-cache", "delete").await);
    world.succeeded(&dev, &deleted.operation).await;
    assert!(world.pids().await.is_empty());
}

async fn what_cannot_be_made_leaves_nothing(world: &mut World) {
    let dev = world.user("dev").await;
    let faults = [
        (Step::Install, "MEDIUM_NOT_TRUSTED"),
        (Step::Place, "NO_FREE_PORT"),
        (Step::Write, "PERMISSION"),
        (Step::Start, "PORT_TAKEN"),
    ];
    let order = world.redis(world.seed.platform_dev, "shop-cache", "standalone");
    for (step, code) in faults {
        world.host.refuse(step, ConnectorError::Refused { code, message: "no".to_owned() });
        let token = dev.preview(&order).await;
        let Ordered { instance, operation } = Ordered::from(&dev.place(&order, &token, code).await);
        let ended = world.ended(&dev, &operation).await;
        assert_eq!((&ended["state"], &ended["problem"]["code"]), (&json!("FAILED"), &json!(code)));
        world.becomes(&dev, &instance, "FAILED").await;
        assert!(world.pids().await.is_empty(), "{code}: something is left on the host");
        world.host.allow(step);
        let again = Ordered::from(&dev.command(START, &instance, code).await);
        world.succeeded(&dev, &again.operation).await;
        world.becomes(&dev, &instance, "RUNNING").await;
        let deleted = Ordered::from(&dev.delete(&instance, "shop-cache", code).await);
        world.succeeded(&dev, &deleted.operation).await;
    }
    world.host.place(&request(), &NoLog).await.expect("a planted member");
    assert!(!world.pids().await.is_empty(), "what is left would be seen");
}
