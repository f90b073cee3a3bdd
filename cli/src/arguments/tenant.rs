//! Arguments of `tenant`.

use clap::{Args, Subcommand};

use super::RenameArguments;

/// Arguments of `cellplane tenant`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  cellplane tenant create initech --title Initech --administrator peter
  cellplane tenant list --search ini
  cellplane tenant suspend initech --reason 'unpaid since May'
  cellplane tenant resume initech
  cellplane tenant close initech --reason 'left' --yes")]
pub struct TenantArguments {
    /// What to do.
    #[command(subcommand)]
    pub command: TenantCommand,
}

/// What operators can do with tenants.
#[derive(Debug, Subcommand)]
pub enum TenantCommand {
    /// List tenants by name
    List {
        /// Only those with this text in their name
        #[arg(long)]
        search: Option<String>,
        /// Only those that this offering was offered to (name or id)
        #[arg(long)]
        offering: Option<String>,
        /// Only those that this plan of the offering was offered to (name or id)
        #[arg(long, requires = "offering")]
        plan: Option<String>,
        /// At most so many
        #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
    },
    /// Show one tenant
    #[command(visible_alias = "show")]
    Get {
        /// Name or id
        tenant: String,
    },
    /// Make a tenant with its root organization and its first administrator
    ///
    /// Shows once a link by which the administrator signs in.
    Create(CreateTenantArguments),
    /// Give a tenant another name, another title, or both; its root organization keeps its own
    Rename(RenameArguments),
    /// Let nobody of a tenant in, until it is resumed
    ///
    /// Within a second, sessions and tokens of the tenant are not answered any more and what is
    /// open ends. What runs goes on and is billed. Asks first.
    Suspend(EndTenantArguments),
    /// Let people and programs of a suspended tenant in again
    Resume {
        /// Name or id
        tenant: String,
    },
    /// Close a tenant for good in which nothing is left
    ///
    /// Instances, operations that have not ended, and months whose usage has no bill yet are listed,
    /// and nothing is changed then. Nothing of a closed tenant is removed. Asks first.
    Close(EndTenantArguments),
}

/// A tenant to be made.
#[derive(Debug, Args)]
pub struct CreateTenantArguments {
    /// Its name, which no other tenant has
    pub name: String,
    /// Name for people [default: the name]
    #[arg(long)]
    pub title: Option<String>,
    /// IANA name of the zone in which its months are cut
    #[arg(long, default_value = "Asia/Shanghai")]
    pub zone: String,
    /// What its bills are in
    #[arg(long, default_value = "CNY")]
    pub currency: String,
    /// Name of its first administrator
    #[arg(long)]
    pub administrator: String,
    /// That one's name for people [default: the name]
    #[arg(long)]
    pub administrator_title: Option<String>,
}

/// A tenant that is suspended or closed.
#[derive(Debug, Args)]
pub struct EndTenantArguments {
    /// Name or id
    pub tenant: String,
    /// Why, in one line; the tenant's audit has it
    #[arg(long)]
    pub reason: String,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
}
