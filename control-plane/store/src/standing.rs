//! A number per tenant, and one for the installation, that grows with each change of rights, groups
//! or the tree: whoever keeps them in memory looks here whether they still hold.

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait, EntityTrait, ExprTrait as _, IntoActiveModel as _, QueryFilter, QuerySelect as _,
    Select,
};
use types::id::TenantId;

use crate::error::Result;
use crate::executor::Executor;
use crate::head;
use crate::table::table;
use crate::tx::{Connected as _, InFleet, InTenant, TenantTx, of_tenant};

table! {
    /// How often rights, groups or the tree changed.
    Standing = "standing" {
        /// Whose; the nil id stands for the installation.
        #[sea_orm(primary_key, auto_increment = false)]
        tenant_id: TenantId,
        /// Grows by one with each change.
        number: i64,
    }
}

fn own(tx: &dyn InTenant) -> Select<Entity> {
    Entity::find().filter(of_tenant(tx, Column::TenantId))
}

fn own_anywhere(_: &dyn InFleet) -> Select<Entity> {
    Entity::find()
}

/// To be called with each write that changes them; none for the installation. The caller has decided
/// which tenant. Kept until the commit, so two such writes follow one another.
pub(crate) async fn changed(db: &Executor<'_>, tenant: Option<TenantId>) -> Result<()> {
    let row = Standing { tenant_id: tenant.unwrap_or_else(head::installation), number: 1 };
    let grown = Expr::col((Entity, Column::Number)).add(1);
    let grow = OnConflict::column(Column::TenantId).value(Column::Number, grown).to_owned();
    Entity::insert(row.into_active_model()).on_conflict(grow).exec_without_returning(db).await?;
    Ok(())
}

/// The number of the scope's tenant, held until the end: nothing that it counts is changed before
/// that. To be taken behind the tenant's lock.
pub async fn lock(tx: &TenantTx) -> Result<i64> {
    let found = own(tx).lock_exclusive().one(&tx.db()).await?;
    Ok(found.map_or(0, |row| row.number))
}

/// The numbers of several tenants; one where nothing ever changed is missing.
pub async fn numbers(tx: &dyn InFleet, tenants: &[TenantId]) -> Result<Vec<(TenantId, i64)>> {
    let found = own_anywhere(tx).filter(Column::TenantId.is_in(tenants.iter().copied()));
    Ok(found.all(&tx.db()).await?.into_iter().map(|row| (row.tenant_id, row.number)).collect())
}

/// The number now; 0 if nothing ever changed; of the installation for none.
pub async fn number(tx: &dyn InFleet, tenant: Option<TenantId>) -> Result<i64> {
    let tenant = tenant.unwrap_or_else(head::installation);
    let found = own_anywhere(tx).filter(Column::TenantId.eq(tenant)).one(&tx.db()).await?;
    Ok(found.map_or(0, |row| row.number))
}
