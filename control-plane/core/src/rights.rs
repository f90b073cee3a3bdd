//! Rights and trees of tenants, kept in memory for as long as they surely hold.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use control_plane_store::{InTenant, binding};
use policies::action::Action;
use policies::permit::{FleetPermit, Scope, Task, task_scope};
use policies::rights::Rights;
use policies::role::Binding;
use types::id::{SubjectId, TenantId};
use types::instant::Instant;

use crate::error::{Error, Result};
use crate::plane::Plane;
use crate::recent::Recent;
use crate::tree::TenantTree;
use crate::tree::kept::KeptTrees;

/// A tenant's rights and its tree, as they were at one moment.
pub struct Standing {
    /// Who may do what.
    pub rights: Rights,
    /// Organizations and projects.
    pub tree: TenantTree,
    /// What was asked already; neither rights nor tree change in here.
    scopes: Mutex<HashMap<(SubjectId, Action), Scope>>,
}

impl Standing {
    /// What the subject may do the action to.
    pub fn scope(&self, subject: SubjectId, action: Action) -> Scope {
        let known = || self.scopes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(scope) = known().get(&(subject, action)) {
            return scope.clone();
        }
        let scope = self.rights.scope(subject, action, &self.tree);
        known().insert((subject, action), scope.clone());
        scope
    }
}

/// What was loaded.
#[derive(Default)]
pub struct RightsCache {
    tenants: Recent<TenantId, Arc<Standing>>,
    installation: Recent<(), Arc<Rights>>,
    trees: KeptTrees,
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
        // In a box: nearly every resolver can come to this, and is as large as what it can wait for.
        let standing = Box::pin(load(plane, tenant, &self.trees)).await?;
        self.tenants.keep(tenant, standing.clone(), now, epoch);
        Ok(standing)
    }

    /// A tenant's tree as it is at this moment, whatever was looked up lately.
    pub(crate) async fn tree(&self, reader: &dyn InTenant, now: Instant) -> Result<TenantTree> {
        self.trees.look(reader, now).await
    }

    /// The rights of the installation itself.
    pub async fn of_installation(&self, plane: &Plane) -> Result<Arc<Rights>> {
        let now = plane.clock.now();
        let epoch = match self.installation.get(&(), now) {
            Ok(rights) => return Ok(rights),
            Err(epoch) => epoch,
        };
        let rights = Box::pin(load_installation(plane)).await?;
        self.installation.keep((), rights.clone(), now, epoch);
        Ok(rights)
    }
}

async fn load(plane: &Plane, tenant: TenantId, trees: &KeptTrees) -> Result<Arc<Standing>> {
    let scope = task_scope(Task::LoadRights, tenant);
    let reader = plane.store.read(&scope);
    let tree = trees.look(&reader, plane.clock.now()).await?;
    let bindings = parse(binding::list(&reader).await?)?;
    let rights = Rights::compile(bindings).await?;
    Ok(Arc::new(Standing { rights, tree, scopes: Mutex::default() }))
}

async fn load_installation(plane: &Plane) -> Result<Arc<Rights>> {
    let reader = plane.store.fleet_read(&FleetPermit::task(Task::LoadRights));
    let bindings = parse(binding::of_installation(&reader).await?)?;
    Ok(Arc::new(Rights::compile(bindings).await?))
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
