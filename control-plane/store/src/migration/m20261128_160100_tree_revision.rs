//! What changed in a tree since it was read last, and why a tenant is not in use.

use sea_orm_migration::prelude::*;

use super::column::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite adds one column per statement.
        for column in [
            number("tree_revision").default(0).take(),
            text_null("state_reason", 500),
            number_null("state_at"),
        ] {
            let mut table = Table::alter();
            manager.alter_table(table.table("tenant").add_column(column).take()).await?;
        }
        for node in ["organization", "project"] {
            let mut table = Table::alter();
            let revision = number("revision").default(0).take();
            manager.alter_table(table.table(node).add_column(revision).take()).await?;
            index(manager, node, &["tenant_id", "revision"]).await?;
        }
        Ok(())
    }
}
