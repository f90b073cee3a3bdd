//! How each engine is connected to, and what its connections are set to.

use std::time::Duration;

use sea_orm::sqlx::Connection;
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, Database, DatabaseConnection};

use super::StoreSettings;
use crate::error::Result;
use crate::wall;

/// A connection that was not used for so long is asked whether its server is there.
pub(crate) const ASK_AFTER: Duration = Duration::from_secs(1);
/// How long a connection may take to end what it was left in; a rollback is part of that.
pub(crate) const REST_LIMIT: Duration = Duration::from_secs(5);

pub(super) fn options(settings: &StoreSettings, url: String) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(settings.connections_max)
        .acquire_timeout(settings.wait)
        // Each question would wait for another one; see `is_there`.
        .test_before_acquire(false)
        .sqlx_logging(false);
    options
}

pub(super) fn sqlite(settings: &StoreSettings, read_only: bool) -> ConnectOptions {
    let mut options = options(settings, settings.url.reveal().to_owned());
    if !read_only {
        options.max_connections(1);
    }
    let wait = settings.wait;
    options.map_sqlx_sqlite_opts(move |options| {
        options
            .create_if_missing(!read_only)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(wait)
            .pragma("query_only", if read_only { "ON" } else { "OFF" })
    });
    // On a full disk SQLite may end a transaction by itself, and the rollback that follows fails.
    // Whoever got the connection then would write into a transaction that nobody commits.
    options.map_sqlx_sqlite_pool_opts(|pool| {
        pool.before_acquire(|connection, _| {
            let is_clean = !connection.is_in_transaction();
            Box::pin(async move { Ok(is_clean) })
        })
    });
    options
}

/// As whom to connect to PostgreSQL.
#[derive(Clone, Copy)]
pub(super) enum As {
    /// As who signs in: makes tables and policies.
    Owner,
    /// Under the role, for rows of all tenants.
    Anybody,
    /// Under the role, for whichever tenant is set.
    Tenant,
}

/// A connection to PostgreSQL that may change tables and policies.
pub(super) async fn owner(settings: &StoreSettings) -> Result<DatabaseConnection> {
    Ok(Database::connect(postgres(settings, As::Owner)).await?)
}

pub(super) fn postgres(settings: &StoreSettings, who: As) -> ConnectOptions {
    let mut options = options(settings, settings.url.reveal().to_owned());
    let limit = settings.statement.map(|limit| limit.as_millis().max(1).to_string());
    let (role, is_lazy) = match who {
        As::Owner => (None, false),
        As::Anybody | As::Tenant => (settings.role.clone(), true),
    };
    options.connect_lazy(is_lazy);
    let reach = match who {
        As::Owner | As::Anybody => Some((wall::SETTING, wall::ANY)),
        As::Tenant => None,
    };
    if let As::Owner = who {
        options.max_connections(1);
    }
    options.map_sqlx_postgres_pool_opts(|pool| {
        pool.before_acquire(|connection, known| Box::pin(is_there(connection, known.idle_for)))
            .after_release(|connection, _| Box::pin(come_to_rest(connection)))
    });
    options.map_sqlx_postgres_opts(move |options| {
        let options = options.options(reach).options(role.iter().map(|role| ("role", role)));
        let options = options.options([
            ("default_transaction_isolation", "read committed"),
            // So that the server notices within a minute that a plane is gone, with its locks.
            ("tcp_keepalives_idle", "30"),
            ("tcp_keepalives_interval", "10"),
            ("tcp_keepalives_count", "3"),
        ]);
        let Some(limit) = &limit else { return options };
        options
            .options([("statement_timeout", limit), ("idle_in_transaction_session_timeout", limit)])
    });
    options
}

pub(super) fn mariadb(settings: &StoreSettings) -> ConnectOptions {
    let url = settings.url.reveal();
    let url = url.strip_prefix("mariadb:").map_or(url.to_owned(), |rest| format!("mysql:{rest}"));
    let mut options = options(settings, url);
    options.map_sqlx_mysql_opts(|options| options.charset("utf8mb4").collation("utf8mb4_bin"));
    let limit = settings.statement.map(|limit| limit.as_secs().max(1));
    options.map_sqlx_mysql_pool_opts(move |options| {
        let options = options
            .before_acquire(|connection, known| Box::pin(is_there(connection, known.idle_for)))
            .after_release(|connection, _| Box::pin(come_to_rest(connection)));
        options.after_connect(move |connection, _| {
            Box::pin(async move {
                use sea_orm::sqlx::{AssertSqlSafe, Executor};
                let level = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED";
                connection.execute(level).await?;
                // Without the strict mode a text that is too long would be cut without a word.
                let strict = "SET SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES')";
                connection.execute(strict).await?;
                if let Some(limit) = limit {
                    // MySQL does not know these two; there no statement has a limit.
                    for name in ["max_statement_time", "idle_transaction_timeout"] {
                        let set = format!("SET SESSION {name} = {limit}");
                        let _ = connection.execute(AssertSqlSafe(set)).await;
                    }
                }
                Ok(())
            })
        })
    });
    options
}

/// Whether a server still answers on a connection that lay still for a while. One that served a
/// moment ago is used without asking: if its server died since, the statement says so.
async fn is_there(
    connection: &mut impl Connection,
    idle: Duration,
) -> Result<bool, sea_orm::sqlx::Error> {
    if idle >= ASK_AFTER {
        connection.ping().await?;
    }
    Ok(true)
}

/// A connection whose statement was dropped, e.g. since somebody hung up, takes in what is still to
/// come before the pool has it back. One that was dropped between preparing and executing would
/// wait for an answer that nobody sends, and the pool would be one connection smaller for ever
/// (transact-rs/sqlx#4349): after a while it is closed instead.
pub(crate) async fn come_to_rest(
    connection: &mut impl Connection,
) -> Result<bool, sea_orm::sqlx::Error> {
    match tokio::time::timeout(REST_LIMIT, connection.flush()).await {
        Ok(rested) => rested.map(|()| true),
        Err(late) => Err(std::io::Error::new(std::io::ErrorKind::TimedOut, late).into()),
    }
}
