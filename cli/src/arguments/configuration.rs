//! Arguments of the commands about configurations.

use clap::Args;

use super::{InstanceArguments, WaitArguments};

/// How a change is made.
#[derive(Debug, Args)]
pub struct ChangeArguments {
    /// Why, for the history
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
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

/// Arguments of `cellplane set`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  cellplane set shop-cache maxmemory=128mb
  cellplane set shop-cache maxmemory=128mb timeout=30 --reason 'sale on Friday' --yes
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
    /// How.
    #[command(flatten)]
    pub change: ChangeArguments,
}

/// Arguments of `cellplane restore`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  cellplane history shop-cache
  cellplane restore shop-cache 3 --preview
  cellplane restore shop-cache 3 --reason 'the sale is over' --yes")]
pub struct RestoreArguments {
    /// Which instance.
    #[command(flatten)]
    pub instance: InstanceArguments,
    /// Number of the configuration, as `cellplane history` lists it
    #[arg(value_parser = clap::value_parser!(i64).range(1..=i64::from(i32::MAX)))]
    pub number: i64,
    /// How.
    #[command(flatten)]
    pub change: ChangeArguments,
}

/// Arguments of `cellplane template`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Values that were set for the instance itself and differ from the template's are listed, and nothing
is changed, unless you say what is to become of them.

Examples:
  cellplane get templates
  cellplane template durability shop-cache --preview
  cellplane template durability shop-cache --replace-own --yes
  cellplane template durability shop-cache --set maxmemory-policy=allkeys-lru --yes")]
pub struct TemplateArguments {
    /// Name of the template (see `cellplane get templates`)
    pub template: String,
    /// Which instance.
    #[command(flatten)]
    pub instance: InstanceArguments,
    /// A parameter and its value instead of the template's; may be given several times
    #[arg(long = "set", value_name = "PARAMETER=VALUE", value_parser = super::assignment)]
    pub set: Vec<(String, String)>,
    /// Replace values that were set for the instance itself, too
    #[arg(long)]
    pub replace_own: bool,
    /// How.
    #[command(flatten)]
    pub change: ChangeArguments,
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
