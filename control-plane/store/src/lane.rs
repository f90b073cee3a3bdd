//! Connections to PostgreSQL on which the database itself knows whose rows are asked for.
//!
//! Row-level security (see [`crate::wall`]) reads a setting of the connection. To set it in each
//! read would make two round trips of one, so a connection keeps it, and whoever needs one gets a
//! connection that is set to the tenant already, if there is one. Each lane is a pool of exactly one
//! connection: its hooks run before anything else does, so no statement reaches the server before
//! the setting is right, also after the connection broke and was made anew.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sea_orm::error::ConnAcquireErr;
use sea_orm::sqlx::postgres::PgConnection;
use sea_orm::sqlx::{AssertSqlSafe, Error as DriverError, Executor as _};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult,
    QueryResult, Statement, TransactionTrait,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use types::id::TenantId;

use crate::wall::SETTING;

/// To which tenant a lane's connection is set.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    tenants: Arc<Mutex<Tenants>>,
    switches: Arc<AtomicU64>,
}

#[derive(Debug, Default)]
struct Tenants {
    wanted: Option<TenantId>,
    /// None while nobody can be sure.
    held: Option<TenantId>,
}

impl Place {
    /// Of a lane whose changes of tenants are counted there.
    pub(crate) fn new(switches: &Arc<AtomicU64>) -> Self {
        Self { tenants: Arc::default(), switches: switches.clone() }
    }

    fn tenants(&self) -> MutexGuard<'_, Tenants> {
        self.tenants.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn held(&self) -> Option<TenantId> {
        self.tenants().held
    }

    /// For a connection that was just made.
    pub(crate) async fn arrive(&self, connection: &mut PgConnection) -> Result<(), DriverError> {
        self.tenants().held = None;
        self.enter(connection).await
    }

    /// For a connection that is about to be used.
    pub(crate) async fn enter(&self, connection: &mut PgConnection) -> Result<(), DriverError> {
        let wanted = {
            let mut tenants = self.tenants();
            if tenants.held == tenants.wanted {
                return Ok(());
            }
            // Whoever is dropped in between leaves behind that nobody can be sure.
            tenants.held = None;
            tenants.wanted
        };
        if let Some(tenant) = wanted {
            self.switches.fetch_add(1, Ordering::Relaxed);
            let set = format!("SET {SETTING} = '{}'", tenant.uuid());
            connection.execute(AssertSqlSafe(set)).await?;
        }
        self.tenants().held = wanted;
        Ok(())
    }
}

/// All lanes of a store.
#[derive(Debug)]
pub struct Lanes {
    all: Vec<Lane>,
    /// Those that nobody uses, the one that was used last behind.
    idle: Mutex<VecDeque<usize>>,
    free: Arc<Semaphore>,
    wait: Duration,
    switches: Arc<AtomicU64>,
}

#[derive(Debug)]
struct Lane {
    db: DatabaseConnection,
    place: Place,
}

/// A lane that is set to a tenant, for as long as this is held.
#[derive(Debug)]
pub(crate) struct Taken {
    lanes: Arc<Lanes>,
    index: usize,
    _free: OwnedSemaphorePermit,
}

impl Lanes {
    /// Of lazy connections with their places.
    pub(crate) fn new(
        lanes: Vec<(DatabaseConnection, Place)>,
        wait: Duration,
        switches: Arc<AtomicU64>,
    ) -> Self {
        let free = Arc::new(Semaphore::new(lanes.len()));
        let all: Vec<_> = lanes.into_iter().map(|(db, place)| Lane { db, place }).collect();
        Self { idle: Mutex::new((0..all.len()).collect()), all, free, wait, switches }
    }

    /// The lane that is best for the tenant, when one is free.
    pub(crate) async fn take(self: &Arc<Self>, tenant: TenantId) -> Result<Taken, DbErr> {
        let free = tokio::time::timeout(self.wait, self.free.clone().acquire_owned()).await;
        let free = free
            .map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?
            .map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed))?;
        let index = self.choose(tenant);
        self.all[index].place.tenants().wanted = Some(tenant);
        Ok(Taken { lanes: self.clone(), index, _free: free })
    }

    /// One that is set to the tenant; else one that is set to nobody, so that each tenant has its
    /// own as long as there are enough; else the one that was not used for the longest time.
    fn choose(&self, tenant: TenantId) -> usize {
        let mut idle = self.idle();
        let at = |wanted: Option<TenantId>| {
            idle.iter().position(|index| self.all[*index].place.held() == wanted)
        };
        let best = at(Some(tenant)).or_else(|| at(None)).unwrap_or_default();
        idle.remove(best).expect("there are as many permits as idle lanes")
    }

    fn idle(&self) -> MutexGuard<'_, VecDeque<usize>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How often a connection was set to another tenant than before.
    pub(crate) fn switches(&self) -> u64 {
        self.switches.load(Ordering::Relaxed)
    }

    /// Closes all, after what runs has ended.
    pub(crate) async fn close(&self) -> Result<(), DbErr> {
        self.free.close();
        for lane in &self.all {
            lane.db.close_by_ref().await?;
        }
        Ok(())
    }
}

impl Taken {
    fn db(&self) -> &DatabaseConnection {
        &self.lanes.all[self.index].db
    }

    pub(crate) async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        self.db().begin().await
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.lanes.idle().push_back(self.index);
    }
}

/// Where statements outside of a transaction go.
#[derive(Clone, Debug)]
pub(crate) enum Way {
    /// Any connection, also of a database that has no second wall.
    Open(DatabaseConnection),
    /// A connection of the tenant's own.
    Tenant(Arc<Lanes>, TenantId),
}

/// Where statements go.
#[derive(Debug)]
pub enum Executor<'a> {
    /// Any connection.
    Connection(&'a DatabaseConnection),
    /// A transaction.
    Transaction(&'a DatabaseTransaction),
    /// A lane.
    Tenant(&'a Arc<Lanes>, TenantId),
}

impl<'a> From<&'a Way> for Executor<'a> {
    fn from(way: &'a Way) -> Self {
        match way {
            Way::Open(db) => Self::Connection(db),
            Way::Tenant(lanes, tenant) => Self::Tenant(lanes, *tenant),
        }
    }
}

impl<'a> From<&'a DatabaseConnection> for Executor<'a> {
    fn from(db: &'a DatabaseConnection) -> Self {
        Self::Connection(db)
    }
}

impl<'a> From<&'a DatabaseTransaction> for Executor<'a> {
    fn from(tx: &'a DatabaseTransaction) -> Self {
        Self::Transaction(tx)
    }
}

/// One call, wherever it goes.
macro_rules! on {
    ($self:ident.$call:ident($argument:expr)) => {
        match $self {
            Self::Connection(db) => db.$call($argument).await,
            Self::Transaction(tx) => tx.$call($argument).await,
            Self::Tenant(lanes, tenant) => {
                let taken = lanes.take(*tenant).await?;
                taken.db().$call($argument).await
            }
        }
    };
}

#[async_trait::async_trait]
impl ConnectionTrait for Executor<'_> {
    fn get_database_backend(&self) -> DbBackend {
        match self {
            Self::Connection(db) => db.get_database_backend(),
            Self::Transaction(tx) => tx.get_database_backend(),
            Self::Tenant(..) => DbBackend::Postgres,
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        on!(self.execute_raw(statement))
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        on!(self.execute_unprepared(sql))
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        on!(self.query_one_raw(statement))
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        on!(self.query_all_raw(statement))
    }
}
