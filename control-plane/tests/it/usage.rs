//! Usage records on their way into the database.

use std::time::Duration;

use cell_agent_protocol::error::AgentErrorCode;
use cell_agent_protocol::usage::{UsageAnswer, UsageRecord, UsageRequest};
use ed25519_dalek::Signer as _;
use types::clock::Clock as _;
use types::id::{AgentSessionId, MemberId, SystemIds};

use crate::support::{Agent, Refused, World, call, hex};

fn record(world: &World, agent: &Agent, sequence: i64) -> UsageRecord {
    let start = world.clock.now().minus(Duration::from_secs(120));
    let mut record = UsageRecord {
        sequence,
        resource: MemberId::next(&SystemIds).to_string(),
        meter: "member_seconds".to_owned(),
        start,
        end: start.plus(Duration::from_secs(60)),
        quantity: 60,
        signature: String::new(),
    };
    let text = record.signed_text(agent.identity.cell);
    record.signature = hex(&agent.key.sign(text.as_bytes()).to_bytes());
    record
}

async fn deliver(
    world: &World,
    agent: &Agent,
    session: AgentSessionId,
    records: Vec<UsageRecord>,
) -> Result<i64, Refused> {
    let request = UsageRequest { session, records, watermark: world.clock.now() };
    let answer = call(&agent.client(world), &world.agents("usage"), &request).await;
    answer.map(|answer: UsageAnswer| answer.acknowledged)
}

#[tokio::test]
async fn what_is_acknowledged_has_no_gaps_and_is_never_counted_anew() {
    let world = World::start().await;
    let agent = world.agent("north").await;
    let session = agent.open(&world).await.expect("a session").session;
    let [first, second, third] = [1, 2, 3].map(|sequence| record(&world, &agent, sequence));
    assert_eq!(deliver(&world, &agent, session, vec![first.clone(), third]).await, Ok(1));
    assert_eq!(deliver(&world, &agent, session, vec![second]).await, Ok(3));
    assert_eq!(deliver(&world, &agent, session, vec![first]).await, Ok(3), "told twice");
    let token = world.join_token(agent.identity.cell).await;
    let identity = world.enrol(&token, &agent.key).await.expect("an identity");
    assert_eq!(identity.next_sequence, 4, "an acknowledged sequence is never used again");
}

#[tokio::test]
async fn a_record_that_was_changed_on_its_way_is_not_taken() {
    let world = World::start().await;
    let agent = world.agent("north").await;
    let session = agent.open(&world).await.expect("a session").session;
    let mut changed = record(&world, &agent, 1);
    changed.quantity += 1;
    let refused = deliver(&world, &agent, session, vec![changed]).await;
    assert_eq!(refused, Err((400, AgentErrorCode::Malformed)));
    let earlier = AgentSessionId::next(&SystemIds);
    let refused = deliver(&world, &agent, earlier, vec![record(&world, &agent, 1)]).await;
    assert_eq!(refused, Err((409, AgentErrorCode::SessionSuperseded)));
}
