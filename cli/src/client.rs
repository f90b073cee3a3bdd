//! Questions to the plane over HTTP.
//!
//! A lost connection says nothing about whether the plane acted. The same request is then sent
//! again: a mutation carries an idempotency key, so it happens once.

use std::sync::Arc;
use std::time::Duration;

use graphql_client::ask::Ask;
use graphql_client::query::Document;
use reqwest::StatusCode;
use reqwest::header::RETRY_AFTER;
use reqwest::redirect::Policy;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use types::clock::SharedClock;
use types::id::Ids;
use types::secret::Secret;

use crate::address::Address;
use crate::error::{Error, Refusal, Result};

/// How often a request is sent at most.
const ATTEMPTS: u32 = 3;
/// The wait before the second attempt; it doubles.
const FIRST_WAIT: Duration = Duration::from_millis(300);
/// How often work of many requests waits for one of them, if the plane says that it came too soon.
const PATIENCE: u32 = 60;
/// More than a tenant has of anything.
pub const ALL: u32 = 1_000_000;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);

/// Speaks to one plane in the name of one session.
pub struct Client {
    http: reqwest::Client,
    address: Address,
    token: Option<Secret>,
    clock: SharedClock,
    ids: Arc<dyn Ids>,
    patience: u32,
}

/// What the plane answers to a used one-time code.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignedIn {
    pub token: Secret,
    pub expires_at: String,
    pub name: String,
    pub title: String,
}

#[derive(Deserialize)]
struct GraphqlAnswer {
    data: Option<Map<String, Value>>,
    #[serde(default)]
    errors: Vec<GraphqlError>,
}

/// An error as GraphQL writes it.
#[derive(Deserialize)]
pub struct GraphqlError {
    message: String,
    #[serde(default)]
    extensions: Map<String, Value>,
}

#[derive(Deserialize)]
struct PlainError {
    error: Map<String, Value>,
}

impl Client {
    /// For a plane, with the token of a session or without.
    pub fn new(
        address: Address,
        token: Option<Secret>,
        clock: SharedClock,
        ids: Arc<dyn Ids>,
    ) -> Result<Self> {
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("cellplane/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(REQUEST_TIMEOUT)
            // A token is meant for this address and not for where it might point.
            .redirect(Policy::none());
        if address.is_loopback() {
            builder = builder.no_proxy();
        }
        let http = builder.build().map_err(|error| unreachable(&address, error))?;
        Ok(Self { http, address, token, clock, ids, patience: 0 })
    }

    /// For work of many requests: where the plane says that there were too many, waits as long as it
    /// says, and goes on.
    pub fn patient(self) -> Self {
        Self { patience: PATIENCE, ..self }
    }

    /// Where the plane is.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// The session's token.
    pub fn token(&self) -> Option<&Secret> {
        self.token.as_ref()
    }

    /// The clock that waits are measured on.
    pub fn clock(&self) -> &SharedClock {
        &self.clock
    }

    /// A new idempotency key.
    pub fn new_key(&self) -> String {
        self.ids.next().to_string()
    }

    /// Asks one question.
    pub async fn ask<D: Document>(&self, variables: &D::Variables) -> Result<D::Answer> {
        let mut left = self.patience;
        loop {
            match self.ask_once::<D>(variables).await {
                Err(Error::Refused(refusal)) if left > 0 && refusal.wait().is_some() => {
                    left -= 1;
                    self.clock.sleep(refusal.wait().unwrap_or_default()).await;
                }
                other => return other,
            }
        }
    }

    async fn ask_once<D: Document>(&self, variables: &D::Variables) -> Result<D::Answer> {
        let body = json!({ "query": D::TEXT, "variables": variables });
        let answer: GraphqlAnswer = self.send("/graphql", &body, ATTEMPTS).await?;
        if let Some(refusal) = refusal(answer.errors) {
            return Err(Error::Refused(refusal));
        }
        let field = answer.data.and_then(|mut data| data.remove(D::ROOT)).unwrap_or(Value::Null);
        serde_json::from_value(field)
            .map_err(|error| self.strange(format!("in the field {}: {error}", D::ROOT)))
    }

    /// Uses up a one-time code. Sent once: the code is good once.
    pub async fn sign_in(&self, code: &Secret) -> Result<SignedIn> {
        let body = json!({ "code": code.reveal(), "client": "command-line" });
        self.send("/sign-in", &body, 1).await
    }

    async fn send<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &(impl Serialize + Sync),
        attempts: u32,
    ) -> Result<T> {
        let mut wait = FIRST_WAIT;
        let mut attempt = 1;
        loop {
            match self.send_once(path, body).await {
                Err(Error::Unreachable { .. }) if attempt < attempts => {
                    self.clock.sleep(wait).await;
                    wait *= 2;
                    attempt += 1;
                }
                Err(other) => return Err(other),
                Ok((status, retry_after, bytes)) => return self.read(status, retry_after, &bytes),
            }
        }
    }

    async fn send_once(
        &self,
        path: &str,
        body: &(impl Serialize + Sync),
    ) -> Result<(StatusCode, Option<String>, Vec<u8>)> {
        let mut request = self.http.post(self.address.at(path)).json(body);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token.reveal());
        }
        let lost = |error: reqwest::Error| unreachable(&self.address, error.without_url());
        let response = request.send().await.map_err(lost)?;
        let status = response.status();
        if matches!(status, StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT) {
            // A proxy lost the plane: as unknown as a lost connection.
            return Err(unreachable(&self.address, format!("its proxy says {status}")));
        }
        let retry_after = response.headers().get(RETRY_AFTER);
        let retry_after = retry_after.and_then(|value| value.to_str().ok()).map(str::to_owned);
        let bytes = response.bytes().await.map_err(lost)?;
        Ok((status, retry_after, bytes.to_vec()))
    }

    fn read<T: DeserializeOwned>(
        &self,
        status: StatusCode,
        retry_after: Option<String>,
        bytes: &[u8],
    ) -> Result<T> {
        if let Ok(PlainError { error }) = serde_json::from_slice::<PlainError>(bytes) {
            let mut refusal = from_extensions(error);
            if let Some(wait) = retry_after {
                refusal.details.entry("retryAfter").or_insert(Value::String(wait));
            }
            return Err(Error::Refused(refusal));
        }
        let answer = serde_json::from_slice(bytes);
        answer.map_err(|_| self.strange(format!("it says {status}, and not in JSON as expected")))
    }

    fn strange(&self, what: String) -> Error {
        Error::Strange { address: self.address.to_string(), what }
    }
}

/// What the errors of an answer mean together: the first one's code, all sentences.
pub fn refusal(errors: Vec<GraphqlError>) -> Option<Refusal> {
    let mut errors = errors.into_iter();
    let first = errors.next()?;
    let mut refusal = from_extensions(first.extensions);
    refusal.message = first.message;
    for other in errors {
        if !refusal.message.contains(&other.message) {
            refusal.message = format!("{} {}", refusal.message, other.message);
        }
    }
    Some(refusal)
}

impl Ask for Client {
    type Error = Error;

    async fn ask<D: Document>(&self, variables: &D::Variables) -> Result<D::Answer> {
        Self::ask::<D>(self, variables).await
    }

    fn new_key(&self) -> String {
        Self::new_key(self)
    }

    fn most(&self) -> u32 {
        ALL
    }
}

fn from_extensions(mut details: Map<String, Value>) -> Refusal {
    let mut take = |key: &str| match details.remove(key) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    };
    let code = take("code").unwrap_or_else(|| "INTERNAL".to_owned());
    let message = take("message").unwrap_or_default();
    Refusal { code, message, details, flags: &[] }
}

fn unreachable(
    address: &Address,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> Error {
    Error::Unreachable { address: address.to_string(), source: source.into() }
}
