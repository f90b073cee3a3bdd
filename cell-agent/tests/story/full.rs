//! The disk of the state directory is full, or takes no writes: nothing is lost, nothing is counted
//! twice, the agent says what is wrong and goes on by itself.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use cell_agent::agent::LinkStatus;
use types::operation::OperationState;

use crate::cell::Cell;
use crate::complete::prove;
use crate::disk::SmallDisk;

/// Enough to fill whatever room the ledger has inside its file.
const WISHES: usize = 400;

fn trouble(cell: &Cell) -> Option<String> {
    let condition = cell.plane.memory().condition.clone()?;
    condition.trouble.map(|trouble| trouble.code)
}

#[tokio::test]
async fn a_full_disk_loses_no_usage_and_is_told_until_there_is_room() {
    let Some(disk) = SmallDisk::mount(16) else { return };
    let cell = Cell::start_in(disk.path()).await;
    let spec = cell.with_pair().await;
    cell.plane.pass(Duration::from_secs(100)).await;
    disk.fill();
    let more: Vec<_> = (0..WISHES).map(|_| cell.pair()).collect();
    more.iter().for_each(|spec| cell.plane.want(spec));
    cell.plane
        .eventually("the trouble", |memory| {
            memory.condition.as_ref().is_some_and(|condition| condition.trouble.is_some())
        })
        .await;
    assert_eq!(trouble(&cell).as_deref(), Some("DISK_FULL"));
    cell.host.inner().crash(spec.members[1].id);
    cell.plane.pass(Duration::from_secs(600)).await;
    assert_eq!(trouble(&cell).as_deref(), Some("DISK_FULL"), "it is told as long as it lasts");
    disk.make_room();
    let now = cell.plane.now();
    cell.plane
        .eventually("usage of all the time", |memory| {
            let is_well = memory.condition.as_ref().is_some_and(|one| one.trouble.is_none());
            is_well && memory.watermark >= now
        })
        .await;
    let agent = cell.agent.as_ref().expect("it never ended");
    assert!(matches!(agent.status().borrow().link, LinkStatus::Connected { .. }));
    assert_eq!(cell.ended(&more[0]).await, OperationState::Succeeded, "work goes on");
    for spec in [&spec, &more[0]] {
        prove(&cell, spec, "a full disk");
    }
    let missing = {
        let mut memory = cell.plane.memory();
        let last = memory.records.keys().copied().max().expect("records");
        assert_eq!(memory.acknowledged(), last, "no sequence is missing");
        let volume = spec.members[0].volume.to_string();
        let one = memory.records.values().find(|one| one.resource == volume).expect("one").sequence;
        memory.records.remove(&one)
    };
    assert!(missing.is_some());
    let seen = catch_unwind(AssertUnwindSafe(|| prove(&cell, &spec, "planted")));
    assert!(seen.is_err(), "a record that is lost would be seen");
}

#[tokio::test]
async fn an_agent_that_finds_its_disk_read_only_waits_and_goes_on() {
    let Some(disk) = SmallDisk::mount(16) else { return };
    let mut cell = Cell::start_in(disk.path()).await;
    let spec = cell.with_pair().await;
    cell.plane.pass(Duration::from_secs(100)).await;
    cell.kill().await;
    disk.set_read_only(true);
    let (plane, sessions) = (cell.plane.clone(), cell.plane.memory().sessions);
    let mended = async {
        plane.pass(Duration::from_secs(300)).await;
        assert_eq!(plane.memory().sessions, sessions, "it does not speak before it can write");
        disk.set_read_only(false);
        plane.eventually("a session", |memory| memory.sessions > sessions).await;
    };
    let (begun, ()) = tokio::join!(cell.begin(None), mended);
    begun.expect("it waited");
    let now = cell.plane.now();
    cell.plane.eventually("usage of all the time", |memory| memory.watermark >= now).await;
    prove(&cell, &spec, "a read-only disk");
}
