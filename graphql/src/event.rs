//! The feed.

use async_graphql::{Context, ID, Object, SimpleObject};
use control_plane_core::feed::Event as Row;

use crate::context;
use crate::error::Result;
use crate::instance::Instance;
use crate::operation::Operation;
use crate::scalar::DateTime;

/// Something that happened.
pub struct Event(pub Row);

/// An event with its place in the feed.
#[derive(SimpleObject)]
pub struct EventEdge {
    /// To go on from here
    pub cursor: String,
    /// What happened
    pub node: Event,
}

#[Object]
impl Event {
    async fn at(&self) -> DateTime {
        DateTime(self.0.at)
    }

    /// Stable word, e.g. instance_created
    async fn kind(&self) -> &str {
        &self.0.kind
    }

    /// In which organization, if it is about one
    async fn organization(&self) -> Option<ID> {
        self.0.organization_id.map(ID::from)
    }

    /// In which project, if it is about one
    async fn project(&self) -> Option<ID> {
        self.0.project_id.map(ID::from)
    }

    /// As it is now, which may be later than the event
    async fn instance(&self, ctx: &Context<'_>) -> Result<Option<Instance>> {
        let Some(id) = self.0.instance_id else { return Ok(None) };
        let found = control_plane_core::instance::by_ids(context::call(ctx)?, &[id]).await?;
        Ok(found.into_iter().next().map(Instance))
    }

    /// As it is now, which may be later than the event
    async fn operation(&self, ctx: &Context<'_>) -> Result<Option<Operation>> {
        let Some(id) = self.0.operation_id else { return Ok(None) };
        let found = control_plane_core::operation::by_ids(context::call(ctx)?, &[id]).await?;
        Ok(found.into_iter().next().map(Operation))
    }
}
