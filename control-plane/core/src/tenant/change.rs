//! What operators change of tenants: made, renamed, suspended, resumed, closed. Nothing of a tenant
//! is ever removed.

use control_plane_store::binding::{self, Binding};
use control_plane_store::outbox::NewEvent;
use control_plane_store::{
    FleetTx, HolderKind, SubjectKind, SubjectState, TenantState, outbox, subject, tenant,
};
use policies::action::Action;
use policies::permit::FleetPermit;
use policies::role::{Effect, Node, Role};
use serde::Serialize;
use serde_json::{Value, json};
use types::id::{BindingId, SubjectId, TenantId};
use types::money::Currency;
use types::name::{Name, NameError, Title};

use super::{NewTenant, Tenant, blocker, insert, unknown_zone};
use crate::audit;
use crate::call::Call;
use crate::error::{Error, FieldProblem, Result};
use crate::idempotency::Once;
use crate::impersonation::one_line;
use crate::nudge::Topic;
use crate::organization::change::Renaming;
use crate::organization::taken;
use crate::session::Over;
use crate::sign_in::{self, FreshCode};
use crate::subject::Subject;

/// A tenant to be made, with somebody who can let others in.
#[derive(Clone, Debug, Serialize)]
pub struct Wanted {
    /// See [`NewTenant::name`].
    pub name: String,
    /// See [`NewTenant::title`].
    pub title: String,
    /// See [`NewTenant::zone`].
    pub zone: String,
    /// See [`NewTenant::currency`].
    pub currency: String,
    /// Name of its first administrator.
    pub administrator: String,
    /// That one's name for people.
    pub administrator_title: String,
}

/// A tenant that was made.
#[derive(Debug)]
pub struct Made {
    /// Its id.
    pub tenant: TenantId,
    /// Signs its first administrator in; none if this is not the first answer.
    pub code: Option<FreshCode>,
}

/// What becomes of a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Nobody of it is let in for a while.
    Suspend,
    /// They are again.
    Resume,
    /// They are never again.
    Close,
}

impl Turn {
    fn mutation(self) -> &'static str {
        match self {
            Self::Suspend => "suspendTenant",
            Self::Resume => "resumeTenant",
            Self::Close => "closeTenant",
        }
    }

    fn event(self) -> &'static str {
        match self {
            Self::Suspend => "tenant_suspended",
            Self::Resume => "tenant_resumed",
            Self::Close => "tenant_closed",
        }
    }
}

/// The state that follows.
fn follow(state: TenantState, turn: Turn) -> Result<TenantState> {
    let (why, message) = match (state, turn) {
        (TenantState::Active, Turn::Suspend) => return Ok(TenantState::Suspended),
        (TenantState::Suspended, Turn::Resume) => return Ok(TenantState::Active),
        (TenantState::Active | TenantState::Suspended, Turn::Close) => {
            return Ok(TenantState::Closed);
        }
        (TenantState::Suspended, Turn::Suspend) => {
            ("tenant_suspended", "the tenant is suspended already")
        }
        (TenantState::Active, Turn::Resume) => ("tenant_active", "the tenant is in use already"),
        (TenantState::Closed, _) => {
            ("tenant_closed", "the tenant is closed, and a closed tenant stays so")
        }
    };
    Err(Error::Conflict { why, message: message.to_owned() })
}

/// Makes a tenant, its root organization and its first administrator, who signs in with a one-time
/// code that is shown once.
pub async fn create(call: &Call, wanted: &Wanted, key: &str) -> Result<Made> {
    let once = Once::new("createTenant", key, wanted)?;
    let permit = call.fleet(Action::Administer, "tenant").await?;
    call.in_person()?;
    if let Some(tenant) = once.find_at_home(call).await? {
        return Ok(Made { tenant, code: None });
    }
    let (new, name, title) = parse(wanted)?;
    match write_new(call, &permit, new, &name, &title, &once).await {
        Ok((tenant, code)) => Ok(Made { tenant, code: Some(code) }),
        Err(error) => Ok(Made { tenant: once.settle_at_home(call, error).await?, code: None }),
    }
}

/// What was asked for, or all that is wrong with it.
fn parse(wanted: &Wanted) -> Result<(NewTenant, Name, Title)> {
    let mut problems = Vec::new();
    let mut note = |field: &str, error: &dyn std::fmt::Display| {
        problems.push(FieldProblem {
            field: field.to_owned(),
            problem: "malformed".to_owned(),
            message: error.to_string(),
        });
    };
    let name = wanted.name.parse().inspect_err(|error: &NameError| note("name", error));
    let title = wanted.title.parse().inspect_err(|error: &NameError| note("title", error));
    let administrator = wanted.administrator.parse();
    let administrator =
        administrator.inspect_err(|error: &NameError| note("administrator.name", error));
    let its_title = wanted.administrator_title.parse();
    let its_title = its_title.inspect_err(|error: &NameError| note("administrator.title", error));
    let currency = wanted.currency.parse::<Currency>();
    let currency = currency.inspect_err(|error| note("currency", error));
    if jiff::tz::TimeZone::get(&wanted.zone).is_err() {
        problems.push(unknown_zone());
    }
    match (name, title, administrator, its_title, currency) {
        (Ok(name), Ok(title), Ok(administrator), Ok(its_title), Ok(currency))
            if problems.is_empty() =>
        {
            let new = NewTenant { name, title, zone: wanted.zone.clone(), currency };
            Ok((new, administrator, its_title))
        }
        _ => Err(Error::Invalid(problems)),
    }
}

async fn write_new(
    call: &Call,
    permit: &FleetPermit,
    new: NewTenant,
    name: &Name,
    title: &Title,
    once: &Once,
) -> Result<(TenantId, FreshCode)> {
    let plane = call.plane();
    let content = json!({ "name": new.name, "title": new.title, "administrator": name });
    let tx = plane.store.fleet(permit).await?;
    let (id, _) = insert(plane, &tx, new).await?;
    let person = SubjectId::next(&*plane.ids);
    let row = Subject {
        id: person,
        tenant_id: Some(id),
        name: name.to_string(),
        title: title.to_string(),
        kind: SubjectKind::User,
        state: SubjectState::Active,
        created_at: call.now(),
    };
    subject::insert_anywhere(&tx, row).await?;
    let role = Binding {
        id: BindingId::next(&*plane.ids),
        tenant_id: Some(id),
        holder_id: person.uuid(),
        role: Role::TenantAdmin.to_string(),
        node: Node::Tenant(id).to_string(),
        created_at: call.now(),
        holder_kind: HolderKind::Subject,
        effect: Effect::Allow.to_string(),
    };
    binding::insert_anywhere(&tx, role).await?;
    let code = sign_in::write_code(plane, &tx, person).await?;
    tell(call, &tx, id, once, "tenant_created", &content).await?;
    tx.commit().await?;
    Ok((id, code))
}

/// Gives a tenant another name, another title, or both. Its root organization keeps its own.
pub async fn rename(call: &Call, id: TenantId, renaming: &Renaming, key: &str) -> Result<TenantId> {
    let once = Once::new("renameTenant", key, &(id, renaming))?;
    let permit = call.fleet(Action::Administer, "tenant").await?;
    if let Some(done) = once.find_at_home(call).await? {
        return Ok(done);
    }
    let (name, title) = renaming.parse()?;
    let work = async {
        let tx = call.plane().store.fleet(&permit).await?;
        let mut row = lock(&tx, id).await?;
        row.name = name.map_or(row.name, String::from);
        row.title = title.map_or(row.title, String::from);
        let content = json!({ "name": row.name, "title": row.title });
        let name = row.name.clone();
        tenant::update(&tx, row).await.map_err(|error| taken(error, "tenant", &name))?;
        tell(call, &tx, id, &once, "tenant_renamed", &content).await?;
        Ok(tx.commit().await?)
    };
    let done = match Box::pin(work).await {
        Ok(()) => id,
        Err(error) => once.settle_at_home(call, error).await?,
    };
    call.plane().nudges.send(Topic::Tenant(id));
    Ok(done)
}

/// Lets nobody of a tenant in, until it is resumed. What runs goes on and is billed.
pub async fn suspend(call: &Call, id: TenantId, reason: &str, key: &str) -> Result<TenantId> {
    let once = Once::new(Turn::Suspend.mutation(), key, &(id, reason))?;
    let permit = call.fleet(Action::Administer, "tenant").await?;
    change(call, &permit, id, Turn::Suspend, Some(reason), &once).await
}

/// Lets the people and programs of a suspended tenant in again, by what they signed in with before.
pub async fn resume(call: &Call, id: TenantId, key: &str) -> Result<TenantId> {
    let once = Once::new(Turn::Resume.mutation(), key, &id)?;
    let permit = call.fleet(Action::Administer, "tenant").await?;
    change(call, &permit, id, Turn::Resume, None, &once).await
}

/// Closes a tenant in which nothing is left, for good. Its name must be typed once more.
pub async fn close(
    call: &Call,
    id: TenantId,
    name: &str,
    reason: &str,
    key: &str,
) -> Result<TenantId> {
    let once = Once::new(Turn::Close.mutation(), key, &(id, name, reason))?;
    let permit = call.fleet(Action::Administer, "tenant").await?;
    let row = tenant::find_anywhere(&call.plane().store.fleet_read(&permit), id).await?;
    let row = row.ok_or(Error::NotFound { what: "tenant" })?;
    if row.name != name && once.find_at_home::<TenantId>(call).await?.is_none() {
        let message = "type the name of the tenant exactly; nothing was closed";
        return Err(Error::invalid("name", "differs", message));
    }
    change(call, &permit, id, Turn::Close, Some(reason), &once).await
}

async fn change(
    call: &Call,
    permit: &FleetPermit,
    id: TenantId,
    turn: Turn,
    reason: Option<&str>,
    once: &Once,
) -> Result<TenantId> {
    let done = match once.find_at_home(call).await? {
        Some(done) => done,
        None => {
            let reason = reason.map(one_line).transpose()?;
            match write(call, permit, id, turn, reason, once).await {
                Ok(()) => id,
                Err(error) => once.settle_at_home(call, error).await?,
            }
        }
    };
    call.plane().sessions.forget(Over::Tenant(id));
    call.plane().nudges.send(Topic::Tenant(id));
    Ok(done)
}

async fn write(
    call: &Call,
    permit: &FleetPermit,
    id: TenantId,
    turn: Turn,
    reason: Option<String>,
    once: &Once,
) -> Result<()> {
    let tx = call.plane().store.fleet(permit).await?;
    let mut row = lock(&tx, id).await?;
    row.state = follow(row.state, turn)?;
    if turn == Turn::Close {
        // An order that waits for the lock finds the tenant closed.
        blocker::none(&tx, &row).await?;
    }
    row.state_at = Some(call.now());
    row.state_reason = reason;
    let content = json!({ "name": row.name, "reason": row.state_reason });
    tenant::update(&tx, row).await?;
    tell(call, &tx, id, once, turn.event(), &content).await?;
    Ok(tx.commit().await?)
}

async fn lock(tx: &FleetTx, id: TenantId) -> Result<Tenant> {
    tenant::lock_anywhere(tx, id).await?.ok_or(Error::NotFound { what: "tenant" })
}

/// Keeps the answer, and tells the installation's trail and the tenant's; always in this order.
async fn tell(
    call: &Call,
    tx: &FleetTx,
    id: TenantId,
    once: &Once,
    event: &str,
    content: &Value,
) -> Result<()> {
    once.keep_at_home(call, tx, &id).await?;
    let mut audit = audit::of_call(call, once.mutation(), Some(&id));
    for (name, value) in content.as_object().into_iter().flatten() {
        audit::detail(&mut audit, name, value.clone());
    }
    let event = NewEvent::new(event, call.now());
    outbox::record_anywhere(tx, None, Vec::new(), vec![audit.clone()]).await?;
    outbox::record_anywhere(tx, Some(id), vec![event], vec![audit]).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(state: TenantState, turn: Turn, expected: Result<TenantState, &str>) {
        let found = follow(state, turn).map_err(|error| match error {
            Error::Conflict { why, .. } => why,
            other => panic!("{other}"),
        });
        assert_eq!(found, expected);
    }

    #[test]
    fn a_closed_tenant_stays_closed_and_nothing_is_done_twice() {
        use TenantState::{Active, Closed, Suspended};
        check(Active, Turn::Suspend, Ok(Suspended));
        check(Active, Turn::Resume, Err("tenant_active"));
        check(Active, Turn::Close, Ok(Closed));
        check(Suspended, Turn::Suspend, Err("tenant_suspended"));
        check(Suspended, Turn::Resume, Ok(Active));
        check(Suspended, Turn::Close, Ok(Closed));
        for turn in [Turn::Suspend, Turn::Resume, Turn::Close] {
            check(Closed, turn, Err("tenant_closed"));
        }
    }
}
