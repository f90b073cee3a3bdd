//! Arguments of `provider`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};

/// Arguments of `cellplane provider`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  cellplane provider create corp --issuer https://id.example/realms/acme --title 'Acme staff' \\
      --client-id cellplane --client-secret-file secret --create-people
  cellplane provider list
  cellplane provider change corp --groups-claim groups --map /ops=operators
  cellplane provider change corp --disable
  cellplane provider delete corp")]
pub struct ProviderArguments {
    /// What to do.
    #[command(subcommand)]
    pub command: ProviderCommand,
}

/// What to do with providers.
#[derive(Debug, Subcommand)]
pub enum ProviderCommand {
    /// List the tenant's providers
    List,
    /// Make a provider, if people could sign in through it
    Create(Box<CreateProviderArguments>),
    /// Change a provider; its issuer stays
    Change {
        /// Name or id
        provider: String,
        #[command(flatten)]
        settings: Box<ProviderSettings>,
        /// Let people sign in through it again
        #[arg(long, conflicts_with = "disable")]
        enable: bool,
        /// Let nobody sign in through it, and end the sessions that came through it
        #[arg(long)]
        disable: bool,
    },
    /// Remove a provider, and end the sessions that came through it; its people stay
    Delete {
        /// Name or id
        provider: String,
        /// Do not ask
        #[arg(long, short)]
        yes: bool,
    },
}

/// Arguments of `cellplane provider create`.
#[derive(Debug, Args)]
pub struct CreateProviderArguments {
    /// Name, unique in the tenant
    pub name: String,
    /// Issuer identifier, exactly as in its discovery document
    #[arg(long, value_name = "ADDRESS", value_hint = ValueHint::Url)]
    pub issuer: String,
    /// Everything else
    #[command(flatten)]
    pub settings: ProviderSettings,
}

/// What can be set of a provider.
#[derive(Debug, Args)]
pub struct ProviderSettings {
    /// Title for people, on the sign-in page
    #[arg(long)]
    pub title: Option<String>,
    /// What the provider calls cellplane
    #[arg(long, value_name = "ID")]
    pub client_id: Option<String>,
    /// File with the client secret; `-` reads standard input
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub client_secret_file: Option<PathBuf>,
    /// A scope to ask for besides openid; may be repeated [default: profile, email]
    #[arg(long = "scope", value_name = "SCOPE")]
    pub scopes: Vec<String>,
    /// Claim that names people here [default: preferred_username]
    #[arg(long, value_name = "CLAIM")]
    pub name_claim: Option<String>,
    /// Claim that lists groups
    #[arg(long, value_name = "CLAIM")]
    pub groups_claim: Option<String>,
    /// A value of that claim and the group here; may be repeated, and replaces all
    #[arg(long = "map", value_name = "VALUE=GROUP")]
    pub mapping: Vec<String>,
    /// Make people at their first sign-in
    #[arg(long, num_args = 0..=1, default_missing_value = "true", value_name = "BOOL")]
    pub create_people: Option<bool>,
    /// Take people for those who have the same name here already
    #[arg(long, num_args = 0..=1, default_missing_value = "true", value_name = "BOOL")]
    pub link_by_name: Option<bool>,
    /// The provider checks code challenges with S256 without announcing it
    #[arg(long, num_args = 0..=1, default_missing_value = "true", value_name = "BOOL")]
    pub assume_s256: Option<bool>,
}
