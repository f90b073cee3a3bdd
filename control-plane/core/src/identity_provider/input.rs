//! What may be set of a provider. Whether the provider itself is of use, its wire finds out.

use std::collections::{BTreeMap, BTreeSet};

use control_plane_store::IdentityProviderState;
use control_plane_store::identity_provider::IdentityProvider;
use types::id::{IdentityProviderId, TenantId};
use types::instant::Instant;
use types::name::{Name, Title};

use super::Settings;
use crate::error::{Error, FieldProblem, Result};
use crate::plane::Plane;
use crate::sign_in::problem::SignInProblem;

const CLAIM_MAX: usize = 128;
const CLIENT_ID_MAX: usize = 255;
const SECRET_MAX: usize = 1_024;
const SCOPES_MAX: usize = 512;
const MAPPING_MAX: usize = 200;
const VALUE_MAX: usize = 255;

/// Settings that make sense.
pub(super) struct Checked<'s>(&'s Settings);

/// A provider as it is when nothing else is said.
pub(super) fn defaults(
    id: IdentityProviderId,
    tenant_id: TenantId,
    name: &Name,
    issuer: &str,
    now: Instant,
) -> IdentityProvider {
    IdentityProvider {
        id,
        tenant_id,
        name: name.to_string(),
        title: name.to_string(),
        issuer: issuer.to_owned(),
        client_id: String::new(),
        client_secret: None,
        scopes: "openid profile email".to_owned(),
        name_claim: "preferred_username".to_owned(),
        groups_claim: None,
        group_mapping: "{}".to_owned(),
        creates_people: false,
        links_by_name: false,
        assumes_s256: false,
        state: IdentityProviderState::Active,
        created_at: now,
        changed_at: now,
    }
}

fn is_line(text: &str, max: usize) -> bool {
    (1..=max).contains(&text.len()) && !text.chars().any(char::is_control)
}

/// RFC 6749, 3.3.
fn is_scope(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
    !text.is_empty() && text.bytes().all(allowed)
}

/// Each value once, with a group that can exist.
fn is_mapping(pairs: &[(String, String)]) -> bool {
    let values: BTreeSet<_> = pairs.iter().map(|(value, _)| value).collect();
    let fits = |(value, group): &(String, String)| {
        is_line(value, VALUE_MAX) && group.parse::<Name>().is_ok()
    };
    pairs.len() <= MAPPING_MAX && values.len() == pairs.len() && pairs.iter().all(fits)
}

impl<'s> Checked<'s> {
    /// All that is wrong with the settings, or the settings.
    pub(super) fn of(settings: &'s Settings) -> Result<Self> {
        let mut problems = Vec::new();
        let mut check = |holds: bool, field: &str, message: &str| {
            if !holds {
                problems.push(FieldProblem {
                    field: field.to_owned(),
                    problem: "malformed".to_owned(),
                    message: message.to_owned(),
                });
            }
        };
        let line =
            |text: &Option<String>, max| text.as_deref().is_none_or(|text| is_line(text, max));
        let title = settings.title.as_deref().map(str::parse::<Title>);
        let message = "use 1 to 80 characters on one line, without spaces at the ends";
        check(title.is_none_or(|title| title.is_ok()), "title", message);
        let message = "use what the provider calls cellplane: up to 255 characters on one line";
        check(line(&settings.client_id, CLIENT_ID_MAX), "clientId", message);
        let secret = settings.client_secret.as_ref().map(types::secret::Secret::reveal);
        let is_secret = |text: &str| text.is_empty() || is_line(text, SECRET_MAX);
        let message = "use up to 1024 characters on one line, or nothing to take it away";
        check(secret.is_none_or(is_secret), "clientSecret", message);
        let scopes = settings.scopes.as_deref().unwrap_or_default();
        let length: usize = scopes.iter().map(|scope| scope.len() + 1).sum();
        let message = "use words without spaces, together up to 500 characters";
        let is_short = length + "openid".len() <= SCOPES_MAX;
        check(is_short && scopes.iter().all(|scope| is_scope(scope)), "scopes", message);
        let message = "use the name of a claim: up to 128 characters on one line";
        check(line(&settings.name_claim, CLAIM_MAX), "nameClaim", message);
        let groups = settings.groups_claim.as_deref().unwrap_or_default();
        check(groups.is_empty() || is_line(groups, CLAIM_MAX), "groupsClaim", message);
        let message = "use up to 200 values of the claim, each once with the name of a group";
        check(settings.group_mapping.as_deref().is_none_or(is_mapping), "groupMapping", message);
        if problems.is_empty() { Ok(Self(settings)) } else { Err(Error::Invalid(problems)) }
    }

    /// Sets what is given.
    pub(super) fn apply(&self, plane: &Plane, row: &mut IdentityProvider) -> Result<()> {
        let Settings { title, client_id, client_secret, scopes, .. } = self.0.clone();
        row.title = title.unwrap_or_else(|| std::mem::take(&mut row.title));
        row.client_id = client_id.unwrap_or_else(|| std::mem::take(&mut row.client_id));
        if let Some(secret) = client_secret {
            let context = row.id.to_string();
            let sealed = plane.key.seal(&context, &secret, &*plane.random);
            let sealed = sealed.map_err(|error| Error::internal("seal a client secret", error))?;
            row.client_secret = Some(sealed).filter(|_| !secret.reveal().is_empty());
        }
        if let Some(scopes) = scopes {
            let others = scopes.into_iter().filter(|scope| scope != "openid");
            let all: Vec<_> = std::iter::once("openid".to_owned()).chain(others).collect();
            row.scopes = all.join(" ");
        }
        let Settings { name_claim, groups_claim, group_mapping, .. } = self.0.clone();
        row.name_claim = name_claim.unwrap_or_else(|| std::mem::take(&mut row.name_claim));
        if let Some(claim) = groups_claim {
            row.groups_claim = Some(claim).filter(|claim| !claim.is_empty());
        }
        if let Some(pairs) = group_mapping {
            let mapping: BTreeMap<_, _> = pairs.into_iter().collect();
            row.group_mapping = serde_json::to_string(&mapping)
                .map_err(|error| Error::internal("keep a mapping of groups", error))?;
        }
        let Settings { creates_people, links_by_name, assumes_s256, is_active, .. } = self.0;
        row.creates_people = creates_people.unwrap_or(row.creates_people);
        row.links_by_name = links_by_name.unwrap_or(row.links_by_name);
        row.assumes_s256 = assumes_s256.unwrap_or(row.assumes_s256);
        row.state = match is_active {
            Some(true) => IdentityProviderState::Active,
            Some(false) => IdentityProviderState::Disabled,
            None => row.state,
        };
        Ok(())
    }
}

/// Why people could not sign in through a provider.
pub(super) fn problem_of(field: &str, problem: SignInProblem) -> Error {
    let message = match problem {
        SignInProblem::Unreachable => {
            "the plane does not reach this address; check it, its certificate and the network"
        }
        SignInProblem::AddressRefused => {
            "use an https address without user, query and fragment, whose endpoints are https, too"
        }
        SignInProblem::IssuerMismatch => {
            "the document there is of another issuer; use the issuer exactly as it stands there"
        }
        SignInProblem::NoCodeFlow => "this provider has no authorization code flow",
        SignInProblem::NoS256 => {
            "this provider does not announce code challenges with S256; if it is known to check \
             them all the same, say so with assumesS256"
        }
        SignInProblem::NoAlgorithm => {
            "this provider signs with nothing that is taken; let it use RS256, PS256, ES256 or EdDSA"
        }
        SignInProblem::Redirected => "this address leads elsewhere; use the one it leads to",
        SignInProblem::ProviderFailed => {
            "there is no /.well-known/openid-configuration below this address"
        }
        _ => "the documents of this provider cannot be used",
    };
    Error::invalid(field, problem.as_str(), message)
}
