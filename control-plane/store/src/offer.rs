//! Offers: the tenants that an offering, or a plan of one, was offered to; they count for what is
//! not for all.

use std::collections::BTreeMap;

use sea_orm::sea_query::SelectStatement;
use sea_orm::{
    ColumnTrait, DeleteMany, EntityTrait, QueryFilter, QuerySelect, QueryTrait as _, Select,
};
use types::id::TenantId;
use types::instant::Instant;
use uuid::Uuid;

use crate::error::Result;
use crate::table::{insert as insert_row, table};
use crate::tx::{Connected, FleetTx, InFleet, InTenant, of_tenant};

table! {
    /// That something was offered to a tenant.
    Offer = "offer" {
        /// The offering or the plan.
        #[sea_orm(primary_key, auto_increment = false)]
        what_id: Uuid,
        /// The tenant.
        #[sea_orm(primary_key, auto_increment = false)]
        tenant_id: TenantId,
        /// Since when.
        offered_at: Instant,
    }
}

fn own(tx: &dyn InTenant) -> Select<Entity> {
    Entity::find().filter(of_tenant(tx, Column::TenantId))
}

fn own_anywhere(_: &dyn InFleet) -> Select<Entity> {
    Entity::find()
}

fn own_delete_anywhere(_: &FleetTx) -> DeleteMany<Entity> {
    Entity::delete_many()
}

/// Offers.
pub async fn insert(tx: &FleetTx, row: Offer) -> Result<()> {
    insert_row(&tx.db(), row).await
}

/// Takes it back; false if it was not offered.
pub async fn delete(tx: &FleetTx, what: Uuid, tenant: TenantId) -> Result<bool> {
    let one =
        own_delete_anywhere(tx).filter(Column::WhatId.eq(what)).filter(Column::TenantId.eq(tenant));
    Ok(one.exec(&tx.db()).await?.rows_affected == 1)
}

/// To how many tenants each offering and plan was offered.
pub async fn counts(tx: &dyn InFleet) -> Result<BTreeMap<Uuid, i64>> {
    let counts = own_anywhere(tx)
        .select_only()
        .column(Column::WhatId)
        .column_as(Column::TenantId.count(), "tenants")
        .group_by(Column::WhatId)
        .into_tuple::<(Uuid, i64)>();
    Ok(counts.all(&tx.db()).await?.into_iter().collect())
}

/// The ids of what was offered to the tenant, as a part of a statement.
pub(crate) fn offered_to(tx: &dyn InTenant) -> SelectStatement {
    own(tx).select_only().column(Column::WhatId).into_query()
}

/// The ids of the tenants that it was offered to, as a part of a statement.
pub(crate) fn tenants_of(tx: &dyn InFleet, what: Uuid) -> SelectStatement {
    let of_one = own_anywhere(tx).filter(Column::WhatId.eq(what));
    of_one.select_only().column(Column::TenantId).into_query()
}
