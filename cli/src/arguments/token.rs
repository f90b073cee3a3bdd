//! Arguments of `token`, `service-account`, `session` and `operator`.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand, ValueHint};

use super::list::instant;

/// Arguments of `cellplane token`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  cellplane token create ci --days 30 --action order --project platform-dev --secret-file ci.token
  cellplane token list
  cellplane token rotate ci --overlap-minutes 60 --secret-file ci.token
  cellplane token revoke ci
  cellplane --token-file ci.token --address https://plane.example.org get instances")]
pub struct TokenArguments {
    /// What to do.
    #[command(subcommand)]
    pub command: TokenCommand,
}

/// What can be done with tokens.
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// List tokens, newest first, with their last use
    List(ListTokens),
    /// Make a token; its secret is shown once
    Create(CreateTokenArguments),
    /// Make another secret for a token; it is shown once
    Rotate(RotateTokenArguments),
    /// End a token at once
    Revoke(WhichToken),
}

/// Whose tokens.
#[derive(Debug, Args)]
pub struct ListTokens {
    /// Those of this service account (name or id)
    #[arg(long, value_name = "NAME")]
    pub service_account: Option<String>,
    /// Those of this subject (id)
    #[arg(long, conflicts_with = "service_account")]
    pub subject: Option<String>,
}

/// One token.
#[derive(Debug, Args)]
pub struct WhichToken {
    /// Name or id of the token
    pub token: String,
    /// It belongs to this service account (name or id)
    #[arg(long, value_name = "NAME")]
    pub service_account: Option<String>,
}

/// Arguments of `cellplane token create`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("within"))]
pub struct CreateTokenArguments {
    /// Name, for you to tell it from others
    pub name: String,
    /// For this service account (name or id) instead of yourself
    #[arg(long, value_name = "NAME")]
    pub service_account: Option<String>,
    /// It ends after so many days
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=366))]
    #[arg(conflicts_with = "expires")]
    pub days: u32,
    /// It ends at this instant
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    pub expires: Option<String>,
    /// It works from this range of addresses only, as in 10.0.0.0/8; may be repeated
    #[arg(long = "address-range", value_name = "RANGE")]
    pub address_ranges: Vec<String>,
    /// It may do this only, as in order or change, and see; may be repeated [default: all you may]
    #[arg(long = "action", value_name = "ACTION")]
    pub actions: Vec<String>,
    /// It reaches this project only (name or id)
    #[arg(long, group = "within")]
    pub project: Option<String>,
    /// It reaches this organization and what is below it only (name or id)
    #[arg(long, group = "within")]
    pub organization: Option<String>,
    /// Where the secret goes.
    #[command(flatten)]
    pub secret: SecretArguments,
}

/// Where a secret goes.
#[derive(Debug, Args)]
pub struct SecretArguments {
    /// Write the secret to this new file, for you alone, instead of showing it
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub secret_file: Option<PathBuf>,
}

/// Arguments of `cellplane token rotate`.
#[derive(Debug, Args)]
pub struct RotateTokenArguments {
    /// Which one.
    #[command(flatten)]
    pub which: WhichToken,
    /// The secret before is good for so many minutes more
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=1440))]
    pub overlap_minutes: u32,
    /// The token ends at this instant instead
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    pub expires: Option<String>,
    /// Where the secret goes.
    #[command(flatten)]
    pub secret: SecretArguments,
}

/// Arguments of `cellplane service-account`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  cellplane service-account create deployer --organization platform
  cellplane service-account token deployer ci --secret-file ci.token
  cellplane service-account delete deployer --yes")]
pub struct ServiceAccountArguments {
    /// What to do.
    #[command(subcommand)]
    pub command: ServiceAccountCommand,
}

/// What can be done with service accounts.
#[derive(Debug, Subcommand)]
pub enum ServiceAccountCommand {
    /// List those whose access you manage
    List {
        /// Only those of this organization (name or id)
        #[arg(long, short = 'g')]
        organization: Option<String>,
    },
    /// Make one; it can do nothing until it is given a role
    Create {
        /// Name, unique in the tenant
        name: String,
        /// Organization whose administrators look after it (name or id)
        #[arg(long, short = 'g')]
        organization: String,
        /// Name for people [default: the name]
        #[arg(long)]
        title: Option<String>,
    },
    /// End one with its tokens and roles
    Delete {
        /// Name or id
        name: String,
        /// Do not ask
        #[arg(long, short)]
        yes: bool,
    },
    /// Make a token for one, as `token create --service-account` does
    Token {
        /// Name or id of the service account
        service_account: String,
        /// Name of the token
        token: String,
        /// It ends after so many days
        #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=366))]
        days: u32,
        /// Where the secret goes.
        #[command(flatten)]
        secret: SecretArguments,
    },
}

/// Arguments of `cellplane session`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  cellplane session list
  cellplane session end ses_…
  cellplane session end --others")]
pub struct SessionArguments {
    /// What to do.
    #[command(subcommand)]
    pub command: SessionCommand,
}

/// What can be done with sessions.
#[derive(Debug, Subcommand)]
pub enum SessionCommand {
    /// List open sessions, newest first
    List {
        /// Those of this subject of your tenant (id)
        #[arg(long)]
        subject: Option<String>,
    },
    /// End a session, and what was opened with it
    End {
        /// Id of the session
        #[arg(required_unless_present = "others")]
        session: Option<String>,
        /// All of yours but this one
        #[arg(long, conflicts_with = "session")]
        others: bool,
    },
}

/// Arguments of `cellplane operator`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  cellplane operator impersonate --tenant ten_… --user dev --reason 'ticket 7' --minutes 15
  cellplane --config other.toml sign-in --code-file -      takes the code that it shows")]
pub struct OperatorArguments {
    /// What to do.
    #[command(subcommand)]
    pub command: OperatorCommand,
}

/// What operators alone can do.
#[derive(Debug, Subcommand)]
pub enum OperatorCommand {
    /// Act as a subject of a tenant for a while; the tenant sees it, and reads why
    Impersonate {
        /// Id of the tenant
        #[arg(long)]
        tenant: String,
        /// Name of the user
        #[arg(long, required_unless_present = "subject")]
        user: Option<String>,
        /// Id of the subject, in place of the name
        #[arg(long, conflicts_with = "user")]
        subject: Option<String>,
        /// Why, in one line
        #[arg(long)]
        reason: String,
        /// For so long
        #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..=60))]
        minutes: u32,
    },
}
