//! How a shim takes its place: alone, in a session of its own, and where it can be asked.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixListener;
use std::time::Duration;

use rustix::fs::{FlockOperation, Mode};

use crate::conversation::{self, Request};
use crate::directory::MemberDirectory;
use crate::durable;
use crate::moment;
use crate::process;
use crate::record::ShimRecord;

const PAUSE: Duration = Duration::from_millis(20);
const PAUSES_MAX: u32 = 500;

/// Takes the member's lock. None: another shim has it and answers.
pub fn take_lock(directory: &MemberDirectory) -> io::Result<Option<File>> {
    let path = directory.lock();
    let open = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
    let file = open.map_err(|error| durable::named("open", &path, &error))?;
    for _ in 0..PAUSES_MAX {
        if rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok() {
            return Ok(Some(file));
        }
        // The other one may be about to answer, or about to leave.
        if conversation::ask(directory, Request::Status, Duration::from_secs(1)).is_ok() {
            return Ok(None);
        }
        moment::pause(PAUSE);
    }
    Err(io::Error::new(ErrorKind::TimedOut, "another shim holds the lock and does not answer"))
}

/// Makes this process the leader of a session and says who it is. The processes it starts are
/// known by that session, also when this one is gone.
pub fn own_session() -> io::Result<ShimRecord> {
    rustix::process::umask(Mode::RWXG | Mode::RWXO);
    let pid = std::process::id();
    let gone = || io::Error::other("this process is not in /proc");
    if process::see(pid).ok_or_else(gone)?.session != pid {
        rustix::process::setsid()?;
    }
    let seen = process::see(pid).ok_or_else(gone)?;
    Ok(ShimRecord { pid, start_time: seen.start_time, boot_id: process::boot_id()? })
}

/// Opens the socket in place of one that a killed shim left.
pub fn listen(directory: &MemberDirectory) -> io::Result<UnixListener> {
    durable::remove(&directory.socket())?;
    // The name is relative to the working directory, since an address has at most 107 bytes.
    let listener = UnixListener::bind(directory.socket())?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}
