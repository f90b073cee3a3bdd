//! Processes of this host as `/proc` shows them, told apart from later ones with the same number.

use std::fs;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags};
use rustix::process::{Pid, PidfdFlags, Signal, Uid};

use crate::moment::timespec;

/// One line of `/proc/<pid>/stat`, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Process id.
    pub pid: u32,
    /// Ended, but its parent has not looked yet. Such a process does nothing any more.
    pub is_ended: bool,
    /// Its session.
    pub session: u32,
    /// When it started, in clock ticks since the boot: with the pid, what makes it unique.
    pub start_time: u64,
}

/// The process with this id; none if there is none.
pub fn see(pid: u32) -> Option<Seen> {
    parse(pid, &fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// The process if it is still the one that started then and has not ended.
pub fn see_alive(pid: u32, start_time: u64) -> Option<Seen> {
    see(pid).filter(|seen| seen.start_time == start_time && !seen.is_ended)
}

/// All processes that have not ended.
pub fn all() -> io::Result<Vec<Seen>> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let pid = entry?.file_name().to_str().and_then(|name| name.parse().ok());
        // A process may end between being listed and being read.
        found.extend(pid.and_then(see).filter(|seen| !seen.is_ended));
    }
    Ok(found)
}

/// The processes of the session that the given shim opened, without the shim. A process keeps its
/// session when the shim dies.
pub fn session_of(shim: u32, start_time: u64) -> io::Result<Vec<Seen>> {
    // While a session has processes its number is not given out again, so another process under
    // that number means that the session is another one.
    if see(shim).is_some_and(|seen| seen.start_time != start_time) {
        return Ok(Vec::new());
    }
    Ok(all()?.into_iter().filter(|seen| seen.session == shim && seen.pid != shim).collect())
}

/// Whether anything runs as the user, or ended and was not looked at yet. The kernel is asked once:
/// going through all processes takes as long as there are many.
pub fn is_at_work(user: u32) -> bool {
    // Where it cannot be told, somebody may be there.
    rustix::process::getpriority_user(Uid::from_raw(user)) != Err(rustix::io::Errno::SRCH)
}

/// The processes that run as the user.
pub fn of_user(user: u32) -> io::Result<Vec<Seen>> {
    if !is_at_work(user) {
        return Ok(Vec::new());
    }
    Ok(all()?.into_iter().filter(|seen| user_of(seen.pid) == Some(user)).collect())
}

/// Changes with every boot.
pub fn boot_id() -> io::Result<String> {
    Ok(fs::read_to_string("/proc/sys/kernel/random/boot_id")?.trim().to_owned())
}

/// A living process that stays the same one while this is held.
#[derive(Debug)]
pub struct Living {
    /// What was seen of it.
    pub seen: Seen,
    pidfd: OwnedFd,
}

impl Living {
    /// Takes hold of the process; none if it ended in the meantime.
    pub fn hold(seen: Seen) -> Option<Self> {
        let pid = Pid::from_raw(i32::try_from(seen.pid).ok()?)?;
        let pidfd = rustix::process::pidfd_open(pid, PidfdFlags::empty()).ok()?;
        // The number may have gone to another process before it was held.
        see_alive(seen.pid, seen.start_time).map(|seen| Self { seen, pidfd })
    }

    /// Sends a signal. Fine if it has ended.
    pub fn signal(&self, signal: Signal) {
        // The only errors here are an ended process and missing rights; the wait that follows
        // every signal tells.
        let _ = rustix::process::pidfd_send_signal(&self.pidfd, signal);
    }

    /// Waits until it ended or the time is over; says whether it ended.
    pub fn wait(&self, timeout: Duration) -> bool {
        let mut watched = [PollFd::new(&self.pidfd, PollFlags::IN)];
        matches!(rustix::event::poll(&mut watched, Some(&timespec(timeout))), Ok(count) if count > 0)
    }
}

impl AsFd for Living {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.pidfd.as_fd()
    }
}

/// Ends the processes without asking and waits a moment for each.
pub fn kill(processes: &[Seen]) -> usize {
    let held: Vec<Living> = processes.iter().copied().filter_map(Living::hold).collect();
    held.iter().for_each(|process| process.signal(Signal::KILL));
    held.iter().filter(|process| process.wait(Duration::from_secs(5))).count()
}

/// The user that the process runs as; none if it ended.
pub fn user_of(pid: u32) -> Option<u32> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("Uid:"))?;
    line.split_whitespace().next()?.parse().ok()
}

fn parse(pid: u32, line: &str) -> Option<Seen> {
    // The name stands in parentheses and may hold anything, also parentheses.
    let (_, rest) = line.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    Some(Seen {
        pid,
        is_ended: matches!(*fields.first()?, "Z" | "X" | "x"),
        session: fields.get(3)?.parse().ok()?,
        start_time: fields.get(19)?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_hold_parentheses_and_blanks() {
        let line = "7 (a) S (b) S 1 7 5 0 -1 4 1 2 3 4 5 6 7 8 20 0 1 0 4711 999";
        let expected = Seen { pid: 7, is_ended: false, session: 5, start_time: 4711 };
        assert_eq!(parse(7, line), Some(expected));
        assert!(parse(7, &line.replace(") S 1", ") Z 1")).is_some_and(|seen| seen.is_ended));
        assert_eq!(parse(7, "7 (a"), None);
    }

    #[test]
    fn a_process_with_another_start_is_another_process() {
        let seen = see(std::process::id()).expect("this process is there");
        assert_eq!(see_alive(seen.pid, seen.start_time), Some(seen));
        assert_eq!(see_alive(seen.pid, seen.start_time + 1), None);
    }
}
