//! Work repeated for ever: closing months, and deciding about records whose resource was unknown.

use std::time::Duration;

use async_trait::async_trait;
use control_plane_core::error::Result;
use control_plane_core::plane::SharedPlane;
use control_plane_core::task::Task;
use control_plane_store::tenant;
use policies::permit::{FleetPermit, Task as TaskName};

use crate::{attribution, closing};

/// Closes the months that are due.
#[derive(Clone, Copy, Debug, Default)]
pub struct CloseMonths;

/// Decides about records that waited for their resource.
#[derive(Clone, Copy, Debug, Default)]
pub struct Attribute;

#[async_trait]
impl Task for CloseMonths {
    fn name(&self) -> &'static str {
        "close_months"
    }

    fn period(&self) -> Duration {
        Duration::from_secs(60)
    }

    async fn run(&self, plane: &SharedPlane) -> Result<()> {
        // What waits for its resource is decided first, so that the closing can still take it.
        attribution::run(plane).await?;
        let permit = FleetPermit::task(TaskName::CloseMonths);
        for row in tenant::all(&plane.store.fleet_read(&permit)).await? {
            if let Err(error) = closing::advance(plane, row.id, None).await {
                // One tenant's trouble does not keep the others from their bills.
                let error = &error as &dyn std::error::Error;
                tracing::error!(tenant.id = %row.id, error, "a billing period could not be closed");
            }
        }
        Ok(())
    }
}

#[async_trait]
impl Task for Attribute {
    fn name(&self) -> &'static str {
        "attribute_usage"
    }

    fn period(&self) -> Duration {
        Duration::from_secs(60)
    }

    async fn run(&self, plane: &SharedPlane) -> Result<()> {
        attribution::run(plane).await
    }
}
