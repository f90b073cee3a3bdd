//! The cell's key: made once on this machine, never sent anywhere.

use data_encoding::{BASE64, HEXLOWER};
use ed25519_dalek::{Signer, SigningKey};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::state_dir::{StateDir, StateError};

const FILE: &str = "key.pem";

/// What stands before the 32 bytes of an Ed25519 key in PKCS #8, version 1 (RFC 8410).
const PKCS8_HEAD: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// The key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or written.
    #[error("keep the cell's key")]
    State(#[from] StateError),
    /// The file holds something else.
    #[error("{FILE} in the state directory is no Ed25519 key in PKCS #8")]
    Damaged,
    /// The machine has no random numbers to make a key from.
    #[error("draw random numbers for the cell's key")]
    Random,
}

/// The Ed25519 key that the plane knows this cell by.
pub struct CellKey(SigningKey);

impl CellKey {
    /// Reads the key from the state directory, or makes one there.
    pub fn open(state: &StateDir, provider: &CryptoProvider) -> Result<Self, KeyError> {
        match state.read(FILE)? {
            Some(pem) => Self::parse(&pem),
            None => {
                let mut seed = [0; 32];
                provider.secure_random.fill(&mut seed).map_err(|_| KeyError::Random)?;
                let key = Self(SigningKey::from_bytes(&seed));
                state.write(FILE, &key.pem())?;
                Ok(key)
            }
        }
    }

    fn parse(pem: &str) -> Result<Self, KeyError> {
        let der =
            PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| KeyError::Damaged)?;
        let seed = der.secret_pkcs8_der().strip_prefix(&PKCS8_HEAD).ok_or(KeyError::Damaged)?;
        let seed: [u8; 32] = seed.try_into().map_err(|_| KeyError::Damaged)?;
        Ok(Self(SigningKey::from_bytes(&seed)))
    }

    fn der(&self) -> Vec<u8> {
        [PKCS8_HEAD.as_slice(), self.0.as_bytes()].concat()
    }

    fn pem(&self) -> String {
        let body = BASE64.encode(&self.der());
        format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n")
    }

    /// The private half for TLS.
    pub fn private_der(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.der()))
    }

    /// The public half, 32 bytes in lower-case hex.
    pub fn public_hex(&self) -> String {
        HEXLOWER.encode(self.0.verifying_key().as_bytes())
    }

    /// The signature of a text in lower-case hex.
    pub fn sign(&self, text: &str) -> String {
        HEXLOWER.encode(&self.0.sign(text.as_bytes()).to_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let state = StateDir::open(folder.path()).expect("a state directory");
        let provider = rustls::crypto::ring::default_provider();
        let first = CellKey::open(&state, &provider).expect("a key");
        let again = CellKey::open(&state, &provider).expect("a key");
        assert_eq!(first.public_hex(), again.public_hex());
        assert_eq!(first.sign("text"), again.sign("text"));
        provider.key_provider.load_private_key(first.private_der()).expect("a key for TLS");
    }

    #[test]
    fn a_damaged_key_is_not_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let state = StateDir::open(folder.path()).expect("a state directory");
        state.write(FILE, "nothing").expect("a file");
        let opened = CellKey::open(&state, &rustls::crypto::ring::default_provider());
        assert!(matches!(opened, Err(KeyError::Damaged)));
    }
}
