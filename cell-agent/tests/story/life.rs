//! The life of an instance from its order to its deletion.

use std::time::Duration;

use serde_json::json;
use types::id::ResourceId;
use types::instance::{State, Wish};
use types::operation::{OperationKind, OperationState, StepState};

use crate::cell::{Cell, SECRET};

#[tokio::test]
async fn an_ordered_instance_is_made_step_by_step() {
    let cell = Cell::start().await;
    let spec = cell.with_pair().await;
    let start = ["write-configuration", "start-member", "wait-healthy", "check-role"];
    let each = |member: i32| start.map(|name| format!("{name}/{member}"));
    let checks = ["architecture", "medium", "users", "ports", "memory", "disk"];
    let mut expected = checks.map(|what| format!("check-{what}/-")).to_vec();
    expected.extend(["fetch-media/-", "place-member/0", "place-member/1"].map(str::to_owned));
    expected.extend(each(0));
    expected.extend(each(1));
    assert_eq!(cell.steps(&spec), expected);
    let memory = cell.plane.memory();
    let operation = &memory.operations[&spec.operation.id];
    assert!(operation.steps.iter().all(|step| step.state == StepState::Succeeded));
    assert!(operation.steps.iter().all(|step| step.started_at <= step.ended_at));
    let observed = &memory.instances[&spec.id];
    assert_eq!(observed.software.as_ref().map(|one| one.trust.as_str()), Some("memory"));
    let roles: Vec<_> = observed.members.iter().map(|one| one.role.as_deref()).collect();
    assert_eq!(roles, [Some("primary"), Some("replica")]);
    assert!(observed.members.iter().all(|one| one.endpoint.is_some() && one.pid.is_some()));
}

#[tokio::test]
async fn the_log_of_an_operation_has_no_gaps_and_no_secrets() {
    let cell = Cell::start().await;
    let spec = cell.with_pair().await;
    let memory = cell.plane.memory();
    let lines: Vec<_> = memory.logs.values().collect();
    assert!(lines.iter().all(|line| line.operation == spec.operation.id));
    assert!(lines.iter().map(|line| line.number).eq(1..=lines.len() as i64));
    assert!(lines.iter().any(|line| line.text == "Has the role replica."));
    assert!(!lines.iter().any(|line| line.text.contains(SECRET)));
}

#[tokio::test]
async fn states_are_a_history_from_provisioning_to_deleted() {
    let cell = Cell::start().await;
    let spec = cell.with_pair().await;
    let spec = cell.next(&spec, Wish::Deleted, OperationKind::Delete);
    cell.plane.want(&spec);
    assert_eq!(cell.ended(&spec).await, OperationState::Succeeded);
    cell.becomes(&spec, State::Deleted).await;
    let states = |resource| {
        let history = cell.history(resource);
        assert!(history.is_sorted_by_key(|(at, _)| *at));
        history.into_iter().map(|(_, state)| state).collect::<Vec<_>>()
    };
    let whole = [State::Provisioning, State::Running, State::Deleting, State::Deleted];
    assert_eq!(states(ResourceId::Instance(spec.id)), whole);
    for member in &spec.members {
        assert_eq!(states(ResourceId::Member(member.id)), whole);
        assert_eq!(states(ResourceId::Volume(member.volume)), whole);
    }
}

#[tokio::test]
async fn work_that_is_over_before_anybody_looks_is_in_the_history_all_the_same() {
    let cell = Cell::start().await;
    let spec = cell.with_pair().await;
    let (host, calls) = (cell.host.clone(), cell.host.calls());
    host.darken(true);
    let spec = cell.next(&spec, Wish::Deleted, OperationKind::Delete);
    cell.plane.want(&spec);
    // Both members are stopped and removed.
    cell.plane.eventually("the removals", |_| host.calls() == calls + 4).await;
    host.darken(false);
    assert_eq!(cell.ended(&spec).await, OperationState::Succeeded);
    cell.becomes(&spec, State::Deleted).await;
    for member in &spec.members {
        for resource in [ResourceId::Member(member.id), ResourceId::Volume(member.volume)] {
            let history: Vec<_> =
                cell.history(resource).into_iter().map(|(_, state)| state).collect();
            assert!(history.ends_with(&[State::Running, State::Deleting, State::Deleted]));
        }
    }
}

#[tokio::test]
async fn a_deletion_says_nothing_of_the_time_in_which_the_agent_was_away() {
    let mut cell = Cell::start().await;
    let spec = cell.with_pair().await;
    let (host, calls) = (cell.host.clone(), cell.host.calls());
    cell.kill().await;
    cell.clock.advance(Duration::from_secs(3_600));
    host.darken(true);
    let spec = cell.next(&spec, Wish::Deleted, OperationKind::Delete);
    cell.plane.want(&spec);
    cell.come_back().await;
    cell.plane.eventually("the removals", |_| host.calls() == calls + 4).await;
    host.darken(false);
    assert_eq!(cell.ended(&spec).await, OperationState::Succeeded);
    cell.becomes(&spec, State::Deleted).await;
    let history = cell.history(ResourceId::Member(spec.members[0].id));
    let states: Vec<_> = history.into_iter().map(|(_, state)| state).collect();
    let after_running = states.iter().skip_while(|state| **state != State::Running).nth(1);
    assert_eq!(after_running, Some(&State::Unknown), "{states:?}");
}

#[tokio::test]
async fn a_hot_parameter_arrives_without_a_restart() {
    let cell = Cell::start().await;
    let spec = cell.with_pair().await;
    let before = cell.seen(spec.members[0].id).await.pid;
    let spec = cell.changed(&spec, "maxclients", json!(50));
    cell.plane.want(&spec);
    assert_eq!(cell.ended(&spec).await, OperationState::Succeeded);
    let both =
        |member| ["write-configuration", "apply-parameters"].map(|it| format!("{it}/{member}"));
    assert_eq!(cell.steps(&spec), [both(0), both(1)].concat());
    assert_eq!(cell.seen(spec.members[0].id).await.pid, before);
    let ran = cell.host.inner().ran();
    let set = ran.iter().filter(|(_, argv)| argv.ends_with(&["maxclients".into(), "50".into()]));
    assert_eq!(set.count(), 2);
    cell.becomes(&spec, State::Running).await;
}

#[tokio::test]
async fn a_cold_parameter_restarts_the_replica_first() {
    let cell = Cell::start().await;
    let spec = cell.with_pair().await;
    let before = cell.seen(spec.members[0].id).await.pid;
    let spec = cell.changed(&spec, "rdbchecksum", json!(false));
    cell.plane.want(&spec);
    assert_eq!(cell.ended(&spec).await, OperationState::Succeeded);
    let each = |member| {
        ["write-configuration", "restart-member", "wait-healthy"].map(|it| format!("{it}/{member}"))
    };
    assert_eq!(cell.steps(&spec), [each(1), each(0)].concat());
    assert_ne!(cell.seen(spec.members[0].id).await.pid, before);
    cell.becomes(&spec, State::Running).await;
    let history = cell.history(ResourceId::Member(spec.members[0].id));
    assert!(history.iter().any(|(_, state)| *state == State::Updating));
}

#[tokio::test]
async fn a_stopped_instance_keeps_its_data_and_starts_again() {
    let cell = Cell::start().await;
    let spec = cell.with_pair().await;
    let place = cell.seen(spec.members[0].id).await.place;
    let stopped = cell.next(&spec, Wish::Stopped, OperationKind::Stop);
    cell.plane.want(&stopped);
    assert_eq!(cell.ended(&stopped).await, OperationState::Succeeded);
    cell.becomes(&stopped, State::Stopped).await;
    assert_eq!(cell.seen(spec.members[0].id).await.pid, None);
    let changed = cell.changed(&stopped, "maxclients", json!(50));
    cell.plane.want(&changed);
    assert_eq!(cell.ended(&changed).await, OperationState::Succeeded);
    assert_eq!(cell.seen(spec.members[0].id).await.pid, None);
    let started = cell.next(&changed, Wish::Running, OperationKind::Start);
    cell.plane.want(&started);
    assert_eq!(cell.ended(&started).await, OperationState::Succeeded);
    cell.becomes(&started, State::Running).await;
    let seen = cell.seen(spec.members[0].id).await;
    assert_eq!((seen.place, seen.pid.is_some()), (place, true));
    let file = cell.host.inner().file(spec.members[0].id, "redis.conf").expect("a file");
    assert!(file.contains("maxclients 50"));
}

#[tokio::test]
async fn a_deleted_instance_is_forgotten_once_that_is_acknowledged() {
    let mut cell = Cell::start().await;
    let spec = cell.with_pair().await;
    let spec = cell.next(&spec, Wish::Deleted, OperationKind::Delete);
    cell.plane.want(&spec);
    cell.becomes(&spec, State::Deleted).await;
    cell.plane.forget(spec.id);
    // With the instance forgotten on both sides, the digests agree, and nothing is asked again.
    cell.plane.pass(std::time::Duration::from_secs(60)).await;
    cell.kill().await;
    let asked = cell.plane.memory().asked_all;
    cell.come_back().await;
    cell.plane.pass(std::time::Duration::from_secs(60)).await;
    assert_eq!(cell.plane.memory().asked_all, asked);
}

#[tokio::test]
async fn absence_is_no_order_to_delete() {
    let cell = Cell::start().await;
    let spec = cell.with_pair().await;
    cell.plane.memory().objects.clear();
    cell.plane.memory().wrong_digest = true;
    cell.plane.pass(std::time::Duration::from_secs(90)).await;
    assert!(cell.plane.memory().asked_all > 1);
    assert!(cell.seen(spec.members[0].id).await.pid.is_some());
}
