//! The simulation as a test: seeds that find nothing, seeds that repeat, and bugs that are found.

use std::path::PathBuf;
use std::sync::OnceLock;

use simulation::planted::Planted;
use simulation::swarm::{Swarm, Told, place};
use tempfile::TempDir;

const SEEDS: u64 = 200;
const REPEATED: u64 = 20;
const FIND_WITHIN: u64 = 12;

fn swarm() -> &'static Swarm {
    static SWARM: OnceLock<(TempDir, Swarm)> = OnceLock::new();
    let (_, swarm) = SWARM.get_or_init(|| {
        let folder = tempfile::tempdir_in(place()).expect("a folder");
        let swarm = Swarm {
            program: PathBuf::from(env!("CARGO_BIN_EXE_simulate")),
            template: folder.path().join("installation"),
            jobs: std::thread::available_parallelism().map_or(2, usize::from),
        };
        swarm.prepare().expect("an installation");
        (folder, swarm)
    });
    swarm
}

fn wrong(told: &[Told]) -> Vec<(u64, &Vec<String>)> {
    let wrong = told.iter().filter(|one| !one.problems.is_empty());
    wrong.map(|one| (one.seed, &one.problems)).collect()
}

#[test]
fn nothing_is_lost_doubled_or_left_behind_whatever_fails() {
    let told = swarm().many(1..=SEEDS, None, |_| false);
    assert_eq!(wrong(&told), []);
    let mut hashes: Vec<_> = told.iter().map(|one| &one.hash).collect();
    hashes.sort();
    hashes.dedup();
    assert_eq!(hashes.len() as u64, SEEDS, "two seeds gave the same run");
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let first = swarm().many(1..=REPEATED, None, |_| false);
    let second = swarm().many(1..=REPEATED, None, |_| false);
    let hashes = |told: &[Told]| -> Vec<_> {
        told.iter().map(|one| (one.seed, one.events, one.hash.clone())).collect()
    };
    assert_eq!(hashes(&first), hashes(&second));
}

#[test]
fn every_planted_bug_is_found() {
    let missed: Vec<_> = Planted::ALL
        .iter()
        .filter(|planted| {
            let told =
                swarm().many(1..=FIND_WITHIN, Some(**planted), |one| !one.problems.is_empty());
            wrong(&told).is_empty()
        })
        .collect();
    assert!(missed.is_empty(), "not found: {missed:?}");
}
