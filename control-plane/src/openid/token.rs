//! From a code to a person: the exchange, and everything that an id token must be.

use chrono::{DateTime, Utc};
use control_plane_core::external_identity::Proof;
use control_plane_core::sign_in::problem::SignInProblem;
use control_plane_core::token::hash;
use data_encoding::BASE64URL_NOPAD;
use openidconnect::core::{
    CoreClient, CoreClientAuthMethod, CoreIdToken, CoreIdTokenVerifier, CoreJsonWebKeySet,
    CoreTokenResponse,
};
use openidconnect::{
    AccessTokenHash, AuthType, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, Nonce, OAuth2TokenResponse as _,
    PkceCodeVerifier, RedirectUrl, RequestTokenError, SignatureVerificationError,
    TokenResponse as _,
};
use serde_json::{Map, Value};
use types::instant::Instant;
use types::secret::Secret;

use crate::openid::document::Document;
use crate::openid::fetch::{Fetch, Trouble};
use crate::openid::json;

/// By how much the clocks of provider and plane may differ, in seconds.
pub const LEEWAY_S: i64 = 60;

/// The library's client, with the endpoints that a document gives it.
pub type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// What an id token must fit to.
#[derive(Debug)]
pub struct Expected<'e> {
    /// Who we are there.
    pub client_id: &'e str,
    /// Hash of the nonce that was sent.
    pub nonce_hash: &'e str,
    /// When the browser left.
    pub began: Instant,
    /// The time.
    pub now: Instant,
}

/// The client for a provider.
pub fn client(
    document: &Document,
    client_id: &str,
    secret: Option<&Secret>,
    redirect: &str,
) -> Result<Client, SignInProblem> {
    let redirect = RedirectUrl::new(redirect.to_owned());
    let redirect = redirect.map_err(|_| SignInProblem::AddressRefused)?;
    let secret = secret.map(|secret| ClientSecret::new(secret.reveal().to_owned()));
    let id = ClientId::new(client_id.to_owned());
    let methods = document.metadata.token_endpoint_auth_methods_supported();
    let has = |method| methods.is_none_or(|methods| methods.contains(&method));
    // Basic is what a provider does that says nothing (OpenID Connect Discovery, 3).
    let by_header = has(CoreClientAuthMethod::ClientSecretBasic)
        || !has(CoreClientAuthMethod::ClientSecretPost);
    let client = CoreClient::from_provider_metadata(document.metadata.clone(), id, secret);
    let way = if by_header { AuthType::BasicAuth } else { AuthType::RequestBody };
    Ok(client.set_redirect_uri(redirect).set_auth_type(way))
}

/// Redeems a code.
pub async fn exchange(
    fetch: &Fetch,
    client: &Client,
    code: &str,
    verifier: &Secret,
) -> Result<CoreTokenResponse, SignInProblem> {
    let request = client.exchange_code(AuthorizationCode::new(code.to_owned()));
    let request = request.map_err(|_| SignInProblem::NoCodeFlow)?;
    let request = request.set_pkce_verifier(PkceCodeVerifier::new(verifier.reveal().to_owned()));
    request.request_async(fetch).await.map_err(|error| match error {
        RequestTokenError::Request(Trouble(problem)) => problem,
        RequestTokenError::ServerResponse(_) => SignInProblem::CodeRefused,
        RequestTokenError::Parse(_, body) => {
            let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
            let has_token = answer["id_token"].is_string() && answer["access_token"].is_string();
            if has_token { SignInProblem::TokenMalformed } else { SignInProblem::AnswerMalformed }
        }
        RequestTokenError::Other(_) => SignInProblem::ProviderFailed,
    })
}

/// Everything that the token must be, by the provider's keys.
pub fn verify(
    keys: CoreJsonWebKeySet,
    document: &Document,
    answer: &CoreTokenResponse,
    expected: &Expected<'_>,
) -> Result<Proof, SignInProblem> {
    let token = answer.id_token().ok_or(SignInProblem::TokenMissing)?;
    let text = token.to_string();
    let raw = payload(&text)?;
    let latest = expected.now.seconds() - LEEWAY_S;
    let time = DateTime::<Utc>::from_timestamp(latest, 0).ok_or(SignInProblem::Expired)?;
    // As of a client without a secret: nothing is ever verified with a shared one.
    let (id, issuer) = (expected.client_id.to_owned(), document.metadata.issuer().clone());
    let verifier = CoreIdTokenVerifier::new_public_client(ClientId::new(id), issuer, keys)
        .set_allowed_algs(document.algorithms.iter().cloned())
        .set_time_fn(move || time);
    let nonce = |found: Option<&Nonce>| match found {
        Some(found) if hash(found.secret()) == expected.nonce_hash => Ok(()),
        _ => Err(String::new()),
    };
    let claims = token.claims(&verifier, nonce).map_err(problem)?;
    let issued = claims.issue_time().timestamp();
    if issued > expected.now.seconds() + LEEWAY_S {
        return Err(SignInProblem::IssuedLate);
    }
    if issued < expected.began.seconds() - LEEWAY_S {
        return Err(SignInProblem::IssuedEarly);
    }
    judge(&raw, expected)?;
    if let Some(of_access_token) = claims.access_token_hash() {
        fits(token, &verifier, answer, of_access_token)?;
    }
    Ok(Proof { claims: raw, id_token: Secret::new(text) })
}

/// What the library leaves to us: who asked for the token, from when on it holds, and for whom it
/// is besides.
fn judge(claims: &Map<String, Value>, expected: &Expected<'_>) -> Result<(), SignInProblem> {
    match claims.get("azp") {
        None => {}
        Some(Value::String(party)) if party == expected.client_id => {}
        Some(_) => return Err(SignInProblem::AuthorizedParty),
    }
    match claims.get("nbf") {
        None => {}
        Some(Value::Number(number)) => {
            let from = number.as_i64().ok_or(SignInProblem::TokenMalformed)?;
            if from > expected.now.seconds() + LEEWAY_S {
                return Err(SignInProblem::NotYetValid);
            }
        }
        Some(_) => return Err(SignInProblem::TokenMalformed),
    }
    Ok(())
}

/// Whether the access token beside it is the one that the id token was issued with.
fn fits(
    token: &CoreIdToken,
    verifier: &CoreIdTokenVerifier<'_>,
    answer: &CoreTokenResponse,
    expected: &AccessTokenHash,
) -> Result<(), SignInProblem> {
    let wrong = SignInProblem::AccessTokenHash;
    let algorithm = token.signing_alg().map_err(|_| wrong)?;
    let key = token.signing_key(verifier).map_err(|_| wrong)?;
    let actual = AccessTokenHash::from_token(answer.access_token(), algorithm, key);
    if actual.is_ok_and(|actual| actual == *expected) { Ok(()) } else { Err(wrong) }
}

/// The claims as they were signed.
fn payload(token: &str) -> Result<Map<String, Value>, SignInProblem> {
    let malformed = SignInProblem::TokenMalformed;
    let mut parts = token.split('.').map(|part| BASE64URL_NOPAD.decode(part.as_bytes()));
    let header = parts.next().and_then(Result::ok).ok_or(malformed)?;
    let payload = parts.next().and_then(Result::ok).ok_or(malformed)?;
    if !json::is_plain(&header) || !json::is_plain(&payload) {
        return Err(malformed);
    }
    serde_json::from_slice(&payload).map_err(|_| malformed)
}

fn problem(error: ClaimsVerificationError) -> SignInProblem {
    use ClaimsVerificationError as Claims;
    use SignatureVerificationError as Signature;
    match error {
        Claims::Expired(_) => SignInProblem::Expired,
        Claims::InvalidAudience(_) => SignInProblem::Audience,
        Claims::InvalidIssuer(_) => SignInProblem::Issuer,
        Claims::InvalidNonce(_) => SignInProblem::Nonce,
        Claims::SignatureVerification(error) => match error {
            Signature::DisallowedAlg(_) | Signature::NoSignature | Signature::UnsupportedAlg(_) => {
                SignInProblem::Algorithm
            }
            Signature::NoMatchingKey | Signature::AmbiguousKeyId(_) => SignInProblem::KeyUnknown,
            _ => SignInProblem::Signature,
        },
        _ => SignInProblem::TokenMalformed,
    }
}
