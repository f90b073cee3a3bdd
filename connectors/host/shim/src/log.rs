//! What a process prints: kept within a size, and its last words.
//!
//! The process writes into the file itself and not through a pipe of the shim, so it does not
//! notice when the shim dies. The price: when the log is set aside, what is printed in that very
//! moment can be lost.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::record::ProcessRecord;

const LAST_BYTES: u64 = 4_096;
const LAST_CHARACTERS: usize = 300;
const LAST_LINES: usize = 20;
/// Shorter values would turn ordinary words into stars.
const SECRET_CHARACTERS_MIN: usize = 6;

/// Opens the log for a process that is about to start; says how long it is already.
pub fn open(path: &Path) -> io::Result<(File, u64)> {
    let file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
    let length = file.metadata()?.len();
    Ok((file, length))
}

/// Sets the log aside if it is too long; one older part is kept. Says whether it did.
pub fn turn(path: &Path, bytes_max: u64) -> io::Result<bool> {
    if path.metadata().map_or(0, |found| found.len()) <= bytes_max {
        return Ok(false);
    }
    let fresh = path.with_extension("1.new");
    fs::copy(path, &fresh)?;
    fs::rename(&fresh, path.with_extension("1"))?;
    // The process appends, so it goes on at the new end.
    OpenOptions::new().write(true).open(path)?.set_len(0)?;
    Ok(true)
}

/// The last line that a process printed, with what it must not say taken out.
pub fn last_words(path: &Path, from: u64, process: &ProcessRecord) -> Option<String> {
    let last = last_lines(path, from, process).pop()?;
    Some(last.chars().take(LAST_CHARACTERS).collect())
}

/// The last lines that a process printed behind a place in its log, oldest first, with what it must
/// not say taken out. None if the log cannot be read.
pub fn last_lines(path: &Path, from: u64, process: &ProcessRecord) -> Vec<String> {
    let tail = tail(path, from).unwrap_or_default();
    let tail = String::from_utf8_lossy(&tail);
    let lines = tail.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut last: Vec<String> =
        lines.rev().take(LAST_LINES).map(|line| clean(line, process)).collect();
    last.reverse();
    last
}

fn tail(path: &Path, from: u64) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    // A log that was set aside begins anew.
    let from = if from > length { 0 } else { from };
    file.seek(SeekFrom::Start(from.max(length.saturating_sub(LAST_BYTES))))?;
    let mut tail = Vec::new();
    file.take(LAST_BYTES).read_to_end(&mut tail)?;
    Ok(tail)
}

fn clean(line: &str, process: &ProcessRecord) -> String {
    let mut line: String = line.chars().filter(|letter| !letter.is_control()).collect();
    for secret in process.environment.values().chain(&process.stdin) {
        if secret.chars().count() >= SECRET_CHARACTERS_MIN && !secret.starts_with('/') {
            line = line.replace(secret.as_str(), "***");
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io::Write;
    use std::path::PathBuf;

    use super::*;
    use crate::record::RestartRule;

    fn process() -> ProcessRecord {
        ProcessRecord {
            argv: Vec::new(),
            environment: BTreeMap::from([("PASSWORD".to_owned(), "tell-nobody".to_owned())]),
            stdin: None,
            user: 0,
            directory: PathBuf::new(),
            open_files_max: 0,
            processes_max: 0,
            stop_timeout_ms: 0,
            restart: RestartRule::default(),
            log_bytes_max: 10,
        }
    }

    #[test]
    fn last_words_are_of_this_run_and_hold_no_secret() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("log");
        std::fs::write(&path, "of the run before\n").expect("it is written");
        let (mut file, from) = open(&path).expect("it opens");
        assert_eq!(last_words(&path, from, &process()), None);
        file.write_all(b"bad password tell-nobody\n\n").expect("it is written");
        let expected = Some("bad password ***".to_owned());
        assert_eq!(last_words(&path, from, &process()), expected);
    }

    #[test]
    fn a_long_log_is_set_aside_and_goes_on() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("log");
        let (mut file, _) = open(&path).expect("it opens");
        file.write_all(b"ten bytes!").expect("it is written");
        assert!(!turn(&path, 10).expect("it is looked at"));
        file.write_all(b"+").expect("it is written");
        assert!(turn(&path, 10).expect("it is looked at"));
        file.write_all(b"new").expect("it is written");
        assert_eq!(std::fs::read_to_string(&path).expect("it is there"), "new");
        let older = std::fs::read_to_string(path.with_extension("1")).expect("it is there");
        assert_eq!(older, "ten bytes!+");
    }
}
