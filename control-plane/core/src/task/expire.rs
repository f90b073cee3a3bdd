//! What ends by itself: operations past their deadline, remembered keys, codes, tokens, sign-ins on their way,
//! sessions.

use std::time::Duration;

use async_trait::async_trait;
use control_plane_store::outbox::{self, NewEvent};
use control_plane_store::{
    access_token, challenge, external_session, idempotency, join_token, operation, pending_sign_in,
    session, sign_in_code,
};
use policies::permit::FleetPermit;
use types::operation::OperationState;

use crate::approval;
use crate::error::Result;
use crate::pending_sign_in as pending;
use crate::plane::SharedPlane;
use crate::task::Task;

/// How long idempotency keys are kept.
const KEYS_KEPT: Duration = Duration::from_secs(7 * 24 * 3600);
/// How long after its deadline the cell may still report an operation's outcome by itself.
const GRACE: Duration = Duration::from_secs(60);
/// Operations ended in one run at most.
const BATCH: u64 = 100;

/// Ends what is over.
#[derive(Clone, Copy, Debug, Default)]
pub struct Expire;

#[async_trait]
impl Task for Expire {
    fn name(&self) -> &'static str {
        "expire"
    }

    fn period(&self) -> Duration {
        Duration::from_secs(30)
    }

    async fn run(&self, plane: &SharedPlane) -> Result<()> {
        let now = plane.clock.now();
        let tx = plane.store.fleet(&FleetPermit::task(policies::permit::Task::Expire)).await?;
        for mut row in operation::overdue(&tx, now.minus(GRACE), BATCH).await? {
            let tenant = row.tenant_id;
            let mut event = NewEvent::new("operation_moved", now);
            event.project_id = Some(row.project_id);
            event.instance_id = Some(row.instance_id);
            event.operation_id = Some(row.id);
            row.state = OperationState::Failed;
            row.ended_at = Some(now);
            row.problem_code = Some("DEADLINE_PASSED".to_owned());
            row.problem_message = Some(
                "the cell did not finish in time; see its last report, then retry or delete the instance"
                    .to_owned(),
            );
            tracing::warn!(operation.id = %row.id, "operation passed its deadline");
            if !operation::end_anywhere(&tx, row).await? {
                continue;
            }
            outbox::record_anywhere(&tx, Some(tenant), vec![event], Vec::new()).await?;
        }
        approval::expire(plane, &tx, now, BATCH).await?;
        idempotency::delete_before(&tx, now.minus(KEYS_KEPT)).await?;
        sign_in_code::delete_before(&tx, now.minus(KEYS_KEPT)).await?;
        // As long again as it took to be over, so that who is late is told so.
        pending_sign_in::delete_before(&tx, now.minus(pending::LIFE)).await?;
        external_session::delete_before(&tx, now).await?;
        join_token::delete_before(&tx, now.minus(KEYS_KEPT)).await?;
        challenge::delete_before(&tx, now.minus(KEYS_KEPT)).await?;
        session::delete_before(&tx, now.minus(KEYS_KEPT)).await?;
        access_token::delete_before(&tx, now.minus(KEYS_KEPT)).await?;
        tx.commit().await?;
        Ok(())
    }
}
