//! Recomputing a world from its files, through the same functions that close a real month.

use std::fs;
use std::path::{Path, PathBuf};

use billing_rating::error::RatingError;
use billing_rating::files::{self, FileError, WorldTexts};
use billing_rating::world::{self, Rated};

/// Why files could not be read, rated or written.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// The system refuses.
    #[error("use {}", path.display())]
    File {
        /// Which file or directory.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A file holds something else than it should.
    #[error("read {}", directory.display())]
    Content {
        /// In which directory.
        directory: PathBuf,
        /// Which file and line.
        #[source]
        source: FileError,
    },
    /// What was entered contradicts itself.
    #[error("rate {}", directory.display())]
    Rating {
        /// In which directory.
        directory: PathBuf,
        /// What contradicts itself.
        #[source]
        source: RatingError,
    },
    /// The plane refuses.
    #[error(transparent)]
    Refused(#[from] control_plane_core::error::Error),
}

/// Reads the five files of a world in a directory and writes `bills.json`, `charges.jsonl` and
/// `decisions.jsonl` beside them.
///
/// # Errors
/// Nothing is written unless everything could be read and rated.
pub fn directory(directory: &Path) -> Result<Rated, FilesError> {
    let read = |name: &str| read(&directory.join(name));
    let texts = [
        read("tenant.json")?,
        read("tree.jsonl")?,
        read("prices.json")?,
        read("lifecycle.jsonl")?,
        read("usage.jsonl")?,
    ];
    let [tenant, tree, prices, lifecycle, usage] = texts.each_ref().map(String::as_str);
    let world = files::read(WorldTexts { tenant, tree, prices, lifecycle, usage })
        .map_err(|source| FilesError::Content { directory: directory.to_owned(), source })?;
    let rated = world::rate(&world)
        .map_err(|source| FilesError::Rating { directory: directory.to_owned(), source })?;
    write(&directory.join("bills.json"), &files::bills(&rated.bills))?;
    write(&directory.join("charges.jsonl"), &files::charges(&rated.charges))?;
    write(&directory.join("decisions.jsonl"), &files::decisions(&rated.decisions))?;
    Ok(rated)
}

fn read(path: &Path) -> Result<String, FilesError> {
    fs::read_to_string(path).map_err(|source| FilesError::File { path: path.to_owned(), source })
}

/// Writes a whole file.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), FilesError> {
    fs::write(path, text).map_err(|source| FilesError::File { path: path.to_owned(), source })
}
