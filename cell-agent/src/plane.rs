//! Calls to the plane: one message and one answer each, and why one did not work. What carries
//! them is left to [`crate::way`].

use std::sync::Arc;
use std::time::Duration;

use cell_agent_protocol::desired::{DesiredAnswer, DesiredRequest};
use cell_agent_protocol::enrol::{Challenge, EnrolRequest, Identity, RenewRequest};
use cell_agent_protocol::error::{AgentError, AgentErrorCode};
use cell_agent_protocol::observed::{ObservedAnswer, ObservedRequest};
use cell_agent_protocol::session::{OpenSession, Session};
use cell_agent_protocol::usage::{UsageAnswer, UsageRequest};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::way::{Carrier, CarrierError, Message, Shown};

const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// Why a call to the plane did not work.
#[derive(Debug, thiserror::Error)]
pub enum PlaneError {
    /// The plane is away, or is not the one that was enrolled with.
    #[error("reach the plane")]
    Unreachable(#[source] CarrierError),
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

/// What is said to the plane over one way, by one who shows the same each time.
#[derive(Clone, Debug)]
pub struct PlaneClient {
    carrier: Arc<dyn Carrier>,
    shown: Option<Shown>,
}

impl PlaneClient {
    /// Opens no connection yet.
    pub fn over(carrier: Arc<dyn Carrier>, shown: Option<Shown>) -> Self {
        Self { carrier, shown }
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
        let body = serde_json::to_vec(question).map_err(|error| {
            let problem = error.to_string();
            PlaneError::Unintelligible { name, status: 0, problem }
        })?;
        let message = Message { name, body, timeout, shown: self.shown.clone() };
        let reply = self.carrier.carry(message).await.map_err(PlaneError::Unreachable)?;
        let status = reply.status;
        let unintelligible = |problem| PlaneError::Unintelligible { name, status, problem };
        let body = reply.body.ok_or_else(|| unintelligible("the answer is too long".to_owned()))?;
        if status == 200 {
            return serde_json::from_slice(&body)
                .map_err(|error| unintelligible(error.to_string()));
        }
        match serde_json::from_slice(&body) {
            Ok(refusal) => Err(PlaneError::Refused(refusal)),
            Err(error) => Err(unintelligible(error.to_string())),
        }
    }
}
