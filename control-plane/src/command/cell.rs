//! `cell`: make cells, let agents in, shut them out.

use control_plane_core::cell as cells;
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
        Command::List => {
            for row in cell::all(&plane.store.fleet_read(permit)).await? {
                let heard = row.last_report_at.map_or("never".to_owned(), |at| at.to_string());
                let alarm = row.alarm.as_deref().unwrap_or("-");
                print(format_args!(
                    "{}\t{}\t{}\tlast report {heard}\talarm {alarm}",
                    row.id, row.name, row.state
                ))?;
            }
            Ok(())
        }
    }
}
