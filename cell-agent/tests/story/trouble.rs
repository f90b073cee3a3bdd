//! What does not work: refused steps, deadlines, newer wishes, members that end by themselves.

use std::time::Duration;

use connectors::memory::Step;
use connectors::runtime::{CommandOutput, ConnectorError, Runtime};
use types::id::ResourceId;
use types::instance::{State, Wish};
use types::operation::{Hindrance, OperationKind, OperationState, StepState};

use crate::cell::{Cell, SECRET};
use crate::plane::Memory;

fn unhealthy(cell: &Cell) {
    for port in ["20000", "20001"] {
        let argv = ["usr/bin/redis-cli", "-h", "127.0.0.1", "-p", port, "PING"];
        let stdout = "LOADING\n".to_owned();
        cell.host
            .inner()
            .answer(&argv, CommandOutput { code: Some(0), stdout, stderr: String::new() });
    }
}

/// Something was asked how it is, and was not well.
fn waits(memory: &Memory) -> bool {
    memory.logs.values().any(|line| line.text.starts_with("Not yet: "))
}

#[tokio::test]
async fn a_refused_step_fails_the_operation_and_says_why() {
    let cell = Cell::start().await;
    let message = format!("the disk says {SECRET}");
    cell.host.inner().refuse(Step::Start, ConnectorError::Refused { code: "DISK_FULL", message });
    let spec = cell.pair();
    cell.plane.want(&spec);
    assert_eq!(cell.ended(&spec).await, OperationState::Failed);
    cell.becomes(&spec, State::Failed).await;
    let states: Vec<_> = {
        let memory = cell.plane.memory();
        let operation = &memory.operations[&spec.operation.id];
        let problem = operation.problem.clone().expect("a problem");
        assert_eq!((problem.code.as_str(), problem.message.contains(SECRET)), ("DISK_FULL", false));
        operation.steps.iter().map(|step| step.state).collect()
    };
    // Behind six checks, the medium, two places and the configuration.
    assert_eq!(states[10], StepState::Failed);
    assert!(states[11..].iter().all(|state| *state == StepState::Skipped));
    cell.host.inner().allow(Step::Start);
    let spec = cell.next(&spec, Wish::Deleted, OperationKind::Delete);
    cell.plane.want(&spec);
    assert_eq!(cell.ended(&spec).await, OperationState::Succeeded);
    assert!(cell.host.list().await.expect("members").is_empty());
}

#[tokio::test]
async fn a_failed_installation_leaves_nothing_running() {
    let cell = Cell::start().await;
    unhealthy(&cell);
    let spec = cell.pair();
    cell.plane.want(&spec);
    cell.plane.eventually("it wait", waits).await;
    cell.clock.advance(Duration::from_secs(1_800));
    assert_eq!(cell.ended(&spec).await, OperationState::Failed);
    let code = cell.plane.memory().operations[&spec.operation.id].problem.clone();
    assert_eq!(code.map(|problem| problem.code).as_deref(), Some("DEADLINE_PASSED"));
    assert_eq!(cell.seen(spec.members[0].id).await.pid, None, "it stays as evidence");
    let never_ran = spec.members[1].id;
    assert_eq!(cell.host.see(never_ran).await, Err(ConnectorError::NotFound));
    cell.becomes(&spec, State::Failed).await;
}

#[tokio::test]
async fn what_is_away_is_tried_again() {
    let cell = Cell::start().await;
    let message = "no route".to_owned();
    let away = ConnectorError::Unavailable { code: "PACKAGE_SOURCE_UNREACHABLE", message };
    cell.host.inner().refuse(Step::Install, away);
    let spec = cell.pair();
    cell.plane.want(&spec);
    cell.plane
        .eventually("a line about it", |memory| {
            memory.logs.values().any(|line| line.text.contains("PACKAGE_SOURCE_UNREACHABLE"))
        })
        .await;
    let tries = |memory: &Memory| {
        let attempts = memory.condition.as_ref().map(|condition| condition.attempts.clone());
        attempts.unwrap_or_default()
    };
    cell.plane
        .eventually("a third vain try", |memory| {
            tries(memory).first().is_some_and(|attempt| attempt.count >= 3)
        })
        .await;
    let attempt = tries(&cell.plane.memory()).remove(0);
    assert_eq!((attempt.operation, attempt.step), (spec.operation.id, 6), "the medium is fetched");
    assert_eq!(attempt.hindrance, Hindrance::Host);
    assert!(attempt.reason.contains("no route") && attempt.next_at > attempt.since);
    cell.host.inner().allow(Step::Install);
    assert_eq!(cell.ended(&spec).await, OperationState::Succeeded);
    cell.plane.eventually("no tries", |memory| tries(memory).is_empty()).await;
    let condition = cell.plane.memory().condition.clone().expect("a condition");
    assert!(condition.ledger_bytes > Some(0) && condition.clock_ahead_us == Some(0));
}

#[tokio::test]
async fn stuck_instances_do_not_hold_up_others() {
    let cell = Cell::start().await;
    unhealthy(&cell);
    let stuck: Vec<_> = (0..6).map(|_| cell.pair()).collect();
    cell.plane.want(&stuck[0]);
    cell.plane.eventually("it wait", waits).await;
    stuck[1..].iter().for_each(|spec| cell.plane.want(spec));
    let good = cell.pair();
    cell.plane.want(&good);
    assert_eq!(cell.ended(&good).await, OperationState::Succeeded);
    let memory = cell.plane.memory();
    assert_eq!(memory.operations[&stuck[0].operation.id].state, OperationState::Running);
}

#[tokio::test]
async fn a_newer_wish_takes_the_place_of_stuck_work() {
    let cell = Cell::start().await;
    unhealthy(&cell);
    let spec = cell.pair();
    cell.plane.want(&spec);
    cell.plane.eventually("it wait", waits).await;
    let deleted = cell.next(&spec, Wish::Deleted, OperationKind::Delete);
    cell.plane.want(&deleted);
    assert_eq!(cell.ended(&deleted).await, OperationState::Succeeded);
    assert_eq!(cell.ended(&spec).await, OperationState::Superseded);
    assert!(cell.host.list().await.expect("members").is_empty());
}

#[tokio::test]
async fn a_package_with_other_content_is_refused() {
    let cell = Cell::start().await;
    let mut spec = cell.pair();
    spec.package.digest = "0".repeat(64);
    cell.plane.want(&spec);
    assert_eq!(cell.ended(&spec).await, OperationState::Failed);
    let problem = cell.plane.memory().operations[&spec.operation.id].problem.clone();
    assert_eq!(problem.map(|problem| problem.code).as_deref(), Some("PACKAGE_DIFFERS"));
    cell.becomes(&spec, State::Failed).await;
    let spec = cell.next(&spec, Wish::Deleted, OperationKind::Delete);
    cell.plane.want(&spec);
    cell.becomes(&spec, State::Deleted).await;
}

#[tokio::test]
async fn a_member_that_ends_by_itself_has_failed_until_it_is_back() {
    let cell = Cell::start().await;
    let spec = cell.with_pair().await;
    let member = spec.members[1].id;
    cell.host.inner().crash(member);
    cell.plane
        .eventually("it come back", |memory| {
            let changes = memory.changes.iter().rev();
            let states = changes.filter(|one| one.resource == ResourceId::Member(member));
            states.map(|one| one.state).take(2).eq([State::Running, State::Failed])
        })
        .await;
    let states: Vec<_> =
        cell.history(ResourceId::Member(member)).into_iter().map(|(_, state)| state).collect();
    assert_eq!(states[1..], [State::Running, State::Failed, State::Running]);
}

#[tokio::test]
async fn a_member_that_dies_in_a_hot_change_takes_it_when_it_is_back() {
    let cell = Cell::start().await;
    let spec = cell.with_pair().await;
    cell.host.inner().crash(spec.members[1].id);
    let spec = cell.changed(&spec, "maxclients", serde_json::json!(50));
    cell.plane.want(&spec);
    assert_eq!(cell.ended(&spec).await, OperationState::Succeeded);
    let changed = cell.host.inner().ran();
    let is_set = |argv: &Vec<String>| argv.iter().any(|word| word == "maxclients");
    assert!(changed.iter().filter(|(_, argv)| is_set(argv)).count() >= 2);
}

#[tokio::test]
async fn a_member_that_refuses_a_hot_change_fails_it() {
    let cell = Cell::start().await;
    let spec = cell.with_pair().await;
    for port in ["20000", "20001"] {
        let set = ["usr/bin/redis-cli", "-e", "-h", "127.0.0.1", "-p", port, "CONFIG", "SET"];
        let argv: Vec<_> = set.into_iter().chain(["maxclients", "50"]).collect();
        let stderr = "ERR invalid".to_owned();
        cell.host
            .inner()
            .answer(&argv, CommandOutput { code: Some(1), stdout: String::new(), stderr });
    }
    let spec = cell.changed(&spec, "maxclients", serde_json::json!(50));
    cell.plane.want(&spec);
    assert_eq!(cell.ended(&spec).await, OperationState::Failed);
    let problem = cell.plane.memory().operations[&spec.operation.id].problem.clone();
    assert_eq!(problem.map(|problem| problem.code).as_deref(), Some("PARAMETERS_REFUSED"));
}

#[tokio::test]
async fn a_member_that_stood_still_is_started_again() {
    let cell = Cell::start().await;
    let spec = cell.with_pair().await;
    let member = spec.members[0].id;
    let log = Silent;
    cell.host.inner().stop(member, &log).await.expect("stopped by somebody");
    cell.recovers_from(&spec, State::Degraded).await;
    assert!(cell.seen(member).await.pid.is_some());
}

#[tokio::test]
async fn a_member_that_is_gone_has_failed() {
    let cell = Cell::start().await;
    let spec = cell.with_pair().await;
    cell.host.inner().forget(spec.members[0].id);
    cell.becomes(&spec, State::Degraded).await;
    let history = cell.history(ResourceId::Member(spec.members[0].id));
    assert_eq!(history.last().map(|(_, state)| *state), Some(State::Failed));
}

struct Silent;

impl connectors::runtime::StepLog for Silent {
    fn line(&self, _: &str) {}
}
