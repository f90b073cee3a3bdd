//! Sessions: signed-in browsers and command lines.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, DeleteMany, EntityTrait, Order, QueryFilter, QuerySelect, Select,
    UpdateMany,
};
use types::id::{SessionId, SubjectId, TenantId};
use types::instant::Instant;

use crate::error::Result;
use crate::page::{self, Cursor, Page, Paged, Sorted};
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
        /// From where that was.
        last_address: Option<String>,
        /// Who acts as the subject by it; none for the subject's own.
        impersonator_id: Option<SubjectId>,
        /// That one's name.
        impersonator: Option<String>,
        /// Why they do.
        reason: Option<String>,
    }
}

impl Sorted for Session {
    fn cursor(&self) -> Cursor {
        Cursor::id(self.id.uuid())
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

/// Which of them that are neither ended nor expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenSessions {
    /// Those of a subject.
    Of(SubjectId),
    /// Those by which somebody acts as a subject of the tenant.
    ImpersonatedIn(TenantId),
}

/// Open sessions, the newest first.
pub async fn list_open(
    tx: &dyn InFleet,
    which: OpenSessions,
    now: Instant,
    page: &Page,
) -> Result<Paged<Session>> {
    let which = match which {
        OpenSessions::Of(subject) => Condition::all().add(Column::SubjectId.eq(subject)),
        OpenSessions::ImpersonatedIn(tenant) => Condition::all()
            .add(Column::TenantId.eq(tenant))
            .add(Column::ImpersonatorId.is_not_null()),
    };
    let open = own_anywhere(tx)
        .filter(which)
        .filter(Column::EndedAt.is_null())
        .filter(Column::ExpiresAt.gt(now));
    page::fetch(open, Column::Id, Order::Desc, page, &tx.db()).await
}

/// Those that were ended at the instant or after it.
pub async fn ended_since(tx: &dyn InFleet, instant: Instant) -> Result<Vec<SessionId>> {
    let ended = own_anywhere(tx)
        .filter(Column::EndedAt.gte(instant))
        .select_only()
        .column(Column::Id)
        .into_tuple::<SessionId>();
    Ok(ended.all(&tx.db()).await?)
}

/// Notes that it is in use, and from where.
pub async fn touch(
    tx: &FleetTx,
    id: SessionId,
    at: Instant,
    address: Option<String>,
) -> Result<()> {
    let touched = own_update_anywhere(tx)
        .col_expr(Column::LastUsedAt, Expr::value(at))
        .col_expr(Column::LastAddress, Expr::value(address))
        .filter(Column::Id.eq(id))
        .filter(Column::LastUsedAt.lte(at));
    touched.exec(&tx.db()).await?;
    Ok(())
}

/// Gives an open session to whoever has the token of another hash; false if it is over.
pub async fn hand_over(
    tx: &FleetTx,
    id: SessionId,
    token_hash: String,
    client: String,
    now: Instant,
) -> Result<bool> {
    let open = own_update_anywhere(tx)
        .col_expr(Column::TokenHash, Expr::value(token_hash))
        .col_expr(Column::Client, Expr::value(client))
        .filter(Column::Id.eq(id))
        .filter(Column::EndedAt.is_null())
        .filter(Column::ExpiresAt.gt(now));
    Ok(open.exec(&tx.db()).await?.rows_affected == 1)
}

/// Ends it; one that has ended stays as it was.
pub async fn end(tx: &FleetTx, id: SessionId, now: Instant) -> Result<()> {
    end_where(tx, Condition::all().add(Column::Id.eq(id)), now).await?;
    Ok(())
}

/// Ends all sessions of a subject, e.g. when it is disabled.
pub async fn end_all(tx: &FleetTx, subject: SubjectId, now: Instant) -> Result<u64> {
    end_where(tx, Condition::all().add(Column::SubjectId.eq(subject)), now).await
}

/// Ends all sessions of a subject of the tenant.
pub async fn end_of_subject(tx: &TenantTx, subject: SubjectId, now: Instant) -> Result<()> {
    let open = own_update(tx)
        .col_expr(Column::EndedAt, Expr::value(now))
        .filter(Column::SubjectId.eq(subject))
        .filter(Column::EndedAt.is_null());
    open.exec(&tx.db()).await?;
    Ok(())
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

/// Ends the open ones of a subject, but for one.
pub async fn end_others(
    tx: &FleetTx,
    subject: SubjectId,
    but: SessionId,
    now: Instant,
) -> Result<u64> {
    let others = Condition::all()
        .add(Column::SubjectId.eq(subject))
        .add(Column::ExpiresAt.gt(now))
        .add(Column::Id.ne(but));
    end_where(tx, others, now).await
}

async fn end_where(tx: &FleetTx, which: Condition, now: Instant) -> Result<u64> {
    let open = own_update_anywhere(tx)
        .col_expr(Column::EndedAt, Expr::value(now))
        .filter(which)
        .filter(Column::EndedAt.is_null());
    Ok(open.exec(&tx.db()).await?.rows_affected)
}

/// Removes those that expired before the instant.
pub async fn delete_before(tx: &FleetTx, instant: Instant) -> Result<u64> {
    let expired = own_delete_anywhere(tx).filter(Column::ExpiresAt.lt(instant));
    Ok(expired.exec(&tx.db()).await?.rows_affected)
}
