//! Where requests came from, in the audit.

use sea_orm_migration::prelude::*;

use super::column::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::alter();
        let address = text_null("address", 45);
        manager.alter_table(table.table("audit").add_column(address).take()).await?;
        index(manager, "audit", &["tenant_id", "address", "number"]).await
    }
}
