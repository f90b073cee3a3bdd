//! Relay connections over the store's pages, and over lists that are in memory anyway.

use async_graphql::ObjectType;
use control_plane_core::error::Error;
use control_plane_core::page::{Cursor, Page, Paged, Sorted};

use crate::connection::Connection;
use crate::error::Result;

/// Rows of a page if nobody says how many.
const FIRST: i32 = 50;

/// The page that `first` and `after` ask for.
pub fn page(first: Option<i32>, after: Option<String>) -> Result<Page> {
    let first = u64::try_from(first.unwrap_or(FIRST)).unwrap_or(0);
    let cursor = after.map(|text| text.parse::<Cursor>()).transpose();
    let malformed = |field, error: &dyn std::fmt::Display| {
        Error::invalid(field, "malformed", error.to_string())
    };
    let cursor = cursor.map_err(|error| malformed("after", &error))?;
    Ok(Page::new(first, cursor).map_err(|error| malformed("first", &error))?)
}

/// A page of rows as a connection.
pub fn connection<R, N>(paged: Paged<R>, had_after: bool, node: impl Fn(R) -> N) -> Connection<N>
where
    R: Sorted,
    N: ObjectType,
{
    connection_by(paged, had_after, R::cursor, node)
}

/// The same for a list in another order than the usual one.
pub fn connection_by<R, N>(
    paged: Paged<R>,
    had_after: bool,
    cursor: impl Fn(&R) -> Cursor,
    node: impl Fn(R) -> N,
) -> Connection<N>
where
    N: ObjectType,
{
    let rows = paged.items.into_iter().map(|row| (cursor(&row).to_string(), node(row)));
    Connection::new(had_after, rows, paged.has_next)
}

/// Part of a list that is in memory anyway; the cursor is a node's id.
pub fn of_list<R, N>(
    rows: Vec<R>,
    first: Option<i32>,
    after: Option<String>,
    key: impl Fn(&R) -> String,
    node: impl Fn(R) -> N,
) -> Result<Connection<N>>
where
    N: ObjectType,
{
    let first = usize::try_from(page(first, None)?.first()).unwrap_or(usize::MAX);
    let start = match &after {
        None => 0,
        Some(after) => {
            let place = rows.iter().position(|row| key(row) == *after);
            let stale =
                || Error::invalid("after", "malformed", "expected a cursor from an earlier page");
            place.ok_or_else(stale)? + 1
        }
    };
    let has_next = rows.len() > start + first;
    let part = rows.into_iter().skip(start).take(first);
    Ok(Connection::new(start > 0, part.map(|row| (key(&row), node(row))), has_next))
}
