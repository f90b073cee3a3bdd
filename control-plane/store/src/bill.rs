//! Bills of closed periods. Never changed.

use sea_orm::{ColumnTrait, EntityTrait, Order, QueryFilter, QueryOrder, Select};
use types::id::{OrganizationId, TenantId};
use types::instant::Instant;

use crate::error::Result;
use crate::page::{self, Cursor, Page, Paged, Sorted};
use crate::table::{insert_all as insert_rows, table};
use crate::tx::{
    Connected, InTenant, TenantTx, admit_organization, of_organizations as in_organizations,
};

table! {
    /// A bill of a closed period.
    Bill = "bill" {
        /// Whose.
        #[sea_orm(primary_key, auto_increment = false)]
        tenant_id: TenantId,
        /// Like `2026-03-0001`.
        #[sea_orm(primary_key, auto_increment = false)]
        number: String,
        /// Like `2026-03`.
        period: String,
        /// Whom it is for.
        organization_id: OrganizationId,
        /// Number of the bill of the organization above that holds it.
        parent_bill: Option<String>,
        /// The whole bill as the billing export writes it.
        content: String,
        /// Lower-case hex SHA-256 over its lines.
        hash: String,
        /// When the closing began.
        closed_at: Instant,
    }
}

impl Sorted for Bill {
    fn cursor(&self) -> Cursor {
        Cursor::text(&self.number)
    }
}

fn own(tx: &dyn InTenant) -> Select<Entity> {
    Entity::find().filter(in_organizations(tx, Column::TenantId, Column::OrganizationId))
}

/// Adds the bills of a period.
pub async fn insert_all(tx: &TenantTx, rows: Vec<Bill>) -> Result<()> {
    for row in &rows {
        admit_organization(tx, row.tenant_id, row.organization_id)?;
    }
    insert_rows(&tx.db(), rows).await
}

/// By number.
pub async fn find(tx: &dyn InTenant, number: &str) -> Result<Option<Bill>> {
    Ok(own(tx).filter(Column::Number.eq(number)).one(&tx.db()).await?)
}

/// The bills of a period in reach, by number.
pub async fn of_period(tx: &dyn InTenant, period: &str) -> Result<Vec<Bill>> {
    let bills = own(tx).filter(Column::Period.eq(period)).order_by_asc(Column::Number);
    Ok(bills.all(&tx.db()).await?)
}

/// The bills of an organization for a period, one per stay, by number.
pub async fn of_organization(
    tx: &dyn InTenant,
    organization: OrganizationId,
    period: &str,
) -> Result<Vec<Bill>> {
    let bills = own(tx)
        .filter(Column::OrganizationId.eq(organization))
        .filter(Column::Period.eq(period))
        .order_by_asc(Column::Number);
    Ok(bills.all(&tx.db()).await?)
}

/// The bills that add to this one, by number.
pub async fn children(tx: &dyn InTenant, period: &str, number: &str) -> Result<Vec<Bill>> {
    let bills = own(tx)
        .filter(Column::Period.eq(period))
        .filter(Column::ParentBill.eq(number))
        .order_by_asc(Column::Number);
    Ok(bills.all(&tx.db()).await?)
}

/// The bills of an organization, or of all in reach, the newest first.
pub async fn list(
    tx: &dyn InTenant,
    organization: Option<OrganizationId>,
    page: &Page,
) -> Result<Paged<Bill>> {
    let mut query = own(tx);
    if let Some(organization) = organization {
        query = query.filter(Column::OrganizationId.eq(organization));
    }
    page::fetch(query, Column::Number, Order::Desc, page, &tx.db()).await
}
