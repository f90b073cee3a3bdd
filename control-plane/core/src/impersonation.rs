//! Acting as a subject of a tenant, for a while and for a reason, seen by the tenant.
//!
//! It is a session of the subject that is marked with who opened it: it stands in the subject's list
//! of sessions and can be ended there, each audit record of it names both, and it leaves out what
//! [`crate::limits::NEVER_AS_OTHERS`] names.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use control_plane_store::session::Session;
use control_plane_store::sign_in_code::{self, SignInCode};
use control_plane_store::subject::Subject;
use control_plane_store::{FleetTx, SubjectKind, SubjectState, outbox, session, subject};
use policies::action::Action;
use policies::permit::{FleetPermit, Task};
use serde::Serialize;
use serde_json::json;
use types::id::{SessionId, SubjectId, TenantId};
use types::secret::Secret;

use crate::audit;
use crate::call::{Call, Caller, Impersonator, Through};
use crate::error::{Error, Result};
use crate::idempotency::Once;
use crate::limits::Limits;
use crate::page::{Page, Paged};
use crate::plane::Plane;
use crate::sign_in::{Client, FreshSession};
use crate::{tenant, token};

/// The longest time.
const MINUTES_MAX: u32 = 60;
/// Characters of a reason.
const REASON_MAX: usize = 500;

/// How a subject of a tenant is named.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Whom {
    /// By its id.
    Subject(SubjectId),
    /// A person, by their name within the tenant.
    User(String),
}

/// Whom somebody wants to act as.
#[derive(Clone, Debug)]
pub struct NewImpersonation {
    /// The tenant of the subject.
    pub tenant: TenantId,
    /// Whom of it.
    pub whom: Whom,
    /// Why; the tenant reads it.
    pub reason: String,
    /// For how long, in minutes.
    pub minutes: u32,
}

/// A session that waits for its code, which is shown once.
#[derive(Debug)]
pub struct Begun {
    /// The session.
    pub session: Session,
    /// Opens it, by signing in with it; none if this is not the first answer.
    pub code: Option<Secret>,
}

/// Makes a session as the subject, and a one-time code that opens it.
pub async fn begin(call: &Call, new: NewImpersonation, key: &str) -> Result<Begun> {
    let input = (new.tenant, &new.whom, &new.reason, new.minutes);
    let once = Once::new("impersonate", key, &input)?;
    let permit = call.fleet(Action::Impersonate, "subject").await?;
    call.in_person()?;
    if let Some(id) = once.find_at_home::<SessionId>(call).await? {
        return Ok(Begun { session: find(call.plane(), id).await?, code: None });
    }
    check(&new)?;
    let reader = call.plane().store.fleet_read(&permit);
    let subject = match &new.whom {
        Whom::Subject(id) => subject::find_anywhere(&reader, *id).await?,
        // PostgreSQL takes no NUL in a question.
        Whom::User(name) if name.contains('\0') => None,
        Whom::User(name) => subject::find_by_name(&reader, Some(new.tenant), name).await?,
    };
    let is_meant =
        |row: &Subject| row.tenant_id == Some(new.tenant) && row.kind == SubjectKind::User;
    let subject = subject.filter(is_meant).ok_or(Error::NotFound { what: "subject" })?;
    if subject.state != SubjectState::Active {
        let message = "the subject is disabled and can do nothing; nobody can act as it".to_owned();
        return Err(Error::Conflict { why: "subject_disabled", message });
    }
    match tenant::admit(&reader, Some(new.tenant)).await {
        // The operator is not of the tenant, so it is the state of things that forbids it.
        Err(Error::Limited { why, .. }) => {
            let message = "nobody of a tenant that is suspended or closed is let in, whoever it \
                           is that acts as them"
                .to_owned();
            return Err(Error::Conflict { why, message });
        }
        admitted => admitted?,
    }
    let row = row(call, &new, subject.id);
    let code = token::draw("cpc", &*call.plane().random);
    match write(call, &new, &row, &code, &once).await {
        Ok(()) => Ok(Begun { session: row, code: Some(code) }),
        Err(error) => {
            let id = once.settle_at_home::<SessionId>(call, error).await?;
            Ok(Begun { session: find(call.plane(), id).await?, code: None })
        }
    }
}

fn check(new: &NewImpersonation) -> Result<()> {
    if !(1..=MINUTES_MAX).contains(&new.minutes) {
        let message = format!("choose 1 to {MINUTES_MAX} minutes");
        return Err(Error::invalid("minutes", "out_of_range", message));
    }
    one_line(&new.reason).map(|_| ())
}

/// A reason that others read, as it is kept.
pub(crate) fn one_line(reason: &str) -> Result<String> {
    let trimmed = reason.trim();
    let is_long = trimmed.chars().count() > REASON_MAX;
    if trimmed.is_empty() || is_long || reason.chars().any(char::is_control) {
        let message = format!("say why, in one line of at most {REASON_MAX} characters");
        return Err(Error::invalid("reason", "malformed", message));
    }
    Ok(trimmed.to_owned())
}

fn row(call: &Call, new: &NewImpersonation, subject: SubjectId) -> Session {
    let (plane, now) = (call.plane(), call.now());
    Session {
        id: SessionId::next(&*plane.ids),
        // Nobody has what this is the hash of: the session waits for its code.
        token_hash: token::hash(token::draw("cps", &*plane.random).reveal()),
        subject_id: subject,
        tenant_id: Some(new.tenant),
        client: Client::Portal.to_string(),
        created_at: now,
        expires_at: now.plus(Duration::from_secs(u64::from(new.minutes) * 60)),
        ended_at: None,
        last_used_at: now,
        last_address: None,
        impersonator_id: Some(call.caller().subject),
        impersonator: Some(call.caller().name.clone()),
        reason: Some(new.reason.trim().to_owned()),
    }
}

async fn write(
    call: &Call,
    new: &NewImpersonation,
    row: &Session,
    code: &Secret,
    once: &Once,
) -> Result<()> {
    let now = call.now();
    let tx = call.plane().store.fleet(&FleetPermit::task(Task::SignIn)).await?;
    session::insert(&tx, row.clone()).await?;
    let code = SignInCode {
        hash: token::hash(code.reveal()),
        subject_id: row.subject_id,
        client: Some(row.id.to_string()),
        created_at: now,
        expires_at: row.expires_at.min(now.plus(call.plane().settings.sign_in_code_life)),
        used_at: None,
    };
    sign_in_code::insert(&tx, code).await?;
    once.keep_at_home(call, &tx, &row.id).await?;
    let mut audit = audit::of_call(call, once.mutation(), Some(&row.subject_id));
    audit::detail(&mut audit, "tenant", json!(new.tenant));
    audit::detail(&mut audit, "session", json!(row.id));
    audit::detail(&mut audit, "reason", json!(row.reason));
    audit::detail(&mut audit, "minutes", json!(new.minutes));
    // In the installation's trail and in the tenant's; always in this order.
    outbox::record_anywhere(&tx, None, Vec::new(), vec![audit.clone()]).await?;
    outbox::record_anywhere(&tx, Some(new.tenant), Vec::new(), vec![audit]).await?;
    Ok(tx.commit().await?)
}

async fn find(plane: &Plane, id: SessionId) -> Result<Session> {
    let reader = plane.store.fleet_read(&FleetPermit::task(Task::SignIn));
    session::find(&reader, id).await?.ok_or(Error::NotFound { what: "session" })
}

/// Opens the session that a used code was made for; none if it was for a session of one's own.
pub(crate) async fn open(
    plane: &Plane,
    tx: &FleetTx,
    code_hash: &str,
    client: Client,
    from: IpAddr,
) -> Result<Option<FreshSession>> {
    let meant = sign_in_code::client_of(tx, code_hash).await?;
    let Some(id) = meant.and_then(|text| text.parse::<SessionId>().ok()) else { return Ok(None) };
    let row = session::find(tx, id).await?.ok_or(Error::Unauthenticated)?;
    let subject = subject::find_anywhere(tx, row.subject_id).await?;
    let subject = subject.ok_or(Error::Unauthenticated)?;
    let secret = token::draw("cps", &*plane.random);
    let (hash, now) = (token::hash(secret.reveal()), plane.clock.now());
    if !session::hand_over(tx, id, hash, client.to_string(), now).await? {
        return Err(Error::Unauthenticated);
    }
    let title = subject.title.clone();
    let caller = caller(subject, &row);
    audit::sign_in(tx, plane, &caller, None, from).await?;
    Ok(Some(FreshSession { id, token: secret, caller, title }))
}

/// Who acts through a session, as its row says.
pub(crate) fn caller(subject: Subject, row: &Session) -> Caller {
    let impersonated_by = row.impersonator_id.map(|by| {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        Arc::new(Impersonator {
            subject: by,
            name: text(&row.impersonator),
            reason: text(&row.reason),
        })
    });
    Caller {
        subject: subject.id,
        name: subject.name,
        tenant: subject.tenant_id,
        through: Through::Session(row.id),
        session_expires_at: row.expires_at,
        limits: impersonated_by.is_some().then(|| Arc::new(Limits::of_impersonation())),
        impersonated_by,
    }
}

/// Refuses a session as somebody else whose holder may not impersonate any more.
pub(crate) async fn admit(plane: &Plane, caller: &Caller) -> Result<()> {
    let Some(by) = &caller.impersonated_by else { return Ok(()) };
    let rights = plane.rights.of_installation(plane).await?;
    rights.fleet(by.subject, Action::Impersonate).map_err(|_| Error::Unauthenticated)?;
    let reader = plane.store.fleet_read(&FleetPermit::task(Task::SignIn));
    let found = subject::find_anywhere(&reader, by.subject).await?;
    let is_active = found.is_some_and(|found| found.state == SubjectState::Active);
    if is_active { Ok(()) } else { Err(Error::Unauthenticated) }
}

/// Open sessions by which somebody acts as a subject of the caller's tenant, the newest first.
pub async fn list(call: &Call, page: &Page) -> Result<Paged<Session>> {
    use control_plane_store::session::OpenSessions;
    use policies::role::Node;
    let what = "tenant";
    let tenant = call.tenant()?;
    call.permit(Action::ManageAccess, Node::Tenant(tenant), what).await?;
    call.in_person()?;
    let reader = call.plane().store.fleet_read(&FleetPermit::task(Task::SignIn));
    let which = OpenSessions::ImpersonatedIn(tenant);
    Ok(session::list_open(&reader, which, call.now(), page).await?)
}
