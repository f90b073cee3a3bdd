//! Requests to providers: https, no redirects, with an end in time and in size.

use std::fmt;
use std::pin::Pin;
use std::sync::OnceLock;
use std::time::Duration;

use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use control_plane_core::sign_in::problem::SignInProblem;
use openidconnect::url::{Host, Url};
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::redirect::Policy;

use crate::config;
use crate::openid::json;
use crate::tls;

/// Times of the machine: a socket is real.
const CONNECT: Duration = Duration::from_secs(3);
const WHOLE: Duration = Duration::from_secs(10);
/// Largest answer. Those of the large providers have about 20 KiB.
pub const ANSWER_MAX: usize = 128 * 1024;

/// Asks providers.
pub struct Fetch {
    client: OnceLock<Option<reqwest::Client>>,
    proxy: Option<String>,
    takes_loopback: bool,
}

/// Why there is no answer, in the shape that the library wants.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("ask a provider: {0}")]
pub struct Trouble(pub SignInProblem);

impl fmt::Debug for Fetch {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Fetch").finish_non_exhaustive()
    }
}

impl Fetch {
    /// As configured. Certificates are read when the first provider is asked.
    pub fn new(config: &config::Openid) -> Self {
        let proxy = Some(config.proxy.clone()).filter(|proxy| !proxy.is_empty());
        Self { client: OnceLock::new(), proxy, takes_loopback: config.loopback_http }
    }

    /// None if the machine has no certificates to trust.
    fn client(&self) -> Option<&reqwest::Client> {
        let build = || {
            tls::install_provider();
            let mut builder = reqwest::Client::builder()
                .redirect(Policy::none())
                .connect_timeout(CONNECT)
                .timeout(WHOLE)
                .no_proxy()
                .referer(false)
                .user_agent("cellplane");
            if let Some(proxy) = &self.proxy {
                builder = builder.proxy(reqwest::Proxy::all(proxy)?);
            }
            builder.build()
        };
        let built = self.client.get_or_init(|| {
            build()
                .inspect_err(|error| {
                    let error = error as &dyn std::error::Error;
                    tracing::warn!(error, "OpenID providers cannot be asked");
                })
                .ok()
        });
        built.as_ref()
    }

    /// Whether an address may be asked, or a browser be sent to it.
    pub fn admit(&self, address: &Url) -> Result<(), SignInProblem> {
        let is_loopback = match address.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            None => return Err(SignInProblem::AddressRefused),
        };
        let is_safe = match address.scheme() {
            "https" => true,
            "http" => self.takes_loopback && is_loopback,
            _ => false,
        };
        let is_plain = address.username().is_empty()
            && address.password().is_none()
            && address.fragment().is_none();
        if is_safe && is_plain { Ok(()) } else { Err(SignInProblem::AddressRefused) }
    }

    /// The JSON object at an address.
    pub async fn object(&self, address: &Url) -> Result<Vec<u8>, SignInProblem> {
        let request = axum::http::Request::get(address.as_str())
            .header(ACCEPT, "application/json")
            .body(Vec::new())
            .map_err(|_| SignInProblem::AddressRefused)?;
        let answer = self.send(request).await?;
        if answer.status() != StatusCode::OK {
            return Err(SignInProblem::ProviderFailed);
        }
        Ok(answer.into_body())
    }

    /// Sends a request and reads the answer, which is JSON if it is good.
    pub async fn send(&self, request: HttpRequest) -> Result<HttpResponse, SignInProblem> {
        let client = self.client().ok_or(SignInProblem::Unreachable)?;
        let request: reqwest::Request =
            request.try_into().map_err(|_| SignInProblem::AddressRefused)?;
        self.admit(request.url())?;
        let mut answer = client.execute(request).await.map_err(|error| {
            tracing::info!(error = &error as &dyn std::error::Error, "ask an OpenID provider");
            SignInProblem::Unreachable
        })?;
        if answer.status().is_redirection() {
            return Err(SignInProblem::Redirected);
        }
        let announced = answer.content_length().unwrap_or_default();
        if announced > ANSWER_MAX as u64 {
            return Err(SignInProblem::Oversized);
        }
        let mut body = Vec::new();
        while let Some(part) = answer.chunk().await.map_err(|_| SignInProblem::Unreachable)? {
            if body.len() + part.len() > ANSWER_MAX {
                return Err(SignInProblem::Oversized);
            }
            body.extend_from_slice(&part);
        }
        let is_good = answer.status() == StatusCode::OK;
        if is_good && !(is_json(answer.headers()) && json::is_plain(&body)) {
            return Err(SignInProblem::AnswerMalformed);
        }
        let mut response = HttpResponse::new(body);
        *response.status_mut() = answer.status();
        *response.headers_mut() = std::mem::take(answer.headers_mut());
        Ok(response)
    }
}

impl<'c> AsyncHttpClient<'c> for Fetch {
    type Error = Trouble;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Trouble>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move { self.send(request).await.map_err(Trouble) })
    }
}

/// `application/json`, or a kind of it such as `application/jwk-set+json`.
fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let kind = kind.to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(address: &str, takes_loopback: bool, admitted: bool) {
        let fetch = Fetch { client: OnceLock::new(), proxy: None, takes_loopback };
        let address = Url::parse(address).expect("an address");
        assert_eq!(fetch.admit(&address).is_ok(), admitted, "{address}");
    }

    #[test]
    fn only_https_is_asked_and_loopback_where_it_is_configured() {
        check("https://id.example/realms/a", false, true);
        check("http://id.example/", true, false);
        check("http://127.0.0.1:9000/", false, false);
        check("http://127.0.0.1:9000/", true, true);
        check("http://[::1]:9000/", true, true);
        check("http://localhost:9000/", true, true);
        check("http://localhost.example/", true, false);
        check("ftp://127.0.0.1/", true, false);
        check("javascript:alert(1)", true, false);
        check("https://user:word@id.example/", false, false);
        check("https://id.example/#part", false, false);
    }
}
