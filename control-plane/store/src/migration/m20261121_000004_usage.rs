//! What cells measured.

use sea_orm_migration::prelude::*;

use super::column::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        records(manager).await?;
        hours(manager).await?;
        Ok(())
    }
}

async fn records(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        id("cell_id"),
        number("sequence"),
        id_null("tenant_id"),
        id_null("project_id"),
        text("resource", 64),
        text("meter", 32),
        number("start_at"),
        number("end_at"),
        number("quantity"),
        number("received_at"),
        number_null("accepted_at"),
        text("signature", 255),
        word("status"),
        text_null("reason", 16),
        text_null("billed_in", 7),
    ];
    table(manager, "usage_record", &["cell_id", "sequence"], columns).await?;
    index(manager, "usage_record", &["resource", "meter", "start_at"]).await?;
    index(manager, "usage_record", &["tenant_id", "start_at"]).await?;
    index(manager, "usage_record", &["status", "received_at"]).await?;
    index(manager, "usage_record", &["tenant_id", "billed_in", "start_at"]).await?;
    let columns = vec![
        id("id"),
        id("cell_id"),
        number("sequence"),
        word("kind"),
        text_null("reason", 16),
        long(manager, "content"),
        number("at"),
        id_null("tenant_id"),
    ];
    table(manager, "usage_flag", &["id"], columns).await?;
    index(manager, "usage_flag", &["tenant_id", "id"]).await?;
    index(manager, "usage_flag", &["cell_id", "id"]).await
}

async fn hours(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        id("tenant_id"),
        text("resource", 64),
        text("meter", 32),
        number("hour"),
        id("project_id"),
        number("quantity"),
    ];
    let key = ["tenant_id", "resource", "meter", "hour"];
    table(manager, "usage_hour", &key, columns).await?;
    index(manager, "usage_hour", &["tenant_id", "hour"]).await
}
