//! Many seeds, each in a process of its own: what hash maps and tokio draw depends on the process,
//! so that only a fresh one repeats a run exactly.

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;

use serde::Deserialize;

use crate::planted::Planted;

/// What a process said of its seed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Told {
    /// The seed.
    pub seed: u64,
    /// Hash of its trace.
    pub hash: String,
    /// Events in its trace.
    pub events: u64,
    /// What is wrong.
    pub problems: Vec<String>,
    /// Seconds of simulated time.
    pub simulated_s: u64,
    /// Milliseconds that it took.
    pub took_ms: u64,
}

/// Starts processes of one program on one installation.
#[derive(Clone, Debug)]
pub struct Swarm {
    /// The program `simulate`.
    pub program: PathBuf,
    /// The installation.
    pub template: PathBuf,
    /// Processes at the same time.
    pub jobs: usize,
}

impl Swarm {
    /// Makes the installation in an empty folder.
    ///
    /// # Errors
    /// With what the program said.
    pub fn prepare(&self) -> io::Result<()> {
        let made = Command::new(&self.program).arg("make").arg(&self.template).output()?;
        if made.status.success() { Ok(()) } else { Err(io::Error::other(said(&made))) }
    }

    /// Runs one seed and writes its trace if there is a file for it; a process that broke is a problem
    /// of its seed.
    pub fn one(&self, seed: u64, planted: Option<Planted>, trace: Option<&Path>) -> Told {
        let broke = |why: String| Told {
            seed,
            hash: String::new(),
            events: 0,
            problems: vec![why],
            simulated_s: 0,
            took_ms: 0,
        };
        let mut command = Command::new(&self.program);
        command.arg("one").arg(&self.template).arg(seed.to_string()).stdin(Stdio::null());
        if let Some(planted) = planted {
            command.arg("--planted").arg(planted.as_str());
        }
        if let Some(file) = trace {
            command.arg("--trace").arg(file);
        }
        match command.output() {
            Ok(output) => serde_json::from_slice(&output.stdout)
                .unwrap_or_else(|_| broke(format!("the run broke: {}", said(&output)))),
            Err(error) => broke(format!("the program does not start: {error}")),
        }
    }

    /// Runs seeds until `enough` says so of one; answers those that ran, in order.
    pub fn many(
        &self,
        seeds: impl IntoIterator<Item = u64>,
        planted: Option<Planted>,
        enough: impl Fn(&Told) -> bool + Sync,
    ) -> Vec<Told> {
        let waiting: Mutex<VecDeque<u64>> = Mutex::new(seeds.into_iter().collect());
        let told = Mutex::new(Vec::new());
        thread::scope(|scope| {
            for _ in 0..self.jobs.max(1) {
                scope.spawn(|| {
                    loop {
                        let next =
                            waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                        let Some(seed) = next else { return };
                        let one = self.one(seed, planted, None);
                        if enough(&one) {
                            waiting.lock().unwrap_or_else(PoisonError::into_inner).clear();
                        }
                        told.lock().unwrap_or_else(PoisonError::into_inner).push(one);
                    }
                });
            }
        });
        let mut told = told.into_inner().unwrap_or_else(PoisonError::into_inner);
        told.sort_by_key(|one| one.seed);
        told
    }
}

/// Where the folders of runs are: in memory if the machine has a place there, since every commit is
/// written through.
pub fn place() -> PathBuf {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() }
}

fn said(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let last: Vec<_> = text.lines().rev().take(12).collect();
    last.into_iter().rev().collect::<Vec<_>>().join("\n")
}
