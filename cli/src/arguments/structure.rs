//! Arguments of `structure`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};

/// Arguments of `cellplane structure`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  cellplane structure export > acme.yaml
  cellplane structure import acme.yaml --dry-run
  cellplane structure import acme.yaml --skip-missing-people --yes")]
pub struct StructureArguments {
    /// What to do.
    #[command(subcommand)]
    pub command: StructureCommand,
}

/// What can be done with the structure.
#[derive(Debug, Subcommand)]
pub enum StructureCommand {
    /// Write what the tenant is made of as YAML
    ///
    /// Organizations, projects, instances, applications, service accounts, own roles, groups,
    /// bindings, quotas, budgets and approval rules. Everything is named and nothing has an id, so
    /// the document can be imported elsewhere. Secrets are not in it.
    Export,
    /// Make what a document names and is not there
    ///
    /// Checks the whole document first; shows what it would do; asks; does it. Instances are ordered
    /// at the prices that hold. What the document does not name stays. Importing it again does
    /// nothing.
    Import(ImportArguments),
}

/// Arguments of `cellplane structure import`.
#[derive(Debug, Args)]
pub struct ImportArguments {
    /// The document; - reads it from standard input
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// Only show what would be done
    #[arg(long)]
    pub dry_run: bool,
    /// Order nothing
    #[arg(long)]
    pub without_instances: bool,
    /// Leave out memberships and bindings of people and service accounts that are not there
    #[arg(long)]
    pub skip_missing_people: bool,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
}
