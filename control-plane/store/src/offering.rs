//! Offerings: packages as they are published to tenants.

use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, EntityTrait, Order, QueryFilter, Select, UpdateMany};
use types::id::OfferingId;
use types::instant::Instant;

use crate::error::{Result, StoreError};
use crate::page::{self, Cursor, Page, Paged, Sorted};
use crate::table::{insert as insert_row, replace, table};
use crate::tx::{Connected, FleetTx, Reader};

table! {
    /// A package published to tenants.
    Offering = "offering" {
        /// Id.
        #[sea_orm(primary_key, auto_increment = false)]
        id: OfferingId,
        /// The package's name.
        package: String,
        /// The package's version.
        package_version: String,
        /// When it was published.
        published_at: Instant,
        /// From when on it cannot be ordered any more.
        withdrawn_at: Option<Instant>,
    }
}

impl Sorted for Offering {
    fn cursor(&self) -> Cursor {
        Cursor::id(self.id.uuid())
    }
}

/// The catalogue is everybody's.
fn own(_: &dyn Reader) -> Select<Entity> {
    Entity::find()
}

fn own_update_anywhere(_: &FleetTx) -> UpdateMany<Entity> {
    Entity::update_many()
}

/// Publishes.
pub async fn insert(tx: &FleetTx, row: Offering) -> Result<()> {
    insert_row(&tx.db(), row).await
}

/// Changes, e.g. withdraws.
pub async fn update(tx: &FleetTx, row: Offering) -> Result<()> {
    let update = own_update_anywhere(tx).filter(Column::Id.eq(row.id));
    replace(&tx.db(), update, row).await
}

/// By id, withdrawn or not.
pub async fn find(tx: &dyn Reader, id: OfferingId) -> Result<Option<Offering>> {
    Ok(own(tx).filter(Column::Id.eq(id)).one(&tx.db()).await?)
}

/// By id, or [`StoreError::NotFound`].
pub async fn get(tx: &dyn Reader, id: OfferingId) -> Result<Offering> {
    find(tx, id).await?.ok_or(StoreError::NotFound)
}

/// By package and version.
pub async fn find_by_package(
    tx: &dyn Reader,
    package: &str,
    version: &str,
) -> Result<Option<Offering>> {
    let named =
        own(tx).filter(Column::Package.eq(package)).filter(Column::PackageVersion.eq(version));
    Ok(named.one(&tx.db()).await?)
}

/// Several by package and version.
pub async fn of_packages(tx: &dyn Reader, packages: &[(String, String)]) -> Result<Vec<Offering>> {
    let wanted = packages.iter().map(|(package, version)| {
        Column::Package.eq(package).and(Column::PackageVersion.eq(version))
    });
    let Some(wanted) = wanted.reduce(|some, one| some.or(one)) else { return Ok(Vec::new()) };
    Ok(own(tx).filter(wanted).all(&tx.db()).await?)
}

/// A batch.
pub async fn by_ids(tx: &dyn Reader, ids: &[OfferingId]) -> Result<Vec<Offering>> {
    let ids = ids.iter().copied();
    Ok(own(tx).filter(Column::Id.is_in(ids)).all(&tx.db()).await?)
}

/// Those that can be ordered, oldest first.
pub async fn list(tx: &dyn Reader, page: &Page) -> Result<Paged<Offering>> {
    let open = own(tx).filter(Column::WithdrawnAt.is_null());
    page::fetch(open, Column::Id, Order::Asc, page, &tx.db()).await
}
