//! A cell is away for days: cut off from the plane with its agent at work, or with its agent dead.
//! What runs goes on, everything is counted once, and everybody is told what is not known.

use std::time::Duration;

use billing::closing;
use serde_json::{Value, json};
use tests::client::User;
use tests::client::order::{Ordered, PREVIEW_ORDER, STOP};
use tests::stories;
use tests::world::World;
use types::clock::Clock as _;
use types::instant::Instant;

stories! {
    a_cell_that_is_cut_off_for_days_is_counted_once,
    a_cell_whose_agent_is_dead_for_days_is_counted_once,
    a_wrong_count_after_an_absence_is_seen,
}

const HOUR: Duration = Duration::from_secs(3_600);
const MINUTE: Duration = Duration::from_secs(60);
const WAITS: &str = "query($id: ID!) { operation(id: $id) { waitingFor { code } } }";

fn november_ends() -> Instant {
    // In Asia/Shanghai, where acme's months are cut.
    "2026-11-30T16:00:00Z".parse().expect("an instant")
}

async fn running(world: &World, dev: &User, name: &str, topology: &str) -> String {
    let order = world.redis(world.seed.platform_dev, name, topology);
    let Ordered { instance, operation } = dev.order(&order).await;
    world.succeeded(dev, &operation).await;
    world.becomes(dev, &instance, "RUNNING").await;
    instance
}

/// Member seconds on a bill, by the month that they are charged for.
fn billed(bill: &Value, charged: &str) -> i64 {
    let lines = bill["lines"].as_array().expect("lines").iter();
    let of_month = lines
        .filter(|line| line["chargePeriod"] == charged && line["meter"] == "member_seconds")
        .map(|line| line["quantity"].as_str().expect("a number").parse::<i64>().expect("a number"));
    of_month.sum()
}

async fn a_cell_that_is_cut_off_for_days_is_counted_once(world: &mut World) {
    away_for_days(world, true).await;
}

async fn a_cell_whose_agent_is_dead_for_days_is_counted_once(world: &mut World) {
    away_for_days(world, false).await;
}

async fn away_for_days(world: &mut World, is_cut: bool) {
    let end = november_ends();
    world.reach(end.minus(HOUR * 48)).await;
    let dev = world.user("dev").await;
    let kept = running(world, &dev, "kept", "primary-replica").await;
    let before = world.pids().await;
    let early = running(world, &dev, "early", "standalone").await;
    let late = running(world, &dev, "late", "standalone").await;
    world.reach(end.minus(HOUR * 40)).await;
    world.counted().await;
    let mark = world.watermark().await.expect("a watermark");
    if is_cut {
        world.cut();
    } else {
        world.kill_agent().await;
    }

    let stopped = told_while_it_is_away(world, &dev, &kept, &early).await;
    closed_without_it(world, mark).await;
    let dev = world.user("dev").await;

    let stop = Ordered::from(&dev.command(STOP, &late, "late").await);
    world.pass(MINUTE * 5);
    let back = world.clock.now();
    assert!(back.since(mark) > HOUR * 100);
    if is_cut {
        world.mend();
    } else {
        world.restart_agent().await;
    }
    world.succeeded(&dev, &stop.operation).await;
    world.becomes(&dev, &late, "STOPPED").await;
    world.becomes(&dev, &early, "STOPPED").await;
    let failed = dev.operation(&stopped).await;
    assert_eq!(failed["state"], "FAILED", "what was told stays: {failed:#}");
    assert_eq!(dev.instance(&kept).await["unknownSince"], Value::Null);
    world.counted().await;
    assert_eq!(world.gap().await, Duration::ZERO, "{:#?}", world.accounts().await);
    assert_eq!(world.wrongs(&before).await, Vec::<String>::new());
    world.until("no alarm", async || world.cell_alarms().await.is_empty()).await;
    let found = dev.get("{ instances { nodes { name } } }", json!({})).await;
    assert_eq!(found["instances"]["nodes"].as_array().map(Vec::len), Some(3));

    corrected_in_december(world).await;
    assert_eq!(world.wrongs(&before).await, Vec::<String>::new());
}

/// What users and operators see meanwhile. Answers the operation of a wish that comes too early.
async fn told_while_it_is_away(world: &World, dev: &User, kept: &str, early: &str) -> String {
    let last = world.cell().await["lastReportAt"].clone();
    world.pass(MINUTE * 4);
    let silent = dev.instance(kept).await;
    assert_eq!((&silent["unknownSince"], &silent["state"]), (&last, &json!("RUNNING")));
    let alarms = world.cell_alarms().await;
    assert!(alarms.contains_key("silent") && alarms.len() == 1, "{alarms:?}");
    let other = world.redis(world.seed.platform_dev, "other", "standalone");
    let refused = dev.ask(PREVIEW_ORDER, json!({ "input": other })).await;
    assert_eq!(refused.code(), "UNAVAILABLE");
    let Ordered { operation, .. } = Ordered::from(&dev.command(STOP, early, "early").await);
    let waits = dev.get(WAITS, json!({ "id": operation })).await;
    assert_eq!(waits["operation"]["waitingFor"]["code"], "cell");
    world.pass(MINUTE * 17);
    let ended = world.ended(dev, &operation).await;
    assert_eq!(ended["problem"]["code"], "DEADLINE_PASSED", "{ended:#}");
    assert_eq!(dev.instance(early).await["state"], "RUNNING", "only a cell says what is");
    operation
}

/// The month waits for the cell, and closes without it after 72 hours.
async fn closed_without_it(world: &World, mark: Instant) {
    let (end, platform) = (november_ends(), world.seed.platform.to_string());
    let provisional = world.bill(&platform, "2026-11").await;
    assert_eq!(provisional["completeTo"].as_str(), Some(mark.to_string().as_str()));
    let until = end.plus(HOUR * 72);
    world.clock.set(until.minus(MINUTE));
    world.sign_in_again();
    let waiting = closing::waits(world.plane(), world.seed.acme).await.expect("an answer");
    let waiting = waiting.expect("a month that waits");
    assert_eq!((waiting.cells, waiting.until), (vec!["north".to_owned()], until));
    let open = world.bill(&platform, "2026-11").await;
    assert_eq!(
        (&open["state"], &open["completeTo"]),
        (&json!("PROVISIONAL"), &provisional["completeTo"])
    );
    world.clock.set(until.plus(HOUR * 4));
    world.until("the month closed", async || is_closed(world, "2026-11").await).await;
    let closed = world.bill(&platform, "2026-11").await;
    let gaps = closed["gaps"].as_array().expect("gaps");
    // Four members and their volumes.
    assert_eq!(gaps.len(), 8, "{closed:#}");
    for gap in gaps {
        let end = Value::String(end.to_string());
        assert_eq!((&gap["reason"], &gap["end"]), (&json!("missing"), &end), "{gap}");
    }
}

/// Not asked of the bill, which is made anew each time while the month is open.
async fn is_closed(world: &World, period: &str) -> bool {
    let acme = "(SELECT id FROM tenant WHERE name = 'acme')";
    let closed = format!(
        "SELECT COUNT(*) FROM billing_period WHERE tenant_id = {acme} AND period = '{period}' \
         AND state = 'closed'"
    );
    world.number(&closed).await == 1
}

/// What came after the closing stands in the next month, and both together are what was counted.
async fn corrected_in_december(world: &World) {
    let platform = world.seed.platform.to_string();
    world.reach("2026-12-31T16:00:01Z".parse().expect("an instant")).await;
    world.until("the next month closed", async || is_closed(world, "2026-12").await).await;
    let november = billed(&world.bill(&platform, "2026-11").await, "2026-11");
    let corrected = billed(&world.bill(&platform, "2026-12").await, "2026-11");
    assert!(november > 0 && corrected >= 4 * 40 * 3_600 - 4 * 60, "{november} and {corrected}");
    let end = november_ends().micros();
    let counted = world
        .number(&format!(
            "SELECT SUM(quantity) FROM usage_record \
             WHERE meter = 'member_seconds' AND status = 'counted' AND start_at < {end}"
        ))
        .await;
    assert_eq!(november + corrected, counted);
}

async fn a_wrong_count_after_an_absence_is_seen(world: &mut World) {
    let dev = world.user("dev").await;
    running(world, &dev, "kept", "standalone").await;
    let before = world.pids().await;
    world.cut();
    world.pass(HOUR * 73);
    world.mend();
    world.counted().await;
    assert_eq!(world.wrongs(&before).await, Vec::<String>::new());
    assert_eq!(world.gap().await, Duration::ZERO);

    let member = "meter = 'member_seconds' AND start_at = (SELECT MAX(start_at) FROM \
        (SELECT * FROM usage_record) u WHERE meter = 'member_seconds')";
    world.plant(&format!("UPDATE usage_record SET status = 'rejected' WHERE {member}")).await;
    assert!(world.gap().await > Duration::ZERO, "a record that does not count is a gap");
    assert_ne!(world.wrongs(&before).await, Vec::<String>::new(), "its hour is too long");
    world.plant(&format!("UPDATE usage_record SET status = 'counted' WHERE {member}")).await;

    let by_an_hour =
        |sign| format!("UPDATE usage_record SET start_at = start_at {sign} 1 WHERE {member}");
    world.plant(&by_an_hour('-')).await;
    let seen = world.wrongs(&before).await;
    assert!(seen.iter().any(|wrong| wrong.contains("usage_once")), "counted twice: {seen:?}");
    assert!(world.accounts().await.iter().any(|account| account.twice > 0));
    world.plant(&by_an_hour('+')).await;

    world.plant("UPDATE cell SET watermark = watermark + 86400000000").await;
    assert!(world.gap().await > HOUR, "usage that is not there is said to be complete");
    assert_ne!(world.wrongs(&before).await, Vec::<String>::new());
    world.plant("UPDATE cell SET watermark = watermark - 86400000000").await;
    assert_eq!(world.wrongs(&before).await, Vec::<String>::new());

    let member = before.keys().next().expect("a member").parse().expect("an id");
    world.host.crash(member);
    world.until("another process", async || world.pids().await.values().all(Option::is_some)).await;
    assert_ne!(world.wrongs(&before).await, Vec::<String>::new(), "a member was started again");
    world.host.forget(member);
    assert_ne!(world.wrongs(&before).await, Vec::<String>::new(), "a member is gone");
}
