//! OpenID providers of tenants, who their people are here, sign-ins on their way, and what is
//! needed to sign out there as well.

use sea_orm_migration::prelude::*;

use super::column::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        providers(manager).await?;
        identities(manager).await?;
        pending(manager).await?;
        sessions(manager).await
    }
}

async fn providers(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        id("id"),
        id("tenant_id"),
        text("name", 40),
        text("title", 80),
        text("issuer", 512),
        text("client_id", 255),
        long_null(manager, "client_secret"),
        text("scopes", 512),
        text("name_claim", 128),
        text_null("groups_claim", 128),
        long(manager, "group_mapping"),
        truth("creates_people"),
        truth("links_by_name"),
        truth("assumes_s256"),
        word("state"),
        number("created_at"),
        number("changed_at"),
    ];
    table(manager, "identity_provider", &["id"], columns).await?;
    unique(manager, "identity_provider", &["tenant_id", "name"]).await
}

async fn identities(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        id("provider_id"),
        // MariaDB takes "alice" and "alice " for the same text, so people are told apart by this.
        text("external_hash", 64),
        text("external", 255),
        id("tenant_id"),
        id("subject_id"),
        number("created_at"),
        number("last_used_at"),
    ];
    let key = ["provider_id", "external_hash"];
    table(manager, "external_identity", &key, columns).await?;
    index(manager, "external_identity", &["subject_id"]).await
}

async fn pending(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        text("hash", 64),
        id("provider_id"),
        id("tenant_id"),
        text("nonce_hash", 64),
        text("browser_hash", 64),
        long(manager, "verifier"),
        text("return_path", 1024),
        number("created_at"),
        number("expires_at"),
        number_null("used_at"),
    ];
    table(manager, "pending_sign_in", &["hash"], columns).await?;
    index(manager, "pending_sign_in", &["expires_at"]).await
}

async fn sessions(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        id("session_id"),
        id("provider_id"),
        id("tenant_id"),
        long(manager, "id_token"),
        number("expires_at"),
    ];
    table(manager, "external_session", &["session_id"], columns).await?;
    index(manager, "external_session", &["provider_id"]).await?;
    index(manager, "external_session", &["expires_at"]).await
}
