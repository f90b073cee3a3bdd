//! What takes an approval, and what was asked for.

use sea_orm_migration::prelude::*;

use super::column::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        rules(manager).await?;
        approvals(manager).await?;
        needs(manager).await?;
        entries(manager).await
    }
}

async fn rules(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        id("id"),
        id("tenant_id"),
        text("node", 64),
        long(manager, "mutations"),
        text_null("above", 64),
        long(manager, "plans"),
        long(manager, "packages"),
        small("approvers"),
        small("days"),
        number("created_at"),
        id("created_by"),
    ];
    table(manager, "approval_rule", &["id"], columns).await?;
    index(manager, "approval_rule", &["tenant_id", "node"]).await
}

async fn approvals(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        id("id"),
        id("tenant_id"),
        id("project_id"),
        id_null("instance_id"),
        id_null("operation_id"),
        word("mutation"),
        text("name", 128),
        word("state"),
        text_null("problem", 1000),
        id("requested_by"),
        long(manager, "behind"),
        text("through", 64),
        text("idempotency_key", 128),
        long(manager, "command"),
        long(manager, "summary"),
        number("created_at"),
        number("expires_at"),
        number_null("ended_at"),
    ];
    table(manager, "approval", &["id"], columns).await?;
    index(manager, "approval", &["tenant_id", "state"]).await?;
    index(manager, "approval", &["requested_by"]).await?;
    index(manager, "approval", &["state", "expires_at"]).await
}

async fn needs(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        id("approval_id"),
        id("rule_id"),
        id("tenant_id"),
        text("node", 64),
        small("approvers"),
    ];
    table(manager, "approval_need", &["approval_id", "rule_id"], columns).await?;
    index(manager, "approval_need", &["tenant_id", "node"]).await
}

async fn entries(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        id("id"),
        id("approval_id"),
        id("tenant_id"),
        word("kind"),
        id_null("subject_id"),
        text_null("comment", 1000),
        number("at"),
    ];
    table(manager, "approval_entry", &["id"], columns).await?;
    index(manager, "approval_entry", &["approval_id"]).await
}
