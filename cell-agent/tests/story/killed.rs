//! The agent is killed at every call that changes something, before it and after it, and comes back.

use serde_json::json;
use types::instance::{InstanceSpec, State, Wish};
use types::operation::{OperationKind, OperationState, StepState};

use crate::cell::Cell;
use crate::fuse::Side;

/// What is interrupted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    Install,
    Hot,
    Rolling,
    Stop,
    Delete,
}

impl Work {
    async fn prepare(self, cell: &Cell) -> InstanceSpec {
        if self == Self::Install {
            return cell.pair();
        }
        let spec = cell.with_pair().await;
        match self {
            Self::Install | Self::Hot => cell.changed(&spec, "maxclients", json!(50)),
            Self::Rolling => cell.changed(&spec, "rdbchecksum", json!(false)),
            Self::Stop => cell.next(&spec, Wish::Stopped, OperationKind::Stop),
            Self::Delete => cell.next(&spec, Wish::Deleted, OperationKind::Delete),
        }
    }

    fn state(self) -> State {
        match self {
            Self::Install | Self::Hot | Self::Rolling => State::Running,
            Self::Stop => State::Stopped,
            Self::Delete => State::Deleted,
        }
    }

    /// The number of calls that change something.
    async fn calls(self) -> usize {
        let cell = Cell::start().await;
        let spec = self.prepare(&cell).await;
        let before = cell.host.calls();
        cell.plane.want(&spec);
        assert_eq!(cell.ended(&spec).await, OperationState::Succeeded);
        cell.host.calls() - before
    }
}

async fn check(work: Work) {
    let calls = work.calls().await;
    assert!(calls > 0);
    for number in 0..calls {
        for side in [Side::Before, Side::After] {
            interrupt(work, number, side).await;
        }
    }
}

async fn interrupt(work: Work, number: usize, side: Side) {
    let mut cell = Cell::start().await;
    let spec = work.prepare(&cell).await;
    cell.host.set(Some((cell.host.calls() + number, side)));
    cell.plane.want(&spec);
    let host = cell.host.clone();
    cell.plane.eventually("the fuse blow", |_| host.is_blown()).await;
    cell.kill().await;
    cell.host.set(None);
    cell.come_back().await;
    let context = format!("{work:?}, call {number}, {side:?}");
    assert_eq!(cell.ended(&spec).await, OperationState::Succeeded, "{context}");
    cell.becomes(&spec, work.state()).await;
    let members = connectors::runtime::Runtime::list(cell.host.as_ref()).await.expect("members");
    assert_eq!(members.len(), if work == Work::Delete { 0 } else { 2 }, "{context}");
    if work == Work::Delete {
        return;
    }
    for member in &spec.members {
        let seen = cell.seen(member.id).await;
        assert_eq!(seen.pid.is_some(), work != Work::Stop, "{context}");
        assert_eq!(seen.restarts, 0, "{context}");
    }
    let memory = cell.plane.memory();
    let operation = &memory.operations[&spec.operation.id];
    assert!(operation.steps.iter().all(|step| step.state == StepState::Succeeded), "{context}");
    let lines = memory.logs.values().filter(|line| line.operation == spec.operation.id);
    assert!(lines.map(|line| line.number).eq(1..=count(&memory, &spec)), "{context}");
}

fn count(memory: &crate::plane::Memory, spec: &InstanceSpec) -> i64 {
    memory.logs.keys().filter(|(operation, _)| *operation == spec.operation.id).count() as i64
}

#[tokio::test]
async fn an_installation_goes_on_where_it_was() {
    check(Work::Install).await;
}

#[tokio::test]
async fn a_hot_change_goes_on_where_it_was() {
    check(Work::Hot).await;
}

#[tokio::test]
async fn a_rolling_restart_goes_on_where_it_was() {
    check(Work::Rolling).await;
}

#[tokio::test]
async fn a_stop_goes_on_where_it_was() {
    check(Work::Stop).await;
}

#[tokio::test]
async fn a_deletion_goes_on_where_it_was() {
    check(Work::Delete).await;
}
