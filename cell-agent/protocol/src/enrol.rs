//! How an agent becomes its cell: a join token once, later its own key.

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use types::id::CellId;
use types::instant::Instant;
use types::secret::Secret;

/// What an operator carries from the plane to a new agent, as one line of text.
///
/// Text form: `cpjoin1.` and unpadded base64url of this as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinToken {
    /// Where the plane's agent port answers, e.g. `https://plane.example:8443`.
    pub address: String,
    /// Lower-case hex SHA-256 of the plane's CA certificate (DER). The agent trusts nothing else.
    pub ca_fingerprint: String,
    /// Good once and for ten minutes at most.
    pub secret: Secret,
}

/// A text that is no join token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a join token: one line that begins with {}", JoinToken::PREFIX)]
pub struct JoinTokenError;

impl JoinToken {
    /// What the text form begins with.
    pub const PREFIX: &'static str = "cpjoin1.";

    /// The text form, one line.
    pub fn to_line(&self) -> Secret {
        let json = serde_json::json!({
            "address": self.address,
            "ca_fingerprint": self.ca_fingerprint,
            "secret": self.secret,
        });
        let body = BASE64URL_NOPAD.encode(json.to_string().as_bytes());
        Secret::new(format!("{}{body}", Self::PREFIX))
    }

    /// Reads the text form; white space around it does not matter.
    pub fn from_line(line: &str) -> Result<Self, JoinTokenError> {
        let body = line.trim().strip_prefix(Self::PREFIX).ok_or(JoinTokenError)?;
        let json = BASE64URL_NOPAD.decode(body.as_bytes()).map_err(|_| JoinTokenError)?;
        serde_json::from_slice(&json).map_err(|_| JoinTokenError)
    }
}

/// `POST /agent/v1/enrol`, without a client certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolRequest {
    /// The secret of the join token.
    pub secret: Secret,
    /// The agent's Ed25519 public key, 32 bytes in lower-case hex. Its private half stays there.
    pub public_key: String,
    /// Version of the agent program.
    pub agent_version: String,
    /// Drawn when the agent's state directory was made.
    pub boot_id: String,
}

/// The answer to an enrolment or a renewal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The cell that the agent now is.
    pub cell: CellId,
    /// The cell's name.
    pub cell_name: String,
    /// The client certificate, PEM.
    pub certificate: String,
    /// The plane's CA certificate, PEM.
    pub ca_certificate: String,
    /// When the certificate ends; renewal should begin after two thirds of its life.
    pub expires_at: Instant,
    /// The next sequence number of usage records: what was acknowledged is never used again.
    pub next_sequence: i64,
}

/// `POST /agent/v1/renew`, with or without a client certificate, also after its end.
///
/// The signature is made with the enrolled key over [`RenewRequest::signed_text`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenewRequest {
    /// The cell.
    pub cell: CellId,
    /// From [`Challenge`]; good once and for one minute.
    pub challenge: String,
    /// Ed25519 signature in lower-case hex.
    pub signature: String,
}

impl RenewRequest {
    /// What is signed for a renewal.
    pub fn signed_text(cell: CellId, challenge: &str) -> String {
        format!("cellplane renew 1\n{cell}\n{challenge}\n")
    }
}

/// `POST /agent/v1/challenge`, without a body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    /// To be signed.
    pub challenge: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_join_token_survives_its_text_form() {
        let token = JoinToken {
            address: "https://plane.example:8443".to_owned(),
            ca_fingerprint: "cd".repeat(32),
            secret: Secret::new("not-a-real-one"),
        };
        let line = token.to_line();
        assert_eq!(JoinToken::from_line(&format!(" {}\n", line.reveal())), Ok(token));
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "cpjoin1.", "cpjoin2.e30", "cpjoin1.e30", "cpjoin1.!"] {
            assert_eq!(JoinToken::from_line(text), Err(JoinTokenError), "{text:?}");
        }
    }
}
