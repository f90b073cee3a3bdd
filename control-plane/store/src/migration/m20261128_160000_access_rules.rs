//! Roles that a tenant makes, groups, denials, and a number that tells whether rights or the tree
//! changed.

use sea_orm_migration::prelude::*;

use super::column::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        bindings(manager).await?;
        roles(manager).await?;
        groups(manager).await?;
        let columns = vec![id("tenant_id"), number("number")];
        table(manager, "standing", &["tenant_id"], columns).await
    }
}

/// What was there are roles that were given to subjects.
async fn bindings(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let alter = || Table::alter().table("binding").take();
    manager.alter_table(alter().rename_column("subject_id", "holder_id").take()).await?;
    let kind = word("holder_kind").default("subject").take();
    manager.alter_table(alter().add_column(kind).take()).await?;
    let effect = word("effect").default("allow").take();
    manager.alter_table(alter().add_column(effect).take()).await?;
    index(manager, "binding", &["tenant_id", "node", "id"]).await?;
    index(manager, "binding", &["tenant_id", "role"]).await
}

async fn roles(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        id("id"),
        id("tenant_id"),
        text("name", 40),
        text("title", 80),
        long(manager, "parts"),
        number("created_at"),
    ];
    table(manager, "role", &["id"], columns).await?;
    unique(manager, "role", &["tenant_id", "name"]).await
}

async fn groups(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        id("id"),
        id("tenant_id"),
        text("name", 128),
        text("title", 128),
        number("created_at"),
    ];
    table(manager, "subject_group", &["id"], columns).await?;
    unique(manager, "subject_group", &["tenant_id", "name"]).await?;
    let columns = vec![
        id("group_id"),
        id("subject_id"),
        text("source", 64),
        id("tenant_id"),
        number("created_at"),
    ];
    table(manager, "group_member", &["group_id", "subject_id", "source"], columns).await?;
    index(manager, "group_member", &["tenant_id"]).await?;
    index(manager, "group_member", &["subject_id", "source"]).await
}
