//! Arguments of `quota`.

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use types::quota::QuotaMeter;

/// Arguments of `cellplane quota`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  cellplane quota list --organization rnd
  cellplane quota set members 20 --organization rnd
  cellplane quota set memory_mib 8192 --project platform-dev
  cellplane quota remove members --organization rnd")]
pub struct QuotaArguments {
    /// What to do.
    #[command(subcommand)]
    pub command: QuotaCommand,
}

/// What can be done to limits.
#[derive(Debug, Subcommand)]
pub enum QuotaCommand {
    /// List limits of an organization or project, what is used, and what is left
    ///
    /// What is left is what the limit leaves that leaves least, from there up to the root.
    List(QuotaPlace),
    /// Limit what may be used at an organization or project and below it
    ///
    /// Needs the right to set limits at what is above. At most what is allowed above, at least what
    /// is allowed below and what is in use.
    Set {
        /// What is limited
        #[arg(value_parser = meters())]
        meter: String,
        /// How much may be used
        #[arg(allow_negative_numbers = true)]
        limit: i64,
        /// Where.
        #[command(flatten)]
        place: QuotaPlace,
    },
    /// Remove a limit; those above still hold
    Remove {
        /// What is limited
        #[arg(value_parser = meters())]
        meter: String,
        /// Where.
        #[command(flatten)]
        place: QuotaPlace,
    },
}

/// An organization or a project.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct QuotaPlace {
    /// Name or id of the organization
    #[arg(long, short = 'g')]
    pub organization: Option<String>,
    /// Name or id of the project
    #[arg(long, short)]
    pub project: Option<String>,
}

fn meters() -> PossibleValuesParser {
    PossibleValuesParser::new(QuotaMeter::ALL.iter().map(|meter| meter.as_str()))
}
