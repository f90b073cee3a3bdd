//! What agent and shim write down for each other and for those who come after them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// What a process is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doing {
    /// Never started, or stopped by wish.
    #[default]
    Stopped,
    /// A process is there.
    Running,
    /// Ended by itself; will be started again after a pause.
    Backoff,
    /// Ended by itself too often; waits for somebody to start it again.
    GivenUp,
}

/// What is wanted of a process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    /// No process.
    #[default]
    Stopped,
    /// A process, again and again.
    Running,
}

/// `keep.json`: what is wanted of the process and what became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeepRecord {
    /// What is wanted.
    pub wish: Wish,
    /// What is.
    pub doing: Doing,
    /// Since when, in microseconds since the Unix epoch.
    pub since: i64,
    /// Process id while one is there.
    #[serde(default)]
    pub pid: Option<u32>,
    /// How often it was started again after it ended by itself.
    #[serde(default)]
    pub restarts: u32,
    /// Its last words if it ended by itself.
    #[serde(default)]
    pub last_exit: Option<String>,
}

impl KeepRecord {
    /// Whether a shim has to be there: for a process that may be alive or is wanted.
    pub fn needs_shim(&self, may_be_alive: bool) -> bool {
        may_be_alive || (self.wish == Wish::Running && self.doing != Doing::GivenUp)
    }
}

/// `place.json`: what is reserved for a member. Written once, before anything of it is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceRecord {
    /// The member's id in its text form.
    pub member: String,
    /// The instance's id in its text form.
    pub instance: String,
    /// The instance's name, for people who look at the host.
    pub instance_name: String,
    /// Counts from 0 within the instance.
    pub ordinal: i32,
    /// Its user and group.
    pub user: u32,
    /// Where clients reach it.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Granted memory in MiB.
    pub memory_mib: i64,
    /// Granted storage in MiB.
    pub storage_mib: i64,
    /// Granted thousandths of a vCPU.
    pub millivcpu: i64,
    /// When it was reserved, in microseconds since the Unix epoch.
    pub placed_at: i64,
}

/// `shim.json`: which shim is or was there last. Its pid is also the id of its session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShimRecord {
    /// Process id and session.
    pub pid: u32,
    /// When it started, in clock ticks since the boot.
    pub start_time: u64,
    /// The boot it belongs to.
    pub boot_id: String,
}

/// `child.json`: the member's process. As long as this file is there, a process may be alive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChildRecord {
    /// Process id.
    pub pid: u32,
    /// When it started, in clock ticks since the boot.
    pub start_time: u64,
    /// The boot it belongs to.
    pub boot_id: String,
    /// The session of the shim that started it. It outlives that shim.
    pub session: u32,
    /// When that shim started, in clock ticks since the boot.
    pub session_start_time: u64,
}

/// When a process that ended by itself is started again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestartRule {
    /// The first pause; each further one is twice as long.
    pub first_pause_ms: u64,
    /// The longest pause.
    pub longest_pause_ms: u64,
    /// A process that ran so long starts with the first pause again.
    pub steady_ms: u64,
    /// So many ends by itself within the window are too many.
    pub ends_max: usize,
    /// The window in which ends are counted.
    pub window_ms: u64,
}

impl Default for RestartRule {
    fn default() -> Self {
        Self {
            first_pause_ms: 1_000,
            longest_pause_ms: 60_000,
            steady_ms: 60_000,
            ends_max: 10,
            window_ms: 1_800_000,
        }
    }
}

/// `process.json`: the process to run. No `Debug`, since it holds secrets.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessRecord {
    /// Program, as an absolute path, and arguments.
    pub argv: Vec<String>,
    /// Its whole environment.
    pub environment: BTreeMap<String, String>,
    /// Given on standard input.
    pub stdin: Option<String>,
    /// Its user and group.
    pub user: u32,
    /// Its working directory.
    pub directory: PathBuf,
    /// How many files it may have open.
    pub open_files_max: u64,
    /// How many processes and threads its user may have.
    pub processes_max: u64,
    /// Milliseconds between the polite signal and the last one.
    pub stop_timeout_ms: u64,
    /// When it is started again.
    pub restart: RestartRule,
    /// Its log is set aside at this size; one older part is kept.
    pub log_bytes_max: u64,
}
