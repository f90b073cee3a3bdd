//! Tenants: the customers of the installation.

use sea_orm::{ColumnTrait, EntityTrait, Order, QueryFilter, QuerySelect, Select, UpdateMany};
use types::id::TenantId;
use types::instant::Instant;

use crate::error::{Result, StoreError};
use crate::page::{self, Cursor, Page, Paged, Sorted};
use crate::table::{insert as insert_row, replace, table};
use crate::tx::{Connected, FleetTx, InFleet, InTenant, TenantTx, of_tenant};
use crate::{head, words::TenantState};

table! {
    /// A customer of the installation.
    Tenant = "tenant" {
        /// Id.
        #[sea_orm(primary_key, auto_increment = false)]
        id: TenantId,
        /// Unique name, for addresses and commands.
        name: String,
        /// Name for people.
        title: String,
        /// Whether it can be used.
        state: TenantState,
        /// Billing time zone, an IANA name.
        zone: String,
        /// Code of the currency of its bills.
        currency: String,
        /// When it was made.
        created_at: Instant,
    }
}

impl Sorted for Tenant {
    fn cursor(&self) -> Cursor {
        Cursor::text(&self.name)
    }
}

fn own(tx: &dyn InTenant) -> Select<Entity> {
    Entity::find().filter(of_tenant(tx, Column::Id))
}

fn own_anywhere(_: &dyn InFleet) -> Select<Entity> {
    Entity::find()
}

fn own_update_anywhere(_: &FleetTx) -> UpdateMany<Entity> {
    Entity::update_many()
}

/// Adds a tenant, with the beginning of its feed and its audit chain.
pub async fn insert(tx: &FleetTx, row: Tenant) -> Result<()> {
    let id = row.id;
    insert_row(&tx.db(), row).await?;
    head::insert(tx, id).await
}

/// Changes a tenant.
pub async fn update(tx: &FleetTx, row: Tenant) -> Result<()> {
    let update = own_update_anywhere(tx).filter(Column::Id.eq(row.id));
    replace(&tx.db(), update, row).await
}

/// The tenant of the scope.
pub async fn get(tx: &dyn InTenant) -> Result<Tenant> {
    own(tx).one(&tx.db()).await?.ok_or(StoreError::NotFound)
}

/// The tenant of the scope, held until the end: what is counted and then limited in a tenant is
/// counted behind this lock. To be taken before any other.
pub async fn lock(tx: &TenantTx) -> Result<Tenant> {
    own(tx).lock_exclusive().one(&tx.db()).await?.ok_or(StoreError::NotFound)
}

/// By id, in the fleet.
pub async fn find_anywhere(tx: &dyn InFleet, id: TenantId) -> Result<Option<Tenant>> {
    Ok(own_anywhere(tx).filter(Column::Id.eq(id)).one(&tx.db()).await?)
}

/// By name, in the fleet.
pub async fn find_by_name(tx: &dyn InFleet, name: &str) -> Result<Option<Tenant>> {
    Ok(own_anywhere(tx).filter(Column::Name.eq(name)).one(&tx.db()).await?)
}

/// A batch, in the fleet.
pub async fn by_ids(tx: &dyn InFleet, ids: &[TenantId]) -> Result<Vec<Tenant>> {
    let ids = ids.iter().copied();
    Ok(own_anywhere(tx).filter(Column::Id.is_in(ids)).all(&tx.db()).await?)
}

/// Tenants by name.
pub async fn list(tx: &dyn InFleet, page: &Page) -> Result<Paged<Tenant>> {
    page::fetch(own_anywhere(tx), Column::Name, Order::Asc, page, &tx.db()).await
}

/// All tenants, for tasks that go through each of them.
pub async fn all(tx: &dyn InFleet) -> Result<Vec<Tenant>> {
    Ok(own_anywhere(tx).all(&tx.db()).await?)
}
