//! Speed and memory of the programs, each figure beside its reference in the same run.
//!
//! `cellplane-bench p1|p4|p6|p8|s3|lists [--long]` starts what it needs (plane, database, references) below
//! a temporary directory and prints rows for the table, and one ratio last. Of the figures with two
//! parts, one part alone is `p1-sqlite`, `p1-postgres`, `p6-orders`, `p6-redis`. The figures and what
//! they mean stand in `docs/benchmarks.md`. What is right is left to the tests: here bodies and
//! rows are counted so that nothing fast and wrong is taken for a result.

#![expect(clippy::float_arithmetic, reason = "rates and ratios are no money")]

use std::process::ExitCode;

use crate::report::Report;

mod abuse;
mod footprint;
mod http;
mod instances;
mod lists;
mod order;
mod report;
mod stage;
mod usage;

/// Whatever is in the way of a figure ends the run with a sentence.
type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Length {
    /// At most a minute.
    Short,
    /// Several minutes.
    Long,
}

impl Length {
    /// Turns of each side.
    fn rounds(self) -> usize {
        match self {
            Self::Short => 5,
            Self::Long => 15,
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let length = match words.iter().any(|word| word == "--long") {
        true => Length::Long,
        false => Length::Short,
    };
    let figure = words.iter().find(|word| !word.starts_with("--")).cloned().unwrap_or_default();
    // Only fails if another provider was installed before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut report = Report::default();
    let ended = match figure.to_lowercase().as_str() {
        "p1" => usage::run(&mut report, length).await,
        "p1-sqlite" => usage::sqlite(&mut report, length).await,
        "p1-postgres" => usage::postgres(&mut report, length).await,
        "lists" => lists::run(&mut report, length).await,
        "p4" => instances::run(&mut report, length).await,
        "p6" => order::run(&mut report, length).await,
        "p6-orders" => order::throughput::run(&mut report, length).await,
        "p6-redis" => order::first_answer(&mut report, length).await,
        "p8" => footprint::run(&mut report, length).await,
        "s3" => abuse::run(&mut report, length).await,
        _ => {
            Err("say which figure: p1, p4, p6, p8, s3 or lists, and --long for more rounds".into())
        }
    };
    if let Err(error) = ended {
        report.say(&format!("error: {error}"));
        return ExitCode::FAILURE;
    }
    report.end();
    ExitCode::SUCCESS
}
