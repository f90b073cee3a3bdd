//! Prices and bills.

use sea_orm_migration::prelude::*;

use super::column::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        prices(manager).await?;
        bills(manager).await?;
        Ok(())
    }
}

async fn prices(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![id("id"), word("scope"), id_null("tenant_id"), id_null("organization_id")];
    table(manager, "price_book", &["id"], columns).await?;
    unique(manager, "price_book", &["tenant_id", "organization_id"]).await?;
    let columns = vec![
        id("id"),
        id("book_id"),
        id_null("tenant_id"),
        number("effective_from"),
        number("entered_at"),
    ];
    table(manager, "price_version", &["id"], columns).await?;
    unique(manager, "price_version", &["book_id", "effective_from"]).await?;
    let columns = vec![
        id("id"),
        id("version_id"),
        id_null("tenant_id"),
        small("ordinal"),
        id_null("plan_id"),
        word("meter"),
        word("model"),
        text_null("unit_price", 64),
        number_null("per"),
        text("currency", 3),
        truth("stopped"),
        long_null(manager, "tiers"),
    ];
    table(manager, "price_line", &["id"], columns).await?;
    unique(manager, "price_line", &["version_id", "ordinal"]).await
}

async fn bills(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![id("tenant_id"), text("period", 7), word("state"), number_null("closed_at")];
    table(manager, "billing_period", &["tenant_id", "period"], columns).await?;
    let columns = vec![
        id("tenant_id"),
        text("number", 16),
        text("period", 7),
        id("organization_id"),
        text_null("parent_bill", 16),
        long(manager, "content"),
        text("hash", 64),
        number("closed_at"),
    ];
    table(manager, "bill", &["tenant_id", "number"], columns).await?;
    index(manager, "bill", &["tenant_id", "organization_id", "number"]).await?;
    let columns = vec![
        id("tenant_id"),
        text("bill_period", 7),
        number("ordinal"),
        text("charge_period", 7),
        id("organization_id"),
        text("resource", 64),
        long(manager, "content"),
    ];
    let key = ["tenant_id", "bill_period", "ordinal"];
    table(manager, "charge", &key, columns).await?;
    let by_organization = ["tenant_id", "bill_period", "organization_id", "ordinal"];
    index(manager, "charge", &by_organization).await?;
    index(manager, "charge", &["tenant_id", "charge_period"]).await
}
