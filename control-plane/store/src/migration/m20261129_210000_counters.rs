//! Counters on rows of their own: the revision of a cell, for which nobody need wait for its
//! reports; and how many members a tenant has, which orders counted out each time.

use sea_orm_migration::prelude::*;

use super::column::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

const REVISIONS: &str = "INSERT INTO cell_head (cell_id, revision) SELECT id, revision FROM cell";

const MEMBERS: &str = "UPDATE head SET members = (SELECT COUNT(*) FROM member m \
    JOIN instance i ON i.id = m.instance_id \
    WHERE i.tenant_id = head.tenant_id AND i.deleted_at IS NULL)";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = vec![id("cell_id"), number("revision")];
        table(manager, "cell_head", &["cell_id"], columns).await?;
        let db = manager.get_connection();
        db.execute_unprepared(REVISIONS).await?;
        let mut cell = Table::alter();
        manager.alter_table(cell.table("cell").drop_column("revision").take()).await?;
        let mut head = Table::alter();
        let members = number("members").default(0).take();
        manager.alter_table(head.table("head").add_column(members).take()).await?;
        db.execute_unprepared(MEMBERS).await?;
        Ok(())
    }
}
