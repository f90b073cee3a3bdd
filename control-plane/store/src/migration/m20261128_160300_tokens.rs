//! Tokens of people and programs, service accounts, and what is shown of a session.

use sea_orm_migration::prelude::*;

use super::column::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sessions(manager).await?;
        tokens(manager).await?;
        service_accounts(manager).await
    }
}

async fn sessions(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let of_session = [
        text_null("last_address", 45),
        id_null("impersonator_id"),
        text_null("impersonator", 128),
        text_null("reason", 500),
    ];
    // SQLite adds one column per statement.
    for column in of_session {
        let mut table = Table::alter();
        manager.alter_table(table.table("session").add_column(column).take()).await?;
    }
    index(manager, "session", &["tenant_id", "impersonator_id"]).await?;
    // Every process asks several times a second which ones were ended lately.
    index(manager, "session", &["ended_at"]).await
}

async fn tokens(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        id("id"),
        text("hash", 64),
        text_null("previous_hash", 64),
        number_null("previous_until"),
        id("subject_id"),
        id_null("tenant_id"),
        text("name", 40),
        text("created_by", 128),
        number("created_at"),
        number("expires_at"),
        number_null("revoked_at"),
        number("changed_at"),
        number_null("last_used_at"),
        text_null("last_address", 45),
        long(manager, "addresses"),
        long_null(manager, "actions"),
        text_null("node", 64),
    ];
    table(manager, "access_token", &["id"], columns).await?;
    unique(manager, "access_token", &["hash"]).await?;
    index(manager, "access_token", &["previous_hash"]).await?;
    index(manager, "access_token", &["subject_id"]).await?;
    index(manager, "access_token", &["expires_at"]).await?;
    index(manager, "access_token", &["changed_at"]).await
}

async fn service_accounts(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        id("subject_id"),
        id("tenant_id"),
        id("organization_id"),
        text("name", 128),
        text("title", 128),
        text("created_by", 128),
        number("created_at"),
        number_null("deleted_at"),
    ];
    table(manager, "service_account", &["subject_id"], columns).await?;
    index(manager, "service_account", &["tenant_id"]).await
}
