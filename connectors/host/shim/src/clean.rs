//! Stops and removes members without an agent, down to the last file and number.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::time::Duration;

use rustix::process::Signal;

use crate::claim;
use crate::conversation::{self, Request};
use crate::directory::MemberDirectory;
use crate::durable::{self, named};
use crate::process::{self, Living};
use crate::record::{ChildRecord, KeepRecord, PlaceRecord, ShimRecord, Wish};

/// A shim that was asked to stop something answers within the timeout and this.
const ANSWER_TIME: Duration = Duration::from_secs(10);

/// Stops the member's process and its shim, politely first, and everything else of its user.
/// Fine if nothing runs.
pub fn stop(directory: &MemberDirectory, timeout: Duration) -> io::Result<()> {
    let timeout_ms = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
    // A shim that does not answer is ended below, like one that hangs.
    let _ = conversation::ask(directory, Request::Stop { timeout_ms }, timeout + ANSWER_TIME);
    let boot_id = process::boot_id()?;
    let shim: Option<ShimRecord> = durable::read_json(&directory.shim())?;
    let child: Option<ChildRecord> = durable::read_json(&directory.child())?;
    let shim = shim.filter(|shim| shim.boot_id == boot_id);
    let child = child.filter(|child| child.boot_id == boot_id);
    if let Some(shim) = &shim
        && let Some(seen) = process::see_alive(shim.pid, shim.start_time)
        && let Some(living) = Living::hold(seen)
        && !living.wait(Duration::from_secs(1))
    {
        process::kill(&[seen]);
    }
    if let Some(keep) = durable::read_json::<KeepRecord>(&directory.keep())? {
        // A shim that comes after this must not start it again. On a full disk nothing can be
        // written, and without a note nothing is wanted either.
        let keep = KeepRecord { wish: Wish::Stopped, ..keep };
        if durable::write_json(&directory.keep(), &keep).is_err() {
            durable::remove(&directory.keep())?;
        }
    }
    if let Some(child) = &child {
        let alive = process::see_alive(child.pid, child.start_time);
        if let Some(living) = alive.and_then(Living::hold) {
            living.signal(Signal::TERM);
            living.wait(timeout);
        }
        process::kill(&process::session_of(child.session, child.session_start_time)?);
    }
    if let Some(shim) = &shim {
        process::kill(&process::session_of(shim.pid, shim.start_time)?);
    }
    if let Some(place) = durable::read_json::<PlaceRecord>(&directory.place())? {
        process::kill(&process::of_user(place.user)?);
    }
    Ok(())
}

/// Stops the member and removes its directory, user and port. Fine if nothing is left. Says what
/// was removed.
pub fn remove(
    directory: &MemberDirectory,
    claims: &Path,
    timeout: Duration,
) -> io::Result<Vec<String>> {
    let mut removed = Vec::new();
    if directory.path().exists() {
        stop(directory, timeout)?;
        durable::reached(&directory.content(), "stopped to remove");
        remove_tree(directory.path())?;
        durable::reached(&directory.content(), "removed");
        removed.push(format!("directory {}", directory.path().display()));
    }
    // Last, since nobody else may take a number that is in use.
    removed.extend(claim::release(claims, directory.path())?);
    Ok(removed)
}

/// Removes all members below a root, its media and itself. Says on `out` what was removed.
pub fn clean(root: &Path, claims: &Path, timeout: Duration, out: &mut dyn Write) -> io::Result<()> {
    // Claims name members by the path that the agent knew, which is this one.
    let Ok(root) = root.canonicalize() else {
        writeln!(out, "{} is not there", root.display())?;
        return fold(claims, out).and_then(|()| writeln!(out, "nothing is left"));
    };
    let members = match fs::read_dir(root.join("members")) {
        Ok(entries) => entries.collect::<Result<Vec<_>, _>>()?,
        Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(named("read", &root, &error)),
    };
    for member in members {
        for line in remove(&MemberDirectory::at(member.path()), claims, timeout)? {
            writeln!(out, "removed {line}")?;
        }
    }
    for name in ["members", "media", "bin"] {
        let path = root.join(name);
        if path.exists() {
            remove_tree(&path)?;
            writeln!(out, "removed {}", path.display())?;
        }
    }
    match fs::remove_dir(&root) {
        Ok(()) => writeln!(out, "removed {}", root.display())?,
        Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => {
            writeln!(out, "left {}: it holds files of others", root.display())?;
        }
        Err(error) => return Err(named("remove", &root, &error)),
    }
    fold(claims, out)?;
    let left = left(&root, claims)?;
    for line in &left {
        writeln!(out, "STILL THERE: {line}")?;
    }
    if left.is_empty() {
        return writeln!(out, "nothing is left");
    }
    Err(io::Error::other("something could not be removed"))
}

/// What is still there of members below a root: directories, claims and shims.
pub fn left(root: &Path, claims: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    let members = root.join("members");
    if let Ok(entries) = fs::read_dir(&members) {
        for entry in entries {
            found.push(format!("directory {}", entry?.path().display()));
        }
    }
    for (name, holder) in claim::all(claims)? {
        if holder.starts_with(&members) {
            found.push(name);
        }
    }
    for seen in process::all()? {
        // Shims and media are below the root, and who only names it in an argument is not.
        let program = fs::read_link(format!("/proc/{}/exe", seen.pid)).unwrap_or_default();
        if program.starts_with(root) {
            found.push(format!("process {}: {}", seen.pid, program.display()));
        }
    }
    Ok(found)
}

fn fold(claims: &Path, out: &mut dyn Write) -> io::Result<()> {
    claim::fold(claims)?.iter().try_for_each(|line| writeln!(out, "removed {line}"))
}

fn remove_tree(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(named("remove", path, &error)),
        _ => Ok(()),
    }
}
