//! The audit trail: who did or tried what, as a chain of hashes per tenant.
//!
//! Written by [`crate::outbox`] alone; there is no function that changes or removes a row.

use std::collections::BTreeMap;

use sea_orm::{ColumnTrait, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect, Select};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use types::id::{OperationId, SubjectId, TenantId};
use types::instant::Instant;

use crate::error::{Result, StoreError};
use crate::executor::Executor;
use crate::head::{self, Head};
use crate::page::{self, Cursor, Page, Paged, Sorted};
use crate::table::{insert_all as insert_rows, table};
use crate::tx::{InFleet, InTenant, of_whole_tenant};
use crate::words::AuditOutcome;

table! {
    /// Something that was done or refused.
    Audit = "audit" {
        /// Whose trail; the nil id for the installation's.
        #[sea_orm(primary_key, auto_increment = false)]
        tenant_id: TenantId,
        /// Counts from 1 within the trail, without gaps.
        #[sea_orm(primary_key, auto_increment = false)]
        number: i64,
        /// When.
        at: Instant,
        /// Who; none for tasks and cells.
        subject_id: Option<SubjectId>,
        /// Who, by name.
        subject_name: String,
        /// What was asked for.
        action: String,
        /// Text form of the id of what it was asked of.
        target: Option<String>,
        /// Whether it was done.
        outcome: AuditOutcome,
        /// The error code, if it was refused.
        code: Option<String>,
        /// The request.
        request_id: String,
        /// What else is worth knowing, as canonical JSON without secrets.
        content: String,
        /// The operation that was begun by it.
        operation_id: Option<OperationId>,
        /// Where the request came from; none for tasks, cells and the console, and in rows of earlier
        /// releases.
        address: Option<String>,
        /// Hash of the row before.
        previous_hash: String,
        /// Lower-case hex SHA-256 over the hash before and this row.
        hash: String,
    }
}

impl Sorted for Audit {
    fn cursor(&self) -> Cursor {
        Cursor::number(self.number)
    }
}

/// How many rows are checked at once.
const CHECKED: u64 = 1_000;

fn own(tx: &dyn InTenant) -> Select<Entity> {
    Entity::find().filter(of_whole_tenant(tx, Column::TenantId))
}

fn own_anywhere(_: &dyn InFleet, tenant: TenantId) -> Select<Entity> {
    Entity::find().filter(Column::TenantId.eq(tenant))
}

pub(crate) async fn insert_all(db: &Executor<'_>, rows: Vec<Audit>) -> Result<()> {
    insert_rows(db, rows).await
}

/// Which rows of a trail, and in which order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Only what was asked of this.
    pub target: Option<String>,
    /// Only what one of this name asked for.
    pub subject_name: Option<String>,
    /// Only this action.
    pub action: Option<String>,
    /// Only what began this operation.
    pub operation: Option<OperationId>,
    /// Only what was asked from this address.
    pub address: Option<String>,
    /// Only with this outcome.
    pub outcome: Option<AuditOutcome>,
    /// Only from this instant on.
    pub from: Option<Instant>,
    /// Only before this instant.
    pub to: Option<Instant>,
    /// As they were written; else the newest first.
    pub is_oldest_first: bool,
}

/// What a look at a whole trail found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// How many rows the trail has.
    pub rows: i64,
    /// Hash of the last row, to be kept somewhere else.
    pub hash: String,
    /// The number of the first row that was changed, removed or added by someone else.
    pub broken: Option<i64>,
}

/// The hash that a row must have: over the hash before, a line feed, and the row as a JSON object
/// with its keys in order. The operation and the address are left out where there is none, as in the
/// rows of releases that knew neither.
pub(crate) fn hash(row: &Audit) -> String {
    let mut content = BTreeMap::from([
        ("action", json!(row.action)),
        ("at", json!(row.at.micros())),
        ("code", json!(row.code)),
        ("content", json!(row.content)),
        ("number", json!(row.number)),
        ("outcome", json!(row.outcome)),
        ("request_id", json!(row.request_id)),
        ("subject_id", json!(row.subject_id)),
        ("subject_name", json!(row.subject_name)),
        ("target", json!(row.target)),
        ("tenant_id", json!(row.tenant_id)),
    ]);
    if let Some(operation) = row.operation_id {
        content.insert("operation_id", json!(operation));
    }
    if let Some(address) = &row.address {
        content.insert("address", json!(address));
    }
    let content: Value = json!(content);
    let mut digest = Sha256::new();
    digest.update(row.previous_hash.as_bytes());
    digest.update(b"\n");
    digest.update(content.to_string().as_bytes());
    data_encoding::HEXLOWER.encode(&digest.finalize())
}

/// The tenant's trail, for those who reach the whole tenant.
pub async fn list(tx: &dyn InTenant, filter: &AuditFilter, page: &Page) -> Result<Paged<Audit>> {
    sorted(own(tx), filter, page, &tx.db()).await
}

async fn sorted(
    own: Select<Entity>,
    filter: &AuditFilter,
    page: &Page,
    db: &Executor<'_>,
) -> Result<Paged<Audit>> {
    let order = if filter.is_oldest_first { Order::Asc } else { Order::Desc };
    page::fetch(filtered(own, filter), Column::Number, order, page, db).await
}

fn filtered(query: Select<Entity>, filter: &AuditFilter) -> Select<Entity> {
    let equal = [
        filter.target.as_ref().map(|target| Column::Target.eq(target.as_str())),
        filter.subject_name.as_ref().map(|name| Column::SubjectName.eq(name.as_str())),
        filter.action.as_ref().map(|action| Column::Action.eq(action.as_str())),
        filter.operation.map(|operation| Column::OperationId.eq(operation)),
        filter.address.as_ref().map(|address| Column::Address.eq(address.as_str())),
        filter.outcome.map(|outcome| Column::Outcome.eq(outcome)),
        filter.from.map(|from| Column::At.gte(from)),
        filter.to.map(|to| Column::At.lt(to)),
    ];
    equal.into_iter().flatten().fold(query, QueryFilter::filter)
}

/// How many changes of each of these targets were done, without those actions.
pub async fn count_done(
    tx: &dyn InTenant,
    targets: &[String],
    without: &[&str],
) -> Result<BTreeMap<String, i64>> {
    let counts = own(tx)
        .filter(Column::Target.is_in(targets))
        .filter(Column::Outcome.eq(AuditOutcome::Done))
        .filter(Column::Action.is_not_in(without.iter().copied()))
        .select_only()
        .column(Column::Target)
        .column_as(Column::Number.count(), "records")
        .group_by(Column::Target)
        .into_tuple::<(String, i64)>();
    Ok(counts.all(&tx.db()).await?.into_iter().collect())
}

/// The trail of any tenant, or for none of the installation.
pub async fn list_anywhere(
    tx: &dyn InFleet,
    tenant: Option<TenantId>,
    filter: &AuditFilter,
    page: &Page,
) -> Result<Paged<Audit>> {
    let own = own_anywhere(tx, tenant.unwrap_or_else(head::installation));
    sorted(own, filter, page, &tx.db()).await
}

/// Looks at every row of the tenant's trail.
///
/// # Errors
/// [`StoreError::OutOfReach`] for those who do not reach the whole tenant.
pub async fn verify(tx: &dyn InTenant) -> Result<Verification> {
    if tx.scope().reach() != &policies::permit::Reach::Tenant {
        return Err(StoreError::OutOfReach);
    }
    walk(&tx.db(), tx.tenant(), || own(tx)).await
}

/// As [`verify`], for any tenant, or for none the installation.
pub async fn verify_anywhere(tx: &dyn InFleet, tenant: Option<TenantId>) -> Result<Verification> {
    let tenant = tenant.unwrap_or_else(head::installation);
    walk(&tx.db(), tenant, || own_anywhere(tx, tenant)).await
}

async fn walk(
    db: &Executor<'_>,
    tenant: TenantId,
    own: impl Fn() -> Select<Entity>,
) -> Result<Verification> {
    // A row comes with its head, so one that is there before the head is read and lies behind it was
    // put there by someone else.
    let last = own().order_by_desc(Column::Number).limit(1).one(db).await?;
    // The head before the other rows: what is written meanwhile lies behind it and is not judged.
    let end = head::find(db, tenant).await?.ok_or(StoreError::NotFound)?;
    let added = last.filter(|row| row.number > end.audit_number).map(|_| end.audit_number + 1);
    let found =
        |broken| Verification { rows: end.audit_number, hash: end.audit_hash.clone(), broken };
    let mut link = Link { number: 0, hash: head::first_hash() };
    loop {
        let rows = own()
            .filter(Column::Number.gt(link.number))
            .filter(Column::Number.lte(end.audit_number))
            .order_by_asc(Column::Number)
            .limit(CHECKED)
            .all(db)
            .await?;
        if rows.is_empty() {
            return Ok(found(link.end(&end).or(added)));
        }
        for row in rows {
            match link.then(&row) {
                Ok(next) => link = next,
                Err(broken) => return Ok(found(Some(broken))),
            }
        }
    }
}

/// How far a chain was found to hold.
struct Link {
    number: i64,
    hash: String,
}

impl Link {
    fn then(&self, row: &Audit) -> Result<Self, i64> {
        let expected = self.number + 1;
        if row.number != expected || row.previous_hash != self.hash || row.hash != hash(row) {
            return Err(expected);
        }
        Ok(Self { number: row.number, hash: row.hash.clone() })
    }

    fn end(&self, head: &Head) -> Option<i64> {
        let holds = self.number == head.audit_number && self.hash == head.audit_hash;
        (!holds).then_some(self.number + 1)
    }
}
