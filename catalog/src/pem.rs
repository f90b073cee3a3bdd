//! Certificates and private keys that users give, in PEM (RFC 7468).
//!
//! Whether a certificate is trusted by anybody is not judged: a private authority is fine.

use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use types::instant::Instant;
use x509_parser::prelude::{FromDer, X509Certificate};

/// A longer text is refused.
pub const BYTES_MAX: usize = 64 * 1024;

/// Whether it is one certificate or a chain of them, and nothing else.
pub fn is_certificate(text: &str) -> bool {
    let blocks = blocks(text, "CERTIFICATE");
    let ders: Vec<_> = CertificateDer::pem_slice_iter(text.as_bytes()).flatten().collect();
    blocks.is_some_and(|count| count == ders.len())
        && ders.iter().all(|der| X509Certificate::from_der(der).is_ok())
}

/// Whether it is one private key that can be used without a passphrase, and nothing else.
pub fn is_private_key(text: &str) -> bool {
    let labels = ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"];
    labels.into_iter().any(|label| blocks(text, label) == Some(1)) && signing_key(text).is_some()
}

/// Whether the key is that of the first certificate.
pub fn fits(certificate: &str, key: &str) -> bool {
    let fits = || -> Option<bool> {
        let der = CertificateDer::from_pem_slice(certificate.as_bytes()).ok()?;
        let (_, parsed) = X509Certificate::from_der(&der).ok()?;
        let key = signing_key(key)?;
        let own = key.public_key()?;
        Some(own.as_ref() == parsed.public_key().raw)
    };
    fits().unwrap_or(false)
}

/// From when to when the first certificate holds.
pub fn validity(certificate: &str) -> Option<(Instant, Instant)> {
    let der = CertificateDer::from_pem_slice(certificate.as_bytes()).ok()?;
    let (_, parsed) = X509Certificate::from_der(&der).ok()?;
    let instant = |time: x509_parser::time::ASN1Time| Instant::from_seconds(time.timestamp());
    let validity = parsed.validity();
    Some((instant(validity.not_before), instant(validity.not_after)))
}

fn signing_key(text: &str) -> Option<std::sync::Arc<dyn rustls::sign::SigningKey>> {
    let der = PrivateKeyDer::from_pem_slice(text.as_bytes()).ok()?;
    any_supported_type(&der).ok()
}

/// How many blocks of the label there are, if nothing else is there: a product would read on where
/// a reader stopped.
fn blocks(text: &str, label: &str) -> Option<usize> {
    let (begin, end) = (format!("-----BEGIN {label}-----"), format!("-----END {label}-----"));
    let (mut count, mut is_inside) = (0, false);
    for line in text.lines().filter(|line| !line.is_empty()) {
        let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
        match is_inside {
            false if line == begin => is_inside = true,
            true if line == end => (count, is_inside) = (count + 1, false),
            true if line.bytes().all(is_base64) => {}
            _ => return None,
        }
    }
    (!is_inside).then_some(count)
}
