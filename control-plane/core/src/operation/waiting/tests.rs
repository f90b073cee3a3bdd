//! What is said of an operation in each place where it can hang.

use std::time::Duration;

use types::generation::Generation;
use types::id::{CellId, InstanceId, OperationId, ProjectId, SubjectId, SystemIds, TenantId};
use types::operation::{OperationKind, OperationState};

use super::*;

const NOW: Instant = Instant::from_seconds(1_000);

fn operation(state: OperationState, steps: &[(&str, StepState)]) -> Operation {
    let ids = &SystemIds;
    let step = |(ordinal, (name, state)): (usize, &(&str, StepState))| Step {
        ordinal: i32::try_from(ordinal).expect("a few"),
        name: (*name).to_owned(),
        member: None,
        state: *state,
        started_at: Some(Instant::from_seconds(900)),
        ended_at: None,
    };
    let steps: Vec<_> = steps.iter().enumerate().map(step).collect();
    Operation {
        id: OperationId::next(ids),
        tenant_id: TenantId::next(ids),
        project_id: ProjectId::next(ids),
        instance_id: InstanceId::next(ids),
        cell_id: CellId::next(ids),
        kind: OperationKind::Install,
        state,
        generation: Generation(1),
        created_at: Instant::from_seconds(800),
        created_by: SubjectId::next(ids),
        started_at: None,
        ended_at: None,
        deadline: Instant::from_seconds(2_000),
        steps: serde_json::to_string(&steps).expect("JSON"),
        problem_code: None,
        problem_message: None,
        last_line: 0,
        attempt: None,
    }
}

fn tried(mut operation: Operation, step: i32, hindrance: Hindrance) -> Operation {
    let attempt = Attempt {
        operation: operation.id,
        step,
        count: 7,
        hindrance,
        reason: "PORT_TAKEN".to_owned(),
        since: Instant::from_seconds(950),
        next_at: Instant::from_seconds(1_030),
    };
    operation.attempt = Some(serde_json::to_string(&attempt).expect("JSON"));
    operation
}

fn cell() -> Glance {
    let (name, state) = ("north".to_owned(), CellState::Enrolled);
    Glance { name, state, taken_revision: Revision(5), silent_since: None }
}

#[track_caller]
fn check(operation: &Operation, cell: &Glance, wanted: i64, expected: Option<WaitingFor>) {
    let found = judge(operation, Some(cell), Revision(wanted), NOW);
    assert_eq!(found.as_ref().map(|waiting| waiting.code), expected, "{found:?}");
}

#[test]
fn what_is_looked_at_first_is_said() {
    use OperationState::{Pending, Running, Succeeded};
    let fresh = operation(Pending, &[]);
    check(&operation(Succeeded, &[]), &cell(), 5, None);
    check(&fresh, &cell(), 5, Some(WaitingFor::Turn));
    check(&fresh, &cell(), 6, Some(WaitingFor::Delivery));
    let silent = Glance { silent_since: Some(Instant::from_seconds(700)), ..cell() };
    check(&fresh, &silent, 5, Some(WaitingFor::Cell));
    let revoked = Glance { state: CellState::Revoked, ..cell() };
    check(&fresh, &revoked, 5, Some(WaitingFor::Enrolment));
    let over = Operation { deadline: NOW, ..fresh };
    check(&over, &silent, 5, Some(WaitingFor::End));
    let between = operation(Running, &[("a", StepState::Succeeded), ("b", StepState::Pending)]);
    check(&between, &cell(), 5, Some(WaitingFor::Report));
    let at_it = operation(Running, &[("a", StepState::Succeeded), ("b", StepState::Running)]);
    check(&at_it, &cell(), 5, Some(WaitingFor::Step));
    check(&tried(at_it.clone(), 1, Hindrance::Host), &cell(), 5, Some(WaitingFor::Host));
    check(&tried(at_it.clone(), 1, Hindrance::Member), &cell(), 5, Some(WaitingFor::Member));
    check(&tried(at_it, 0, Hindrance::Host), &cell(), 5, Some(WaitingFor::Step));
}

#[test]
fn of_a_silent_cell_nothing_old_is_said() {
    let at_it = operation(OperationState::Running, &[("fetch-media", StepState::Running)]);
    let at_it = tried(at_it, 0, Hindrance::Host);
    let silent = Glance { silent_since: Some(Instant::from_seconds(700)), ..cell() };
    let found = judge(&at_it, Some(&silent), Revision(1), NOW).expect("it waits");
    assert_eq!((found.step.as_ref(), found.reason.as_ref(), found.attempts), (None, None, 0));
    assert_eq!(found.since, Some(Instant::from_seconds(700)));
    let expected = "its cell is silent; unknown since 1970-01-01T00:11:40.000000Z";
    assert_eq!(found.sentence(), expected);
}

#[test]
fn a_vain_try_is_told_with_its_number_its_reason_and_the_next_one() {
    let at_it = operation(OperationState::Running, &[("place-member", StepState::Running)]);
    let at_it = tried(at_it, 0, Hindrance::Host);
    let found = judge(&at_it, Some(&cell()), Revision(1), NOW).expect("it waits");
    let told = found.sentence();
    let parts = ["“place member”", "tried 7 times", "the last time: PORT_TAKEN", "next try at"];
    assert!(parts.iter().all(|part| told.contains(part)), "{told}");
    let late = Instant::from_seconds(1_030).plus(Duration::from_secs(1));
    let found = judge(&at_it, Some(&cell()), Revision(1), late).expect("it waits");
    assert_eq!(found.next_try_at, None, "a time that has passed is no plan");
}

#[test]
fn operators_do_not_hear_what_a_member_says() {
    let at_it = operation(OperationState::Running, &[("wait-healthy", StepState::Running)]);
    let reason = |hindrance| {
        let waits = tried(at_it.clone(), 0, hindrance);
        let found = judge(&waits, Some(&cell()), Revision(1), NOW).expect("it waits");
        found.for_operators().reason
    };
    assert_eq!(reason(Hindrance::Member), None);
    assert_eq!(reason(Hindrance::Host).as_deref(), Some("PORT_TAKEN"));
}
