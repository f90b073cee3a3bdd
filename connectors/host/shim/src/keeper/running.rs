//! The process while it runs, whether this shim started it or one before.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, ExitStatus};
use std::time::Instant;

use crate::directory::MemberDirectory;
use crate::durable;
use crate::launch;
use crate::log;
use crate::process::{self, Living};
use crate::record::{ChildRecord, ProcessRecord, ShimRecord};

/// A process that was alive when it was last looked at.
pub struct Running {
    /// The process.
    pub living: Living,
    /// When it began, or was found.
    pub began: Instant,
    child: Option<Child>,
    record: ChildRecord,
    log_from: u64,
}

/// How a process ended.
pub struct Exit {
    /// In a few words.
    pub text: String,
    /// Where its part of the log begins.
    pub log_from: u64,
}

impl Running {
    /// Starts the process and writes down which it is.
    pub fn spawn(
        directory: &MemberDirectory,
        own: &ShimRecord,
        process: &ProcessRecord,
    ) -> io::Result<Self> {
        let (output, log_from) = log::open(&directory.log())?;
        touch(&directory.heartbeat())?;
        durable::reached(&directory.child(), "spawn before");
        let mut child = launch::spawn(process, &output)?;
        durable::reached(&directory.child(), "spawned before");
        // It cannot vanish before it is waited for, so it is there even if it ended already.
        let held = process::see(child.id()).and_then(Living::hold);
        let Some(living) = held else {
            let status = child.wait()?;
            return Err(io::Error::other(format!("it ended at once: {}", describe(status))));
        };
        let record = ChildRecord {
            pid: living.seen.pid,
            start_time: living.seen.start_time,
            boot_id: own.boot_id.clone(),
            session: own.pid,
            session_start_time: own.start_time,
        };
        durable::write_json(&directory.child(), &record)?;
        Ok(Self { living, began: Instant::now(), child: Some(child), record, log_from })
    }

    /// Watches a process that a shim before this one started.
    pub fn adopt(directory: &MemberDirectory, living: Living, record: ChildRecord) -> Self {
        // Where its part of the log begins went with the other shim.
        let log_from = directory.log().metadata().map_or(0, |found| found.len());
        Self { living, began: Instant::now(), child: None, record, log_from }
    }

    /// Ends what the process left behind and says how it ended itself.
    pub fn bury(self) -> io::Result<Exit> {
        // Before it is waited for: until then its session cannot become another's.
        process::kill(&process::session_of(self.record.session, self.record.session_start_time)?);
        let text = match self.child {
            Some(mut child) => describe(child.wait()?),
            None => "ended; how is not known, since another shim started it".to_owned(),
        };
        Ok(Exit { text, log_from: self.log_from })
    }
}

/// Notes that the process is alive now.
pub fn touch(path: &Path) -> io::Result<()> {
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    // The length stays zero, so only a set time moves the date.
    rustix::fs::futimens(
        &file,
        &rustix::fs::Timestamps {
            last_access: rustix::fs::Timespec { tv_sec: 0, tv_nsec: rustix::fs::UTIME_NOW },
            last_modification: rustix::fs::Timespec { tv_sec: 0, tv_nsec: rustix::fs::UTIME_NOW },
        },
    )?;
    Ok(())
}

fn describe(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("ended with exit code {code}"),
        (None, Some(signal)) => format!("ended by signal {signal}"),
        (None, None) => "ended".to_owned(),
    }
}
