//! The independent recomputation in `tests/oracle` reaches the same bills, from random worlds and
//! from our own exports.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use billing::{attribution, closing, completeness, export, recompute};
use types::id::{MemberId, SystemIds};
use types::instance::State;
use types::instant::Instant;

use crate::engine::Engine;
use crate::world::{World, october, september};

fn oracle(program: &str, arguments: &[&str]) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/oracle");
    let run = Command::new("python3")
        .arg("-B")
        .arg(folder.join(program))
        .args(arguments)
        .output()
        .expect("python3 is needed");
    let text = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(run.status.success(), "{text}{}", String::from_utf8_lossy(&run.stderr));
    text
}

fn compare(directory: &Path) {
    let path = directory.to_str().expect("a plain path");
    let answer = oracle("recompute.py", &[path, "--compare"]);
    assert!(answer.contains("no difference"), "{answer}");
}

#[test]
fn random_worlds_come_to_the_same_bills() {
    let folder = tempfile::tempdir().expect("a directory");
    for seed in 1..=30 {
        let directory = folder.path().join(seed.to_string());
        let path = directory.to_str().expect("a plain path");
        oracle("world.py", &[&seed.to_string(), "--output", path]);
        recompute::directory(&directory).expect("a world");
        compare(&directory);
    }
}

async fn export_of(world: &World, period: &str, name: &str) -> PathBuf {
    let directory = world.directory.path().join(name);
    let size = export::run(&world.plane, world.tenant, period, &directory).await;
    assert!(size.expect("an export").bills > 0);
    compare(&directory);
    // Ours, from the files alone, writes the same bytes as the export.
    let files = ["bills.json", "charges.jsonl"];
    let text = |file: &str| std::fs::read_to_string(directory.join(file)).expect("a file");
    let before = files.map(text);
    recompute::directory(&directory).expect("an export");
    assert_eq!(files.map(text), before);
    compare(&directory);
    directory
}

#[tokio::test(flavor = "multi_thread")]
async fn exports_from_sqlite_come_to_the_same_bills() {
    exports_come_to_the_same_bills(World::on(Engine::Sqlite).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn exports_from_postgres_come_to_the_same_bills() {
    exports_come_to_the_same_bills(World::on(Engine::Postgres).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn exports_from_mariadb_come_to_the_same_bills() {
    exports_come_to_the_same_bills(World::on(Engine::MariaDb).await).await;
}

async fn exports_come_to_the_same_bills(world: World) {
    let hour = |count: i64| september().shifted(count * Instant::HOUR);
    world.clock.set(hour(200));
    let mut records = world.hours(1, september(), 100);
    records.push(world.record(101, hour(99).shifted(Instant::SECOND), 60));
    records.push(world.record(5, hour(4), 1800));
    let stranger = MemberId::next(&SystemIds).to_string();
    let of_stranger = |sequence, start| {
        let record = world.record(sequence, start, 3600);
        world.signed(billing::ingest::Incoming { resource: stranger.clone(), ..record })
    };
    records.push(of_stranger(102, hour(50)));
    world.deliver(records).await;
    export_of(&world, "2026-09", "open").await;
    world.clock.advance(Duration::from_secs(60));
    world.state(&stranger, "member", State::Running, hour(40)).await;
    world.state(&world.member.to_string(), "member", State::Stopped, hour(90)).await;
    attribution::run(&world.plane).await.expect("decided");
    world.clock.set(october());
    world.deliver(Vec::new()).await;
    world.clock.advance(Duration::from_secs(1));
    closing::advance(&world.plane, world.tenant, None).await.expect("closed");
    export_of(&world, "2026-09", "closed").await;
    world.clock.set(october().shifted(30 * Instant::HOUR));
    world.state(&stranger, "member", State::Unknown, hour(300)).await;
    world.state(&stranger, "member", State::Deleted, hour(700)).await;
    world.deliver(vec![of_stranger(103, hour(60)), of_stranger(104, october())]).await;
    export_of(&world, "2026-10", "corrected").await;
    world.clock.set(october().shifted((31 * 24 + 72) * Instant::HOUR));
    let progress = closing::advance(&world.plane, world.tenant, None).await.expect("closed");
    assert_eq!(progress.closed.len(), 1);
    export_of(&world, "2026-10", "second").await;
    export_of(&world, "2026-09", "first-again").await;
    let until = october();
    let accounts = completeness::audit(&world.plane, world.tenant, until).await.expect("an audit");
    assert_eq!(accounts.len(), 3);
    for account in accounts {
        assert!(account.is_complete() && account.life > 0, "{account:?}");
    }
}
