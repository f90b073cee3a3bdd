//! Arguments of `impersonation`.

use clap::{Args, Subcommand};

use super::access::Limit;

/// Arguments of `cellplane impersonation`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  cellplane impersonation list
  cellplane session end ses_…                              ends one that the list shows")]
pub struct ImpersonationArguments {
    /// What to do.
    #[command(subcommand)]
    pub command: ImpersonationCommand,
}

/// What can be done with sessions of operators.
#[derive(Debug, Subcommand)]
pub enum ImpersonationCommand {
    /// List who acts as whom, why and until when, newest first
    List {
        #[command(flatten)]
        limit: Limit,
    },
}
