//! What can go wrong between a decision and its row, named for the code that decides.

use std::error::Error;

use sea_orm::sqlx::Error as DriverError;
use sea_orm::sqlx::error::DatabaseError;
use sea_orm::sqlx::mysql::MySqlDatabaseError;
use sea_orm::{DbErr, RuntimeErr, SqlErr};

/// The cause as the driver tells it; for the log, never for a client.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// Why a statement or a transaction did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database did not answer; worth another try later.
    #[error("database did not answer")]
    Unavailable(#[source] BoxError),
    /// A statement took longer than is allowed; worth another try later.
    #[error("database took too long")]
    Slow(#[source] BoxError),
    /// There is no room for what was to be written; what is there can be read.
    #[error("disk of the database is full")]
    Full(#[source] BoxError),
    /// The database, or its disk, takes no writes; what is there can be read.
    #[error("database takes no writes")]
    ReadOnly(#[source] BoxError),
    /// The database went away while it was told to commit, so nobody knows whether it did.
    #[error("connection broke in a commit")]
    Unsure(#[source] BoxError),
    /// Another transaction was in the way for too long; worth another try of the whole transaction.
    #[error("another transaction was in the way")]
    Contended(#[source] BoxError),
    /// A row with the same key is there already.
    #[error("a row with the same {constraint} is there already")]
    Conflict {
        /// Name of the unique index, the same on all engines, e.g. `uq_tenant_name`; `primary` for
        /// a primary key.
        constraint: String,
    },
    /// No such row, or none that this transaction may reach.
    #[error("no such row in reach")]
    NotFound,
    /// The row to be written belongs to another tenant, project or cell than the transaction.
    #[error("the row lies outside of what the transaction may reach")]
    OutOfReach,
    /// A cursor of another list.
    #[error("the cursor does not belong to this list")]
    Cursor,
    /// A row holds what this program cannot read.
    #[error("row cannot be read: {0}")]
    Corrupt(String),
    /// The address in the settings names no database that is supported.
    #[error("use a sqlite:, postgres: or mysql: address")]
    Address,
    /// The database refused the statement, e.g. for a text that is too long.
    #[error("database refused the statement")]
    Refused(#[source] BoxError),
}

/// Shorthand of this crate.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        if let Some(SqlErr::UniqueConstraintViolation(message)) = error.sql_err() {
            return Self::Conflict { constraint: constraint(&error, &message) };
        }
        match &error {
            DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => Self::Unavailable(error.into()),
            DbErr::Exec(RuntimeErr::SqlxError(driver))
            | DbErr::Query(RuntimeErr::SqlxError(driver)) => match driver.as_ref() {
                DriverError::Database(told) => match lack(told.as_ref()) {
                    Some(Lack::Turn) => Self::Contended(error.into()),
                    Some(Lack::Answer) => Self::Unavailable(error.into()),
                    Some(Lack::Time) => Self::Slow(error.into()),
                    Some(Lack::Room) => Self::Full(error.into()),
                    Some(Lack::Writes) => Self::ReadOnly(error.into()),
                    None => Self::Refused(error.into()),
                },
                DriverError::Io(_)
                | DriverError::Tls(_)
                | DriverError::Protocol(_)
                | DriverError::PoolTimedOut
                | DriverError::PoolClosed
                | DriverError::WorkerCrashed => Self::Unavailable(error.into()),
                DriverError::ColumnDecode { .. } | DriverError::Decode(_) => {
                    Self::Corrupt(error.to_string())
                }
                _ => Self::Refused(error.into()),
            },
            DbErr::Type(text) | DbErr::Json(text) => Self::Corrupt(text.clone()),
            DbErr::TryIntoErr { .. } => Self::Corrupt(error.to_string()),
            DbErr::RecordNotUpdated | DbErr::RecordNotFound(_) => Self::NotFound,
            _ => Self::Refused(error.into()),
        }
    }
}

impl StoreError {
    /// The same error if it came from a commit: what broke then may have been done.
    pub(crate) fn in_commit(self) -> Self {
        match self {
            Self::Unavailable(source) | Self::Slow(source) => Self::Unsure(source),
            other => other,
        }
    }
}

/// What the database says that it lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lack {
    Turn,
    Answer,
    Time,
    Room,
    Writes,
}

fn lack(error: &dyn DatabaseError) -> Option<Lack> {
    if let Some(error) = error.try_downcast_ref::<MySqlDatabaseError>() {
        return lack_of_mariadb(error.number());
    }
    let code = error.code().unwrap_or_default();
    match code.parse() {
        // SQLSTATE has five characters, codes of SQLite have at most four.
        Ok(number) if code.len() < 5 => lack_of_sqlite(number),
        _ => lack_of_postgres(&code),
    }
}

/// <https://www.sqlite.org/rescode.html>; the lowest byte is the primary code.
fn lack_of_sqlite(code: i32) -> Option<Lack> {
    match code & 0xff {
        // SQLITE_BUSY, also with its extended codes.
        5 => Some(Lack::Turn),
        8 => Some(Lack::Writes),
        // An operation of the disk failed, or a file could not be opened.
        10 | 14 => Some(Lack::Answer),
        13 => Some(Lack::Room),
        _ => None,
    }
}

/// <https://www.postgresql.org/docs/15/errcodes-appendix.html>
fn lack_of_postgres(code: &str) -> Option<Lack> {
    match code {
        "40001" | "40P01" | "55P03" => Some(Lack::Turn),
        "57014" => Some(Lack::Time),
        "53100" => Some(Lack::Room),
        "25006" => Some(Lack::Writes),
        "25P03" | "57P01" | "57P02" | "57P03" | "57P05" | "58000" | "58030" => Some(Lack::Answer),
        _ if code.starts_with("08") || code.starts_with("53") => Some(Lack::Answer),
        _ => None,
    }
}

/// <https://mariadb.com/kb/en/mariadb-error-codes/>
fn lack_of_mariadb(number: u16) -> Option<Lack> {
    match number {
        1205 | 1213 => Some(Lack::Turn),
        1969 | 3024 => Some(Lack::Time),
        1021 | 1114 => Some(Lack::Room),
        1290 | 1792 | 1836 => Some(Lack::Writes),
        1040 | 1053 | 1927 | 2006 | 2013 => Some(Lack::Answer),
        _ => None,
    }
}

/// PostgreSQL tells the name apart, MariaDB within quotes at the end of its message
/// (`… for key 'uq_tenant_name'`), SQLite the columns (`… failed: tenant.name`).
fn constraint(error: &DbErr, message: &str) -> String {
    let driver = match error {
        DbErr::Exec(RuntimeErr::SqlxError(driver))
        | DbErr::Query(RuntimeErr::SqlxError(driver)) => driver.as_database_error(),
        _ => None,
    };
    if driver.and_then(|driver| driver.code()).as_deref() == Some("1555") {
        return "primary".to_owned();
    }
    let name = match driver.and_then(|driver| driver.constraint()) {
        Some(name) => name.to_owned(),
        None => match message.split_once("failed: ") {
            Some((_, columns)) => index_of_columns(columns),
            None => message.rsplit('\'').nth(1).unwrap_or(message).to_owned(),
        },
    };
    if name == "PRIMARY" || name.ends_with("_pkey") { "primary".to_owned() } else { name }
}

/// Unique indexes are named after their table and columns: `uq_<table>_<column>_<column>`.
fn index_of_columns(columns: &str) -> String {
    let mut name = String::from("uq");
    for (place, column) in columns.split(", ").enumerate() {
        let (table, column) = column.split_once('.').unwrap_or(("", column));
        if place == 0 {
            name.push('_');
            name.push_str(table);
        }
        name.push('_');
        name.push_str(column);
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_is_named_after_its_columns() {
        assert_eq!(index_of_columns("tenant.name"), "uq_tenant_name");
        assert_eq!(
            index_of_columns("instance.project_id, instance.live_name"),
            "uq_instance_project_id_live_name"
        );
    }

    #[test]
    fn what_a_database_lacks_is_told_by_its_own_code() {
        assert_eq!(lack_of_sqlite(13), Some(Lack::Room));
        assert_eq!(lack_of_sqlite(517), Some(Lack::Turn));
        assert_eq!(lack_of_sqlite(778), Some(Lack::Answer), "a write to the disk failed");
        assert_eq!(lack_of_sqlite(1032), Some(Lack::Writes));
        assert_eq!(lack_of_sqlite(11), None, "a damaged file is nothing to wait for");
        assert_eq!(lack_of_postgres("53100"), Some(Lack::Room));
        assert_eq!(lack_of_postgres("57014"), Some(Lack::Time));
        assert_eq!(lack_of_postgres("08006"), Some(Lack::Answer));
        assert_eq!(lack_of_postgres("22001"), None, "a text that is too long is no lack");
        assert_eq!(lack_of_mariadb(1021), Some(Lack::Room));
        assert_eq!(lack_of_mariadb(1969), Some(Lack::Time));
        assert_eq!(lack_of_mariadb(1406), None);
    }

    #[test]
    fn what_broke_in_a_commit_may_have_been_done() {
        let broke = StoreError::Unavailable("connection reset".into()).in_commit();
        assert!(matches!(broke, StoreError::Unsure(_)));
        let refused = StoreError::Full("no room".into()).in_commit();
        assert!(matches!(refused, StoreError::Full(_)), "it was surely not done");
    }

    #[test]
    fn a_message_does_not_repeat_its_source() {
        let error = StoreError::Unavailable("connection reset".into());
        assert_eq!(error.to_string(), "database did not answer");
    }
}
