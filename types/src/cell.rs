//! What is said about cells on both sides of the wire.

use crate::text_enum;

text_enum! {
    /// How the plane sees a cell.
    CellState {
        /// Made by an operator; no agent has enrolled yet.
        Awaited = "awaited",
        /// An agent enrolled.
        Enrolled = "enrolled",
        /// The agent's identity was withdrawn; a new join token is needed.
        Revoked = "revoked",
    }
}
