//! Tokens: unguessable texts of which only the hash is kept.

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use sha2::{Digest, Sha256};
use types::random::Random;
use types::secret::Secret;

/// Draws a token of 256 bits behind a prefix that tells what it is for.
pub fn draw(prefix: &str, random: &dyn Random) -> Secret {
    let mut bytes = [0; 32];
    random.fill(&mut bytes);
    Secret::new(format!("{prefix}_{}", BASE64URL_NOPAD.encode(&bytes)))
}

/// What is kept of a token: lower-case hex SHA-256. A token is unguessable, so no salt is needed,
/// and the hash is looked up by equality.
pub fn hash(token: &str) -> String {
    hex(&Sha256::digest(token.as_bytes()))
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

/// Lower-case hex SHA-256 over the canonical JSON of a value.
pub fn digest_of(value: &impl serde::Serialize) -> String {
    // Values that are hashed here are structs with text keys; they always have a JSON form.
    let text = serde_json::to_value(value).map(|value| value.to_string()).unwrap_or_default();
    hash(&text)
}
