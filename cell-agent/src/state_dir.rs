//! The agent's state directory: who may read it, and how a file in it is replaced as a whole.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// The state directory cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{action} {}", path.display())]
pub struct StateError {
    /// What was being done.
    pub action: &'static str,
    /// With which path.
    pub path: PathBuf,
    /// Why it did not work.
    #[source]
    pub source: io::Error,
}

impl StateError {
    /// Whether it may be over some day without anybody looking at this agent.
    pub fn is_passing(&self) -> bool {
        use io::ErrorKind::{QuotaExceeded, ReadOnlyFilesystem, StorageFull};
        matches!(self.source.kind(), StorageFull | QuotaExceeded | ReadOnlyFilesystem)
    }
}

/// A directory of mode 0700 that belongs to one agent.
#[derive(Clone, Debug)]
pub struct StateDir(PathBuf);

impl StateDir {
    /// Makes the directory unless it is there, and closes it to others.
    pub fn open(path: &Path) -> Result<Self, StateError> {
        let failed = |action| move |source| StateError { action, path: path.to_owned(), source };
        // Members have to pass through what is above it, and this alone is closed to them.
        path.parent().map_or(Ok(()), fs::create_dir_all).map_err(failed("make"))?;
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed("make"))?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o700))
            .map_err(failed("restrict access to"))?;
        Ok(Self(path.to_owned()))
    }

    /// The path of a file in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The content of a file; none if there is no such file.
    pub fn read(&self, name: &str) -> Result<Option<String>, StateError> {
        let path = self.path(name);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(StateError { action: "read", path, source }),
        }
    }

    /// Replaces a file; after a crash there is either the old content or the new one.
    pub fn write(&self, name: &str, content: &str) -> Result<(), StateError> {
        let path = self.path(name);
        let fresh = self.path(&format!("{name}.new"));
        let replace = || -> io::Result<()> {
            match fs::remove_file(&fresh) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let mut file = Self::make(&fresh)?;
            file.write_all(content.as_bytes())?;
            file.sync_all()?;
            fs::rename(&fresh, &path)?;
            File::open(&self.0)?.sync_all()
        };
        replace().map_err(|source| StateError { action: "write", path, source })
    }

    /// Opens a file for reading and writing, made with mode 0600 unless it is there.
    pub fn file(&self, name: &str) -> Result<File, StateError> {
        let path = self.path(name);
        OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(|source| StateError { action: "open", path, source })
    }

    fn make(path: &Path) -> io::Result<File> {
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("a file").permissions().mode() & 0o777
    }

    #[test]
    fn nobody_else_can_read_the_state() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("agent");
        let state = StateDir::open(&path).expect("a state directory");
        state.write("key", "secret").expect("a file");
        state.write("key", "newer").expect("a file");
        state.file("ledger").expect("a file");
        assert_eq!(mode(&path), 0o700);
        assert_eq!(mode(&state.path("key")), 0o600);
        assert_eq!(mode(&state.path("ledger")), 0o600);
        assert_eq!(state.read("key").expect("readable").as_deref(), Some("newer"));
        assert_eq!(state.read("other").expect("readable"), None);
    }
}
