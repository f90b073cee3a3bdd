//! Sign-in by one-time codes, and the sessions they open.

use std::net::IpAddr;
use std::sync::Arc;

use control_plane_store::outbox::{self, NewAudit};
use control_plane_store::session::{self, Session};
use control_plane_store::sign_in_code::{self, SignInCode};
use control_plane_store::subject::{self, Subject};
use control_plane_store::{
    FleetTx, InFleet as _, SubjectKind, SubjectState, external_session, identity_provider,
};
use policies::permit::{FleetPermit, Task};
use types::id::{SessionId, SubjectId, TenantId};
use types::instant::Instant;
use types::secret::Secret;
use types::text_enum;

use crate::call::{Call, Caller, Through};
use crate::error::{Error, Result};
use crate::plane::Plane;
use crate::session::Over;
use crate::{access_token, audit, impersonation, tenant, token};

pub mod problem;

text_enum! {
    /// What kind of program holds a session.
    Client {
        /// A browser with a cookie.
        Portal = "portal",
        /// The command line with a token in a file.
        CommandLine = "command-line",
    }
}

/// A code that was just made; it is shown once.
#[derive(Debug)]
pub struct FreshCode {
    /// The code itself.
    pub code: Secret,
    /// When it ends unused.
    pub expires_at: Instant,
}

/// A session that was just opened; its token is shown once.
#[derive(Debug)]
pub struct FreshSession {
    /// Its id.
    pub id: SessionId,
    /// The token.
    pub token: Secret,
    /// Who it is for.
    pub caller: Caller,
    /// The subject's title, for a greeting.
    pub title: String,
}

/// Makes a one-time code for a subject, at the console.
pub async fn create_code(plane: &Plane, subject: SubjectId) -> Result<FreshCode> {
    let now = plane.clock.now();
    let tx = plane.store.fleet(&FleetPermit::task(Task::SignIn)).await?;
    let found = subject::find_anywhere(&tx, subject).await?;
    let found = found.ok_or(Error::NotFound { what: "subject" })?;
    if found.kind == SubjectKind::Service {
        let (why, message) = (
            "service_account",
            "a service account signs in with tokens alone; make \
            one for it with `cellplane service-account token create`",
        );
        return Err(Error::Conflict { why, message: message.to_owned() });
    }
    let home = found.tenant_id;
    let audit = audit::of_fleet(tx.who(), "createSignInCode", &subject, now);
    insert_code(plane, tx, subject, home, audit).await
}

/// Makes a one-time code for the subject who calls.
pub async fn create_own_code(call: &Call) -> Result<FreshCode> {
    call.in_person()?;
    create_code_for(call, call.caller().subject, "createSignInCode").await
}

/// Makes a one-time code for a subject of the caller's home. Whether they may is not asked here.
pub(crate) async fn create_code_for(
    call: &Call,
    subject: SubjectId,
    mutation: &str,
) -> Result<FreshCode> {
    let plane = call.plane();
    let tx = plane.store.fleet(&FleetPermit::task(Task::SignIn)).await?;
    let audit = audit::of_call(call, mutation, Some(&subject));
    insert_code(plane, tx, subject, call.caller().tenant, audit).await
}

async fn insert_code(
    plane: &Plane,
    tx: FleetTx,
    subject: SubjectId,
    home: Option<TenantId>,
    audit: NewAudit,
) -> Result<FreshCode> {
    let fresh = write_code(plane, &tx, subject).await?;
    outbox::record_anywhere(&tx, home, Vec::new(), vec![audit]).await?;
    tx.commit().await?;
    Ok(fresh)
}

/// Writes a one-time code. The caller knows who it is for, and records it.
pub(crate) async fn write_code(
    plane: &Plane,
    tx: &FleetTx,
    subject: SubjectId,
) -> Result<FreshCode> {
    let code = token::draw("cpc", &*plane.random);
    let now = plane.clock.now();
    let expires_at = now.plus(plane.settings.sign_in_code_life);
    let row = SignInCode {
        hash: token::hash(code.reveal()),
        subject_id: subject,
        client: None,
        created_at: now,
        expires_at,
        used_at: None,
    };
    sign_in_code::insert(tx, row).await?;
    Ok(FreshCode { code, expires_at })
}

/// Uses a code up and opens a session. A code that is unknown, used or over opens nothing, nor does
/// one of a tenant that is not in use.
pub async fn open(plane: &Plane, code: &str, client: Client, from: IpAddr) -> Result<FreshSession> {
    let now = plane.clock.now();
    let tx = plane.store.fleet(&FleetPermit::task(Task::SignIn)).await?;
    let hash = token::hash(code);
    let used = sign_in_code::use_up(&tx, &hash, now).await?;
    let subject = used.ok_or(Error::Unauthenticated)?;
    let subject = subject::find_anywhere(&tx, subject).await?.ok_or(Error::Unauthenticated)?;
    match tenant::admit(&tx, subject.tenant_id).await {
        // Whoever had the code knows who it was for, and may know this as well.
        Err(refusal @ Error::Limited { .. }) => {
            audit::sign_in_refused(&tx, plane, &subject, &refusal, from).await?;
            tx.commit().await?;
            return Err(refusal);
        }
        admitted => admitted?,
    }
    if let Some(fresh) = impersonation::open(plane, &tx, &hash, client, from).await? {
        tx.commit().await?;
        return Ok(fresh);
    }
    let fresh = session_for(plane, &tx, subject, client).await?;
    audit::sign_in(&tx, plane, &fresh.caller, None, from).await?;
    tx.commit().await?;
    Ok(fresh)
}

/// Opens a session for a subject, if it may sign in. The caller knows who it is, and records it.
pub(crate) async fn session_for(
    plane: &Plane,
    tx: &FleetTx,
    subject: Subject,
    client: Client,
) -> Result<FreshSession> {
    admit(&subject)?;
    let now = plane.clock.now();
    let secret = token::draw("cps", &*plane.random);
    let life = match client {
        Client::Portal => plane.settings.portal_session_life,
        Client::CommandLine => plane.settings.command_line_session_life,
    };
    let id = SessionId::next(&*plane.ids);
    let expires_at = now.plus(life);
    let row = Session {
        id,
        token_hash: token::hash(secret.reveal()),
        subject_id: subject.id,
        tenant_id: subject.tenant_id,
        client: client.to_string(),
        created_at: now,
        expires_at,
        ended_at: None,
        last_used_at: now,
        last_address: None,
        impersonator_id: None,
        impersonator: None,
        reason: None,
    };
    session::insert(tx, row).await?;
    let caller = Caller {
        subject: subject.id,
        name: subject.name,
        tenant: subject.tenant_id,
        through: Through::Session(id),
        session_expires_at: expires_at,
        limits: None,
        impersonated_by: None,
    };
    Ok(FreshSession { id, token: secret, caller, title: subject.title })
}

/// Refuses whom no session is opened for.
fn admit(subject: &Subject) -> Result<()> {
    match (subject.kind, subject.state) {
        (SubjectKind::User, SubjectState::Active) => Ok(()),
        _ => Err(Error::Unauthenticated),
    }
}

/// Who holds this session or token, if it is still good there.
pub async fn authenticate(plane: &Plane, token: &str, from: IpAddr) -> Result<Caller> {
    let (hash, now) = (token::hash(token), plane.clock.now());
    let caller = match plane.sessions.get(&hash, now) {
        Ok(caller) => caller,
        Err(epoch) => {
            let caller = match access_token::is_one(token) {
                true => access_token::look_up(plane, &hash, now, from).await?,
                false => look_up(plane, &hash, now).await?,
            };
            plane.sessions.keep(hash, caller.clone(), now, epoch);
            caller
        }
    };
    access_token::admit(plane, &caller, now, from).await?;
    if now >= caller.session_expires_at {
        return Err(Error::Unauthenticated);
    }
    plane.sessions.note(caller.through, now, from);
    Ok(caller)
}

async fn look_up(plane: &Plane, hash: &str, now: Instant) -> Result<Caller> {
    let reader = plane.store.fleet_read(&FleetPermit::task(Task::SignIn));
    let found = session::find_by_token(&reader, hash, now).await?;
    let session = found.ok_or(Error::Unauthenticated)?;
    let subject = subject::find_anywhere(&reader, session.subject_id).await?;
    let subject = subject.ok_or(Error::Unauthenticated)?;
    admit(&subject)?;
    tenant::admit(&reader, subject.tenant_id).await?;
    let caller = impersonation::caller(subject, &session);
    impersonation::admit(plane, &caller).await?;
    Ok(caller)
}

/// Opens a call for whoever holds the token.
pub async fn call(plane: &Arc<Plane>, token: &str, from: IpAddr) -> Result<Call> {
    let caller = authenticate(plane, token, from).await?;
    Ok(Call::new(plane.clone(), caller, Some(from)))
}

/// Ends the session of the call. Answers where a browser goes to sign out at the provider as well,
/// if it came through one that has such a place. A token is not ended by that: it is revoked.
pub async fn close(call: &Call) -> Result<Option<String>> {
    let Caller { through: own, tenant, .. } = *call.caller();
    let Through::Session(session) = own else { return call.in_person().map(|()| None) };
    let tx = call.plane().store.fleet(&FleetPermit::task(Task::SignIn)).await?;
    let through = external_session::find_anywhere(&tx, session).await?;
    let provider = match &through {
        Some(row) => identity_provider::find_anywhere(&tx, row.provider_id).await?,
        None => None,
    };
    external_session::delete_anywhere(&tx, session).await?;
    session::end(&tx, session, call.now()).await?;
    let audit = audit::of_call(call, "signOut", Some(&session));
    outbox::record_anywhere(&tx, tenant, Vec::new(), vec![audit]).await?;
    tx.commit().await?;
    call.plane().sessions.forget(Over::Through(own));
    let (Some(through), Some(provider)) = (through, provider) else { return Ok(None) };
    // The session is over whatever becomes of the rest.
    let context = through.session_id.to_string();
    let Ok(id_token) = call.plane().key.open(&context, &through.id_token) else {
        return Ok(None);
    };
    Ok(call.plane().providers.farewell(&provider, &id_token).await)
}
