//! Moves in the tree that are entered for an instant to come.

use async_graphql::{Context, Enum, ID, InputObject, Object};
use control_plane_core::planned_move::{self, PlannedMove as Row, change};
use policies::action::Action as Right;
use policies::role::Node as Place;
use types::id::PlannedMoveId;

use crate::connection::Connection;
use crate::context;
use crate::error::Result;
use crate::loader::TitleOf;
use crate::organization::{self, Organization};
use crate::page;
use crate::project::Project;
use crate::scalar::DateTime;

/// Where a planned move stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq, Debug)]
#[graphql(remote = "control_plane_core::planned_move::State")]
pub enum PlannedMoveState {
    /// Its instant is still to come.
    Planned,
    /// It was made.
    Done,
    /// It could not be made.
    Failed,
    /// Somebody called it off.
    Cancelled,
}

/// A move of an organization or a project that was entered for an instant to come.
pub struct PlannedMove(pub Row);

#[Object]
impl PlannedMove {
    /// Its global id
    pub async fn id(&self) -> ID {
        self.0.id.into()
    }

    async fn state(&self) -> PlannedMoveState {
        self.0.state.into()
    }

    /// Name of what is moved, when the move was entered
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What is moved, if it is an organization and still there
    async fn organization(&self, ctx: &Context<'_>) -> Result<Option<Organization>> {
        match self.0.organization_id {
            Some(id) => organization::seen(ctx, id).await,
            None => Ok(None),
        }
    }

    /// What is moved, if it is a project and still there
    async fn project(&self, ctx: &Context<'_>) -> Result<Option<Project>> {
        let call = context::call(ctx)?;
        let (scope, standing) = (call.scope(Right::View).await?, call.standing().await?);
        let id = self.0.project_id.filter(|id| scope.has_project(*id));
        Ok(id.and_then(|id| standing.tree.project(id)).cloned().map(Project))
    }

    /// The organization that it was in when the move was entered, if the viewer may see it
    async fn from(&self, ctx: &Context<'_>) -> Result<Option<Organization>> {
        organization::seen(ctx, self.0.from_id).await
    }

    /// The organization that it is moved to, if the viewer may see it
    async fn to(&self, ctx: &Context<'_>) -> Result<Option<Organization>> {
        organization::seen(ctx, self.0.to_id).await
    }

    /// From when on it is there, and charged there
    async fn at(&self) -> DateTime {
        DateTime(self.0.at)
    }

    /// Title of who entered it
    async fn requested_by(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(context::load(ctx, TitleOf(self.0.requested_by)).await?.unwrap_or_default())
    }

    async fn requested_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// When it was made, failed or was called off
    async fn ended_at(&self) -> Option<DateTime> {
        self.0.ended_at.map(DateTime)
    }

    /// Title of who called it off
    async fn cancelled_by(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        match self.0.ended_by {
            Some(subject) => context::load(ctx, TitleOf(subject)).await,
            None => Ok(None),
        }
    }

    /// The error code if it failed, for those who may see where it was to lead to
    async fn code(&self, ctx: &Context<'_>) -> Result<Option<&str>> {
        let is_told = planned_move::is_told(context::call(ctx)?, &self.0).await?;
        Ok(self.0.code.as_deref().filter(|_| is_told))
    }

    /// Why it failed, for those who may see where it was to lead to
    async fn problem(&self, ctx: &Context<'_>) -> Result<Option<&str>> {
        let is_told = planned_move::is_told(context::call(ctx)?, &self.0).await?;
        Ok(self.0.problem.as_deref().filter(|_| is_told))
    }

    /// Whether the viewer can call it off now
    async fn viewer_can_cancel(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(planned_move::can_cancel(context::call(ctx)?, &self.0).await?)
    }
}

/// A planned move to be called off
#[derive(InputObject)]
pub struct CancelPlannedMoveInput {
    /// The planned move
    planned_move: ID,
    /// New for each request
    idempotency_key: String,
}

/// What is planned.
#[derive(Default)]
pub struct PlannedMoveQuery;

#[Object]
impl PlannedMoveQuery {
    /// Moves that were entered for an instant to come, of what the viewer may see, the newest
    /// first; `at` a node with all below, those that lead to there included
    async fn planned_moves(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        state: Option<PlannedMoveState>,
        at: Option<ID>,
    ) -> Result<Connection<PlannedMove>> {
        let had_after = after.is_some();
        let page = page::page(first, after)?;
        let at = at.map(|at| context::id::<Place>(&at, "node")).transpose()?;
        let state = state.map(Into::into);
        let paged = planned_move::list(context::call(ctx)?, at, state, &page).await?;
        Ok(page::connection(paged, had_after, PlannedMove))
    }

    /// One of them
    async fn planned_move(&self, ctx: &Context<'_>, id: ID) -> Result<PlannedMove> {
        get(ctx, context::id(&id, "planned move")?).await
    }
}

/// What can be changed of what is planned.
#[derive(Default)]
pub struct PlannedMoveMutation;

#[Object]
impl PlannedMoveMutation {
    /// Calls a planned move off before its instant has come
    async fn cancel_planned_move(
        &self,
        ctx: &Context<'_>,
        input: CancelPlannedMoveInput,
    ) -> Result<PlannedMove> {
        let id = context::id(&input.planned_move, "planned move")?;
        let call = context::call(ctx)?;
        get(ctx, change::cancel(call, id, &input.idempotency_key).await?).await
    }
}

/// One planned move that the viewer may see.
pub async fn get(ctx: &Context<'_>, id: PlannedMoveId) -> Result<PlannedMove> {
    Ok(PlannedMove(planned_move::get(context::call(ctx)?, id).await?))
}
