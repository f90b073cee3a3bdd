//! The port of people: API, sign-in, portal, health. What a request may do is decided in `core`.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use control_plane_core::plane::SharedPlane;
use ipnet::IpNet;

use crate::http::limit::Limiter;
use crate::http::refusal::Refusal;
use crate::listener::Ends;
use crate::metrics::Metrics;
use crate::openid::OpenId;

pub mod address;
pub mod authenticate;
pub mod external;
pub mod graphql;
pub mod health;
pub mod limit;
pub mod login;
pub mod observe;
pub mod patience;
pub mod portal;
pub mod refusal;
pub mod security;
pub mod socket;
pub mod stream;

/// What the answers of this port are made from.
pub struct WebParts {
    /// The plane.
    pub plane: SharedPlane,
    /// OpenID providers.
    pub openid: Arc<OpenId>,
    /// The API.
    pub schema: ::graphql::Schema,
    /// What browsers may send as Origin: where people reach the portal, and where it listens.
    pub origins: Vec<String>,
    /// Whether people come over https.
    pub is_secure: bool,
    /// Whose word it is for whom they ask.
    pub trusted_proxies: Vec<IpNet>,
    /// Bytes of one request, and of one message of a WebSocket.
    pub body_max_bytes: usize,
    /// How often an open WebSocket looks at its session.
    pub recheck: Duration,
    /// No request takes longer.
    pub patience: Duration,
    /// How often a subject may ask, also through a WebSocket.
    pub requests: Limiter,
    /// Counts requests.
    pub metrics: Arc<Metrics>,
    /// Whether the numbers answer here, to this machine.
    pub shows_metrics: bool,
    /// When everything ends.
    pub ends: Ends,
}

/// The parts, shared by all requests.
pub type Web = Arc<WebParts>;

/// The routes of this port. `strangers` limits sign-ins.
pub fn router(web: Web, strangers: &Limiter) -> Router {
    let requests = &web.requests;
    let known = Router::new()
        .route("/graphql", post(graphql::execute).fallback(refuse_method))
        .route("/sign-out", post(login::sign_out).fallback(refuse_method))
        .layer(requests.layer(limit::too_many))
        .layer(from_fn_with_state(web.clone(), authenticate::authenticate))
        .layer(from_fn_with_state(web.patience, patience::of_people));
    let socket = Router::new()
        .route("/graphql/ws", get(socket::open).fallback(refuse_method))
        .layer(requests.layer(limit::too_many))
        .layer(from_fn_with_state(web.clone(), limit::by_client));
    let sign_in = Router::new()
        .route("/sign-in", post(login::sign_in).get(portal::show).fallback(refuse_method))
        .route("/sign-in/providers", get(external::providers))
        .route("/sign-in/start", get(external::start))
        .route("/sign-in/callback", get(external::callback))
        .layer(strangers.layer(limit::too_many))
        .layer(from_fn_with_state(web.clone(), limit::by_client))
        .layer(from_fn_with_state(web.patience, patience::of_people));
    let mut router = Router::new()
        .merge(known)
        .merge(socket)
        .merge(sign_in)
        .merge(portal::router())
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz));
    if web.shows_metrics {
        router = router.route("/metrics", get(health::metrics));
    }
    router
        .layer(from_fn_with_state(web.is_secure, security::headers))
        .layer(from_fn_with_state(web.clone(), observe::observe))
        .with_state(web)
}

/// The routes of the port of numbers alone.
pub fn metrics_router(metrics: Arc<Metrics>) -> Router {
    let numbers = get(async move || metrics.into_response());
    Router::new().route("/metrics", numbers).layer(from_fn_with_state(false, security::headers))
}

async fn refuse_method() -> Refusal {
    let message = "this address takes POST with a JSON body";
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "BAD_QUERY", message).why("method")
}
