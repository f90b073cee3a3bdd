//! What this host is and what is left of it, read from the kernel without changing anything.

use std::fs;
use std::io;
use std::path::Path;

use types::cell::HostFacts;

/// The facts of this host, with the disk that holds the path.
///
/// # Errors
/// If the path is on no disk that can be asked, or `/proc` is not there.
pub fn of_host(path: &Path) -> io::Result<HostFacts> {
    let (disk_total_bytes, disk_free_bytes) = disk(path)?;
    let memory = fs::read_to_string("/proc/meminfo")?;
    let processors = std::thread::available_parallelism().map_or(1, |count| count.get());
    Ok(HostFacts {
        kernel: fs::read_to_string("/proc/sys/kernel/osrelease")?.trim().to_owned(),
        processors: i64::try_from(processors).unwrap_or(i64::MAX),
        memory_total_bytes: kibibytes(&memory, "MemTotal:"),
        memory_available_bytes: kibibytes(&memory, "MemAvailable:"),
        disk_total_bytes,
        disk_free_bytes,
    })
}

/// Size of the disk that holds the path, and what processes without privileges can have of it.
///
/// # Errors
/// If the path is not there.
pub fn disk(path: &Path) -> io::Result<(i64, i64)> {
    let seen = rustix::fs::statvfs(path)?;
    let bytes =
        |blocks: u64| i64::try_from(blocks.saturating_mul(seen.f_frsize)).unwrap_or(i64::MAX);
    Ok((bytes(seen.f_blocks), bytes(seen.f_bavail)))
}

fn kibibytes(text: &str, name: &str) -> i64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|rest| rest.trim().strip_suffix("kB"));
    number.and_then(|number| number.trim().parse::<i64>().ok()).unwrap_or(0).saturating_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_host_can_be_described() {
        let facts = of_host(Path::new("/")).expect("facts");
        assert!(!facts.kernel.is_empty() && facts.processors > 0, "{facts:?}");
        assert!(facts.memory_total_bytes >= facts.memory_available_bytes, "{facts:?}");
        assert!(facts.memory_available_bytes > 0 && facts.disk_total_bytes > 0, "{facts:?}");
        assert!(of_host(Path::new("/nowhere/at/all")).is_err());
    }

    #[test]
    fn memory_is_told_in_bytes() {
        assert_eq!(kibibytes("MemFree: 1 kB\nMemTotal:   16 kB\n", "MemTotal:"), 16_384);
        assert_eq!(kibibytes("", "MemTotal:"), 0);
    }
}
