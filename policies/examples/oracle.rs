//! Compares as many decisions of the index with those of Casbin's own evaluator as asked for, on all
//! cores, and says once a minute how far it is.

#[path = "../tests/oracle/compare.rs"]
mod compare;

use std::io::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use compare::Tally;

const SAID_EVERY: Duration = Duration::from_secs(60);

fn main() -> Result<(), String> {
    let asked = std::env::args().nth(1).and_then(|asked| asked.parse().ok());
    let asked: usize = asked.ok_or("say how many decisions to compare, e.g. 10000000")?;
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let next = &AtomicU64::new(0);
    let (told, heard) = mpsc::sync_channel(cores);
    let total = thread::scope(|scope| {
        for _ in 0..cores {
            let told = told.clone();
            scope.spawn(move || compare_worlds(next, &told));
        }
        sum(heard, asked)
    });
    let Tally { decisions, allowed, worlds } = total?;
    say(&format!("{decisions} decisions in {worlds} worlds, {allowed} allowed: no difference"))
}

/// Compares in one world after the other until nobody listens.
fn compare_worlds(next: &AtomicU64, told: &mpsc::SyncSender<Result<Tally, String>>) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    loop {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        if told.send(runtime.block_on(Tally::of_world(seed))).is_err() {
            return;
        }
    }
}

/// Adds what is told until it is as much as asked for, or returns the first difference.
fn sum(heard: mpsc::Receiver<Result<Tally, String>>, asked: usize) -> Result<Tally, String> {
    let mut tally = Tally::default();
    let mut said = Instant::now();
    for told in heard {
        tally.add(told?);
        if tally.decisions >= asked {
            break;
        }
        if said.elapsed() >= SAID_EVERY {
            said = Instant::now();
            say(&format!("{} of {asked} decisions in {} worlds", tally.decisions, tally.worlds))?;
        }
    }
    Ok(tally)
}

fn say(text: &str) -> Result<(), String> {
    let written = writeln!(std::io::stdout(), "{text}");
    written.map_err(|error| format!("write what was found: {error}"))
}
