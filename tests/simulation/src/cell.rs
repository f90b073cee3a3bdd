//! A cell's host: the agent as it is, over the simulated network and machine. It is started again
//! by the machine when it ended.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use cell_agent::agent::{Agent, AgentError, AgentParts, Settings};
use types::clock::Clock as _;

use crate::carrier::Network;
use crate::chance::SeededIds;
use crate::clock::HostClock;
use crate::machine::Machine;
use crate::world::{CellSite, World};

/// The machine waits so long before it starts the agent again.
const RESTART: Duration = Duration::from_secs(20);

/// Runs until the host is taken down.
///
/// # Errors
/// If the agent does not start.
pub async fn serve(
    world: Arc<World>,
    site: Arc<CellSite>,
) -> Result<(), Box<dyn std::error::Error>> {
    site.process.begin();
    let clock = Arc::new(HostClock::of_this_host(&world.time, &site.skew));
    loop {
        site.starts.fetch_add(1, Ordering::Relaxed);
        world.tell(format_args!("{} starts", site.process.host), &[]);
        let parts = AgentParts {
            clock: clock.clone(),
            ids: Arc::new(SeededIds { clock: clock.clone(), chance: site.ids.clone() }),
            runtime: Arc::new(Machine { world: world.clone(), site: site.clone() }),
            state_dir: world.folder.join(site.process.host),
            settings: Settings::default(),
            join_token: None,
        };
        let network = Arc::new(Network { world: world.clone(), site: site.clone() });
        let mut agent = Agent::start_over(parts, network).await?;
        match agent.finished().await {
            Ok(()) => {}
            Err(AgentError::Halted(halt)) => {
                world.violation(format!("{} halted: {halt}", site.process.host));
            }
            Err(error) => return Err(error.into()),
        }
        clock.sleep(RESTART).await;
    }
}
