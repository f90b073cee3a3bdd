//! Sessions as their subjects and administrators see them: which are open, and the end of them.
//!
//! What was looked up lately is kept here for a second, and whoever holds a connection open is told
//! what has ended. Another process finds that out by [`watch`].

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use control_plane_store::session::OpenSessions;
pub use control_plane_store::session::Session;
use control_plane_store::{StoreError, access_token, outbox, session, subject, tenant};
use policies::action::Action;
use policies::permit::{FleetPermit, Task};
use policies::role::Node;
use tokio::sync::broadcast;
use types::id::{SessionId, SubjectId, TenantId};
use types::instant::Instant;

use crate::audit;
use crate::call::{Call, Caller, Through};
use crate::error::{Error, Result};
use crate::idempotency::Once;
use crate::page::{Page, Paged};
use crate::plane::Plane;
use crate::recent::Recent;

/// How often a process looks for what others ended.
const WATCH: Duration = Duration::from_millis(500);
/// Processes whose clocks differ by less than this see each other's endings.
const CLOCKS_DIFFER: Duration = Duration::from_secs(30);
/// How often uses are written down.
const NOTE: Duration = Duration::from_secs(60);
/// Endings that a slow listener may fall behind by before it looks for itself.
const ENDED: usize = 256;

/// What has come to an end, or is worth less than before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// One session or token.
    Through(Through),
    /// All of a subject.
    Subject(SubjectId),
    /// All of a tenant's people and programs, and of those who act as one.
    Tenant(TenantId),
}

impl Over {
    /// Whether it concerns a caller.
    pub fn concerns(self, caller: &Caller) -> bool {
        match self {
            Self::Through(through) => caller.through == through,
            Self::Subject(subject) => caller.subject == subject,
            Self::Tenant(tenant) => caller.tenant == Some(tenant),
        }
    }
}

/// Who came lately, and through what.
pub struct SessionCache {
    recent: Recent<String, Caller>,
    over: broadcast::Sender<Over>,
    seen: Mutex<HashMap<Through, (Instant, IpAddr)>>,
    told: Mutex<HashMap<(Through, &'static str), Instant>>,
}

impl Default for SessionCache {
    fn default() -> Self {
        let over = broadcast::Sender::new(ENDED);
        Self { recent: Recent::default(), over, seen: Mutex::default(), told: Mutex::default() }
    }
}

impl SessionCache {
    /// See [`Recent::get`].
    pub(crate) fn get(&self, hash: &String, now: Instant) -> Result<Caller, u64> {
        self.recent.get(hash, now)
    }

    /// See [`Recent::keep`].
    pub(crate) fn keep(&self, hash: String, caller: Caller, now: Instant, epoch: u64) {
        self.recent.keep(hash, caller, now, epoch);
    }

    /// To be called after the commit that ended something.
    pub fn forget(&self, over: Over) {
        self.recent.forget(|_, caller| over.concerns(caller));
        // Nobody may be listening.
        let _ = self.over.send(over);
    }

    /// Hears what ends.
    pub fn listen(&self) -> broadcast::Receiver<Over> {
        self.over.subscribe()
    }

    /// Notes that somebody came, to be written down later.
    pub(crate) fn note(&self, through: Through, now: Instant, from: IpAddr) {
        self.seen().insert(through, (now, from));
    }

    /// Whether a refusal may be told once more: once a minute, so that it cannot fill the audit.
    pub(crate) fn may_tell(&self, through: Through, reason: &'static str, now: Instant) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        // What was told is forgotten after a minute, so it takes no room for long.
        told.retain(|_, at| (*at..at.plus(NOTE)).contains(&now));
        match told.entry((through, reason)) {
            Entry::Occupied(_) => false,
            Entry::Vacant(place) => {
                place.insert(now);
                true
            }
        }
    }

    fn seen(&self) -> MutexGuard<'_, HashMap<Through, (Instant, IpAddr)>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells those who listen what other processes ended, for ever. It asks nothing while nobody does:
/// what was looked up is looked up again after a second anyhow.
pub async fn watch(plane: &Plane) {
    let mut since = plane.clock.now();
    loop {
        plane.clock.sleep(WATCH).await;
        let now = plane.clock.now();
        if plane.sessions.over.receiver_count() == 0 {
            since = now;
            continue;
        }
        match ended_since(plane, since.minus(CLOCKS_DIFFER)).await {
            Ok(ended) => {
                since = now;
                ended.into_iter().for_each(|over| plane.sessions.forget(over));
            }
            // It is asked again; a database that does not answer ends nothing.
            Err(error) => {
                tracing::debug!(error = &error as &dyn std::error::Error, "look for ends")
            }
        }
    }
}

async fn ended_since(plane: &Plane, instant: Instant) -> Result<Vec<Over>, StoreError> {
    let reader = plane.store.fleet_read(&FleetPermit::task(Task::SignIn));
    let sessions = session::ended_since(&reader, instant).await?;
    let tokens = access_token::changed_since(&reader, instant).await?;
    let tenants = tenant::changed_since(&reader, instant).await?;
    let sessions = sessions.into_iter().map(Through::Session);
    let ended = sessions.chain(tokens.into_iter().map(Through::Token)).map(Over::Through);
    Ok(ended.chain(tenants.into_iter().map(Over::Tenant)).collect())
}

/// Writes down who came, once a minute, for ever: many uses are one statement, and a request waits
/// for none.
pub async fn note_uses(plane: &Plane) {
    loop {
        plane.clock.sleep(NOTE).await;
        let seen = std::mem::take(&mut *plane.sessions.seen());
        if let Err(error) = write_uses(plane, seen).await {
            // What is lost is a minute of "last used".
            tracing::debug!(error = &error as &dyn std::error::Error, "write down uses");
        }
    }
}

async fn write_uses(
    plane: &Plane,
    seen: HashMap<Through, (Instant, IpAddr)>,
) -> Result<(), StoreError> {
    if seen.is_empty() {
        return Ok(());
    }
    let tx = plane.store.fleet(&FleetPermit::task(Task::SignIn)).await?;
    for (through, (at, from)) in seen {
        let from = Some(from.to_canonical().to_string());
        match through {
            Through::Session(id) => session::touch(&tx, id, at, from).await?,
            Through::Token(id) => access_token::touch(&tx, id, at, from).await?,
        }
    }
    tx.commit().await
}

/// May the caller see and end how a subject of the tenant signs in?
pub(crate) async fn manage(call: &Call, subject: SubjectId) -> Result<()> {
    let what = "subject";
    let tenant = call.tenant().map_err(|error| error.hidden(what))?;
    let permit = call.permit(Action::ManageAccess, Node::Tenant(tenant), what).await?;
    let reader = call.plane().store.read(permit.scope());
    subject::find(&reader, subject).await?.ok_or(Error::NotFound { what })?;
    Ok(())
}

/// Open sessions of the caller, or of another subject of the tenant, the newest first.
pub async fn list(call: &Call, of: Option<SubjectId>, page: &Page) -> Result<Paged<Session>> {
    call.in_person()?;
    let me = call.caller().subject;
    let of = of.unwrap_or(me);
    if of != me {
        manage(call, of).await?;
    }
    let reader = call.plane().store.fleet_read(&FleetPermit::task(Task::SignIn));
    Ok(session::list_open(&reader, OpenSessions::Of(of), call.now(), page).await?)
}

/// Ends a session: one of the caller's, or of another subject of the tenant.
pub async fn end(call: &Call, id: SessionId, key: &str) -> Result<Session> {
    let once = Once::new("endSession", key, &id)?;
    call.in_person()?;
    let permit = FleetPermit::task(Task::SignIn);
    let missing = || Error::NotFound { what: "session" };
    let row = session::find(&call.plane().store.fleet_read(&permit), id).await?;
    let row = row.ok_or_else(missing)?;
    if row.subject_id != call.caller().subject {
        manage(call, row.subject_id).await.map_err(|error| error.hidden("session"))?;
    }
    if once.find_at_home::<SessionId>(call).await?.is_none()
        && let Err(error) = write_end(call, &row, &once).await
    {
        once.settle_at_home::<SessionId>(call, error).await?;
    }
    call.plane().sessions.forget(Over::Through(Through::Session(id)));
    Ok(row)
}

async fn write_end(call: &Call, row: &Session, once: &Once) -> Result<()> {
    let tx = call.plane().store.fleet(&FleetPermit::task(Task::SignIn)).await?;
    session::end(&tx, row.id, call.now()).await?;
    once.keep_at_home(call, &tx, &row.id).await?;
    let audit = audit::of_call(call, once.mutation(), Some(&row.id));
    outbox::record_anywhere(&tx, row.tenant_id, Vec::new(), vec![audit]).await?;
    Ok(tx.commit().await?)
}

/// Ends all sessions of the caller but the one that this is asked through; says how many.
pub async fn end_others(call: &Call, key: &str) -> Result<u64> {
    let once = Once::new("endOtherSessions", key, &())?;
    call.in_person()?;
    if let Some(ended) = once.find_at_home(call).await? {
        return Ok(ended);
    }
    let ended = match write_end_others(call, &once).await {
        Ok(ended) => ended,
        Err(error) => once.settle_at_home(call, error).await?,
    };
    // The caller's own is looked up again and found open.
    call.plane().sessions.forget(Over::Subject(call.caller().subject));
    Ok(ended)
}

async fn write_end_others(call: &Call, once: &Once) -> Result<u64> {
    let caller = call.caller();
    let Through::Session(own) = caller.through else { return Err(Error::Unauthenticated) };
    let tx = call.plane().store.fleet(&FleetPermit::task(Task::SignIn)).await?;
    let ended = session::end_others(&tx, caller.subject, own, call.now()).await?;
    once.keep_at_home(call, &tx, &ended).await?;
    let audit = audit::of_call(call, once.mutation(), Some(&caller.subject));
    outbox::record_anywhere(&tx, caller.tenant, Vec::new(), vec![audit]).await?;
    tx.commit().await?;
    Ok(ended)
}
