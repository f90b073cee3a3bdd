//! The plane comes back from an older backup of its database, while its cell went on: nothing in the
//! cell is removed or started again, and everybody is told what is lost.

use std::sync::Arc;
use std::time::Duration;

use control_plane::doctor::{Findings, Verdict, examine_with};
use control_plane::wiring::Parts;
use control_plane_core::cell;
use serde_json::json;
use tests::client::User;
use tests::client::order::{Ordered, START, STOP};
use tests::stories;
use tests::world::World;
use tests::world::books::Pids;
use tests::world::seed::console;
use types::id::SystemIds;
use types::random::SystemRandom;

stories! {
    a_plane_from_a_backup_deletes_nothing_and_says_what_it_lost,
}

const HOUR: Duration = Duration::from_secs(3_600);
const ACKNOWLEDGED: &str = "SELECT acknowledged_sequence FROM cell";
const LOST: &str = "SELECT SUM(last_sequence - first_sequence + 1) FROM usage_loss";

/// What there is before the backup, and one instance that was ordered after it.
struct Lived {
    kept: String,
    stopped: String,
    gone: String,
    orphan: String,
    /// Members of all but the deleted one.
    before: Pids,
}

async fn running(world: &World, dev: &User, name: &str) -> String {
    let order = world.redis(world.seed.platform_dev, name, "standalone");
    let Ordered { instance, operation } = dev.order(&order).await;
    world.succeeded(dev, &operation).await;
    world.becomes(dev, &instance, "RUNNING").await;
    instance
}

async fn lived_on_after_the_backup(world: &mut World) -> (Lived, i64) {
    let dev = world.user("dev").await;
    let kept = running(world, &dev, "kept").await;
    let stopped = running(world, &dev, "stopped").await;
    let gone = running(world, &dev, "gone").await;
    world.pass(HOUR);
    world.counted().await;
    world.back_up().await;
    let dev = world.user("dev").await;
    let backed_up = world.number(ACKNOWLEDGED).await;
    let stop = Ordered::from(&dev.command(STOP, &stopped, "stop").await);
    world.succeeded(&dev, &stop.operation).await;
    let delete = Ordered::from(&dev.delete(&gone, "gone", "gone").await);
    world.succeeded(&dev, &delete.operation).await;
    world.becomes(&dev, &gone, "DELETED").await;
    let orphan = running(world, &dev, "orphan").await;
    world.pass(HOUR * 3);
    world.counted().await;
    let before = world.pids().await;
    (Lived { kept, stopped, gone, orphan, before }, backed_up)
}

async fn a_plane_from_a_backup_deletes_nothing_and_says_what_it_lost(world: &mut World) {
    let (lived, backed_up) = lived_on_after_the_backup(world).await;
    let lost = world.number(ACKNOWLEDGED).await - backed_up;
    assert!(lost > 0);
    world.restore().await;
    let dev = world.user("dev").await;
    told(world, &lived, lost).await;
    assert_eq!(dev.instance(&lived.kept).await["state"], "RUNNING");
    world.becomes(&dev, &lived.stopped, "STOPPED").await;
    // It was deleted after the backup, so nobody knows that; it is made anew and is empty.
    world.becomes(&dev, &lived.gone, "RUNNING").await;
    world.counted().await;
    let gap = world.gap().await;
    // Three members and three volumes, for three hours and a little.
    assert!(gap > HOUR * 18 && gap < HOUR * 20, "{gap:?} {:#?}", world.accounts().await);
    world.pass(HOUR * 2);
    world.counted().await;
    assert_eq!(world.gap().await, gap, "what is used now is counted");
    assert_eq!(world.wrongs(&lived.before).await, Vec::<String>::new());
    noticed_when_it_is_hidden(world, &lived.before).await;
    mended(world, &lived).await;
}

/// The operator knows what is lost, what is unknown and what is newer.
async fn told(world: &World, lived: &Lived, lost: i64) {
    let is_told = async || world.cell_alarms().await.contains_key("orphans");
    world.until("the operator told", is_told).await;
    let alarms = world.cell_alarms().await;
    assert!(alarms["plane_restored"].contains(&lived.stopped), "{alarms:?}");
    assert!(!alarms["plane_restored"].contains(&lived.kept), "{alarms:?}");
    assert!(alarms["orphans"].contains(&lived.orphan), "{alarms:?}");
    assert_eq!(world.number(LOST).await, lost);
    let parts = Parts {
        clock: Arc::new(world.clock.clone()),
        ids: Arc::new(SystemIds),
        random: Arc::new(SystemRandom),
    };
    let found = examine_with(&world.home(), world.config(), parts, Findings::default()).await;
    let bad: Vec<_> = found.iter().filter(|one| one.verdict != Verdict::Ok).collect();
    let names: Vec<_> = bad.iter().map(|one| one.name).collect();
    assert!(names.contains(&"usage.lost") && names.contains(&"cells"), "{bad:#?}");
    assert!(bad.iter().any(|one| one.found.contains("plane_restored")), "{bad:#?}");
}

/// Each of the declarations is needed: without it, an invariant is broken.
async fn noticed_when_it_is_hidden(world: &World, before: &Pids) {
    let by = 1_000_000_000;
    let plants = [
        (
            format!("UPDATE usage_loss SET last_sequence = last_sequence + {by}"),
            format!("UPDATE usage_loss SET last_sequence = last_sequence - {by}"),
            "usage_acknowledged",
        ),
        (
            "UPDATE cell SET loss_checked_at = restored_at, restored_at = NULL".to_owned(),
            "UPDATE cell SET restored_at = loss_checked_at, loss_checked_at = NULL".to_owned(),
            "generation_observed",
        ),
    ];
    for (breaks, mends, invariant) in plants {
        world.plant(&breaks).await;
        let seen = world.wrongs(before).await;
        assert!(seen.iter().any(|wrong| wrong.contains(invariant)), "{invariant}: {seen:?}");
        world.plant(&mends).await;
        assert_eq!(world.wrongs(before).await, Vec::<String>::new());
    }
}

/// What the how-to says: the next wish is carried out, the orphan goes when somebody says so.
async fn mended(world: &mut World, lived: &Lived) {
    let dev = world.user("dev").await;
    let again = Ordered::from(&dev.command(START, &lived.stopped, "again").await);
    world.succeeded(&dev, &again.operation).await;
    world.becomes(&dev, &lived.stopped, "RUNNING").await;
    let change = json!({ "instance": lived.kept, "parameters": { "maxclients": 50 } });
    let token = dev.preview_change(&change).await["token"].clone();
    let changed = Ordered::from(&dev.change(&change, &token, "hot").await);
    world.succeeded(&dev, &changed.operation).await;
    cell::accept_loss(world.plane(), &console(), "north").await.expect("accepted");
    let alarms = world.cell_alarms().await;
    assert!(!alarms.contains_key("plane_restored") && alarms.contains_key("orphans"), "{alarms:?}");

    let count = world.pids().await.len();
    world.kill_agent().await;
    world.delete_orphan(&lived.orphan);
    world.restart_agent().await;
    world.until("the orphan gone", async || world.pids().await.len() == count - 1).await;
    world.kill_agent().await;
    world.restart_agent().await;
    world.until("no alarm", async || world.cell_alarms().await.is_empty()).await;
    world.counted().await;
    let broken = billing::verify::all(world.plane()).await.expect("an answer");
    assert!(broken.is_empty(), "{broken:?}");
    // What nobody knew was flagged, and told in the log.
    let heard = world.alarms.take();
    assert!(heard.iter().all(|line| line.contains("usage records name resources")), "{heard:?}");
}
