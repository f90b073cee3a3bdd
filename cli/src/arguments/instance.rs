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

/// Arguments of `cellplane set`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  cellplane set shop-cache maxmemory=128mb
  cellplane set shop-cache maxmemory=128mb timeout=30 --yes
  cellplane set shop-cache --reset timeout
  cellplane set shop-cache appendonly=yes --preview")]
pub struct SetArguments {
    /// Which instance.
    #[command(flatten)]
    pub instance: InstanceArguments,
    /// Parameters and their new values
    #[arg(value_name = "PARAMETER=VALUE", value_parser = super::assignment)]
    #[arg(required_unless_present = "reset")]
    pub set: Vec<(String, String)>,
    /// Put a parameter back to the package's default; may be given several times
    #[arg(long, value_name = "PARAMETER")]
    pub reset: Vec<String>,
    /// Only show the preview
    #[arg(long, conflicts_with = "yes")]
    pub preview: bool,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
    /// Whether to wait.
    #[command(flatten)]
    pub wait: WaitArguments,
}

/// Arguments of `cellplane stop`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  cellplane stop shop-cache
  cellplane stop shop-cache --yes --no-wait")]
pub struct StopArguments {
    /// Which instance.
    #[command(flatten)]
    pub instance: InstanceArguments,
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
Examples:
  cellplane start shop-cache")]
pub struct StartArguments {
    /// Which instance.
    #[command(flatten)]
    pub instance: InstanceArguments,
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

/// Arguments of `cellplane history`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  cellplane history shop-cache
  cellplane history shop-cache --limit 5")]
pub struct HistoryArguments {
    /// Which instance.
    #[command(flatten)]
    pub instance: InstanceArguments,
    /// At most so many configurations, newest first
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: u32,
}

impl WaitArguments {
    /// Whether to follow the operation.
    pub fn follows(self) -> bool {
        !self.no_wait
    }
}
