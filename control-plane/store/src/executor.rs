//! Where statements go: a connection of the driver's pool, a transaction, or a lane of a tenant.

use std::sync::Arc;

use sea_orm::sqlx::{AssertSqlSafe, Error as DriverError, Executor as _};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult,
    QueryResult, RuntimeErr, Statement,
};
use sea_query_sqlx::SqlxValues;
use tokio::sync::Mutex;
use types::id::TenantId;

use crate::lane::{Lanes, Taken};

/// Where statements outside of a transaction go.
#[derive(Clone, Debug)]
pub(crate) enum Way {
    /// Any connection, also of a database that has no second wall.
    Open(DatabaseConnection),
    /// A connection of the tenant's own.
    Tenant(Arc<Lanes>, TenantId),
}

/// A transaction of a tenant. Rolled back when dropped.
#[derive(Debug)]
pub(crate) enum Transaction {
    /// On any connection, also of a database that has no second wall.
    Open(DatabaseTransaction),
    /// On a connection of the tenant's own.
    Tenant(Mutex<Taken>),
}

impl Transaction {
    /// Begins one on a lane.
    pub(crate) async fn begin(lanes: &Arc<Lanes>, tenant: TenantId) -> Result<Self, DbErr> {
        let mut taken = lanes.take(tenant).await?;
        taken.begin().await.map_err(query)?;
        Ok(Self::Tenant(Mutex::new(taken)))
    }

    pub(crate) async fn commit(self) -> Result<(), DbErr> {
        match self {
            Self::Open(tx) => tx.commit().await,
            Self::Tenant(taken) => taken.into_inner().commit().await.map_err(query),
        }
    }
}

/// Where statements go.
#[derive(Debug)]
pub enum Executor<'a> {
    /// Any connection.
    Connection(&'a DatabaseConnection),
    /// A transaction on any connection.
    Transaction(&'a DatabaseTransaction),
    /// A lane.
    Tenant(&'a Arc<Lanes>, TenantId),
    /// A transaction on a lane.
    InTenant(&'a Mutex<Taken>),
}

impl<'a> From<&'a Way> for Executor<'a> {
    fn from(way: &'a Way) -> Self {
        match way {
            Way::Open(db) => Self::Connection(db),
            Way::Tenant(lanes, tenant) => Self::Tenant(lanes, *tenant),
        }
    }
}

impl<'a> From<&'a Transaction> for Executor<'a> {
    fn from(transaction: &'a Transaction) -> Self {
        match transaction {
            Transaction::Open(tx) => Self::Transaction(tx),
            Transaction::Tenant(taken) => Self::InTenant(taken),
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

fn query(error: DriverError) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(error.into()))
}

fn exec(error: DriverError) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(error.into()))
}

/// One call, wherever it goes: sea-orm's own, or the driver's on a lane.
macro_rules! on {
    ($self:ident.$call:ident($argument:expr), $taken:ident => $run:expr) => {
        match $self {
            Self::Connection(db) => db.$call($argument).await,
            Self::Transaction(tx) => tx.$call($argument).await,
            Self::Tenant(lanes, tenant) => {
                let $taken = &mut lanes.take(*tenant).await?;
                $run.await
            }
            Self::InTenant(taken) => {
                let $taken = &mut *taken.lock().await;
                $run.await
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
            Self::Tenant(..) | Self::InTenant(_) => DbBackend::Postgres,
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        on!(self.execute_raw(statement), taken => execute(taken, statement))
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        on!(self.execute_unprepared(sql), taken => execute_unprepared(taken, sql))
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        on!(self.query_one_raw(statement), taken => query_one(taken, statement))
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        on!(self.query_all_raw(statement), taken => query_all(taken, statement))
    }
}

/// Splits a statement into what the driver takes.
fn parts(statement: Statement) -> (String, SqlxValues) {
    let values = statement.values.unwrap_or_else(|| sea_orm::Values(Vec::new()));
    (statement.sql, SqlxValues(values))
}

async fn execute(taken: &mut Taken, statement: Statement) -> Result<ExecResult, DbErr> {
    let (sql, values) = parts(statement);
    let statement = sea_orm::sqlx::query_with(AssertSqlSafe(sql), values);
    let done = taken.run(async |connection| statement.execute(connection).await).await;
    done.map(Into::into).map_err(exec)
}

async fn execute_unprepared(taken: &mut Taken, sql: &str) -> Result<ExecResult, DbErr> {
    let sql = AssertSqlSafe(sql.to_owned());
    let done = taken.run(async |connection| connection.execute(sql).await).await;
    done.map(Into::into).map_err(exec)
}

async fn query_one(taken: &mut Taken, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
    let (sql, values) = parts(statement);
    let statement = sea_orm::sqlx::query_with(AssertSqlSafe(sql), values);
    let row = taken.run(async |connection| statement.fetch_optional(connection).await).await;
    Ok(row.map_err(query)?.map(Into::into))
}

async fn query_all(taken: &mut Taken, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
    let (sql, values) = parts(statement);
    let statement = sea_orm::sqlx::query_with(AssertSqlSafe(sql), values);
    let rows = taken.run(async |connection| statement.fetch_all(connection).await).await;
    Ok(rows.map_err(query)?.into_iter().map(Into::into).collect())
}
