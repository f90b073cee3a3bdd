//! What agent and shim say to each other: one line of JSON each way per connection.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::directory::MemberDirectory;
use crate::record::KeepRecord;

const LINE_BYTES_MAX: u64 = 65_536;

/// What a shim is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Request {
    /// What is the process doing?
    Status,
    /// Start the process of `process.json` unless one runs.
    Start,
    /// Stop the process, politely first. Answered when it is gone; the shim then leaves.
    Stop {
        /// Milliseconds between the polite signal and the last one.
        timeout_ms: u64,
    },
    /// Leave without touching the process.
    Exit,
}

/// What a shim answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// What the process does now.
    pub keep: KeepRecord,
    /// Why the request was not carried out, if it was not.
    #[serde(default)]
    pub problem: Option<String>,
}

/// Asks the shim of a member. An error of kind `NotFound` or `ConnectionRefused`: there is none.
pub fn ask(directory: &MemberDirectory, request: Request, timeout: Duration) -> io::Result<Answer> {
    let mut stream = connect(directory)?;
    stream.set_read_timeout(Some(timeout))?;
    stream.set_write_timeout(Some(timeout))?;
    send(&mut stream, &request)?;
    receive(&stream)
}

/// Connects to the shim of a member.
pub fn connect(directory: &MemberDirectory) -> io::Result<UnixStream> {
    // The address of a socket has at most 107 bytes; through the open directory it always fits.
    let opened = File::open(directory.path())?;
    UnixStream::connect(format!("/proc/self/fd/{}/shim.sock", opened.as_raw_fd()))
}

/// Sends one line.
pub fn send<T: Serialize>(stream: &mut UnixStream, message: &T) -> io::Result<()> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    stream.write_all(&line)
}

/// Receives one line.
pub fn receive<T: for<'de> Deserialize<'de>>(stream: &UnixStream) -> io::Result<T> {
    let mut line = Vec::new();
    BufReader::new(stream.take(LINE_BYTES_MAX)).read_until(b'\n', &mut line)?;
    if line.is_empty() {
        return Err(io::Error::new(io::ErrorKind::ConnectionReset, "the shim went away"));
    }
    Ok(serde_json::from_slice(&line)?)
}

/// Whether the error says that no shim is there.
pub fn is_absent(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionRefused, ConnectionReset, NotFound};
    matches!(error.kind(), NotFound | ConnectionRefused | ConnectionReset | BrokenPipe)
}
