//! Relay connections ([specification](https://relay.dev/graphql/connections.htm)).

use std::borrow::Cow;

use async_graphql::connection::PageInfo;
use async_graphql::{Object, ObjectType, SimpleObject, TypeName};

use crate::quick::Quick;

/// A page of a list.
pub type Connection<N> = Quick<Rows<N>>;

/// What a [`Connection`] answers.
pub struct Rows<N: ObjectType> {
    edges: Vec<Quick<Edge<N>>>,
    has_previous_page: bool,
    has_next_page: bool,
}

/// An edge in a connection.
#[derive(SimpleObject)]
#[graphql(name_type, shareable)]
pub struct Edge<N: ObjectType> {
    /// The item at the end of the edge
    node: Quick<N>,
    /// A cursor for use in pagination
    cursor: String,
}

impl<N: ObjectType> Connection<N> {
    /// Rows with their cursors, and whether there are others before and behind them.
    pub fn new(
        has_previous_page: bool,
        rows: impl IntoIterator<Item = (String, N)>,
        has_next_page: bool,
    ) -> Self {
        let edges =
            rows.into_iter().map(|(cursor, node)| Quick(Edge { node: Quick(node), cursor }));
        Self(Rows { edges: edges.collect(), has_previous_page, has_next_page })
    }
}

impl<N: ObjectType> Rows<N> {
    fn cursor(edge: Option<&Quick<Edge<N>>>) -> Option<String> {
        edge.map(|edge| edge.0.cursor.clone())
    }
}

#[Object(name_type, shareable)]
impl<N: ObjectType> Rows<N> {
    /// Information to aid in pagination.
    async fn page_info(&self) -> PageInfo {
        PageInfo {
            has_previous_page: self.has_previous_page,
            has_next_page: self.has_next_page,
            start_cursor: Self::cursor(self.edges.first()),
            end_cursor: Self::cursor(self.edges.last()),
        }
    }

    /// A list of edges.
    async fn edges(&self) -> &[Quick<Edge<N>>] {
        &self.edges
    }

    /// A list of nodes.
    async fn nodes(&self) -> Vec<&Quick<N>> {
        self.edges.iter().map(|edge| &edge.0.node).collect()
    }
}

impl<N: ObjectType> TypeName for Rows<N> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", N::type_name()).into()
    }
}

impl<N: ObjectType> TypeName for Edge<N> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Edge", N::type_name()).into()
    }
}
