//! Arguments of the commands about one instance or operation.

use clap::Args;

/// Which instance is meant.
#[derive(Debug, Args)]
pub struct InstanceArguments {
    /// Name or id of the instance
    pub instance: String,
    /// Project that a name is looked up in [default: the one of `cellplane use`]
    #[arg(long, short)]
    pub project: Option<String>,
}

/// Whether to follow the operation that a command began.
#[derive(Clone, Copy, Debug, Args)]
pub struct WaitArguments {
    /// Follow the operation until it ends (the default)
    #[arg(long, overrides_with = "no_wait")]
    pub wait: bool,
    /// Return as soon as the operation is accepted
    #[arg(long, overrides_with = "wait")]
    pub no_wait: bool,
}

/// Arguments of `cellplane describe`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  cellplane describe shop-cache
  cellplane describe shop-cache --project platform-dev --output json
  cellplane describe cell north")]
pub struct DescribeArguments {
    /// Which instance.
    #[command(flatten)]
    pub instance: InstanceArguments,
    /// After the word `cell`: name or id of a cell (operators only)
    pub cell: Option<String>,
}

/// Arguments of `cellplane connect`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  cellplane connect shop-cache
  cellplane connect shop-cache --reveal
  cellplane connect shop-cache --reveal --yes --output json")]
pub struct ConnectArguments {
    /// Which instance.
    #[command(flatten)]
    pub instance: InstanceArguments,
    /// Show the password too; asks first, and is recorded
    #[arg(long)]
    pub reveal: bool,
    /// Do not ask before revealing
    #[arg(long, short, requires = "reveal")]
    pub yes: bool,
}

/// Several instances at once, beside their names.
#[derive(Clone, Debug, Default, Args)]
pub struct SelectionArguments {
    /// Project that names are looked up in [default: the one of `cellplane use`]; with --all, the
    /// project whose instances are meant
    #[arg(long, short)]
    pub project: Option<String>,
    /// Instead of names: all instances of --project or --organization
    #[arg(long)]
    pub all: bool,
    /// With --all: organization (name or id) whose instances are meant, and those below it
    #[arg(long, short = 'g', requires = "all")]
    pub organization: Option<String>,
    /// With --all: only those of this package
    #[arg(long, requires = "all")]
    pub package: Option<String>,
}

/// Arguments of `cellplane stop`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  cellplane stop shop-cache
  cellplane stop shop-cache other-cache --preview
  cellplane stop --all --project platform-dev --package redis --yes --no-wait")]
pub struct StopArguments {
    /// Names or ids of instances
    pub instances: Vec<String>,
    /// Which more.
    #[command(flatten)]
    pub selection: SelectionArguments,
    /// Only show what would be stopped
    #[arg(long, conflicts_with = "yes")]
    pub preview: bool,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
    /// Whether to wait.
    #[command(flatten)]
    pub wait: WaitArguments,
}

/// Arguments of `cellplane start`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Several are started after a question, or with --yes.

Examples:
  cellplane start shop-cache
  cellplane start shop-cache other-cache --yes
  cellplane start --all --organization platform --yes")]
pub struct StartArguments {
    /// Names or ids of instances
    pub instances: Vec<String>,
    /// Which more.
    #[command(flatten)]
    pub selection: SelectionArguments,
    /// Only show what would be started
    #[arg(long, conflicts_with = "yes")]
    pub preview: bool,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
    /// Whether to wait.
    #[command(flatten)]
    pub wait: WaitArguments,
}

/// Arguments of `cellplane delete`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  cellplane delete shop-cache
  cellplane delete shop-cache --yes --confirm-name shop-cache     in a script")]
pub struct DeleteArguments {
    /// Which instance.
    #[command(flatten)]
    pub instance: InstanceArguments,
    /// Do not ask
    #[arg(long, short, requires = "confirm_name")]
    pub yes: bool,
    /// The instance's name once more, instead of typing it
    #[arg(long, value_name = "NAME", requires = "yes")]
    pub confirm_name: Option<String>,
    /// Why, for those who approve, if it takes an approval
    #[arg(long)]
    pub reason: Option<String>,
    /// Whether to wait.
    #[command(flatten)]
    pub wait: WaitArguments,
}

/// Arguments of `cellplane logs`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  cellplane logs op_…
  cellplane logs op_… --follow")]
pub struct LogsArguments {
    /// Id of the operation (see `cellplane get operations --instance NAME`)
    pub operation: String,
    /// Go on until the operation ends; the exit code then tells how it ended
    #[arg(long, short)]
    pub follow: bool,
}

impl WaitArguments {
    /// Whether to follow the operation.
    pub fn follows(self) -> bool {
        !self.no_wait
    }
}
