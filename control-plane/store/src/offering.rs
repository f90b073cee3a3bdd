//! Offerings: packages as they are published to tenants.

use sea_orm::sea_query::{ExprTrait, SelectStatement};
use sea_orm::{
    ColumnTrait, EntityTrait, Order, QueryFilter, QuerySelect as _, QueryTrait as _, Select,
    UpdateMany,
};
use types::id::OfferingId;
use types::instant::Instant;

use crate::error::Result;
use crate::offer;
use crate::page::{self, Cursor, Page, Paged, Sorted};
use crate::table::{insert as insert_row, replace, table};
use crate::tx::{Connected, FleetTx, InFleet, InTenant};
use crate::words::Audience;

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
        /// Who may order it.
        audience: Audience,
    }
}

impl Sorted for Offering {
    fn cursor(&self) -> Cursor {
        Cursor::id(self.id.uuid())
    }
}

/// What the tenant may see: for all, or offered to it.
fn own(tx: &dyn InTenant) -> Select<Entity> {
    let offered = Column::Id.in_subquery(offer::offered_to(tx));
    Entity::find().filter(Column::Audience.eq(Audience::All).or(offered))
}

/// What describes instances that are there, whoever may order more of them.
fn own_described(_: &dyn InTenant) -> Select<Entity> {
    Entity::find()
}

fn own_anywhere(_: &dyn InFleet) -> Select<Entity> {
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

/// By id, withdrawn or not, if the tenant may see it.
pub async fn find(tx: &dyn InTenant, id: OfferingId) -> Result<Option<Offering>> {
    Ok(own(tx).filter(Column::Id.eq(id)).one(&tx.db()).await?)
}

/// By id, whoever may see it.
pub async fn find_anywhere(tx: &dyn InFleet, id: OfferingId) -> Result<Option<Offering>> {
    Ok(own_anywhere(tx).filter(Column::Id.eq(id)).one(&tx.db()).await?)
}

/// By id, held until the end.
pub async fn lock_anywhere(tx: &FleetTx, id: OfferingId) -> Result<Option<Offering>> {
    Ok(own_anywhere(tx).filter(Column::Id.eq(id)).lock_exclusive().one(&tx.db()).await?)
}

/// By package and version, held until the end.
pub async fn lock_package(tx: &FleetTx, package: &str, version: &str) -> Result<Option<Offering>> {
    let is_it = Column::Package.eq(package).and(Column::PackageVersion.eq(version));
    Ok(own_anywhere(tx).filter(is_it).lock_exclusive().one(&tx.db()).await?)
}

/// Several by package and version, for instances that were made from them.
pub async fn of_packages(
    tx: &dyn InTenant,
    packages: &[(String, String)],
) -> Result<Vec<Offering>> {
    let wanted = packages.iter().map(|(package, version)| {
        Column::Package.eq(package).and(Column::PackageVersion.eq(version))
    });
    let Some(wanted) = wanted.reduce(|some, one| some.or(one)) else { return Ok(Vec::new()) };
    Ok(own_described(tx).filter(wanted).all(&tx.db()).await?)
}

/// The ids of what the tenant may see, as a part of a statement.
pub(crate) fn seen_by(tx: &dyn InTenant) -> SelectStatement {
    own(tx).select_only().column(Column::Id).into_query()
}

/// Those that the tenant can order, oldest first.
pub async fn list(tx: &dyn InTenant, page: &Page) -> Result<Paged<Offering>> {
    let open = own(tx).filter(Column::WithdrawnAt.is_null());
    page::fetch(open, Column::Id, Order::Asc, page, &tx.db()).await
}

/// All of them, oldest first.
pub async fn list_anywhere(tx: &dyn InFleet, page: &Page) -> Result<Paged<Offering>> {
    page::fetch(own_anywhere(tx), Column::Id, Order::Asc, page, &tx.db()).await
}
