//! `simulate`: one seed, or many.

use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::{Parser, Subcommand};
use simulation::planted::Planted;
use simulation::run::{Run, run};
use simulation::swarm::{Swarm, place};
use simulation::template;
use tracing_subscriber::EnvFilter;

/// The deterministic simulation.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: What,
}

#[derive(Subcommand)]
enum What {
    /// Makes the installation that runs start from.
    Make {
        /// An empty folder.
        folder: PathBuf,
    },
    /// Runs one seed and prints what came of it, as JSON.
    One {
        /// The installation.
        template: PathBuf,
        /// The seed.
        seed: u64,
        /// A bug to plant.
        #[arg(long)]
        planted: Option<Planted>,
        /// A file for the trace.
        #[arg(long)]
        trace: Option<PathBuf>,
        /// Directives of what the programs log.
        #[arg(long, default_value = "off")]
        log: String,
    },
    /// Runs many seeds; of the first that fails it writes the trace.
    Many {
        /// How many.
        #[arg(long, default_value_t = 1_000)]
        seeds: u64,
        /// The first.
        #[arg(long, default_value_t = 1)]
        from: u64,
        /// A bug to plant; the first seed that finds it ends the search.
        #[arg(long)]
        planted: Option<Planted>,
        /// Processes at the same time.
        #[arg(long, default_value_t = 2)]
        jobs: usize,
    },
}

#[expect(clippy::print_stderr, reason = "a program of the command line says why it failed")]
fn main() -> ExitCode {
    match work(Arguments::parse().command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "the outcome goes to whoever started this")]
fn work(what: What) -> Result<ExitCode, Box<dyn Error>> {
    match what {
        What::Make { folder } => {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            runtime.block_on(template::make(&folder)).map_err(|error| error.to_string())?;
            Ok(ExitCode::SUCCESS)
        }
        What::One { template, seed, planted, trace, log } => {
            tracing_subscriber::fmt()
                .with_env_filter(EnvFilter::new(log))
                .with_writer(std::io::stderr)
                .init();
            let installation = template::open(&template)?;
            let with_lines = trace.is_some();
            let outcome = run(&template, Run { seed, planted, with_lines, installation })?;
            if let Some(file) = trace {
                fs::write(file, outcome.lines.join("\n"))?;
            }
            println!("{}", serde_json::to_string(&outcome)?);
            Ok(ExitCode::SUCCESS)
        }
        What::Many { seeds, from, planted, jobs } => many(seeds, from, planted, jobs),
    }
}

#[expect(clippy::print_stdout, reason = "the outcome goes to whoever started this")]
fn many(
    seeds: u64,
    from: u64,
    planted: Option<Planted>,
    jobs: usize,
) -> Result<ExitCode, Box<dyn Error>> {
    let folder = tempfile::tempdir_in(place())?;
    let template = folder.path().join("installation");
    let swarm = Swarm { program: std::env::current_exe()?, template: template.clone(), jobs };
    swarm.prepare()?;
    let began = Instant::now();
    let is_found = |told: &simulation::swarm::Told| !told.problems.is_empty();
    let told = swarm.many(from..from + seeds, planted, |one| planted.is_some() && is_found(one));
    let took = began.elapsed();
    let rate = told.len() as u128 * 1_000_000_000 / took.as_micros().max(1);
    println!(
        "{} seeds in {} s, {}.{:03} seeds/s",
        told.len(),
        took.as_secs(),
        rate / 1000,
        rate % 1000
    );
    let failed: Vec<_> = told.iter().filter(|one| is_found(one)).collect();
    for one in &failed {
        println!("seed {} ({}):", one.seed, one.hash);
        one.problems.iter().for_each(|problem| println!("  {problem}"));
    }
    let Some(first) = failed.first() else { return Ok(ExitCode::SUCCESS) };
    let trace = std::env::temp_dir().join(format!("simulate-{}.trace", first.seed));
    let again = swarm.one(first.seed, planted, Some(&trace));
    let word = if again.hash == first.hash { "the same run" } else { "ANOTHER RUN" };
    println!("seed {} again: {} ({word}), in {}", first.seed, again.hash, trace.display());
    Ok(if planted.is_some() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
