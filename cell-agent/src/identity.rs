//! Who this agent is to the plane: what an enrolment or a renewal answered, kept in one file.

use std::time::Duration;

use cell_agent_protocol::enrol::{Identity, JoinToken};
use serde::{Deserialize, Serialize};
use types::id::CellId;
use types::instant::Instant;

use crate::state_dir::{StateDir, StateError};

const FILE: &str = "identity.json";

/// The identity cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The file cannot be read or written.
    #[error("keep the cell's identity")]
    State(#[from] StateError),
    /// The file holds something else.
    #[error("{FILE} in the state directory cannot be read; enrol again with a new join token")]
    Damaged(#[source] serde_json::Error),
}

/// What an agent keeps of its enrolment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolled {
    /// Where the plane answers.
    pub address: String,
    /// What the plane said last.
    pub identity: Identity,
    /// When it said so.
    pub received_at: Instant,
    /// The plane refused this identity; only a new join token helps.
    pub withdrawn: bool,
}

impl Enrolled {
    /// After an enrolment with this token.
    pub fn new(token: &JoinToken, identity: Identity, received_at: Instant) -> Self {
        Self { address: token.address.clone(), identity, received_at, withdrawn: false }
    }

    /// The identity that the state directory holds.
    pub fn load(state: &StateDir) -> Result<Option<Self>, IdentityError> {
        let text = state.read(FILE)?;
        text.map(|text| serde_json::from_str(&text)).transpose().map_err(IdentityError::Damaged)
    }

    /// Puts it into the state directory.
    pub fn save(&self, state: &StateDir) -> Result<(), IdentityError> {
        let text = serde_json::to_string_pretty(self).map_err(IdentityError::Damaged)?;
        Ok(state.write(FILE, &text)?)
    }

    /// The cell.
    pub fn cell(&self) -> CellId {
        self.identity.cell
    }

    /// From when on the certificate should be renewed: after two thirds of its life.
    pub fn renew_at(&self) -> Instant {
        let life = self.identity.expires_at.since(self.received_at);
        self.received_at.plus(life / 3 * 2)
    }

    /// Whether the certificate is of no use any more.
    pub fn is_expired(&self, now: Instant) -> bool {
        now.plus(Duration::from_secs(5)) >= self.identity.expires_at
    }
}

#[cfg(test)]
mod tests {
    use types::id::{Ids, SystemIds};
    use types::secret::Secret;

    use super::*;

    fn enrolled() -> Enrolled {
        let token = JoinToken {
            address: "https://plane.example:8443".to_owned(),
            ca_fingerprint: String::new(),
            secret: Secret::new("once"),
        };
        let identity = Identity {
            cell: SystemIds.next().into(),
            cell_name: "home".to_owned(),
            certificate: String::new(),
            ca_certificate: String::new(),
            expires_at: Instant::from_seconds(90_000),
            next_sequence: 1,
        };
        Enrolled::new(&token, identity, Instant::from_seconds(0))
    }

    #[test]
    fn renewal_begins_after_two_thirds_of_the_life() {
        assert_eq!(enrolled().renew_at(), Instant::from_seconds(60_000));
        assert!(!enrolled().is_expired(Instant::from_seconds(60_000)));
        assert!(enrolled().is_expired(Instant::from_seconds(90_000)));
    }

    #[test]
    fn the_identity_is_kept_without_the_join_secret() {
        let folder = tempfile::tempdir().expect("a folder");
        let state = StateDir::open(folder.path()).expect("a state directory");
        assert_eq!(Enrolled::load(&state).expect("readable"), None);
        enrolled().save(&state).expect("a file");
        let text = state.read(FILE).expect("readable").expect("a file");
        assert!(!text.contains("once"));
        assert!(Enrolled::load(&state).expect("readable").is_some());
        state.write(FILE, "{").expect("a file");
        assert!(matches!(Enrolled::load(&state), Err(IdentityError::Damaged(_))));
    }
}
