//! Sign-in by a one-time code, and sign-out.

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{ORIGIN, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use control_plane_core::call::{Call, Caller};
use control_plane_core::sign_in::{self, Client, FreshSession};
use serde::Deserialize;
use serde_json::json;
use types::secret::Secret;

use crate::http::Web;
use crate::http::address::ClientAddress;
use crate::http::authenticate::{cookie_name, foreign, is_own_origin};
use crate::http::graphql::read_json;
use crate::http::refusal::Refusal;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignIn {
    code: Secret,
    #[serde(default)]
    client: Option<String>,
}

/// `POST /sign-in`: uses the code up. A browser gets a cookie, the command line a token.
pub async fn sign_in(
    State(web): State<Web>,
    ClientAddress(from): ClientAddress,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    // A page that is not ours could otherwise sign its visitor in as somebody else.
    if headers.contains_key(ORIGIN) && !is_own_origin(&web, &headers) {
        return Err(foreign());
    }
    let bytes = read_json(&headers, body, web.body_max_bytes).await?;
    let wrong =
        |message| Refusal::new(StatusCode::BAD_REQUEST, "BAD_QUERY", message).why("not_json");
    let request: SignIn = serde_json::from_slice(&bytes)
        .map_err(|_| wrong("send {\"code\": \"…\"}, from the command line with \"client\""))?;
    let client = request.client.as_deref().unwrap_or(Client::Portal.as_str()).parse();
    let client = client.map_err(|_| wrong("the client is \"portal\" or \"command-line\""))?;
    let opened =
        sign_in::open(&web.plane, request.code.reveal(), client, from).await.map_err(|error| {
            let refusal = Refusal::from(error);
            if refusal.code != "UNAUTHENTICATED" {
                return refusal;
            }
            let message = "this sign-in code is unknown, used or over; ask for a new one";
            Refusal::new(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", message)
        })?;
    let FreshSession { token, caller, title, .. } = opened;
    let expires_at = caller.session_expires_at;
    if client == Client::CommandLine {
        let address = &web.plane.settings.public_address;
        let body = json!({
            "token": token.reveal(), "expiresAt": expires_at, "name": caller.name, "title": title,
            "address": address,
        });
        return Ok(Json(body).into_response());
    }
    let life_s = expires_at.since(web.plane.clock.now()).as_secs();
    let body = json!({ "name": caller.name, "title": title, "expiresAt": expires_at });
    let mut response = Json(body).into_response();
    set_cookie(&mut response, &web, token.reveal(), life_s);
    Ok(response)
}

/// `POST /sign-out`: ends the session, and what is open with it. Signed out already is as good.
/// Who came through a provider is told where to sign out there as well.
pub async fn sign_out(
    State(web): State<Web>,
    ClientAddress(from): ClientAddress,
    caller: Option<Extension<Caller>>,
) -> Result<Response, Refusal> {
    let mut farewell = None;
    if let Some(Extension(caller)) = caller {
        farewell = sign_in::close(&Call::new(web.plane.clone(), caller, Some(from))).await?;
    }
    let mut response = match farewell {
        Some(address) => Json(json!({ "endSession": address })).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    };
    set_cookie(&mut response, &web, "", 0);
    Ok(response)
}

/// Gives a browser the token of its session, or takes it away.
pub fn set_cookie(response: &mut Response, web: &Web, token: &str, life_s: u64) {
    let secure = if web.is_secure { "; Secure" } else { "" };
    let name = cookie_name(web.is_secure);
    let cookie =
        format!("{name}={token}; Path=/; Max-Age={life_s}; HttpOnly; SameSite=Strict{secure}");
    if let Ok(mut value) = HeaderValue::from_str(&cookie) {
        value.set_sensitive(true);
        response.headers_mut().append(SET_COOKIE, value);
    }
}
