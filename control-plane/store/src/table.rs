//! What all tables have in common: the shape of an entity and the plain statements.
//!
//! The filters are not here: each table file has its own, see `tx.rs`.

use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ActiveModelTrait, DbErr, EntityTrait, FromQueryResult, IntoActiveModel, Iterable, ModelTrait,
    QueryResult, UpdateMany,
};
use types::instant::Instant;

use crate::error::{Result, StoreError};
use crate::executor::Executor;

/// Defines the private entity of a table and shares its record.
///
/// A macro, since the columns must stand in a module of their own to stay private.
macro_rules! table {
    ($(#[$doc:meta])* $record:ident = $table:literal {
        $($(#[$field:meta])* $column:ident: $type:ident $(<$inner:ident>)?,)*
    }) => {
        mod entity {
            #[expect(clippy::allow_attributes, reason = "some tables import no types of their own")]
            #[allow(unused_imports)]
            use super::*;
            use sea_orm::entity::prelude::*;

            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
            #[sea_orm(table_name = $table)]
            pub struct Model {
                $($(#[$field])* pub $column: $type $(<$inner>)?,)*
            }

            #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {}

            impl ActiveModelBehavior for ActiveModel {}

            impl crate::table::InOrder for Model {
                fn read(row: &sea_orm::QueryResult) -> std::result::Result<Self, DbErr> {
                    let mut columns = 0..;
                    let mut next = || columns.next().unwrap_or_default();
                    Ok(Self { $($column: row.try_get_by_index(next())?,)* })
                }
            }
        }
        pub use entity::Model as $record;
        use entity::{Column, Entity};
    };
}
pub(crate) use table;

/// A record that is read by the places of its columns, which come in the order of its fields.
pub(crate) trait InOrder: Sized {
    /// Reads the record.
    fn read(row: &QueryResult) -> Result<Self, DbErr>;
}

/// A row of a whole table. To look each column up by its name takes longer than to read it.
pub(crate) struct Row<M>(pub M);

impl<M: InOrder> FromQueryResult for Row<M> {
    fn from_query_result(row: &QueryResult, _: &str) -> Result<Self, DbErr> {
        M::read(row).map(Self)
    }
}

/// Most parameters of one statement; SQLite allows 32,766.
const PARAMETERS_MAX: usize = 20_000;

/// The writable form of a record.
pub(crate) type Active<M> = <<M as ModelTrait>::Entity as EntityTrait>::ActiveModel;

/// Adds one row.
pub(crate) async fn insert<M>(db: &Executor<'_>, row: M) -> Result<()>
where
    M: ModelTrait + IntoActiveModel<Active<M>>,
{
    sea_orm::Insert::one(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// Adds many rows in as few statements as parameters allow.
pub(crate) async fn insert_all<M>(db: &Executor<'_>, rows: Vec<M>) -> Result<()>
where
    M: ModelTrait + IntoActiveModel<Active<M>>,
{
    for rows in chunks(rows) {
        sea_orm::Insert::many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Cuts rows into parts that fit into a statement each.
pub(crate) fn chunks<M>(rows: Vec<M>) -> Vec<Vec<Active<M>>>
where
    M: ModelTrait + IntoActiveModel<Active<M>>,
{
    let columns = <M::Entity as EntityTrait>::Column::iter().count();
    let size = PARAMETERS_MAX / columns.max(1);
    let mut chunks: Vec<Vec<Active<M>>> = Vec::new();
    for row in rows {
        match chunks.last_mut() {
            Some(chunk) if chunk.len() < size => chunk.push(row.into_active_model()),
            _ => chunks.push(vec![row.into_active_model()]),
        }
    }
    chunks
}

/// Writes all columns of the one row that `update` selects.
pub(crate) async fn replace<M>(
    db: &Executor<'_>,
    update: UpdateMany<M::Entity>,
    row: M,
) -> Result<()>
where
    M: ModelTrait + IntoActiveModel<Active<M>>,
{
    let changed = update.set(row.into_active_model().reset_all()).exec(db).await?;
    if changed.rows_affected == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}

/// Whether `entry`, which is a name of the table `history` in the statement around, is the last one
/// of its resource by an instant: no other holds from later on, or from the same instant on and was
/// recorded later. Two questions, since each of them is answered by an index alone.
pub(crate) fn is_last(history: &'static str, entry: &'static str, by: Instant) -> Expr {
    let other = || {
        let mut other = Query::select();
        other
            .expr(Expr::val(1))
            .from_as(history, "other")
            .and_where(Expr::col(("other", "resource")).equals((entry, "resource")));
        other
    };
    let (mut later, mut after) = (other(), other());
    later
        .and_where(Expr::col(("other", "at")).gt(Expr::col((entry, "at"))))
        .and_where(Expr::col(("other", "at")).lte(by));
    after
        .and_where(Expr::col(("other", "at")).equals((entry, "at")))
        .and_where(Expr::col(("other", "id")).gt(Expr::col((entry, "id"))));
    Expr::exists(later).not().and(Expr::exists(after).not())
}
