//! Plans: the size-and-price options of an offering.

use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Select, UpdateMany};
use types::id::{OfferingId, PlanId};

use crate::error::Result;
use crate::table::{insert as insert_row, table};
use crate::tx::{Connected, FleetTx, InFleet, InTenant};
use crate::words::Audience;
use crate::{offer, offering};

table! {
    /// A size-and-price option of an offering. Bills refer to it, so nothing but its audience changes.
    Plan = "plan" {
        /// Id.
        #[sea_orm(primary_key, auto_increment = false)]
        id: PlanId,
        /// The offering.
        offering_id: OfferingId,
        /// Name within the offering.
        name: String,
        /// Name for people, in English.
        title_en: String,
        /// Name for people, in Chinese.
        title_zh: String,
        /// Thousandths of a vCPU per member.
        millivcpu: i64,
        /// Memory per member in MiB.
        memory_mib: i64,
        /// Storage per member in MiB.
        storage_mib: i64,
        /// Place in the list.
        ordinal: i32,
        /// Who may order it, of those who may order the offering.
        audience: Audience,
    }
}

/// What the tenant may order by: for all or offered to it, of an offering that it may see.
fn own(tx: &dyn InTenant) -> Select<Entity> {
    let offered = Column::Id.in_subquery(offer::offered_to(tx));
    let seen = Column::OfferingId.in_subquery(offering::seen_by(tx));
    in_order(Entity::find().filter(Column::Audience.eq(Audience::All).or(offered)).filter(seen))
}

/// What describes instances that are there, whoever may order more of them.
fn own_described(_: &dyn InTenant) -> Select<Entity> {
    Entity::find()
}

fn own_anywhere(_: &dyn InFleet) -> Select<Entity> {
    in_order(Entity::find())
}

fn own_update_anywhere(_: &FleetTx) -> UpdateMany<Entity> {
    Entity::update_many()
}

fn in_order(plans: Select<Entity>) -> Select<Entity> {
    plans.order_by_asc(Column::Ordinal).order_by_asc(Column::Id)
}

/// Adds a plan to an offering.
pub async fn insert(tx: &FleetTx, row: Plan) -> Result<()> {
    insert_row(&tx.db(), row).await
}

/// Changes to whom it is offered; size and name stay.
pub async fn set_audience(tx: &FleetTx, id: PlanId, audience: Audience) -> Result<()> {
    let update = own_update_anywhere(tx).filter(Column::Id.eq(id));
    update.col_expr(Column::Audience, Expr::value(audience)).exec(&tx.db()).await?;
    Ok(())
}

/// By id, if the tenant may order by it.
pub async fn find(tx: &dyn InTenant, id: PlanId) -> Result<Option<Plan>> {
    Ok(own(tx).filter(Column::Id.eq(id)).one(&tx.db()).await?)
}

/// Several by id, if the tenant may order by them.
pub async fn by_ids(tx: &dyn InTenant, ids: &[PlanId]) -> Result<Vec<Plan>> {
    let ids = ids.iter().copied();
    Ok(own(tx).filter(Column::Id.is_in(ids)).all(&tx.db()).await?)
}

/// Several by id, for what was made by them, whoever may order by them.
pub async fn described(tx: &dyn InTenant, ids: &[PlanId]) -> Result<Vec<Plan>> {
    let ids = ids.iter().copied();
    Ok(own_described(tx).filter(Column::Id.is_in(ids)).all(&tx.db()).await?)
}

/// The plans of these offerings that the tenant may order by, in their order.
pub async fn of_offerings(tx: &dyn InTenant, offerings: &[OfferingId]) -> Result<Vec<Plan>> {
    let offerings = offerings.iter().copied();
    Ok(own(tx).filter(Column::OfferingId.is_in(offerings)).all(&tx.db()).await?)
}

/// All plans of these offerings, in their order.
pub async fn of_offerings_anywhere(
    tx: &dyn InFleet,
    offerings: &[OfferingId],
) -> Result<Vec<Plan>> {
    let offerings = offerings.iter().copied();
    Ok(own_anywhere(tx).filter(Column::OfferingId.is_in(offerings)).all(&tx.db()).await?)
}
