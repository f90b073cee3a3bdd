//! A home on a disk that is full, or takes no writes, with the real keeper and the real Redis.

use connectors::contract::{self, NoLog, Stage};
use connectors::runtime::{ConnectorError, ProcessState};
use types::instant::Instant;

use crate::disk::SmallDisk;
use crate::stage::Host;

/// A home on the disk whose products are elsewhere.
async fn home(disk: &SmallDisk) -> Host {
    Host::with(|config| {
        // What was made for it stays empty; the test's own folder of the disk takes its place.
        let _ = std::fs::remove_dir_all(&config.root);
        config.root = disk.path().join("home");
    })
    .await
}

fn lacks(error: &ConnectorError, expected: &str) -> bool {
    matches!(error, ConnectorError::Unavailable { code, .. } if *code == expected)
}

#[tokio::test]
async fn a_full_disk_is_told_and_everything_goes_on_when_there_is_room() {
    let Some(disk) = SmallDisk::mount(32) else { return };
    let host = home(&disk).await;
    let (recipe, seen) = contract::started(&host).await;
    contract::until_healthy(&host, &recipe).await;
    let runtime = host.runtime();
    disk.fill();
    let refused = runtime.place(&contract::request(), &NoLog).await.expect_err("there is no room");
    assert!(lacks(&refused, "DISK_FULL"), "{refused}");
    let mut longer = recipe.clone();
    let content = format!("{}# {}\n", longer.files[0].content.reveal(), "x".repeat(100_000));
    longer.files[0].content = types::secret::Secret::new(content);
    let refused = runtime.write(&longer, &NoLog).await.expect_err("there is no room");
    assert!(lacks(&refused, "DISK_FULL"), "{refused}");
    contract::until_healthy(&host, &recipe).await;
    assert_eq!(runtime.see(recipe.id).await.map(|now| now.pid), Ok(seen.pid), "it runs on");
    // A keeper without room cannot note what happens; who looks is told, and nothing is made up.
    host.crash(recipe.id).await;
    let mut told = None;
    for _ in 0..500 {
        told = runtime.see(recipe.id).await.err();
        if told.is_some() {
            break;
        }
        host.pause().await;
    }
    let told = told.expect("it cannot be seen");
    assert!(lacks(&told, "DISK_FULL"), "{told}");
    disk.make_room();
    let back = contract::until(&host, recipe.id, |now| {
        now.process == ProcessState::Running && now.pid != seen.pid
    })
    .await;
    assert_eq!(back.restarts, 1);
    contract::until_healthy(&host, &recipe).await;
    let journal = runtime.journal(recipe.id, Instant::default()).await.expect("it has a journal");
    let states: Vec<ProcessState> = journal.iter().map(|change| change.process).collect();
    assert_eq!(states, [ProcessState::Running, ProcessState::Backoff, ProcessState::Running]);
    disk.fill();
    runtime.remove(recipe.id, &NoLog).await.expect("who makes room needs none");
    disk.make_room();
    assert_eq!(runtime.see(recipe.id).await, Err(ConnectorError::NotFound));
    host.until_gone(back.pid.expect("it ran")).await;
}

#[tokio::test]
async fn a_read_only_disk_is_told_and_is_no_reason_to_give_up() {
    let Some(disk) = SmallDisk::mount(32) else { return };
    let host = home(&disk).await;
    disk.set_read_only(true);
    let refused = host.runtime().place(&contract::request(), &NoLog).await;
    disk.set_read_only(false);
    let refused = refused.expect_err("nothing can be written");
    assert!(lacks(&refused, "READ_ONLY"), "{refused}");
    host.runtime().place(&contract::request(), &NoLog).await.expect("it can be written again");
}
