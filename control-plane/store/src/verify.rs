//! What must always be true of the rows, as conditions that a row in the wrong fulfils.
//!
//! Each rule is one statement, so it sees one state of the database: beside a running plane, what
//! it finds is wrong and not merely on its way. Rows are read in the order of their keys and at
//! most [`ROWS_MAX`] of each rule; the conditions follow primary keys and indexes. What a database
//! cannot decide (hashes, secrets, sums of bills) is left to `core` and `billing`.

use sea_orm::sea_query::{Alias, Expr, Query};
use sea_orm::{ConnectionTrait, QueryResult};
use uuid::Uuid;

use crate::error::Result;
use crate::executor::Executor;
use crate::tx::InFleet;
use types::id::{
    ApplicationId, CellId, InstanceId, MemberId, OperationId, OrganizationId, PlannedMoveId,
    ProjectId, SessionId, SubjectId, TenantId,
};

mod application;
mod feed;
mod instance;
mod tree;
mod usage;

/// Rows in the wrong that one rule tells at most.
pub const ROWS_MAX: usize = 100;

/// A condition that no row may fulfil.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Its stable name.
    pub name: &'static str,
    /// What must be true, in one sentence.
    pub meaning: &'static str,
    /// The table, known to the condition as `x`.
    table: &'static str,
    /// What a row is told by.
    key: &'static [Key],
    /// True of a row in the wrong.
    wrong: &'static str,
}

/// A column of a row's key and how it is told.
#[derive(Clone, Copy, Debug)]
enum Key {
    Application(&'static str),
    Cell(&'static str),
    Instance(&'static str),
    Member(&'static str),
    Operation(&'static str),
    Organization(&'static str),
    PlannedMove(&'static str),
    Project(&'static str),
    Session(&'static str),
    Subject(&'static str),
    Tenant(&'static str),
    Id(&'static str),
    Number(&'static str),
    Text(&'static str),
}

/// All rules, in groups.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    [tree::RULES, application::RULES, instance::RULES, feed::RULES, usage::RULES]
        .into_iter()
        .flatten()
}

/// The rows that break the rule, each by its key; one more than [`ROWS_MAX`] if there are more.
pub async fn broken(tx: &dyn InFleet, rule: &Rule) -> Result<Vec<String>> {
    read(&tx.db(), rule).await
}

async fn read(db: &Executor<'_>, rule: &Rule) -> Result<Vec<String>> {
    let mut rows = Query::select();
    rows.from_as(rule.table, "x").and_where(Expr::cust(rule.wrong));
    for key in rule.key {
        let column = key.column();
        rows.expr_as(Expr::col(("x", column)), Alias::new(column));
        rows.order_by(("x", column), sea_orm::Order::Asc);
    }
    rows.limit(ROWS_MAX as u64 + 1);
    let found = db.query_all(&rows).await?;
    found.iter().map(|row| told(row, rule.key)).collect()
}

fn told(row: &QueryResult, key: &[Key]) -> Result<String> {
    let parts = key.iter().map(|part| part.told(row)).collect::<Result<Vec<_>>>()?;
    Ok(parts.join(" "))
}

impl Key {
    fn column(self) -> &'static str {
        match self {
            Self::Application(name)
            | Self::Cell(name)
            | Self::Instance(name)
            | Self::Member(name)
            | Self::Operation(name)
            | Self::Organization(name)
            | Self::PlannedMove(name)
            | Self::Project(name)
            | Self::Session(name)
            | Self::Subject(name)
            | Self::Tenant(name)
            | Self::Id(name)
            | Self::Number(name)
            | Self::Text(name) => name,
        }
    }

    fn told(self, row: &QueryResult) -> Result<String> {
        let id = |name: &str| row.try_get::<Uuid>("", name);
        Ok(match self {
            Self::Application(name) => ApplicationId::from(id(name)?).to_string(),
            Self::Cell(name) => CellId::from(id(name)?).to_string(),
            Self::Instance(name) => InstanceId::from(id(name)?).to_string(),
            Self::Member(name) => MemberId::from(id(name)?).to_string(),
            Self::Operation(name) => OperationId::from(id(name)?).to_string(),
            Self::Organization(name) => OrganizationId::from(id(name)?).to_string(),
            Self::PlannedMove(name) => PlannedMoveId::from(id(name)?).to_string(),
            Self::Project(name) => ProjectId::from(id(name)?).to_string(),
            Self::Session(name) => SessionId::from(id(name)?).to_string(),
            Self::Subject(name) => SubjectId::from(id(name)?).to_string(),
            Self::Tenant(name) => TenantId::from(id(name)?).to_string(),
            Self::Id(name) => id(name)?.to_string(),
            // A number is of 64 or of 32 bits, and not every engine reads one as the other.
            Self::Number(name) => match row.try_get::<i64>("", name) {
                Ok(number) => number.to_string(),
                Err(_) => row.try_get::<i32>("", name)?.to_string(),
            },
            Self::Text(name) => row.try_get::<String>("", name)?,
        })
    }
}
