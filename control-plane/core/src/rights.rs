//! Rights and trees of tenants, kept in memory for as long as they surely hold.

use std::sync::Arc;

use control_plane_store::{binding, organization, project};
use policies::permit::{FleetPermit, Task, task_scope};
use policies::rights::Rights;
use policies::role::Binding;
use types::id::TenantId;

use crate::error::{Error, Result};
use crate::plane::Plane;
use crate::recent::Recent;
use crate::tree::TenantTree;

/// A tenant's rights and its tree, as they were at one moment.
pub struct Standing {
    /// Who may do what.
    pub rights: Rights,
    /// Organizations and projects.
    pub tree: TenantTree,
}

/// What was loaded.
#[derive(Default)]
pub struct RightsCache {
    tenants: Recent<TenantId, Arc<Standing>>,
    installation: Recent<(), Arc<Rights>>,
}

impl RightsCache {
    /// To be called after a commit that changed bindings, organizations or projects; of a tenant,
    /// or of everybody.
    pub fn forget(&self, tenant: Option<TenantId>) {
        self.tenants.forget(|known, _| tenant.is_none_or(|tenant| tenant == *known));
        if tenant.is_none() {
            self.installation.forget(|(), _| true);
        }
    }

    /// A tenant's rights and tree.
    pub async fn of(&self, plane: &Plane, tenant: TenantId) -> Result<Arc<Standing>> {
        let now = plane.clock.now();
        let epoch = match self.tenants.get(&tenant, now) {
            Ok(standing) => return Ok(standing),
            Err(epoch) => epoch,
        };
        let scope = task_scope(Task::LoadRights, tenant);
        let reader = plane.store.read(&scope);
        let organizations = organization::tree(&reader).await?;
        let projects = project::tree(&reader).await?;
        let bindings = parse(binding::list(&reader).await?)?;
        let rights = Rights::compile(bindings).await?;
        let tree = TenantTree::new(tenant, organizations, projects);
        let standing = Arc::new(Standing { rights, tree });
        self.tenants.keep(tenant, standing.clone(), now, epoch);
        Ok(standing)
    }

    /// The rights of the installation itself.
    pub async fn of_installation(&self, plane: &Plane) -> Result<Arc<Rights>> {
        let now = plane.clock.now();
        let epoch = match self.installation.get(&(), now) {
            Ok(rights) => return Ok(rights),
            Err(epoch) => epoch,
        };
        let reader = plane.store.fleet_read(&FleetPermit::task(Task::LoadRights));
        let bindings = parse(binding::of_installation(&reader).await?)?;
        let rights = Arc::new(Rights::compile(bindings).await?);
        self.installation.keep((), rights.clone(), now, epoch);
        Ok(rights)
    }
}

fn parse(rows: Vec<binding::Binding>) -> Result<Vec<Binding>> {
    let wrong =
        |error: &dyn std::fmt::Display| Error::internal("read a binding", error.to_string());
    rows.into_iter()
        .map(|row| {
            let role = row.role.parse().map_err(|error| wrong(&error))?;
            let node = row.node.parse().map_err(|error| wrong(&error))?;
            Ok(Binding { subject: row.subject_id, role, node })
        })
        .collect()
}
