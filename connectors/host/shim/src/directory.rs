//! Where everything about one member is on disk.

use std::path::{Path, PathBuf};

/// What this host keeps about a member. It belongs to root; only `data` below it, which is what
/// the member itself sees as its directory, belongs to the member's user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberDirectory(PathBuf);

macro_rules! files {
    ($($(#[$doc:meta])* $function:ident = $name:literal;)*) => {
        $($(#[$doc])* pub fn $function(&self) -> PathBuf { self.0.join($name) })*
    };
}

impl MemberDirectory {
    /// The directory at the path, which need not exist yet.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    files! {
        /// Its user, port and size, as the agent reserved them.
        place = "place.json";
        /// The process to run, as the agent described it; holds secrets.
        process = "process.json";
        /// What is wanted of the process and what became of it.
        keep = "keep.json";
        /// The process while one may be alive.
        child = "child.json";
        /// The shim that is or was there last.
        shim = "shim.json";
        /// Held by the shim as long as it lives.
        lock = "lock";
        /// Where the shim answers.
        socket = "shim.sock";
        /// Every change of the process, oldest first.
        journal = "journal";
        /// Touched while the process is seen alive.
        heartbeat = "heartbeat";
        /// What the process prints.
        log = "log";
        /// The directory that the member sees: its files, its working directory.
        content = "data";
    }
}
