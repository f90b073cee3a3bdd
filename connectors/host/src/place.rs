//! Reserves what a member needs of this host: a directory, a user and a port.
//!
//! Everything is claimed on disk before it is used, and `place.json` is written last: asked again
//! after a crash between any two steps, the same numbers come out.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;

use catalog::recipe::Place;
use connectors::runtime::{ConnectorError, MemberRequest};
use connectors_host_shim::claim::{self, Kind};
use connectors_host_shim::directory::MemberDirectory;
use connectors_host_shim::durable;
use connectors_host_shim::process;
use connectors_host_shim::record::PlaceRecord;
use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, socket_with, sockopt};
use types::id::MemberId;
use types::instance::Endpoint;
use types::instant::Instant;

use crate::config::HostConfig;
use crate::failure;

/// Where the member is or will be.
pub fn directory(config: &HostConfig, member: MemberId) -> MemberDirectory {
    MemberDirectory::at(config.root.join("members").join(member.to_string()))
}

/// What was reserved for the member.
pub fn read(directory: &MemberDirectory) -> Result<PlaceRecord, ConnectorError> {
    durable::read_json(&directory.place())
        .map_err(|error| failure::io("read the member's place", &error))?
        .ok_or(ConnectorError::NotFound)
}

/// The place as the trait tells it.
pub fn told(member: MemberId, directory: &MemberDirectory, record: &PlaceRecord) -> Place {
    Place {
        member,
        directory: directory.content().display().to_string(),
        endpoint: Endpoint { host: record.host.clone(), port: record.port },
    }
}

/// Reserves what the member needs, or answers what it has already.
pub fn reserve(
    config: &HostConfig,
    request: &MemberRequest,
    now: Instant,
) -> Result<Place, ConnectorError> {
    let directory = directory(config, request.member);
    match read(&directory) {
        Ok(record) => return Ok(told(request.member, &directory, &record)),
        Err(ConnectorError::NotFound) => {}
        Err(error) => return Err(error),
    }
    let failed = |error: io::Error| failure::io("reserve the member's place", &error);
    durable::reached(&directory.content(), "make directory of");
    make_directory(directory.path(), 0o711).map_err(failed)?;
    durable::reached(&directory.content(), "made directory of");
    let (user, port) = claim_numbers(config, directory.path())?;
    make_directory(&directory.content(), 0o700).map_err(failed)?;
    chown(directory.content(), Some(user), Some(user)).map_err(failed)?;
    durable::reached(&directory.content(), "made");
    let record = PlaceRecord {
        member: request.member.to_string(),
        instance: request.instance.to_string(),
        instance_name: request.instance_name.clone(),
        ordinal: request.ordinal,
        user,
        host: config.bind_address.to_string(),
        port,
        memory_mib: request.size.memory_mib,
        storage_mib: request.size.storage_mib,
        millivcpu: request.size.millivcpu,
        placed_at: now.micros(),
    };
    durable::write_json(&directory.place(), &record).map_err(failed)?;
    Ok(told(request.member, &directory, &record))
}

/// Makes the directory with exactly this mode. Fine if it is there.
pub fn make_directory(path: &Path, mode: u32) -> io::Result<()> {
    fs::create_dir_all(path).map_err(|error| durable::named("make", path, &error))?;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

/// The first directory above which an ordinary user cannot pass through, as one sentence.
pub fn check_reachable(path: &Path) -> Result<(), ConnectorError> {
    for above in path.ancestors() {
        let found = above.metadata();
        let mode = found.map_err(|error| failure::io("look at the directories above", &error))?;
        if mode.permissions().mode() & 0o001 == 0 {
            return Err(failure::refused(
                "DIRECTORY_NOT_REACHABLE",
                format!(
                    "members run as users of their own, which cannot reach {} because {} is closed \
                     to them (mode {:o}); choose a root elsewhere, for example below \
                     /var/lib/cellplane",
                    path.display(),
                    above.display(),
                    mode.permissions().mode() & 0o7777,
                ),
            ));
        }
    }
    Ok(())
}

fn claim_numbers(config: &HostConfig, holder: &Path) -> Result<(u32, u16), ConnectorError> {
    let failed = |error: io::Error| failure::io("claim a user and a port", &error);
    let named = named_users().map_err(failed)?;
    let is_free_user = |user| is_nobody(&named, user);
    let user = claim::take(&config.claims, Kind::User, config.users.clone(), holder, &is_free_user)
        .map_err(failed)?
        .ok_or_else(|| {
            let (first, last) = (config.users.start(), config.users.end());
            failure::refused(
                "NO_FREE_USER",
                format!("all user ids from {first} to {last} are taken; widen the range"),
            )
        })?;
    let (first, last) = (*config.ports.start(), *config.ports.end());
    let numbers = u32::from(first)..=u32::from(last);
    let is_free_port =
        |number| u16::try_from(number).is_ok_and(|port| nobody_listens(config.bind_address, port));
    claim::take(&config.claims, Kind::Port, numbers, holder, &is_free_port)
        .map_err(failed)?
        .and_then(|port| u16::try_from(port).ok())
        .map(|port| (user, port))
        .ok_or_else(|| {
            failure::refused(
                "NO_FREE_PORT",
                format!("all ports from {first} to {last} are taken; widen the range"),
            )
        })
}

/// Whether a member could listen there now.
pub fn is_free(host: &str, port: u16) -> bool {
    // What is no address was written by somebody else, and the process will say so.
    host.parse().map_or(true, |address| nobody_listens(address, port))
}

/// Whether nobody listens on the port. Asking disturbs nobody: what is bound and does not listen
/// leaves the port to whoever takes it at this moment.
pub fn nobody_listens(address: IpAddr, port: u16) -> bool {
    let bound = || {
        let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
        let probe = socket_with(family, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
        sockopt::set_socket_reuseaddr(&probe, true)?;
        bind(&probe, &SocketAddr::new(address, port))
    };
    bound().is_ok()
}

/// Users that this host has by name.
pub fn named_users() -> io::Result<BTreeSet<u32>> {
    let named = fs::read_to_string("/etc/passwd")?;
    Ok(named.lines().filter_map(|line| line.split(':').nth(2)?.parse().ok()).collect())
}

/// Whether the user has neither a name on this host nor a process.
pub fn is_nobody(named: &BTreeSet<u32>, user: u32) -> bool {
    !named.contains(&user) && !process::is_at_work(user)
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};

    use super::*;

    /// Listens no more, also if a program that is being started has a copy of it.
    fn give_back(port: &TcpListener) {
        rustix::net::shutdown(port, rustix::net::Shutdown::Both).expect("it listens");
    }

    #[test]
    fn a_user_with_a_name_or_a_process_is_not_given_to_a_member() {
        let named = named_users().expect("there is a list of users");
        let own = rustix::process::getuid().as_raw();
        assert!(!is_nobody(&named, 0), "root has a name");
        assert!(!is_nobody(&BTreeSet::new(), own), "this test runs");
        let stranger = (61_000..62_000).rev().find(|user| !named.contains(user));
        assert!(is_nobody(&named, stranger.expect("few users have names")), "nobody is left alone");
    }

    #[test]
    fn asking_whether_a_port_is_free_takes_it_from_nobody() {
        let host = IpAddr::from(Ipv4Addr::LOCALHOST);
        let first = TcpListener::bind((host, 0)).expect("there is a free one");
        let port = first.local_addr().expect("it has one").port();
        give_back(&first);
        std::thread::scope(|scope| {
            let asking = scope.spawn(|| (0..20_000).filter(|_| nobody_listens(host, port)).count());
            while !asking.is_finished() {
                let taken = TcpListener::bind((host, port));
                give_back(&taken.expect("whoever asks is not in the way"));
            }
            assert_ne!(asking.join().expect("it ended"), 0, "at times nobody listened");
        });
        let _taken = TcpListener::bind((host, port)).expect("it is free");
        assert!(!nobody_listens(host, port), "somebody listens");
    }
}
