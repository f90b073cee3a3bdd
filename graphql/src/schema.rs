//! The schema as a whole.

use async_graphql::dataloader::DataLoader;
use control_plane_core::call::Call;

use crate::audit::Refusals;
use crate::limit::{COMPLEXITY_MAX, DEPTH_MAX, Limits};
use crate::loader::Loader;
use crate::mutation::Mutation;
use crate::query::Query;
use crate::subscription::Subscription;

/// The schema that the plane serves.
pub type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// Builds the schema. Requests must carry a [`Call`] and the [`loaders`] made for it.
pub fn schema() -> Schema {
    async_graphql::Schema::build(Query, Mutation, Subscription)
        .limit_depth(DEPTH_MAX)
        .limit_complexity(COMPLEXITY_MAX)
        .extension(Limits)
        .extension(Refusals)
        .finish()
}

/// Batches the look-ups of one request, within what its call may see.
pub fn loaders(call: &Call) -> DataLoader<Loader> {
    DataLoader::new(Loader(call.clone()), tokio::spawn)
}
