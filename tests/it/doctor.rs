//! The doctor over a whole installation: what is planted, it finds; where nothing is, it is quiet.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use control_plane::doctor::{Finding, Findings, Verdict, examine_with};
use control_plane::wiring::Parts;
use tests::client::order::Ordered;
use tests::stories;
use tests::world::World;
use types::id::SystemIds;
use types::random::SystemRandom;

stories! {
    the_doctor_finds_what_was_planted_and_nothing_else,
}

async fn examined(world: &World) -> Vec<Finding> {
    let parts = Parts {
        clock: Arc::new(world.clock.clone()),
        ids: Arc::new(SystemIds),
        random: Arc::new(SystemRandom),
    };
    examine_with(&world.home(), world.config(), parts, Findings::default()).await
}

/// Names of the checks that found something bad.
fn of(findings: &[Finding], verdict: Verdict) -> Vec<&'static str> {
    let bad = findings.iter().filter(|finding| finding.verdict == verdict);
    bad.map(|finding| finding.name).collect()
}

async fn the_doctor_finds_what_was_planted_and_nothing_else(world: &mut World) {
    let dev = world.user("dev").await;
    let order = world.redis(world.seed.platform_dev, "shop-cache", "standalone");
    let Ordered { operation, .. } = dev.order(&order).await;
    world.succeeded(&dev, &operation).await;
    let well = examined(world).await;
    assert_eq!(of(&well, Verdict::Error), Vec::<&str>::new(), "{well:#?}");
    let good = of(&well, Verdict::Ok);
    for name in [
        "keys.opens",
        "cells",
        "operations",
        "months",
        "licences",
        "plane",
        "database.heads",
        "database.write",
        "database.migrations",
        "ca",
    ] {
        assert!(good.contains(&name), "{name} of {well:#?}");
    }

    // The suite's own servers give up safety for speed, which is a fault planted already.
    let settings = well.iter().find(|finding| finding.name == "database.settings");
    let settings = settings.expect("a finding");
    let lax = ["fsync = off", "innodb_flush_log_at_trx_commit = 0"];
    let is_lax = lax.iter().any(|lax| settings.found.contains(lax));
    let expected = if is_lax { Verdict::Warning } else { Verdict::Ok };
    assert_eq!(settings.verdict, expected, "{settings:?}");

    let key = world.home().join("keys/master.key");
    let kept = fs::read(&key).expect("a key");
    fs::write(&key, [7; 32]).expect("another key");
    assert_eq!(of(&examined(world).await, Verdict::Error), ["keys.opens"]);
    fs::write(&key, kept).expect("the key");

    let dev_order = world.redis(world.seed.platform_dev, "late", "standalone");
    world.kill_agent().await;
    dev.order(&dev_order).await;
    world.kill_plane().await;
    // The month is over, nobody reported, and nobody was there to end what is over; a day later the
    // agent would have to enrol again.
    world.pass(Duration::from_secs((29 * 24 + 12) * 3600));
    let ill = examined(world).await;
    assert_eq!(of(&ill, Verdict::Error), ["cells", "operations"], "{ill:#?}");
    assert!(of(&ill, Verdict::Warning).contains(&"months"), "{ill:#?}");
    let silent = ill.iter().find(|finding| finding.name == "cells").expect("a finding");
    assert!(silent.found.contains("north: silent") && !silent.advice.is_empty(), "{silent:?}");
    world.restart_plane().await;
    world.restart_agent().await;
    let ended = async || !of(&examined(world).await, Verdict::Error).contains(&"operations");
    world.until("what is over end", ended).await;
}
