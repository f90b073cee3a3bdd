//! Lists longer than a page.

use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::error::Result;
use crate::query::Document;
use crate::terminal::Terminal;

/// What one request asks for at most. The plane limits the objects of an answer, so more rows would
/// leave no room for what is asked beside them.
const PAGE: u32 = 50;

/// One page of a Relay connection.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    pub nodes: Vec<T>,
    #[serde(rename = "pageInfo")]
    pub end: PageEnd,
}

/// Where a page ends and whether the list goes on.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PageEnd {
    pub has_next_page: bool,
    pub end_cursor: Option<String>,
}

/// A list as it is shown: `complete` says whether it is all there is.
#[derive(Debug, Serialize, Deserialize)]
pub struct List<T> {
    pub items: Vec<T>,
    pub complete: bool,
}

impl<T> List<T> {
    /// Tells people that there is more.
    pub fn note_if_cut(&self, terminal: &Terminal) {
        if !self.complete {
            let shown = self.items.len();
            terminal.note(&format!("Only the first {shown} are shown; --limit takes more."));
        }
    }
}

/// Fetches pages until there are no more or the limit is reached.
///
/// `variables` makes the request for a page of so many after a cursor, `page` finds it in the answer.
pub async fn collect<D: Document, T>(
    client: &Client,
    limit: u32,
    variables: impl Fn(u32, Option<String>) -> D::Variables,
    page: impl Fn(D::Answer) -> Page<T>,
) -> Result<List<T>> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut items = Vec::new();
    let mut after = None;
    loop {
        let wanted = u32::try_from(limit - items.len()).unwrap_or(PAGE).min(PAGE);
        let got = page(client.ask::<D>(&variables(wanted, after.clone())).await?);
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
