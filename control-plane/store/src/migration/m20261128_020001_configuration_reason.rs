//! Why a configuration was made and what it was made from.

use sea_orm_migration::prelude::*;

use super::column::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = [
            text_null("reason", 500),
            small_null("restored_from"),
            long_null(manager, "templates"),
        ];
        // SQLite adds one column per statement.
        for column in columns {
            let mut table = Table::alter();
            manager.alter_table(table.table("configuration").add_column(column).take()).await?;
        }
        Ok(())
    }
}
