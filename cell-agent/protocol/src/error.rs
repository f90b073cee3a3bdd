//! Refusals that an agent can act on.

use serde::{Deserialize, Serialize};
use types::text_enum;

text_enum! {
    /// Why the plane refused.
    AgentErrorCode {
        /// The join token is unknown, used or expired. Ask an operator for another.
        JoinTokenInvalid = "JOIN_TOKEN_INVALID",
        /// The cell's agent was revoked, or its certificate is not of this plane.
        NotEnrolled = "NOT_ENROLLED",
        /// The signature or the challenge is wrong or too old.
        ChallengeFailed = "CHALLENGE_FAILED",
        /// The sequence or the boot id says: a copy or a rolled-back disk. Stop and alert.
        CloneSuspected = "CLONE_SUSPECTED",
        /// Another session of this cell was opened later. Open a new one, once; again: stop.
        SessionSuperseded = "SESSION_SUPERSEDED",
        /// The plane does not speak this version; the message names the versions it does.
        VersionUnsupported = "VERSION_UNSUPPORTED",
        /// The message is malformed or beyond a limit.
        Malformed = "MALFORMED",
        /// Try again later.
        Unavailable = "UNAVAILABLE",
    }
}

/// The body of every answer that is not 200.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentError {
    /// What kind of refusal.
    pub code: AgentErrorCode,
    /// What was wrong and what to do.
    pub message: String,
}
