//! How an agent stays its cell.

use std::time::Duration;

use cell_agent_protocol::enrol::{Challenge, Identity, RenewRequest};
use cell_agent_protocol::error::AgentErrorCode;
use control_plane_core::cell;
use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::json;
use types::id::CellId;

use crate::support::{Agent, Refused, World, call, console, fresh_key, hex};

const DAY: Duration = Duration::from_secs(24 * 3600);
const REFUSED: Refused = (401, AgentErrorCode::ChallengeFailed);

async fn challenge(world: &World) -> String {
    let answer = call::<Challenge>(&world.nobody(), &world.agents("challenge"), &json!({})).await;
    answer.expect("a challenge").challenge
}

async fn renew(
    world: &World,
    cell: CellId,
    key: &SigningKey,
    challenge: String,
) -> Result<Identity, Refused> {
    let text = RenewRequest::signed_text(cell, &challenge);
    let signature = hex(&key.sign(text.as_bytes()).to_bytes());
    let request = RenewRequest { cell, challenge, signature };
    call(&world.nobody(), &world.agents("renew"), &request).await
}

async fn reaches(world: &World, agent: &Agent) -> bool {
    let client = agent.client(world);
    client.post(world.agents("session")).json(&json!({})).send().await.is_ok()
}

#[tokio::test]
async fn a_certificate_is_renewed_by_signature_after_its_end() {
    let world = World::start().await;
    let mut agent = world.agent("north").await;
    assert!(agent.open(&world).await.is_ok());
    world.clock.advance(DAY + Duration::from_secs(1));
    assert!(!reaches(&world, &agent).await, "the old certificate is over");
    let made = challenge(&world).await;
    agent.identity = renew(&world, agent.identity.cell, &agent.key, made).await.expect("renewed");
    assert!(agent.open(&world).await.is_ok());
}

#[tokio::test]
async fn the_port_renews_its_own_certificate_when_the_clock_goes_on() {
    let world = World::start().await;
    let agent = world.agent("north").await;
    world.clock.advance(DAY * 29);
    let made = challenge(&world).await;
    assert!(renew(&world, agent.identity.cell, &agent.key, made).await.is_ok());
    world.clock.advance(DAY * 25);
    challenge(&world).await;
}

#[tokio::test]
async fn after_thirty_days_of_silence_a_signature_is_not_enough() {
    let world = World::start().await;
    let agent = world.agent("north").await;
    assert!(agent.open(&world).await.is_ok());
    world.clock.advance(DAY * 30 + Duration::from_secs(1));
    let made = challenge(&world).await;
    let late = renew(&world, agent.identity.cell, &agent.key, made).await;
    assert_eq!(late, Err((403, AgentErrorCode::NotEnrolled)));
}

#[tokio::test]
async fn a_wrong_signature_renews_nothing() {
    let world = World::start().await;
    let agent = world.agent("north").await;
    let cell = agent.identity.cell;
    let made = challenge(&world).await;
    assert_eq!(renew(&world, cell, &fresh_key(), made).await, Err(REFUSED));
    let other = world.agent("south").await;
    let made = challenge(&world).await;
    assert_eq!(renew(&world, cell, &other.key, made).await, Err(REFUSED));
}

#[tokio::test]
async fn a_challenge_is_ours_fresh_and_good_once() {
    let world = World::start().await;
    let agent = world.agent("north").await;
    let cell = agent.identity.cell;
    assert_eq!(renew(&world, cell, &agent.key, "made-up".to_owned()).await, Err(REFUSED));
    let made = challenge(&world).await;
    assert!(renew(&world, cell, &agent.key, made.clone()).await.is_ok());
    assert_eq!(renew(&world, cell, &agent.key, made).await, Err(REFUSED));
    let made = challenge(&world).await;
    world.clock.advance(Duration::from_secs(60));
    assert_eq!(renew(&world, cell, &agent.key, made).await, Err(REFUSED));
}

#[tokio::test]
async fn a_revoked_agent_cannot_renew() {
    let world = World::start().await;
    let agent = world.agent("north").await;
    cell::revoke(world.plane.plane(), &console(), "north").await.expect("revoked");
    let made = challenge(&world).await;
    let refused = renew(&world, agent.identity.cell, &agent.key, made).await;
    assert_eq!(refused, Err((403, AgentErrorCode::NotEnrolled)));
    let nowhere = CellId::next(&types::id::SystemIds);
    let made = challenge(&world).await;
    let refused = renew(&world, nowhere, &agent.key, made).await;
    assert_eq!(refused, Err((403, AgentErrorCode::NotEnrolled)));
}
