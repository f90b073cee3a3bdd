//! Access tokens: what programs sign in with, for a person or for a service account.
//!
//! A token is shown once and kept as a hash. It is worth what its subject may, as far as its limits
//! leave that ([`crate::limits`]), until it expires, is revoked, or its subject is ended.

use std::collections::BTreeSet;
use std::time::Duration;

pub use control_plane_store::access_token::AccessToken;
use control_plane_store::{InFleet, access_token, outbox};
use ipnet::IpNet;
use policies::action::Action;
use policies::permit::{FleetPermit, Task};
use policies::role::Node;
use policies::tree::Tree as _;
use serde_json::json;
use types::id::{SubjectId, TokenId};
use types::instant::Instant;
use types::name::Name;
use types::secret::Secret;

use crate::call::{Call, Through};
use crate::error::{Error, Result};
use crate::idempotency::Once;
use crate::limits::Limits;
use crate::page::{Page, Paged};
use crate::service_account as program;
use crate::session::{self, Over};
use crate::token;
use crate::{address_range, audit};

pub(crate) use holder::{admit, look_up};
pub use holder::{is_one, limits};

pub(crate) mod holder;

/// What a token begins with, without the underscore.
const PREFIX: &str = "cpt";
/// Ranges of one token.
const ADDRESSES_MAX: usize = 50;
/// Good tokens of one subject.
const TOKENS_MAX: u64 = 100;
/// How long the secret before a rotation may be good beside the new one.
const OVERLAP_MAX: Duration = Duration::from_secs(24 * 3600);

/// A token to be made.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// The service account that it signs in; none: the caller.
    pub service_account: Option<SubjectId>,
    /// For people.
    pub name: String,
    /// From when on it is worth nothing.
    pub expires_at: Instant,
    /// Where it may be used from, as CIDR ranges; none: from anywhere.
    pub addresses: Vec<String>,
    /// What it may be used for; none: all that its subject may do. Seeing is always among it.
    pub actions: Option<Vec<Action>>,
    /// The organization or project that it reaches, with all below; none: all its subject reaches.
    pub node: Option<Node>,
}

/// Another secret for a token.
#[derive(Clone, Copy, Debug)]
pub struct Rotation {
    /// How long the one before is good as well.
    pub overlap: Duration,
    /// Another end; none: the one that it has.
    pub expires_at: Option<Instant>,
}

/// A token, and its secret if this is the first answer.
#[derive(Debug)]
pub struct Shown {
    /// The token.
    pub row: AccessToken,
    /// What programs sign in with. It is never told again.
    pub secret: Option<Secret>,
}

/// Makes a token for the caller, or for a service account that the caller looks after.
pub async fn create(call: &Call, new: NewToken, key: &str) -> Result<Shown> {
    let actions: Option<Vec<_>> =
        new.actions.as_ref().map(|all| all.iter().map(|action| action.as_str()).collect());
    let node = new.node.map(|node| node.to_string());
    let input = (new.service_account, &new.name, new.expires_at, &new.addresses, actions, node);
    let once = Once::new("createToken", key, &input)?;
    call.in_person()?;
    let holder = match new.service_account {
        Some(id) => program::managed(call, id).await?.subject_id,
        None => call.caller().subject,
    };
    if let Some(made) = once.find_at_home::<TokenId>(call).await? {
        return shown_before(call, made).await;
    }
    let secret = token::draw(PREFIX, &*call.plane().random);
    let row = row(call, holder, &new, token::hash(secret.reveal())).await?;
    if holder != call.caller().subject {
        must_not_exceed(call, holder, &limits(&row)?).await?;
    }
    match insert(call, &row, &once).await {
        Ok(()) => Ok(Shown { row, secret: Some(secret) }),
        Err(error) => {
            let made = once.settle_at_home::<TokenId>(call, error).await?;
            shown_before(call, made).await
        }
    }
}

async fn row(call: &Call, holder: SubjectId, new: &NewToken, hash: String) -> Result<AccessToken> {
    let name: Name = new.name.parse().map_err(|error: types::name::NameError| {
        Error::invalid("name", "malformed", error.to_string())
    })?;
    let addresses = addresses(&new.addresses)?;
    let expires_at = end(call, "expiresAt", new.expires_at)?;
    if new.actions.as_ref().is_some_and(Vec::is_empty) {
        let message = "name at least one action, or leave the field out for all";
        return Err(Error::invalid("actions", "empty", message));
    }
    if let Some(node) = new.node {
        call.permit(Action::View, node, "organization or project").await?;
    }
    let actions = new.actions.as_ref().map(|actions| {
        let actions: BTreeSet<_> = actions.iter().copied().chain([Action::View]).collect();
        let words: Vec<_> = actions.iter().map(|action| action.as_str()).collect();
        json!(words).to_string()
    });
    let now = call.now();
    Ok(AccessToken {
        id: TokenId::next(&*call.plane().ids),
        hash,
        previous_hash: None,
        previous_until: None,
        subject_id: holder,
        tenant_id: call.caller().tenant,
        name: name.to_string(),
        created_by: call.caller().name.clone(),
        created_at: now,
        expires_at,
        revoked_at: None,
        changed_at: now,
        last_used_at: None,
        last_address: None,
        addresses: json!(addresses).to_string(),
        actions,
        node: new.node.map(|node| node.to_string()),
    })
}

fn addresses(given: &[String]) -> Result<Vec<IpNet>> {
    if given.len() > ADDRESSES_MAX {
        let message = format!("name at most {ADDRESSES_MAX} ranges");
        return Err(Error::invalid("addresses", "too_many", message));
    }
    let malformed = || Error::invalid("addresses", "malformed", address_range::EXAMPLES);
    let range = |text: &String| address_range::parse(text).ok_or_else(malformed);
    given.iter().map(range).collect()
}

fn end(call: &Call, field: &str, at: Instant) -> Result<Instant> {
    let (now, most) = (call.now(), call.plane().settings.token_life_max);
    if at <= now || at > now.plus(most) {
        let days = most.as_secs() / 86_400;
        let message = format!("choose an instant to come, at most {days} days from now");
        return Err(Error::invalid(field, "out_of_range", message));
    }
    Ok(at)
}

/// Nobody gets more by a service account than they have: the actions are compared wherever it has a
/// role and the token reaches.
async fn must_not_exceed(call: &Call, program: SubjectId, limits: &Limits) -> Result<()> {
    let standing = call.standing().await?;
    let (rights, tree) = (&standing.rights, &standing.tree);
    let me = call.caller().subject;
    for binding in rights.bindings_of(program) {
        let Some(path) = tree.path(binding.node) else { continue };
        let path = match limits.node {
            None => path,
            // What is in an application can be where the token reaches, wherever the application is.
            Some(_) if matches!(binding.node, Node::Application(_)) => path,
            Some(node) if path.contains(&node) => path,
            Some(node) => match tree.path(node) {
                Some(inner) if inner.contains(&binding.node) => inner,
                _ => continue,
            },
        };
        let is_more = |action: &&Action| {
            limits.allow(**action)
                && rights.allows(program, **action, &path)
                && !rights.allows(me, **action, &path)
        };
        if let Some(action) = Action::ALL.iter().find(is_more) {
            let message = format!(
                "the service account may {action} somewhere where you may not, so you cannot have \
                 a secret of it that carries this; leave the action out, or ask an administrator \
                 who has the right"
            );
            return Err(Error::Limited { why: "beyond_own", action: Some(*action), message });
        }
    }
    Ok(())
}

async fn insert(call: &Call, row: &AccessToken, once: &Once) -> Result<()> {
    let tx = call.plane().store.fleet(&FleetPermit::task(Task::SignIn)).await?;
    let used = access_token::count_good(&tx, row.subject_id, call.now()).await?;
    if used >= TOKENS_MAX {
        let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let at = "tokens of a subject".to_owned();
        return Err(Error::LimitReached {
            at,
            limit: count(TOKENS_MAX),
            used: count(used),
            added: 1,
        });
    }
    access_token::insert(&tx, row.clone()).await?;
    once.keep_at_home(call, &tx, &row.id).await?;
    let mut audit = audit::of_call(call, once.mutation(), Some(&row.id));
    audit::detail(&mut audit, "name", json!(row.name));
    audit::detail(&mut audit, "subject", json!(row.subject_id));
    audit::detail(&mut audit, "expiresAt", json!(row.expires_at));
    audit::detail(&mut audit, "addresses", json!(row.addresses));
    audit::detail(&mut audit, "actions", json!(row.actions));
    audit::detail(&mut audit, "within", json!(row.node));
    outbox::record_anywhere(&tx, row.tenant_id, Vec::new(), vec![audit]).await?;
    Ok(tx.commit().await?)
}

async fn shown_before(call: &Call, id: TokenId) -> Result<Shown> {
    let reader = call.plane().store.fleet_read(&FleetPermit::task(Task::SignIn));
    Ok(Shown { row: find(&reader, id).await?, secret: None })
}

async fn find(tx: &dyn InFleet, id: TokenId) -> Result<AccessToken> {
    access_token::find(tx, id).await?.ok_or(Error::NotFound { what: "token" })
}

/// Tokens of the caller, of a service account that the caller looks after, or of another subject of
/// the tenant, the newest first.
pub async fn list(call: &Call, of: Option<SubjectId>, page: &Page) -> Result<Paged<AccessToken>> {
    call.in_person()?;
    let of = of.unwrap_or(call.caller().subject);
    manage(call, of).await?;
    let reader = call.plane().store.fleet_read(&FleetPermit::task(Task::SignIn));
    Ok(access_token::list(&reader, of, page).await?)
}

/// May the caller see and end tokens of the subject?
async fn manage(call: &Call, subject: SubjectId) -> Result<()> {
    if subject == call.caller().subject {
        return Ok(());
    }
    match program::managed(call, subject).await {
        Ok(_) => Ok(()),
        Err(Error::NotFound { .. }) => session::manage(call, subject).await,
        Err(other) => Err(other),
    }
}

/// Finds a token that the caller may end; a token may find itself.
async fn mine(call: &Call, id: TokenId) -> Result<AccessToken> {
    if call.caller().through != Through::Token(id) {
        call.in_person()?;
    }
    let reader = call.plane().store.fleet_read(&FleetPermit::task(Task::SignIn));
    let row = find(&reader, id).await?;
    manage(call, row.subject_id).await.map_err(|error| error.hidden("token"))?;
    Ok(row)
}

/// Makes another secret for a token and lets the one before be good for a while. A token may do
/// that with itself, and does not live longer by it.
pub async fn rotate(call: &Call, id: TokenId, rotation: Rotation, key: &str) -> Result<Shown> {
    let once = Once::new("rotateToken", key, &(id, rotation.overlap, rotation.expires_at))?;
    let seen = mine(call, id).await?;
    if once.find_at_home::<TokenId>(call).await?.is_some() {
        return shown_before(call, id).await;
    }
    if seen.subject_id != call.caller().subject {
        // What somebody else's administrator may not have, they may not take over either.
        program::managed(call, seen.subject_id).await.map_err(|error| error.hidden("token"))?;
        must_not_exceed(call, seen.subject_id, &limits(&seen)?).await?;
    }
    if rotation.overlap > OVERLAP_MAX {
        let message = "choose at most 24 hours";
        return Err(Error::invalid("overlapMinutes", "out_of_range", message));
    }
    let expires_at = match rotation.expires_at {
        None => seen.expires_at,
        Some(at) if call.in_person().is_ok() => end(call, "expiresAt", at)?,
        Some(at) if at <= seen.expires_at => at,
        Some(_) => {
            let message = "a token cannot let itself live longer; sign in and rotate it";
            return Err(Error::invalid("expiresAt", "out_of_range", message));
        }
    };
    let secret = token::draw(PREFIX, &*call.plane().random);
    let hash = token::hash(secret.reveal());
    let change = |row: &mut AccessToken| {
        let now = call.now();
        row.previous_hash = Some(std::mem::replace(&mut row.hash, hash));
        row.previous_until = Some(now.plus(rotation.overlap));
        row.expires_at = expires_at;
    };
    match write(call, id, &once, change).await {
        Ok(row) => Ok(Shown { row, secret: Some(secret) }),
        Err(error) => {
            let made = once.settle_at_home::<TokenId>(call, error).await?;
            shown_before(call, made).await
        }
    }
}

/// Ends a token at once. A token may do that with itself.
pub async fn revoke(call: &Call, id: TokenId, key: &str) -> Result<AccessToken> {
    let once = Once::new("revokeToken", key, &id)?;
    let seen = mine(call, id).await?;
    if once.find_at_home::<TokenId>(call).await?.is_some() {
        return Ok(shown_before(call, seen.id).await?.row);
    }
    let now = call.now();
    match write(call, id, &once, |row| row.revoked_at = Some(now)).await {
        Ok(row) => Ok(row),
        Err(error) => {
            let made = once.settle_at_home::<TokenId>(call, error).await?;
            Ok(shown_before(call, made).await?.row)
        }
    }
}

/// Changes a token that is still good.
async fn write(
    call: &Call,
    id: TokenId,
    once: &Once,
    change: impl FnOnce(&mut AccessToken),
) -> Result<AccessToken> {
    let (plane, now) = (call.plane(), call.now());
    let tx = plane.store.fleet(&FleetPermit::task(Task::SignIn)).await?;
    let mut row = access_token::lock(&tx, id).await?;
    if row.revoked_at.is_some() || now >= row.expires_at {
        let message = "the token is revoked or has expired; make a new one".to_owned();
        return Err(Error::Conflict { why: "token_over", message });
    }
    change(&mut row);
    row.changed_at = now;
    access_token::update(&tx, row.clone()).await?;
    once.keep_at_home(call, &tx, &id).await?;
    let audit = audit::of_call(call, once.mutation(), Some(&id));
    outbox::record_anywhere(&tx, row.tenant_id, Vec::new(), vec![audit]).await?;
    tx.commit().await?;
    plane.sessions.forget(Over::Through(Through::Token(id)));
    Ok(row)
}
