//! Sign-in through an OpenID provider: what a tenant has, the way there, and the way back.
//!
//! A browser is here on its way between two pages, so every refusal is a page, too: the portal's
//! sign-in page with a stable word. Nothing of what a provider said goes there.

use std::net::IpAddr;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header::{COOKIE, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use control_plane_core::error::Error;
use control_plane_core::identity_provider::IdentityProvider;
use control_plane_core::pending_sign_in::{self as pending, PendingSignIn, Return};
use control_plane_core::sign_in::FreshSession;
use control_plane_core::sign_in::problem::{SignInError, SignInProblem};
use control_plane_core::{external_identity, token};
use serde::Deserialize;
use serde_json::json;
use types::name::Name;
use types::secret::Secret;

use crate::http::Web;
use crate::http::address::ClientAddress;
use crate::http::login::set_cookie;
use crate::http::observe::Counts;
use crate::http::refusal::Refusal;
use crate::openid::{Arrival, CALLBACK, word};

/// Longest query that is looked at.
const QUERY_MAX: usize = 8 * 1024;
/// The cookie that binds a sign-in to its browser; a part of the state's hash follows, so that
/// several can be on their way.
const BINDING: &str = "cellplane_sign_in_";
const BINDING_NAME: usize = 16;

/// What `GET /sign-in/providers` is asked.
#[derive(Deserialize)]
pub struct OfTenant {
    tenant: String,
}

/// What `GET /sign-in/start` is asked.
#[derive(Deserialize)]
pub struct Start {
    tenant: String,
    provider: String,
    #[serde(rename = "return")]
    return_path: Option<String>,
}

/// What a provider sends a browser back with.
#[derive(Deserialize)]
pub struct Callback {
    state: Option<String>,
    code: Option<Secret>,
    iss: Option<String>,
    error: Option<String>,
}

/// `GET /sign-in/providers?tenant=`: names and titles of what people of a tenant can sign in
/// through. A tenant that does not exist has none, like one that has none.
pub async fn providers(
    State(web): State<Web>,
    query: Result<Query<OfTenant>, QueryRejection>,
) -> Result<Response, Refusal> {
    let Ok(Query(asked)) = query else {
        let message = "name the tenant: /sign-in/providers?tenant=acme";
        return Err(Refusal::new(StatusCode::BAD_REQUEST, "BAD_QUERY", message));
    };
    let rows = pending::providers(&web.plane, &asked.tenant).await?;
    let shown = |row: IdentityProvider| json!({ "name": row.name, "title": row.title });
    let list: Vec<_> = rows.into_iter().map(shown).collect();
    Ok(Json(json!({ "providers": list })).into_response())
}

/// `GET /sign-in/start?tenant=&provider=&return=`: sends a browser to a provider.
pub async fn start(
    State(web): State<Web>,
    uri: Uri,
    query: Result<Query<Start>, QueryRejection>,
) -> Response {
    let Some(Query(asked)) = query.ok().filter(|_| is_short(&uri)) else {
        return refused(&web, None, SignInProblem::Malformed);
    };
    match leave(&web, &asked).await {
        Ok(response) => response,
        Err(error) => turned_away(&web, Some(&asked.tenant), error),
    }
}

async fn leave(web: &Web, asked: &Start) -> Result<Response, SignInError> {
    let known = pending::providers(&web.plane, &asked.tenant).await?;
    let provider = known.into_iter().find(|row| row.name == asked.provider);
    let provider = provider.ok_or(SignInProblem::UnknownProvider)?;
    let document = web.openid.document(&provider).await?;
    let return_path = asked.return_path.as_deref().unwrap_or("/");
    let departure = pending::begin(&web.plane, &provider, return_path).await?;
    let address = web.openid.departure(&provider, &document, &departure)?;
    let mut response = to(&address);
    bind(
        &mut response,
        web,
        departure.state.reveal(),
        departure.binding.reveal(),
        pending::LIFE.as_secs(),
    );
    Ok(response)
}

/// `GET /sign-in/callback`: a browser comes back.
pub async fn callback(
    State(web): State<Web>,
    ClientAddress(from): ClientAddress,
    uri: Uri,
    headers: HeaderMap,
    query: Result<Query<Callback>, QueryRejection>,
) -> Response {
    let Some(Query(came)) = query.ok().filter(|_| is_short(&uri)) else {
        return refused(&web, None, SignInProblem::Malformed);
    };
    let Some(state) = came.state.clone() else {
        return refused(&web, None, SignInProblem::UnknownState);
    };
    let binding = binding(&headers, &state);
    let taken = pending::take(&web.plane, &state, binding.as_ref().map(Secret::reveal)).await;
    let mut response = match taken {
        Err(error) => turned_away(&web, None, error.into()),
        Ok(Return::Unknown) => refused(&web, None, SignInProblem::UnknownState),
        Ok(Return::Refused(row, problem)) => {
            // Another browser keeps its cookie: it may have begun a sign-in of its own.
            return kept(&web, &row, problem, None, from).await;
        }
        Ok(Return::Taken(row, provider)) => arrive(&web, &provider, &row, came, from).await,
    };
    bind(&mut response, &web, &state, "", 0);
    response
}

async fn arrive(
    web: &Web,
    provider: &IdentityProvider,
    row: &PendingSignIn,
    came: Callback,
    from: IpAddr,
) -> Response {
    let Callback { code, iss: issuer, error, .. } = came;
    let arrival = Arrival { code, issuer, error };
    match enter(web, provider, row, &arrival, from).await {
        Ok(FreshSession { token, caller, .. }) => {
            let mut response = to(&row.return_path);
            let life = caller.session_expires_at.since(web.plane.clock.now());
            set_cookie(&mut response, web, token.reveal(), life.as_secs());
            response
        }
        Err(SignInError::Refused(problem)) => {
            let detail = arrival.error.as_deref().map(word);
            kept(web, row, problem, detail.as_deref(), from).await
        }
        Err(error) => turned_away(web, None, error),
    }
}

async fn enter(
    web: &Web,
    provider: &IdentityProvider,
    row: &PendingSignIn,
    arrival: &Arrival,
    from: IpAddr,
) -> Result<FreshSession, SignInError> {
    let proof = web.openid.arrive(&web.plane, provider, row, arrival).await?;
    external_identity::sign_in(&web.plane, provider, &proof, from).await
}

/// Refuses what is known to a tenant, and keeps it in the tenant's audit.
async fn kept(
    web: &Web,
    row: &PendingSignIn,
    problem: SignInProblem,
    detail: Option<&str>,
    from: IpAddr,
) -> Response {
    match pending::refused(&web.plane, row, problem, detail, from).await {
        Ok(()) => refused(web, None, problem),
        Err(error) => turned_away(web, None, error.into()),
    }
}

fn turned_away(web: &Web, tenant: Option<&str>, error: SignInError) -> Response {
    match error {
        SignInError::Refused(problem) => refused(web, tenant, problem),
        SignInError::Failed(error) => failed(error),
    }
}

/// To the sign-in page, with the word for why.
fn refused(web: &Web, tenant: Option<&str>, problem: SignInProblem) -> Response {
    web.metrics.refused_sign_in(problem.as_str());
    let tenant = tenant.and_then(|tenant| tenant.parse::<Name>().ok());
    let tenant = tenant.map(|tenant| format!("&tenant={tenant}")).unwrap_or_default();
    let mut response = to(&format!("/sign-in?problem={problem}{tenant}"));
    response.extensions_mut().insert(Counts("UNAUTHENTICATED"));
    response
}

/// To the sign-in page, when it is our fault; the log says more.
fn failed(error: Error) -> Response {
    let code = Refusal::from(error).code;
    let mut response = to("/sign-in?problem=unavailable");
    response.extensions_mut().insert(Counts(code));
    response
}

fn to(address: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(mut address) = HeaderValue::from_str(address) {
        address.set_sensitive(true);
        response.headers_mut().insert(LOCATION, address);
    }
    response
}

fn is_short(uri: &Uri) -> bool {
    uri.query().is_none_or(|query| query.len() <= QUERY_MAX)
}

fn cookie_name(state: &str) -> String {
    format!("{BINDING}{}", &token::hash(state)[..BINDING_NAME])
}

/// Gives a browser the cookie that it comes back with, or takes it away. A provider sends it back
/// from another site, so the cookie is `Lax` and not `Strict`.
fn bind(response: &mut Response, web: &Web, state: &str, value: &str, life_s: u64) {
    let secure = if web.is_secure { "; Secure" } else { "" };
    let name = cookie_name(state);
    let cookie = format!(
        "{name}={value}; Path={CALLBACK}; Max-Age={life_s}; HttpOnly; SameSite=Lax{secure}"
    );
    if let Ok(mut cookie) = HeaderValue::from_str(&cookie) {
        cookie.set_sensitive(true);
        response.headers_mut().append(SET_COOKIE, cookie);
    }
}

fn binding(headers: &HeaderMap, state: &str) -> Option<Secret> {
    let name = cookie_name(state);
    let lines = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    lines
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(found, _)| *found == name)
        .map(|(_, value)| Secret::new(value))
}
