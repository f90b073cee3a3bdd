//! Tenants: the customers of the installation.

use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ColumnTrait, EntityTrait, Order, QueryFilter, QuerySelect, Select, UpdateMany};
use types::id::TenantId;
use types::instant::Instant;
use uuid::Uuid;

use crate::error::{Result, StoreError};
use crate::executor::Executor;
use crate::offer;
use crate::page::{self, Cursor, Page, Paged, Sorted};
use crate::standing;
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
        /// Grows with every change of an organization or a project, in the order of the commits.
        tree_revision: i64,
        /// Why it is not in use; none while it is.
        state_reason: Option<String>,
        /// Since when it is in its state; none if it always was.
        state_at: Option<Instant>,
        /// How many budgets are set in its tree; see [`crate::budget`].
        budgets: i64,
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

/// For what is written with a node of its tree, whose caller has decided which tenant.
fn own_row(id: TenantId) -> Select<Entity> {
    Entity::find().filter(Column::Id.eq(id))
}

fn own_row_update(id: TenantId) -> UpdateMany<Entity> {
    Entity::update_many().filter(Column::Id.eq(id))
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

/// Changes a tenant. Lock it first: its tree changes meanwhile.
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

/// How often the tree of the scope's tenant was changed.
pub async fn tree_revision(tx: &dyn InTenant) -> Result<i64> {
    let column = own(tx).select_only().column(Column::TreeRevision);
    let found: Option<i64> = column.into_tuple().one(&tx.db()).await?;
    found.ok_or(StoreError::NotFound)
}

/// The next revision of a tree. Holds the tenant's row until the end of the transaction, so that
/// revisions are committed in their order.
pub(crate) async fn next_tree_revision(db: &Executor<'_>, id: TenantId) -> Result<i64> {
    standing::changed(db, Some(id)).await?;
    let next = Expr::col(Column::TreeRevision).add(1);
    own_row_update(id).col_expr(Column::TreeRevision, next).exec(db).await?;
    let column = own_row(id).select_only().column(Column::TreeRevision);
    let found: Option<i64> = column.into_tuple().one(db).await?;
    found.ok_or(StoreError::NotFound)
}

/// Counts budgets that were set or removed.
pub(crate) async fn add_budgets(tx: &TenantTx, number: i64) -> Result<()> {
    let more = Expr::col(Column::Budgets).add(number);
    own_row_update(tx.tenant()).col_expr(Column::Budgets, more).exec(&tx.db()).await?;
    Ok(())
}

/// By id, in the fleet, held until the end. To be taken before any other.
pub async fn lock_anywhere(tx: &FleetTx, id: TenantId) -> Result<Option<Tenant>> {
    let one = own_anywhere(tx).filter(Column::Id.eq(id));
    Ok(one.lock_exclusive().one(&tx.db()).await?)
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

/// Which tenants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TenantFilter {
    /// Only with this in the name.
    pub search: Option<String>,
    /// Only those that this offering or plan was offered to.
    pub offered: Option<Uuid>,
}

/// Tenants by name.
pub async fn list(tx: &dyn InFleet, filter: &TenantFilter, page: &Page) -> Result<Paged<Tenant>> {
    let mut query = own_anywhere(tx);
    if let Some(search) = &filter.search {
        // No name has a letter that would mean something in a pattern.
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        let search = search.to_ascii_lowercase();
        query = match search.bytes().all(is_part) {
            true => query.filter(Column::Name.contains(search)),
            false => query.filter(Column::Name.is_null()),
        };
    }
    if let Some(what) = filter.offered {
        let tenants = offer::tenants_of(tx, what);
        query = query.filter(Column::Id.in_subquery(tenants));
    }
    page::fetch(query, Column::Name, Order::Asc, page, &tx.db()).await
}

/// Those whose state changed at the instant or after it.
pub async fn changed_since(tx: &dyn InFleet, instant: Instant) -> Result<Vec<TenantId>> {
    let changed = own_anywhere(tx)
        .filter(Column::StateAt.gte(instant))
        .select_only()
        .column(Column::Id)
        .into_tuple::<TenantId>();
    Ok(changed.all(&tx.db()).await?)
}

/// All tenants, for tasks that go through each of them.
pub async fn all(tx: &dyn InFleet) -> Result<Vec<Tenant>> {
    Ok(own_anywhere(tx).all(&tx.db()).await?)
}
