//! Looking at a database without changing it: what it is, how it is set, whether it can be written.
//!
//! The few statements that each engine spells in its own way; what the answers mean is judged by
//! the one who asks.

use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use types::instant::Instant;

use crate::error::{Result, StoreError};
use crate::store::{Engine, Store};
use crate::tx::{Connected, FleetTx, InFleet};

/// One setting of a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// How the engine calls it.
    pub name: &'static str,
    /// What it is.
    pub found: String,
    /// What it has to be, if that matters.
    pub wanted: Option<&'static str>,
}

impl Setting {
    /// Whether it is as it has to be.
    pub fn is_good(&self) -> bool {
        self.wanted.is_none_or(|wanted| self.found.eq_ignore_ascii_case(wanted))
    }
}

/// Version and settings that the plane's promises rest on.
///
/// # Errors
/// As for any read.
pub async fn settings(store: &Store) -> Result<Vec<Setting>> {
    let asked: &[(&'static str, &str, Option<&'static str>)] = match store.engine() {
        Engine::Sqlite => &[
            ("version", "SELECT sqlite_version()", None),
            ("journal_mode", "PRAGMA journal_mode", Some("wal")),
        ],
        Engine::Postgres => &[
            ("version", "SHOW server_version", None),
            ("server_encoding", "SHOW server_encoding", Some("UTF8")),
            ("fsync", "SHOW fsync", Some("on")),
            ("full_page_writes", "SHOW full_page_writes", Some("on")),
            ("synchronous_commit", "SHOW synchronous_commit", Some("on")),
        ],
        Engine::MariaDb => &[
            ("version", "SELECT CAST(@@version AS CHAR)", None),
            (
                "tables that are not utf8mb4_bin",
                "SELECT CAST(COUNT(*) AS CHAR) FROM information_schema.tables WHERE \
                 table_schema = DATABASE() AND table_collation <> 'utf8mb4_bin' \
                 AND table_name <> 'seaql_migrations'",
                Some("0"),
            ),
            (
                "innodb_flush_log_at_trx_commit",
                "SELECT CAST(@@innodb_flush_log_at_trx_commit AS CHAR)",
                Some("1"),
            ),
        ],
    };
    let mut found = Vec::new();
    for (name, statement, wanted) in asked {
        let text = text(store.reading(), statement).await?;
        found.push(Setting { name, found: text, wanted: *wanted });
    }
    Ok(found)
}

/// What the database takes for the time; none of an embedded one, which has no clock of its own.
///
/// # Errors
/// As for any read.
pub async fn now(store: &Store) -> Result<Option<Instant>> {
    let statement = match store.engine() {
        Engine::Sqlite => return Ok(None),
        Engine::Postgres => {
            "SELECT CAST(CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT) AS TEXT)"
        }
        Engine::MariaDb => {
            "SELECT CAST(CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS SIGNED) AS CHAR)"
        }
    };
    let micros = text(store.reading(), statement).await?;
    let micros = micros.parse().map_err(|_| StoreError::Corrupt(micros))?;
    Ok(Some(Instant::from_micros(micros)))
}

/// Whether a row could be changed: a statement that finds none, and is rolled back.
///
/// # Errors
/// As for any write.
pub async fn try_write(tx: FleetTx) -> Result<()> {
    tx.db().execute_unprepared("UPDATE cell SET title = title WHERE id IS NULL").await?;
    Ok(())
}

/// How many feeds and how many trails do not end where their head says.
///
/// # Errors
/// As for any read.
pub async fn broken_heads(tx: &dyn InFleet) -> Result<i64> {
    let statement = "SELECT COUNT(*) FROM head h WHERE \
        h.event_number <> COALESCE((SELECT MAX(e.number) FROM event e \
            WHERE e.tenant_id = h.tenant_id), 0) \
        OR h.audit_number <> COALESCE((SELECT MAX(a.number) FROM audit a \
            WHERE a.tenant_id = h.tenant_id), 0)";
    let db = tx.db();
    let statement = Statement::from_string(db.get_database_backend(), statement);
    let row = db.query_one_raw(statement).await?.ok_or(StoreError::NotFound)?;
    Ok(row.try_get_by_index(0)?)
}

async fn text(db: &DatabaseConnection, statement: &str) -> Result<String> {
    let statement = Statement::from_string(db.get_database_backend(), statement);
    let row = db.query_one_raw(statement).await?.ok_or(StoreError::NotFound)?;
    Ok(row.try_get_by_index(0)?)
}
