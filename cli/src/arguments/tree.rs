//! Arguments of `organization` and `project`.

use clap::{Args, Subcommand, ValueEnum};

use super::list::instant;

/// Arguments of `cellplane organization`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  cellplane organization tree
  cellplane organization create asia --parent sales --title \"Sales in Asia\"
  cellplane organization move asia --to rnd
  cellplane organization move asia --to rnd --at 2027-01-01T00:00+08:00
  cellplane organization moves --state planned
  cellplane organization delete asia --yes
  cellplane organization list --search asia --output json")]
pub struct OrganizationArguments {
    /// What to do.
    #[command(subcommand)]
    pub command: OrganizationCommand,
}

/// What can be done to organizations.
#[derive(Debug, Subcommand)]
pub enum OrganizationCommand {
    /// List organizations that you may see, in order of the tree
    List {
        /// Only those with this text in name or title
        #[arg(long)]
        search: Option<String>,
        /// At most so many
        #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
    },
    /// Draw the tree, or the part below one organization
    Tree {
        /// Name or id of the organization to begin with [default: all you may see]
        organization: Option<String>,
        /// At most so many
        #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
    },
    /// Show one organization and what is directly in it
    Show {
        /// Name or id
        organization: String,
    },
    /// Make an organization below another
    Create {
        /// Its name, which no other has that is directly below the same one
        name: String,
        /// Name or id of the organization above
        #[arg(long, short)]
        parent: String,
        /// Name for people [default: the name]
        #[arg(long)]
        title: Option<String>,
    },
    /// Give an organization another name, another title, or both
    ///
    /// Another name needs the right to change the tree at the organization above.
    Rename(RenameArguments),
    /// Move an organization with all below it below another
    ///
    /// Whoever has a role above its new place can see and do there from then on what the role
    /// allows, and its charges go to the new parent's bill, to the second. Asks first.
    Move(MoveArguments),
    /// List moves that were entered for an instant to come, and what became of them
    Moves(MovesArguments),
    /// Call a planned move off before its instant has come. Asks first
    CancelMove(CancelMoveArguments),
    /// Delete an organization that nothing is in
    ///
    /// What is still in it is listed, and nothing is changed then. Bills stay. Asks first.
    Delete(RemoveArguments),
}

/// Arguments of `cellplane project`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  cellplane project create web --organization platform
  cellplane project rename web --title \"The shop\"
  cellplane project move web --to sales
  cellplane project move web --to sales --at 2027-01-01
  cellplane project cancel-move pmv_…
  cellplane project delete web --yes")]
pub struct ProjectArguments {
    /// What to do.
    #[command(subcommand)]
    pub command: ProjectCommand,
}

/// What can be done to projects.
#[derive(Debug, Subcommand)]
pub enum ProjectCommand {
    /// List projects that you may see
    List {
        /// At most so many
        #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
    },
    /// Show one project
    Show {
        /// Name or id
        project: String,
    },
    /// Make a project in an organization
    Create {
        /// Its name, which no other project of the organization has
        name: String,
        /// Name or id of the organization that owns it
        #[arg(long, short = 'g')]
        organization: String,
        /// Name for people [default: the name]
        #[arg(long)]
        title: Option<String>,
    },
    /// Give a project another name, another title, or both
    Rename(RenameArguments),
    /// Move a project with all its instances to another organization
    ///
    /// Its charges go to the new owner's bill from then on, to the second. Asks first.
    Move(MoveArguments),
    /// List moves that were entered for an instant to come, and what became of them
    Moves(MovesArguments),
    /// Call a planned move off before its instant has come. Asks first
    CancelMove(CancelMoveArguments),
    /// Delete a project that no instance is in
    ///
    /// Instances that are still in it are listed, and nothing is changed then. Bills stay. Asks
    /// first.
    Delete(RemoveArguments),
}

/// Another name, another title, or both.
#[derive(Debug, Args)]
pub struct RenameArguments {
    /// Name or id of what is renamed
    pub id_or_name: String,
    /// The new name
    #[arg(long, required_unless_present = "title")]
    pub name: Option<String>,
    /// The new title
    #[arg(long)]
    pub title: Option<String>,
}

/// Another place.
#[derive(Debug, Args)]
pub struct MoveArguments {
    /// Name or id of what is moved
    pub id_or_name: String,
    /// Name or id of the organization that it comes into
    #[arg(long, value_name = "ORGANIZATION")]
    pub to: String,
    /// From this instant on, at most a year ahead, in UTC unless it says otherwise [default: now]
    ///
    /// The move is planned then: made at that instant as you, if you may do it then, and called off
    /// with `cancel-move`.
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    pub at: Option<String>,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
}

/// Which planned moves.
#[derive(Debug, Args)]
pub struct MovesArguments {
    /// Name or id of where to look, with all below, and what leads to there [default: all you may
    /// see]
    pub id_or_name: Option<String>,
    /// Only where they stand
    #[arg(long, value_enum)]
    pub state: Option<MoveState>,
    /// At most so many
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: u32,
}

/// Where a planned move stands.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum MoveState {
    Planned,
    Done,
    Failed,
    Cancelled,
}

/// What is called off.
#[derive(Debug, Args)]
pub struct CancelMoveArguments {
    /// Id of the planned move
    pub planned_move: String,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
}

/// What is deleted.
#[derive(Debug, Args)]
pub struct RemoveArguments {
    /// Name or id
    pub id_or_name: String,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
}
