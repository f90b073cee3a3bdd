//! A cell for a story: a plane, a host in memory, and an agent that can be killed and come back.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cell_agent::agent::{Agent, AgentError, AgentHandle, AgentParts, Settings};
use cell_agent_protocol::enrol::JoinToken;
use connectors::memory::MemoryRuntime;
use connectors::runtime::{MemberSeen, Runtime};
use serde_json::Value;
use tempfile::TempDir;
use types::clock::{ManualClock, WrongClock};
use types::generation::Generation;
use types::id::{
    InstanceId, MemberId, OperationId, ProjectId, ResourceId, SystemIds, TenantId, VolumeId,
};
use types::instance::{InstanceSpec, MemberSpec, OperationSpec, State, Wish};
use types::instant::Instant;
use types::operation::{OperationKind, OperationState};
use types::secret::Secret;
use types::size::Size;

use crate::fuse::Fuse;
use crate::plane::Plane;

pub const SIZE: Size = Size { millivcpu: 500, memory_mib: 256, storage_mib: 1024 };
pub const SECRET: &str = "not-a-real-password";

pub struct Cell {
    pub clock: ManualClock,
    /// What the agent's machine shows.
    pub own: WrongClock,
    pub plane: Arc<Plane>,
    pub host: Arc<Fuse>,
    pub state: TempDir,
    pub agent: Option<AgentHandle>,
}

impl Cell {
    /// An enrolled cell whose agent runs.
    pub async fn start() -> Self {
        Self::start_with_plane_ahead(0).await
    }

    pub async fn start_with_plane_ahead(ahead_us: i64) -> Self {
        let mut cell = Self::new(ahead_us).await;
        let token = cell.plane.token();
        cell.begin(Some(token)).await.expect("an agent");
        cell
    }

    /// An enrolled cell whose agent keeps its state in the directory.
    pub async fn start_in(directory: &Path) -> Self {
        let mut cell = Self::new(0).await;
        cell.state = tempfile::tempdir_in(directory).expect("a folder");
        let token = cell.plane.token();
        cell.begin(Some(token)).await.expect("an agent");
        cell
    }

    /// A cell without an agent.
    pub async fn new(ahead_us: i64) -> Self {
        let start: Instant = "2026-11-01T08:30:00Z".parse().expect("an instant");
        let clock = ManualClock::at(start);
        let plane = Plane::start(clock.clone(), ahead_us).await;
        let own = WrongClock::beside(clock.clone());
        let host = Arc::new(Fuse::new(MemoryRuntime::new(Arc::new(own.clone()))));
        let state = tempfile::tempdir().expect("a folder");
        Self { clock, own, plane, host, state, agent: None }
    }

    pub fn parts(&self, join_token: Option<JoinToken>) -> AgentParts {
        AgentParts {
            clock: Arc::new(self.own.clone()),
            ids: Arc::new(SystemIds),
            runtime: self.host.clone(),
            state_dir: self.state.path().join("agent"),
            settings: Settings::default(),
            join_token,
        }
    }

    pub async fn begin(&mut self, join_token: Option<JoinToken>) -> Result<(), AgentError> {
        self.agent = Some(Agent::start(self.parts(join_token)).await?);
        Ok(())
    }

    pub async fn kill(&mut self) {
        self.agent.take().expect("a running agent").kill().await;
    }

    pub async fn come_back(&mut self) {
        self.begin(None).await.expect("the agent comes back");
    }

    pub async fn seen(&self, member: MemberId) -> MemberSeen {
        self.host.see(member).await.expect("a member")
    }

    /// Waits until the newest operation of the instance ended, and says how.
    pub async fn ended(&self, spec: &InstanceSpec) -> OperationState {
        let id = spec.operation.id;
        self.plane
            .eventually("the operation end", |memory| {
                memory.operations.get(&id).is_some_and(|one| one.state.is_final())
            })
            .await;
        self.plane.memory().operations[&id].state
    }

    /// Waits until the instance is reported in this state.
    pub async fn becomes(&self, spec: &InstanceSpec, state: State) {
        let resource = ResourceId::Instance(spec.id);
        self.plane
            .eventually("the state", |memory| {
                let last = memory.changes.iter().rev().find(|change| change.resource == resource);
                last.is_some_and(|change| change.state == state)
            })
            .await;
    }

    /// Waits until the instance was in this state, however shortly, and then runs.
    pub async fn recovers_from(&self, spec: &InstanceSpec, state: State) {
        let resource = ResourceId::Instance(spec.id);
        self.plane
            .eventually("the state", |memory| {
                memory.changes.iter().any(|one| one.resource == resource && one.state == state)
            })
            .await;
        self.becomes(spec, State::Running).await;
    }

    /// An installed and running pair.
    pub async fn with_pair(&self) -> InstanceSpec {
        let spec = self.pair();
        self.plane.want(&spec);
        assert_eq!(self.ended(&spec).await, OperationState::Succeeded);
        self.becomes(&spec, State::Running).await;
        spec
    }

    /// A new Redis with a primary and a replica.
    pub fn pair(&self) -> InstanceSpec {
        let package = catalog::Catalog::embedded().find("redis", "1.0.0").expect("redis");
        let topology = "primary-replica";
        let given = BTreeMap::new();
        let parameters = catalog::form::check(package, topology, "7.0", SIZE, &given);
        let members = catalog::topology::members(package, topology).expect("members");
        InstanceSpec {
            id: InstanceId::next(&SystemIds),
            generation: Generation(1),
            tenant: TenantId::next(&SystemIds),
            project: ProjectId::next(&SystemIds),
            name: "shop-cache".to_owned(),
            package: package.reference(),
            software_version: "7.0".to_owned(),
            topology: topology.to_owned(),
            size: SIZE,
            members: members
                .into_iter()
                .map(|member| MemberSpec {
                    id: MemberId::next(&SystemIds),
                    ordinal: member.ordinal,
                    role: member.role,
                    volume: VolumeId::next(&SystemIds),
                })
                .collect(),
            parameters: parameters.expect("defaults"),
            secrets: BTreeMap::from([("password".to_owned(), Secret::new(SECRET))]),
            wish: Wish::Running,
            operation: self.operation(OperationKind::Install),
        }
    }

    fn operation(&self, kind: OperationKind) -> OperationSpec {
        let deadline = self.plane.now().plus(Duration::from_secs(1_800));
        OperationSpec { id: OperationId::next(&SystemIds), kind, deadline, is_done: false }
    }

    /// The next generation with another wish.
    pub fn next(&self, spec: &InstanceSpec, wish: Wish, kind: OperationKind) -> InstanceSpec {
        InstanceSpec {
            generation: spec.generation.next(),
            wish,
            operation: self.operation(kind),
            ..spec.clone()
        }
    }

    /// The next generation with another value of a parameter.
    pub fn changed(&self, spec: &InstanceSpec, parameter: &str, value: Value) -> InstanceSpec {
        let mut next = self.next(spec, spec.wish, OperationKind::Change);
        next.parameters.insert(parameter.to_owned(), value);
        next
    }

    /// The steps of the newest operation as `name/ordinal of the member` in order.
    pub fn steps(&self, spec: &InstanceSpec) -> Vec<String> {
        let memory = self.plane.memory();
        let steps = &memory.operations[&spec.operation.id].steps;
        steps
            .iter()
            .map(|step| {
                let member = spec.members.iter().find(|one| Some(one.id) == step.member);
                let member = member.map_or("-".to_owned(), |member| member.ordinal.to_string());
                format!("{}/{member}", step.name)
            })
            .collect()
    }

    /// The history of one resource as the plane has it.
    pub fn history(&self, resource: ResourceId) -> Vec<(Instant, State)> {
        let memory = self.plane.memory();
        let changes = memory.changes.iter().filter(|change| change.resource == resource);
        changes.map(|change| (change.at, change.state)).collect()
    }
}
