//! TLS towards the plane: which authority is trusted, and what the agent shows of itself.
//!
//! Before its enrolment an agent knows only the fingerprint of the plane's authority, so the plane
//! sends that certificate along; afterwards it trusts the stored one and nothing else.

use std::fmt;
use std::sync::Arc;

use data_encoding::HEXLOWER;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::time_provider::TimeProvider;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use sha2::{Digest, Sha256};
use types::clock::SharedClock;

use crate::identity::Enrolled;
use crate::key::CellKey;

/// TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A certificate from the plane is not PEM.
    #[error("read a certificate of the plane")]
    Pem(#[from] pem::Error),
    /// Certificate and key do not go together, or are of an unknown kind.
    #[error("use the certificate of the plane")]
    Rustls(#[from] Error),
}

/// Lower-case hex SHA-256 of a certificate (DER).
pub fn fingerprint(certificate: &CertificateDer<'_>) -> String {
    HEXLOWER.encode(&Sha256::digest(certificate))
}

/// Makes the TLS settings of an agent.
#[derive(Clone)]
pub struct Tls {
    provider: Arc<CryptoProvider>,
    time: Arc<dyn TimeProvider>,
}

impl Tls {
    /// Certificates are judged by the given clock.
    pub fn new(clock: SharedClock) -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        Self { provider, time: Arc::new(ClockTime(clock)) }
    }

    /// The cryptography in use.
    pub fn provider(&self) -> &CryptoProvider {
        &self.provider
    }

    /// For the enrolment: trusts the authority with this fingerprint, shows nothing.
    pub fn pinned(&self, ca_fingerprint: &str) -> Result<ClientConfig, TlsError> {
        let pinned = PinnedAuthority {
            fingerprint: ca_fingerprint.to_ascii_lowercase(),
            provider: self.provider.clone(),
        };
        let config = ClientConfig::builder_with_details(self.provider.clone(), self.time.clone())
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(pinned))
            .with_no_client_auth();
        Ok(negotiated(config))
    }

    /// For a renewal: trusts the stored authority, shows nothing.
    pub fn anonymous(&self, enrolled: &Enrolled) -> Result<ClientConfig, TlsError> {
        let config = ClientConfig::builder_with_details(self.provider.clone(), self.time.clone())
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots(&enrolled.identity.ca_certificate)?)
            .with_no_client_auth();
        Ok(negotiated(config))
    }

    /// For everything else: trusts the stored authority, shows the cell's certificate.
    pub fn known(&self, enrolled: &Enrolled, key: &CellKey) -> Result<ClientConfig, TlsError> {
        let chain = CertificateDer::pem_slice_iter(enrolled.identity.certificate.as_bytes())
            .collect::<Result<Vec<_>, _>>()?;
        let config = ClientConfig::builder_with_details(self.provider.clone(), self.time.clone())
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots(&enrolled.identity.ca_certificate)?)
            .with_client_auth_cert(chain, key.private_der())?;
        Ok(negotiated(config))
    }
}

/// One connection carries the long poll and the reports, where the plane speaks HTTP/2.
fn negotiated(mut config: ClientConfig) -> ClientConfig {
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config
}

fn roots(ca_pem: &str) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(ca_pem.as_bytes()) {
        roots.add(certificate?)?;
    }
    Ok(roots)
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
        Some(UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds)))
    }
}

/// Trusts the one authority that a fingerprint names, if the server sends it along.
#[derive(Debug)]
struct PinnedAuthority {
    fingerprint: String,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for PinnedAuthority {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let authority = intermediates
            .iter()
            .find(|certificate| fingerprint(certificate) == self.fingerprint)
            .ok_or(Error::InvalidCertificate(CertificateError::UnknownIssuer))?;
        let mut roots = RootCertStore::empty();
        roots.add(authority.clone().into_owned())?;
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), self.provider.clone())
            .build()
            .map_err(|error| Error::General(error.to_string()))?
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
