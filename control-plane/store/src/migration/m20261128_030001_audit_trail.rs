//! The operation that a change began, in the audit, and the ways into the audit.

use sea_orm_migration::prelude::*;

use super::column::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::alter();
        let operation = id_null("operation_id");
        manager.alter_table(table.table("audit").add_column(operation).take()).await?;
        index(manager, "audit", &["tenant_id", "operation_id"]).await?;
        index(manager, "audit", &["tenant_id", "at"]).await?;
        for column in ["target", "subject_name", "action", "outcome"] {
            index(manager, "audit", &["tenant_id", column, "number"]).await?;
        }
        Ok(())
    }
}
