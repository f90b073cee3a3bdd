//! Sessions: signed-in browsers and command lines.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DeleteMany, EntityTrait, QueryFilter, Select, UpdateMany};
use types::id::{SessionId, SubjectId, TenantId};
use types::instant::Instant;

use crate::error::Result;
use crate::table::{insert as insert_row, table};
use crate::tx::{Connected, FleetTx, InFleet, TenantTx, of_tenant};

table! {
    /// A signed-in browser or command line.
    Session = "session" {
        /// Id.
        #[sea_orm(primary_key, auto_increment = false)]
        id: SessionId,
        /// Lower-case hex SHA-256 of the token; the token itself is nowhere.
        token_hash: String,
        /// Who is signed in.
        subject_id: SubjectId,
        /// The subject's tenant; none for operators of the installation.
        tenant_id: Option<TenantId>,
        /// What signed in, e.g. `portal`.
        client: String,
        /// When it was opened.
        created_at: Instant,
        /// From when on it is worth nothing.
        expires_at: Instant,
        /// When it was ended before that.
        ended_at: Option<Instant>,
        /// When it was last seen, give or take a minute.
        last_used_at: Instant,
    }
}

/// Sessions in one statement.
const AT_ONCE: usize = 1_000;

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

/// Opens a session.
pub async fn insert(tx: &FleetTx, row: Session) -> Result<()> {
    insert_row(&tx.db(), row).await
}

/// The session of a token, if it is neither ended nor expired.
pub async fn find_by_token(
    tx: &dyn InFleet,
    token_hash: &str,
    now: Instant,
) -> Result<Option<Session>> {
    let open = own_anywhere(tx)
        .filter(Column::TokenHash.eq(token_hash))
        .filter(Column::EndedAt.is_null())
        .filter(Column::ExpiresAt.gt(now));
    Ok(open.one(&tx.db()).await?)
}

/// By id, whether open or not.
pub async fn find(tx: &dyn InFleet, id: SessionId) -> Result<Option<Session>> {
    Ok(own_anywhere(tx).filter(Column::Id.eq(id)).one(&tx.db()).await?)
}

/// Notes that it is in use.
pub async fn touch(tx: &FleetTx, id: SessionId, now: Instant) -> Result<()> {
    let touched = own_update_anywhere(tx)
        .col_expr(Column::LastUsedAt, Expr::value(now))
        .filter(Column::Id.eq(id));
    touched.exec(&tx.db()).await?;
    Ok(())
}

/// Ends it; one that has ended stays as it was.
pub async fn end(tx: &FleetTx, id: SessionId, now: Instant) -> Result<()> {
    end_where(tx, Column::Id.eq(id), now).await
}

/// Ends all sessions of a subject, e.g. when it is disabled.
pub async fn end_all(tx: &FleetTx, subject: SubjectId, now: Instant) -> Result<()> {
    end_where(tx, Column::SubjectId.eq(subject), now).await
}

/// Ends sessions of the tenant.
pub async fn end_of_tenant(tx: &TenantTx, ids: &[SessionId], now: Instant) -> Result<()> {
    for ids in ids.chunks(AT_ONCE) {
        let open = own_update(tx)
            .col_expr(Column::EndedAt, Expr::value(now))
            .filter(Column::Id.is_in(ids.iter().copied()))
            .filter(Column::EndedAt.is_null());
        open.exec(&tx.db()).await?;
    }
    Ok(())
}

async fn end_where(
    tx: &FleetTx,
    which: sea_orm::sea_query::SimpleExpr,
    now: Instant,
) -> Result<()> {
    let open = own_update_anywhere(tx)
        .col_expr(Column::EndedAt, Expr::value(now))
        .filter(which)
        .filter(Column::EndedAt.is_null());
    open.exec(&tx.db()).await?;
    Ok(())
}

/// Removes those that expired before the instant.
pub async fn delete_before(tx: &FleetTx, instant: Instant) -> Result<u64> {
    let expired = own_delete_anywhere(tx).filter(Column::ExpiresAt.lt(instant));
    Ok(expired.exec(&tx.db()).await?.rows_affected)
}
