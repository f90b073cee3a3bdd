//! The feed, the audit trail, and who does which task.

use sea_orm_migration::prelude::*;

use super::column::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        feed(manager).await?;
        trail(manager).await?;
        Ok(())
    }
}

async fn feed(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        id("tenant_id"),
        number("number"),
        number("at"),
        text("kind", 48),
        id_null("organization_id"),
        id_null("project_id"),
        id_null("instance_id"),
        id_null("operation_id"),
        id_null("subject_id"),
    ];
    table(manager, "event", &["tenant_id", "number"], columns).await?;
    let columns = vec![text("name", 64), text("holder", 128), number("until")];
    table(manager, "task_lock", &["name"], columns).await
}

async fn trail(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        id("tenant_id"),
        number("number"),
        number("at"),
        id_null("subject_id"),
        text("subject_name", 128),
        text("action", 64),
        text_null("target", 64),
        word("outcome"),
        text_null("code", 32),
        text("request_id", 32),
        long(manager, "content"),
        text("previous_hash", 64),
        text("hash", 64),
    ];
    table(manager, "audit", &["tenant_id", "number"], columns).await
}
