//! The schema as a whole, and how a request goes through it.

use std::any::TypeId;
use std::sync::Arc;

use async_graphql::dataloader::DataLoader;
use async_graphql::parser::types::{ExecutableDocument, OperationType};
use async_graphql::{
    Data, Executor, Name, Request, Response, SDLExportOptions, ServerError, ServerResult, Value,
};
use control_plane_core::call::Call;
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};

use crate::document::Documents;
use crate::inside::Inside;
use crate::limit::{self, Excess, Lists};
use crate::loader::Loader;
use crate::mutation::Mutation;
use crate::query::Query;
use crate::refusal::Mutations;
use crate::sequence::Sequence;
use crate::subscription::Subscription;

/// The schema that the plane serves.
///
/// What is done for every request stands around the library's schema and not in its extensions:
/// with even one of these every field of every row takes a detour.
#[derive(Clone)]
pub struct Schema {
    inner: async_graphql::Schema<Query, Mutation, Subscription>,
    documents: Arc<Documents>,
    lists: Arc<Lists>,
}

/// Builds the schema. Requests must carry a [`Call`] and the [`loaders`] made for it.
pub fn schema() -> Schema {
    let inner = async_graphql::Schema::build(Query::default(), Mutation::default(), Subscription);
    let inner = inner.finish();
    Schema { inner, documents: Arc::default(), lists: Arc::new(Lists::served()) }
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
    fn admit(&self, request: &mut Request) -> ServerResult<(Arc<ExecutableDocument>, Mutations)> {
        limit::admit_variables(&request.variables)?;
        let document = self.documents.read(&request.query)?;
        limit::admit_cost(&self.lists, &document, &request.variables)?;
        let name = request.operation_name.as_deref();
        let mutations = Mutations::of(&document, name, &request.variables);
        request.set_parsed_query(ExecutableDocument::clone(&document));
        Ok((document, mutations))
    }

    /// A request that is answered more than once follows something. Whatever else there is has one
    /// answer, within the time and number that hold for requests.
    fn admit_stream(&self, request: &mut Request) -> ServerResult<Arc<ExecutableDocument>> {
        let (document, _) = self.admit(request)?;
        let name = request.operation_name.as_ref();
        let is_meant = |known: Option<&Name>| {
            name.is_none() || known.map(Name::as_str) == name.map(String::as_str)
        };
        let mut meant = document.operations.iter().filter(|(known, _)| is_meant(*known));
        match meant.all(|(_, operation)| operation.node.ty == OperationType::Subscription) {
            true => Ok(document),
            false => Err(Excess::NoSubscription.refuse()),
        }
    }

    /// Answers one request.
    pub async fn execute(&self, mut request: Request) -> Response {
        let call = call_of(&request.data);
        let (mutations, response) = match self.admit(&mut request) {
            Ok((document, mutations)) => {
                let name = request.operation_name.clone();
                let request = request.data(Inside::of(self.clone()));
                let mut response = self.inner.execute(request).await;
                put_in_turn(&mut response, &document, name.as_deref());
                (mutations, response)
            }
            Err(error) => (Mutations::default(), refused(error)),
        };
        finish(call.as_ref(), &mutations, response).await
    }
}

fn put_in_turn(response: &mut Response, document: &ExecutableDocument, operation: Option<&str>) {
    // Only what passed the library's checks was answered: before them fragments may have no end.
    if response.data != Value::Null {
        Sequence::of(document, operation).apply(&mut response.data);
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
        let responses = match self.admit_stream(&mut request) {
            Ok(document) => {
                let name = request.operation_name.clone();
                let responses = Executor::execute_stream(&self.inner, request, session);
                let in_turn = responses.map(move |mut response| {
                    put_in_turn(&mut response, &document, name.as_deref());
                    response
                });
                in_turn.boxed()
            }
            Err(error) => stream::iter([refused(error)]).boxed(),
        };
        let finished = responses.map(move |mut response| {
            limit::give_codes(&mut response, call.as_ref());
            response
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
