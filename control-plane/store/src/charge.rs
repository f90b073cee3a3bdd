//! Charges: what bills are the sums of. Never changed.

use sea_orm::{ColumnTrait, EntityTrait, Order, QueryFilter, QueryOrder, Select};
use types::id::{OrganizationId, TenantId};

use crate::error::Result;
use crate::page::{self, Cursor, Page, Paged, Sorted};
use crate::table::{insert_all as insert_rows, table};
use crate::tx::{Connected, InTenant, TenantTx, admit_organization, of_organizations};

table! {
    /// A charge of a closed period.
    Charge = "charge" {
        /// Whose.
        #[sea_orm(primary_key, auto_increment = false)]
        tenant_id: TenantId,
        /// Period of the bill it stands on, like `2026-03`.
        #[sea_orm(primary_key, auto_increment = false)]
        bill_period: String,
        /// Place in the order of keys within that period.
        #[sea_orm(primary_key, auto_increment = false)]
        ordinal: i64,
        /// Period of the use; an earlier one for corrections.
        charge_period: String,
        /// Who pays.
        organization_id: OrganizationId,
        /// Text form of the resource's id.
        resource: String,
        /// The whole charge as the billing export writes it.
        content: String,
    }
}

impl Sorted for Charge {
    fn cursor(&self) -> Cursor {
        Cursor::number(self.ordinal)
    }
}

fn own(tx: &dyn InTenant) -> Select<Entity> {
    Entity::find().filter(of_organizations(tx, Column::TenantId, Column::OrganizationId))
}

/// Adds charges of a period.
pub async fn insert_all(tx: &TenantTx, rows: Vec<Charge>) -> Result<()> {
    for row in &rows {
        admit_organization(tx, row.tenant_id, row.organization_id)?;
    }
    insert_rows(&tx.db(), rows).await
}

/// The charges of a bill period, of one organization or of all in reach, in their order.
pub async fn list(
    tx: &dyn InTenant,
    bill_period: &str,
    organization: Option<OrganizationId>,
    page: &Page,
) -> Result<Paged<Charge>> {
    let mut query = own(tx).filter(Column::BillPeriod.eq(bill_period));
    if let Some(organization) = organization {
        query = query.filter(Column::OrganizationId.eq(organization));
    }
    page::fetch(query, Column::Ordinal, Order::Asc, page, &tx.db()).await
}

/// All charges of a bill period, of one organization or of all in reach, in their order.
pub async fn of_bill_period(
    tx: &dyn InTenant,
    bill_period: &str,
    organization: Option<OrganizationId>,
) -> Result<Vec<Charge>> {
    let mut query = own(tx).filter(Column::BillPeriod.eq(bill_period));
    if let Some(organization) = organization {
        query = query.filter(Column::OrganizationId.eq(organization));
    }
    Ok(query.order_by_asc(Column::Ordinal).all(&tx.db()).await?)
}

/// All charges for the use of a period, over all bills: what a correction is made against.
pub async fn of_charge_period(tx: &dyn InTenant, charge_period: &str) -> Result<Vec<Charge>> {
    let charges = own(tx)
        .filter(Column::ChargePeriod.eq(charge_period))
        .order_by_asc(Column::BillPeriod)
        .order_by_asc(Column::Ordinal);
    Ok(charges.all(&tx.db()).await?)
}
