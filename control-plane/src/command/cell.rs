//! `cell`: make cells, let agents in, shut them out.

use control_plane_core::cell as cells;
use control_plane_core::cell::view::{self, CellView};
use control_plane_store::cell;
use types::name::{Name, Title};

use crate::command::{CommandError, Console, Result, print};
use crate::wiring::join_line;

/// What to do with cells.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Make a cell that waits for its agent
    Create {
        /// Name: lower-case letters, digits, hyphens
        name: Name,
        /// What people read; the name if left out
        #[arg(long)]
        title: Option<Title>,
    },
    /// Print a join token: one line, good once and for ten minutes
    JoinToken {
        /// Name of the cell
        name: String,
    },
    /// Take the identity of a cell's agent away; nothing in the cell is stopped
    Revoke {
        /// Name of the cell
        name: String,
    },
    /// End the alarms of a restored plane and of lost usage, once everything was looked at
    AcceptLoss {
        /// Name of the cell
        name: String,
    },
    /// List all cells
    List,
}

/// Does it.
pub async fn run(console: &Console, command: &Command) -> Result {
    let Console { plane, permit, .. } = console;
    match command {
        Command::Create { name, title } => {
            let title = match title {
                Some(title) => title.clone(),
                None => name
                    .as_str()
                    .parse()
                    .map_err(|error| CommandError::Input(format!("{error}")))?,
            };
            let id = cells::create(plane, permit, name, &title).await?;
            print(format_args!("{id} {name}"))
        }
        Command::JoinToken { name } => {
            let row = cell::find_by_name(&plane.store.fleet_read(permit), name).await?;
            let row = row.ok_or_else(|| CommandError::Input(format!("there is no cell {name}")))?;
            let authority = console.authority()?;
            let address = &console.addresses.agent;
            let line = join_line(plane, &authority, address, permit, row.id).await?;
            print(line.reveal())
        }
        Command::Revoke { name } => {
            cells::revoke(plane, permit, name).await?;
            print(format_args!(
                "the agent of {name} is shut out; a new join token lets one in again"
            ))
        }
        Command::AcceptLoss { name } => {
            cells::accept_loss(plane, permit, name).await?;
            print(format_args!("what was lost in {name} is looked after"))
        }
        Command::List => list(console).await,
    }
}

/// One line per cell, for people and for `cut`.
async fn list(console: &Console) -> Result {
    for cell in view::views(&console.plane, &console.permit).await? {
        let CellView { row, load, .. } = &cell;
        let heard = row.last_report_at.map_or("never".to_owned(), |at| at.to_string());
        let state = match cell.silent_since {
            Some(since) => format!("unknown since {since}"),
            None => row.state.to_string(),
        };
        let alarms: Vec<_> = cell.alarms.iter().map(|alarm| alarm.code.as_str()).collect();
        let alarms = if alarms.is_empty() { "-".to_owned() } else { alarms.join(",") };
        print(format_args!(
            "{}\t{}\t{state}\tlast report {heard}\trevision {} taken {} made {}\tspooled {}\t\
             instances {} open operations {}\tagent {}\talarms {alarms}",
            row.id,
            row.name,
            load.revision.0,
            row.taken_revision.0,
            cell.made_revision().0,
            row.spooled,
            load.instances,
            load.open_operations,
            row.agent_version.as_deref().unwrap_or("-"),
        ))?;
    }
    Ok(())
}
