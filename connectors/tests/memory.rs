//! The runtime in memory passes the contract, and its faults are as planted.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use catalog::recipe::{
    Command, Expect, Medium, MemberRecipe, Place, Probe, Question, RenderedFile,
};
use connectors::contract::{self, NoLog, Stage};
use connectors::memory::{MemoryRuntime, Step};
use connectors::runtime::{CommandOutput, ConnectorError, Runtime};
use types::clock::ManualClock;
use types::id::MemberId;
use types::instant::Instant;
use types::secret::Secret;

struct Memory {
    clock: ManualClock,
    runtime: Arc<MemoryRuntime>,
}

impl Memory {
    fn new() -> Self {
        let clock = ManualClock::at(Instant::from_seconds(1_000));
        let runtime = Arc::new(MemoryRuntime::new(Arc::new(clock.clone())));
        Self { clock, runtime }
    }
}

#[async_trait]
impl Stage for Memory {
    fn runtime(&self) -> Arc<dyn Runtime> {
        self.runtime.clone()
    }

    fn reopened(&self) -> Arc<dyn Runtime> {
        self.runtime.clone()
    }

    fn medium(&self) -> Medium {
        Medium {
            package: "redis".to_owned(),
            software_version: "7.0".to_owned(),
            debian_packages: vec!["redis-server".to_owned()],
            version_prefix: "7.0.".to_owned(),
            main_package: "redis-server".to_owned(),
        }
    }

    fn recipe(&self, place: &Place) -> MemberRecipe {
        let command = |words: &[&str]| Command {
            argv: words.iter().map(|word| (*word).to_owned()).collect(),
            environment: BTreeMap::new(),
            stdin: None,
            timeout_ms: 1_000,
        };
        let expect = Expect::FirstLine { text: "PONG".to_owned() };
        MemberRecipe {
            id: place.member,
            start_order: 0,
            role: "primary".to_owned(),
            files: vec![RenderedFile {
                path: "redis.conf".to_owned(),
                content: Secret::new("port 1\n"),
            }],
            check: None,
            process: command(&["usr/bin/redis-server"]),
            stop_timeout_ms: 1_000,
            health: Probe {
                question: Question::Command(command(&["usr/bin/redis-cli", "PING"])),
                expect,
            },
            role_probe: None,
        }
    }

    async fn crash(&self, member: MemberId) {
        self.runtime.crash(member);
    }

    async fn pause(&self) {
        self.clock.advance(Duration::from_millis(100));
    }
}

#[tokio::test]
async fn the_memory_runtime_holds_the_contract() {
    contract::holds(&Memory::new()).await;
}

#[tokio::test]
async fn a_refused_step_fails_until_it_is_allowed() {
    let memory = Memory::new();
    let error = ConnectorError::Unavailable { code: "PLANTED", message: "not now".to_owned() };
    memory.runtime.refuse(Step::Place, error.clone());
    let request = contract::request();
    assert_eq!(memory.runtime.place(&request, &NoLog).await, Err(error));
    memory.runtime.allow(Step::Place);
    assert!(memory.runtime.place(&request, &NoLog).await.is_ok());
}

#[tokio::test]
async fn a_forgotten_member_is_not_found() {
    let memory = Memory::new();
    let (recipe, _) = contract::started(&memory).await;
    memory.runtime.forget(recipe.id);
    assert_eq!(memory.runtime.see(recipe.id).await, Err(ConnectorError::NotFound));
}

#[tokio::test]
async fn a_planted_answer_wins_over_the_expected_one() {
    let memory = Memory::new();
    let (recipe, _) = contract::started(&memory).await;
    let sick = CommandOutput { code: Some(1), stdout: String::new(), stderr: "LOADING".to_owned() };
    memory.runtime.answer(&["usr/bin/redis-cli", "PING"], sick.clone());
    let question = &recipe.health.question;
    assert_eq!(memory.runtime.ask(recipe.id, &memory.medium(), question).await, Ok(sick));
    assert_eq!(memory.runtime.ran().len(), 1);
}
