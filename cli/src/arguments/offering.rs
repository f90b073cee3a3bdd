//! Arguments of `offering`.

use clap::{Args, Subcommand};

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
  cellplane offering plans redis
  cellplane offering add-plan redis huge --title Huge --title-zh 特大 --millivcpu 8000 \
    --memory-mib 32768 --storage-mib 65536
  cellplane offering offer redis --plan huge --to initech
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
    /// List the plans of an offering with who may order by them
    Plans {
        /// Name or id of the offering
        offering: String,
    },
    /// Add a plan to an offering
    ///
    /// Its size stays as it is, since bills refer to it. What the package can make must fit it.
    AddPlan(AddPlanArguments),
    /// Say whether an offering, or a plan of it, is for all tenants or for chosen ones
    ///
    /// Instances that are there go on. For others it is as if there were no such offering or plan.
    Audience {
        /// Name or id
        offering: String,
        /// Name or id of a plan, if it is about that alone
        #[arg(long)]
        plan: Option<String>,
        /// all or chosen
        #[arg(value_parser = ["all", "chosen"])]
        audience: String,
    },
    /// Offer an offering, or a plan of it, to a tenant
    ///
    /// Counts if it is for chosen tenants; can be said before it is. A plan is ordered by who may
    /// order its offering.
    Offer {
        /// Name or id of the offering
        offering: String,
        /// Name or id of a plan, if it is about that alone
        #[arg(long)]
        plan: Option<String>,
        /// Name or id of the tenant
        #[arg(long, value_name = "TENANT")]
        to: String,
    },
    /// Offer an offering, or a plan of it, to a tenant no more, or an offering to nobody; what is
    /// there of it goes on
    Withdraw {
        /// Name or id of the offering
        offering: String,
        /// Name or id of a plan, if it is about that alone
        #[arg(long, conflicts_with = "everywhere")]
        plan: Option<String>,
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

/// A plan to be.
#[derive(Debug, Args)]
pub struct AddPlanArguments {
    /// Name or id of the offering
    pub offering: String,
    /// Name of the plan within the offering
    pub name: String,
    /// For people, in English
    #[arg(long)]
    pub title: String,
    /// For people, in Chinese
    #[arg(long)]
    pub title_zh: String,
    /// Thousandths of a vCPU of each member
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub millivcpu: u32,
    /// Memory of each member in MiB
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub memory_mib: u32,
    /// Storage of each member in MiB
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub storage_mib: u32,
    /// Who may order by it, of those who may order the offering
    #[arg(long = "for", value_parser = ["all", "chosen"], default_value = "chosen")]
    pub audience: String,
}
