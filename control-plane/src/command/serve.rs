//! `serve` and `migrate`.

use std::path::Path;

use control_plane_core::{sign_in, subject};
use control_plane_store::{Store, StoreSettings};
use policies::permit::{FleetPermit, Task};
use policies::role::{Node, Role};
use tokio::signal::unix::{SignalKind, signal};
use types::name::{Name, Title};

use crate::command::{CommandError, Result, print};
use crate::config::Config;
use crate::home::Home;
use crate::wiring::{Parts, Server, ServerHandle};

/// Name of the subject that is made when there is none.
const FIRST: &str = "operator";

/// Runs the plane until a signal.
pub async fn run(home: &Path, config: Config) -> Result {
    let (mut terminate, mut interrupt) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let handle = Server::start(home, config, Parts::of_machine()).await?;
    let addresses = handle.addresses();
    print(format_args!(
        "portal and API: {} (listening on {})",
        addresses.http, handle.http_address
    ))?;
    print(format_args!("agents: {} (listening on {})", addresses.agent, handle.agent_address))?;
    if let Some(link) = first_link(&handle).await? {
        print(format_args!("sign in as {FIRST}, once: {link}"))?;
    }
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping");
    tokio::select! {
        () = handle.stop() => {}
        // Whoever asks twice is in a hurry.
        _ = interrupt.recv() => {}
    }
    Ok(())
}

/// At the first start of all: an operator, and a link for them.
async fn first_link(handle: &ServerHandle) -> Result<Option<String>> {
    let (plane, permit) = (handle.plane(), FleetPermit::task(Task::Console));
    if control_plane_store::subject::count_anywhere(&plane.store.fleet_read(&permit)).await? > 0 {
        return Ok(None);
    }
    let name: Name = FIRST.parse().map_err(|_| CommandError::Input(FIRST.to_owned()))?;
    let title: Title = "Operator".parse().map_err(|_| CommandError::Input(FIRST.to_owned()))?;
    let id = subject::create(plane, &permit, None, &name, &title).await?;
    subject::bind(plane, &permit, None, id, Role::Operator, Node::Installation).await?;
    let code = sign_in::create_code(plane, id).await?;
    Ok(Some(format!("{}/sign-in#{}", handle.addresses().http, code.code.reveal())))
}

/// Brings the tables to what this release needs.
pub async fn migrate(home: &Path, config: &Config) -> Result {
    let home = Home::open(home)?;
    let settings = StoreSettings {
        connections_max: config.database.connections_max,
        role: config.database_role(),
        ..StoreSettings::at(home.database(config)?.reveal())
    };
    let store = Store::open(&settings).await?;
    let pending = store.pending_migrations().await?;
    store.migrate().await?;
    store.close().await?;
    print(format_args!("{pending} migrations were run"))
}
