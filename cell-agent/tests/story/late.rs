//! A cell that was away for longer than an operation may last.

use std::time::Duration;

use connectors::runtime::Runtime;
use serde_json::json;
use types::instance::{InstanceSpec, State, Wish};
use types::operation::{OperationKind, OperationState, StepState};

use crate::cell::Cell;

const DAYS: Duration = Duration::from_secs(3 * 86_400);

/// Lets a wish arrive long after its deadline, and says how its operation ended.
async fn too_late(cell: &mut Cell, spec: &InstanceSpec) -> OperationState {
    cell.kill().await;
    cell.plane.want(spec);
    cell.clock.advance(DAYS);
    cell.come_back().await;
    cell.ended(spec).await
}

fn assert_was_not_tried(cell: &Cell, spec: &InstanceSpec) {
    let memory = cell.plane.memory();
    let operation = &memory.operations[&spec.operation.id];
    let code = operation.problem.as_ref().map(|problem| problem.code.as_str());
    assert_eq!((operation.state, code), (OperationState::Failed, Some("DEADLINE_PASSED")));
    assert!(operation.steps.iter().all(|step| step.state == StepState::Skipped));
}

#[tokio::test]
async fn a_deletion_is_never_too_late() {
    let mut cell = Cell::start().await;
    let spec = cell.with_pair().await;
    let spec = cell.next(&spec, Wish::Deleted, OperationKind::Delete);
    assert_eq!(too_late(&mut cell, &spec).await, OperationState::Succeeded);
    assert!(cell.host.list().await.expect("members").is_empty());
}

#[tokio::test]
async fn a_late_stop_fails_and_is_done_all_the_same() {
    let mut cell = Cell::start().await;
    let spec = cell.with_pair().await;
    let spec = cell.next(&spec, Wish::Stopped, OperationKind::Stop);
    assert_eq!(too_late(&mut cell, &spec).await, OperationState::Failed);
    cell.becomes(&spec, State::Stopped).await;
    assert_eq!(cell.seen(spec.members[0].id).await.pid, None);
    assert_was_not_tried(&cell, &spec);
}

#[tokio::test]
async fn a_late_start_fails_and_is_done_all_the_same() {
    let mut cell = Cell::start().await;
    let spec = cell.with_pair().await;
    let spec = cell.next(&spec, Wish::Stopped, OperationKind::Stop);
    cell.plane.want(&spec);
    cell.becomes(&spec, State::Stopped).await;
    assert_eq!(cell.ended(&spec).await, OperationState::Succeeded);
    let spec = cell.next(&spec, Wish::Running, OperationKind::Start);
    assert_eq!(too_late(&mut cell, &spec).await, OperationState::Failed);
    cell.becomes(&spec, State::Running).await;
    assert_was_not_tried(&cell, &spec);
}

#[tokio::test]
async fn a_late_change_fails_and_is_done_all_the_same() {
    let mut cell = Cell::start().await;
    let spec = cell.with_pair().await;
    let spec = cell.changed(&spec, "maxclients", json!(50));
    assert_eq!(too_late(&mut cell, &spec).await, OperationState::Failed);
    let host = cell.host.clone();
    let words = ["maxclients".to_owned(), "50".to_owned()];
    let is_set = |argv: &[String]| argv.ends_with(&words);
    cell.plane
        .eventually("the change", |_| {
            host.inner().ran().iter().filter(|(_, argv)| is_set(argv)).count() == 2
        })
        .await;
    cell.becomes(&spec, State::Running).await;
    assert_was_not_tried(&cell, &spec);
    // The repair settled it: the next change has only its own steps.
    let spec = cell.changed(&spec, "maxclients", json!(60));
    cell.plane.want(&spec);
    assert_eq!(cell.ended(&spec).await, OperationState::Succeeded);
    assert_eq!(cell.steps(&spec).len(), 4);
}

#[tokio::test]
async fn a_late_installation_fails_and_leaves_nothing() {
    let mut cell = Cell::start().await;
    let spec = cell.pair();
    assert_eq!(too_late(&mut cell, &spec).await, OperationState::Failed);
    cell.becomes(&spec, State::Failed).await;
    cell.plane.pass(Duration::from_secs(300)).await;
    assert!(cell.host.list().await.expect("members").is_empty());
    assert_was_not_tried(&cell, &spec);
}

#[tokio::test]
async fn a_member_that_runs_against_the_wish_is_stopped() {
    let cell = Cell::start().await;
    let spec = cell.with_pair().await;
    let message = "it hangs".to_owned();
    let error = connectors::runtime::ConnectorError::Refused { code: "STOP_HANGS", message };
    cell.host.inner().refuse(connectors::memory::Step::Stop, error);
    let spec = cell.next(&spec, Wish::Stopped, OperationKind::Stop);
    cell.plane.want(&spec);
    assert_eq!(cell.ended(&spec).await, OperationState::Failed);
    cell.becomes(&spec, State::Running).await;
    cell.host.inner().allow(connectors::memory::Step::Stop);
    cell.becomes(&spec, State::Stopped).await;
}
