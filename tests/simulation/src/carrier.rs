//! What carries the messages of an agent: the simulated network, with its repetitions and its late
//! arrivals, and planted bugs of agents.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_trait::async_trait;
use cell_agent::way::{Carrier, CarrierError, Message, Reply};
use cell_agent_protocol::usage::{UsageAnswer, UsageRequest};
use serde_json::Value;
use types::instance::InstanceSpec;

use crate::middle::{change, other};
use crate::planted::Planted;
use crate::wire::{Frame, Head};
use crate::world::{CellSite, World, lock};

/// The network of one cell.
pub struct Network {
    /// The run.
    pub world: Arc<World>,
    /// The cell.
    pub site: Arc<CellSite>,
}

impl fmt::Debug for Network {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Network").field(&self.site.process.host).finish()
    }
}

#[async_trait]
impl Carrier for Network {
    async fn carry(&self, message: Message) -> Result<Reply, CarrierError> {
        let Self { world, site } = self;
        let name = message.name;
        if !site.process.passes() {
            return std::future::pending().await;
        }
        let mut question = Frame {
            head: Head {
                path: format!("/agent/v1/{name}"),
                shown: message.shown.map(|shown| (shown.cell, shown.public_key)),
                ..Head::default()
            },
            body: message.body,
        };
        self.before(name, &mut question);
        world.tell(format_args!("{} > {name}", site.process.host), &question.body);
        let answered = tokio::time::timeout(message.timeout, question.ask()).await;
        self.repeat(name, &question);
        let answered = answered.map_err(CarrierError::from).and_then(|told| Ok(told?));
        let mut answer = match answered {
            Ok(answer) => answer,
            Err(error) => return self.unanswered(name, &question, error),
        };
        self.after(name, &mut answer);
        world.tell(format_args!("{} < {name} {}", site.process.host, answer.head.status), &[]);
        if !site.process.passes() {
            return std::future::pending().await;
        }
        Ok(Reply { status: answer.head.status, body: Some(answer.body) })
    }
}

impl Network {
    fn unanswered(
        &self,
        name: &str,
        question: &Frame,
        error: CarrierError,
    ) -> Result<Reply, CarrierError> {
        let Self { world, site } = self;
        world.tell(format_args!("{} < {name}: {error}", site.process.host), &[]);
        world.count("answers lost");
        if name == "usage" && world.strikes(Planted::ForgetBeforeAck, 1_000) {
            let sent = serde_json::from_slice::<UsageRequest>(&question.body)?;
            if let Some(last) = sent.records.last() {
                let body = serde_json::to_vec(&UsageAnswer { acknowledged: last.sequence })?;
                return Ok(Reply { status: 200, body: Some(body) });
            }
        }
        Err(error)
    }

    /// Reports and usage may arrive once more, and late.
    fn repeat(&self, name: &'static str, question: &Frame) {
        let Self { world, site } = self;
        let mut chance = site.chance.lock();
        if world.is_calm() || !matches!(name, "usage" | "observed") || !chance.per_mille(200) {
            return;
        }
        let after = chance.between(Duration::ZERO, Duration::from_secs(30));
        world.count("messages repeated");
        let (world, question, host) = (world.clone(), question.clone(), site.process.host);
        tokio::spawn(async move {
            #[expect(
                clippy::disallowed_methods,
                reason = "the network's delay, in simulated time"
            )]
            tokio::time::sleep(after).await;
            world.tell(format_args!("{host} >> {name}"), &question.body);
            // Nobody waits for this answer.
            let _ = question.ask().await;
        });
    }

    fn before(&self, name: &str, question: &mut Frame) {
        let Self { world, site } = self;
        if name != "usage" {
            return;
        }
        if let Ok(request) = serde_json::from_slice::<UsageRequest>(&question.body) {
            let mut sent = lock(&site.sent);
            for record in request.records {
                let first = sent.entry(record.sequence).or_insert_with(|| record.clone());
                if *first != record {
                    let (host, number) = (site.process.host, record.sequence);
                    world.violation(format!("{host} used sequence {number} twice"));
                }
            }
        }
        if world.planted == Some(Planted::WatermarkAhead) {
            let ahead = world.time.now().plus(Duration::from_secs(30));
            change(question, |body| body["watermark"] = serde_json::json!(ahead));
        }
    }

    fn after(&self, name: &str, answer: &mut Frame) {
        let Self { world, site } = self;
        if answer.head.status != 200 || world.planted.is_none() {
            return;
        }
        match name {
            "desired" => change(answer, |body| self.desired(body)),
            "session" | "observed" if world.planted == Some(Planted::OffsetIgnored) => {
                let skew = site.skew.load(Ordering::Relaxed);
                let own = world.time.now().shifted(skew);
                change(answer, |body| body["plane_time"] = serde_json::json!(own));
            }
            _ => {}
        }
    }

    fn desired(&self, body: &mut Value) {
        let Self { world, site } = self;
        let Some(mut objects) = body["objects"].as_array().cloned() else { return };
        let mut memories = lock(&site.memories);
        let id = |spec: &Value| spec["id"].as_str().unwrap_or_default().to_owned();
        match world.planted {
            Some(Planted::GenerationIgnored) => {
                for spec in &mut objects {
                    let Some(first) = memories.specs.get(&id(spec)) else { continue };
                    if world.strikes(Planted::GenerationIgnored, 500) {
                        let (generation, operation) =
                            (spec["generation"].clone(), spec["operation"].clone());
                        *spec = first.clone();
                        spec["generation"] = generation;
                        spec["operation"] = operation;
                    }
                }
            }
            Some(Planted::RevisionSkipped) if objects.len() == 1 => {
                if world.strikes(Planted::RevisionSkipped, 300) {
                    objects.clear();
                }
                body["digest"] = Value::Null;
            }
            Some(Planted::RevisionSkipped) => body["digest"] = Value::Null,
            Some(Planted::AbsenceDeletes) if !objects.is_empty() => {
                let named: Vec<_> = objects.iter().map(id).collect();
                for (_, spec) in memories.specs.iter().filter(|(id, _)| !named.contains(id)) {
                    let Ok(spec) = serde_json::from_value::<InstanceSpec>(spec.clone()) else {
                        continue;
                    };
                    for member in spec.members {
                        site.memory.forget(member.id);
                    }
                }
            }
            Some(Planted::OtherCell) => {
                let theirs = other(world, site.id).map(|other| lock(&other.memories).specs.clone());
                let mut unknown =
                    theirs.into_iter().flatten().filter(|(id, _)| !memories.specs.contains_key(id));
                if let Some((_, spec)) = unknown.next()
                    && world.strikes(Planted::OtherCell, 300)
                {
                    objects.push(spec);
                    body["digest"] = Value::Null;
                }
            }
            _ => {}
        }
        for spec in &objects {
            memories.specs.entry(id(spec)).or_insert_with(|| spec.clone());
        }
        body["objects"] = Value::Array(objects);
    }
}
