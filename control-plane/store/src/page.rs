//! Lists in parts: by the key of the last row seen, so that rows which come and go meanwhile
//! neither repeat nor hide others.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use data_encoding::BASE64URL_NOPAD;
use sea_orm::sea_query::{ColumnType, Expr, ExprTrait as _, Query, SelectStatement, UnionType};
use sea_orm::{
    ColumnTrait, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect, QueryTrait as _, Select,
    Value,
};
use uuid::Uuid;

use crate::error::{Result, StoreError};
use crate::executor::Executor;
use crate::table::{InOrder, Row};

/// The most rows of one page.
pub const FIRST_MAX: u64 = 200;

/// Which part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    first: u64,
    after: Option<Cursor>,
}

/// A page or a cursor that cannot be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// Not between 1 and [`FIRST_MAX`].
    #[error("ask for 1 to {FIRST_MAX} rows")]
    First,
    /// Not a text that this program gave out as a cursor.
    #[error("expected a cursor from an earlier page")]
    Cursor,
}

impl Page {
    /// The first rows behind the cursor, at most [`FIRST_MAX`]; without cursor from the beginning.
    pub fn new(first: u64, after: Option<Cursor>) -> Result<Self, PageError> {
        if (1..=FIRST_MAX).contains(&first) {
            Ok(Self { first, after })
        } else {
            Err(PageError::First)
        }
    }

    /// As many rows as one page can hold, from the beginning.
    pub fn largest() -> Self {
        Self { first: FIRST_MAX, after: None }
    }

    /// Behind which place; none for the beginning.
    pub fn after(&self) -> Option<&Cursor> {
        self.after.as_ref()
    }

    /// How many rows at most.
    pub fn first(&self) -> u64 {
        self.first
    }
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paged<T> {
    /// The rows, in the order of the list.
    pub items: Vec<T>,
    /// Whether there are rows behind the last of `items`.
    pub has_next: bool,
}

impl<T> Paged<T> {
    /// The first of rows of which there may be one too many, to say that there are more.
    pub(crate) fn cut(mut items: Vec<T>, first: u64) -> Self {
        let has_next = items.len() as u64 > first;
        if has_next {
            items.pop();
        }
        Self { items, has_next }
    }
}

/// A row that has a place in its list.
pub trait Sorted {
    /// The place, for [`Page::new`].
    fn cursor(&self) -> Cursor;
}

/// A place in a list. Its text form says nothing to clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(Key);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Key {
    Id(Uuid),
    Number(i64),
    Text(String),
}

impl Cursor {
    pub(crate) fn id(id: Uuid) -> Self {
        Self(Key::Id(id))
    }

    pub(crate) fn number(number: i64) -> Self {
        Self(Key::Number(number))
    }

    /// A place in a list that is sorted by texts, e.g. names.
    pub fn text(text: &str) -> Self {
        Self(Key::Text(text.to_owned()))
    }

    /// The id, in a list that is sorted by ids.
    pub fn as_id(&self) -> Option<Uuid> {
        match &self.0 {
            Key::Id(id) => Some(*id),
            Key::Number(_) | Key::Text(_) => None,
        }
    }

    /// The text, in a list that is sorted by texts.
    pub fn as_text(&self) -> Option<&str> {
        match &self.0 {
            Key::Text(text) => Some(text),
            Key::Id(_) | Key::Number(_) => None,
        }
    }

    /// The key, if the column can hold it.
    fn value(&self, column: &ColumnType) -> Result<Value> {
        match (&self.0, column) {
            (Key::Id(id), ColumnType::Uuid) => Ok((*id).into()),
            (Key::Number(number), ColumnType::BigInteger | ColumnType::Integer) => {
                Ok((*number).into())
            }
            (Key::Text(text), ColumnType::String(_) | ColumnType::Text) => Ok(text.clone().into()),
            _ => Err(StoreError::Cursor),
        }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = Vec::new();
        match &self.0 {
            Key::Id(id) => {
                bytes.push(b'i');
                bytes.extend_from_slice(id.as_bytes());
            }
            Key::Number(number) => {
                bytes.push(b'n');
                bytes.extend_from_slice(&number.to_be_bytes());
            }
            Key::Text(text) => {
                bytes.push(b't');
                bytes.extend_from_slice(text.as_bytes());
            }
        }
        out.write_str(&BASE64URL_NOPAD.encode(&bytes))
    }
}

impl FromStr for Cursor {
    type Err = PageError;

    fn from_str(text: &str) -> Result<Self, PageError> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| PageError::Cursor)?;
        let (kind, key) = bytes.split_first().ok_or(PageError::Cursor)?;
        let key = match kind {
            b'i' => Uuid::from_slice(key).ok().map(Key::Id),
            b'n' => key.try_into().ok().map(|key| Key::Number(i64::from_be_bytes(key))),
            b't' => String::from_utf8(key.to_vec()).ok().map(Key::Text),
            _ => None,
        };
        key.map(Self).ok_or(PageError::Cursor)
    }
}

/// A pattern for what has the text in it, with `!` before what means something in patterns. Names are
/// lower case, and the engines do not agree about case here.
pub(crate) fn containing(part: &str) -> String {
    let mut pattern = part.to_lowercase();
    for special in ["!", "%", "_"] {
        pattern = pattern.replace(special, &format!("!{special}"));
    }
    format!("%{pattern}%")
}

/// One page of a query, sorted by a column that has no value twice within the query.
pub(crate) async fn fetch<E>(
    query: Select<E>,
    column: E::Column,
    order: Order,
    page: &Page,
    db: &Executor<'_>,
) -> Result<Paged<E::Model>>
where
    E: EntityTrait,
    E::Model: Sorted + InOrder + Send + Sync,
{
    let behind = match &page.after {
        None => None,
        Some(cursor) => {
            let key = cursor.value(column.def().get_column_type())?;
            Some(if order == Order::Desc { column.lt(key) } else { column.gt(key) })
        }
    };
    let query = match behind {
        Some(behind) => query.filter(behind),
        None => query,
    };
    let query = query.order_by(column, order).limit(page.first + 1).into_model::<Row<E::Model>>();
    let rows = Box::pin(query.all(db)).await?;
    Ok(Paged::cut(rows.into_iter().map(|row| row.0).collect(), page.first))
}

/// SQLite takes 500 queries in a union.
const UNION_MAX: usize = 200;

/// The first page of each of many queries of one table, by what `of` says of a row; one that has no
/// rows is left out. In one statement, in which each finds its rows by its own index. `all` is what
/// is in reach, `key` tells rows apart and is sorted by its last column within each query.
pub(crate) async fn fetch_each<E, G: Ord>(
    all: impl Fn() -> Select<E>,
    each: impl Iterator<Item = Select<E>>,
    (key, order): (&[E::Column], Order),
    first: u64,
    db: &Executor<'_>,
    of: impl Fn(&E::Model) -> G,
) -> Result<BTreeMap<G, Paged<E::Model>>>
where
    E: EntityTrait,
    E::Model: InOrder + Send + Sync,
{
    let Some(last) = key.last().copied() else { return Ok(BTreeMap::new()) };
    let part = |query: Select<E>| -> SelectStatement {
        let query = query.select_only().columns(key.iter().copied()).order_by(last, order.clone());
        let rows = query.limit(first + 1).into_query();
        // A limit within a union needs a query around it.
        Query::select().columns(key.iter().copied()).from_subquery(rows, "part").to_owned()
    };
    let mut found: BTreeMap<G, Vec<E::Model>> = BTreeMap::new();
    for keys in unions(each.map(part).collect()) {
        let row = Expr::tuple(key.iter().map(|column| Expr::col(column.as_column_ref())));
        let rows = all().filter(row.in_subquery(keys)).order_by(last, order.clone());
        for row in Box::pin(rows.into_model::<Row<E::Model>>().all(db)).await? {
            found.entry(of(&row.0)).or_default().push(row.0);
        }
    }
    Ok(found.into_iter().map(|(of, rows)| (of, Paged::cut(rows, first))).collect())
}

/// The rows of many queries together, of as many in one statement as each engine takes.
pub(crate) fn unions(queries: Vec<SelectStatement>) -> Vec<SelectStatement> {
    let union = |queries: &[SelectStatement]| {
        let (head, rest) = queries.split_first()?;
        let mut all = head.clone();
        all.unions(rest.iter().map(|query| (UnionType::All, query.clone())));
        Some(all)
    };
    queries.chunks(UNION_MAX).filter_map(union).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_its_text_form() {
        for cursor in [Cursor::id(Uuid::nil()), Cursor::number(-7), Cursor::text("研发")] {
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
    }

    #[test]
    fn a_made_up_cursor_is_refused() {
        for text in ["", "!", "aaaa", "bm90", "biI"] {
            assert_eq!(text.parse::<Cursor>(), Err(PageError::Cursor), "{text:?}");
        }
    }

    #[test]
    fn a_cursor_of_another_list_is_refused() {
        let cursor = Cursor::number(7);
        assert!(matches!(cursor.value(&ColumnType::Uuid), Err(StoreError::Cursor)));
    }

    #[test]
    fn a_page_has_a_largest_size() {
        assert_eq!(Page::new(0, None), Err(PageError::First));
        assert_eq!(Page::new(FIRST_MAX + 1, None), Err(PageError::First));
        assert!(Page::new(FIRST_MAX, None).is_ok());
    }
}
