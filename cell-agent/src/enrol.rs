//! How the agent becomes its cell, and stays it: enrolment by token, renewal by its own key.

use cell_agent_protocol::enrol::{EnrolRequest, JoinToken, RenewRequest};
use cell_agent_protocol::error::AgentErrorCode;
use types::clock::Clock;
use types::id::Ids;
use types::instant::Instant;

use crate::identity::{Enrolled, IdentityError};
use crate::key::CellKey;
use crate::ledger::{Ledger, LedgerError};
use crate::plane::PlaneError;
use crate::state_dir::StateDir;
use crate::way::{Way, WayError};
use types::backoff::Backoff;

/// The version of this program, as the plane is told.
pub const AGENT_VERSION: &str = env!("CARGO_PKG_VERSION");

/// Why an enrolment or a renewal did not work.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    /// The plane did not give an identity.
    #[error("ask the plane for an identity")]
    Plane(#[from] PlaneError),
    /// There is no way to the plane.
    #[error("make a way to the plane")]
    Way(#[from] WayError),
    /// The identity could not be kept.
    #[error("keep the identity")]
    Identity(#[from] IdentityError),
    /// The ledger could not take the next sequence.
    #[error("enter the identity into the ledger")]
    Ledger(#[from] LedgerError),
    /// The token belongs to another cell than the one whose members are here.
    #[error("the state directory belongs to cell {ours}, and the join token is for cell {theirs}")]
    OtherCell {
        /// The cell of the state directory.
        ours: types::id::CellId,
        /// The cell of the token.
        theirs: types::id::CellId,
    },
}

/// What an enrolment works with.
pub(crate) struct Enrolment<'a> {
    pub clock: &'a dyn Clock,
    pub ids: &'a dyn Ids,
    pub way: &'a Way,
    pub state: &'a StateDir,
    pub key: &'a CellKey,
    pub ledger: &'a Ledger,
}

impl Enrolment<'_> {
    /// Enrols with a join token. While the plane is away it tries again; a refusal ends it.
    pub async fn enrol(&self, token: &JoinToken) -> Result<Enrolled, EnrolError> {
        let client = self.way.pinned(&token.address, &token.ca_fingerprint)?;
        let request = EnrolRequest {
            secret: token.secret.clone(),
            public_key: self.key.public_hex(),
            agent_version: AGENT_VERSION.to_owned(),
            boot_id: self.ledger.boot_id(),
        };
        let mut failures = 0;
        let identity = loop {
            match client.enrol(&request).await {
                Ok(identity) => break identity,
                Err(error) if is_passing(&error) => {
                    failures += 1;
                    tracing::warn!(error = &error as &dyn std::error::Error, "plane is away");
                    self.clock.sleep(Backoff::PLANE.drawn(failures, self.ids)).await;
                }
                Err(error) => return Err(error.into()),
            }
        };
        let enrolled = Enrolled::new(token, identity, self.clock.now());
        if let Some(ours) = self.ledger.cell()
            && ours != enrolled.cell()
        {
            return Err(EnrolError::OtherCell { ours, theirs: enrolled.cell() });
        }
        self.ledger.enter_cell(enrolled.cell(), enrolled.identity.next_sequence)?;
        enrolled.save(self.state)?;
        tracing::info!(cell.id = %enrolled.cell(), cell.name = enrolled.identity.cell_name, "enrolled");
        Ok(enrolled)
    }

    /// Renews the certificate by a signed challenge; works after its end, too.
    pub async fn renew(&self, enrolled: &Enrolled, now: Instant) -> Result<Enrolled, EnrolError> {
        let client = self.way.anonymous(enrolled)?;
        let challenge = client.challenge().await?.challenge;
        let cell = enrolled.cell();
        let signature = self.key.sign(&RenewRequest::signed_text(cell, &challenge));
        let identity = client.renew(&RenewRequest { cell, challenge, signature }).await?;
        if identity.cell != cell {
            return Err(EnrolError::OtherCell { ours: cell, theirs: identity.cell });
        }
        let renewed = Enrolled { identity, received_at: now, withdrawn: false, ..enrolled.clone() };
        renewed.save(self.state)?;
        tracing::info!(cell.id = %cell, expires_at = %renewed.identity.expires_at, "renewed");
        Ok(renewed)
    }
}

/// Whether waiting may help. An untrusted certificate is told at once: the person who enrols is
/// most likely still there.
fn is_passing(error: &PlaneError) -> bool {
    match error {
        PlaneError::Unreachable(source) => !is_certificate_refusal(source.as_ref()),
        PlaneError::Refused(refusal) => refusal.code == AgentErrorCode::Unavailable,
        PlaneError::Unintelligible { status, .. } => *status >= 500,
    }
}

/// Whether the server showed a certificate that is not trusted.
fn is_certificate_refusal(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if matches!(error.downcast_ref(), Some(rustls::Error::InvalidCertificate(_))) {
            return true;
        }
        // An I/O error passes over what it wraps when it is asked for its source.
        let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if wrapped.is_some_and(|wrapped| is_certificate_refusal(wrapped)) {
            return true;
        }
        next = error.source();
    }
    false
}
