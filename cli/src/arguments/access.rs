//! Arguments of `user`, `group`, `role`, `binding` and `access`.

use clap::{ArgGroup, Args, Subcommand, ValueEnum};

/// What `--at` takes.
const AT: &str = "Where, with everything below: `tenant`, the name or id of an organization or \
                  project, or one said plainly, as in organization/rnd, project/web or \
                  application/shop";

/// At most so many rows of a list.
#[derive(Debug, Args)]
pub struct Limit {
    /// At most so many
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: u32,
}

/// Arguments of `cellplane user`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  cellplane user create wei --title 'Zhang Wei'
  cellplane user code wei
  cellplane binding create --user wei --role developer --at project/web
  cellplane user list --search we
  cellplane user disable wei --yes")]
pub struct UserArguments {
    /// What to do.
    #[command(subcommand)]
    pub command: UserCommand,
}

/// What can be done with people.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// List people and programs by name, with the groups they are in
    List {
        /// Only those whose name begins so
        #[arg(long)]
        search: Option<String>,
        #[command(flatten)]
        limit: Limit,
    },
    /// Make a person, who may do nothing until a role is given
    Create {
        /// Name, unique in the tenant
        name: String,
        /// Name for people [default: the name]
        #[arg(long)]
        title: Option<String>,
    },
    /// Let a person sign in again
    Enable {
        /// Name or id
        user: String,
    },
    /// Let a person sign in no more, and end their sessions at once. Asks first
    Disable {
        /// Name or id
        user: String,
        /// Do not ask
        #[arg(long, short)]
        yes: bool,
    },
    /// Make a one-time link with which a person signs in; it is shown once
    Code {
        /// Name or id
        user: String,
    },
}

/// Arguments of `cellplane group`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  cellplane group create ops --title Operations
  cellplane group add ops wei
  cellplane group members ops
  cellplane binding create --group ops --role viewer --at tenant")]
pub struct GroupArguments {
    /// What to do.
    #[command(subcommand)]
    pub command: GroupCommand,
}

/// What can be done with groups.
#[derive(Debug, Subcommand)]
pub enum GroupCommand {
    /// List groups by name
    List {
        #[command(flatten)]
        limit: Limit,
    },
    /// Make a group that nobody is in
    Create {
        /// Name, unique in the tenant
        name: String,
        /// Name for people [default: the name]
        #[arg(long)]
        title: Option<String>,
    },
    /// Give a group another name, another title, or both
    Rename {
        /// Name or id
        group: String,
        /// The new name
        #[arg(long, required_unless_present = "title")]
        name: Option<String>,
        /// The new title
        #[arg(long)]
        title: Option<String>,
    },
    /// Delete a group that holds no roles. Asks first
    Delete {
        /// Name or id
        group: String,
        /// Do not ask
        #[arg(long, short)]
        yes: bool,
    },
    /// Put a person or program into a group
    Add {
        /// Name or id of the group
        group: String,
        /// Name or id of the person or service account
        member: String,
    },
    /// Take a person or program out of a group
    Remove {
        /// Name or id of the group
        group: String,
        /// Name or id of the person or service account
        member: String,
    },
    /// List who is in a group
    Members {
        /// Name or id
        group: String,
        #[command(flatten)]
        limit: Limit,
    },
}

/// Arguments of `cellplane role`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  cellplane role list
  cellplane role get developer
  cellplane role create restarter --title 'May restart' --part view --part operate
  cellplane role change restarter --part viewer --part operate
  cellplane role delete restarter --yes")]
pub struct RoleArguments {
    /// What to do.
    #[command(subcommand)]
    pub command: RoleCommand,
}

/// What can be done with roles.
#[derive(Debug, Subcommand)]
pub enum RoleCommand {
    /// List roles: first those that every installation has, then the tenant's own
    List,
    /// Show one role and all that it says
    Get {
        /// Name or id
        role: String,
    },
    /// Make a role of actions and other roles
    Create {
        /// Name, unique in the tenant
        name: String,
        /// Name for people [default: the name]
        #[arg(long)]
        title: Option<String>,
        /// An action like operate, a role by name or id, or * for everything; may be repeated
        #[arg(long = "part", value_name = "PART", required = true)]
        parts: Vec<String>,
    },
    /// Change a role, for everybody who has it; what is not given stays
    Change {
        /// Name or id
        role: String,
        /// The new name
        #[arg(long)]
        name: Option<String>,
        /// The new title
        #[arg(long)]
        title: Option<String>,
        /// What it is made of from now on, all of it; may be repeated
        #[arg(long = "part", value_name = "PART")]
        parts: Vec<String>,
    },
    /// Delete a role that nobody has. Asks first
    Delete {
        /// Name or id
        role: String,
        /// Do not ask
        #[arg(long, short)]
        yes: bool,
    },
}

/// Arguments of `cellplane binding`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  cellplane binding create --user wei --role developer --at project/web
  cellplane binding create --group ops --role viewer --at tenant
  cellplane binding create --user wei --role restarter --at organization/rnd --effect deny
  cellplane binding list --user wei
  cellplane binding list --at rnd --output json
  cellplane binding delete bnd_… --yes")]
pub struct BindingArguments {
    /// What to do.
    #[command(subcommand)]
    pub command: BindingCommand,
}

/// What can be done with bindings.
#[derive(Debug, Subcommand)]
pub enum BindingCommand {
    /// List what is given and denied: everywhere, at one place, or of one person, program or group
    List {
        #[arg(long, value_name = "PLACE", help = AT)]
        at: Option<String>,
        #[command(flatten)]
        holder: MaybeHolder,
        #[command(flatten)]
        limit: Limit,
    },
    /// Give a role somewhere, for everything below, or deny what it says there
    ///
    /// A denial decides, whoever else gives it. Nobody can give more than they have.
    Create {
        #[command(flatten)]
        holder: OneHolder,
        /// Name or id of the role
        #[arg(long)]
        role: String,
        #[arg(long, value_name = "PLACE", help = AT)]
        at: String,
        /// Whether the role is given or denied
        #[arg(long, value_enum, default_value_t)]
        effect: Effect,
    },
    /// Take back what was given or denied. Asks first
    Delete {
        /// Id, as `binding list` shows it
        binding: String,
        /// Do not ask
        #[arg(long, short)]
        yes: bool,
    },
}

/// What a binding does with what its role says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Effect {
    /// The role is given
    #[default]
    Allow,
    /// What the role says is denied
    Deny,
}

/// Whose role it is.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("whom").required(true))]
pub struct OneHolder {
    /// Name or id of the person
    #[arg(long, value_name = "NAME", group = "whom")]
    pub user: Option<String>,
    /// Name or id of the group
    #[arg(long, value_name = "NAME", group = "whom")]
    pub group: Option<String>,
    /// Name or id of the service account
    #[arg(long, value_name = "NAME", group = "whom")]
    pub service_account: Option<String>,
}

/// Whose roles, if one is meant.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("of-whom"))]
pub struct MaybeHolder {
    /// Only those of this person (name or id)
    #[arg(long, value_name = "NAME", group = "of-whom")]
    pub user: Option<String>,
    /// Only those of this group (name or id)
    #[arg(long, value_name = "NAME", group = "of-whom")]
    pub group: Option<String>,
    /// Only those of this service account (name or id)
    #[arg(long, value_name = "NAME", group = "of-whom")]
    pub service_account: Option<String>,
}

/// Arguments of `cellplane access`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  cellplane access explain wei order project/web
  cellplane access explain wei all tenant --output json")]
pub struct AccessArguments {
    /// What to do.
    #[command(subcommand)]
    pub command: AccessCommand,
}

/// What can be asked of rights.
#[derive(Debug, Subcommand)]
pub enum AccessCommand {
    /// Show whether somebody may do something somewhere, and which bindings say so
    Explain {
        /// Name or id of the person or service account
        user: String,
        /// An action like order or manage_tree; `all` for every one
        action: String,
        #[arg(value_name = "PLACE", help = AT)]
        at: String,
    },
}
