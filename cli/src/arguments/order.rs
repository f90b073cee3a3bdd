//! Arguments of `order`.

use clap::Args;

use super::WaitArguments;

/// Arguments of `cellplane order`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
A value is read by the type of its parameter: 30 becomes a number where the package wants one, 64mb
stays text. What is not set takes the template's
value, if there is one, else the package's default. A list is written as rows of fields, or as
JSON. What is secret or long comes from a file.

Examples:
  cellplane order redis --project platform-dev --name shop-cache \\
      --plan small --topology primary-replica --set maxmemory=64mb
  cellplane order redis --name shop-cache --plan small --topology standalone \
      --template durability --preview
  cellplane order redis --name shop-cache --plan small --topology standalone --yes --output json
  cellplane order nginx --name shop --plan small \\
      --set 'upstreams=host=10.0.0.5,port=8080,weight=2; host=10.0.0.6,port=8080' \\
      --set-file tls-certificate=chain.pem --set-file tls-key=key.pem")]
pub struct OrderArguments {
    /// Name or id of the offering (see `cellplane get offerings`)
    pub package: String,
    /// Name of the new instance: lower-case letters, digits and hyphens
    #[arg(long, short)]
    pub name: Option<String>,
    /// Name or id of the project [default: the one of `cellplane use`]
    #[arg(long, short)]
    pub project: Option<String>,
    /// Name or id of the plan (see `cellplane get plans`) [default: the only one]
    #[arg(long)]
    pub plan: Option<String>,
    /// Topology, as in primary-replica [default: the only one]
    #[arg(long)]
    pub topology: Option<String>,
    /// Version of the software [default: the newest]
    #[arg(long, value_name = "VERSION")]
    pub software_version: Option<String>,
    /// Template to begin from (see `cellplane get templates`); what is set wins over it
    #[arg(long, value_name = "TEMPLATE")]
    pub template: Option<String>,
    /// A parameter and its value; may be given several times
    #[arg(long = "set", value_name = "PARAMETER=VALUE", value_parser = super::assignment)]
    pub set: Vec<(String, String)>,
    /// A parameter and a file with its value; may be given several times
    #[arg(long, value_name = "PARAMETER=FILE", value_parser = super::assignment)]
    pub set_file: Vec<(String, String)>,
    /// Why, for those who approve, if it takes an approval
    #[arg(long)]
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
