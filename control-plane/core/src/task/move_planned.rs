//! Moves in trees that were entered for an instant that has come.

use std::time::Duration;

use async_trait::async_trait;
use control_plane_store::planned_move as store;
use policies::permit::{FleetPermit, Task as TaskName};

use crate::error::Result;
use crate::plane::SharedPlane;
use crate::planned_move::due;
use crate::task::Task;

/// Tenants looked at in one run at most.
const BATCH: u64 = 100;

/// Makes what is due.
#[derive(Clone, Copy, Debug, Default)]
pub struct MovePlanned;

#[async_trait]
impl Task for MovePlanned {
    fn name(&self) -> &'static str {
        "move_planned"
    }

    fn period(&self) -> Duration {
        Duration::from_secs(5)
    }

    async fn run(&self, plane: &SharedPlane) -> Result<()> {
        let reader = plane.store.fleet_read(&FleetPermit::task(TaskName::MovePlanned));
        for tenant in store::tenants_due(&reader, plane.clock.now(), BATCH).await? {
            if let Err(error) = due::make(plane, tenant).await {
                // One tenant's trouble does not keep the others where they are.
                let error = &error as &dyn std::error::Error;
                tracing::warn!(tenant.id = %tenant, error, "what is due is moved in the next round");
            }
        }
        Ok(())
    }
}
