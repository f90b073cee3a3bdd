//! The processes of an installation: how plane and agent start, die and come back.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use cell_agent::agent::{Agent, AgentError, AgentHandle, AgentParts, Settings};
use cell_agent_protocol::enrol::JoinToken;
use control_plane::config::Config;
use control_plane::wiring::{Parts, Server, ServerHandle, StartError};
use control_plane_core::cell::view as cell;
use types::clock::ManualClock;
use types::id::SystemIds;
use types::random::SystemRandom;

use crate::engine::Engine;
use crate::world::World;
use crate::world::seed::console;

impl World {
    /// Kills the plane: whoever waits for an answer gets none.
    ///
    /// # Panics
    /// If it is down already.
    pub async fn kill_plane(&mut self) {
        let plane = self.plane.take().expect("a running plane");
        // The agent knows one address, as it would of a real plane.
        self.config.agent.listen = plane.agent_address;
        plane.kill().await;
    }

    /// Starts the plane again on the same home and database.
    ///
    /// # Panics
    /// If it does not come up.
    pub async fn restart_plane(&mut self) {
        self.try_restart_plane().await.expect("a running plane");
    }

    /// Starts the plane again, if nothing is in the way.
    ///
    /// # Errors
    /// As the plane tells.
    pub async fn try_restart_plane(&mut self) -> Result<(), StartError> {
        self.plane = Some(serve(self.folder.path(), &self.config, &self.clock).await?);
        Ok(())
    }

    /// Starts the plane again with other settings.
    ///
    /// # Panics
    /// If it does not come up.
    pub async fn set(&mut self, change: impl FnOnce(&mut Config)) {
        self.kill_plane().await;
        change(&mut self.config);
        self.restart_plane().await;
    }

    /// Starts another plane over the same database, with a copy of the keys.
    ///
    /// # Panics
    /// If it does not come up.
    pub async fn second_plane(&self) -> ServerHandle {
        let folder = self.folder.path().join("second");
        std::fs::create_dir(&folder).expect("a folder");
        let copied = Command::new("cp").arg("-a").arg(self.home()).arg(&folder).status();
        assert!(copied.expect("run cp").success(), "the home was not copied");
        let mut config = self.config.clone();
        config.agent.listen.set_port(0);
        config.agent.public_address = String::new();
        serve(&folder, &config, &self.clock).await.expect("a second plane")
    }

    /// Kills the agent; members go on.
    ///
    /// # Panics
    /// If it is down already.
    pub async fn kill_agent(&mut self) {
        self.agent.take().expect("a running agent").kill().await;
    }

    /// Starts the agent again on the same state directory.
    ///
    /// # Panics
    /// If it does not come up.
    pub async fn restart_agent(&mut self) {
        let agent = self.agent_in("agent").await.expect("the agent comes back");
        self.agent = Some(agent);
    }

    /// Cuts the cell off from the plane; both go on.
    pub fn cut(&self) {
        self.wire.lead(None);
    }

    /// Joins cell and plane again.
    ///
    /// # Panics
    /// While the plane is down.
    pub fn mend(&self) {
        self.wire.lead(Some(self.plane.as_ref().expect("a running plane").agent_address));
    }

    /// Takes the running agent out of the world, to look at how it ends.
    ///
    /// # Panics
    /// If it is down already.
    pub fn take_agent(&mut self) -> AgentHandle {
        self.agent.take().expect("a running agent")
    }

    /// Goes on with an agent that was started beside the world.
    pub fn go_on_with(&mut self, agent: AgentHandle) {
        self.agent = Some(agent);
    }

    /// Starts an agent of the same host on a state directory.
    ///
    /// # Errors
    /// As the agent tells.
    pub async fn agent_in(&self, directory: &str) -> Result<AgentHandle, AgentError> {
        Agent::start(self.agent_parts(directory, None)).await
    }

    /// Keeps a copy of the database, as a backup would; the plane may run.
    ///
    /// # Panics
    /// If it cannot be copied.
    pub async fn back_up(&mut self) {
        self.kill_plane().await;
        let url = &self.config.database.url;
        self.backup = Some(Engine::of(url).start().copy_of(url));
        self.restart_plane().await;
    }

    /// Comes back from the backup: the database is what it was then. It can be done once.
    ///
    /// # Panics
    /// If there is none.
    pub async fn restore(&mut self) {
        self.kill_plane().await;
        self.config.database.url = self.backup.take().expect("a backup");
        self.restart_plane().await;
    }

    /// Lets the agent of a state directory in again, as an operator does with a new join token.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn enrol_again(&self, directory: &str) {
        let cell = cell::views(self.plane(), &console()).await.expect("cells")[0].row.id;
        let plane = self.plane.as_ref().expect("a running plane");
        let line = plane.join_line(&console(), cell).await.expect("a line");
        let token = JoinToken::from_line(line.reveal()).expect("a token");
        let clock = Arc::new(self.machine.clone());
        let enrolled = Agent::enrol(clock, &SystemIds, &self.state(directory), &token).await;
        assert_eq!(enrolled.expect("enrolled"), cell);
    }

    /// Copies the agent's state directory, as a backup or a cloned disk would; the agent is down.
    ///
    /// # Panics
    /// If it cannot be copied.
    pub fn copy_agent_state(&self, to: &str) {
        let to = self.state(to);
        std::fs::create_dir(&to).expect("a folder");
        for file in std::fs::read_dir(self.state("agent")).expect("a folder") {
            let file = file.expect("a file");
            std::fs::copy(file.path(), to.join(file.file_name())).expect("copied");
        }
    }

    /// What an operator says on the cell's host of an instance that the plane does not know; the
    /// agent is down.
    ///
    /// # Panics
    /// If it is none of these.
    pub fn delete_orphan(&self, instance: &str) {
        let id = instance.parse().expect("an id");
        let done = Agent::delete_orphan(&self.state("agent"), &SystemIds, id);
        assert!(done.expect("a ledger"), "{instance} is no orphan");
    }

    fn state(&self, directory: &str) -> PathBuf {
        self.folder.path().join(directory)
    }

    pub(super) fn agent_parts(&self, directory: &str, join_token: Option<JoinToken>) -> AgentParts {
        AgentParts {
            clock: Arc::new(self.machine.clone()),
            ids: Arc::new(SystemIds),
            runtime: self.host.clone(),
            state_dir: self.state(directory),
            settings: Settings::default(),
            join_token,
        }
    }
}

/// The documented defaults on free ports, for impatient users.
pub(super) fn config(database: String) -> Config {
    let mut config = Config::documented();
    config.http.listen.set_port(0);
    config.agent.listen.set_port(0);
    config.http.drain_s = 2;
    config.openid.loopback_http = true;
    config.database.url = database;
    config.database.connections_max = 8;
    let limit = &mut config.limit;
    (limit.requests_burst, limit.requests_per_second) = (100_000, 100_000);
    (limit.strangers_burst, limit.strangers_per_second) = (100_000, 100_000);
    config
}

/// Starts a plane in the folder.
pub(super) async fn serve(
    folder: &Path,
    config: &Config,
    clock: &ManualClock,
) -> Result<ServerHandle, StartError> {
    let parts = Parts {
        clock: Arc::new(clock.clone()),
        ids: Arc::new(SystemIds),
        random: Arc::new(SystemRandom),
    };
    Server::start(&folder.join("home"), config.clone(), parts).await
}
