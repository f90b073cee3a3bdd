//! A product of the catalogue on a host of a test, through what an agent asks of a runtime.

use std::collections::BTreeSet;
use std::sync::Arc;

use catalog::form::{self, Values};
use catalog::recipe::{self, Expect, MemberRecipe, Surroundings};
use catalog::{Catalog, Package};
use connectors::contract::{self, NoLog, Stage};
use connectors::runtime::{CommandOutput, ConnectorError, MemberSeen, ProcessState, Runtime};
use serde_json::Value;
use types::generation::Generation;
use types::id::{OperationId, ProjectId, SystemIds, TenantId, VolumeId};
use types::instance::{InstanceSpec, MemberSpec, OperationSpec, Wish};
use types::instant::Instant;
use types::operation::OperationKind;
use types::size::Size;

use super::stage::Host;

const SMALL: Size = Size { millivcpu: 500, memory_mib: 256, storage_mib: 512 };

/// An instance with one member.
pub struct Product<'a> {
    pub spec: InstanceSpec,
    host: &'a Host,
    runtime: Arc<dyn Runtime>,
    package: &'static Package,
    places: Surroundings,
}

impl<'a> Product<'a> {
    /// Installed, placed, started and healthy.
    pub async fn install(host: &'a Host, name: &str, given: &Values) -> Self {
        let package = Catalog::embedded().find(name, "1.0.0").expect("it is embedded");
        let mut request = contract::request();
        request.size = SMALL;
        let spec = specification(package, &request, given);
        let runtime = host.runtime();
        let medium = recipe::medium(package, &spec.software_version).expect("it has a medium");
        let software = runtime.install(&medium, &NoLog).await.expect("it is installed");
        assert_eq!(software.digest.len(), 64, "{software:?}");
        let place = runtime.place(&request, &NoLog).await.expect("it is placed");
        let places = [(request.member, place)].into();
        let product = Self { spec, host, runtime, package, places };
        product.start().await;
        product
    }

    pub fn recipe(&self) -> MemberRecipe {
        let recipe = recipe::render(self.package, &self.spec, &self.places).expect("it renders");
        recipe.members.into_iter().next().expect("it has a member")
    }

    pub fn port(&self) -> u16 {
        self.places[&self.spec.members[0].id].endpoint.port
    }

    pub async fn start(&self) {
        let (recipe, medium) = (self.recipe(), self.medium());
        self.runtime.write(&recipe, &NoLog).await.expect("it is written");
        self.runtime.start(&recipe, &medium, &NoLog).await.expect("it is started");
        self.until_healthy().await;
    }

    pub async fn stop(&self) {
        self.runtime.stop(self.spec.members[0].id, &NoLog).await.expect("it is stopped");
        let recipe = self.recipe();
        let output = self.runtime.ask(recipe.id, &self.medium(), &recipe.health.question).await;
        assert_ne!(output.expect("it is asked").code, Some(0), "nobody answers");
    }

    /// What an agent does with a parameter that is hot.
    pub async fn change_hot(&mut self, name: &str, value: Value) {
        let before = self.seen().await.pid;
        self.spec.parameters.insert(name.to_owned(), value);
        self.runtime.write(&self.recipe(), &NoLog).await.expect("it is written");
        let (changed, member) = (BTreeSet::from([name.to_owned()]), self.spec.members[0].id);
        let changes = recipe::hot_changes(self.package, &self.spec, &changed, &self.places, member);
        let changes = changes.expect("it renders");
        assert!(!changes.is_empty(), "{name} is hot");
        for change in changes {
            let output = self.runtime.ask(member, &self.medium(), &change.question).await;
            let output = output.expect("it is asked");
            assert_eq!(output.code, Some(0), "{output:?}");
            if let Some(Expect::FirstLine { text }) = &change.expect {
                assert_eq!(output.stdout.lines().next(), Some(text.as_str()), "{output:?}");
            }
        }
        assert_eq!(self.seen().await.pid, before, "the same process");
        self.until_healthy().await;
    }

    /// What an agent does with a parameter that needs a restart.
    pub async fn change_by_restart(&mut self, name: &str, value: Value) {
        let before = self.seen().await.pid;
        self.spec.parameters.insert(name.to_owned(), value);
        self.runtime.write(&self.recipe(), &NoLog).await.expect("it is written");
        self.stop().await;
        self.start().await;
        assert_ne!(self.seen().await.pid, before, "another process");
    }

    /// Removed, with nothing left of it.
    pub async fn remove(self) {
        self.clear().await;
        assert_eq!(self.runtime.list().await, Ok(Vec::new()));
    }

    /// The same where another one stays.
    pub async fn remove_beside(self, other: &Self) {
        self.clear().await;
        assert_eq!(self.runtime.list().await, Ok(vec![other.spec.members[0].id]));
    }

    async fn clear(&self) {
        let member = self.spec.members[0].id;
        self.runtime.remove(member, &NoLog).await.expect("it is removed");
        let directory = self.host.directory(member);
        assert!(!directory.path().exists(), "{}", directory.path().display());
    }

    /// What the product says to the files as they would be.
    pub async fn check(&self) -> Option<CommandOutput> {
        self.try_check().await.expect("it is asked")
    }

    pub async fn try_check(&self) -> Result<Option<CommandOutput>, ConnectorError> {
        self.runtime.check(&self.recipe(), &self.medium()).await
    }

    pub async fn seen(&self) -> MemberSeen {
        let running = |seen: &MemberSeen| seen.process == ProcessState::Running;
        contract::until(self.host, self.spec.members[0].id, running).await
    }

    fn medium(&self) -> recipe::Medium {
        recipe::medium(self.package, &self.spec.software_version).expect("it has a medium")
    }

    async fn until_healthy(&self) {
        let (recipe, medium) = (self.recipe(), self.medium());
        contract::until_answered(self.host, &medium, &recipe).await;
    }
}

fn specification(
    package: &Package,
    request: &connectors::runtime::MemberRequest,
    given: &Values,
) -> InstanceSpec {
    let manifest = package.manifest();
    let (version, topology) = (&manifest.software[0].version, &manifest.topologies[0]);
    let parameters = form::check(package, &topology.name, version, SMALL, given);
    let parameters = parameters.expect("the form is right");
    let (parameters, secrets) = form::part(package, &request.instance.to_string(), &parameters);
    InstanceSpec {
        id: request.instance,
        generation: Generation(1),
        tenant: TenantId::next(&SystemIds),
        project: ProjectId::next(&SystemIds),
        name: request.instance_name.clone(),
        package: package.reference(),
        software_version: version.clone(),
        topology: topology.name.clone(),
        size: SMALL,
        members: vec![MemberSpec {
            id: request.member,
            ordinal: 0,
            role: topology.members[0].role.clone(),
            volume: VolumeId::next(&SystemIds),
        }],
        parameters,
        secrets,
        wish: Wish::Running,
        operation: OperationSpec {
            id: OperationId::next(&SystemIds),
            kind: OperationKind::Install,
            deadline: Instant::default(),
            is_done: false,
        },
    }
}
