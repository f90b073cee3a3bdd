//! `POST /graphql`: one JSON object with one query, from somebody who is known.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use control_plane_core::call::{Call, Caller};
use control_plane_core::error::Error;
use graphql::error::code_of;
use graphql::schema::loaders;
use tracing::Instrument as _;

use crate::http::Web;
use crate::http::address::ClientAddress;
use crate::http::observe::{CallId, Counts};
use crate::http::refusal::Refusal;

/// Answers one query.
pub async fn execute(
    State(web): State<Web>,
    ClientAddress(from): ClientAddress,
    caller: Option<Extension<Caller>>,
    refused: Option<Extension<Refusal>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let bytes = read_json(&headers, body, web.body_max_bytes).await?;
    let Some(Extension(caller)) = caller else {
        return Err(refused.map_or_else(|| Error::Unauthenticated.into(), |found| found.0));
    };
    let wrong = |message| Refusal::new(StatusCode::BAD_REQUEST, "BAD_QUERY", message);
    if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[') {
        return Err(wrong("send one query at a time; a list of queries is not taken").why("batch"));
    }
    let request: async_graphql::Request = serde_json::from_slice(&bytes).map_err(|_| {
        wrong("send a JSON object with query, variables and operationName").why("not_json")
    })?;
    let call = Call::new(web.plane.clone(), caller, Some(from));
    let id = call.request();
    let span = tracing::info_span!("call", call.id = %id, subject.id = %call.caller().subject);
    let request = request.data(loaders(&call)).data(call);
    let answer = web.schema.execute(request).instrument(span).await;
    let code = match answer.errors.first() {
        None => "OK",
        Some(error) => code_of(error).map_or("BAD_QUERY", |code| code.as_str()),
    };
    let mut response = Json(answer).into_response();
    response.extensions_mut().insert(Counts(code));
    response.extensions_mut().insert(CallId(id));
    Ok(response)
}

/// The body of a request that says it is JSON and is not too long.
pub async fn read_json(headers: &HeaderMap, body: Body, max: usize) -> Result<Bytes, Refusal> {
    // Forms and plain text can be sent across sites without asking; JSON cannot.
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        let message = "send the body as application/json";
        let refusal = Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "BAD_QUERY", message);
        return Err(refusal.why("content_type"));
    }
    to_bytes(body, max).await.map_err(|_| {
        let message = format!("the body is longer than {max} bytes or broke off");
        Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "BAD_QUERY", message).why("body_too_long")
    })
}
