//! Who may speak as a cell, and for how long.

use std::fs::File;
use std::pin::pin;
use std::time::Duration;

use cell_agent::agent::{Agent, AgentError, Halt};
use cell_agent_protocol::error::AgentErrorCode;
use types::id::SystemIds;
use types::instance::State;

use crate::cell::Cell;

async fn enrol(
    cell: &Cell,
    token: &cell_agent_protocol::enrol::JoinToken,
) -> Result<(), AgentError> {
    let state = cell.state.path().join("agent");
    let clock = std::sync::Arc::new(cell.clock.clone());
    Agent::enrol(clock, &SystemIds, &state, token).await.map(drop)
}

#[tokio::test]
async fn a_token_is_good_once() {
    let cell = Cell::new(0).await;
    let token = cell.plane.token();
    enrol(&cell, &token).await.expect("enrolled");
    let again = enrol(&cell, &token).await.expect_err("a refusal");
    assert!(matches!(again, AgentError::Enrol(_)));
}

#[tokio::test]
async fn another_authority_is_not_trusted_with_the_secret() {
    let cell = Cell::new(0).await;
    let mut token = cell.plane.token();
    token.ca_fingerprint = "0".repeat(64);
    let refused = enrol(&cell, &token).await.expect_err("a refusal");
    assert!(matches!(refused, AgentError::Enrol(_)));
    assert_eq!(cell.plane.memory().tokens.len(), 1);
}

#[tokio::test]
async fn without_a_token_an_agent_says_what_it_needs() {
    let mut cell = Cell::new(0).await;
    assert!(matches!(cell.begin(None).await, Err(AgentError::NotEnrolled)));
}

#[tokio::test]
async fn a_state_directory_stays_with_its_cell() {
    let cell = Cell::new(0).await;
    let other = Cell::new(0).await;
    enrol(&cell, &cell.plane.token()).await.expect("enrolled");
    let refused = enrol(&cell, &other.plane.token()).await.expect_err("a refusal");
    assert!(matches!(refused, AgentError::Enrol(_)));
}

#[tokio::test]
async fn the_certificate_is_renewed_in_good_time() {
    let cell = Cell::start().await;
    cell.plane.eventually("a session", |memory| memory.sessions > 0).await;
    cell.clock.advance(Duration::from_secs(17 * 3_600));
    cell.plane.eventually("a renewal", |memory| memory.renewals == 1).await;
    let spec = cell.with_pair().await;
    cell.becomes(&spec, State::Running).await;
}

#[tokio::test]
async fn the_certificate_is_renewed_after_its_end() {
    let mut cell = Cell::start().await;
    cell.plane.eventually("a session", |memory| memory.sessions == 1).await;
    cell.kill().await;
    cell.clock.advance(Duration::from_secs(72 * 3_600));
    cell.come_back().await;
    cell.plane.eventually("a session", |memory| memory.sessions == 2).await;
    assert_eq!(cell.plane.memory().renewals, 1);
}

async fn halted(cell: &mut Cell) -> Halt {
    let mut agent = cell.agent.take().expect("a running agent");
    let ended = tokio::select! {
        ended = agent.finished() => ended,
        () = cell.plane.eventually("the agent end", |_| false) => Ok(()),
    };
    match ended {
        Err(AgentError::Halted(halt)) => halt,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_revoked_agent_stops_and_its_members_go_on() {
    let mut cell = Cell::start().await;
    let spec = cell.with_pair().await;
    cell.plane.memory().refuse = Some(AgentErrorCode::NotEnrolled);
    assert_eq!(halted(&mut cell).await, Halt::NotEnrolled);
    assert!(cell.seen(spec.members[0].id).await.pid.is_some());
    cell.plane.memory().refuse = None;
    let token = cell.plane.token();
    cell.begin(Some(token)).await.expect("enrolled again");
    let sessions = cell.plane.memory().sessions;
    cell.plane.eventually("a session", |memory| memory.sessions > sessions).await;
    assert!(cell.plane.memory().tokens.is_empty());
}

#[tokio::test]
async fn a_suspected_clone_stops() {
    let mut cell = Cell::start().await;
    cell.plane.eventually("a session", |memory| memory.sessions == 1).await;
    cell.kill().await;
    cell.plane.memory().boot_id = Some("another disk".to_owned());
    cell.come_back().await;
    assert_eq!(halted(&mut cell).await, Halt::CloneSuspected);
}

#[tokio::test]
async fn of_two_agents_of_one_cell_one_stops() {
    let mut cell = Cell::start().await;
    cell.plane.eventually("a session", |memory| memory.sessions == 1).await;
    // Another session twice in a row: somebody else speaks as this cell.
    cell.plane.memory().session = None;
    cell.plane.eventually("one more session", |memory| memory.sessions == 2).await;
    cell.plane.memory().session = None;
    assert_eq!(halted(&mut cell).await, Halt::Superseded);
}

#[tokio::test]
async fn an_agent_that_stops_can_be_started_again() {
    let mut cell = Cell::start().await;
    let spec = cell.with_pair().await;
    cell.agent.take().expect("an agent").stop().await.expect("a clean stop");
    cell.come_back().await;
    cell.plane.eventually("a session", |memory| memory.sessions == 2).await;
    assert!(cell.seen(spec.members[0].id).await.pid.is_some());
}

/// The lock on the ledger of an agent that was killed, as a process keeps it that it just began.
async fn locked(cell: &mut Cell) -> File {
    cell.kill().await;
    let ledger = File::open(cell.state.path().join("agent/ledger.redb")).expect("a ledger");
    ledger.try_lock().expect("nobody has it");
    ledger
}

#[tokio::test]
async fn the_lock_that_a_killed_agent_left_is_waited_for() {
    let mut cell = Cell::start().await;
    let lock = locked(&mut cell).await;
    let mut start = pin!(Agent::start(cell.parts(None)));
    assert!(futures::poll!(&mut start).is_pending());
    drop(lock);
    cell.clock.advance(Duration::from_secs(1));
    start.await.expect("an agent");
}

#[tokio::test]
async fn a_ledger_that_stays_in_use_is_another_agents() {
    let mut cell = Cell::start().await;
    let _lock = locked(&mut cell).await;
    let mut start = pin!(Agent::start(cell.parts(None)));
    assert!(futures::poll!(&mut start).is_pending());
    cell.clock.advance(Duration::from_secs(6));
    let Err(AgentError::Ledger(refused)) = start.await else { panic!("two agents of one ledger") };
    assert_eq!(refused.to_string(), "the ledger is in use by another agent");
}
