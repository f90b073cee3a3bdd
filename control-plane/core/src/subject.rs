//! Subjects: people and programs that can be given roles.

use control_plane_store::binding::{self, Binding};
pub use control_plane_store::subject::Subject;
use control_plane_store::{
    HolderKind, InFleet as _, TenantTx, access_token, outbox, session, subject,
};
pub use control_plane_store::{SubjectKind, SubjectState};
use policies::permit::FleetPermit;
use policies::role::{Effect, Holder, Node, Role};
use serde_json::json;
use types::id::{BindingId, SubjectId, TenantId};
use types::name::{Name, Title};

use crate::access::{self, Changed};
use crate::audit;
use crate::call::Call;
use crate::error::{Error, Result};
use crate::idempotency::Once;
use crate::organization::taken;
use crate::page::{Page, Paged};
use crate::plane::Plane;
use crate::role::governs;
use crate::session::Over;
use crate::sign_in::{self, FreshCode};

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
        holder_id: subject.uuid(),
        role: role.to_string(),
        node: node.to_string(),
        created_at: plane.clock.now(),
        holder_kind: HolderKind::Subject,
        effect: Effect::Allow.to_string(),
    };
    let tx = plane.store.fleet(permit).await?;
    binding::insert_anywhere(&tx, row).await?;
    let audit = audit::of_fleet(tx.who(), "bindRole", &subject, plane.clock.now());
    outbox::record_anywhere(&tx, tenant, Vec::new(), vec![audit]).await?;
    tx.commit().await?;
    plane.rights_changed(tenant);
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

/// The people and programs of the caller's tenant, by name; only those whose name begins so.
pub async fn list(call: &Call, search: Option<&str>, page: &Page) -> Result<Paged<Subject>> {
    governs(call).await?;
    Ok(subject::list(&call.reader().await?, search, page).await?)
}

/// One of them.
pub async fn find(call: &Call, id: SubjectId) -> Result<Subject> {
    governs(call).await?;
    let found = subject::find(&call.reader().await?, id).await?;
    found.ok_or(Error::NotFound { what: "subject" })
}

/// Makes a person of the caller's tenant, who may do nothing yet.
pub async fn create_user(call: &Call, name: &Name, title: &Title, key: &str) -> Result<SubjectId> {
    let once = Once::new("createUser", key, &(name, title))?;
    let permit = access::permit(call, "tenant").await?;
    let id = SubjectId::next(&*call.plane().ids);
    access::change(call, &permit, &once, "user_created", async |tx| {
        let row = Subject {
            id,
            tenant_id: Some(call.tenant()?),
            name: name.to_string(),
            title: title.to_string(),
            kind: SubjectKind::User,
            state: SubjectState::Active,
            created_at: call.now(),
        };
        subject::insert(tx, row).await.map_err(|error| taken(error, "user", name.as_str()))?;
        let content = json!({ "name": name, "title": title });
        Ok(Changed { answer: id, target: id.to_string(), content })
    })
    .await
}

/// Lets a person of the caller's tenant sign in no more, or again. Their sessions end at once.
pub async fn enable(call: &Call, id: SubjectId, is_on: bool, key: &str) -> Result<SubjectId> {
    let mutation = if is_on { "enableUser" } else { "disableUser" };
    let once = Once::new(mutation, key, &id)?;
    let permit = access::permit(call, "subject").await?;
    // Who could let more powerful people in or keep them out would be as powerful.
    access::covers_all(call, Holder::Subject(id), Effect::Allow).await?;
    let event = if is_on { "user_enabled" } else { "user_disabled" };
    let done = access::change(call, &permit, &once, event, async |tx| {
        let mut row = person(tx, id).await?;
        row.state = if is_on { SubjectState::Active } else { SubjectState::Disabled };
        let content = json!({ "name": row.name });
        subject::update(tx, row).await?;
        if !is_on {
            session::end_of_subject(tx, id, call.now()).await?;
        }
        access_token::mark_of_subject(tx, id, call.now()).await?;
        Ok(Changed { answer: id, target: id.to_string(), content })
    })
    .await?;
    call.plane().sessions.forget(Over::Subject(id));
    Ok(done)
}

/// A one-time code with which a person of the caller's tenant can sign in. It is shown once, so
/// asking twice is asking for two.
pub async fn create_code(call: &Call, id: SubjectId) -> Result<FreshCode> {
    call.in_person()?;
    let permit = access::permit(call, "subject").await?;
    access::covers_all(call, Holder::Subject(id), Effect::Allow).await?;
    let tx = call.plane().store.begin(&permit).await?;
    let row = person(&tx, id).await?;
    drop(tx);
    if row.state != SubjectState::Active {
        let message = "this person cannot sign in; enable them first";
        return Err(Error::Conflict { why: "user_disabled", message: message.to_owned() });
    }
    sign_in::create_code_for(call, id, "createUserSignInCode").await
}

async fn person(tx: &TenantTx, id: SubjectId) -> Result<Subject> {
    let found = subject::find(tx, id).await?.filter(|row| row.kind == SubjectKind::User);
    found.ok_or(Error::NotFound { what: "subject" })
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
