//! Arguments of `application`.

use clap::{Args, Subcommand};

use super::instance::InstanceArguments;
use super::tree::RemoveArguments;

/// Arguments of `cellplane application`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  cellplane application create shop --organization rnd --title \"The shop\"
  cellplane application add shop shop-cache --project platform-dev
  cellplane application depend shop shop-web --on shop-cache
  cellplane application show shop
  cellplane application delete shop --yes")]
pub struct ApplicationArguments {
    /// What to do.
    #[command(subcommand)]
    pub command: ApplicationCommand,
}

/// What can be done to applications.
#[derive(Debug, Subcommand)]
pub enum ApplicationCommand {
    /// List applications that you may see
    List {
        /// Only those of this organization itself
        #[arg(long, short = 'g')]
        organization: Option<String>,
        /// Only those with this text in the name
        #[arg(long)]
        search: Option<String>,
        /// At most so many
        #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
    },
    /// Show one application: what is in it, what that does, and what needs what
    ///
    /// What you may not see is not shown and not counted.
    Show {
        /// Name or id
        application: String,
    },
    /// Make an application of an organization
    ///
    /// What is put in must be in projects of the organization or below it.
    Create {
        /// Its name, which no other application of the organization has
        name: String,
        /// Name or id of the organization
        #[arg(long, short = 'g')]
        organization: String,
        /// Name for people [default: the name]
        #[arg(long)]
        title: Option<String>,
        /// What it is for
        #[arg(long)]
        description: Option<String>,
        /// Let what is in it be in other applications that are exclusive
        #[arg(long)]
        shared: bool,
    },
    /// Give an application another name, title or description
    Rename {
        /// Name or id
        application: String,
        /// The new name
        #[arg(long, required_unless_present_any = ["title", "description"])]
        name: Option<String>,
        /// The new title
        #[arg(long)]
        title: Option<String>,
        /// What it is for
        #[arg(long)]
        description: Option<String>,
    },
    /// Put an instance into an application
    ///
    /// Takes the right to change the tree at the application and at the instance's project.
    Add {
        /// Name or id of the application
        application: String,
        /// Which instance.
        #[command(flatten)]
        instance: InstanceArguments,
    },
    /// Take an instance out of an application, with what it needs and is needed for there
    ///
    /// The instance stays. Asks first.
    Remove {
        /// Name or id of the application
        application: String,
        /// Name or id of the part
        instance: String,
        /// Do not ask
        #[arg(long, short)]
        yes: bool,
    },
    /// Say that one part of an application needs another
    Depend {
        /// Name or id of the application
        application: String,
        /// Name or id of the part that needs
        instance: String,
        /// Name or id of the part that is needed
        #[arg(long, value_name = "INSTANCE")]
        on: String,
        /// Say that it does not need it any more
        #[arg(long)]
        remove: bool,
    },
    /// Delete an application
    ///
    /// What is in it stays. Roles that are given or denied at it hold no more. Asks first.
    Delete(RemoveArguments),
}
