//! A migrated database with a tenant, a project, a cell and an instance to try things on.

use control_plane_store::instance::Instance;
use control_plane_store::{
    CellTx, FleetTx, Store, StoreSettings, TenantRead, TenantState, TenantTx, cell, instance,
    organization, project, tenant,
};
use policies::permit::{CellIdentity, FleetPermit, Permit, Scope, Task, task_permit, task_scope};
use types::cell::CellState;
use types::generation::{Generation, Revision};
use types::id::{
    CellId, InstanceId, OperationId, OrganizationId, PlanId, ProjectId, SubjectId, SystemIds,
    TenantId,
};
use types::instance::{State, Wish};
use types::instant::Instant;

use crate::engine::Engine;

/// A migrated database.
pub struct World {
    pub store: Store,
    pub url: String,
}

/// A tenant with a root organization and a project.
#[derive(Clone)]
pub struct Home {
    pub tenant: TenantId,
    pub organization: OrganizationId,
    pub project: ProjectId,
    pub permit: Permit,
    pub scope: Scope,
}

/// An instant with microseconds that round nowhere.
pub const NOW: Instant = Instant::from_micros(1_795_299_234_123_457);

impl World {
    pub async fn open(engine: Engine) -> Self {
        let url = engine.start().new_database();
        let store = Store::open(&StoreSettings::at(url.clone())).await.expect("open");
        store.migrate().await.expect("migrate");
        Self { store, url }
    }

    pub async fn fleet(&self) -> FleetTx {
        self.store.fleet(&FleetPermit::task(Task::Console)).await.expect("begin")
    }

    pub async fn begin(&self, home: &Home) -> TenantTx {
        self.store.begin(&home.permit).await.expect("begin")
    }

    pub fn read(&self, home: &Home) -> TenantRead {
        self.store.read(&home.scope)
    }

    pub async fn cell_tx(&self, cell: CellId) -> CellTx {
        self.store.cell(&CellIdentity::proved(cell)).await.expect("begin")
    }

    pub async fn home(&self, name: &str) -> Home {
        let tenant = TenantId::next(&SystemIds);
        let organization = OrganizationId::next(&SystemIds);
        let tx = self.fleet().await;
        tenant::insert(&tx, new_tenant(tenant, name)).await.expect("insert tenant");
        let root = organization::Organization {
            id: organization,
            tenant_id: tenant,
            parent_id: None,
            name: name.to_owned(),
            title: name.to_owned(),
            created_at: NOW,
            deleted_at: None,
            revision: 0,
        };
        organization::insert_anywhere(&tx, root).await.expect("insert organization");
        tx.commit().await.expect("commit");
        let home = Home {
            tenant,
            organization,
            project: ProjectId::next(&SystemIds),
            permit: task_permit(Task::Console, tenant),
            scope: task_scope(Task::Console, tenant),
        };
        self.project(&home, home.project, "first").await;
        home
    }

    pub async fn project(&self, home: &Home, id: ProjectId, name: &str) {
        let tx = self.begin(home).await;
        let row = project::Project {
            id,
            tenant_id: home.tenant,
            organization_id: home.organization,
            name: name.to_owned(),
            title: name.to_owned(),
            created_at: NOW,
            deleted_at: None,
            revision: 0,
        };
        project::insert(&tx, row).await.expect("insert project");
        tx.commit().await.expect("commit");
    }

    pub async fn cell(&self, name: &str) -> CellId {
        let id = CellId::next(&SystemIds);
        let tx = self.fleet().await;
        cell::insert(&tx, new_cell(id, name)).await.expect("insert cell");
        tx.commit().await.expect("commit");
        id
    }

    pub async fn instance(&self, home: &Home, cell: CellId, name: &str) -> Instance {
        let row = new_instance(home, cell, name);
        let tx = self.begin(home).await;
        instance::insert(&tx, row.clone()).await.expect("insert instance");
        tx.commit().await.expect("commit");
        row
    }
}

pub fn new_tenant(id: TenantId, name: &str) -> tenant::Tenant {
    tenant::Tenant {
        id,
        name: name.to_owned(),
        title: name.to_owned(),
        state: TenantState::Active,
        zone: "Asia/Shanghai".to_owned(),
        currency: "CNY".to_owned(),
        created_at: NOW,
        tree_revision: 0,
        budgets: 0,
        state_reason: None,
        state_at: None,
    }
}

fn new_cell(id: CellId, name: &str) -> cell::Cell {
    cell::Cell {
        id,
        name: name.to_owned(),
        title: name.to_owned(),
        state: CellState::Enrolled,
        created_at: NOW,
        public_key: None,
        boot_id: None,
        agent_version: None,
        session_id: None,
        session_opened_at: None,
        last_report_at: None,
        clock_difference_us: None,
        taken_revision: Revision(0),
        spooled: 0,
        watermark: None,
        acknowledged_sequence: 0,
        highest_sequence: 0,
        alarm: None,
        capabilities: None,
        protocol: None,
        session_count: None,
        report_number: None,
        certificate_expires_at: None,
        agent_condition: None,
        agent_process: None,
        agent_process_before: None,
        restored_at: None,
        loss_checked_at: None,
    }
}

pub fn new_instance(home: &Home, cell: CellId, name: &str) -> Instance {
    Instance {
        id: InstanceId::next(&SystemIds),
        tenant_id: home.tenant,
        project_id: home.project,
        cell_id: cell,
        name: name.to_owned(),
        live_name: Some(name.to_owned()),
        package: "redis".to_owned(),
        package_version: "1.0.0".to_owned(),
        package_digest: "0".repeat(64),
        software_version: "7.0".to_owned(),
        topology: "standalone".to_owned(),
        plan_id: PlanId::next(&SystemIds),
        millivcpu: 500,
        memory_mib: 256,
        storage_mib: 1_024,
        wish: Wish::Running,
        state: State::Provisioning,
        generation: Generation(1),
        observed_generation: Generation(0),
        installed_version: None,
        installed_digest: None,
        secrets: String::new(),
        configuration_number: 1,
        revision: Revision(1),
        operation_id: OperationId::next(&SystemIds),
        created_at: NOW,
        created_by: SubjectId::next(&SystemIds),
        deleted_at: None,
        forgotten_at: None,
    }
}
