//! What tells a plane that two agents are one cell, or that its database is older than the cell.

use sea_orm_migration::prelude::*;

use super::column::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let of_cell = [
            text_null("agent_process", 255),
            text_null("agent_process_before", 255),
            number_null("restored_at"),
            number_null("loss_checked_at"),
        ];
        // SQLite adds one column per statement.
        for column in of_cell {
            let mut table = Table::alter();
            manager.alter_table(table.table("cell").add_column(column).take()).await?;
        }
        let columns = vec![
            id("cell_id"),
            number("first_sequence"),
            number("last_sequence"),
            number("declared_at"),
        ];
        table(manager, "usage_loss", &["cell_id", "first_sequence"], columns).await
    }
}
