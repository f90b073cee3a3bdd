//! A plane with a tenant, two organizations, a priced member and a cell that signs its records.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use billing::ingest::{self, Batch, Incoming};
use catalog::Catalog;
use control_plane_core::call::{Call, Caller, Through};
use control_plane_core::cell::{self as cells, Opening};
use control_plane_core::identity_provider::NoWire;
use control_plane_core::key::MasterKey;
use control_plane_core::nudge::Nudges;
use control_plane_core::plane::{Plane, Settings, SharedPlane};
use control_plane_core::price_book::{self, NewLine};
use control_plane_core::rights::RightsCache;
use control_plane_core::session::SessionCache;
use control_plane_core::tenant::{self, NewTenant};
use control_plane_core::{organization, project, subject};
use control_plane_store::instance::{self, Instance};
use control_plane_store::lifecycle::{self, Lifecycle};
use control_plane_store::member::{self, Member};
use control_plane_store::{Store, StoreSettings, cell};
use ed25519_dalek::{Signer as _, SigningKey};
use policies::permit::{CellIdentity, FleetPermit, Task, task_permit, task_scope};
use policies::role::{Node, Role};
use tempfile::TempDir;
use types::clock::ManualClock;
use types::generation::Generation;
use types::id::{
    AgentSessionId, CellId, InstanceId, MemberId, OperationId, OrganizationId, PlanId, ProjectId,
    SessionId, SubjectId, SystemIds, TenantId, VolumeId,
};
use types::instance::{State, Wish};
use types::instant::Instant;
use types::meter::Meter;
use types::name::{Name, Title};
use types::random::SystemRandom;

use crate::engine::Engine;

/// Everything a case needs.
pub struct World {
    pub plane: SharedPlane,
    pub clock: ManualClock,
    pub tenant: TenantId,
    pub root: OrganizationId,
    pub child: OrganizationId,
    pub project: ProjectId,
    pub cell: CellId,
    pub session: AgentSessionId,
    pub key: SigningKey,
    pub member: MemberId,
    pub instance: Instance,
    pub directory: Arc<TempDir>,
}

pub const PERMIT: Task = Task::Console;

pub fn at(text: &str) -> Instant {
    text.parse().expect("an instant")
}

/// The first instant of September 2026 in Shanghai.
pub fn september() -> Instant {
    at("2026-08-31T16:00:00Z")
}

/// The first instant behind it.
pub fn october() -> Instant {
    at("2026-09-30T16:00:00Z")
}

fn file(directory: &Path) -> String {
    format!("sqlite:{}", directory.join("plane.db").display())
}

async fn open(url: String, clock: &ManualClock) -> SharedPlane {
    let store = Store::open(&StoreSettings::at(url)).await.expect("open");
    store.migrate().await.expect("migrate");
    Arc::new(Plane {
        store,
        clock: Arc::new(clock.clone()),
        ids: Arc::new(SystemIds),
        random: Arc::new(SystemRandom),
        catalog: Catalog::embedded(),
        key: MasterKey::new(&[7; 32]),
        settings: Settings {
            public_address: "http://127.0.0.1:8080".to_owned(),
            installation: "test".to_owned(),
            licence_issuers: Vec::new(),
            sign_in_code_life: Duration::from_secs(600),
            portal_session_life: Duration::from_secs(3600),
            command_line_session_life: Duration::from_secs(3600),
            token_life_max: Duration::from_secs(3600),
            report_interval: Duration::from_secs(10),
            operation_deadline: Duration::from_secs(600),
        },
        rights: RightsCache::default(),
        sessions: SessionCache::default(),
        providers: Arc::new(NoWire),
        nudges: Nudges::default(),
    })
}

fn name(text: &str) -> (Name, Title) {
    (text.parse().expect("a name"), text.parse().expect("a title"))
}

impl World {
    /// On SQLite.
    pub async fn new() -> Self {
        let directory = TempDir::new().expect("a directory");
        let url = file(directory.path());
        Self::at(url, directory).await
    }

    /// On a database of its own.
    pub async fn on(engine: Engine) -> Self {
        Self::at(engine.start().new_database(), TempDir::new().expect("a directory")).await
    }

    async fn at(url: String, directory: TempDir) -> Self {
        let directory = Arc::new(directory);
        let clock = ManualClock::at(september());
        let plane = open(url, &clock).await;
        let permit = FleetPermit::task(PERMIT);
        let (tenant_name, title) = name("acme");
        let new = NewTenant {
            name: tenant_name,
            title,
            zone: "Asia/Shanghai".to_owned(),
            currency: "CNY".parse().expect("a currency"),
        };
        let (tenant, root) = tenant::create(&plane, &permit, new).await.expect("a tenant");
        let inside = task_permit(PERMIT, tenant);
        let (child_name, title) = name("child");
        let child = organization::create(&plane, &inside, root, &child_name, &title);
        let child = child.await.expect("an organization");
        let (project_name, title) = name("shop");
        let project = project::create(&plane, &inside, child, &project_name, &title);
        let project = project.await.expect("a project");
        let price = |meter, unit_price: &str, per| NewLine {
            plan: None,
            meter,
            unit_price: unit_price.parse().expect("a price"),
            per,
            stopped: false,
        };
        let lines = [
            price(Meter::MemberSeconds, "0.37", 3600),
            price(Meter::StorageMibSeconds, "0.0003", 1024 * 3600),
        ];
        let currency = "CNY".parse().expect("a currency");
        price_book::publish(&plane, &permit, currency, &lines, None).await.expect("prices");
        let key = SigningKey::from_bytes(&[9; 32]);
        let (cell, session) = enrol(&plane, &key, "home").await;
        let instance = new_instance(&plane, tenant, project, cell, "cache").await;
        let (member, volume) = new_member(&plane, &instance).await;
        let world = Self {
            plane,
            clock,
            tenant,
            root,
            child,
            project,
            cell,
            session,
            key,
            member,
            instance,
            directory,
        };
        world.state(&member.to_string(), "member", State::Running, september()).await;
        world.state(&volume.to_string(), "volume", State::Running, september()).await;
        world
    }

    /// A plane on a copy of this one's files, which must not change meanwhile.
    pub async fn copy(&self) -> Self {
        let directory = Arc::new(TempDir::new().expect("a directory"));
        for file in std::fs::read_dir(self.directory.path()).expect("files") {
            let path = file.expect("a file").path();
            let to = directory.path().join(path.file_name().expect("a name"));
            std::fs::copy(&path, to).expect("a copy");
        }
        let clock = ManualClock::at(clock_now(&self.clock));
        let plane = open(file(directory.path()), &clock).await;
        let (key, instance) = (self.key.clone(), self.instance.clone());
        Self { plane, clock, key, instance, directory, ..*self }
    }

    pub fn identity(&self) -> CellIdentity {
        CellIdentity::proved(self.cell)
    }

    /// Makes another organization below the root.
    pub async fn organization(&self, text: &str) -> OrganizationId {
        let inside = task_permit(PERMIT, self.tenant);
        let (organization_name, title) = name(text);
        organization::create(&self.plane, &inside, self.root, &organization_name, &title)
            .await
            .expect("an organization")
    }

    /// Records a state of a resource of the instance, now.
    pub async fn state(&self, resource: &str, kind: &str, state: State, at: Instant) {
        let row = Lifecycle {
            id: self.plane.ids.next(),
            tenant_id: self.tenant,
            project_id: self.project,
            instance_id: self.instance.id,
            cell_id: self.cell,
            resource: resource.to_owned(),
            kind: kind.to_owned(),
            plan_id: Some(self.instance.plan_id),
            state,
            at,
            recorded_at: self.plane.clock.now(),
            billed_in: None,
        };
        let tx = self.plane.store.begin(&task_permit(PERMIT, self.tenant)).await.expect("begin");
        lifecycle::insert_all(&tx, vec![row]).await.expect("a state");
        tx.commit().await.expect("commit");
    }

    /// A signed record of the member's seconds.
    pub fn record(&self, sequence: i64, start: Instant, seconds: i64) -> Incoming {
        let end = start.shifted(seconds * Instant::SECOND);
        self.signed(Incoming {
            sequence,
            resource: self.member.to_string(),
            meter: "member_seconds".to_owned(),
            start,
            end,
            quantity: seconds,
            signature: String::new(),
        })
    }

    pub fn signed(&self, record: Incoming) -> Incoming {
        let signature = self.key.sign(record.signed_text(self.cell).as_bytes());
        let hex = signature.to_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        Incoming { signature: hex, ..record }
    }

    /// So many whole hours of the member from an instant on.
    pub fn hours(&self, first: i64, from: Instant, count: i64) -> Vec<Incoming> {
        let hour = |index| self.record(first + index, from.shifted(index * Instant::HOUR), 3600);
        (0..count).map(hour).collect()
    }

    /// Delivers records at the end of the last one, with that as watermark.
    pub async fn deliver(&self, records: Vec<Incoming>) -> i64 {
        let watermark = clock_now(&self.clock);
        let batch = Batch { records, watermark };
        let answer = ingest::take(&self.plane, &self.identity(), self.session, batch).await;
        answer.expect("no error").expect("no refusal")
    }

    pub async fn cell_row(&self) -> cell::Cell {
        let reader = self.plane.store.cell_read(&self.identity());
        cell::get_in_cell(&reader).await.expect("the cell")
    }

    pub fn reader(&self) -> control_plane_store::TenantRead {
        self.plane.store.read(&task_scope(PERMIT, self.tenant))
    }

    /// A caller with a role at a node.
    pub async fn caller(&self, text: &str, role: Role, node: Node) -> Call {
        let permit = FleetPermit::task(PERMIT);
        let (subject_name, title) = name(text);
        let tenant = Some(self.tenant);
        let id: SubjectId = subject::create(&self.plane, &permit, tenant, &subject_name, &title)
            .await
            .expect("a subject");
        subject::bind(&self.plane, &permit, tenant, id, role, node).await.expect("a binding");
        self.plane.rights.forget(tenant);
        Call::new(
            self.plane.clone(),
            Caller {
                subject: id,
                name: text.to_owned(),
                tenant,
                through: Through::Session(SessionId::next(&SystemIds)),
                session_expires_at: Instant::from_micros(i64::MAX),
                limits: None,
                impersonated_by: None,
            },
            None,
        )
    }
}

pub fn clock_now(clock: &ManualClock) -> Instant {
    use types::clock::Clock as _;
    clock.now()
}

async fn enrol(plane: &Plane, key: &SigningKey, text: &str) -> (CellId, AgentSessionId) {
    let permit = FleetPermit::task(PERMIT);
    let (cell_name, title) = name(text);
    let id = cells::create(plane, &permit, &cell_name, &title).await.expect("a cell");
    let token = cells::create_join_token(plane, &permit, id).await.expect("a token");
    let public = key.verifying_key().to_bytes();
    let row = cells::enrol(plane, token.reveal(), &public, "1", "boot").await;
    row.expect("no error").expect("enrolled");
    let opening = Opening {
        agent_version: "1".to_owned(),
        boot_id: "boot".to_owned(),
        last_sequence: 0,
        sent_at: plane.clock.now(),
        capabilities: vec!["host".to_owned()],
        protocol: 1,
        certificate_expires_at: None,
        process: None,
        kept_from: None,
        revision: None,
    };
    let opened = cells::open_session(plane, &CellIdentity::proved(id), opening).await;
    (id, opened.expect("no error").expect("a session").0)
}

async fn new_instance(
    plane: &Plane,
    tenant: TenantId,
    project: ProjectId,
    cell: CellId,
    text: &str,
) -> Instance {
    let ids = &SystemIds;
    let tx = plane.store.begin(&task_permit(PERMIT, tenant)).await.expect("begin");
    let row = Instance {
        id: InstanceId::next(ids),
        tenant_id: tenant,
        project_id: project,
        cell_id: cell,
        name: text.to_owned(),
        live_name: Some(text.to_owned()),
        package: "redis".to_owned(),
        package_version: "1.0.0".to_owned(),
        package_digest: "0".repeat(64),
        software_version: "7".to_owned(),
        topology: "single".to_owned(),
        plan_id: PlanId::next(ids),
        millivcpu: 500,
        memory_mib: 256,
        storage_mib: 1024,
        wish: Wish::Running,
        state: State::Running,
        generation: Generation(1),
        observed_generation: Generation(1),
        installed_version: None,
        installed_digest: None,
        secrets: String::new(),
        configuration_number: 1,
        revision: cell::next_revision(&tx, cell).await.expect("a revision"),
        operation_id: OperationId::next(ids),
        created_at: plane.clock.now(),
        created_by: SubjectId::next(ids),
        deleted_at: None,
        forgotten_at: None,
    };
    instance::insert(&tx, row.clone()).await.expect("an instance");
    tx.commit().await.expect("commit");
    row
}

async fn new_member(plane: &Plane, instance: &Instance) -> (MemberId, VolumeId) {
    let (id, volume) = (MemberId::next(&SystemIds), VolumeId::next(&SystemIds));
    let row = Member {
        id,
        tenant_id: instance.tenant_id,
        project_id: instance.project_id,
        instance_id: instance.id,
        cell_id: instance.cell_id,
        ordinal: 0,
        role: "primary".to_owned(),
        volume_id: volume,
        state: State::Running,
        since: None,
        observed_role: None,
        host: None,
        port: None,
        pid: None,
        restarts: 0,
        problem: None,
        observed_at: None,
    };
    let permit = task_permit(PERMIT, instance.tenant_id);
    let tx = plane.store.begin(&permit).await.expect("begin");
    member::insert_all(&tx, vec![row]).await.expect("a member");
    tx.commit().await.expect("commit");
    (id, volume)
}
