//! Connections to PostgreSQL on which the database itself knows whose rows are asked for.
//!
//! Row-level security (see [`crate::wall`]) reads a setting of the connection. To set it in each
//! read would make two round trips of one, so a connection keeps it, and whoever needs one gets one
//! that is set to the tenant already, if there is one. The driver's pool makes them, and no more: it
//! would ask each of them for an answer at every return, which is a round trip per statement.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sea_orm::DbErr;
use sea_orm::error::ConnAcquireErr;
use sea_orm::sqlx::postgres::{PgConnection, PgPool};
use sea_orm::sqlx::{AssertSqlSafe, Connection as _, Error as DriverError, Executor as _};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use types::id::TenantId;

use crate::store::connect::{ASK_AFTER, REST_LIMIT, come_to_rest};
use crate::wall::SETTING;

/// After so long a connection is made anew: its server's process may have grown.
const LIFETIME: Duration = Duration::from_secs(1_800);

/// A connection and to which tenant it is set.
struct Lane {
    connection: PgConnection,
    /// None while nobody can be sure.
    tenant: Option<TenantId>,
    made: Instant,
    used: Instant,
}

/// All lanes of a store.
pub struct Lanes {
    pool: PgPool,
    /// Those that nobody uses, the one that was used last behind.
    idle: Mutex<VecDeque<Lane>>,
    free: Arc<Semaphore>,
    lanes_max: usize,
    wait: Duration,
    switches: AtomicU64,
    heard: Box<dyn Fn() + Send + Sync>,
}

/// A lane that is set to a tenant, for as long as this is held.
pub struct Taken {
    lanes: Arc<Lanes>,
    lane: Option<Lane>,
    /// Whether everything that was asked was answered.
    is_at_rest: bool,
    /// Whether a transaction may be open.
    is_open: bool,
    free: Option<OwnedSemaphorePermit>,
}

impl Lanes {
    /// At most so many, made by the pool; `heard` hears of every statement.
    pub(crate) fn new(
        pool: PgPool,
        lanes_max: u32,
        wait: Duration,
        heard: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        let lanes_max = usize::try_from(lanes_max).unwrap_or(usize::MAX);
        Self {
            pool,
            idle: Mutex::default(),
            free: Arc::new(Semaphore::new(lanes_max)),
            lanes_max,
            wait,
            switches: AtomicU64::new(0),
            heard: Box::new(heard),
        }
    }

    /// The lane that is best for the tenant, when one is free.
    pub(crate) async fn take(self: &Arc<Self>, tenant: TenantId) -> Result<Taken, DbErr> {
        let free = tokio::time::timeout(self.wait, self.free.clone().acquire_owned()).await;
        let free = free
            .map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?
            .map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed))?;
        let mut taken = Taken {
            lanes: self.clone(),
            lane: self.choose(tenant),
            is_at_rest: false,
            is_open: false,
            free: Some(free),
        };
        taken.enter(tenant).await?;
        Ok(taken)
    }

    /// One that is set to the tenant, the last one used first; none, for a new one, so that each
    /// tenant has its own as long as there are enough; else the one that was not used for longest.
    fn choose(&self, tenant: TenantId) -> Option<Lane> {
        let mut idle = self.idle();
        if let Some(best) = idle.iter().rposition(|lane| lane.tenant == Some(tenant)) {
            return idle.remove(best);
        }
        let taken = self.lanes_max - self.free.available_permits();
        if idle.len() + taken > self.lanes_max { idle.pop_front() } else { None }
    }

    fn idle(&self) -> MutexGuard<'_, VecDeque<Lane>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn open(&self) -> Result<Lane, DbErr> {
        let connection = self.pool.acquire().await.map_err(|error| match error {
            DriverError::PoolTimedOut => DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
            DriverError::PoolClosed => DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed),
            error => DbErr::Conn(sea_orm::RuntimeErr::SqlxError(error.into())),
        })?;
        let now = Instant::now();
        Ok(Lane { connection: connection.detach(), tenant: None, made: now, used: now })
    }

    /// How often a connection was set to another tenant than before.
    pub(crate) fn switches(&self) -> u64 {
        self.switches.load(Ordering::Relaxed)
    }

    /// Closes all, after what runs has ended.
    pub(crate) async fn close(&self) {
        let all = u32::try_from(self.lanes_max).unwrap_or(u32::MAX);
        // Closed already if there is none.
        if let Ok(_all) = self.free.acquire_many(all).await {
            self.free.close();
        }
        let idle = std::mem::take(&mut *self.idle());
        for lane in idle {
            // The server notices in any case.
            let _ = lane.connection.close().await;
        }
        self.pool.close().await;
    }
}

impl Lane {
    /// Whether its server still answers, if it lay still for a while. One that served a moment ago
    /// is used without asking: if its server died since, the statement says so.
    async fn is_there(&mut self) -> bool {
        self.made.elapsed() < LIFETIME
            && (self.used.elapsed() < ASK_AFTER || self.connection.ping().await.is_ok())
    }
}

impl Taken {
    /// Makes sure of the connection and of its tenant, before anything else reaches the server.
    async fn enter(&mut self, tenant: TenantId) -> Result<(), DbErr> {
        let is_there = match &mut self.lane {
            Some(lane) => lane.is_there().await,
            None => false,
        };
        if !is_there {
            self.lane = None;
            self.lane = Some(self.lanes.open().await?);
        }
        if let Some(lane) = &mut self.lane
            && lane.tenant != Some(tenant)
        {
            // Whoever is dropped in between leaves behind that nobody can be sure.
            lane.tenant = None;
            self.lanes.switches.fetch_add(1, Ordering::Relaxed);
            let set = format!("SET {SETTING} = '{}'", tenant.uuid());
            let set = lane.connection.execute(AssertSqlSafe(set)).await;
            set.map_err(|error| DbErr::Exec(sea_orm::RuntimeErr::SqlxError(error.into())))?;
            lane.tenant = Some(tenant);
        }
        self.is_at_rest = true;
        Ok(())
    }

    /// Begins a transaction. Rolled back when this is dropped.
    pub(crate) async fn begin(&mut self) -> Result<(), DriverError> {
        self.is_open = true;
        self.ask(async |connection| connection.execute("BEGIN").await).await?;
        Ok(())
    }

    /// Commits the transaction.
    pub(crate) async fn commit(&mut self) -> Result<(), DriverError> {
        self.ask(async |connection| connection.execute("COMMIT").await).await?;
        self.is_open = false;
        Ok(())
    }

    async fn ask<T>(
        &mut self,
        work: impl AsyncFnOnce(&mut PgConnection) -> Result<T, DriverError>,
    ) -> Result<T, DriverError> {
        let lane = self.lane.as_mut().ok_or(DriverError::PoolClosed)?;
        self.is_at_rest = false;
        let done = work(&mut lane.connection).await?;
        self.is_at_rest = true;
        Ok(done)
    }

    /// Runs a statement.
    pub(crate) async fn run<T>(
        &mut self,
        work: impl AsyncFnOnce(&mut PgConnection) -> Result<T, DriverError>,
    ) -> Result<T, DriverError> {
        let done = self.ask(work).await;
        (self.lanes.heard)();
        done
    }
}

impl Drop for Taken {
    /// Back among the idle ones; a connection whose statement was dropped, or whose transaction was
    /// neither committed nor rolled back, first comes to rest.
    fn drop(&mut self) {
        let Some(mut lane) = self.lane.take() else { return };
        lane.used = Instant::now();
        if self.is_at_rest && !self.is_open {
            self.lanes.idle().push_back(lane);
            return;
        }
        let (lanes, free, is_open) = (self.lanes.clone(), self.free.take(), self.is_open);
        // Outside of a runtime nobody is left who could use it again.
        let Ok(runtime) = Handle::try_current() else { return };
        runtime.spawn(async move {
            if rest(&mut lane.connection, is_open).await.is_ok() {
                lanes.idle().push_back(lane);
            }
            drop(free);
        });
    }
}

/// A connection whose statement was dropped, e.g. since somebody hung up, takes in what is still to
/// come, and what its transaction did is undone. One that was dropped between preparing and executing
/// would wait for an answer that nobody sends (transact-rs/sqlx#4349): after a while it is closed
/// instead.
async fn rest(connection: &mut PgConnection, is_open: bool) -> Result<(), DriverError> {
    come_to_rest(connection).await?;
    if is_open {
        let undone = tokio::time::timeout(REST_LIMIT, connection.execute("ROLLBACK")).await;
        undone.map_err(|late| std::io::Error::new(std::io::ErrorKind::TimedOut, late))??;
    }
    Ok(())
}

impl fmt::Debug for Lanes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Lanes").field("pool", &self.pool).finish_non_exhaustive()
    }
}

impl fmt::Debug for Taken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenant = self.lane.as_ref().and_then(|lane| lane.tenant);
        out.debug_struct("Taken").field("tenant", &tenant).finish_non_exhaustive()
    }
}
