//! The journal of one process: one line per change, synced, never rewritten.
//!
//! Instants in it only grow, also when the host's clock is set back, so that a reader who has seen
//! everything up to an instant can ask for what comes after it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::durable::{self, named};
use crate::record::Doing;

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When, in microseconds since the Unix epoch.
    pub at: i64,
    /// What the process did from then on.
    pub doing: Doing,
    /// Its process id, if one was there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    /// Why, in a few words without secrets.
    pub why: String,
}

/// A journal that is open for more; there is one at a time, held together by the shim's lock.
#[derive(Debug)]
pub struct Journal {
    file: File,
    last: Option<Entry>,
}

impl Journal {
    /// Opens or makes the journal. A last line that was torn by a crash is cut off.
    pub fn open(path: &Path) -> io::Result<Self> {
        let open = OpenOptions::new().append(true).create(true).mode(0o600).open(path);
        let file = open.map_err(|error| named("open", path, &error))?;
        let content = fs::read(path)?;
        let (entries, whole) = parse(&content);
        if whole < content.len() {
            file.set_len(u64::try_from(whole).unwrap_or(0))?;
            file.sync_all()?;
        }
        Ok(Self { file, last: entries.into_iter().last() })
    }

    /// What was written last.
    pub fn last(&self) -> Option<&Entry> {
        self.last.as_ref()
    }

    /// Adds a change and returns when it is on disk. The instant is moved behind the last one.
    pub fn add(&mut self, mut entry: Entry) -> io::Result<i64> {
        if let Some(last) = &self.last {
            entry.at = entry.at.max(last.at.saturating_add(1));
        }
        let mut line = serde_json::to_vec(&entry)?;
        line.push(b'\n');
        let doing = entry.doing;
        durable::reached(Path::new("journal"), &format!("add {doing:?} to"));
        self.file.write_all(&line)?;
        self.file.sync_data()?;
        durable::reached(Path::new("journal"), &format!("added {doing:?} to"));
        let at = entry.at;
        self.last = Some(entry);
        Ok(at)
    }
}

/// The changes after the instant, oldest first; none if there is no journal.
pub fn read_after(path: &Path, after: i64) -> io::Result<Vec<Entry>> {
    match fs::read(path) {
        Ok(content) => {
            let (mut entries, _) = parse(&content);
            entries.retain(|entry| entry.at > after);
            Ok(entries)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(named("read", path, &error)),
    }
}

/// The entries, and how many bytes of whole lines there are.
fn parse(content: &[u8]) -> (Vec<Entry>, usize) {
    let whole = content.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let lines = content[..whole].split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    // A block that never reached the disk can read as zeros in the middle after a power loss.
    let entries = lines.filter_map(|line| serde_json::from_slice(line).ok()).collect();
    (entries, whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(at: i64, doing: Doing) -> Entry {
        Entry { at, doing, pid: None, why: "test".to_owned() }
    }

    #[test]
    fn a_torn_last_line_is_forgotten_and_the_next_one_is_whole() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("journal");
        let mut journal = Journal::open(&path).expect("a journal");
        journal.add(entry(5, Doing::Running)).expect("is written");
        drop(journal);
        let mut file = OpenOptions::new().append(true).open(&path).expect("is there");
        file.write_all(b"{\"at\":9,\"doi").expect("is written");
        assert_eq!(read_after(&path, 0).expect("is read").len(), 1);
        let mut journal = Journal::open(&path).expect("a journal");
        assert_eq!(journal.last(), Some(&entry(5, Doing::Running)));
        journal.add(entry(7, Doing::Stopped)).expect("is written");
        let expected = vec![entry(5, Doing::Running), entry(7, Doing::Stopped)];
        assert_eq!(read_after(&path, 0).expect("is read"), expected);
        assert_eq!(read_after(&path, 5).expect("is read"), expected[1..]);
    }

    #[test]
    fn instants_grow_when_the_clock_is_set_back() {
        let directory = tempfile::tempdir().expect("a directory");
        let mut journal = Journal::open(&directory.path().join("journal")).expect("a journal");
        assert_eq!(journal.add(entry(100, Doing::Running)).expect("is written"), 100);
        assert_eq!(journal.add(entry(40, Doing::Stopped)).expect("is written"), 101);
    }
}
