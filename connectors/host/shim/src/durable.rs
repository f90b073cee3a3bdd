//! Small files that are there whole or not at all, also after a crash.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;
use serde::de::DeserializeOwned;

static TURN: AtomicU64 = AtomicU64::new(0);

/// Replaces the file's content; readers see the old or the new one. Only its owner can read it.
pub fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("file");
    let turn = TURN.fetch_add(1, Ordering::Relaxed);
    let fresh = parent(path).join(format!(".{name}.{}.{turn}", std::process::id()));
    reached(path, "write");
    let written = write_new(&fresh, content);
    reached(path, "written");
    let written = written.and_then(|()| fs::rename(&fresh, path));
    if written.is_err() {
        // What could not be put into place is of no use; the first error is the one to tell.
        let _ = fs::remove_file(&fresh);
    }
    let synced = written.and_then(|()| sync_directory(parent(path)));
    reached(path, "in place");
    synced.map_err(|error| named("write", path, &error))
}

/// Replaces the file's content by a record.
pub fn write_json<T: Serialize>(path: &Path, record: &T) -> io::Result<()> {
    write(path, &serde_json::to_vec(record)?)
}

/// Reads a record; none if there is no such file.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> io::Result<Option<T>> {
    match fs::read(path) {
        Ok(content) => serde_json::from_slice(&content)
            .map(Some)
            .map_err(|error| named("read", path, &io::Error::from(error))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(named("read", path, &error)),
    }
}

/// Removes the file for good. Fine if it is not there.
pub fn remove(path: &Path) -> io::Result<()> {
    reached(path, "remove");
    match fs::remove_file(path) {
        Ok(()) => {
            let synced = sync_directory(parent(path));
            reached(path, "removed");
            synced
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(named("remove", path, &error)),
    }
}

/// Removes what writers of the file that were killed left beside it. Nobody may be writing it.
pub fn sweep(path: &Path) -> io::Result<()> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("file");
    sweep_like(&path.with_file_name(format!("{name}.")))
}

/// The same for all files whose names begin like the path.
pub fn sweep_like(path: &Path) -> io::Result<()> {
    let beginning = path.file_name().and_then(|name| name.to_str()).unwrap_or("file");
    for entry in fs::read_dir(parent(path))? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(&format!(".{beginning}")) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Makes the names in a directory survive a power loss.
pub fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// The error with what was attempted and on which file.
pub fn named(verb: &str, path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{verb} {}: {error}", path.display()))
}

/// A point of the member whose directory holds the file, at which the program may be killed.
pub fn reached(path: &Path, what: &str) {
    types_point::reached(|| {
        let whole = std::path::absolute(path).unwrap_or_default();
        let name = |part: Option<&std::ffi::OsStr>| {
            part.map(|part| part.to_string_lossy().into_owned()).unwrap_or_default()
        };
        let member = name(whole.parent().and_then(Path::file_name));
        format!("{member} {what} {}", name(whole.file_name()))
    });
}

fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}
