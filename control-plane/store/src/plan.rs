//! Plans: the size-and-price options of an offering.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Select};
use types::id::{OfferingId, PlanId};

use crate::error::{Result, StoreError};
use crate::table::{insert as insert_row, table};
use crate::tx::{Connected, FleetTx, Reader};

table! {
    /// A size-and-price option of an offering. Never changed: bills refer to it.
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
    }
}

/// The catalogue is everybody's.
fn own(_: &dyn Reader) -> Select<Entity> {
    Entity::find().order_by_asc(Column::Ordinal).order_by_asc(Column::Id)
}

/// Adds a plan to an offering.
pub async fn insert(tx: &FleetTx, row: Plan) -> Result<()> {
    insert_row(&tx.db(), row).await
}

/// By id.
pub async fn find(tx: &dyn Reader, id: PlanId) -> Result<Option<Plan>> {
    Ok(own(tx).filter(Column::Id.eq(id)).one(&tx.db()).await?)
}

/// By id, or [`StoreError::NotFound`].
pub async fn get(tx: &dyn Reader, id: PlanId) -> Result<Plan> {
    find(tx, id).await?.ok_or(StoreError::NotFound)
}

/// A batch.
pub async fn by_ids(tx: &dyn Reader, ids: &[PlanId]) -> Result<Vec<Plan>> {
    let ids = ids.iter().copied();
    Ok(own(tx).filter(Column::Id.is_in(ids)).all(&tx.db()).await?)
}

/// All plans of these offerings, in their order.
pub async fn of_offerings(tx: &dyn Reader, offerings: &[OfferingId]) -> Result<Vec<Plan>> {
    let offerings = offerings.iter().copied();
    Ok(own(tx).filter(Column::OfferingId.is_in(offerings)).all(&tx.db()).await?)
}
