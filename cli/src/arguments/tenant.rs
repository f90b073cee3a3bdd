//! Arguments of `tenant` and `offering`.

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

/// Arguments of `cellplane offering`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  cellplane offering packages
  cellplane offering publish redis
  cellplane offering list
  cellplane offering offer redis --to initech
  cellplane offering audience redis chosen
  cellplane offering withdraw redis --from initech
  cellplane offering withdraw redis --everywhere
  cellplane tenant list --offering redis")]
pub struct OfferingArguments {
    /// What to do.
    #[command(subcommand)]
    pub command: OfferingCommand,
}

/// What operators can do with offerings.
#[derive(Debug, Subcommand)]
pub enum OfferingCommand {
    /// List all offerings with who may order them
    List {
        /// At most so many
        #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
    },
    /// List the packages of this release, and which of them can be ordered
    Packages,
    /// Make a package an offering, with the plans that it suggests
    ///
    /// One that was withdrawn can be ordered again. Prices are published apart from it.
    Publish {
        /// Name of the package
        package: String,
        /// Its version, if this release has several
        #[arg(long)]
        version: Option<String>,
        /// Who may order it; chosen: the tenants that it is offered to
        #[arg(long = "for", value_parser = ["all", "chosen"], default_value = "chosen")]
        audience: String,
    },
    /// Say whether an offering is for all tenants or for chosen ones
    ///
    /// Instances that are there go on. For others it is as if there were no such offering.
    Audience {
        /// Name or id
        offering: String,
        /// all or chosen
        #[arg(value_parser = ["all", "chosen"])]
        audience: String,
    },
    /// Offer an offering to a tenant
    ///
    /// Counts if the offering is for chosen tenants; can be said before it is.
    Offer {
        /// Name or id of the offering
        offering: String,
        /// Name or id of the tenant
        #[arg(long, value_name = "TENANT")]
        to: String,
    },
    /// Offer an offering to a tenant no more, or to nobody; what is there of it goes on
    Withdraw {
        /// Name or id of the offering
        offering: String,
        /// Name or id of the tenant
        #[arg(long, value_name = "TENANT", required_unless_present = "everywhere")]
        from: Option<String>,
        /// Let nobody order it any more
        #[arg(long, conflicts_with = "from")]
        everywhere: bool,
        /// Do not ask
        #[arg(long, short, requires = "everywhere")]
        yes: bool,
    },
}
