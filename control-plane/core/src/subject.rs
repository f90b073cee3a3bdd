//! Subjects: people and programs that can be given roles.

use control_plane_store::binding::{self, Binding};
pub use control_plane_store::subject::Subject;
use control_plane_store::{InFleet as _, SubjectKind, SubjectState, outbox, subject};
use policies::permit::FleetPermit;
use policies::role::{Node, Role};
use types::id::{BindingId, SubjectId, TenantId};
use types::name::{Name, Title};

use crate::audit;
use crate::call::Call;
use crate::error::{Error, Result};
use crate::organization::taken;
use crate::plane::Plane;

/// Makes a person who can sign in; none as tenant: of the installation itself.
pub async fn create(
    plane: &Plane,
    permit: &FleetPermit,
    tenant: Option<TenantId>,
    name: &Name,
    title: &Title,
) -> Result<SubjectId> {
    let id = SubjectId::next(&*plane.ids);
    let row = Subject {
        id,
        tenant_id: tenant,
        name: name.to_string(),
        title: title.to_string(),
        kind: SubjectKind::User,
        state: SubjectState::Active,
        created_at: plane.clock.now(),
    };
    let tx = plane.store.fleet(permit).await?;
    subject::insert_anywhere(&tx, row)
        .await
        .map_err(|error| taken(error, "subject", name.as_str()))?;
    let audit = audit::of_fleet(tx.who(), "createSubject", &id, plane.clock.now());
    outbox::record_anywhere(&tx, tenant, Vec::new(), vec![audit]).await?;
    tx.commit().await?;
    Ok(id)
}

/// Gives a role at a node, for everything below.
pub async fn bind(
    plane: &Plane,
    permit: &FleetPermit,
    tenant: Option<TenantId>,
    subject: SubjectId,
    role: Role,
    node: Node,
) -> Result<()> {
    let row = Binding {
        id: BindingId::next(&*plane.ids),
        tenant_id: tenant,
        subject_id: subject,
        role: role.to_string(),
        node: node.to_string(),
        created_at: plane.clock.now(),
    };
    let tx = plane.store.fleet(permit).await?;
    binding::insert_anywhere(&tx, row).await?;
    let audit = audit::of_fleet(tx.who(), "bindRole", &subject, plane.clock.now());
    outbox::record_anywhere(&tx, tenant, Vec::new(), vec![audit]).await?;
    tx.commit().await?;
    plane.rights.forget(tenant);
    Ok(())
}

/// The subject who calls.
pub async fn own(call: &Call) -> Result<Subject> {
    use policies::permit::Task;
    let reader = call.plane().store.fleet_read(&FleetPermit::task(Task::SignIn));
    let found = subject::find_anywhere(&reader, call.caller().subject).await?;
    found.ok_or(Error::NotFound { what: "subject" })
}

/// Subjects of a name, over all tenants and the installation: for the console.
pub async fn named(plane: &Plane, permit: &FleetPermit, name: &str) -> Result<Vec<Subject>> {
    Ok(subject::by_name_anywhere(&plane.store.fleet_read(permit), name).await?)
}

/// Titles of subjects of the caller's tenant, for "by whom".
pub async fn by_ids(call: &Call, ids: &[SubjectId]) -> Result<Vec<Subject>> {
    Ok(subject::by_ids(&call.reader().await?, ids).await?)
}

/// The roles the caller has in their tenant, or in the installation, as far as a token's limits
/// reach.
pub async fn bindings(call: &Call) -> Result<Vec<policies::role::Binding>> {
    let me = call.caller().subject;
    if call.caller().tenant.is_none() {
        let rights = call.plane().rights.of_installation(call.plane()).await?;
        return Ok(rights.bindings_of(me).collect());
    }
    let standing = call.standing().await?;
    let bindings = standing.rights.bindings_of(me);
    let Some(limits) = &call.caller().limits else { return Ok(bindings.collect()) };
    let clip = |binding: policies::role::Binding| {
        let node = limits.clip(binding.node, &standing.tree)?;
        Some(policies::role::Binding { node, ..binding })
    };
    Ok(bindings.filter_map(clip).collect())
}

/// Exactly one subject of the name, or why not.
pub fn only(found: Vec<Subject>) -> Result<Subject> {
    let mut found = found.into_iter();
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => Err(Error::NotFound { what: "subject" }),
        (Some(_), Some(_)) => {
            let message = "several tenants have a subject of this name; name the tenant, too";
            Err(Error::invalid("name", "ambiguous", message))
        }
    }
}
