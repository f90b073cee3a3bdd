//! The time as a keeper sees it: the host's wall clock, and pauses while a process is awaited.
//!
//! A keeper is a program of its own that real processes are timed by, so no other clock is given.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::event::Timespec;

/// Microseconds since the Unix epoch by the host's clock.
#[expect(clippy::disallowed_methods, reason = "the shim has no other clock than the host's")]
pub fn now_micros() -> i64 {
    micros(SystemTime::now())
}

/// Microseconds since the Unix epoch at which the file was last written; none if there is none.
pub fn written_micros(path: &Path) -> Option<i64> {
    path.metadata().and_then(|found| found.modified()).ok().map(micros)
}

/// Waits without being woken by anything.
pub fn pause(duration: Duration) {
    // A signal may end the pause early, which no caller minds.
    let _ = rustix::event::poll(&mut [], Some(&timespec(duration)));
}

/// The duration as the kernel takes it.
pub fn timespec(duration: Duration) -> Timespec {
    Timespec {
        tv_sec: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(duration.subsec_nanos()),
    }
}

fn micros(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
