//! Arguments of the commands about configurations.

use clap::Args;

use super::{InstanceArguments, SelectionArguments, WaitArguments};

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
  cellplane set shop-cache other-cache maxclients=500 --preview
  cellplane set --all --project platform-dev --package redis maxclients=500 --yes
  cellplane set shop 'upstreams=host=10.0.0.5,port=8080,weight=2; host=10.0.0.6,port=8080'
  cellplane set shop --set-file tls-certificate=chain.pem --set-file tls-key=key.pem")]
pub struct SetArguments {
    /// Names or ids of instances, and parameters with their new values
    #[arg(value_name = "INSTANCE|PARAMETER=VALUE", value_parser = word, required = true)]
    pub words: Vec<Word>,
    /// Which more.
    #[command(flatten)]
    pub selection: SelectionArguments,
    /// A parameter and a file with its value; may be given several times
    #[arg(long, value_name = "PARAMETER=FILE", value_parser = super::assignment)]
    pub set_file: Vec<(String, String)>,
    /// Put a parameter back to the package's default; may be given several times
    #[arg(long, value_name = "PARAMETER")]
    pub reset: Vec<String>,
    /// How.
    #[command(flatten)]
    pub change: ChangeArguments,
}

/// A word of the line of `set`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// The name or id of an instance.
    Instance(String),
    /// A parameter and its value.
    Assignment(String, String),
}

fn word(text: &str) -> Result<Word, String> {
    // Neither names nor ids have such a sign.
    if !text.contains('=') {
        return Ok(Word::Instance(text.to_owned()));
    }
    super::assignment(text).map(|(parameter, value)| Word::Assignment(parameter, value))
}

impl SetArguments {
    /// The instances and the assignments, each in their order.
    pub fn sorted(&self) -> (Vec<String>, Vec<(String, String)>) {
        let (mut instances, mut assignments) = (Vec::new(), Vec::new());
        for word in &self.words {
            match word {
                Word::Instance(name) => instances.push(name.clone()),
                Word::Assignment(parameter, value) => {
                    assignments.push((parameter.clone(), value.clone()));
                }
            }
        }
        (instances, assignments)
    }
}

/// Arguments of `cellplane compare`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  cellplane compare shop-cache other-cache
  cellplane compare shop-cache --template durability
  cellplane compare shop-cache other-cache third-cache --all --output json")]
pub struct CompareArguments {
    /// Names or ids of instances of one package
    #[arg(required = true)]
    pub instances: Vec<String>,
    /// Project that names are looked up in [default: the one of `cellplane use`]
    #[arg(long, short)]
    pub project: Option<String>,
    /// A template beside the only instance (see `cellplane get templates`)
    #[arg(long, value_name = "TEMPLATE")]
    pub template: Option<String>,
    /// Parameters that do not differ, too
    #[arg(long)]
    pub all: bool,
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
  cellplane template durability shop-cache --set maxmemory-policy=allkeys-lru --yes
  cellplane template durability --all --organization platform --package redis --preview")]
pub struct TemplateArguments {
    /// Name of the template (see `cellplane get templates`)
    pub template: String,
    /// Names or ids of instances
    pub instances: Vec<String>,
    /// Which more.
    #[command(flatten)]
    pub selection: SelectionArguments,
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
