//! Arguments of `get`, `audit` and `bill`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};
use types::instant::Instant;

/// Arguments of `cellplane get`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  cellplane get instances
  cellplane get instances --project platform-dev --state running
  cellplane get plans --offering redis
  cellplane get operations --instance shop-cache
  cellplane get assets --at 2026-11-20T12:00 --organization rnd --output csv
  cellplane get audit --instance shop-cache
  cellplane get audit --refused --from 2026-11-20 --output json
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
    /// Templates: named sets of values that packages come with
    Templates {
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
    /// What ran where at any instant, told from what was recorded
    ///
    /// Things that were moved or deleted since appear as they were then.
    Assets(AssetArguments),
    /// Who did what, newest first (auditors and administrators only)
    ///
    /// OPERATION leads to `cellplane logs`; `--operation` leads from there to who asked for it.
    Audit(AuditArguments),
}

/// Which register of assets.
#[derive(Debug, Args)]
pub struct AssetArguments {
    /// As it was at this instant, in UTC unless it says otherwise [default: now]
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    pub at: Option<String>,
    /// Only what was below this organization then (name or id)
    #[arg(long, short = 'g')]
    pub organization: Option<String>,
    /// Only what was in this project then (name or id)
    #[arg(long, short)]
    pub project: Option<String>,
    /// Only of this package
    #[arg(long)]
    pub package: Option<String>,
    /// How many, by organization, package, versions and state
    #[arg(long)]
    pub count: bool,
}

/// Arguments of `cellplane audit`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  cellplane audit list --subject wei --from 2026-11-20
  cellplane audit follow --refused
  cellplane audit follow --from 2026-11-20 --output json
  cellplane audit export --file audit.jsonl
  cellplane audit export --action placeOrder --output csv --file orders.csv
  cellplane audit verify
  cellplane audit export --installation --file installation.jsonl")]
pub struct AuditOverall {
    /// That of the installation, for operators: tenants, offerings, cells, their own sign-ins
    #[arg(long, global = true)]
    pub installation: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: AuditCommand,
}

/// What is done with the audit as a whole.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// List who did what, newest first; the same as `get audit`
    List {
        #[command(flatten)]
        given: AuditArguments,
        /// At most so many
        #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
    },
    /// Show what is recorded from now on, or since --from, until it is interrupted
    ///
    /// Each record once, in order, also across restarts of the plane. With --output json one object
    /// per line.
    Follow {
        #[command(flatten)]
        filter: AuditFilterArguments,
    },
    /// Write all records with all that they say, oldest first: JSON, one object per line, or CSV with
    /// --output csv
    ///
    /// In CSV, what a spreadsheet would run as a formula gets an apostrophe in front. JSON is exact:
    /// hashes can be computed again from it.
    Export {
        #[command(flatten)]
        filter: AuditFilterArguments,
        /// Write to this new file, which appears only when it is complete [default: standard output]
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        file: Option<PathBuf>,
    },
    /// Prove that no record was changed, removed or put in between
    ///
    /// Fetches all of them, computes each hash again from what the record says, and compares with
    /// the plane's head. Ends with 1 and names the first broken record.
    Verify,
}

/// Which records of the audit, and whether all of them are looked at.
#[derive(Debug, Args)]
pub struct AuditArguments {
    /// Which records.
    #[command(flatten)]
    pub filter: AuditFilterArguments,
    /// Also look at all records, whether one was changed or removed
    #[arg(long)]
    pub verify: bool,
}

/// Which records of the audit.
#[derive(Debug, Args)]
pub struct AuditFilterArguments {
    /// Only what was asked of this instance (name or id)
    #[arg(long, short, conflicts_with = "target")]
    pub instance: Option<String>,
    /// Project that a name is looked up in [default: the one of `cellplane use`]
    #[arg(long, short, requires = "instance")]
    pub project: Option<String>,
    /// Only what was asked of the thing with this id
    #[arg(long, value_name = "ID")]
    pub target: Option<String>,
    /// Only what began this operation (id)
    #[arg(long)]
    pub operation: Option<String>,
    /// Only what was asked from this address
    #[arg(long, value_name = "ADDRESS")]
    pub client: Option<String>,
    /// Only what somebody of this name asked for
    #[arg(long)]
    pub subject: Option<String>,
    /// Only this action, as in placeOrder
    #[arg(long)]
    pub action: Option<String>,
    /// Only from this instant on, in UTC unless it says otherwise
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    pub from: Option<String>,
    /// Only before this instant
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    pub to: Option<String>,
    /// Only what was refused
    #[arg(long, conflicts_with = "done")]
    pub refused: bool,
    /// Only what was done
    #[arg(long)]
    pub done: bool,
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

/// `2026-11-20`, `2026-11-20T12:00` and longer forms; without a zone they are in UTC.
pub(super) fn instant(text: &str) -> Result<String, String> {
    let forms = [text.to_owned(), format!("{text}Z"), format!("{text}T00:00Z")];
    let read = forms.iter().find_map(|form| form.parse::<Instant>().ok());
    let read = read.ok_or("expected an instant like 2026-11-20T12:00 or 2026-11-20T12:00+08:00")?;
    Ok(read.to_string())
}
