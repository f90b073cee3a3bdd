//! The number of the last report of a session, since clocks do not tell which report is newer.

use sea_orm_migration::prelude::*;

use super::column::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::alter();
        let number = number_null("report_number");
        manager.alter_table(table.table("cell").add_column(number).take()).await
    }
}
