//! OpenID providers of a tenant: who may set them, and what a provider must be like.
//!
//! Core knows no web, so whoever asks a provider is given from outside: [`Wire`].

use std::collections::BTreeMap;

use async_trait::async_trait;
pub use control_plane_store::IdentityProviderState;
pub use control_plane_store::identity_provider::IdentityProvider;
use control_plane_store::outbox::{self, NewEvent};
use control_plane_store::{
    TenantTx, external_identity, external_session, group, identity_provider, session, tenant,
};
use policies::action::Action;
use policies::permit::Permit;
use policies::role::{Effect, Holder, Node};
use serde::Serialize;
use types::id::{IdentityProviderId, SessionId};
use types::name::Name;
use types::secret::Secret;

use crate::access;
use crate::audit;
use crate::call::{Call, Through};
use crate::error::{Error, Result};
use crate::idempotency::Once;
use crate::organization::taken;
use crate::plane::Plane;
use crate::rights::Standing;
use crate::session::Over;
use crate::sign_in::problem::SignInProblem;

mod input;

use input::{Checked, problem_of};

/// Most providers of a tenant.
const PROVIDERS_MAX: usize = 10;
const WHAT: &str = "identity provider";

/// How providers are reached. The plane's own way is `control-plane/src/openid.rs`.
#[async_trait]
pub trait Wire: Send + Sync {
    /// Whether people could sign in through an issuer.
    async fn examine(&self, issuer: &str, assumes_s256: bool) -> Result<(), SignInProblem>;

    /// Where a browser goes to sign out there as well, if the provider has such a place.
    async fn farewell(&self, provider: &IdentityProvider, id_token: &Secret) -> Option<String>;
}

/// Reaches nobody: for commands on the console.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoWire;

#[async_trait]
impl Wire for NoWire {
    async fn examine(&self, _: &str, _: bool) -> Result<(), SignInProblem> {
        Err(SignInProblem::Unreachable)
    }

    async fn farewell(&self, _: &IdentityProvider, _: &Secret) -> Option<String> {
        None
    }
}

/// A provider to be made.
#[derive(Clone, Debug, Serialize)]
pub struct NewProvider {
    /// Unique in the tenant.
    pub name: String,
    /// Its issuer identifier.
    pub issuer: String,
    /// Everything else.
    pub settings: Settings,
}

/// What can be set, and changed later. What is not given is the default, or stays as it is.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Settings {
    /// For people.
    pub title: Option<String>,
    /// Who we are there.
    pub client_id: Option<String>,
    /// What we show to it; an empty one takes it away.
    pub client_secret: Option<Secret>,
    /// What is asked for.
    pub scopes: Option<Vec<String>>,
    /// Where a new person's name is taken from.
    pub name_claim: Option<String>,
    /// Where groups are listed; an empty one takes it away.
    pub groups_claim: Option<String>,
    /// Our group by the claim's value.
    pub group_mapping: Option<Vec<(String, String)>>,
    /// Whether unknown people become subjects.
    pub creates_people: Option<bool>,
    /// Whether unknown people are found by their names.
    pub links_by_name: Option<bool>,
    /// Whether it checks S256 without saying so.
    pub assumes_s256: Option<bool>,
    /// Whether it can be used.
    pub is_active: Option<bool>,
}

/// Our group by the value of the provider's claim.
pub fn mapping(provider: &IdentityProvider) -> BTreeMap<String, String> {
    // Written by us from the same type.
    serde_json::from_str(&provider.group_mapping).unwrap_or_default()
}

async fn permit(call: &Call) -> Result<Permit> {
    let permit = call.permit(Action::ManageSignIn, Node::Tenant(call.tenant()?), WHAT).await?;
    // A token could let somebody in who outlives it.
    call.in_person()?;
    Ok(permit)
}

/// The providers of the caller's tenant, by name.
pub async fn list(call: &Call) -> Result<Vec<IdentityProvider>> {
    let permit = permit(call).await?;
    Ok(identity_provider::list(&call.plane().store.read(permit.scope())).await?)
}

/// One of them.
pub async fn get(call: &Call, id: IdentityProviderId) -> Result<IdentityProvider> {
    let permit = permit(call).await?;
    let found = identity_provider::find(&call.plane().store.read(permit.scope()), id).await?;
    found.ok_or(Error::NotFound { what: WHAT })
}

/// Makes a provider, if people could sign in through it.
pub async fn create(call: &Call, new: NewProvider, key: &str) -> Result<IdentityProviderId> {
    let permit = permit(call).await?;
    let once = Once::new("createIdentityProvider", key, &new)?;
    let work = Box::pin(create_new(call, &permit, &once, &new));
    once.permitted(call, &permit, work).await
}

async fn create_new(
    call: &Call,
    permit: &Permit,
    once: &Once,
    new: &NewProvider,
) -> Result<IdentityProviderId> {
    let name: Name = new.name.parse().map_err(|error: types::name::NameError| {
        Error::invalid("name", "malformed", error.to_string())
    })?;
    let checked = Checked::of(&new.settings)?;
    let (plane, now) = (call.plane(), call.now());
    let id = IdentityProviderId::next(&*plane.ids);
    let mut row = input::defaults(id, permit.scope().tenant(), &name, &new.issuer, now);
    checked.apply(plane, &mut row)?;
    if row.client_id.is_empty() {
        return Err(Error::invalid("clientId", "required", "say who cellplane is there"));
    }
    let examined = plane.providers.examine(&row.issuer, row.assumes_s256).await;
    examined.map_err(|problem| problem_of("issuer", problem))?;
    insert(call, permit, once, row).await?;
    Ok(id)
}

async fn insert(call: &Call, permit: &Permit, once: &Once, row: IdentityProvider) -> Result<()> {
    let standing = call.standing().await?;
    let tx = call.plane().store.begin(permit).await?;
    // Behind the tenant's lock, so that two at once cannot pass the limit.
    tenant::lock(&tx).await?;
    let used = identity_provider::list(&tx).await?.len();
    if used >= PROVIDERS_MAX {
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let (limit, used) = (count(PROVIDERS_MAX), count(used));
        return Err(Error::LimitReached { at: "tenant".to_owned(), limit, used, added: 1 });
    }
    gives_what_the_caller_has(call, &standing, &tx, &row).await?;
    let (id, name) = (row.id, row.name.clone());
    identity_provider::insert(&tx, row).await.map_err(|error| taken(error, WHAT, &name))?;
    finish(call, tx, once, &id).await
}

/// Refuses a provider through which somebody could do more than the caller. Who controls it says who
/// is in the groups that are mapped and, if people are found by their names, who is whom.
async fn gives_what_the_caller_has(
    call: &Call,
    standing: &Standing,
    tx: &TenantTx,
    row: &IdentityProvider,
) -> Result<()> {
    match row.state {
        IdentityProviderState::Disabled => return Ok(()),
        IdentityProviderState::Active if row.links_by_name => {
            return access::covers_everybody(call, standing);
        }
        IdentityProviderState::Active => {}
    }
    let names = mapping(row).into_values().collect();
    for group in group::by_names(tx, &names).await? {
        access::covers_all_in(call, standing, Holder::Group(group.id), Effect::Allow)?;
    }
    Ok(())
}

/// Keeps the answer, the event and the audit, and commits.
async fn finish(call: &Call, tx: TenantTx, once: &Once, id: &IdentityProviderId) -> Result<()> {
    once.keep(call, &tx, id).await?;
    let event = NewEvent::new("identity_provider_changed", call.now());
    let audit = audit::of_call(call, once.mutation(), Some(id));
    outbox::record(&tx, vec![event], vec![audit]).await?;
    Ok(tx.commit().await?)
}

/// Changes a provider. The issuer stays: the people of another one are other people.
pub async fn change(
    call: &Call,
    id: IdentityProviderId,
    settings: Settings,
    key: &str,
) -> Result<IdentityProviderId> {
    let permit = permit(call).await?;
    let once = Once::new("changeIdentityProvider", key, &(id, &settings))?;
    if let Some(done) = once.find(call, &permit).await? {
        return Ok(done);
    }
    let plane = call.plane();
    let known = get(call, id).await?;
    let checked = Checked::of(&settings)?;
    let assumes = settings.assumes_s256.unwrap_or(known.assumes_s256);
    if assumes != known.assumes_s256 {
        let examined = plane.providers.examine(&known.issuer, assumes).await;
        examined.map_err(|problem| problem_of("assumesS256", problem))?;
    }
    let standing = call.standing().await?;
    let changed = async {
        let tx = plane.store.begin(&permit).await?;
        tenant::lock(&tx).await?;
        let mut row =
            identity_provider::lock(&tx, id).await?.ok_or(Error::NotFound { what: WHAT })?;
        checked.apply(plane, &mut row)?;
        gives_what_the_caller_has(call, &standing, &tx, &row).await?;
        row.changed_at = call.now();
        let ended = match row.state {
            IdentityProviderState::Active => Vec::new(),
            IdentityProviderState::Disabled => end(call, &tx, id).await?,
        };
        identity_provider::update(&tx, row).await?;
        finish(call, tx, &once, &id).await?;
        Ok(ended)
    };
    settle(call, &permit, &once, id, changed.await).await
}

/// Removes a provider with all that it knows of people; they stay as subjects.
pub async fn delete(call: &Call, id: IdentityProviderId, key: &str) -> Result<IdentityProviderId> {
    let permit = permit(call).await?;
    let once = Once::new("deleteIdentityProvider", key, &id)?;
    if let Some(done) = once.find(call, &permit).await? {
        return Ok(done);
    }
    let deleted = async {
        let tx = call.plane().store.begin(&permit).await?;
        tenant::lock(&tx).await?;
        identity_provider::lock(&tx, id).await?.ok_or(Error::NotFound { what: WHAT })?;
        let ended = end(call, &tx, id).await?;
        external_identity::delete_of_provider(&tx, id).await?;
        identity_provider::delete(&tx, id).await?;
        finish(call, tx, &once, &id).await?;
        Ok(ended)
    };
    settle(call, &permit, &once, id, deleted.await).await
}

async fn settle(
    call: &Call,
    permit: &Permit,
    once: &Once,
    id: IdentityProviderId,
    written: Result<Vec<SessionId>>,
) -> Result<IdentityProviderId> {
    match written {
        Ok(ended) => {
            for session in ended {
                call.plane().sessions.forget(Over::Through(Through::Session(session)));
            }
            Ok(id)
        }
        Err(error) => once.settle(call, permit, error).await,
    }
}

/// Ends the sessions that came through a provider. Who came through it would cut off themselves,
/// and may not if there is no other way in.
async fn end(call: &Call, tx: &TenantTx, id: IdentityProviderId) -> Result<Vec<SessionId>> {
    let through = external_session::of_provider(tx, id).await?;
    let own = call.caller().through;
    let others = identity_provider::list(tx).await?;
    let has_other =
        others.iter().any(|other| other.id != id && other.state == IdentityProviderState::Active);
    if !has_other && through.iter().any(|row| Through::Session(row.session_id) == own) {
        let message = "you signed in through this provider and the tenant has no other; make \
                       another one first, or come by a sign-in link";
        return Err(Error::Conflict { why: "last_way_in", message: message.to_owned() });
    }
    let ended: Vec<_> = through.into_iter().map(|row| row.session_id).collect();
    session::end_of_tenant(tx, &ended, call.now()).await?;
    external_session::delete_of_provider(tx, id).await?;
    Ok(ended)
}

/// What the provider is shown when a code is redeemed.
pub fn client_secret(plane: &Plane, provider: &IdentityProvider) -> Result<Option<Secret>> {
    let Some(sealed) = &provider.client_secret else { return Ok(None) };
    let opened = plane.key.open(&provider.id.to_string(), sealed);
    opened.map(Some).map_err(|error| Error::internal("open a client secret", error))
}
