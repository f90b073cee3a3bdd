//! What operators see of a cell beside its reports, and what a step is tried again for.

use sea_orm_migration::prelude::*;

use super::column::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let of_cell = [
            small_null("protocol"),
            number_null("session_count"),
            number_null("certificate_expires_at"),
            long_null(manager, "agent_condition"),
        ];
        // SQLite adds one column per statement.
        for column in of_cell {
            let mut table = Table::alter();
            manager.alter_table(table.table("cell").add_column(column).take()).await?;
        }
        let mut table = Table::alter();
        let attempt = long_null(manager, "attempt");
        manager.alter_table(table.table("operation").add_column(attempt).take()).await?;
        index(manager, "member", &["cell_id", "state"]).await
    }
}
