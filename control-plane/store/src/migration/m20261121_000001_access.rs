//! Tenants, their trees, and who may sign in.

use sea_orm_migration::prelude::*;

use super::column::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        tenants(manager).await?;
        tree(manager).await?;
        subjects(manager).await?;
        sign_in(manager).await?;
        Ok(())
    }
}

async fn tenants(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        id("id"),
        text("name", 40),
        text("title", 80),
        word("state"),
        text("zone", 64),
        text("currency", 3),
        number("created_at"),
    ];
    table(manager, "tenant", &["id"], columns).await?;
    unique(manager, "tenant", &["name"]).await?;
    let columns = vec![
        id("tenant_id"),
        number("event_number"),
        number("audit_number"),
        text("audit_hash", 64),
    ];
    table(manager, "head", &["tenant_id"], columns).await?;
    // The installation has a feed and a trail of its own, under the nil id.
    let head = Query::insert()
        .into_table("head")
        .columns(["tenant_id", "event_number", "audit_number", "audit_hash"])
        .values_panic([
            uuid::Uuid::nil().into(),
            0_i64.into(),
            0_i64.into(),
            crate::head::first_hash().into(),
        ])
        .take();
    manager.execute(head).await
}

async fn tree(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        id("id"),
        id("tenant_id"),
        id_null("parent_id"),
        text("name", 40),
        text("title", 80),
        number("created_at"),
        number_null("deleted_at"),
    ];
    table(manager, "organization", &["id"], columns).await?;
    index(manager, "organization", &["tenant_id"]).await?;
    let columns = vec![
        id("id"),
        id("tenant_id"),
        id("organization_id"),
        text("name", 40),
        text("title", 80),
        number("created_at"),
        number_null("deleted_at"),
    ];
    table(manager, "project", &["id"], columns).await?;
    index(manager, "project", &["tenant_id", "organization_id"]).await?;
    let columns = vec![
        id("id"),
        id("tenant_id"),
        word("kind"),
        text("node", 64),
        text("name", 40),
        word("event"),
        text_null("parent", 64),
        number("effective_at"),
        number("entered_at"),
    ];
    table(manager, "tree_event", &["id"], columns).await?;
    index(manager, "tree_event", &["tenant_id", "effective_at"]).await
}

async fn subjects(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        id("id"),
        id_null("tenant_id"),
        text("name", 128),
        text("title", 128),
        word("kind"),
        word("state"),
        number("created_at"),
    ];
    table(manager, "subject", &["id"], columns).await?;
    unique(manager, "subject", &["tenant_id", "name"]).await?;
    let columns = vec![
        id("id"),
        id_null("tenant_id"),
        id("subject_id"),
        text("role", 32),
        text("node", 64),
        number("created_at"),
    ];
    table(manager, "binding", &["id"], columns).await?;
    index(manager, "binding", &["tenant_id"]).await?;
    unique(manager, "binding", &["subject_id", "role", "node"]).await
}

async fn sign_in(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        text("hash", 64),
        id("subject_id"),
        text_null("client", 255),
        number("created_at"),
        number("expires_at"),
        number_null("used_at"),
    ];
    table(manager, "sign_in_code", &["hash"], columns).await?;
    let columns = vec![
        id("id"),
        text("token_hash", 64),
        id("subject_id"),
        id_null("tenant_id"),
        text("client", 255),
        number("created_at"),
        number("expires_at"),
        number_null("ended_at"),
        number("last_used_at"),
    ];
    table(manager, "session", &["id"], columns).await?;
    unique(manager, "session", &["token_hash"]).await?;
    index(manager, "session", &["subject_id"]).await?;
    index(manager, "session", &["expires_at"]).await?;
    let columns = vec![
        id("tenant_id"),
        id("subject_id"),
        text("mutation", 64),
        text("key", 128),
        text("input_hash", 64),
        long(manager, "outcome"),
        number("created_at"),
    ];
    let key = ["tenant_id", "subject_id", "mutation", "key"];
    table(manager, "idempotency", &key, columns).await?;
    index(manager, "idempotency", &["created_at"]).await
}
