//! Instances, their members, and the work on them.

use sea_orm_migration::prelude::*;

use super::column::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        instances(manager).await?;
        members(manager).await?;
        operations(manager).await?;
        lifecycle(manager).await?;
        Ok(())
    }
}

async fn instances(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        id("id"),
        id("tenant_id"),
        id("project_id"),
        id("cell_id"),
        text("name", 40),
        text_null("live_name", 40),
        text("package", 64),
        text("package_version", 64),
        text("package_digest", 64),
        text("software_version", 64),
        text("topology", 64),
        id("plan_id"),
        number("millivcpu"),
        number("memory_mib"),
        number("storage_mib"),
        word("wish"),
        word("state"),
        number("generation"),
        number("observed_generation"),
        text_null("installed_version", 255),
        text_null("installed_digest", 128),
        long(manager, "secrets"),
        small("configuration_number"),
        number("revision"),
        id("operation_id"),
        number("created_at"),
        id("created_by"),
        number_null("deleted_at"),
        number_null("forgotten_at"),
    ];
    table(manager, "instance", &["id"], columns).await?;
    unique(manager, "instance", &["project_id", "live_name"]).await?;
    index(manager, "instance", &["cell_id", "revision"]).await?;
    index(manager, "instance", &["tenant_id", "project_id", "id"]).await?;
    let columns = vec![
        id("instance_id"),
        small("number"),
        id("tenant_id"),
        id("project_id"),
        id("cell_id"),
        long(manager, "parameters"),
        number("created_at"),
        id("created_by"),
        id("operation_id"),
    ];
    table(manager, "configuration", &["instance_id", "number"], columns).await
}

async fn members(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        id("id"),
        id("tenant_id"),
        id("project_id"),
        id("instance_id"),
        id("cell_id"),
        small("ordinal"),
        text("role", 64),
        id("volume_id"),
        word("state"),
        number_null("since"),
        text_null("observed_role", 64),
        text_null("host", 255),
        small_null("port"),
        number_null("pid"),
        small("restarts"),
        long_null(manager, "problem"),
        number_null("observed_at"),
    ];
    table(manager, "member", &["id"], columns).await?;
    unique(manager, "member", &["instance_id", "ordinal"]).await?;
    unique(manager, "member", &["volume_id"]).await
}

async fn operations(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        id("id"),
        id("tenant_id"),
        id("project_id"),
        id("instance_id"),
        id("cell_id"),
        word("kind"),
        word("state"),
        number("generation"),
        number("created_at"),
        id("created_by"),
        number_null("started_at"),
        number_null("ended_at"),
        number("deadline"),
        long(manager, "steps"),
        text_null("problem_code", 64),
        long_null(manager, "problem_message"),
        number("last_line"),
    ];
    table(manager, "operation", &["id"], columns).await?;
    index(manager, "operation", &["instance_id"]).await?;
    index(manager, "operation", &["tenant_id", "project_id", "id"]).await?;
    index(manager, "operation", &["state", "deadline"]).await?;
    let columns = vec![
        id("operation_id"),
        number("number"),
        id("tenant_id"),
        id("project_id"),
        small("step"),
        number("at"),
        long(manager, "text"),
    ];
    table(manager, "operation_log", &["operation_id", "number"], columns).await
}

async fn lifecycle(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        id("id"),
        id("tenant_id"),
        id("project_id"),
        id("instance_id"),
        id("cell_id"),
        text("resource", 64),
        word("kind"),
        id_null("plan_id"),
        word("state"),
        number("at"),
        number("recorded_at"),
        text_null("billed_in", 7),
    ];
    table(manager, "lifecycle", &["id"], columns).await?;
    index(manager, "lifecycle", &["tenant_id", "resource", "at"]).await?;
    index(manager, "lifecycle", &["resource", "at", "state"]).await?;
    index(manager, "lifecycle", &["tenant_id", "billed_in", "at"]).await?;
    index(manager, "lifecycle", &["tenant_id", "state", "at"]).await?;
    index(manager, "lifecycle", &["instance_id"]).await
}
