//! TLS of the agents' port: our own certificate, and a client's that our authority signed or none.
//!
//! Times are judged by the plane's clock. Who a client is, is read from its verified certificate;
//! whether it may still act is asked of the database on each request.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::UnixTime;
use rustls::server::{
    ClientHello, NoServerSessionStorage, ResolvesServerCert, WebPkiClientVerifier,
};
use rustls::sign::CertifiedKey;
use rustls::time_provider::TimeProvider;
use rustls::{RootCertStore, ServerConfig};
use types::clock::SharedClock;
use types::instant::Instant;
use types::random::Random;

use crate::ca::{Authority, CaError, SERVER_LIFE};

/// TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A certificate cannot be made.
    #[error("make a certificate for the agents' port")]
    Ca(#[from] CaError),
    /// Certificate and key are of no use.
    #[error("use the certificate of the agents' port")]
    Rustls(#[from] rustls::Error),
    /// The authority cannot be used to verify clients.
    #[error("verify certificates of agents")]
    Verifier(#[from] rustls::server::VerifierBuilderError),
}

/// Makes ring the provider of this process; done already is as good.
pub fn install_provider() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// The settings of the agents' port, for these host names and addresses.
///
/// # Errors
/// If no certificate can be made for one of the names.
pub fn server_config(
    authority: Arc<Authority>,
    hosts: Vec<String>,
    clock: SharedClock,
    random: Arc<dyn Random>,
) -> Result<ServerConfig, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(authority.certificate().clone())?;
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .allow_unauthenticated()
        .build()?;
    let port = PortCertificate {
        authority,
        hosts,
        clock: clock.clone(),
        random,
        provider: provider.clone(),
        current: Mutex::new(None),
    };
    // Made at once, so that a name that cannot stand in a certificate stops the start.
    port.current()?;
    let mut config = ServerConfig::builder_with_details(provider, Arc::new(ClockTime(clock)))
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(verifier)
        .with_cert_resolver(Arc::new(port));
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    // A resumed session would carry on a certificate that has ended meanwhile.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(config)
}

struct ClockTime(SharedClock);

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

/// The port's certificate, made anew when less than a third of its life is left.
struct PortCertificate {
    authority: Arc<Authority>,
    hosts: Vec<String>,
    clock: SharedClock,
    random: Arc<dyn Random>,
    provider: Arc<CryptoProvider>,
    current: Mutex<Option<(Instant, Arc<CertifiedKey>)>>,
}

impl fmt::Debug for PortCertificate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("PortCertificate").field("hosts", &self.hosts).finish_non_exhaustive()
    }
}

impl PortCertificate {
    fn current(&self) -> Result<Arc<CertifiedKey>, TlsError> {
        let now = self.clock.now();
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((expires_at, key)) = &*current
            && (SERVER_LIFE / 3..=SERVER_LIFE).contains(&expires_at.since(now))
        {
            return Ok(key.clone());
        }
        let server = self.authority.issue_server(&self.hosts, now, &*self.random)?;
        let key = CertifiedKey::from_der(server.chain, server.key, &self.provider)?;
        let key = Arc::new(key);
        *current = Some((server.expires_at, key.clone()));
        Ok(key)
    }
}

impl ResolvesServerCert for PortCertificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        match self.current() {
            Ok(key) => Some(key),
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "no certificate for the agents' port");
                None
            }
        }
    }
}
