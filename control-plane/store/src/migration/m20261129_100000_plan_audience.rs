//! Plans for chosen tenants; what was said of offerings alone is said of their plans as well.

use sea_orm_migration::prelude::*;

use super::column::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut plan = Table::alter();
        let audience = word("audience").default("all").take();
        manager.alter_table(plan.table("plan").add_column(audience).take()).await?;
        manager.rename_table(Table::rename().table("offering_tenant", "offer").take()).await?;
        let mut offer = Table::alter();
        let column = offer.table("offer").rename_column("offering_id", "what_id").take();
        manager.alter_table(column).await
    }
}
