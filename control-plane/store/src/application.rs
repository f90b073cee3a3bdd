//! Applications: what belongs together, wherever below an organization it is.

use policies::permit::Reach;
use sea_orm::sea_query::{ExprTrait, LikeExpr};
use sea_orm::{
    ColumnTrait, Condition, DeleteMany, EntityTrait, Order, QueryFilter, QueryOrder as _,
    QuerySelect, Select, UpdateMany,
};
use types::id::{ApplicationId, OrganizationId, SubjectId, TenantId};
use types::instant::Instant;

use crate::error::{Result, StoreError};
use crate::page::{self, Cursor, Page, Paged, Sorted};
use crate::standing;
use crate::table::{insert as insert_row, replace, table};
use crate::tx::{
    Connected, InTenant, TenantTx, admit, admit_organization, of_organizations, of_tenant, reach,
};

table! {
    /// What belongs together.
    Application = "application" {
        /// Id.
        #[sea_orm(primary_key, auto_increment = false)]
        id: ApplicationId,
        /// Whose it is.
        tenant_id: TenantId,
        /// The organization that it is of; it stays there.
        organization_id: OrganizationId,
        /// Name for commands, unique in its organization.
        name: String,
        /// Name for people.
        title: String,
        /// What it is for; may be empty.
        description: String,
        /// Whether its parts can be in no other one that is exclusive; decided when it is made.
        exclusive: bool,
        /// When it was made.
        created_at: Instant,
        /// Who made it.
        created_by: SubjectId,
    }
}

impl Sorted for Application {
    fn cursor(&self) -> Cursor {
        Cursor::id(self.id.uuid())
    }
}

/// Which applications of those in reach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApplicationFilter {
    /// Only of this organization itself.
    pub organization: Option<OrganizationId>,
    /// Only with this in the name.
    pub name_part: Option<String>,
}

fn own(tx: &dyn InTenant) -> Select<Entity> {
    Entity::find().filter(in_reach(tx))
}

/// Those of organizations in reach and, where that matters, those reached or denied themselves.
fn in_reach(tx: &dyn InTenant) -> Condition {
    let Some(parts) = tx.scope().parts() else {
        return of_organizations(tx, Column::TenantId, Column::OrganizationId);
    };
    let mut reached = Condition::all();
    if let Reach::Nodes { organizations, .. } = reach(tx) {
        let mut bound = Condition::all().add(Column::Id.is_in(parts.reached.iter().copied()));
        if let Some(within) = &parts.within {
            let within = within.organizations.iter().copied();
            bound = bound.add(Column::OrganizationId.is_in(within));
        }
        let above = Column::OrganizationId.is_in(organizations.iter().copied());
        reached = reached.add(Condition::any().add(above).add(bound));
    }
    let denied = Column::Id.is_not_in(parts.denied.iter().copied());
    of_tenant(tx, Column::TenantId).add(reached).add(denied)
}

/// Names and places are compared, and what is looked up by its id is admitted, over the tenant.
fn own_whole_tenant(tx: &dyn InTenant) -> Select<Entity> {
    Entity::find().filter(of_tenant(tx, Column::TenantId))
}

fn own_update(tx: &TenantTx) -> UpdateMany<Entity> {
    Entity::update_many().filter(of_tenant(tx, Column::TenantId))
}

fn own_delete(tx: &TenantTx) -> DeleteMany<Entity> {
    Entity::delete_many().filter(of_tenant(tx, Column::TenantId))
}

fn is_in_reach(tx: &dyn InTenant, row: &Application) -> bool {
    admit_application(tx, row).is_ok()
}

fn admit_application(tx: &dyn InTenant, row: &Application) -> Result<()> {
    admit(tx, row.tenant_id)?;
    let is_inside = tx.scope().has_application(row.id, row.organization_id);
    if is_inside { Ok(()) } else { Err(StoreError::OutOfReach) }
}

/// Adds one to an organization in reach; [`StoreError::Conflict`] if that has one of the name.
pub async fn insert(tx: &TenantTx, row: Application) -> Result<()> {
    admit_organization(tx, row.tenant_id, row.organization_id)?;
    standing::changed(&tx.db(), Some(tx.tenant())).await?;
    insert_row(&tx.db(), row).await
}

/// Changes one in reach.
pub async fn update(tx: &TenantTx, row: Application) -> Result<()> {
    admit_application(tx, &row)?;
    standing::changed(&tx.db(), Some(tx.tenant())).await?;
    let update = own_update(tx).filter(Column::Id.eq(row.id));
    replace(&tx.db(), update, row).await
}

/// Removes one that nothing is in any more.
pub async fn delete(tx: &TenantTx, row: Application) -> Result<()> {
    admit_application(tx, &row)?;
    standing::changed(&tx.db(), Some(tx.tenant())).await?;
    let deleted = own_delete(tx).filter(Column::Id.eq(row.id)).exec(&tx.db()).await?;
    if deleted.rows_affected == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}

/// By id.
pub async fn find(tx: &dyn InTenant, id: ApplicationId) -> Result<Option<Application>> {
    let found = own_whole_tenant(tx).filter(Column::Id.eq(id)).one(&tx.db()).await?;
    Ok(found.filter(|row| is_in_reach(tx, row)))
}

/// By id, whether or not it is in reach.
pub async fn find_of_tenant(tx: &dyn InTenant, id: ApplicationId) -> Result<Option<Application>> {
    Ok(own_whole_tenant(tx).filter(Column::Id.eq(id)).one(&tx.db()).await?)
}

/// By id, held until the end.
pub async fn lock(tx: &TenantTx, id: ApplicationId) -> Result<Option<Application>> {
    let one = own_whole_tenant(tx).filter(Column::Id.eq(id)).lock_exclusive();
    Ok(one.one(&tx.db()).await?.filter(|row| is_in_reach(tx, row)))
}

/// A batch.
pub async fn by_ids(tx: &dyn InTenant, ids: &[ApplicationId]) -> Result<Vec<Application>> {
    let some = own_whole_tenant(tx).filter(Column::Id.is_in(ids.iter().copied()));
    let mut rows = some.all(&tx.db()).await?;
    rows.retain(|row| is_in_reach(tx, row));
    Ok(rows)
}

/// Those of a name, of several organizations.
pub async fn by_name(tx: &dyn InTenant, name: &str) -> Result<Vec<Application>> {
    let mut rows = own_whole_tenant(tx).filter(Column::Name.eq(name)).all(&tx.db()).await?;
    rows.retain(|row| is_in_reach(tx, row));
    Ok(rows)
}

/// Those of an organization, also out of reach: it cannot go before them.
pub async fn of_organization(
    tx: &dyn InTenant,
    organization: OrganizationId,
) -> Result<Vec<Application>> {
    let of = own_whole_tenant(tx).filter(Column::OrganizationId.eq(organization));
    Ok(of.order_by_asc(Column::Name).all(&tx.db()).await?)
}

/// All of the tenant: rights and places are decided by where they are.
pub async fn all(tx: &dyn InTenant) -> Result<Vec<Application>> {
    Ok(own_whole_tenant(tx).all(&tx.db()).await?)
}

/// The oldest first.
pub async fn list(
    tx: &dyn InTenant,
    filter: &ApplicationFilter,
    page: &Page,
) -> Result<Paged<Application>> {
    let mut query = own(tx);
    if let Some(organization) = filter.organization {
        query = query.filter(Column::OrganizationId.eq(organization));
    }
    if let Some(part) = &filter.name_part {
        let like = LikeExpr::new(page::containing(part)).escape('!');
        query = query.filter(Column::Name.into_expr().like(like));
    }
    page::fetch(query, Column::Id, Order::Asc, page, &tx.db()).await
}
