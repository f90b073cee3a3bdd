//! Whoever can write to Redis changes nothing, and learns no password from us.

use std::sync::Arc;

use control_plane::config::Config;
use control_plane::doctor::{Finding, Findings, Verdict, examine_with};
use control_plane::wiring::Parts;
use tests::redis::PASSWORD;
use types::id::SystemIds;
use types::random::SystemRandom;

use super::*;

/// More than Redis keeps for a listener by itself: it hangs up on whoever was to hear it.
const HUGE: usize = 40 << 20;

#[tokio::test]
async fn garbage_among_hints_changes_nothing() {
    let redis = redis();
    tell(Some(redis.url()), async |world, other| {
        let channel = format!("cellplane:{}", world.plane().settings.installation);
        let long = vec![b'x'; 1 << 20];
        let garbage: [&[u8]; 6] = [b"x", b"", b"a b", b"a ten_0", b"\xff\x00 \xfe", &long];
        for text in garbage {
            // Both planes listen.
            assert_eq!(redis.publish(&channel, text), 2);
        }
        // Hints of somebody else, again and again: whoever hears them reads, and that is all.
        for _ in 0..200 {
            for hint in
                [format!("else {}", world.seed.acme), format!("else rights {}", world.seed.acme)]
            {
                assert_eq!(redis.publish(&channel, hint.as_bytes()), 2);
            }
        }
        is_told_at_once(world, other, "first").await;
        let refused = number(&address(other), "cellplane_hints_refused_total").await;
        assert_eq!(refused, 6, "the connection outlived them");

        redis.publish(&channel, &vec![b'x'; HUGE]);
        let mut round = 0;
        let both_again = async || {
            round += 1;
            redis.publish(&channel, format!("round {round}").as_bytes()) == 2
        };
        world.until("both planes listen again", both_again).await;
        connected(world, other).await;
        is_told_at_once(world, other, "second").await;
    })
    .await;
}

async fn looked(world: &World, config: &Config) -> Finding {
    let parts = Parts {
        clock: Arc::new(world.clock.clone()),
        ids: Arc::new(SystemIds),
        random: Arc::new(SystemRandom),
    };
    let found = examine_with(&world.home(), config, parts, Findings::default()).await;
    found.into_iter().find(|finding| finding.name == "redis").expect("a finding")
}

#[tokio::test]
async fn the_doctor_says_how_redis_is_and_not_its_password() {
    let mut redis = redis();
    tell(Some(redis.url()), async |world, _| {
        let mut config = world.config().clone();
        assert_eq!(looked(world, &config).await.verdict, Verdict::Ok);
        let shown = config.shown();
        assert!(!shown.contains(PASSWORD), "{shown}");
        config.redis.url = redis.url().replace(PASSWORD, "another-secret");
        let refused = looked(world, &config).await;
        redis.kill();
        let gone = looked(world, &config).await;
        config.redis.url = "redis://:another-secret@".to_owned();
        let wrong = looked(world, &config).await;
        for finding in [refused, gone, wrong] {
            assert_eq!(finding.verdict, Verdict::Warning, "{finding:?}");
            let text = format!("{finding:?}");
            assert!(!text.contains("another-secret") && !finding.advice.is_empty(), "{text}");
        }
    })
    .await;
}
