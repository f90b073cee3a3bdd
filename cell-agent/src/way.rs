//! What carries messages to the plane: HTTPS with the cell's certificate, or a carrier that is given
//! instead, as a simulated network is.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::{Client, Response, redirect};
use rustls::ClientConfig;
use types::id::CellId;

use crate::identity::Enrolled;
use crate::key::CellKey;
use crate::plane::PlaneClient;
use crate::tls::{Tls, TlsError};

/// What fits into one answer: 500 whole specifications and then some.
const ANSWER_LIMIT_BYTES: usize = 64 * 1024 * 1024;

/// Why no answer came.
pub type CarrierError = Box<dyn std::error::Error + Send + Sync>;

/// What a certificate says of who shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The cell.
    pub cell: CellId,
    /// The enrolled key, lower-case hex.
    pub public_key: String,
}

/// One message on its way to the plane.
#[derive(Clone, Debug)]
pub struct Message {
    /// What is asked: the last part of the path.
    pub name: &'static str,
    /// JSON.
    pub body: Vec<u8>,
    /// How long the answer may take.
    pub timeout: Duration,
    /// Who asks; none before the enrolment, and for a renewal.
    pub shown: Option<Shown>,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// JSON; none if it was too long to be read.
    pub body: Option<Vec<u8>>,
}

/// Carries messages to the plane and answers back. A message may arrive although no answer comes.
#[async_trait]
pub trait Carrier: fmt::Debug + Send + Sync {
    /// Returns with the plane's answer.
    async fn carry(&self, message: Message) -> Result<Reply, CarrierError>;
}

/// A way to the plane cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum WayError {
    /// The plane's certificates are unusable.
    #[error("set up TLS")]
    Tls(#[from] TlsError),
    /// The HTTP client cannot be made.
    #[error("set up HTTP")]
    Http(#[from] reqwest::Error),
}

/// How an agent gets to its plane.
#[derive(Clone)]
pub(crate) enum Way {
    /// Over HTTPS to the address of the join token.
    Tls(Tls),
    /// By what was given, which is trusted to show the plane who calls.
    Given(Arc<dyn Carrier>),
}

impl Way {
    /// For the enrolment: trusts the authority with this fingerprint, shows nothing.
    pub fn pinned(&self, address: &str, ca_fingerprint: &str) -> Result<PlaneClient, WayError> {
        self.to(address, None, |tls| tls.pinned(ca_fingerprint))
    }

    /// For a renewal: trusts the stored authority, shows nothing.
    pub fn anonymous(&self, enrolled: &Enrolled) -> Result<PlaneClient, WayError> {
        self.to(&enrolled.address, None, |tls| tls.anonymous(enrolled))
    }

    /// For everything else: trusts the stored authority, shows the cell's certificate.
    pub fn known(&self, enrolled: &Enrolled, key: &CellKey) -> Result<PlaneClient, WayError> {
        let shown = Shown { cell: enrolled.cell(), public_key: key.public_hex() };
        self.to(&enrolled.address, Some(shown), |tls| tls.known(enrolled, key))
    }

    fn to(
        &self,
        address: &str,
        shown: Option<Shown>,
        settings: impl FnOnce(&Tls) -> Result<ClientConfig, TlsError>,
    ) -> Result<PlaneClient, WayError> {
        let carrier: Arc<dyn Carrier> = match self {
            Self::Tls(tls) => Arc::new(Https::to(address, settings(tls)?)?),
            Self::Given(carrier) => carrier.clone(),
        };
        Ok(PlaneClient::over(carrier, shown))
    }
}

/// HTTPS with one set of TLS settings.
#[derive(Debug)]
struct Https {
    address: String,
    http: Client,
}

impl Https {
    /// Opens no connection yet.
    fn to(address: &str, tls: ClientConfig) -> reqwest::Result<Self> {
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
            .build()?;
        Ok(Self { address: address.trim_end_matches('/').to_owned(), http })
    }
}

#[async_trait]
impl Carrier for Https {
    async fn carry(&self, message: Message) -> Result<Reply, CarrierError> {
        let request = self.http.post(format!("{}/agent/v1/{}", self.address, message.name));
        let request = request.header(reqwest::header::CONTENT_TYPE, "application/json");
        let response = request.body(message.body).timeout(message.timeout).send().await?;
        let status = response.status().as_u16();
        Ok(Reply { status, body: body(response).await? })
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
