//! A running plane and those who talk to it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use cell_agent_protocol::enrol::{EnrolRequest, Identity, JoinToken};
use cell_agent_protocol::error::{AgentError, AgentErrorCode};
use cell_agent_protocol::session::{OpenSession, Session};
use control_plane::config::Config;
use control_plane::home::Home;
use control_plane::wiring::{Parts, Server, ServerHandle, StartError, open_store, plane};
use control_plane_core::identity_provider::NoWire;
use control_plane_core::plane::SharedPlane;
use control_plane_core::tenant::{self, NewTenant};
use control_plane_core::{cell, sign_in, subject};
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::EncodePrivateKey as _;
use policies::permit::{FleetPermit, Task};
use reqwest::{Client, StatusCode};
use rustls::ClientConfig;
use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, UnixTime};
use rustls::time_provider::TimeProvider;
use serde::Serialize;
use serde_json::Value;
use tempfile::TempDir;
use types::clock::{Clock as _, ManualClock};
use types::id::{CellId, SubjectId, SystemIds};
use types::random::{Random as _, SystemRandom};

pub struct World {
    pub folder: TempDir,
    pub clock: ManualClock,
    pub plane: ServerHandle,
}

/// The documented defaults, on free ports.
pub fn config() -> Config {
    let mut config = Config::documented();
    config.http.listen.set_port(0);
    config.agent.listen.set_port(0);
    config.http.drain_s = 2;
    config
}

pub fn parts(clock: &ManualClock) -> Parts {
    Parts {
        clock: Arc::new(clock.clone()),
        ids: Arc::new(SystemIds),
        random: Arc::new(SystemRandom),
    }
}

pub fn console() -> FleetPermit {
    FleetPermit::task(Task::Console)
}

impl World {
    pub async fn start() -> Self {
        Self::start_with(config()).await
    }

    pub async fn start_with(config: Config) -> Self {
        Self::try_start(config).await.expect("a running plane")
    }

    pub async fn try_start(config: Config) -> Result<Self, StartError> {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = ManualClock::at("2026-03-01T00:00:00Z".parse().expect("an instant"));
        let plane = Server::start(folder.path(), config, parts(&clock)).await?;
        Ok(Self { folder, clock, plane })
    }

    /// The same plane as another process sees it: one database, no common hints.
    pub async fn another_process(&self) -> SharedPlane {
        let home = Home::open(self.folder.path()).expect("a home");
        let (config, addresses) = (config(), self.plane.addresses());
        let store = open_store(&home, &config).await.expect("a database");
        plane(&home, &config, store, parts(&self.clock), addresses, Arc::new(NoWire))
            .expect("a plane")
    }

    pub fn http(&self, path: &str) -> String {
        format!("http://{}{path}", self.plane.http_address)
    }

    pub fn origin(&self) -> String {
        self.http("")
    }

    pub async fn cell(&self, name: &str) -> CellId {
        let (name, title) = (name.parse().expect("a name"), "A cell".parse().expect("a title"));
        cell::create(self.plane.plane(), &console(), &name, &title).await.expect("a cell")
    }

    pub async fn join_token(&self, cell: CellId) -> JoinToken {
        let line = self.plane.join_line(&console(), cell).await.expect("a line");
        JoinToken::from_line(line.reveal()).expect("a token")
    }

    pub async fn person(&self, name: &str) -> SubjectId {
        let (name, title) = (name.parse().expect("a name"), "A person".parse().expect("a title"));
        let made = subject::create(self.plane.plane(), &console(), None, &name, &title).await;
        made.expect("a person")
    }

    pub async fn code(&self, person: SubjectId) -> String {
        let made = sign_in::create_code(self.plane.plane(), person).await.expect("a code");
        made.code.reveal().to_owned()
    }

    /// Signs somebody of the installation in as the command line does.
    pub async fn token(&self, name: &str) -> String {
        self.token_of(self.person(name).await).await
    }

    /// The same for somebody of a new tenant.
    pub async fn member_token(&self, name: &str) -> String {
        let new = NewTenant {
            name: "acme".parse().expect("a name"),
            title: "Acme".parse().expect("a title"),
            zone: "Asia/Shanghai".to_owned(),
            currency: "CNY".parse().expect("a currency"),
        };
        let plane = self.plane.plane();
        let (tenant, _) = tenant::create(plane, &console(), new).await.expect("a tenant");
        let (name, title) = (name.parse().expect("a name"), "A person".parse().expect("a title"));
        let made = subject::create(plane, &console(), Some(tenant), &name, &title).await;
        self.token_of(made.expect("a person")).await
    }

    async fn token_of(&self, person: SubjectId) -> String {
        let code = self.code(person).await;
        let body = serde_json::json!({ "code": code, "client": "command-line" });
        let answer = browser().post(self.http("/sign-in")).json(&body).send().await.expect("sent");
        let answer: Value = answer.json().await.expect("JSON");
        answer["token"].as_str().expect("a token").to_owned()
    }

    /// Enrols a new agent of a new cell.
    pub async fn agent(&self, name: &str) -> Agent {
        let cell = self.cell(name).await;
        let token = self.join_token(cell).await;
        let key = fresh_key();
        let identity = self.enrol(&token, &key).await.expect("an identity");
        Agent { key, identity, boot_id: "boot-1".to_owned() }
    }

    pub async fn enrol(&self, token: &JoinToken, key: &SigningKey) -> Result<Identity, Refused> {
        let request = EnrolRequest {
            secret: token.secret.clone(),
            public_key: hex(&key.verifying_key().to_bytes()),
            agent_version: "0.1.0".to_owned(),
            boot_id: "boot-1".to_owned(),
        };
        call(&self.nobody(), &self.agents("enrol"), &request).await
    }

    pub fn agents(&self, message: &str) -> String {
        format!("https://{}/agent/v1/{message}", self.plane.agent_address)
    }

    /// A client without a certificate.
    pub fn nobody(&self) -> Client {
        self.client(self.plane.authority().pem(), None)
    }

    /// A client that shows a certificate.
    pub fn shows(&self, certificate: &str, key: &SigningKey) -> Client {
        self.client(self.plane.authority().pem(), Some((certificate, key)))
    }

    pub fn client(&self, authority: &str, shown: Option<(&str, &SigningKey)>) -> Client {
        let mut roots = RootCertStore::empty();
        let authority = CertificateDer::from_pem_slice(authority.as_bytes()).expect("PEM");
        roots.add(authority).expect("an authority");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let time = Arc::new(ClockTime(self.clock.clone()));
        let config = ClientConfig::builder_with_details(provider, time)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots);
        let mut config = match shown {
            None => config.with_no_client_auth(),
            Some((certificate, key)) => {
                let certificate = CertificateDer::from_pem_slice(certificate.as_bytes());
                let der = key.to_pkcs8_der().expect("a key");
                let der = PrivatePkcs8KeyDer::from(der.as_bytes().to_vec()).into();
                config.with_client_auth_cert(vec![certificate.expect("PEM")], der).expect("a pair")
            }
        };
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let client = Client::builder().tls_backend_preconfigured(config).no_proxy();
        client.timeout(Duration::from_secs(20)).build().expect("a client")
    }
}

struct ClockTime(ManualClock);

impl fmt::Debug for ClockTime {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("ClockTime")
    }
}

impl TimeProvider for ClockTime {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = u64::try_from(self.0.now().seconds()).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}

pub struct Agent {
    pub key: SigningKey,
    pub identity: Identity,
    pub boot_id: String,
}

impl Agent {
    pub fn client(&self, world: &World) -> Client {
        world.shows(&self.identity.certificate, &self.key)
    }

    pub async fn open(&self, world: &World) -> Result<Session, Refused> {
        let request = OpenSession {
            protocol: 1,
            agent_version: "0.1.0".to_owned(),
            boot_id: self.boot_id.clone(),
            last_sequence: 0,
            sent_at: world.clock.now(),
            capabilities: vec!["host".to_owned()],
            process: None,
            kept_from: None,
            revision: None,
        };
        call(&self.client(world), &world.agents("session"), &request).await
    }
}

/// A status and a code.
pub type Refused = (u16, AgentErrorCode);

pub async fn call<A: serde::de::DeserializeOwned>(
    client: &Client,
    address: &str,
    message: &impl Serialize,
) -> Result<A, Refused> {
    let answer = client.post(address).json(message).send().await.expect("an answer");
    let status = answer.status();
    let bytes = answer.bytes().await.expect("a body");
    if status == StatusCode::OK {
        return Ok(serde_json::from_slice(&bytes).expect("an answer"));
    }
    let error: AgentError = serde_json::from_slice(&bytes).expect("a refusal");
    assert!(!error.message.is_empty());
    Err((status.as_u16(), error.code))
}

pub fn fresh_key() -> SigningKey {
    let mut seed = [0; 32];
    SystemRandom.fill(&mut seed);
    SigningKey::from_bytes(&seed)
}

pub fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

/// A client that keeps no cookies by itself.
pub fn browser() -> Client {
    control_plane::tls::install_provider();
    Client::builder().no_proxy().timeout(Duration::from_secs(20)).build().expect("a client")
}
