//! Whether the plane lives, whether it can serve, and its numbers.

use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};

use crate::http::Web;
use crate::http::refusal::Refusal;

/// Whoever asks whether the plane is ready does not wait long for it.
const READY_LIMIT: Duration = Duration::from_secs(5);

/// Answers as long as the process can.
pub async fn healthz() -> &'static str {
    "alive\n"
}

/// Answers well if the database does and its tables are those of this program.
pub async fn readyz(State(web): State<Web>) -> Result<&'static str, Refusal> {
    let unready =
        |message: &str| Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", message);
    if web.ends.stop.is_cancelled() {
        return Err(unready("the plane is stopping"));
    }
    let pending = async {
        web.plane.store.ping().await?;
        web.plane.store.pending_migrations().await
    };
    match tokio::time::timeout(READY_LIMIT, pending).await {
        Ok(Ok(0)) => Ok("ready\n"),
        Ok(Ok(_)) => Err(unready("the database has to be migrated; run `cellplane-plane migrate`")),
        Ok(Err(error)) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "database did not answer");
            Err(unready("the database does not answer"))
        }
        Err(_) => {
            tracing::warn!("database did not answer in time");
            Err(unready("the database does not answer in time"))
        }
    }
}

/// The numbers, to this machine alone and not through a proxy on it.
pub async fn metrics(
    State(web): State<Web>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response {
    let forwarded = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];
    if !peer.ip().is_loopback() || forwarded.iter().any(|name| headers.contains_key(*name)) {
        return Refusal::new(StatusCode::NOT_FOUND, "NOT_FOUND", "nothing is here").into_response();
    }
    web.metrics.into_response()
}
