//! Service accounts: programs that can be given roles. Each belongs to an organization, whose
//! administrators look after it; what it may do is said by its roles, wherever these are.

pub use control_plane_store::service_account::ServiceAccount;
use control_plane_store::{
    SubjectKind, SubjectState, access_token, binding, group_member, outbox, service_account,
    subject,
};
use policies::action::Action;
use policies::permit::Permit;
use policies::role::Node;
use types::id::{OrganizationId, SubjectId};
use types::name::{Name, Title};

use crate::audit;
use crate::call::Call;
use crate::error::{Error, Result};
use crate::idempotency::Once;
use crate::organization::taken;
use crate::session::Over;

const WHAT: &str = "service account";

/// A service account to be made.
#[derive(Clone, Debug)]
pub struct NewServiceAccount {
    /// The organization that looks after it.
    pub organization: OrganizationId,
    /// Unique among the subjects of the tenant, also those that were deleted: the audit names by it.
    pub name: String,
    /// For people.
    pub title: String,
}

/// Makes a program that can be given roles and tokens, and that has neither yet.
pub async fn create(call: &Call, new: NewServiceAccount, key: &str) -> Result<ServiceAccount> {
    let input = (new.organization, &new.name, &new.title);
    let once = Once::new("createServiceAccount", key, &input)?;
    let target = Node::Organization(new.organization);
    let permit = call.permit(Action::ManageAccess, target, "organization").await?;
    call.in_person()?;
    if let Some(made) = once.find::<SubjectId>(call, &permit).await? {
        return managed(call, made).await;
    }
    let wrong = |field, error: types::name::NameError| {
        Error::invalid(field, "malformed", error.to_string())
    };
    let name: Name = new.name.parse().map_err(|error| wrong("name", error))?;
    let title: Title = new.title.parse().map_err(|error| wrong("title", error))?;
    let row = ServiceAccount {
        subject_id: SubjectId::next(&*call.plane().ids),
        tenant_id: permit.scope().tenant(),
        organization_id: new.organization,
        name: name.to_string(),
        title: title.to_string(),
        created_by: call.caller().name.clone(),
        created_at: call.now(),
        deleted_at: None,
    };
    match insert(call, &permit, &row, &once).await {
        Ok(()) => Ok(row),
        Err(error) => {
            let made = once.settle::<SubjectId>(call, &permit, error).await?;
            managed(call, made).await
        }
    }
}

async fn insert(call: &Call, permit: &Permit, row: &ServiceAccount, once: &Once) -> Result<()> {
    let tx = call.plane().store.begin(permit).await?;
    let subject = subject::Subject {
        id: row.subject_id,
        tenant_id: Some(row.tenant_id),
        name: row.name.clone(),
        title: row.title.clone(),
        kind: SubjectKind::Service,
        state: SubjectState::Active,
        created_at: row.created_at,
    };
    let inserted = subject::insert(&tx, subject).await;
    inserted.map_err(|error| taken(error, "subject", &row.name))?;
    service_account::insert(&tx, row.clone()).await?;
    once.keep(call, &tx, &row.subject_id).await?;
    let audit = audit::of_call(call, once.mutation(), Some(&row.subject_id));
    outbox::record(&tx, Vec::new(), vec![audit]).await?;
    Ok(tx.commit().await?)
}

/// One that the caller looks after.
pub async fn managed(call: &Call, id: SubjectId) -> Result<ServiceAccount> {
    let scope = call.scope(Action::ManageAccess).await.map_err(|error| error.hidden(WHAT))?;
    let found = service_account::find(&call.plane().store.read(&scope), id).await?;
    found.ok_or(Error::NotFound { what: WHAT })
}

/// Those that the caller looks after, of one organization or of all, by name.
pub async fn list(call: &Call, of: Option<OrganizationId>) -> Result<Vec<ServiceAccount>> {
    if let Some(organization) = of {
        let target = Node::Organization(organization);
        call.permit(Action::ManageAccess, target, "organization").await?;
    }
    let scope = call.scope(Action::ManageAccess).await?;
    let mut rows = service_account::list(&call.plane().store.read(&scope)).await?;
    rows.retain(|row| of.is_none_or(|organization| row.organization_id == organization));
    Ok(rows)
}

/// Ends one with its tokens and its roles. Its name stays taken.
pub async fn delete(call: &Call, id: SubjectId, key: &str) -> Result<SubjectId> {
    let once = Once::new("deleteServiceAccount", key, &id)?;
    call.in_person()?;
    if once.find_at_home::<SubjectId>(call).await?.is_some() {
        return Ok(id);
    }
    let row = match managed(call, id).await {
        Ok(row) => row,
        // The same request may have come twice at once, and the other one was first.
        Err(error) => return once.settle_at_home(call, error).await,
    };
    let target = Node::Organization(row.organization_id);
    let permit = call.permit(Action::ManageAccess, target, WHAT).await?;
    if let Err(error) = remove(call, &permit, id, &once).await {
        once.settle::<SubjectId>(call, &permit, error).await?;
    }
    call.plane().rights_changed(Some(permit.scope().tenant()));
    call.plane().sessions.forget(Over::Subject(id));
    Ok(id)
}

async fn remove(call: &Call, permit: &Permit, id: SubjectId, once: &Once) -> Result<()> {
    let now = call.now();
    let tx = call.plane().store.begin(permit).await?;
    let missing = || Error::NotFound { what: WHAT };
    let mut subject = subject::lock(&tx, id).await?.ok_or_else(missing)?;
    let row = service_account::find(&tx, id).await?.ok_or_else(missing)?;
    binding::delete_of(&tx, id.uuid()).await?;
    group_member::delete_of(&tx, id).await?;
    access_token::revoke_all(&tx, id, now).await?;
    subject.state = SubjectState::Disabled;
    subject::update(&tx, subject).await?;
    service_account::update(&tx, ServiceAccount { deleted_at: Some(now), ..row }).await?;
    once.keep(call, &tx, &id).await?;
    let audit = audit::of_call(call, once.mutation(), Some(&id));
    outbox::record(&tx, Vec::new(), vec![audit]).await?;
    Ok(tx.commit().await?)
}
