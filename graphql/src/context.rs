//! What resolvers find in the context of a request.

use std::hash::Hash;
use std::str::FromStr;

use async_graphql::dataloader::{self, DataLoader};
use async_graphql::{Context, ID};
use control_plane_core::call::Call;
use control_plane_core::error::Error;
use types::name::{Name, NameError, Title};

use crate::error::{ApiError, Result};
use crate::loader::Loader;

/// The call that the request belongs to.
pub fn call<'c>(ctx: &Context<'c>) -> Result<&'c Call> {
    Ok(ctx.data::<Call>().map_err(|_| Error::Unauthenticated)?)
}

/// An id of the expected kind. Anything else cannot be found.
pub fn id<T: FromStr>(id: &ID, what: &'static str) -> Result<T> {
    Ok(id.parse().map_err(|_| Error::NotFound { what })?)
}

/// A row by its key, looked up together with the others of its level.
pub async fn load<K>(
    ctx: &Context<'_>,
    key: K,
) -> Result<Option<<Loader as dataloader::Loader<K>>::Value>>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    Loader: dataloader::Loader<K, Error = ApiError>,
{
    let loader = ctx.data::<DataLoader<Loader>>().map_err(|_| Error::Unauthenticated)?;
    // In a box: each field of an object takes as much memory as the largest.
    Box::pin(loader.load_one(key)).await
}

/// Several rows by their keys, in the order of the keys; those that are not found are left out.
pub async fn load_all<K>(
    ctx: &Context<'_>,
    keys: Vec<K>,
) -> Result<Vec<<Loader as dataloader::Loader<K>>::Value>>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    Loader: dataloader::Loader<K, Error = ApiError>,
{
    let loader = ctx.data::<DataLoader<Loader>>().map_err(|_| Error::Unauthenticated)?;
    let mut found = Box::pin(loader.load_many(keys.clone())).await?;
    Ok(keys.iter().filter_map(|key| found.remove(key)).collect())
}

/// A name that somebody chose.
pub fn name(field: &str, text: &str) -> Result<Name> {
    Ok(text.parse().map_err(|error: NameError| malformed(field, error))?)
}

/// A name for people that somebody chose.
pub fn title(field: &str, text: &str) -> Result<Title> {
    Ok(text.parse().map_err(|error: NameError| malformed(field, error))?)
}

fn malformed(field: &str, error: NameError) -> Error {
    Error::invalid(field, "malformed", error.to_string())
}
