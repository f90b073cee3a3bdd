//! Objects whose fields are answered at once where they can be.
//!
//! The library gives each field of each object a task of its own, so that fields that wait for
//! something wait together. Most fields of a row wait for nothing: here each of them is asked once,
//! in turn and in the same place in memory, and only what is not ready then becomes a task.

use std::borrow::Cow;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{Field, Selection};
use async_graphql::registry::Registry;
use async_graphql::resolver_utils::resolve_container;
use async_graphql::{
    ContainerType, ContextSelectionSet, Name, ObjectType, OutputType, Positioned, ServerResult,
    Value,
};
use futures::StreamExt as _;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;

/// Answers what is in it, quicker.
pub struct Quick<T>(pub T);

impl<T: ObjectType> OutputType for Quick<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn introspection_type_name(&self) -> Cow<'static, str> {
        self.0.introspection_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        _: &Positioned<Field>,
    ) -> ServerResult<Value> {
        // Without a name of its own: types that lead to themselves would have no end.
        let resolving: BoxFuture<'_, ServerResult<Value>> = match plain(ctx) {
            Some(fields) => Box::pin(object(ctx, fields, &self.0)),
            None => Box::pin(resolve_container(ctx, &self.0)),
        };
        resolving.await
    }
}

/// The fields that are selected, unless there is anything else to it: fragments, directives, the
/// type's name, or the same name twice.
fn plain<'a>(ctx: &ContextSelectionSet<'a>) -> Option<Vec<&'a Positioned<Field>>> {
    let items = &ctx.item.node.items;
    let mut fields: Vec<&Positioned<Field>> = Vec::with_capacity(items.len());
    for item in items {
        let Selection::Field(field) = &item.node else { return None };
        let name = field.node.response_key();
        let is_plain = field.node.directives.is_empty()
            && field.node.name.node != "__typename"
            && fields.iter().all(|before| before.node.response_key().node != name.node);
        if !is_plain {
            return None;
        }
        fields.push(field);
    }
    Some(fields)
}

/// Resolves an object as the library does: a field with an error is left out, and the error is told.
async fn object<T: ContainerType>(
    ctx: &ContextSelectionSet<'_>,
    fields: Vec<&Positioned<Field>>,
    root: &T,
) -> ServerResult<Value> {
    let mut values = IndexMap::with_capacity(fields.len());
    let mut keep = |name: Name, value: ServerResult<Option<Value>>| match value {
        Ok(value) => {
            values.insert(name, value.unwrap_or_default());
        }
        Err(error) => ctx.add_error(error),
    };
    let waiting = FuturesUnordered::new();
    let mut place = None;
    for field in fields {
        let resolve = async move {
            let ctx = ctx.with_field(field);
            root.resolve_field(&ctx).await
        };
        let mut resolving = match place.take() {
            None => Box::pin(resolve),
            Some(place) => again(place, resolve),
        };
        let name = || field.node.response_key().node.clone();
        match poll_fn(|context| Poll::Ready(resolving.as_mut().poll(context))).await {
            Poll::Ready(value) => {
                keep(name(), value);
                place = Some(resolving);
            }
            Poll::Pending => {
                let name = name();
                waiting.push(async move { (name, resolving.await) });
            }
        }
    }
    let mut waiting = waiting;
    while let Some((name, value)) = waiting.next().await {
        keep(name, value);
    }
    Ok(if values.is_empty() { Value::Null } else { Value::Object(values) })
}

/// The same memory for the next one.
fn again<F: Future>(mut place: Pin<Box<F>>, next: F) -> Pin<Box<F>> {
    place.set(next);
    place
}
