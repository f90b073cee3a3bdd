//! Rights and trees of tenants, kept in memory and loaded again when they may have changed.
//!
//! A change made by this process is seen at once, since it forgets the tenant. A change made by
//! another is seen after [`LIFE`] at the latest.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use control_plane_store::{binding, organization, project};
use policies::permit::{FleetPermit, Task, task_scope};
use policies::rights::Rights;
use policies::role::Binding;
use types::id::TenantId;
use types::instant::Instant;

use crate::error::{Error, Result};
use crate::plane::Plane;
use crate::tree::TenantTree;

/// How long what was loaded is used without looking again.
const LIFE: Duration = Duration::from_secs(1);

/// A tenant's rights and its tree, as they were at one moment.
pub struct Standing {
    /// Who may do what.
    pub rights: Rights,
    /// Organizations and projects.
    pub tree: TenantTree,
}

#[derive(Default)]
struct Loaded {
    tenants: HashMap<TenantId, (Instant, Arc<Standing>)>,
    installation: Option<(Instant, Arc<Rights>)>,
}

/// What was loaded, by tenant.
#[derive(Default)]
pub struct RightsCache(Mutex<Loaded>);

impl RightsCache {
    /// To be called after a commit that changed bindings, organizations or projects.
    pub fn forget(&self, tenant: Option<TenantId>) {
        let mut loaded = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match tenant {
            Some(tenant) => drop(loaded.tenants.remove(&tenant)),
            None => *loaded = Loaded::default(),
        }
    }

    /// A tenant's rights and tree.
    pub async fn of(&self, plane: &Plane, tenant: TenantId) -> Result<Arc<Standing>> {
        let now = plane.clock.now();
        if let Some(standing) = self.fresh(tenant, now) {
            return Ok(standing);
        }
        let scope = task_scope(Task::LoadRights, tenant);
        let reader = plane.store.read(&scope);
        let organizations = organization::tree(&reader).await?;
        let projects = project::tree(&reader).await?;
        let bindings = parse(binding::list(&reader).await?)?;
        let rights = Rights::compile(bindings).await?;
        let tree = TenantTree::new(tenant, organizations, projects);
        let standing = Arc::new(Standing { rights, tree });
        let mut loaded = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Tenants nobody asked for lately are dropped, so memory follows use.
        loaded.tenants.retain(|_, (at, _)| now.since(*at) < LIFE);
        loaded.tenants.insert(tenant, (now, standing.clone()));
        Ok(standing)
    }

    fn fresh(&self, tenant: TenantId, now: Instant) -> Option<Arc<Standing>> {
        let loaded = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, standing) = loaded.tenants.get(&tenant)?;
        (now.since(*at) < LIFE).then(|| standing.clone())
    }

    /// The rights of the installation itself.
    pub async fn of_installation(&self, plane: &Plane) -> Result<Arc<Rights>> {
        let now = plane.clock.now();
        {
            let loaded = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((at, rights)) = &loaded.installation
                && now.since(*at) < LIFE
            {
                return Ok(rights.clone());
            }
        }
        let reader = plane.store.fleet_read(&FleetPermit::task(Task::LoadRights));
        let bindings = parse(binding::of_installation(&reader).await?)?;
        let rights = Arc::new(Rights::compile(bindings).await?);
        let mut loaded = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        loaded.installation = Some((now, rights.clone()));
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
