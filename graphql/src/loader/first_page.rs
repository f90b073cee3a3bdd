//! First pages of the lists that stand in each node of a list: one statement for all of them. What is
//! behind a place in one of them nobody asks of two at once.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

use async_graphql::{Context, ObjectType, dataloader};
use control_plane_core::application::{self, Part};
use control_plane_core::call::Call;
use control_plane_core::configuration::{self, Configuration};
use control_plane_core::error;
use control_plane_core::group;
use control_plane_core::instance::{self, Instance};
use control_plane_core::operation::{self, Operation};
use control_plane_core::page::{Page, Paged, Sorted};
use control_plane_core::subject::Subject;
use types::id::{ApplicationId, GroupId, InstanceId, ProjectId};

use super::{Loaded, Loader};
use crate::connection::Connection;
use crate::context;
use crate::error::{ApiError, Result};
use crate::page;

/// A key per list: whose, and how many rows of it at most.
macro_rules! first_pages {
    ($($(#[$doc:meta])* $name:ident($of:ident) -> $row:ident by $module:ident::$read:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub struct $name(pub $of, pub u64);

        impl dataloader::Loader<$name> for Loader {
            type Value = Paged<$row>;
            type Error = ApiError;

            async fn load(&self, keys: &[$name]) -> Loaded<$name, Paged<$row>> {
                let mut asked: BTreeMap<u64, Vec<_>> = BTreeMap::new();
                keys.iter().for_each(|key| asked.entry(key.1).or_default().push(key.0));
                let mut found = HashMap::new();
                // A query has few such places, and all nodes of one ask for as many.
                for (first, ids) in asked {
                    let pages = $module::$read(&self.0, &ids, first).await?;
                    found.extend(pages.into_iter().map(|(id, page)| ($name(id, first), page)));
                }
                Ok(found)
            }
        }
    )*};
}

first_pages! {
    /// The newest living instances of a project.
    InstancesOf(ProjectId) -> Instance by instance::first_of_projects;
    /// The newest operations of an instance.
    OperationsOf(InstanceId) -> Operation by operation::first_of_instances;
    /// The newest configurations of an instance.
    ConfigurationsOf(InstanceId) -> Configuration by configuration::first_of_instances;
    /// Who is in a group, by name.
    SubjectsOf(GroupId) -> Subject by group::first_members;
    /// What is in an application, the oldest first.
    PartsOf(ApplicationId) -> Part by application::first_parts;
}

/// A page of a list that stands in nodes: the first one together with those of the other nodes, a later
/// one by itself.
pub async fn connection<K, R, N>(
    ctx: &Context<'_>,
    (first, after): (Option<i32>, Option<String>),
    key: impl FnOnce(u64) -> K,
    later: impl AsyncFnOnce(&Call, &Page) -> error::Result<Paged<R>>,
    node: impl Fn(R) -> N,
) -> Result<Connection<N>>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    Loader: dataloader::Loader<K, Error = ApiError, Value = Paged<R>>,
    R: Sorted,
    N: ObjectType,
{
    let had_after = after.is_some();
    let asked = page::page(first, after)?;
    let paged = if had_after {
        later(context::call(ctx)?, &asked).await?
    } else {
        let found = context::load(ctx, key(asked.first())).await?;
        found.unwrap_or(Paged { items: Vec::new(), has_next: false })
    };
    Ok(page::connection(paged, had_after, node))
}
