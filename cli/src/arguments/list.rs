//! Arguments of `get` and `bill`.

use clap::{Args, Subcommand};

/// Arguments of `cellplane get`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  cellplane get instances
  cellplane get instances --project platform-dev --state running
  cellplane get plans --offering redis
  cellplane get operations --instance shop-cache
  cellplane get instances --output json")]
pub struct GetArguments {
    /// What to list.
    #[command(subcommand)]
    pub listing: Listing,
    /// At most so many
    #[arg(long, global = true, default_value_t = 500)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: u32,
}

/// What can be listed.
#[derive(Debug, Subcommand)]
pub enum Listing {
    /// Instances that you may see, newest first
    Instances {
        /// Only those of this project (name or id)
        #[arg(long, short)]
        project: Option<String>,
        /// Only those in this state, as in running
        #[arg(long, value_parser = STATES, ignore_case = true)]
        state: Option<String>,
        /// Only those with this text in their name
        #[arg(long)]
        search: Option<String>,
    },
    /// The catalogue: what you may order
    Offerings {
        /// Only those with this text
        #[arg(long)]
        search: Option<String>,
    },
    /// Plans: the sizes in which offerings come
    Plans {
        /// Only those of this offering (name or id)
        #[arg(long)]
        offering: Option<String>,
    },
    /// Projects that you may see
    Projects,
    /// Organizations that you may see, in order of the tree
    Organizations,
    /// Operations of an instance, newest first
    Operations {
        /// Name or id of the instance
        #[arg(long, short)]
        instance: String,
        /// Project that a name is looked up in [default: the one of `cellplane use`]
        #[arg(long, short)]
        project: Option<String>,
    },
    /// Cells and how fresh their reports are (operators only)
    Cells,
    /// Operations of all tenants that take longer than expected (operators only)
    SlowOperations,
    /// Who did what, newest first (auditors and administrators only)
    Audit,
}

const STATES: [&str; 10] = [
    "provisioning",
    "running",
    "degraded",
    "updating",
    "stopped",
    "detached",
    "failed",
    "unknown",
    "deleting",
    "deleted",
];

/// Arguments of `cellplane bill`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  cellplane bill --organization acme
  cellplane bill --organization acme --period 2026-11
  cellplane bill --organization acme --period 2026-11 --resources
  cellplane bill --organization acme --period 2026-11 --output json")]
pub struct BillArguments {
    /// Name or id of the organization
    #[arg(long, short = 'g')]
    pub organization: String,
    /// Month, as in 2026-11 [default: the newest that has a bill]
    #[arg(long, value_name = "YYYY-MM", value_parser = month)]
    pub period: Option<String>,
    /// Also each resource
    #[arg(long)]
    pub resources: bool,
    /// At most so many lines of resources
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: u32,
}

fn month(text: &str) -> Result<String, String> {
    let wrong = || "expected a month like 2026-11".to_owned();
    let (year, month) = text.split_once('-').ok_or_else(wrong)?;
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let shaped = year.len() == 4 && month.len() == 2 && digits(year) && digits(month);
    if shaped && ("01"..="12").contains(&month) { Ok(text.to_owned()) } else { Err(wrong()) }
}
