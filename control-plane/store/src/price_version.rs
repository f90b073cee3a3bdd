//! Versions of price books: append-only, each the whole list from an instant on.

use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, Select};
use types::id::{PriceBookId, PriceVersionId, TenantId};
use types::instant::Instant;

use crate::error::{Result, StoreError};
use crate::table::{insert as insert_row, table};
use crate::tx::{Connected, FleetTx, InFleet, InTenant, TenantTx, admit, of_tenant};

table! {
    /// A version of a price book.
    PriceVersion = "price_version" {
        /// Id.
        #[sea_orm(primary_key, auto_increment = false)]
        id: PriceVersionId,
        /// The book.
        book_id: PriceBookId,
        /// The book's tenant; none for the global one.
        tenant_id: Option<TenantId>,
        /// From when on it holds, until the next.
        effective_from: Instant,
        /// When it was entered, not after it holds.
        entered_at: Instant,
    }
}

/// The tenant's own and the installation's.
fn own(tx: &dyn InTenant) -> Select<Entity> {
    let readable =
        Condition::any().add(of_tenant(tx, Column::TenantId)).add(Column::TenantId.is_null());
    Entity::find().filter(readable).order_by_asc(Column::BookId).order_by_asc(Column::EffectiveFrom)
}

fn own_anywhere(_: &dyn InFleet) -> Select<Entity> {
    Entity::find().order_by_asc(Column::EffectiveFrom)
}

/// Adds a version to a book of the tenant; [`StoreError::Conflict`] if the book has one for this
/// instant.
pub async fn insert(tx: &TenantTx, row: PriceVersion) -> Result<()> {
    admit(tx, row.tenant_id.ok_or(StoreError::OutOfReach)?)?;
    insert_row(&tx.db(), row).await
}

/// Adds a version to any book.
pub async fn insert_anywhere(tx: &FleetTx, row: PriceVersion) -> Result<()> {
    insert_row(&tx.db(), row).await
}

/// All versions of all books that the tenant can be rated from, by book and instant.
pub async fn all(tx: &dyn InTenant) -> Result<Vec<PriceVersion>> {
    Ok(own(tx).all(&tx.db()).await?)
}

/// The versions of a book by instant.
pub async fn of_book(tx: &dyn InTenant, book: PriceBookId) -> Result<Vec<PriceVersion>> {
    Ok(own(tx).filter(Column::BookId.eq(book)).all(&tx.db()).await?)
}

/// The versions of any book by instant.
pub async fn of_book_anywhere(tx: &dyn InFleet, book: PriceBookId) -> Result<Vec<PriceVersion>> {
    Ok(own_anywhere(tx).filter(Column::BookId.eq(book)).all(&tx.db()).await?)
}
