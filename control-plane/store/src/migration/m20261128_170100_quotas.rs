//! Quotas: how much of a meter may be used at a node of the tree, and how much is.

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
            word("meter"),
            number("ceiling"),
            number("used"),
            number("set_at"),
            id("set_by"),
        ];
        table(manager, "quota", &["tenant_id", "node", "meter"], columns).await
    }
}
