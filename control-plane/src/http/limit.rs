//! Limits on how often someone may ask: per subject, or per address of whom nobody knows yet.
//!
//! Limits hold per process and on the machine's clock: with several processes they are a best effort
//! and not an account.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use governor::middleware::NoOpMiddleware;
use tower_governor::governor::{GovernorConfig, GovernorConfigBuilder};
use tower_governor::key_extractor::KeyExtractor;
use tower_governor::{GovernorError, GovernorLayer};
use types::clock::SharedClock;
use types::id::SubjectId;

use crate::http::address::ClientAddress;
use crate::http::refusal::Refusal;

/// How often the counters of those who went away are dropped.
const FORGET_EVERY: Duration = Duration::from_secs(60);

/// Whose requests are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LimitKey {
    /// A signed-in subject, wherever from.
    Subject(SubjectId),
    /// Everybody at an address.
    Address(IpAddr),
}

/// Reads the key that an earlier layer left.
#[derive(Clone, Copy, Debug)]
pub struct ByKey;

impl KeyExtractor for ByKey {
    type Key = LimitKey;

    fn extract<T>(&self, request: &axum::http::Request<T>) -> Result<LimitKey, GovernorError> {
        request.extensions().get().copied().ok_or(GovernorError::UnableToExtractKey)
    }
}

/// The counters of one limit.
#[derive(Clone)]
pub struct Limiter(Arc<GovernorConfig<ByKey, NoOpMiddleware>>);

impl Limiter {
    /// So many requests in a row, and so many per second after that.
    pub fn new(burst: u32, per_second: u32) -> Self {
        let period = Duration::from_secs(1) / per_second.max(1);
        let mut builder = GovernorConfigBuilder::default();
        let config = builder.period(period).burst_size(burst.max(1)).key_extractor(ByKey).finish();
        Self(Arc::new(config.expect("neither burst nor period is zero")))
    }

    /// The layer that holds the limit, with the answer to those beyond it.
    pub fn layer(
        &self,
        beyond: impl Fn(GovernorError) -> Response + Send + Sync + 'static,
    ) -> GovernorLayer<ByKey, NoOpMiddleware, Body> {
        GovernorLayer::new(self.0.clone()).error_handler(beyond)
    }

    /// Counts one more for somebody whose request does not come through a layer.
    pub fn admits(&self, key: LimitKey) -> bool {
        self.0.limiter().check_key(&key).is_ok()
    }

    /// Drops the counters of those who went away, for ever.
    pub async fn forget(self, clock: SharedClock) {
        loop {
            clock.sleep(FORGET_EVERY).await;
            self.0.limiter().retain_recent();
            self.0.limiter().shrink_to_fit();
        }
    }
}

/// Seconds to wait, at least one.
pub fn wait_s(error: &GovernorError) -> u64 {
    match error {
        GovernorError::TooManyRequests { wait_time, .. } => (*wait_time).max(1),
        GovernorError::UnableToExtractKey | GovernorError::Other { .. } => 1,
    }
}

/// The answer to those beyond the limit.
pub fn too_many(error: GovernorError) -> Response {
    Refusal::too_many(wait_s(&error)).into_response()
}

/// Counts by the client's address.
pub async fn by_client(
    ClientAddress(from): ClientAddress,
    mut request: Request,
    next: Next,
) -> Response {
    request.extensions_mut().insert(LimitKey::Address(from));
    next.run(request).await
}

/// Counts by the peer's address, where nothing stands between.
pub async fn by_peer(
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Response {
    request.extensions_mut().insert(LimitKey::Address(peer.ip()));
    next.run(request).await
}
