//! Who somebody of a provider is here: known, found by name, or made at the first sign-in.

use std::collections::BTreeSet;
use std::net::IpAddr;

use control_plane_store::external_identity::{self, ExternalIdentity};
use control_plane_store::external_session::{self, ExternalSession};
use control_plane_store::identity_provider::{self, IdentityProvider};
use control_plane_store::outbox;
use control_plane_store::subject::{self, Subject};
use control_plane_store::{
    AuditOutcome, FleetTx, IdentityProviderState, InFleet as _, StoreError, SubjectKind,
    SubjectState, TenantState, group, group_member, tenant,
};
use policies::permit::{FleetPermit, Task, task_scope};
use serde_json::{Map, Value, json};
use types::id::SubjectId;
use types::secret::Secret;

use crate::access;
use crate::audit;
use crate::error::{Error, ErrorCode};
use crate::identity_provider::mapping;
use crate::plane::Plane;
use crate::sign_in::problem::{SignInError, SignInProblem};
use crate::sign_in::{self, Client, FreshSession};
use crate::token;

/// Longest name of somebody, at the provider (OpenID Connect Core, 2) and here.
const EXTERNAL_MAX: usize = 255;
const NAME_MAX: usize = 128;
const TITLE_MAX: usize = 80;
/// Groups that one person can bring.
const GROUPS_MAX: usize = 1_000;

/// What a provider said about somebody, after everything about it was verified.
#[derive(Debug)]
pub struct Proof {
    /// All claims of the id token.
    pub claims: Map<String, Value>,
    /// The token itself, for the sign-out.
    pub id_token: Secret,
}

/// The names of our groups that somebody is in, by what the provider says.
pub fn mapped(provider: &IdentityProvider, claims: &Map<String, Value>) -> BTreeSet<String> {
    let Some(claim) = &provider.groups_claim else { return BTreeSet::new() };
    let said: Vec<&str> = match claims.get(claim) {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(many)) => {
            many.iter().take(GROUPS_MAX).filter_map(Value::as_str).collect()
        }
        _ => Vec::new(),
    };
    let mapping = mapping(provider);
    said.into_iter().filter_map(|value| mapping.get(value).cloned()).collect()
}

/// The name that somebody is made or found by: the claim that the provider is set to, else the
/// mail address if the provider verified it.
fn name(provider: &IdentityProvider, claims: &Map<String, Value>) -> Result<String, SignInProblem> {
    let text = |claim: &str| claims.get(claim).and_then(Value::as_str);
    let is_verified = || claims.get("email_verified").and_then(Value::as_bool) == Some(true);
    // An address that nobody verified is whatever its owner typed, also if it is the claim itself.
    let chosen = Some(&*provider.name_claim).filter(|claim| *claim != "email" || is_verified());
    let given = chosen.and_then(text).or_else(|| text("email").filter(|_| is_verified()));
    let given = given.ok_or(SignInProblem::NameMissing)?.to_ascii_lowercase();
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-@+".contains(&byte);
    let is_name = (1..=NAME_MAX).contains(&given.len())
        && given.starts_with(|first: char| first.is_ascii_alphanumeric())
        && given.bytes().all(allowed);
    if is_name { Ok(given) } else { Err(SignInProblem::NameUnusable) }
}

fn title(claims: &Map<String, Value>, name: &str) -> String {
    let given = claims.get("name").and_then(Value::as_str).unwrap_or_default();
    let shown: String = given.chars().filter(|c| !c.is_control()).take(TITLE_MAX).collect();
    let shown = shown.trim();
    if shown.is_empty() { name.chars().take(TITLE_MAX).collect() } else { shown.to_owned() }
}

/// Signs somebody in whom a provider vouches for, with a session of the portal.
pub async fn sign_in(
    plane: &Plane,
    provider: &IdentityProvider,
    proof: &Proof,
    from: IpAddr,
) -> Result<FreshSession, SignInError> {
    match attempt(plane, provider, proof, from).await {
        // Two first sign-ins of the same person at once: the other one is known by now.
        Err(SignInError::Failed(Error::Repeated)) => attempt(plane, provider, proof, from).await,
        other => other,
    }
}

async fn attempt(
    plane: &Plane,
    provider: &IdentityProvider,
    proof: &Proof,
    from: IpAddr,
) -> Result<FreshSession, SignInError> {
    let external = proof.claims.get("sub").and_then(Value::as_str).unwrap_or_default();
    let is_kept = external.len() <= EXTERNAL_MAX
        && external.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
    if external.is_empty() || !is_kept {
        return Err(SignInProblem::SubjectMalformed.into());
    }
    let tx = plane.store.fleet(&FleetPermit::task(Task::SignIn)).await?;
    // It may have been disabled or removed while it was asked, and its sessions with it.
    let held = identity_provider::hold_anywhere(&tx, provider.id).await?;
    if held.is_none_or(|held| held.state != IdentityProviderState::Active) {
        return Err(SignInProblem::UnknownProvider.into());
    }
    let tenant = tenant::find_anywhere(&tx, provider.tenant_id).await?;
    match tenant.map_or(TenantState::Closed, |tenant| tenant.state) {
        TenantState::Active => {}
        TenantState::Suspended => return Err(SignInProblem::TenantSuspended.into()),
        TenantState::Closed => return Err(SignInProblem::TenantClosed.into()),
    }
    let hash = token::hash(external);
    let person = match external_identity::find_anywhere(&tx, provider.id, &hash).await? {
        Some(known) => {
            let now = plane.clock.now();
            external_identity::touch_anywhere(&tx, provider.id, &hash, now).await?;
            subject::find_anywhere(&tx, known.subject_id).await?
        }
        None => Some(introduce(plane, &tx, provider, (external, hash), &proof.claims, from).await?),
    };
    let person = person.filter(|person| person.state == SubjectState::Active);
    let person = person.ok_or(SignInProblem::Disabled)?;
    let is_regrouped = regroup(plane, &tx, provider, person.id, &proof.claims, from).await?;
    let fresh = sign_in::session_for(plane, &tx, person, Client::Portal).await?;
    let session = fresh.id;
    let context = session.to_string();
    let sealed = plane.key.seal(&context, &proof.id_token, &*plane.random);
    let row = ExternalSession {
        session_id: session,
        provider_id: provider.id,
        tenant_id: provider.tenant_id,
        id_token: sealed.map_err(|error| Error::internal("seal an id token", error))?,
        expires_at: fresh.caller.session_expires_at,
    };
    external_session::insert_anywhere(&tx, row).await?;
    audit::sign_in(&tx, plane, &fresh.caller, Some(&provider.id), from).await?;
    tx.commit().await?;
    if is_regrouped {
        plane.rights_changed(Some(provider.tenant_id));
    }
    Ok(fresh)
}

/// Puts somebody into the groups that the provider tells now, and out of those that it told before.
/// Groups that people of the tenant put them into are not touched. Nothing changes if nobody were
/// left who can manage access to the whole tenant. Says whether something changed.
async fn regroup(
    plane: &Plane,
    tx: &FleetTx,
    provider: &IdentityProvider,
    person: SubjectId,
    claims: &Map<String, Value>,
    from: IpAddr,
) -> Result<bool, Error> {
    let (tenant, now) = (provider.tenant_id, plane.clock.now());
    let names = mapped(provider, claims);
    let reader = tx.in_tenant(&task_scope(Task::SignIn, tenant));
    let groups = match names.is_empty() {
        true => Vec::new(),
        false => group::by_names(&reader, &names).await?,
    };
    let ids = groups.iter().map(|group| group.id).collect();
    let source = provider.id.to_string();
    let of = (tenant, person);
    let Some(before) = group_member::set_anywhere(tx, of, &source, &ids, now).await? else {
        return Ok(false);
    };
    let names: Vec<_> = groups.iter().map(|group| &group.name).collect();
    let mut audit = audit::of_fleet(tx.who(), "setGroups", &person, now);
    audit.address = Some(audit::address(from));
    audit.content = json!({ "provider": provider.id, "groups": names }).to_string();
    let mut is_changed = true;
    if !access::has_administrator(&reader).await? {
        group_member::set_anywhere(tx, of, &source, &before, now).await?;
        if access::has_administrator(&reader).await? {
            audit.outcome = AuditOutcome::Refused;
            audit.code = Some(ErrorCode::Conflict.to_string());
            audit::detail(&mut audit, "problem", json!("last_admin"));
            is_changed = false;
        } else {
            // There was nobody before either.
            group_member::set_anywhere(tx, of, &source, &ids, now).await?;
        }
    }
    outbox::record_anywhere(tx, Some(tenant), Vec::new(), vec![audit]).await?;
    Ok(is_changed)
}

/// Finds or makes the subject of somebody who comes for the first time.
async fn introduce(
    plane: &Plane,
    tx: &FleetTx,
    provider: &IdentityProvider,
    (external, external_hash): (&str, String),
    claims: &Map<String, Value>,
    from: IpAddr,
) -> Result<Subject, SignInError> {
    if !provider.creates_people && !provider.links_by_name {
        return Err(SignInProblem::UnknownPerson.into());
    }
    let name = name(provider, claims)?;
    let (tenant, now) = (provider.tenant_id, plane.clock.now());
    let person = match subject::find_by_name(tx, Some(tenant), &name).await? {
        // A program has tokens of its own, and nobody becomes it.
        Some(found) if provider.links_by_name && found.kind == SubjectKind::User => found,
        Some(_) => return Err(SignInProblem::NameTaken.into()),
        None if !provider.creates_people => return Err(SignInProblem::UnknownPerson.into()),
        None => {
            let row = Subject {
                id: SubjectId::next(&*plane.ids),
                tenant_id: Some(tenant),
                title: title(claims, &name),
                name,
                kind: SubjectKind::User,
                state: SubjectState::Active,
                created_at: now,
            };
            subject::insert_anywhere(tx, row.clone()).await.map_err(repeated)?;
            row
        }
    };
    let row = ExternalIdentity {
        provider_id: provider.id,
        external_hash,
        external: external.to_owned(),
        tenant_id: tenant,
        subject_id: person.id,
        created_at: now,
        last_used_at: now,
    };
    external_identity::insert_anywhere(tx, row).await.map_err(repeated)?;
    let mut audit = audit::of_fleet(tx.who(), "linkIdentity", &person.id, now);
    audit.address = Some(audit::address(from));
    audit.content = serde_json::json!({ "provider": provider.id }).to_string();
    outbox::record_anywhere(tx, Some(tenant), Vec::new(), vec![audit]).await?;
    Ok(person)
}

fn repeated(error: StoreError) -> Error {
    match error {
        StoreError::Conflict { .. } => Error::Repeated,
        other => other.into(),
    }
}

#[cfg(test)]
mod tests {
    use types::id::{IdentityProviderId, SystemIds, TenantId};
    use types::instant::Instant;

    use super::*;

    fn provider(name_claim: &str) -> IdentityProvider {
        IdentityProvider {
            id: IdentityProviderId::next(&SystemIds),
            tenant_id: TenantId::next(&SystemIds),
            name: "corp".to_owned(),
            title: "Corp".to_owned(),
            issuer: "https://id.example".to_owned(),
            client_id: "cellplane".to_owned(),
            client_secret: None,
            scopes: "openid".to_owned(),
            name_claim: name_claim.to_owned(),
            groups_claim: Some("groups".to_owned()),
            group_mapping: json!({ "/ops": "operators", "a": "b" }).to_string(),
            creates_people: true,
            links_by_name: false,
            assumes_s256: false,
            state: IdentityProviderState::Active,
            created_at: Instant::from_seconds(0),
            changed_at: Instant::from_seconds(0),
        }
    }

    fn map(claims: Value) -> Map<String, Value> {
        claims.as_object().expect("an object").clone()
    }

    #[track_caller]
    fn check(claim: &str, claims: Value, expected: Result<&str, SignInProblem>) {
        assert_eq!(name(&provider(claim), &map(claims)), expected.map(str::to_owned));
    }

    #[test]
    fn a_name_is_the_claim_or_a_verified_address() {
        let mail =
            |verified: Value| json!({ "email": "A@corp.example", "email_verified": verified });
        check("preferred_username", json!({ "preferred_username": "Ann.Lee" }), Ok("ann.lee"));
        check("preferred_username", mail(json!(true)), Ok("a@corp.example"));
        check("preferred_username", mail(json!(false)), Err(SignInProblem::NameMissing));
        check("preferred_username", mail(json!("true")), Err(SignInProblem::NameMissing));
        check("email", mail(json!(null)), Err(SignInProblem::NameMissing));
        check("upn", json!({ "upn": "u1", "preferred_username": "other" }), Ok("u1"));
        check("upn", json!({ "upn": 7 }), Err(SignInProblem::NameMissing));
        for bad in ["", "a b", "-a", "a\u{0}", "ännchen", "a/b", &"a".repeat(129)] {
            check("upn", json!({ "upn": bad }), Err(SignInProblem::NameUnusable));
        }
    }

    #[test]
    fn only_mapped_groups_are_brought() {
        let groups = |value: Value| mapped(&provider("upn"), &map(json!({ "groups": value })));
        let expected = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(groups(json!(["/ops", "other", "a", 7, null])), expected(&["b", "operators"]));
        assert_eq!(groups(json!("/ops")), expected(&["operators"]));
        assert_eq!(groups(json!({ "/ops": true })), expected(&[]));
        assert_eq!(groups(json!(null)), expected(&[]));
    }

    #[test]
    fn a_title_is_one_line() {
        let of = |value: Value| title(&map(json!({ "name": value })), "ann");
        assert_eq!(of(json!(" Ann\nLee ")), "AnnLee");
        assert_eq!(of(json!("")), "ann");
        assert_eq!(of(json!("安".repeat(100))), "安".repeat(80));
    }
}
