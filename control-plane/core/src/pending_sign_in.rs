//! Sign-ins through a provider on their way: what is kept when a browser leaves, and whether it is
//! the same one that comes back.

use std::net::IpAddr;
use std::time::Duration;

use control_plane_store::identity_provider::{self, IdentityProvider};
use control_plane_store::outbox;
pub use control_plane_store::pending_sign_in::PendingSignIn;
use control_plane_store::{FleetTx, IdentityProviderState, TenantState, pending_sign_in, tenant};
use policies::permit::{FleetPermit, Task};
use types::secret::Secret;

use crate::audit;
use crate::error::Result;
use crate::plane::Plane;
use crate::sign_in::problem::{SignInError, SignInProblem};
use crate::token;

/// How long somebody may take to sign in at the provider.
pub const LIFE: Duration = Duration::from_secs(600);
/// Longest address to go to afterwards.
const RETURN_MAX: usize = 1_024;

/// What a browser leaves with. The state, the nonce and the challenge go to the provider, the
/// binding stays in a cookie; of all of them only hashes are kept.
#[derive(Debug)]
pub struct Departure {
    /// Comes back with the answer.
    pub state: Secret,
    /// Comes back inside of the id token.
    pub nonce: Secret,
    /// Proves to the provider that who redeems the code is who began.
    pub verifier: Secret,
    /// Shows that the same browser comes back.
    pub binding: Secret,
}

/// Names and titles of the providers that people of a tenant can sign in through. For whoever asks,
/// a tenant that does not exist has none.
pub async fn providers(plane: &Plane, tenant: &str) -> Result<Vec<IdentityProvider>> {
    let reader = plane.store.fleet_read(&FleetPermit::task(Task::SignIn));
    let found = tenant::find_by_name(&reader, tenant).await?;
    // People of a suspended one are told so once it is known who they are.
    match found.filter(|row| row.state != TenantState::Closed) {
        Some(row) => Ok(identity_provider::active_anywhere(&reader, row.id).await?),
        None => Ok(Vec::new()),
    }
}

/// Whether somebody may be sent there: a path of ours, and nothing that a browser takes for
/// another host.
pub fn is_own_path(path: &str) -> bool {
    path.len() <= RETURN_MAX
        && path.starts_with('/')
        && !path.starts_with("//")
        && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}

/// Notes that a browser leaves for the provider.
pub async fn begin(
    plane: &Plane,
    provider: &IdentityProvider,
    return_path: &str,
) -> Result<Departure, SignInError> {
    if !is_own_path(return_path) {
        return Err(SignInProblem::Malformed.into());
    }
    let draw = |prefix| token::draw(prefix, &*plane.random);
    let departure = Departure {
        state: draw("cpo"),
        nonce: draw("cpn"),
        verifier: draw("cpv"),
        binding: draw("cpb"),
    };
    let hash = token::hash(departure.state.reveal());
    let sealed = plane.key.seal(&hash, &departure.verifier, &*plane.random);
    let now = plane.clock.now();
    let row = PendingSignIn {
        nonce_hash: token::hash(departure.nonce.reveal()),
        browser_hash: token::hash(departure.binding.reveal()),
        verifier: sealed.map_err(|error| crate::error::Error::internal("seal", error))?,
        hash,
        provider_id: provider.id,
        tenant_id: provider.tenant_id,
        return_path: return_path.to_owned(),
        created_at: now,
        expires_at: now.plus(LIFE),
        used_at: None,
    };
    let tx = plane.store.fleet(&FleetPermit::task(Task::SignIn)).await?;
    pending_sign_in::insert(&tx, row).await?;
    tx.commit().await?;
    Ok(departure)
}

/// What became of a browser's return.
#[derive(Debug)]
pub enum Return {
    /// Nobody knows of it.
    Unknown,
    /// It is known and refused.
    Refused(PendingSignIn, SignInProblem),
    /// It is taken in, and cannot come again.
    Taken(PendingSignIn, Box<IdentityProvider>),
}

/// Takes a browser in that comes back with a state and, if it is the same one, its cookie. Another
/// browser does not use the state up, so that nobody can spoil a sign-in by a state alone.
pub async fn take(plane: &Plane, state: &str, binding: Option<&str>) -> Result<Return> {
    let (hash, now) = (token::hash(state), plane.clock.now());
    let permit = FleetPermit::task(Task::SignIn);
    // Strangers may ask this as often as they like, so it takes no turn among those who write.
    let Some(row) = pending_sign_in::find(&plane.store.fleet_read(&permit), &hash).await? else {
        return Ok(Return::Unknown);
    };
    if row.used_at.is_some() {
        return Ok(Return::Refused(row, SignInProblem::StateUsed));
    }
    if now >= row.expires_at {
        return Ok(Return::Refused(row, SignInProblem::StateExpired));
    }
    if binding.map(token::hash).as_ref() != Some(&row.browser_hash) {
        return Ok(Return::Refused(row, SignInProblem::OtherBrowser));
    }
    let tx = plane.store.fleet(&permit).await?;
    if pending_sign_in::use_up(&tx, &hash, now).await?.is_none() {
        return Ok(Return::Refused(row, SignInProblem::StateUsed));
    }
    let provider = usable(&tx, &row).await?;
    tx.commit().await?;
    match provider {
        Some(provider) => Ok(Return::Taken(row, Box::new(provider))),
        None => Ok(Return::Refused(row, SignInProblem::UnknownProvider)),
    }
}

/// The provider, if it is still there and in use.
async fn usable(tx: &FleetTx, row: &PendingSignIn) -> Result<Option<IdentityProvider>> {
    let provider = identity_provider::find_anywhere(tx, row.provider_id).await?;
    Ok(provider.filter(|provider| provider.state == IdentityProviderState::Active))
}

/// What the provider is to be shown when the code is redeemed.
pub fn verifier(plane: &Plane, row: &PendingSignIn) -> Result<Secret> {
    let opened = plane.key.open(&row.hash, &row.verifier);
    opened.map_err(|error| crate::error::Error::internal("open a code verifier", error))
}

/// Records that a sign-in of a known provider was refused. `detail` is a word of the provider's.
pub async fn refused(
    plane: &Plane,
    row: &PendingSignIn,
    problem: SignInProblem,
    detail: Option<&str>,
    from: IpAddr,
) -> Result<()> {
    let now = plane.clock.now();
    let row_of_audit =
        audit::refused_sign_in(&row.provider_id, problem.as_str(), detail, from, now);
    Ok(outbox::witness(&plane.store, Some(row.tenant_id), vec![row_of_audit]).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, is_own: bool) {
        assert_eq!(is_own_path(path), is_own, "{path:?}");
    }

    #[test]
    fn nobody_is_sent_to_another_host() {
        check("/", true);
        check("/instances?project=prj_1&state=RUNNING#log", true);
        check("/a//b", true);
        check("", false);
        check("instances", false);
        check("//elsewhere.example", false);
        check("/\\elsewhere.example", false);
        check("/a\\b", false);
        check("https://elsewhere.example", false);
        check("javascript:alert(1)", false);
        check("/\t/elsewhere.example", false);
        check("/\r\nSet-Cookie: a=b", false);
        check("/ä", false);
        check(&format!("/{}", "a".repeat(1_024)), false);
    }
}
