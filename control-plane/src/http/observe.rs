//! One span, one id and one count per request.

use axum::extract::{MatchedPath, Request, State};
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::Instant;
use tracing::Instrument as _;
use types::id::RequestId;

use crate::http::Web;
use crate::http::refusal::Refusal;

/// The code that an answer counts under, if it is not the status that tells.
#[derive(Clone, Copy, Debug)]
pub struct Counts(pub &'static str);

/// The id that a call gave its request, instead of ours.
#[derive(Clone, Copy, Debug)]
pub struct CallId(pub RequestId);

/// Gives the request an id, counts it, and writes refusals out.
pub async fn observe(State(web): State<Web>, request: Request, next: Next) -> Response {
    let id = RequestId::next(&*web.plane.ids);
    let kind = kind(request.extensions().get::<MatchedPath>().map(MatchedPath::as_str));
    let span = tracing::info_span!("request", request.id = %id, kind, method = %request.method());
    let began = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    let extensions = response.extensions_mut();
    let id = extensions.remove::<CallId>().map_or(id, |CallId(id)| id);
    let counts = extensions.remove::<Counts>();
    let code = if let Some(refusal) = extensions.remove::<Refusal>() {
        let code = refusal.code;
        let headers = std::mem::take(response.headers_mut());
        response = refusal.render(id);
        response.headers_mut().extend(headers);
        code
    } else {
        counts.map_or_else(
            || if response.status().is_server_error() { "INTERNAL" } else { "OK" },
            |it| it.0,
        )
    };
    let took = began.elapsed();
    web.metrics.answered(kind, code, took);
    tracing::debug!(parent: &span, status = response.status().as_u16(), code, ?took, "answered");
    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        response.headers_mut().insert("x-request-id", value);
    }
    response
}

/// A fixed list, since whatever is asked for must not become a label.
fn kind(path: Option<&str>) -> &'static str {
    match path {
        Some("/graphql") => "graphql",
        Some("/graphql/ws") => "web_socket",
        Some("/sign-in" | "/sign-in/start" | "/sign-in/callback" | "/sign-in/providers") => {
            "sign_in"
        }
        Some("/sign-out") => "sign_out",
        Some("/healthz" | "/readyz" | "/metrics") => "health",
        _ => "portal",
    }
}
