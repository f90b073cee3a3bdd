//! Calls to the plane: one POST per message, and why one did not work.

use std::time::Duration;

use cell_agent_protocol::desired::{DesiredAnswer, DesiredRequest};
use cell_agent_protocol::enrol::{Challenge, EnrolRequest, Identity, RenewRequest};
use cell_agent_protocol::error::{AgentError, AgentErrorCode};
use cell_agent_protocol::observed::{ObservedAnswer, ObservedRequest};
use cell_agent_protocol::session::{OpenSession, Session};
use cell_agent_protocol::usage::{UsageAnswer, UsageRequest};
use reqwest::{Client, Response, StatusCode, redirect};
use rustls::ClientConfig;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What fits into one answer: 500 whole specifications and then some.
const ANSWER_LIMIT_BYTES: usize = 64 * 1024 * 1024;

const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// Why a call to the plane did not work.
#[derive(Debug, thiserror::Error)]
pub enum PlaneError {
    /// The plane is away, or is not the one that was enrolled with.
    #[error("reach the plane")]
    Unreachable(#[source] reqwest::Error),
    /// The plane refused, and says why.
    #[error("{}: {}", .0.code, .0.message)]
    Refused(AgentError),
    /// What answered does not speak the protocol.
    #[error("understand the plane's answer to `{name}` (status {status}): {problem}")]
    Unintelligible {
        /// The message that was answered.
        name: &'static str,
        /// The HTTP status.
        status: u16,
        /// What is wrong with the answer.
        problem: String,
    },
}

impl PlaneError {
    /// The code of a refusal.
    pub fn code(&self) -> Option<AgentErrorCode> {
        match self {
            Self::Refused(refusal) => Some(refusal.code),
            _ => None,
        }
    }
}

/// A way to the plane with one set of TLS settings.
#[derive(Clone, Debug)]
pub struct PlaneClient {
    address: String,
    http: Client,
}

impl PlaneClient {
    /// Opens no connection yet. The address is that of the join token.
    pub fn new(address: &str, tls: ClientConfig) -> Result<Self, PlaneError> {
        let http = Client::builder()
            .tls_backend_preconfigured(tls)
            .https_only(true)
            .no_proxy()
            .redirect(redirect::Policy::none())
            .connect_timeout(Duration::from_secs(10))
            .tcp_keepalive(Duration::from_secs(30))
            .http2_keep_alive_interval(Duration::from_secs(20))
            .http2_keep_alive_timeout(Duration::from_secs(20))
            .pool_max_idle_per_host(2)
            .build()
            .map_err(PlaneError::Unreachable)?;
        Ok(Self { address: address.trim_end_matches('/').to_owned(), http })
    }

    /// Turns a join secret into an identity.
    pub async fn enrol(&self, request: &EnrolRequest) -> Result<Identity, PlaneError> {
        self.call("enrol", request, ANSWER_TIMEOUT).await
    }

    /// Asks for something to sign.
    pub async fn challenge(&self) -> Result<Challenge, PlaneError> {
        self.call("challenge", &serde_json::Map::new(), ANSWER_TIMEOUT).await
    }

    /// Turns a signed challenge into a new certificate.
    pub async fn renew(&self, request: &RenewRequest) -> Result<Identity, PlaneError> {
        self.call("renew", request, ANSWER_TIMEOUT).await
    }

    /// Opens the conversation.
    pub async fn session(&self, request: &OpenSession) -> Result<Session, PlaneError> {
        self.call("session", request, ANSWER_TIMEOUT).await
    }

    /// Waits for what changed.
    pub async fn desired(&self, request: &DesiredRequest) -> Result<DesiredAnswer, PlaneError> {
        let wait = Duration::from_millis(request.wait_ms.into());
        self.call("desired", request, wait + ANSWER_TIMEOUT).await
    }

    /// Reports what was seen.
    pub async fn observed(&self, request: &ObservedRequest) -> Result<ObservedAnswer, PlaneError> {
        self.call("observed", request, ANSWER_TIMEOUT).await
    }

    /// Reports what was used.
    pub async fn usage(&self, request: &UsageRequest) -> Result<UsageAnswer, PlaneError> {
        self.call("usage", request, ANSWER_TIMEOUT).await
    }

    async fn call<Q: Serialize, A: DeserializeOwned>(
        &self,
        name: &'static str,
        question: &Q,
        timeout: Duration,
    ) -> Result<A, PlaneError> {
        let request = self.http.post(format!("{}/agent/v1/{name}", self.address));
        let response = request
            .json(question)
            .timeout(timeout)
            .send()
            .await
            .map_err(PlaneError::Unreachable)?;
        let status = response.status();
        let unintelligible =
            |problem| PlaneError::Unintelligible { name, status: status.as_u16(), problem };
        let body = body(response).await.map_err(PlaneError::Unreachable)?;
        let body = body.ok_or_else(|| unintelligible("the answer is too long".to_owned()))?;
        if status == StatusCode::OK {
            return serde_json::from_slice(&body)
                .map_err(|error| unintelligible(error.to_string()));
        }
        match serde_json::from_slice(&body) {
            Ok(refusal) => Err(PlaneError::Refused(refusal)),
            Err(error) => Err(unintelligible(error.to_string())),
        }
    }
}

/// The whole body; none if it is beyond the limit.
async fn body(mut response: Response) -> reqwest::Result<Option<Vec<u8>>> {
    let mut whole = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if whole.len() + chunk.len() > ANSWER_LIMIT_BYTES {
            return Ok(None);
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(Some(whole))
}
