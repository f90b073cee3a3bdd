//! What the runtime of a host is told when it is opened.

use std::net::{IpAddr, Ipv4Addr};
use std::ops::RangeInclusive;
use std::path::PathBuf;

use connectors_host_shim::claim;
use connectors_host_shim::record::RestartRule;

/// Where and within which limits members run on this host.
#[derive(Clone, Debug)]
pub struct HostConfig {
    /// Everything of this home: `members`, `media`, `bin`. Every user of the host must be able to
    /// pass through the directories above it.
    pub root: PathBuf,
    /// Where user ids and ports are claimed; one directory for all homes of the machine.
    pub claims: PathBuf,
    /// The store of unpacked products. Below the root it is removed with the home.
    pub media: PathBuf,
    /// The program `cellplane-shim`; it is copied below the root.
    pub shim: PathBuf,
    /// Where members listen and where clients are sent. One address, not "all".
    pub bind_address: IpAddr,
    /// Ports that members may take.
    pub ports: RangeInclusive<u16>,
    /// User and group ids that members may take; no entry in the user database is made.
    pub users: RangeInclusive<u32>,
    /// When a process that ended by itself is started again.
    pub restart: RestartRule,
    /// How many files a member's process may have open.
    pub open_files_max: u64,
    /// How many processes and threads a member's user may have.
    pub processes_max: u64,
    /// A member's log is set aside at this size; one older part is kept.
    pub log_bytes_max: u64,
}

impl HostConfig {
    /// The defaults: loopback, ports 20000–24999, users 61000–64999.
    pub fn new(root: impl Into<PathBuf>, shim: impl Into<PathBuf>) -> Self {
        let root = root.into();
        Self {
            claims: PathBuf::from(claim::FOLDER),
            media: root.join("media"),
            root,
            shim: shim.into(),
            bind_address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            ports: 20_000..=24_999,
            users: 61_000..=64_999,
            restart: RestartRule::default(),
            open_files_max: 10_240,
            processes_max: 1_024,
            log_bytes_max: 10 * 1024 * 1024,
        }
    }
}
