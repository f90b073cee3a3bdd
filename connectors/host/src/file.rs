//! Writes the files that a recipe wants into a member's directory.
//!
//! The directory belongs to the member's user, whose process can put symbolic links there. Since
//! root writes here, no link is ever followed.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, fchown};
use std::path::{Component, Path};

use catalog::recipe::RenderedFile;
use connectors::runtime::ConnectorError;
use connectors_host_shim::directory::MemberDirectory;
use connectors_host_shim::durable;
use rustix::fs::{Mode, OFlags, ResolveFlags};

use crate::failure;

/// Writes the file unless its content, owner and mode are right already; says whether it did.
pub fn write(
    directory: &MemberDirectory,
    user: u32,
    file: &RenderedFile,
) -> Result<bool, ConnectorError> {
    let (folders, name) = split(&file.path)?;
    write_below(directory, user, &folders, &name, file.content.reveal().as_bytes())
        .map_err(|error| failure::io(&format!("write {}", file.path), &error))
}

/// The folders and the name, if the path stays below the directory.
fn split(path: &str) -> Result<(Vec<String>, String), ConnectorError> {
    let wrong = |why: &str| failure::refused("FILE_PATH", format!("the file {path:?} {why}"));
    let mut words = Vec::new();
    for part in Path::new(path).components() {
        match part {
            Component::Normal(word) => words.push(word.to_string_lossy().into_owned()),
            _ => return Err(wrong("does not stay in the member's directory")),
        }
    }
    let name = words.pop().ok_or_else(|| wrong("has no name"))?;
    Ok((words, name))
}

fn write_below(
    directory: &MemberDirectory,
    user: u32,
    folders: &[String],
    name: &str,
    content: &[u8],
) -> io::Result<bool> {
    let folder = open_folder(directory, user, folders)?;
    // The folder is held open, so what follows happens in it whatever its path leads to by now.
    let held = format!("/proc/self/fd/{}", folder.as_raw_fd());
    let path = format!("{held}/{name}");
    if is_right(&path, user, content) {
        return Ok(false);
    }
    let fresh = format!("{held}/.{name}.new");
    match std::fs::remove_file(&fresh) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
    fchown(&file, Some(user), Some(user))?;
    file.write_all(content)?;
    file.sync_all()?;
    durable::reached(&directory.path().join(name), "put");
    std::fs::rename(&fresh, &path)?;
    File::open(&held)?.sync_all()?;
    durable::reached(&directory.path().join(name), "have put");
    Ok(true)
}

fn open_folder(directory: &MemberDirectory, user: u32, folders: &[String]) -> io::Result<OwnedFd> {
    let mut held: OwnedFd = File::open(directory.content())?.into();
    for folder in folders {
        let path = format!("/proc/self/fd/{}/{folder}", held.as_raw_fd());
        match std::fs::create_dir(&path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC;
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
        held = rustix::fs::openat2(&held, folder.as_str(), flags, Mode::empty(), resolve)?;
        // New, or made by somebody who was killed before it was given away.
        if rustix::fs::fstat(&held)?.st_uid == rustix::process::geteuid().as_raw() {
            rustix::fs::fchmod(&held, Mode::RWXU)?;
            fchown(&held, Some(user), Some(user))?;
        }
    }
    Ok(held)
}

fn is_right(path: &str, user: u32, content: &[u8]) -> bool {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let flags = i32::try_from(flags.bits()).unwrap_or_default();
    let Ok(file) = OpenOptions::new().read(true).custom_flags(flags).open(path) else {
        return false;
    };
    let Ok(found) = file.metadata() else { return false };
    let is_ours = found.is_file() && found.uid() == user && found.mode() & 0o7777 == 0o600;
    let mut there = Vec::new();
    let limit = u64::try_from(content.len()).unwrap_or(u64::MAX).saturating_add(1);
    is_ours && file.take(limit).read_to_end(&mut there).is_ok() && there == content
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, is_allowed: bool) {
        assert_eq!(split(path).is_ok(), is_allowed, "{path}");
    }

    #[test]
    fn a_file_stays_below() {
        check("redis.conf", true);
        check("conf/redis.conf", true);
        check("../other", false);
        check("conf/../../other", false);
        check("/etc/passwd", false);
        check("", false);
    }
}
