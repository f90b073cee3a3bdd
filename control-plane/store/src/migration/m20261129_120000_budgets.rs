//! Budgets: how much what is ordered at a node of the tree may cost in a month. A tenant's row says
//! how many it has, so that orders of those without need not look.

use sea_orm_migration::prelude::*;

use super::column::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = vec![
            id("tenant_id"),
            text("node", 64),
            text("amount", 64),
            word("action"),
            number("set_at"),
            id("set_by"),
        ];
        table(manager, "budget", &["tenant_id", "node"], columns).await?;
        let mut tenant = Table::alter();
        let budgets = number("budgets").default(0).take();
        manager.alter_table(tenant.table("tenant").add_column(budgets).take()).await
    }
}
