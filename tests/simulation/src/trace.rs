//! What happened, in order, with its simulated time: as one hash, and as lines if somebody asks.

use std::fmt::Display;
use std::sync::{Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};
use types::instant::Instant;

use crate::clock::BEGIN;

/// The trace of one run.
pub struct Trace(Mutex<Kept>);

struct Kept {
    hash: Sha256,
    count: u64,
    lines: Option<Vec<String>>,
}

impl Trace {
    /// An empty trace; with lines if somebody is going to read them.
    pub fn new(with_lines: bool) -> Self {
        let lines = with_lines.then(Vec::new);
        Self(Mutex::new(Kept { hash: Sha256::new(), count: 0, lines }))
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds what happened, with the message that it is about.
    pub fn add(&self, at: Instant, what: impl Display, content: &[u8]) {
        let since = at.micros() - BEGIN.micros();
        let digest: [u8; 32] = Sha256::digest(content).into();
        let line = format!("{:>4}.{:06} {what}", since / 1_000_000, since % 1_000_000);
        let mut kept = self.kept();
        kept.hash.update(&line);
        kept.hash.update(digest);
        kept.count += 1;
        if let Some(lines) = &mut kept.lines {
            let [a, b, c, ..] = digest;
            let content = String::from_utf8_lossy(content);
            lines.push(format!("{line} #{a:02x}{b:02x}{c:02x} {content}"));
        }
    }

    /// The hash over everything so far, and of how many events it is.
    pub fn hash(&self) -> (String, u64) {
        let kept = self.kept();
        let hash = kept.hash.clone().finalize();
        (hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect(), kept.count)
    }

    /// The lines, if they were kept.
    pub fn lines(&self) -> Vec<String> {
        self.kept().lines.clone().unwrap_or_default()
    }
}
