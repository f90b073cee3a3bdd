//! Access tokens: what programs sign in with, for a person or for a service account.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, DeleteMany, EntityTrait, Order, QueryFilter, QuerySelect, Select,
    UpdateMany,
};
use types::id::{SubjectId, TenantId, TokenId};
use types::instant::Instant;

use crate::error::{Result, StoreError};
use crate::page::{self, Cursor, Page, Paged, Sorted};
use crate::table::{insert as insert_row, replace, table};
use crate::tx::{Connected, FleetTx, InFleet, TenantTx, of_tenant};

table! {
    /// A token that a program signs in with.
    AccessToken = "access_token" {
        /// Id.
        #[sea_orm(primary_key, auto_increment = false)]
        id: TokenId,
        /// Lower-case hex SHA-256 of the token; the token itself is nowhere.
        hash: String,
        /// The same of the one before the last rotation.
        previous_hash: Option<String>,
        /// Until when that one is good as well.
        previous_until: Option<Instant>,
        /// Whom it signs in.
        subject_id: SubjectId,
        /// The subject's tenant; none for operators of the installation.
        tenant_id: Option<TenantId>,
        /// For people.
        name: String,
        /// Name of who made it.
        created_by: String,
        /// When it was made.
        created_at: Instant,
        /// From when on it is worth nothing.
        expires_at: Instant,
        /// When it was ended before that.
        revoked_at: Option<Instant>,
        /// When it last became worth less: was revoked or rotated, or its subject was ended.
        changed_at: Instant,
        /// When it was last seen, give or take a minute.
        last_used_at: Option<Instant>,
        /// From where that was.
        last_address: Option<String>,
        /// Where it may be used from, as a JSON list of CIDR ranges; an empty one: from anywhere.
        addresses: String,
        /// What it may be used for, as a JSON list of actions; none: for all its subject may do.
        actions: Option<String>,
        /// Text form of the id of what it reaches, with all below; none: all its subject reaches.
        node: Option<String>,
    }
}

impl Sorted for AccessToken {
    fn cursor(&self) -> Cursor {
        Cursor::id(self.id.uuid())
    }
}

fn own_update(tx: &TenantTx) -> UpdateMany<Entity> {
    Entity::update_many().filter(of_tenant(tx, Column::TenantId))
}

fn own_anywhere(_: &dyn InFleet) -> Select<Entity> {
    Entity::find()
}

fn own_update_anywhere(_: &FleetTx) -> UpdateMany<Entity> {
    Entity::update_many()
}

fn own_delete_anywhere(_: &FleetTx) -> DeleteMany<Entity> {
    Entity::delete_many()
}

/// Adds a token.
pub async fn insert(tx: &FleetTx, row: AccessToken) -> Result<()> {
    insert_row(&tx.db(), row).await
}

/// Changes a token.
pub async fn update(tx: &FleetTx, row: AccessToken) -> Result<()> {
    let update = own_update_anywhere(tx).filter(Column::Id.eq(row.id));
    replace(&tx.db(), update, row).await
}

/// By the hash of what was shown, now or before the last rotation; whether good or not.
pub async fn find_by_hash(tx: &dyn InFleet, hash: &str) -> Result<Option<AccessToken>> {
    let either = Condition::any().add(Column::Hash.eq(hash)).add(Column::PreviousHash.eq(hash));
    Ok(own_anywhere(tx).filter(either).one(&tx.db()).await?)
}

/// By id.
pub async fn find(tx: &dyn InFleet, id: TokenId) -> Result<Option<AccessToken>> {
    Ok(own_anywhere(tx).filter(Column::Id.eq(id)).one(&tx.db()).await?)
}

/// By id, held until the end.
pub async fn lock(tx: &FleetTx, id: TokenId) -> Result<AccessToken> {
    let found = own_anywhere(tx).filter(Column::Id.eq(id)).lock_exclusive().one(&tx.db()).await?;
    found.ok_or(StoreError::NotFound)
}

/// Those of a subject, the newest first.
pub async fn list(tx: &dyn InFleet, subject: SubjectId, page: &Page) -> Result<Paged<AccessToken>> {
    let of_subject = own_anywhere(tx).filter(Column::SubjectId.eq(subject));
    page::fetch(of_subject, Column::Id, Order::Desc, page, &tx.db()).await
}

/// Names of those who made the tokens of a subject.
pub async fn makers(tx: &dyn InFleet, subject: SubjectId) -> Result<Vec<String>> {
    let makers = own_anywhere(tx)
        .filter(Column::SubjectId.eq(subject))
        .select_only()
        .column(Column::CreatedBy)
        .distinct()
        .into_tuple::<String>();
    Ok(makers.all(&tx.db()).await?)
}

/// How many of a subject are neither revoked nor expired.
pub async fn count_good(tx: &dyn InFleet, subject: SubjectId, now: Instant) -> Result<u64> {
    use sea_orm::PaginatorTrait;
    let good = own_anywhere(tx)
        .filter(Column::SubjectId.eq(subject))
        .filter(Column::RevokedAt.is_null())
        .filter(Column::ExpiresAt.gt(now));
    Ok(good.count(&tx.db()).await?)
}

/// Those that became worth less at the instant or after it.
pub async fn changed_since(tx: &dyn InFleet, instant: Instant) -> Result<Vec<TokenId>> {
    let changed = own_anywhere(tx)
        .filter(Column::ChangedAt.gte(instant))
        .select_only()
        .column(Column::Id)
        .into_tuple::<TokenId>();
    Ok(changed.all(&tx.db()).await?)
}

/// Notes that it is in use, and from where.
pub async fn touch(tx: &FleetTx, id: TokenId, at: Instant, address: Option<String>) -> Result<()> {
    let unseen = Condition::any().add(Column::LastUsedAt.is_null()).add(Column::LastUsedAt.lte(at));
    let touched = own_update_anywhere(tx)
        .col_expr(Column::LastUsedAt, Expr::value(at))
        .col_expr(Column::LastAddress, Expr::value(address))
        .filter(Column::Id.eq(id))
        .filter(unseen);
    touched.exec(&tx.db()).await?;
    Ok(())
}

/// Revokes all of a subject of the tenant.
pub async fn revoke_all(tx: &TenantTx, subject: SubjectId, now: Instant) -> Result<u64> {
    let good = own_update(tx)
        .col_expr(Column::RevokedAt, Expr::value(now))
        .col_expr(Column::ChangedAt, Expr::value(now))
        .filter(Column::SubjectId.eq(subject))
        .filter(Column::RevokedAt.is_null());
    Ok(good.exec(&tx.db()).await?.rows_affected)
}

/// Lets every process look again at the tokens of a subject, e.g. when it is disabled.
pub async fn mark_all(tx: &FleetTx, subject: SubjectId, now: Instant) -> Result<()> {
    let marked = own_update_anywhere(tx)
        .col_expr(Column::ChangedAt, Expr::value(now))
        .filter(Column::SubjectId.eq(subject));
    marked.exec(&tx.db()).await?;
    Ok(())
}

/// The same for a subject of the tenant.
pub async fn mark_of_subject(tx: &TenantTx, subject: SubjectId, now: Instant) -> Result<()> {
    let marked = own_update(tx)
        .col_expr(Column::ChangedAt, Expr::value(now))
        .filter(Column::SubjectId.eq(subject));
    marked.exec(&tx.db()).await?;
    Ok(())
}

/// Removes those that expired before the instant.
pub async fn delete_before(tx: &FleetTx, instant: Instant) -> Result<u64> {
    let expired = own_delete_anywhere(tx).filter(Column::ExpiresAt.lt(instant));
    Ok(expired.exec(&tx.db()).await?.rows_affected)
}
