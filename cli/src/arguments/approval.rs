//! Arguments of `approval`.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand, ValueEnum};
use graphql_client::query::approval::Covered;

/// Arguments of `cellplane approval`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  cellplane approval list --to-decide
  cellplane approval show apr_…
  cellplane approval approve apr_… --comment 'for the sale' --yes
  cellplane approval reject apr_… --comment 'take a smaller plan'
  cellplane approval rule create --at organization/platform --for order --above-per-month 500 \\
      --approvers 2")]
pub struct ApprovalArguments {
    /// What to do.
    #[command(subcommand)]
    pub command: ApprovalCommand,
}

/// What can be done about approvals.
#[derive(Debug, Subcommand)]
pub enum ApprovalCommand {
    /// List what you asked for and what you decide, the newest first
    List {
        /// Only where it stands
        #[arg(long, value_enum)]
        state: Option<ApprovalState>,
        /// Only in a place with all below: `tenant`, organization/NAME, project/NAME or an id
        #[arg(long, value_name = "PLACE")]
        at: Option<String>,
        /// Only what you asked for yourself
        #[arg(long, conflicts_with = "to_decide")]
        own: bool,
        /// Only what others asked for and what waits
        #[arg(long, conflicts_with = "state")]
        to_decide: bool,
        /// At most so many
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
    },
    /// Show what would be done, for whom, why, and what became of it
    Show {
        /// Id
        approval: String,
    },
    /// Approve; with the last approval that is needed it is done. Asks first
    Approve {
        /// Id
        approval: String,
        /// What to say about it
        #[arg(long)]
        comment: Option<String>,
        /// Do not ask
        #[arg(long, short)]
        yes: bool,
    },
    /// Reject, and say why
    Reject {
        /// Id
        approval: String,
        /// Why; whoever asked reads it
        #[arg(long)]
        comment: String,
    },
    /// Take back what you asked for
    Withdraw {
        /// Id
        approval: String,
        /// What to say about it
        #[arg(long)]
        comment: Option<String>,
    },
    /// Say something about what waits
    Comment {
        /// Id
        approval: String,
        /// What to say
        text: String,
    },
    /// List, make and delete the rules that say what takes an approval
    #[command(subcommand)]
    Rule(ApprovalRuleCommand),
}

/// Where something stands.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ApprovalState {
    Open,
    Performed,
    Rejected,
    Withdrawn,
    Expired,
    Outdated,
}

/// What can be done with rules.
#[derive(Debug, Subcommand)]
pub enum ApprovalRuleCommand {
    /// List rules where you set them or approve
    List {
        /// Only those at one place: `tenant`, organization/NAME, project/NAME or an id
        #[arg(long, value_name = "PLACE")]
        at: Option<String>,
        /// At most so many
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
    },
    /// Make something take an approval at a place and below
    Create(CreateApprovalRule),
    /// Delete a rule; what waits by it is out of date
    Delete {
        /// Id
        rule: String,
    },
}

/// A rule to be made.
#[derive(Debug, Args)]
pub struct CreateApprovalRule {
    /// Where it holds, and below: `tenant`, organization/NAME, project/NAME or an id
    #[arg(long, value_name = "PLACE")]
    pub at: String,
    /// What it covers; may be given several times
    #[arg(long = "for", value_parser = covered(), required = true)]
    pub mutations: Vec<Covered>,
    /// Only what costs more than this a month, in the tenant's currency
    #[arg(long, value_name = "AMOUNT")]
    pub above_per_month: Option<String>,
    /// Only this plan, by id (see `cellplane get plans`); may be given several times
    #[arg(long = "plan", value_name = "ID")]
    pub plans: Vec<String>,
    /// Only this package; may be given several times
    #[arg(long = "package", value_name = "NAME")]
    pub packages: Vec<String>,
    /// How many people have to approve
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=2))]
    pub approvers: u32,
    /// How many days something waits for them
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=90))]
    pub days: u32,
}

fn covered() -> impl TypedValueParser<Value = Covered> {
    let words = PossibleValuesParser::new(Covered::ALL.iter().map(|one| one.as_str()));
    words.try_map(|word| word.parse::<Covered>())
}
