//! What can go wrong between a decision and its row, named for the code that decides.

use std::error::Error;

use sea_orm::sqlx::Error as DriverError;
use sea_orm::{DbErr, RuntimeErr, SqlErr};

/// The cause as the driver tells it; for the log, never for a client.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// Why a statement or a transaction did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database did not answer; worth another try later.
    #[error("database did not answer")]
    Unavailable(#[source] BoxError),
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
                DriverError::Database(_) if is_contention(driver) => Self::Contended(error.into()),
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

/// SQLSTATE 40001 and 40P01; 1205 and 1213 of MariaDB; SQLITE_BUSY and its extended codes.
fn is_contention(error: &DriverError) -> bool {
    let DriverError::Database(error) = error else { return false };
    let code = error.code().unwrap_or_default();
    if let Some(error) = error.try_downcast_ref::<sea_orm::sqlx::mysql::MySqlDatabaseError>() {
        return matches!(error.number(), 1205 | 1213);
    }
    matches!(code.as_ref(), "40001" | "40P01" | "55P03" | "5" | "261" | "517" | "773")
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
    fn a_message_does_not_repeat_its_source() {
        let error = StoreError::Unavailable("connection reset".into());
        assert_eq!(error.to_string(), "database did not answer");
    }
}
