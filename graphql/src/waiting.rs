//! What operations wait for, for those who may see them and, without their content, for operators.

use async_graphql::{Context, ID, Object, SimpleObject};
use control_plane_core::operation::slow::{self, SlowOperation as Row};
use control_plane_core::operation::waiting::Waiting as Found;

use crate::connection::Connection;
use crate::context;
use crate::error::Result;
use crate::operation::{OperationKind, OperationState};
use crate::page;
use crate::scalar::DateTime;

/// What an operation that has not ended waits for.
#[derive(SimpleObject)]
pub struct Waiting {
    /// Stable word: end, enrolment, cell, delivery, turn, step, host, member, report
    code: &'static str,
    /// In one sentence
    message: String,
    /// Since when, as far as that is known
    since: Option<DateTime>,
    /// Ordinal of the step that it is in
    step: Option<i32>,
    /// Stable word for what the step does
    step_name: Option<String>,
    /// How often the step was tried in vain
    attempts: i32,
    /// Why the last try was in vain
    reason: Option<String>,
    next_try_at: Option<DateTime>,
    /// When the operation fails if it has not succeeded
    deadline: DateTime,
}

impl From<Found> for Waiting {
    fn from(found: Found) -> Self {
        Self {
            code: found.code.as_str(),
            message: found.sentence(),
            since: found.since.map(DateTime),
            step: found.step.as_ref().map(|step| step.ordinal),
            step_name: found.step.map(|step| step.name),
            attempts: i32::try_from(found.attempts).unwrap_or(i32::MAX),
            reason: found.reason,
            next_try_at: found.next_try_at.map(DateTime),
            deadline: DateTime(found.deadline),
        }
    }
}

/// An operation of whatever tenant that takes longer than expected. Nothing of what was ordered.
pub struct SlowOperation(pub Row);

#[Object]
impl SlowOperation {
    /// The operation's id
    async fn operation(&self) -> ID {
        self.0.operation.id.into()
    }

    /// Name of its tenant
    async fn tenant(&self) -> &str {
        &self.0.tenant
    }

    /// Name of its cell
    async fn cell(&self) -> &str {
        &self.0.cell
    }

    async fn kind(&self) -> OperationKind {
        self.0.operation.kind.into()
    }

    async fn state(&self) -> OperationState {
        self.0.operation.state.into()
    }

    async fn created_at(&self) -> DateTime {
        DateTime(self.0.operation.created_at)
    }

    async fn deadline(&self) -> DateTime {
        DateTime(self.0.operation.deadline)
    }

    async fn waiting_for(&self) -> Option<Waiting> {
        self.0.waiting.clone().map(Waiting::from)
    }
}

/// Operations that took more than a quarter of their time, the oldest first.
pub async fn slow(
    ctx: &Context<'_>,
    first: Option<i32>,
    after: Option<String>,
) -> Result<Connection<SlowOperation>> {
    let had_after = after.is_some();
    let paged = slow::list(context::call(ctx)?, &page::page(first, after)?).await?;
    Ok(page::connection(paged, had_after, SlowOperation))
}
