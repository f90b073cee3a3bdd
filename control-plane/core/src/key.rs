//! Secrets at rest: encrypted with a key from a file (ChaCha20-Poly1305, RFC 8439).

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use data_encoding::BASE64_NOPAD;
use types::random::Random;
use types::secret::Secret;

const NONCE_BYTES: usize = 12;

/// The key that secrets in the database are encrypted with.
pub struct MasterKey(ChaCha20Poly1305);

/// A stored secret that cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("open a stored secret: wrong key, or the row was changed")]
pub struct KeyError;

impl MasterKey {
    /// From the 32 bytes of the key file.
    pub fn new(bytes: &[u8; 32]) -> Self {
        Self(ChaCha20Poly1305::new(&Key::from(*bytes)))
    }

    /// Encrypts; `context` is what the secret belongs to and must be given again to open it, so
    /// that a row copied to another place does not open there.
    pub fn seal(
        &self,
        context: &str,
        secret: &Secret,
        random: &dyn Random,
    ) -> Result<String, KeyError> {
        let mut nonce = [0; NONCE_BYTES];
        random.fill(&mut nonce);
        let payload = Payload { msg: secret.reveal().as_bytes(), aad: context.as_bytes() };
        let sealed = self.0.encrypt(&Nonce::from(nonce), payload).map_err(|_| KeyError)?;
        Ok(BASE64_NOPAD.encode(&[nonce.as_slice(), &sealed].concat()))
    }

    /// Decrypts what [`Self::seal`] made for the same context.
    pub fn open(&self, context: &str, sealed: &str) -> Result<Secret, KeyError> {
        let bytes = BASE64_NOPAD.decode(sealed.as_bytes()).map_err(|_| KeyError)?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>().ok_or(KeyError)?;
        let payload = Payload { msg: sealed, aad: context.as_bytes() };
        let opened = self.0.decrypt(&Nonce::from(*nonce), payload).map_err(|_| KeyError)?;
        String::from_utf8(opened).map(Secret::new).map_err(|_| KeyError)
    }
}

#[cfg(test)]
mod tests {
    use types::random::SystemRandom;

    use super::*;

    #[test]
    fn a_secret_opens_only_with_its_key_and_in_its_place() {
        let key = MasterKey::new(&[7; 32]);
        let sealed = key.seal("ins_a", &Secret::new("hush"), &SystemRandom).expect("sealed");
        assert!(!sealed.contains("hush"));
        assert_eq!(key.open("ins_a", &sealed), Ok(Secret::new("hush")));
        assert_eq!(key.open("ins_b", &sealed), Err(KeyError));
        assert_eq!(MasterKey::new(&[8; 32]).open("ins_a", &sealed), Err(KeyError));
        assert_eq!(key.open("ins_a", "AAAA"), Err(KeyError));
    }
}
