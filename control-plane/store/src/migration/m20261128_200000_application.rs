//! Applications: what belongs together, what is in them, and what needs what.

use sea_orm_migration::prelude::*;

use super::column::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        applications(manager).await?;
        parts(manager).await?;
        dependencies(manager).await
    }
}

async fn applications(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        id("id"),
        id("tenant_id"),
        id("organization_id"),
        text("name", 40),
        text("title", 80),
        text("description", 500),
        truth("exclusive"),
        number("created_at"),
        id("created_by"),
    ];
    table(manager, "application", &["id"], columns).await?;
    unique(manager, "application", &["organization_id", "name"]).await?;
    index(manager, "application", &["tenant_id", "name"]).await
}

async fn parts(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        id("application_id"),
        id("instance_id"),
        id("tenant_id"),
        id("project_id"),
        id_null("exclusive_id"),
        number("added_at"),
        id("added_by"),
    ];
    table(manager, "application_part", &["application_id", "instance_id"], columns).await?;
    unique(manager, "application_part", &["exclusive_id"]).await?;
    index(manager, "application_part", &["instance_id"]).await
}

async fn dependencies(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        id("application_id"),
        id("instance_id"),
        id("needs_id"),
        id("tenant_id"),
        number("added_at"),
    ];
    let key = ["application_id", "instance_id", "needs_id"];
    table(manager, "application_dependency", &key, columns).await?;
    index(manager, "application_dependency", &["instance_id"]).await?;
    index(manager, "application_dependency", &["needs_id"]).await
}
