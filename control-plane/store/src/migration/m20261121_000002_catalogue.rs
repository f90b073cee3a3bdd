//! What can be ordered, and where it can run.

use sea_orm_migration::prelude::*;

use super::column::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        licences(manager).await?;
        offerings(manager).await?;
        cells(manager).await?;
        Ok(())
    }
}

async fn licences(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        text("id", 64),
        id_null("tenant_id"),
        long(manager, "content"),
        word("unit"),
        long(manager, "packages"),
        number("count"),
        number("not_before"),
        number_null("not_after"),
        number("installed_at"),
    ];
    table(manager, "licence", &["id"], columns).await
}

async fn offerings(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        id("id"),
        text("package", 64),
        text("package_version", 64),
        number("published_at"),
        number_null("withdrawn_at"),
    ];
    table(manager, "offering", &["id"], columns).await?;
    unique(manager, "offering", &["package", "package_version"]).await?;
    let columns = vec![
        id("id"),
        id("offering_id"),
        text("name", 40),
        text("title_en", 80),
        text("title_zh", 80),
        number("millivcpu"),
        number("memory_mib"),
        number("storage_mib"),
        small("ordinal"),
    ];
    table(manager, "plan", &["id"], columns).await?;
    unique(manager, "plan", &["offering_id", "name"]).await
}

async fn cells(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        id("id"),
        text("name", 40),
        text("title", 80),
        word("state"),
        number("revision"),
        number("created_at"),
        text_null("public_key", 255),
        text_null("boot_id", 64),
        text_null("agent_version", 64),
        id_null("session_id"),
        number_null("session_opened_at"),
        number_null("last_report_at"),
        number_null("clock_difference_us"),
        number("taken_revision"),
        number("spooled"),
        number_null("watermark"),
        number("acknowledged_sequence"),
        number("highest_sequence"),
        text_null("alarm", 255),
        long_null(manager, "capabilities"),
    ];
    table(manager, "cell", &["id"], columns).await?;
    unique(manager, "cell", &["name"]).await?;
    let columns = vec![
        text("hash", 64),
        id("cell_id"),
        number("created_at"),
        number("expires_at"),
        number_null("used_at"),
    ];
    table(manager, "join_token", &["hash"], columns).await?;
    let columns =
        vec![text("hash", 64), id("cell_id"), number("expires_at"), number_null("used_at")];
    table(manager, "challenge", &["hash"], columns).await
}
