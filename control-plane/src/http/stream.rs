//! What one WebSocket may follow: so many subscriptions at once, each counted as a request of its
//! subject when it begins.

use std::any::TypeId;
use std::sync::Arc;

use async_graphql::{Data, Executor, Request, Response, ServerError};
use control_plane_core::call::Call;
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use graphql::Schema;
use graphql::limit::{Excess, SUBSCRIPTIONS_MAX, too_many};
use tokio::sync::Semaphore;

use crate::http::Web;
use crate::http::limit::{LimitKey, Limiter};

/// Seconds after which somebody who begins too many may try again.
const WAIT_S: u64 = 1;

/// The schema as one connection has it.
#[derive(Clone)]
pub struct Streams {
    schema: Schema,
    requests: Limiter,
    free: Arc<Semaphore>,
}

impl Streams {
    /// For a new connection.
    pub fn of(web: &Web) -> Self {
        let (schema, requests) = (web.schema.clone(), web.requests.clone());
        Self { schema, requests, free: Arc::new(Semaphore::new(SUBSCRIPTIONS_MAX)) }
    }
}

impl Executor for Streams {
    async fn execute(&self, request: Request) -> Response {
        self.schema.execute(request).await
    }

    fn execute_stream(
        &self,
        request: Request,
        session: Option<Arc<Data>>,
    ) -> BoxStream<'static, Response> {
        let call = session.as_deref().and_then(|data| data.get(&TypeId::of::<Call>()));
        let call = call.and_then(|call| call.downcast_ref::<Call>());
        let key = call.map(|call| LimitKey::Subject(call.caller().subject));
        if key.is_some_and(|key| !self.requests.admits(key)) {
            return refused(too_many(WAIT_S));
        }
        let Ok(place) = self.free.clone().try_acquire_owned() else {
            return refused(Excess::Subscriptions.refuse());
        };
        let answers = self.schema.execute_stream(request, session);
        // The place is free again when the subscription ends or is dropped.
        let holding = answers.map(move |answer| {
            let _ = &place;
            answer
        });
        holding.boxed()
    }
}

fn refused(error: ServerError) -> BoxStream<'static, Response> {
    stream::iter([Response::from_errors(vec![error])]).boxed()
}
