//! The plane's own certificate authority: it names cells and the port that agents call.
//!
//! A certificate of a cell is built from the cell's id and the agent's public key alone; nothing
//! that a request says gets into it. Whether a cell may have one is decided in `core`.

use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use data_encoding::HEXLOWER;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PKCS_ED25519, PublicKeyData, SanType,
    SerialNumber, SignatureAlgorithm,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;
use types::id::CellId;
use types::instant::Instant;
use types::random::Random;

use crate::home::{Home, HomeError};

/// What a cell's URI in its certificate begins with.
pub const CELL_URI: &str = "cellplane:cell:";

const DAY: Duration = Duration::from_secs(24 * 3600);
/// The authority outlives the installations it is made for; a new one means enrolling again.
const AUTHORITY_LIFE: Duration = Duration::from_secs(20 * 365 * 24 * 3600);
/// How long a certificate of the agents' port is good; it is made anew in memory.
pub const SERVER_LIFE: Duration = Duration::from_secs(30 * 24 * 3600);

/// Certificates cannot be made or read.
#[derive(Debug, thiserror::Error)]
pub enum CaError {
    /// The files of the authority cannot be used.
    #[error("use the files of the plane's certificate authority")]
    Home(#[from] HomeError),
    /// The certificate does not belong to the key, or one of them is damaged.
    #[error("keys/ca.pem and keys/ca.key do not go together; restore both from a backup")]
    Mismatch,
    /// A certificate cannot be built.
    #[error("build a certificate")]
    Build(#[from] rcgen::Error),
}

/// A certificate with the key that belongs to it.
pub struct Server {
    /// The certificate and the authority's, which agents look for before they know it.
    pub chain: Vec<CertificateDer<'static>>,
    /// The private key.
    pub key: PrivateKeyDer<'static>,
    /// When it ends.
    pub expires_at: Instant,
}

/// The authority itself.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    pem: String,
}

struct Ed25519Key([u8; 32]);

impl PublicKeyData for Ed25519Key {
    fn der_bytes(&self) -> &[u8] {
        &self.0
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ED25519
    }
}

impl Authority {
    /// The authority of this home directory, made at the first start.
    ///
    /// # Errors
    /// If its files cannot be used or do not go together.
    pub fn open(home: &Home, now: Instant, random: &dyn Random) -> Result<Self, CaError> {
        let (key_path, path) = (home.path("keys/ca.key"), home.path("keys/ca.pem"));
        if path.exists() && !key_path.exists() {
            // A new key would silently cut off every cell.
            return Err(CaError::Mismatch);
        }
        let fresh = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let pem = home.secret_or_else(&key_path, || fresh.serialize_pem().into_bytes())?;
        let pem = String::from_utf8(pem).map_err(|_| CaError::Mismatch)?;
        let key = KeyPair::from_pem(&pem).map_err(|_| CaError::Mismatch)?;
        let certificate = Self::own_certificate(home, &path, &key, now, random)?;
        let der = CertificateDer::from_pem_slice(certificate.as_bytes());
        let der = der.map_err(|_| CaError::Mismatch)?;
        if !belongs(&der, &key) {
            return Err(CaError::Mismatch);
        }
        let issuer = Issuer::from_ca_cert_der(&der, key).map_err(|_| CaError::Mismatch)?;
        Ok(Self { issuer, certificate: der, pem: certificate })
    }

    fn own_certificate(
        home: &Home,
        path: &Path,
        key: &KeyPair,
        now: Instant,
        random: &dyn Random,
    ) -> Result<String, CaError> {
        let mut params =
            params("cellplane agents CA", now.minus(DAY), now.plus(AUTHORITY_LIFE), random);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let fresh = params.self_signed(key)?.pem();
        let bytes = home.secret_or_else(path, || fresh.into_bytes())?;
        String::from_utf8(bytes).map_err(|_| CaError::Mismatch)
    }

    /// The authority's certificate, PEM.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// The authority's certificate, DER.
    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// Lower-case hex SHA-256 of the authority's certificate.
    pub fn fingerprint(&self) -> String {
        HEXLOWER.encode(&Sha256::digest(&self.certificate))
    }

    /// A client certificate that says one thing: whoever has this key is this cell. PEM.
    ///
    /// # Errors
    /// If the certificate cannot be built.
    pub fn issue_cell(
        &self,
        cell: CellId,
        public_key: &[u8; 32],
        now: Instant,
        life: Duration,
        random: &dyn Random,
    ) -> Result<(String, Instant), CaError> {
        let expires_at = Instant::from_seconds(now.plus(life).seconds());
        // An agent's clock may be a little behind ours.
        let begins = now.minus(Duration::from_secs(300));
        let mut params = params(&cell.to_string(), begins, expires_at, random);
        let uri = format!("{CELL_URI}{cell}").try_into()?;
        params.subject_alt_names = vec![SanType::URI(uri)];
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let certificate = params.signed_by(&Ed25519Key(*public_key), &self.issuer)?;
        Ok((certificate.pem(), expires_at))
    }

    /// A fresh key and certificate for the agents' port under these host names and addresses.
    ///
    /// # Errors
    /// If a name cannot stand in a certificate.
    pub fn issue_server(
        &self,
        hosts: &[String],
        now: Instant,
        random: &dyn Random,
    ) -> Result<Server, CaError> {
        let expires_at = now.plus(SERVER_LIFE);
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        // An agent's clock may be far behind ours, and it has no other way to learn the time.
        let mut params = params("cellplane agents port", now.minus(DAY), expires_at, random);
        params.subject_alt_names = hosts.iter().map(|host| name(host)).collect::<Result<_, _>>()?;
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = params.signed_by(&key, &self.issuer)?;
        Ok(Server {
            chain: vec![certificate.der().clone(), self.certificate.clone()],
            key: PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
            expires_at,
        })
    }
}

fn name(host: &str) -> Result<SanType, rcgen::Error> {
    match host.parse::<IpAddr>() {
        Ok(address) => Ok(SanType::IpAddress(address)),
        Err(_) => Ok(SanType::DnsName(host.try_into()?)),
    }
}

fn params(name: &str, from: Instant, to: Instant, random: &dyn Random) -> CertificateParams {
    let mut serial = [0; 16];
    random.fill(&mut serial);
    // Positive, and as long as RFC 5280 allows at most.
    serial[0] = serial[0] & 0x7f | 0x40;
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date(from);
    params.not_after = date(to);
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    params.use_authority_key_identifier_extension = true;
    params
}

fn date(instant: Instant) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(instant.seconds()).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

fn belongs(certificate: &CertificateDer<'_>, key: &KeyPair) -> bool {
    x509_parser::parse_x509_certificate(certificate).is_ok_and(|(_, parsed)| {
        parsed.public_key().subject_public_key.data == key.public_key_raw()
    })
}

/// What a verified certificate of a cell says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellCertificate {
    /// The cell.
    pub cell: CellId,
    /// The agent's public key, lower-case hex.
    pub public_key: String,
    /// When it ends.
    pub expires_at: Instant,
}

impl CellCertificate {
    /// Reads a certificate whose chain and time were verified; none if it names no cell.
    pub fn read(certificate: &CertificateDer<'_>) -> Option<Self> {
        let (_, parsed) = x509_parser::parse_x509_certificate(certificate).ok()?;
        let names = parsed.subject_alternative_name().ok()??;
        let mut cells = names.value.general_names.iter().filter_map(|name| match name {
            x509_parser::extensions::GeneralName::URI(uri) => uri.strip_prefix(CELL_URI),
            _ => None,
        });
        let cell = cells.next()?.parse().ok()?;
        let public_key = HEXLOWER.encode(&parsed.public_key().subject_public_key.data);
        let expires_at = Instant::from_seconds(parsed.validity().not_after.timestamp());
        Some(Self { cell, public_key, expires_at })
    }
}

#[cfg(test)]
mod tests {
    use types::id::SystemIds;
    use types::random::SystemRandom;

    use super::*;

    fn now() -> Instant {
        "2026-03-01T00:00:00Z".parse().expect("an instant")
    }

    #[test]
    fn the_authority_stays_the_same() {
        let folder = tempfile::tempdir().expect("a folder");
        let home = Home::open(folder.path()).expect("a home");
        let first = Authority::open(&home, now(), &SystemRandom).expect("an authority");
        let again = Authority::open(&home, now(), &SystemRandom).expect("the same");
        assert_eq!(first.fingerprint(), again.fingerprint());
        std::fs::remove_file(home.path("keys/ca.key")).expect("a lost key");
        assert!(matches!(Authority::open(&home, now(), &SystemRandom), Err(CaError::Mismatch)));
    }

    #[test]
    fn a_cells_certificate_says_which_cell_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let home = Home::open(folder.path()).expect("a home");
        let authority = Authority::open(&home, now(), &SystemRandom).expect("an authority");
        let cell = CellId::next(&SystemIds);
        let life = Duration::from_secs(3600);
        let (pem, expires_at) =
            authority.issue_cell(cell, &[7; 32], now(), life, &SystemRandom).expect("issued");
        let der = CertificateDer::from_pem_slice(pem.as_bytes()).expect("PEM");
        let read = CellCertificate::read(&der).expect("a cell");
        assert_eq!(read, CellCertificate { cell, public_key: "07".repeat(32), expires_at });
        let (_, parsed) = x509_parser::parse_x509_certificate(&der).expect("a certificate");
        assert!(!parsed.is_ca());
        let usage = parsed.extended_key_usage().expect("usage").expect("usage").value;
        assert!(usage.client_auth && !usage.server_auth && !usage.any);
    }
}
