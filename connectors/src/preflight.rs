//! What is looked at before an installation changes anything, and the judgements that need nothing
//! but figures. Ports, users and media only the runtime knows.

use catalog::recipe::Medium;
use types::cell::HostFacts;
use types::size::Size;

use crate::runtime::ConnectorError;

/// One thing to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Check {
    /// The product exists for these processors.
    Architecture,
    /// The product's files are here or can be had.
    Medium,
    /// There are user ids for the members.
    User,
    /// There are ports for the members.
    Port,
    /// There is memory for the members.
    Memory,
    /// There is disk for the members.
    Disk,
}

/// What an installation needs of where it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// Where the product's files come from.
    pub medium: Medium,
    /// Kinds of processors that the package is for, in Debian's words; none names them all.
    pub architectures: Vec<String>,
    /// Members that have no place yet.
    pub members: usize,
    /// What each of them is granted.
    pub size: Size,
}

impl Need {
    /// So many MiB for all members, in bytes.
    fn bytes(&self, mib: i64) -> i64 {
        let members = i64::try_from(self.members).unwrap_or(i64::MAX);
        mib.saturating_mul(members).saturating_mul(1 << 20)
    }
}

/// Debian's word for processors of this kind, e.g. `amd64`.
pub fn debian_architecture(word: &str) -> &str {
    match word {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

/// Whether the package is for these processors.
pub fn architecture(own: &str, need: &Need) -> Result<String, ConnectorError> {
    let list = need.architectures.join(", ");
    match need.architectures.iter().any(|it| it == own) {
        true => Ok(format!("processors are {own}; the package is for {list}")),
        false if need.architectures.is_empty() => Ok(format!("processors are {own}")),
        false => Err(refused(
            "ARCHITECTURE_NOT_SUPPORTED",
            format!("processors are {own}, and the package is for {list}; choose another host"),
        )),
    }
}

/// Whether the host has the memory.
pub fn memory(facts: &HostFacts, need: &Need) -> Result<String, ConnectorError> {
    let (wanted, free) = (need.bytes(need.size.memory_mib), facts.memory_available_bytes);
    enough("MEMORY_TOO_SMALL", "memory", wanted, free)
}

/// Whether the disk of the members has the room.
pub fn disk(facts: &HostFacts, need: &Need) -> Result<String, ConnectorError> {
    let (wanted, free) = (need.bytes(need.size.storage_mib), facts.disk_free_bytes);
    enough("DISK_TOO_SMALL", "disk", wanted, free)
}

/// Whether there are so many numbers of a kind.
pub fn numbers(
    code: &'static str,
    kind: &str,
    free: usize,
    (first, last): (u32, u32),
    need: &Need,
) -> Result<String, ConnectorError> {
    let wanted = need.members;
    if free >= wanted {
        return Ok(format!("{wanted} {kind} are free between {first} and {last}"));
    }
    let message = format!(
        "{wanted} {kind} are needed, and {free} are free between {first} and {last}; widen the range"
    );
    Err(refused(code, message))
}

fn enough(
    code: &'static str,
    what: &str,
    wanted: i64,
    free: i64,
) -> Result<String, ConnectorError> {
    let (wanted_mib, free_mib) = (wanted >> 20, free >> 20);
    if free >= wanted {
        return Ok(format!("{wanted_mib} MiB of {what} are needed, {free_mib} MiB are free"));
    }
    let message = format!(
        "{wanted_mib} MiB of {what} are needed, and {free_mib} MiB are free; make room or choose a \
         smaller plan"
    );
    Err(refused(code, message))
}

fn refused(code: &'static str, message: String) -> ConnectorError {
    ConnectorError::Refused { code, message }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn need(members: usize) -> Need {
        let medium = Medium {
            package: "redis".to_owned(),
            software_version: "7.0".to_owned(),
            debian_packages: vec!["redis-server".to_owned()],
            version_prefix: "7.0.".to_owned(),
            main_package: "redis-server".to_owned(),
        };
        let size = Size { millivcpu: 1, memory_mib: 10, storage_mib: 20 };
        Need { medium, architectures: vec!["amd64".to_owned()], members, size }
    }

    #[track_caller]
    fn check(found: Result<String, ConnectorError>, expected: &str) {
        let told = match found {
            Ok(text) => text,
            Err(ConnectorError::Refused { code, message }) => format!("{code}: {message}"),
            Err(other) => panic!("{other}"),
        };
        assert!(told.starts_with(expected), "{told}");
    }

    #[test]
    fn what_is_needed_is_counted_for_all_members() {
        let facts = HostFacts {
            memory_available_bytes: 20 << 20,
            disk_free_bytes: 39 << 20,
            ..HostFacts::default()
        };
        check(memory(&facts, &need(2)), "20 MiB of memory are needed, 20 MiB are free");
        check(
            memory(&facts, &need(3)),
            "MEMORY_TOO_SMALL: 30 MiB of memory are needed, and 20 MiB",
        );
        check(disk(&facts, &need(1)), "20 MiB of disk are needed, 39 MiB are free");
        check(disk(&facts, &need(2)), "DISK_TOO_SMALL: 40 MiB of disk are needed, and 39 MiB");
        check(memory(&facts, &need(usize::MAX)), "MEMORY_TOO_SMALL");
        check(memory(&HostFacts::default(), &need(0)), "0 MiB of memory are needed");
    }

    #[test]
    fn numbers_and_processors_are_judged() {
        check(numbers("NO_FREE_PORT", "ports", 2, (1, 2), &need(2)), "2 ports are free");
        check(numbers("NO_FREE_PORT", "ports", 1, (1, 2), &need(2)), "NO_FREE_PORT: 2 ports are");
        check(architecture("amd64", &need(1)), "processors are amd64; the package is for amd64");
        check(architecture("arm64", &need(1)), "ARCHITECTURE_NOT_SUPPORTED: processors are arm64");
        let any = Need { architectures: Vec::new(), ..need(1) };
        check(architecture("riscv64", &any), "processors are riscv64");
        assert_eq!(debian_architecture("aarch64"), "arm64");
    }
}
