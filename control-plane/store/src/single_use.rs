//! What is given out as a secret, used up once, and then worth nothing: the doors of the tables of
//! codes, tokens and challenges.

/// The doors of a table of secrets that are used up once. It has the columns `hash`, `expires_at`
/// and `used_at`; the column that is named tells what a secret is for.
macro_rules! single_use {
    ($Row:ident for $whose:ident: $Id:ty) => {
        fn own_anywhere(_: &crate::tx::FleetTx) -> sea_orm::Select<Entity> {
            <Entity as sea_orm::EntityTrait>::find()
        }

        fn own_update_anywhere(_: &crate::tx::FleetTx) -> sea_orm::UpdateMany<Entity> {
            <Entity as sea_orm::EntityTrait>::update_many()
        }

        fn own_delete_anywhere(_: &crate::tx::FleetTx) -> sea_orm::DeleteMany<Entity> {
            <Entity as sea_orm::EntityTrait>::delete_many()
        }

        /// Adds one.
        pub async fn insert(tx: &crate::tx::FleetTx, row: $Row) -> crate::error::Result<()> {
            crate::table::insert(&crate::tx::Connected::db(tx), row).await
        }

        /// Uses it up and tells what it was for. None if it is unknown, expired or used: which of
        /// them, nobody is told. Of any number of tries at once, one gets it.
        pub async fn use_up(
            tx: &crate::tx::FleetTx,
            hash: &str,
            now: types::instant::Instant,
        ) -> crate::error::Result<Option<$Id>> {
            use sea_orm::{ColumnTrait as _, QueryFilter as _};
            let db = crate::tx::Connected::db(tx);
            let fresh = own_update_anywhere(tx)
                .col_expr(Column::UsedAt, sea_orm::sea_query::Expr::value(now))
                .filter(Column::Hash.eq(hash))
                .filter(Column::UsedAt.is_null())
                .filter(Column::ExpiresAt.gt(now));
            if fresh.exec(&db).await?.rows_affected != 1 {
                return Ok(None);
            }
            let row = own_anywhere(tx).filter(Column::Hash.eq(hash)).one(&db).await?;
            Ok(row.map(|row| row.$whose))
        }

        /// Removes those that expired before the instant.
        pub async fn delete_before(
            tx: &crate::tx::FleetTx,
            instant: types::instant::Instant,
        ) -> crate::error::Result<u64> {
            use sea_orm::{ColumnTrait as _, QueryFilter as _};
            let expired = own_delete_anywhere(tx).filter(Column::ExpiresAt.lt(instant));
            Ok(expired.exec(&crate::tx::Connected::db(tx)).await?.rows_affected)
        }
    };
}

pub(crate) use single_use;
