//! One member in memory: its files, its process and what the process did.

use std::collections::BTreeMap;
use std::time::Duration;

use catalog::recipe::{MemberRecipe, Place};
use types::instant::Instant;
use types::secret::Secret;

use crate::runtime::{MemberSeen, ProcessChange, ProcessState};

const PAUSE: Duration = Duration::from_secs(1);
/// So many ends by itself within the window are too many, as for the keeper of a host.
const ENDS_MAX: usize = 10;
const WINDOW: Duration = Duration::from_secs(1_800);

/// A member that was placed.
pub struct Member {
    /// Where it is.
    pub place: Place,
    /// What was written for it.
    pub files: BTreeMap<String, Secret>,
    /// What it was started with last.
    pub recipe: Option<MemberRecipe>,
    /// What its process did, oldest first.
    pub journal: Vec<ProcessChange>,
    process: ProcessState,
    since: Instant,
    pid: Option<u32>,
    restarts: u32,
    last_exit: Option<String>,
    ends: Vec<Instant>,
}

impl Member {
    /// A member that was never started.
    pub fn placed(place: Place, now: Instant) -> Self {
        Self {
            place,
            files: BTreeMap::new(),
            recipe: None,
            journal: Vec::new(),
            process: ProcessState::Stopped,
            since: now,
            pid: None,
            restarts: 0,
            last_exit: None,
            ends: Vec::new(),
        }
    }

    /// Its process, if one is there.
    pub fn pid(&self) -> Option<u32> {
        self.pid
    }

    /// Somebody starts the process unless it runs; nothing is held against it any more.
    pub fn start(&mut self, now: Instant, next_pid: &mut u32) {
        if self.pid.is_none() {
            self.ends.clear();
            self.spawn(now, next_pid);
        }
    }

    fn spawn(&mut self, now: Instant, next_pid: &mut u32) {
        if self.pid.is_none() {
            *next_pid += 1;
            self.pid = Some(*next_pid);
            self.change(ProcessState::Running, now);
        }
    }

    /// Stops the process if one is there or would come back.
    pub fn stop(&mut self, now: Instant) {
        self.pid = None;
        if self.process != ProcessState::Stopped {
            self.change(ProcessState::Stopped, now);
        }
    }

    /// The process ends by itself.
    pub fn crash(&mut self, now: Instant, why: &str) {
        if self.pid.take().is_some() {
            self.last_exit = Some(why.to_owned());
            self.ends.retain(|end| now.since(*end) <= WINDOW);
            self.ends.push(now);
            let is_too_often = self.ends.len() >= ENDS_MAX;
            let next = if is_too_often { ProcessState::GivenUp } else { ProcessState::Backoff };
            self.change(next, now);
        }
    }

    /// Does what its keeper would have done until now.
    pub fn catch_up(&mut self, now: Instant, next_pid: &mut u32) {
        let due = self.since.plus(PAUSE);
        if self.process == ProcessState::Backoff && due <= now {
            self.restarts += 1;
            self.spawn(due, next_pid);
        }
    }

    /// What is seen of it.
    pub fn seen(&self) -> MemberSeen {
        MemberSeen {
            place: self.place.clone(),
            process: self.process,
            since: self.since,
            pid: self.pid,
            restarts: self.restarts,
            last_exit: self.last_exit.clone(),
        }
    }

    fn change(&mut self, process: ProcessState, now: Instant) {
        // Like a real journal: two changes never have the same instant.
        let last = self.journal.last().map(|change| change.at.plus(Duration::from_micros(1)));
        let at = last.map_or(now, |last| last.max(now));
        (self.process, self.since) = (process, at);
        self.journal.push(ProcessChange { process, at });
    }
}
