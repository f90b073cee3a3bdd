//! Opening the database, and the ways from a permit to a transaction or reader.
//!
//! Which engine runs behind shows here and in `migration.rs`, and nowhere else but in three
//! statements that the engines spell differently.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use policies::permit::{CellIdentity, FleetPermit, Permit, Scope};
use sea_orm::{
    Database, DatabaseConnection, DatabaseTransaction, DbErr, SqliteTransactionMode,
    TransactionOptions, TransactionTrait,
};
use sea_orm_migration::MigratorTrait;
use types::secret::Secret;

use crate::error::{Result, StoreError};
use crate::executor::{Transaction, Way};
use crate::lane::Lanes;
use crate::migration::Migrator;
use crate::tx::{CellRead, CellTx, FleetRead, FleetTx, TenantRead, TenantTx};
use crate::wall;

pub(crate) mod connect;

use connect::{As, mariadb, options, owner, postgres, sqlite};

/// Where the database is and how much of it may be used.
#[derive(Clone, Debug)]
pub struct StoreSettings {
    /// `sqlite:` and a path, `postgres://…` or `mysql://…`. May hold a password.
    pub url: Secret,
    /// Most connections at once; on SQLite of the readers, since there is one writer. On PostgreSQL
    /// so many for requests of tenants, and as many for everything else.
    pub connections_max: u32,
    /// How long a transaction waits for its turn.
    pub wait: Duration,
    /// How long a statement may take, and a transaction may do nothing, on a server; none: as long
    /// as it likes, e.g. in a migration.
    pub statement: Option<Duration>,
    /// The role under which to work on PostgreSQL, behind the second wall; none for a database
    /// without one. A name of lower-case letters, digits and underscores.
    pub role: Option<String>,
}

impl StoreSettings {
    /// The usual settings for a database.
    pub fn at(url: impl Into<String>) -> Self {
        Self {
            url: Secret::new(url),
            connections_max: 16,
            wait: Duration::from_secs(30),
            statement: None,
            role: Some(wall::ROLE.to_owned()),
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
    /// For requests of tenants, where the database has a second wall.
    lanes: Option<Arc<Lanes>>,
    settings: StoreSettings,
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

/// What is to be called after each statement.
fn hear(statements: &Arc<AtomicU64>, listener: &Listener) -> impl Fn() + Send + Sync + 'static {
    let (statements, listener) = (statements.clone(), listener.clone());
    move || {
        statements.fetch_add(1, Ordering::Relaxed);
        if let Some(hear) = listener.0.get() {
            hear();
        }
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
        let mut lanes = None;
        let (mut write, mut read) = match engine {
            Engine::Sqlite => {
                // The writer first: it makes the file and switches it to the write-ahead log.
                let write = Database::connect(sqlite(settings, false)).await?;
                (write, Database::connect(sqlite(settings, true)).await?)
            }
            Engine::Postgres => {
                // Whether anything answers there; the role is made by whoever migrates.
                owner(settings).await?.close().await?;
                if settings.role.is_some() {
                    let pool = Database::connect(postgres(settings, As::Tenant)).await?;
                    let pool = pool.get_postgres_connection_pool().clone();
                    let heard = hear(&statements, &listener);
                    let (most, wait) = (settings.connections_max, settings.wait);
                    lanes = Some(Arc::new(Lanes::new(pool, most, wait, heard)));
                }
                let pool = Database::connect(postgres(settings, As::Anybody)).await?;
                (pool.clone(), pool)
            }
            Engine::MariaDb => {
                let pool = Database::connect(mariadb(settings)).await?;
                (pool.clone(), pool)
            }
        };
        for connection in [&mut write, &mut read] {
            let heard = hear(&statements, &listener);
            connection.set_metric_callback(move |_| heard());
        }
        let settings = settings.clone();
        Ok(Self { engine, write, read, lanes, settings, statements, listener })
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
        let settings = settings.clone();
        Ok(Self { engine, write, read, lanes: None, settings, statements, listener })
    }

    /// Brings the tables to what this program needs. Does nothing when they are.
    ///
    /// Run it from one process at a time.
    ///
    /// # Errors
    /// Also when the database was migrated by a later release.
    pub async fn migrate(&self) -> Result<()> {
        if self.engine != Engine::Postgres {
            return Ok(Migrator::up(&self.write, None).await?);
        }
        let owner = owner(&self.settings).await?;
        let migrated = async {
            Migrator::up(&owner, None).await?;
            match &self.settings.role {
                Some(role) => wall::raise(&owner, role).await,
                None => Ok(()),
            }
        };
        let migrated = migrated.await;
        owner.close().await?;
        migrated
    }

    /// How many migrations are still to be run; to be called before serving.
    ///
    /// # Errors
    /// As for any read.
    pub async fn pending_migrations(&self) -> Result<usize> {
        let pending = Migrator::get_pending_migrations_read_only(&self.read).await;
        let (error, role) = match (pending, self.role()) {
            (Ok(pending), _) => return Ok(pending.len()),
            (Err(error @ DbErr::Conn(_)), Some(role)) => (error, role),
            (Err(error), _) => return Err(error.into()),
        };
        // Nobody can work under a role that is still to be made.
        let owner = owner(&self.settings).await?;
        let found = async {
            let pending = Migrator::get_pending_migrations_read_only(&owner).await?;
            Ok::<_, DbErr>((pending.len(), wall::knows(&owner, role).await?))
        };
        let found = found.await;
        owner.close().await?;
        match found? {
            (0, true) => Err(error.into()),
            (pending, _) => Ok(pending.max(1)),
        }
    }

    /// The role under which it works behind the second wall; none where there is no such wall.
    pub(crate) fn role(&self) -> Option<&str> {
        let role = self.settings.role.as_deref();
        role.filter(|_| self.engine == Engine::Postgres)
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
        if let Some(lanes) = &self.lanes {
            lanes.close().await;
        }
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

    /// How often a connection was set to another tenant, which costs a round trip more; for tests
    /// that count.
    pub fn switches(&self) -> u64 {
        self.lanes.as_ref().map_or(0, |lanes| lanes.switches())
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
        let tx = match &self.lanes {
            Some(lanes) => Transaction::begin(lanes, permit.scope().tenant()).await?,
            None => Transaction::Open(self.transaction().await?),
        };
        Ok(TenantTx { tx, permit: permit.clone() })
    }

    /// Reads in the scope's tenant.
    pub fn read(&self, scope: &Scope) -> TenantRead {
        let db = match &self.lanes {
            Some(lanes) => Way::Tenant(lanes.clone(), scope.tenant()),
            None => Way::Open(self.read.clone()),
        };
        TenantRead { db, scope: scope.clone() }
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
