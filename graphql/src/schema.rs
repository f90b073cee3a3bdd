//! The schema as a whole, and how a request goes through it.

use std::any::TypeId;
use std::sync::Arc;

use async_graphql::dataloader::DataLoader;
use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{
    Data, Executor, Request, Response, SDLExportOptions, ServerError, ServerResult,
};
use control_plane_core::call::Call;
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};

use crate::document::Documents;
use crate::limit::{self, COMPLEXITY_MAX, DEPTH_MAX};
use crate::loader::Loader;
use crate::mutation::Mutation;
use crate::query::Query;
use crate::refusal::Mutations;
use crate::subscription::Subscription;

/// The schema that the plane serves.
///
/// What is done for every request stands around the library's schema and not in its extensions:
/// with even one of these every field of every row takes a detour.
#[derive(Clone)]
pub struct Schema {
    inner: async_graphql::Schema<Query, Mutation, Subscription>,
    documents: Arc<Documents>,
}

/// Builds the schema. Requests must carry a [`Call`] and the [`loaders`] made for it.
pub fn schema() -> Schema {
    let inner = async_graphql::Schema::build(Query, Mutation::default(), Subscription)
        .limit_depth(DEPTH_MAX)
        .limit_complexity(COMPLEXITY_MAX)
        .finish();
    Schema { inner, documents: Arc::default() }
}

/// Batches the look-ups of one request, within what its call may see.
pub fn loaders(call: &Call) -> DataLoader<Loader> {
    DataLoader::new(Loader(call.clone()), tokio::spawn)
}

fn call_of(data: &Data) -> Option<Call> {
    data.get(&TypeId::of::<Call>())?.downcast_ref::<Call>().cloned()
}

impl Schema {
    /// The schema as text.
    pub fn sdl(&self, options: SDLExportOptions) -> String {
        self.inner.sdl_with_options(options)
    }

    /// Refuses what is too large, and says what would be changed.
    fn admit(&self, request: &mut Request) -> ServerResult<Mutations> {
        let document = self.documents.read(&request.query)?;
        let name = request.operation_name.as_deref();
        let mutations = Mutations::of(&document, name, &request.variables);
        request.set_parsed_query(ExecutableDocument::clone(&document));
        Ok(mutations)
    }

    /// Answers one request.
    pub async fn execute(&self, mut request: Request) -> Response {
        let call = call_of(&request.data);
        let (mutations, response) = match self.admit(&mut request) {
            Ok(mutations) => (mutations, self.inner.execute(request).await),
            Err(error) => (Mutations::default(), refused(error)),
        };
        finish(call.as_ref(), &mutations, response).await
    }
}

fn refused(error: ServerError) -> Response {
    Response::from_errors(vec![error])
}

impl Executor for Schema {
    async fn execute(&self, request: Request) -> Response {
        Self::execute(self, request).await
    }

    fn execute_stream(
        &self,
        mut request: Request,
        session: Option<Arc<Data>>,
    ) -> BoxStream<'static, Response> {
        let call = session.as_deref().and_then(call_of).or_else(|| call_of(&request.data));
        let (mutations, responses) = match self.admit(&mut request) {
            Ok(mutations) => (mutations, Executor::execute_stream(&self.inner, request, session)),
            Err(error) => (Mutations::default(), stream::iter([refused(error)]).boxed()),
        };
        let shared = Arc::new((call, mutations));
        let finished = responses.then(move |response| {
            let shared = shared.clone();
            async move { finish(shared.0.as_ref(), &shared.1, response).await }
        });
        finished.boxed()
    }
}

/// Records refused mutations, and gives every error a code.
async fn finish(call: Option<&Call>, mutations: &Mutations, mut response: Response) -> Response {
    if let Some(call) = call {
        mutations.record_refused(call, &response).await;
    }
    limit::give_codes(&mut response, call);
    response
}
