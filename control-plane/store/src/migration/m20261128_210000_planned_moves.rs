//! Moves in the tree that were entered for an instant to come.

use sea_orm_migration::prelude::*;

use super::column::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = vec![
            id("id"),
            id("tenant_id"),
            id_null("organization_id"),
            id_null("project_id"),
            text("name", 40),
            id("from_id"),
            id("to_id"),
            number("at"),
            word("state"),
            id_null("pending_id"),
            text_null("code", 32),
            text_null("problem", 1000),
            id_null("left_id"),
            id("requested_by"),
            text("through", 64),
            number("created_at"),
            number_null("ended_at"),
            id_null("ended_by"),
        ];
        table(manager, "planned_move", &["id"], columns).await?;
        unique(manager, "planned_move", &["pending_id"]).await?;
        index(manager, "planned_move", &["tenant_id", "state"]).await?;
        index(manager, "planned_move", &["state", "at"]).await
    }
}
