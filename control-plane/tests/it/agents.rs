//! Who may speak for a cell.

use std::time::Duration;

use cell_agent_protocol::desired::{DesiredAnswer, DesiredRequest};
use cell_agent_protocol::error::AgentErrorCode;
use cell_agent_protocol::observed::{ObservedAnswer, ObservedRequest};
use cell_agent_protocol::session::Session;
use control_plane::ca::Authority;
use control_plane::home::Home;
use control_plane_core::cell;
use control_plane_store::cell as store;
use serde_json::{Value, json};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use types::clock::Clock as _;
use types::generation::Revision;
use types::random::SystemRandom;

use crate::support::{World, call, config, console, fresh_key, hex};

#[tokio::test]
async fn a_join_token_is_good_once() {
    let world = World::start().await;
    let cell = world.cell("north").await;
    let token = world.join_token(cell).await;
    let identity = world.enrol(&token, &fresh_key()).await.expect("an identity");
    assert_eq!((identity.cell, identity.next_sequence), (cell, 1));
    assert_eq!(identity.expires_at, world.clock.now().plus(Duration::from_secs(24 * 3600)));
    let again = world.enrol(&token, &fresh_key()).await;
    assert_eq!(again, Err((401, AgentErrorCode::JoinTokenInvalid)));
}

#[tokio::test]
async fn a_join_token_is_over_after_ten_minutes() {
    let world = World::start().await;
    let token = world.join_token(world.cell("north").await).await;
    world.clock.advance(Duration::from_secs(600));
    let late = world.enrol(&token, &fresh_key()).await;
    assert_eq!(late, Err((401, AgentErrorCode::JoinTokenInvalid)));
}

#[tokio::test]
async fn without_a_certificate_only_enrolment_and_renewal_answer() {
    let world = World::start().await;
    for message in ["session", "desired", "observed", "usage"] {
        let refused = call::<Value>(&world.nobody(), &world.agents(message), &json!({})).await;
        assert_eq!(refused, Err((403, AgentErrorCode::NotEnrolled)), "{message}");
    }
    let challenge = call::<Value>(&world.nobody(), &world.agents("challenge"), &json!({})).await;
    assert!(challenge.is_ok());
}

#[tokio::test]
async fn a_certificate_of_another_authority_ends_the_handshake() {
    let world = World::start().await;
    let agent = world.agent("north").await;
    let elsewhere = tempfile::tempdir().expect("a folder");
    let home = Home::open(elsewhere.path()).expect("a home");
    let now = world.clock.now();
    let other = Authority::open(&home, now, &SystemRandom).expect("an authority");
    let (key, life) = (fresh_key(), Duration::from_secs(3600));
    let public = key.verifying_key().to_bytes();
    let issued = other.issue_cell(agent.identity.cell, &public, now, life, &SystemRandom);
    let (certificate, _) = issued.expect("a certificate");
    let client = world.shows(&certificate, &key);
    let answer = client.post(world.agents("session")).json(&json!({})).send().await;
    assert!(answer.expect_err("no conversation").status().is_none());
}

#[tokio::test]
async fn the_planes_own_certificate_does_not_make_a_cell() {
    let world = World::start().await;
    let (now, key) = (world.clock.now(), fresh_key());
    let stranger = types::id::CellId::next(&types::id::SystemIds);
    let public = key.verifying_key().to_bytes();
    let life = Duration::from_secs(3600);
    let issued = world.plane.authority().issue_cell(stranger, &public, now, life, &SystemRandom);
    let client = world.shows(&issued.expect("a certificate").0, &key);
    let refused = call::<Value>(&client, &world.agents("desired"), &json!({})).await;
    assert_eq!(refused, Err((403, AgentErrorCode::NotEnrolled)));
}

#[tokio::test]
async fn revocation_ends_an_open_poll() {
    let world = World::start().await;
    let agent = world.agent("north").await;
    let session = agent.open(&world).await.expect("a session").session;
    let client = agent.client(&world);
    let poll = tokio::spawn({
        let address = world.agents("desired");
        let request = DesiredRequest { session, after: Revision(0), wait_ms: 60_000 };
        async move { call::<DesiredAnswer>(&client, &address, &request).await }
    });
    until_polling(&world).await;
    assert!(!poll.is_finished());
    cell::revoke(world.plane.plane(), &console(), "north").await.expect("revoked");
    let ended = poll.await.expect("the poll ends");
    assert_eq!(ended, Err((403, AgentErrorCode::NotEnrolled)));
    assert_eq!(agent.open(&world).await, Err((403, AgentErrorCode::NotEnrolled)));
}

#[tokio::test]
async fn revocation_by_another_process_ends_an_open_poll_soon() {
    let world = World::start().await;
    let agent = world.agent("north").await;
    let session = agent.open(&world).await.expect("a session").session;
    let client = agent.client(&world);
    let poll = tokio::spawn({
        let address = world.agents("desired");
        let request = DesiredRequest { session, after: Revision(0), wait_ms: 60_000 };
        async move { call::<DesiredAnswer>(&client, &address, &request).await }
    });
    until_polling(&world).await;
    let elsewhere = world.another_process().await;
    cell::revoke(&elsewhere, &console(), "north").await.expect("revoked");
    assert!(!poll.is_finished(), "no hint came");
    world.clock.advance(Duration::from_secs(2));
    let ended = poll.await.expect("the poll ends");
    assert_eq!(ended, Err((403, AgentErrorCode::NotEnrolled)));
}

#[tokio::test]
async fn a_poll_without_news_answers_when_its_time_is_over() {
    let world = World::start().await;
    let agent = world.agent("north").await;
    let session = agent.open(&world).await.expect("a session").session;
    let client = agent.client(&world);
    let poll = tokio::spawn({
        let address = world.agents("desired");
        let request = DesiredRequest { session, after: Revision(0), wait_ms: 30_000 };
        async move { call::<DesiredAnswer>(&client, &address, &request).await }
    });
    until_polling(&world).await;
    world.clock.advance(Duration::from_secs(31));
    let answer = poll.await.expect("the poll ends").expect("an answer");
    assert_eq!((answer.revision, answer.objects.len(), answer.more), (Revision(0), 0, false));
    assert!(answer.digest.is_some());
}

#[tokio::test]
async fn a_later_session_ends_the_one_before() {
    let world = World::start().await;
    let agent = world.agent("north").await;
    let first = agent.open(&world).await.expect("a session");
    let second = agent.open(&world).await.expect("a session");
    assert_eq!(second.report_interval_s, 60);
    let (client, address) = (agent.client(&world), world.agents("observed"));
    let old = call::<ObservedAnswer>(&client, &address, &report(&world, &first, 1)).await;
    assert_eq!(old, Err((409, AgentErrorCode::SessionSuperseded)));
    let new = call::<ObservedAnswer>(&client, &address, &report(&world, &second, 1)).await;
    assert_eq!(new.map(|answer| answer.settled), Ok(Vec::new()));
}

/// One without news.
fn report(world: &World, session: &Session, number: u64) -> ObservedRequest {
    ObservedRequest {
        session: session.session,
        number,
        at: world.clock.now(),
        revision: Revision(0),
        instances: Vec::new(),
        changes: Vec::new(),
        operations: Vec::new(),
        logs: Vec::new(),
        spooled: 0,
        condition: None,
    }
}

#[tokio::test]
async fn a_report_that_comes_after_a_later_one_tells_nothing_of_now() {
    let world = World::start().await;
    let agent = world.agent("north").await;
    let (client, address) = (agent.client(&world), world.agents("observed"));
    let tell = async |session: &Session, number, spooled| {
        let report = ObservedRequest { spooled, ..report(&world, session, number) };
        call::<ObservedAnswer>(&client, &address, &report).await.expect("an answer");
        let cells = world.plane.plane().store.fleet_read(&console());
        store::find_by_name(&cells, "north").await.expect("an answer").expect("a cell").spooled
    };
    let session = agent.open(&world).await.expect("a session");
    assert_eq!(tell(&session, 2, 5).await, 5);
    assert_eq!(tell(&session, 1, 9).await, 5, "late");
    assert_eq!(tell(&session, 2, 9).await, 5, "repeated");
    assert_eq!(tell(&session, 3, 4).await, 4);
    let next = agent.open(&world).await.expect("a session");
    assert_eq!(tell(&next, 1, 7).await, 7, "each session counts anew");
    assert_eq!(tell(&next, 0, 6).await, 6, "one that does not count is taken as it comes");
}

#[tokio::test]
async fn another_disk_is_taken_for_a_copy() {
    let world = World::start().await;
    let mut agent = world.agent("north").await;
    agent.boot_id = "boot-2".to_owned();
    assert_eq!(agent.open(&world).await, Err((409, AgentErrorCode::CloneSuspected)));
}

#[tokio::test]
async fn enrolling_again_shuts_the_earlier_agent_out() {
    let world = World::start().await;
    let earlier = world.agent("north").await;
    let token = world.join_token(earlier.identity.cell).await;
    world.enrol(&token, &fresh_key()).await.expect("an identity");
    assert_eq!(earlier.open(&world).await, Err((403, AgentErrorCode::NotEnrolled)));
}

#[tokio::test]
async fn a_message_that_makes_no_sense_is_refused_with_its_code() {
    let world = World::start().await;
    let agent = world.agent("north").await;
    let client = agent.client(&world);
    let malformed = Err((400, AgentErrorCode::Malformed));
    let unknown = Err((400, AgentErrorCode::VersionUnsupported));
    let empty = call::<Value>(&client, &world.agents("session"), &json!({})).await;
    assert_eq!(empty, malformed);
    let long = json!({ "text": "x".repeat(70_000) });
    assert_eq!(call::<Value>(&client, &world.agents("session"), &long).await, malformed);
    let longer = json!({ "text": "x".repeat(4 * 1024 * 1024) });
    assert_eq!(call::<Value>(&client, &world.agents("usage"), &longer).await, malformed);
    let later = world.agents("session").replace("/v1/", "/v2/");
    assert_eq!(call::<Value>(&client, &later, &json!({})).await, unknown);
    let opening = json!({
        "protocol": 2, "agent_version": "9", "boot_id": "boot-1", "last_sequence": 0,
        "sent_at": world.clock.now(), "capabilities": [],
    });
    assert_eq!(call::<Value>(&client, &world.agents("session"), &opening).await, unknown);
    let key = json!({
        "secret": "cpj_x", "public_key": hex(&[1; 31]), "agent_version": "9", "boot_id": "b",
    });
    assert_eq!(call::<Value>(&world.nobody(), &world.agents("enrol"), &key).await, malformed);
}

#[tokio::test]
async fn slow_handshakes_make_nobody_wait_and_end() {
    let mut config = config();
    config.agent.handshake_timeout_ms = 1_500;
    let world = World::start_with(config).await;
    let mut silent = Vec::new();
    for _ in 0..40 {
        silent.push(TcpStream::connect(world.plane.agent_address).await.expect("a connection"));
    }
    let agent = world.agent("north").await;
    assert!(agent.open(&world).await.is_ok());
    for mut socket in silent {
        let ended = tokio::time::timeout(Duration::from_secs(20), socket.read(&mut [0])).await;
        assert!(matches!(ended, Ok(Ok(0) | Err(_))), "the plane hangs up");
    }
}

#[tokio::test]
async fn strangers_have_to_wait_after_many_tries() {
    let mut config = config();
    config.limit.strangers_burst = 3;
    config.limit.strangers_per_second = 1;
    let world = World::start_with(config).await;
    let client = world.nobody();
    let mut last = None;
    for _ in 0..5 {
        last = Some(client.post(world.agents("challenge")).send().await.expect("an answer"));
    }
    let last = last.expect("an answer");
    assert_eq!(last.status().as_u16(), 503);
    assert!(last.headers().contains_key("retry-after"));
}

/// Waits until the plane holds a long poll open.
async fn until_polling(world: &World) {
    let client = crate::support::browser();
    for _ in 0..2_000 {
        let text = client.get(world.http("/metrics")).send().await.expect("numbers");
        if text.text().await.expect("a text").contains("cellplane_agent_polls 1") {
            return;
        }
    }
    panic!("no poll is open");
}
