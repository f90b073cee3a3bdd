//! All subscriptions. Each goes on from a cursor, so a lost connection loses nothing.

use async_graphql::{Context, ID};
use control_plane_core::{feed, instance, operation};
use futures::{Stream, StreamExt as _};

use crate::context;
use crate::error::Result;
use crate::event::{Event, EventEdge};
use crate::operation::{LogLine, Operation, OperationProgress};

/// What can be followed.
pub struct Subscription;

#[async_graphql::Subscription]
impl Subscription {
    /// What happens in what the viewer may see, from the cursor on, or from now on without one
    async fn events(
        &self,
        ctx: &Context<'_>,
        after: Option<String>,
        instance: Option<ID>,
    ) -> Result<impl Stream<Item = Result<EventEdge>>> {
        let call = context::call(ctx)?.clone();
        let instance = instance.map(|id| context::id(&id, "instance")).transpose()?;
        // Asked once before the stream begins, so that a stranger is refused at once.
        if let Some(id) = instance {
            instance::get(&call, id).await?;
        }
        let start = feed::start(&call, after.as_deref()).await?;
        let edge =
            |event: feed::Event| EventEdge { cursor: event.number.to_string(), node: Event(event) };
        Ok(feed::follow(call, start, instance).map(move |event| Ok(edge(event?))))
    }

    /// An operation each time it moves, with the log lines after the given number; ends with it
    async fn operation_progress(
        &self,
        ctx: &Context<'_>,
        operation: ID,
        after_line: Option<i32>,
    ) -> Result<impl Stream<Item = Result<OperationProgress>>> {
        let call = context::call(ctx)?.clone();
        let id = context::id(&operation, "operation")?;
        // Asked once before the stream begins, so that a stranger is refused at once.
        operation::get(&call, id).await?;
        let after = i64::from(after_line.unwrap_or(0));
        let progress = |(row, lines): (operation::Operation, Vec<operation::OperationLog>)| {
            let lines = lines.into_iter().map(LogLine::from).collect();
            OperationProgress { operation: Operation(row), lines }
        };
        Ok(operation::follow(call, id, after).map(move |moved| Ok(progress(moved?))))
    }
}
