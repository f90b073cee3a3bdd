//! Sign-in by one-time codes, and the sessions they open.

use std::sync::Arc;

use control_plane_store::outbox::{self, NewAudit};
use control_plane_store::session::{self, Session};
use control_plane_store::sign_in_code::{self, SignInCode};
use control_plane_store::subject::{self, Subject};
use control_plane_store::{
    FleetTx, InFleet as _, SubjectState, external_session, identity_provider,
};
use policies::permit::{FleetPermit, Task};
use types::id::{SessionId, SubjectId, TenantId};
use types::instant::Instant;
use types::secret::Secret;
use types::text_enum;

use crate::audit;
use crate::call::{Call, Caller};
use crate::error::{Error, Result};
use crate::plane::Plane;
use crate::recent::Recent;
use crate::token;

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
    let home = subject::find_anywhere(&tx, subject).await?.and_then(|row| row.tenant_id);
    let audit = audit::of_fleet(tx.who(), "createSignInCode", &subject, now);
    insert_code(plane, tx, subject, home, audit).await
}

/// Makes a one-time code for the subject who calls.
pub async fn create_own_code(call: &Call) -> Result<FreshCode> {
    let (plane, caller) = (call.plane(), call.caller());
    let tx = plane.store.fleet(&FleetPermit::task(Task::SignIn)).await?;
    let audit = audit::of_call(call, "createSignInCode", Some(&caller.subject));
    insert_code(plane, tx, caller.subject, caller.tenant, audit).await
}

async fn insert_code(
    plane: &Plane,
    tx: FleetTx,
    subject: SubjectId,
    home: Option<TenantId>,
    audit: NewAudit,
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
    sign_in_code::insert(&tx, row).await?;
    outbox::record_anywhere(&tx, home, Vec::new(), vec![audit]).await?;
    tx.commit().await?;
    Ok(FreshCode { code, expires_at })
}

/// Uses a code up and opens a session. A code that is unknown, used or over opens nothing.
pub async fn open(plane: &Plane, code: &str, client: Client) -> Result<FreshSession> {
    let now = plane.clock.now();
    let tx = plane.store.fleet(&FleetPermit::task(Task::SignIn)).await?;
    let used = sign_in_code::use_up(&tx, &token::hash(code), now).await?;
    let subject = used.ok_or(Error::Unauthenticated)?;
    let subject = subject::find_anywhere(&tx, subject).await?.ok_or(Error::Unauthenticated)?;
    let fresh = session_for(plane, &tx, subject, client).await?;
    audit::sign_in(&tx, plane, &fresh.caller, None).await?;
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
    if subject.state != SubjectState::Active {
        return Err(Error::Unauthenticated);
    }
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
    };
    session::insert(tx, row).await?;
    let caller = Caller {
        subject: subject.id,
        name: subject.name,
        tenant: subject.tenant_id,
        session: id,
        session_expires_at: expires_at,
    };
    Ok(FreshSession { token: secret, caller, title: subject.title })
}

/// Holders of tokens by the tokens' hashes.
pub type SessionCache = Recent<String, Caller>;

/// Who holds this token, if its session is still open.
pub async fn authenticate(plane: &Plane, token: &str) -> Result<Caller> {
    let (hash, now) = (token::hash(token), plane.clock.now());
    let epoch = match plane.sessions.get(&hash, now) {
        Ok(caller) if now < caller.session_expires_at => return Ok(caller),
        Ok(_) => return Err(Error::Unauthenticated),
        Err(epoch) => epoch,
    };
    let caller = look_up(plane, &hash, now).await?;
    plane.sessions.keep(hash, caller.clone(), now, epoch);
    Ok(caller)
}

async fn look_up(plane: &Plane, hash: &str, now: Instant) -> Result<Caller> {
    let reader = plane.store.fleet_read(&FleetPermit::task(Task::SignIn));
    let found = session::find_by_token(&reader, hash, now).await?;
    let session = found.ok_or(Error::Unauthenticated)?;
    let subject = subject::find_anywhere(&reader, session.subject_id).await?;
    let subject = subject.ok_or(Error::Unauthenticated)?;
    if subject.state != SubjectState::Active {
        return Err(Error::Unauthenticated);
    }
    Ok(Caller {
        subject: subject.id,
        name: subject.name,
        tenant: subject.tenant_id,
        session: session.id,
        session_expires_at: session.expires_at,
    })
}

/// Opens a call for whoever holds the token.
pub async fn call(plane: &Arc<Plane>, token: &str) -> Result<Call> {
    let caller = authenticate(plane, token).await?;
    Ok(Call::new(plane.clone(), caller))
}

/// Ends the session of the call. Answers where a browser goes to sign out at the provider as well,
/// if it came through one that has such a place.
pub async fn close(call: &Call) -> Result<Option<String>> {
    let tx = call.plane().store.fleet(&FleetPermit::task(Task::SignIn)).await?;
    let through = external_session::find_anywhere(&tx, call.caller().session).await?;
    let provider = match &through {
        Some(row) => identity_provider::find_anywhere(&tx, row.provider_id).await?,
        None => None,
    };
    external_session::delete_anywhere(&tx, call.caller().session).await?;
    session::end(&tx, call.caller().session, call.now()).await?;
    let audit = audit::of_call(call, "signOut", Some(&call.caller().session));
    outbox::record_anywhere(&tx, call.caller().tenant, Vec::new(), vec![audit]).await?;
    tx.commit().await?;
    call.plane().sessions.forget(|_, caller| caller.session == call.caller().session);
    let (Some(through), Some(provider)) = (through, provider) else { return Ok(None) };
    // The session is over whatever becomes of the rest.
    let context = through.session_id.to_string();
    let Ok(id_token) = call.plane().key.open(&context, &through.id_token) else {
        return Ok(None);
    };
    Ok(call.plane().providers.farewell(&provider, &id_token).await)
}
