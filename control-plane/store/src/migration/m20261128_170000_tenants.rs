//! Which tenants were suspended lately, and to whom an offering is offered.

use sea_orm_migration::prelude::*;

use super::column::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Every process asks several times a second which ones were suspended lately.
        index(manager, "tenant", &["state_at"]).await?;
        let mut offering = Table::alter();
        let audience = word("audience").default("all").take();
        manager.alter_table(offering.table("offering").add_column(audience).take()).await?;
        let columns = vec![id("offering_id"), id("tenant_id"), number("offered_at")];
        table(manager, "offering_tenant", &["offering_id", "tenant_id"], columns).await?;
        index(manager, "offering_tenant", &["tenant_id"]).await
    }
}
