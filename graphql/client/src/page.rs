//! Lists longer than a page.

use serde::{Deserialize, Serialize};

use crate::ask::Ask;
use crate::query::Document;
use crate::structure::StructureError;

/// What one request asks for at most. The plane limits the objects of an answer, so more rows would
/// leave no room for what is asked beside them.
const PAGE: u32 = 50;

/// One page of a Relay connection.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// Its rows.
    pub nodes: Vec<T>,
    /// Its end.
    #[serde(rename = "pageInfo")]
    pub end: PageEnd,
}

/// Where a page ends and whether the list goes on.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PageEnd {
    /// Whether the list goes on.
    pub has_next_page: bool,
    /// Where the next page begins.
    pub end_cursor: Option<String>,
}

/// A list as it is shown: `complete` says whether it is all there is.
#[derive(Debug, Serialize, Deserialize)]
pub struct List<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Whether there are no others.
    pub complete: bool,
}

/// Fetches pages until there are no more or the limit is reached.
///
/// `variables` makes the request for a page of so many after a cursor, `page` finds it in the answer.
///
/// # Errors
/// Those of whoever is asked.
pub async fn collect<D: Document, T, A: Ask>(
    asked: &A,
    limit: u32,
    variables: impl Fn(u32, Option<String>) -> D::Variables,
    page: impl Fn(D::Answer) -> Page<T>,
) -> Result<List<T>, A::Error> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut items = Vec::new();
    let mut after = None;
    loop {
        let wanted = u32::try_from(limit - items.len()).unwrap_or(PAGE).min(PAGE);
        let got = page(asked.ask::<D>(&variables(wanted, after.clone())).await?);
        let before = items.len();
        items.extend(got.nodes);
        // A page that promises more and brings neither items nor a new cursor would repeat forever.
        let stuck =
            items.len() == before && (got.end.end_cursor.is_none() || got.end.end_cursor == after);
        after = got.end.end_cursor;
        if !got.end.has_next_page {
            return Ok(List { items, complete: true });
        }
        if items.len() >= limit || stuck {
            items.truncate(limit);
            return Ok(List { items, complete: false });
        }
    }
}

/// Fetches all pages.
///
/// # Errors
/// Those of whoever is asked; [`StructureError::TooLarge`] for more than that one reads.
pub async fn all<D: Document, T, A: Ask>(
    asked: &A,
    what: &'static str,
    variables: impl Fn(u32, Option<String>) -> D::Variables,
    page: impl Fn(D::Answer) -> Page<T>,
) -> Result<Vec<T>, A::Error> {
    let most = asked.most();
    let list = collect::<D, T, A>(asked, most, variables, page).await?;
    match list.complete {
        true => Ok(list.items),
        false => Err(StructureError::TooLarge { most, what }.into()),
    }
}
