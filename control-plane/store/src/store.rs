//! Opening the database, and the ways from a permit to a transaction or reader.
//!
//! Which engine runs behind shows here and in `migration.rs`, and nowhere else but in three
//! statements that the engines spell differently.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use policies::permit::{CellIdentity, FleetPermit, Permit, Scope};
use sea_orm::sqlx::Connection;
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, Database, DatabaseConnection, DatabaseTransaction, SqliteTransactionMode,
    TransactionOptions, TransactionTrait,
};
use sea_orm_migration::MigratorTrait;
use types::secret::Secret;

use crate::error::{Result, StoreError};
use crate::migration::Migrator;
use crate::tx::{CellRead, CellTx, FleetRead, FleetTx, TenantRead, TenantTx};

/// A connection that was not used for so long is asked whether its server is there.
const ASK_AFTER: Duration = Duration::from_secs(1);
/// How long a connection may take to end what it was left in; a rollback is part of that.
const REST_LIMIT: Duration = Duration::from_secs(5);

/// Where the database is and how much of it may be used.
#[derive(Clone, Debug)]
pub struct StoreSettings {
    /// `sqlite:` and a path, `postgres://…` or `mysql://…`. May hold a password.
    pub url: Secret,
    /// Most connections at once; on SQLite of the readers, since there is one writer.
    pub connections_max: u32,
    /// How long a transaction waits for its turn.
    pub wait: Duration,
    /// How long a statement may take, and a transaction may do nothing, on a server; none: as long
    /// as it likes, e.g. in a migration.
    pub statement: Option<Duration>,
}

impl StoreSettings {
    /// The usual settings for a database.
    pub fn at(url: impl Into<String>) -> Self {
        Self {
            url: Secret::new(url),
            connections_max: 16,
            wait: Duration::from_secs(30),
            statement: None,
        }
    }
}

/// The engines that are supported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// The embedded default.
    Sqlite,
    /// For production.
    Postgres,
    /// Also MySQL.
    MariaDb,
}

impl Engine {
    fn of(settings: &StoreSettings) -> Result<Self> {
        match settings.url.reveal().split_once(':').map(|(scheme, _)| scheme) {
            Some("sqlite") => Ok(Self::Sqlite),
            Some("postgres" | "postgresql") => Ok(Self::Postgres),
            Some("mysql" | "mariadb") => Ok(Self::MariaDb),
            _ => Err(StoreError::Address),
        }
    }
}

/// An open database; cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    engine: Engine,
    write: DatabaseConnection,
    read: DatabaseConnection,
    statements: Arc<AtomicU64>,
    listener: Listener,
}

/// Who hears of every statement.
#[derive(Clone, Default)]
struct Listener(Arc<OnceLock<Box<dyn Fn() + Send + Sync>>>);

impl fmt::Debug for Listener {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Listener").field(&self.0.get().is_some()).finish()
    }
}

impl Store {
    /// Connects; makes the file of a new SQLite database. [`Store::migrate`] makes the tables.
    ///
    /// # Errors
    /// [`StoreError::Address`] for an address of no supported engine, [`StoreError::Unavailable`]
    /// if nothing answers there.
    pub async fn open(settings: &StoreSettings) -> Result<Self> {
        let engine = Engine::of(settings)?;
        let (statements, listener) = (Arc::new(AtomicU64::new(0)), Listener::default());
        let (mut write, mut read) = match engine {
            Engine::Sqlite => {
                // The writer first: it makes the file and switches it to the write-ahead log.
                let write = Database::connect(sqlite(settings, false)).await?;
                (write, Database::connect(sqlite(settings, true)).await?)
            }
            Engine::Postgres => {
                let pool = Database::connect(postgres(settings)).await?;
                (pool.clone(), pool)
            }
            Engine::MariaDb => {
                let pool = Database::connect(mariadb(settings)).await?;
                (pool.clone(), pool)
            }
        };
        for connection in [&mut write, &mut read] {
            let (statements, listener) = (statements.clone(), listener.clone());
            connection.set_metric_callback(move |_| {
                statements.fetch_add(1, Ordering::Relaxed);
                if let Some(hear) = listener.0.get() {
                    hear();
                }
            });
        }
        Ok(Self { engine, write, read, statements, listener })
    }

    /// Connects to what is there, to look at it: no file is made and no log is switched.
    ///
    /// # Errors
    /// As [`Store::open`]; also if an embedded database is not there yet.
    pub async fn examine(settings: &StoreSettings) -> Result<Self> {
        let engine = Engine::of(settings)?;
        if engine != Engine::Sqlite {
            return Self::open(settings).await;
        }
        let connect = |is_read_only: bool| {
            let mut options = options(settings, settings.url.reveal().to_owned());
            let wait = settings.wait;
            options.max_connections(1).map_sqlx_sqlite_opts(move |options| {
                options.create_if_missing(false).read_only(is_read_only).busy_timeout(wait)
            });
            options.connect_lazy(!is_read_only);
            Database::connect(options)
        };
        // The writer connects when somebody writes, and not before.
        let (read, write) = (connect(true).await?, connect(false).await?);
        let (statements, listener) = (Arc::new(AtomicU64::new(0)), Listener::default());
        Ok(Self { engine, write, read, statements, listener })
    }

    /// Brings the tables to what this program needs. Does nothing when they are.
    ///
    /// Run it from one process at a time.
    ///
    /// # Errors
    /// Also when the database was migrated by a later release.
    pub async fn migrate(&self) -> Result<()> {
        Ok(Migrator::up(&self.write, None).await?)
    }

    /// How many migrations are still to be run; to be called before serving.
    ///
    /// # Errors
    /// As for any read.
    pub async fn pending_migrations(&self) -> Result<usize> {
        Ok(Migrator::get_pending_migrations_read_only(&self.read).await?.len())
    }

    /// Asks whether the database answers, for both reads and writes.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if it does not.
    pub async fn ping(&self) -> Result<()> {
        self.read.ping().await?;
        // The one writer of SQLite may be busy; waiting for it would call a busy plane ill.
        if self.engine != Engine::Sqlite {
            self.write.ping().await?;
        }
        Ok(())
    }

    /// Closes all connections, after what runs has ended.
    ///
    /// # Errors
    /// As the driver tells.
    pub async fn close(&self) -> Result<()> {
        self.read.close_by_ref().await?;
        Ok(self.write.close_by_ref().await?)
    }

    /// Which engine runs behind.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Statements sent so far, without begin and commit; for tests that count.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Calls this after every statement but begin and commit, in the task that sent it; for a
    /// simulation that may end there. Only the first listener hears anything.
    pub fn on_statement(&self, hear: impl Fn() + Send + Sync + 'static) {
        // A second listener is left out, as promised.
        let _ = self.listener.0.set(Box::new(hear));
    }

    /// Begins a write in the permit's tenant. Never begin a write while another is open in the same
    /// flow: SQLite has one writer, and the second would wait for the first until it gives up.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if no connection was free in time.
    pub async fn begin(&self, permit: &Permit) -> Result<TenantTx> {
        Ok(TenantTx { tx: self.transaction().await?, permit: permit.clone() })
    }

    /// Reads in the scope's tenant.
    pub fn read(&self, scope: &Scope) -> TenantRead {
        TenantRead { db: self.read.clone(), scope: scope.clone() }
    }

    /// Begins a write on behalf of a cell.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if no connection was free in time.
    pub async fn cell(&self, identity: &CellIdentity) -> Result<CellTx> {
        Ok(CellTx { tx: self.transaction().await?, identity: *identity })
    }

    /// Reads on behalf of a cell.
    pub fn cell_read(&self, identity: &CellIdentity) -> CellRead {
        CellRead { db: self.read.clone(), identity: *identity }
    }

    /// Begins a write over the fleet.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if no connection was free in time.
    pub async fn fleet(&self, permit: &FleetPermit) -> Result<FleetTx> {
        Ok(FleetTx { tx: self.transaction().await?, permit: permit.clone() })
    }

    /// Reads over the fleet.
    pub fn fleet_read(&self, permit: &FleetPermit) -> FleetRead {
        FleetRead { db: self.read.clone(), permit: permit.clone() }
    }

    pub(crate) fn reading(&self) -> &DatabaseConnection {
        &self.read
    }

    pub(crate) async fn transaction(&self) -> Result<DatabaseTransaction> {
        // The isolation of PostgreSQL and MariaDB is set once per connection; SQLite has one.
        let mode = (self.engine == Engine::Sqlite).then_some(SqliteTransactionMode::Immediate);
        let options =
            TransactionOptions { sqlite_transaction_mode: mode, ..TransactionOptions::default() };
        Ok(self.write.begin_with_options(options).await?)
    }
}

fn options(settings: &StoreSettings, url: String) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(settings.connections_max)
        .acquire_timeout(settings.wait)
        // Each question would wait for another one; see `is_there`.
        .test_before_acquire(false)
        .sqlx_logging(false);
    options
}

fn sqlite(settings: &StoreSettings, read_only: bool) -> ConnectOptions {
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

fn postgres(settings: &StoreSettings) -> ConnectOptions {
    let mut options = options(settings, settings.url.reveal().to_owned());
    let limit = settings.statement.map(|limit| limit.as_millis().max(1).to_string());
    options.map_sqlx_postgres_pool_opts(|pool| {
        pool.before_acquire(|connection, known| Box::pin(is_there(connection, known.idle_for)))
            .after_release(|connection, _| Box::pin(come_to_rest(connection)))
    });
    options.map_sqlx_postgres_opts(move |options| {
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

fn mariadb(settings: &StoreSettings) -> ConnectOptions {
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
async fn come_to_rest(connection: &mut impl Connection) -> Result<bool, sea_orm::sqlx::Error> {
    match tokio::time::timeout(REST_LIMIT, connection.flush()).await {
        Ok(rested) => rested.map(|()| true),
        Err(late) => Err(std::io::Error::new(std::io::ErrorKind::TimedOut, late).into()),
    }
}
