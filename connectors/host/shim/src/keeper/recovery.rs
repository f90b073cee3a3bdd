//! What a shim finds when it takes over: a process that lives on, or one that ended unseen.

use std::io;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::Keeper;
use super::running::Running;
use crate::durable;
use crate::moment;
use crate::process::{self, Living, Seen};
use crate::record::{ChildRecord, Doing, ShimRecord, Wish};

impl Keeper {
    /// Finds the process of the shim before this one, or writes down that it is gone.
    ///
    /// After a reboot nothing of it can be alive, whatever runs under its number now.
    pub(super) fn recover(&mut self) -> io::Result<()> {
        let record: Option<ChildRecord> = durable::read_json(&self.directory.child())?;
        match record {
            Some(record) => {
                let is_this_boot = record.boot_id == self.own.boot_id;
                let alive = process::see_alive(record.pid, record.start_time);
                match alive.filter(|_| is_this_boot).and_then(Living::hold) {
                    Some(living) => self.adopt(living, record),
                    None => self.lose(&record, is_this_boot),
                }
            }
            None => match self.find_unrecorded()? {
                Some((living, record)) => {
                    durable::write_json(&self.directory.child(), &record)?;
                    self.adopt(living, record)
                }
                None => Ok(()),
            },
        }
    }

    /// The process of a shim that was killed after it started it and before it wrote it down.
    fn find_unrecorded(&self) -> io::Result<Option<(Living, ChildRecord)>> {
        let before: Option<ShimRecord> = durable::read_json(&self.directory.shim())?;
        let Some(before) = before.filter(|before| before.boot_id == self.own.boot_id) else {
            return Ok(None);
        };
        let left = process::session_of(before.pid, before.start_time)?;
        // The others are its own children, which are younger.
        let oldest: Option<Seen> = left.into_iter().min_by_key(|seen| (seen.start_time, seen.pid));
        Ok(oldest.and_then(Living::hold).map(|living| {
            let record = ChildRecord {
                pid: living.seen.pid,
                start_time: living.seen.start_time,
                boot_id: before.boot_id,
                session: before.pid,
                session_start_time: before.start_time,
            };
            (living, record)
        }))
    }

    fn adopt(&mut self, living: Living, record: ChildRecord) -> io::Result<()> {
        let pid = living.seen.pid;
        if self.keep.wish == Wish::Stopped {
            // The shim before was told to stop it and did not come to the end of that.
            living.signal(Signal::TERM);
            let timeout = self.process.as_ref().map_or(0, |process| process.stop_timeout_ms);
            self.kill_at = Some(Instant::now() + Duration::from_millis(timeout));
        }
        self.running = Some(Running::adopt(&self.directory, living, record));
        if self.keep.doing != Doing::Running {
            self.change(Doing::Running, moment::now_micros(), Some(pid), "found running")?;
        }
        Ok(())
    }

    fn lose(&mut self, record: &ChildRecord, is_this_boot: bool) -> io::Result<()> {
        if is_this_boot {
            let left = process::session_of(record.session, record.session_start_time)?;
            process::kill(&left);
        }
        if self.keep.doing == Doing::Running {
            let why = if is_this_boot {
                "ended while no shim was there"
            } else {
                "ended when the host was restarted"
            };
            // Only what was seen counts: from the last heartbeat on nobody can say that it ran.
            let now = moment::now_micros();
            let at = moment::written_micros(&self.directory.heartbeat()).unwrap_or(now).min(now);
            self.keep.last_exit = Some(why.to_owned());
            let next =
                if self.keep.wish == Wish::Running { Doing::Backoff } else { Doing::Stopped };
            self.change(next, at, None, why)?;
        }
        durable::remove(&self.directory.child())
    }
}
