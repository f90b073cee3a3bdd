//! Work repeated for ever, each time from what the database says now.
//!
//! A task takes no hint about what changed: a restart loses hints, and the path without them would
//! then be the untested one. It is safe twice in a row and, by a lock in the database, runs on one
//! of several plane processes at a time.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use control_plane_store::task_lock;
use policies::permit::FleetPermit;
use tokio_util::sync::CancellationToken;

use crate::error::Result;
use crate::plane::SharedPlane;

pub mod expire;
pub mod move_planned;

/// Repeated work.
#[async_trait]
pub trait Task: Send + Sync {
    /// Its stable name: of its lock, in logs.
    fn name(&self) -> &'static str;

    /// The pause between two runs.
    fn period(&self) -> Duration;

    /// One bounded run.
    async fn run(&self, plane: &SharedPlane) -> Result<()>;
}

/// Runs a task until it is cancelled. What goes wrong is logged and tried again in the next round.
pub async fn drive(
    plane: SharedPlane,
    task: Arc<dyn Task>,
    holder: String,
    stop: CancellationToken,
) {
    let rounds = async {
        loop {
            if let Err(error) = round(&plane, &*task, &holder).await {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(
                    task = task.name(),
                    error,
                    "task failed; it runs again in the next round"
                );
            }
            plane.clock.sleep(task.period()).await;
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = rounds => {}
    }
}

/// One round, if no other process is at it.
pub async fn round(plane: &SharedPlane, task: &dyn Task, holder: &str) -> Result<()> {
    let permit = FleetPermit::task(policies::permit::Task::Expire);
    let now = plane.clock.now();
    // Longer than any round takes; a process that died holds it no longer than this.
    let until = now.plus(task.period().max(Duration::from_secs(60)));
    let tx = plane.store.fleet(&permit).await?;
    let mine = task_lock::try_lock(&tx, task.name(), holder, now, until).await?;
    tx.commit().await?;
    if !mine {
        return Ok(());
    }
    task.run(plane).await
}
