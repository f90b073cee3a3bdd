//! Rights and trees of tenants, kept in memory for as long as they surely hold.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, Mutex, PoisonError};

use control_plane_store::{
    FleetRead, HolderKind, InTenant, TenantTx, application, binding, group_member, role, standing,
};
use policies::action::Action;
use policies::permit::{FleetPermit, Scope, Task, task_scope};
use policies::rights::Rights;
use policies::role::{Binding, Holder, Membership, Node, OwnRole, Rules};
use types::id::{GroupId, SubjectId, TenantId};
use types::instant::Instant;
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::limits;
use crate::plane::Plane;
use crate::recent::Recent;
use crate::tree::TenantTree;
use crate::tree::kept::KeptTrees;

/// Rules that are compiled beside the thread that answers requests, if there are more.
const COMPILED_ASIDE: usize = 2_000;
/// Ways in which what was lost is loaded once and not by everybody who needs it.
const LOADERS: usize = 16;
/// Who, what, and within which organization or project.
type Asked = (SubjectId, Action, Option<Node>);

/// A tenant's rights and its tree, as they were at one moment.
pub struct Standing {
    /// Who may do what.
    pub rights: Arc<Rights>,
    /// Organizations and projects.
    pub tree: TenantTree,
    /// How often they had changed then.
    number: i64,
    /// What was asked already; neither rights nor tree change in here.
    scopes: Mutex<HashMap<Asked, Scope>>,
}

impl Standing {
    /// Grows with each change of either.
    pub(crate) fn number(&self) -> i64 {
        self.number
    }

    /// What the subject may do the action to.
    pub fn scope(&self, subject: SubjectId, action: Action) -> Scope {
        self.scope_within(subject, action, None)
    }

    /// What of that lies in one organization or project.
    pub fn scope_within(&self, subject: SubjectId, action: Action, node: Option<Node>) -> Scope {
        let known = || self.scopes.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (subject, action, node);
        if let Some(scope) = known().get(&key) {
            return scope.clone();
        }
        let scope = self.rights.scope(subject, action, &self.tree);
        let scope = match node {
            None => scope,
            Some(node) => {
                let (organizations, projects) = limits::below(node, &self.tree);
                scope.within(&organizations, &projects)
            }
        };
        known().insert(key, scope.clone());
        scope
    }
}

/// The rights of the installation.
struct Installed {
    rights: Arc<Rights>,
    number: i64,
}

/// What was loaded.
#[derive(Default)]
pub struct RightsCache {
    tenants: Recent<TenantId, Arc<Standing>>,
    installation: Recent<(), Arc<Installed>>,
    trees: KeptTrees,
    loading: [tokio::sync::Mutex<()>; LOADERS],
    places: RandomState,
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

    /// To be called when another process may have changed them: at the next use it is looked whether
    /// it did.
    pub fn doubt(&self, tenant: TenantId) {
        self.tenants.doubt(&tenant);
    }

    /// A tenant's rights and tree. Looks once a second whether they changed, and loads them if so.
    pub async fn of(&self, plane: &Plane, tenant: TenantId) -> Result<Arc<Standing>> {
        if let Ok(standing) = self.tenants.get(&tenant, plane.clock.now()) {
            return Ok(standing);
        }
        // In a box: nearly every resolver can come to this, and is as large as what it can wait for.
        Box::pin(self.renew(plane, tenant)).await
    }

    async fn renew(&self, plane: &Plane, tenant: TenantId) -> Result<Arc<Standing>> {
        let place = self.places.hash_one(tenant) as usize % LOADERS;
        let _one = self.loading[place].lock().await;
        let now = plane.clock.now();
        let epoch = match self.tenants.get(&tenant, now) {
            Ok(standing) => return Ok(standing),
            Err(epoch) => epoch,
        };
        // Read before the rest: what changes meanwhile is found at the next look.
        let number = standing::number(&fleet(plane), Some(tenant)).await?;
        let standing = match self.tenants.last(&tenant) {
            Some(known) if known.number == number => known,
            _ => load(plane, tenant, number, &self.trees).await?,
        };
        self.tenants.keep(tenant, standing.clone(), now, epoch);
        Ok(standing)
    }

    /// A tenant's tree as it is at this moment, whatever was looked up lately.
    pub(crate) async fn tree(&self, reader: &dyn InTenant, now: Instant) -> Result<TenantTree> {
        self.trees.look(reader, now).await
    }

    /// The same for who holds the tenant's lock and knows the revision from there.
    pub(crate) async fn tree_at(
        &self,
        reader: &dyn InTenant,
        revision: i64,
        now: Instant,
    ) -> Result<TenantTree> {
        self.trees.look_at(reader, revision, now).await
    }

    /// A tenant's rights and tree for who holds the tenant's lock and knows the tree from there:
    /// nobody changes them before the end. To be asked before the transaction changes them itself.
    pub(crate) async fn held(&self, tx: &TenantTx, tree: &TenantTree) -> Result<Arc<Standing>> {
        let number = standing::lock(tx).await?;
        let known = self.tenants.last(&tx.tenant());
        match known.filter(|known| known.number == number) {
            Some(known) => Ok(known),
            // Somebody changed them since the request was begun.
            None => standing_of(tx, tree.clone(), number).await,
        }
    }

    /// The rights of the installation itself.
    pub async fn of_installation(&self, plane: &Plane) -> Result<Arc<Rights>> {
        let now = plane.clock.now();
        let epoch = match self.installation.get(&(), now) {
            Ok(installed) => return Ok(installed.rights.clone()),
            Err(epoch) => epoch,
        };
        let installed = Box::pin(self.renew_installation(plane)).await?;
        self.installation.keep((), installed.clone(), now, epoch);
        Ok(installed.rights.clone())
    }

    async fn renew_installation(&self, plane: &Plane) -> Result<Arc<Installed>> {
        let reader = fleet(plane);
        let number = standing::number(&reader, None).await?;
        match self.installation.last(&()) {
            Some(known) if known.number == number => Ok(known),
            _ => {
                let bindings = bindings(binding::of_installation(&reader).await?)?;
                let rules = Rules { bindings, ..Rules::default() };
                Ok(Arc::new(Installed { rights: Arc::new(compile(rules).await?), number }))
            }
        }
    }
}

fn fleet(plane: &Plane) -> FleetRead {
    plane.store.fleet_read(&FleetPermit::task(Task::LoadRights))
}

async fn load(
    plane: &Plane,
    tenant: TenantId,
    number: i64,
    trees: &KeptTrees,
) -> Result<Arc<Standing>> {
    let scope = task_scope(Task::LoadRights, tenant);
    let reader = plane.store.read(&scope);
    let tree = trees.look(&reader, plane.clock.now()).await?;
    standing_of(&reader, tree, number).await
}

async fn standing_of(
    reader: &dyn InTenant,
    tree: TenantTree,
    number: i64,
) -> Result<Arc<Standing>> {
    let tree = tree.with_applications(application::all(reader).await?);
    let rights = Arc::new(compile(rules(reader).await?).await?);
    Ok(Arc::new(Standing { rights, tree, number, scopes: Mutex::default() }))
}

/// All rules of a tenant, in a transaction as they will be after it.
pub(crate) async fn rules(reader: &dyn InTenant) -> Result<Rules> {
    let roles = role::list(reader).await?.iter().map(own_role).collect::<Result<_>>()?;
    let memberships = group_member::list(reader).await?.into_iter();
    let memberships = memberships
        .map(|row| Membership { subject: row.subject_id, group: row.group_id })
        .collect::<std::collections::BTreeSet<_>>();
    let bindings = bindings(binding::list(reader).await?)?;
    Ok(Rules { roles, memberships: memberships.into_iter().collect(), bindings })
}

/// Compiles rules; many of them beside the thread that answers requests.
pub(crate) async fn compile(rules: Rules) -> Result<Rights> {
    if rules.bindings.len() + rules.memberships.len() < COMPILED_ASIDE {
        return Ok(Rights::compile(rules).await?);
    }
    let aside =
        tokio::task::spawn_blocking(move || futures::executor::block_on(Rights::compile(rules)));
    Ok(aside.await.map_err(|error| Error::internal("compile rights", error))??)
}

fn unreadable(error: impl std::fmt::Display) -> Error {
    Error::internal("read a rule of rights", error.to_string())
}

/// A role as a row has it.
pub(crate) fn own_role(row: &role::Role) -> Result<OwnRole> {
    let parts: Vec<String> = serde_json::from_str(&row.parts).map_err(unreadable)?;
    let parts = parts.iter().map(|part| part.parse().map_err(unreadable));
    Ok(OwnRole { id: row.id, parts: parts.collect::<Result<_>>()? })
}

/// Whom a binding concerns, as a row has it.
pub(crate) fn holder(kind: HolderKind, id: Uuid) -> Holder {
    match kind {
        HolderKind::Subject => Holder::Subject(SubjectId::from(id)),
        HolderKind::Group => Holder::Group(GroupId::from(id)),
    }
}

/// A binding as a row has it.
pub(crate) fn of_row(row: &binding::Binding) -> Result<Binding> {
    Ok(Binding {
        holder: holder(row.holder_kind, row.holder_id),
        role: row.role.parse().map_err(unreadable)?,
        node: row.node.parse().map_err(unreadable)?,
        effect: row.effect.parse().map_err(unreadable)?,
    })
}

fn bindings(rows: Vec<binding::Binding>) -> Result<Vec<Binding>> {
    rows.iter().map(of_row).collect()
}
