//! What went wrong on this host, in the words of the connectors' trait.

use std::io::{self, ErrorKind};

use connectors::runtime::ConnectorError;

/// Worth another try in the next round.
pub fn unavailable(code: &'static str, message: impl Into<String>) -> ConnectorError {
    ConnectorError::Unavailable { code, message: message.into() }
}

/// A person has to change something first.
pub fn refused(code: &'static str, message: impl Into<String>) -> ConnectorError {
    ConnectorError::Refused { code, message: message.into() }
}

/// An error of the host's files and processes, with what was attempted.
pub fn io(verb: &str, error: &io::Error) -> ConnectorError {
    let message = format!("{verb}: {error}");
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => unavailable("DISK_FULL", message),
        ErrorKind::ReadOnlyFilesystem => unavailable("READ_ONLY", message),
        ErrorKind::PermissionDenied => refused("PERMISSION", message),
        _ => unavailable("HOST_FAILURE", message),
    }
}

/// Runs work that waits for the disk or for processes where it holds up nobody.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ConnectorError> + Send + 'static,
) -> Result<T, ConnectorError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(unavailable("HOST_FAILURE", format!("work was broken off: {error}"))),
    }
}
