//! Events and audit rows of a transaction: numbered and chained as its last statements.
//!
//! Call it right before the commit, once per tenant: from then on everybody else who writes in
//! the tenant waits. In a cell's transaction, go through tenants in the order of their ids.

use types::id::{InstanceId, OperationId, OrganizationId, ProjectId, SubjectId, TenantId};
use types::instant::Instant;

use crate::audit::{self, Audit};
use crate::error::Result;
use crate::event::{self, Event};
use crate::executor::Executor;
use crate::head::{self, Head};
use crate::store::Store;
use crate::tx::{CellTx, Connected, FleetTx, InTenant, TenantTx};
use crate::words::AuditOutcome;

/// An event without its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// When.
    pub at: Instant,
    /// What, e.g. `instance.created`, at most 48 characters.
    pub kind: String,
    /// In which organization.
    pub organization_id: Option<OrganizationId>,
    /// In which project.
    pub project_id: Option<ProjectId>,
    /// Which instance.
    pub instance_id: Option<InstanceId>,
    /// Which operation.
    pub operation_id: Option<OperationId>,
    /// Which subject.
    pub subject_id: Option<SubjectId>,
}

impl NewEvent {
    /// An event that concerns the whole tenant; set the rest where it does not.
    pub fn new(kind: impl Into<String>, at: Instant) -> Self {
        Self {
            at,
            kind: kind.into(),
            organization_id: None,
            project_id: None,
            instance_id: None,
            operation_id: None,
            subject_id: None,
        }
    }
}

/// An audit row without its number and hashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAudit {
    /// When.
    pub at: Instant,
    /// Who; none for tasks and cells.
    pub subject_id: Option<SubjectId>,
    /// Who, by name.
    pub subject_name: String,
    /// What was asked for, at most 64 characters.
    pub action: String,
    /// Text form of the id of what it was asked of, at most 64 characters.
    pub target: Option<String>,
    /// Whether it was done.
    pub outcome: AuditOutcome,
    /// The error code, if it was refused.
    pub code: Option<String>,
    /// The request, at most 32 characters.
    pub request_id: String,
    /// What else is worth knowing, as canonical JSON without secrets.
    pub content: String,
    /// The operation that was begun by it.
    pub operation_id: Option<OperationId>,
    /// Where the request came from, at most 45 characters; none for tasks, cells and the console.
    pub address: Option<String>,
}

/// Writes what happened in the permit's tenant. Answers with the last number of the feed.
pub async fn record(tx: &TenantTx, events: Vec<NewEvent>, audits: Vec<NewAudit>) -> Result<i64> {
    Ok(append(&tx.db(), tx.tenant(), (events, audits), 0).await?.event_number)
}

/// The same for an order of so many members, which are counted with it. Answers how many live then.
pub async fn record_order(
    tx: &TenantTx,
    events: Vec<NewEvent>,
    audits: Vec<NewAudit>,
    members: i64,
) -> Result<i64> {
    Ok(append(&tx.db(), tx.tenant(), (events, audits), members).await?.members)
}

/// Takes the place in line of [`record`] before there is anything to write. Counters of quotas are
/// changed behind it, also by cells, so that whoever counts misses nobody.
pub async fn hold(tx: &TenantTx) -> Result<()> {
    head::lock(&tx.db(), tx.tenant()).await?;
    Ok(())
}

/// Writes what a cell reported about a tenant, of whose members so many are gone for ever. Answers
/// with the last number of the feed.
pub async fn record_in_cell(
    tx: &CellTx,
    tenant: TenantId,
    events: Vec<NewEvent>,
    gone: i64,
) -> Result<i64> {
    Ok(append(&tx.db(), tenant, (events, Vec::new()), -gone).await?.event_number)
}

/// Writes what happened in a tenant or, for none, in the installation. Answers with the last
/// number of the feed.
pub async fn record_anywhere(
    tx: &FleetTx,
    tenant: Option<TenantId>,
    events: Vec<NewEvent>,
    audits: Vec<NewAudit>,
) -> Result<i64> {
    let tenant = tenant.unwrap_or_else(head::installation);
    Ok(append(&tx.db(), tenant, (events, audits), 0).await?.event_number)
}

/// The door of the audit trail for what has no transaction: refusals and sign-ins. It needs no
/// permit, since it can do nothing but add.
pub async fn witness(store: &Store, tenant: Option<TenantId>, audits: Vec<NewAudit>) -> Result<()> {
    let tx = store.transaction().await?;
    let tenant = tenant.unwrap_or_else(head::installation);
    append(&Executor::from(&tx), tenant, (Vec::new(), audits), 0).await?;
    Ok(tx.commit().await?)
}

/// Answers with the head as it is then.
async fn append(
    db: &Executor<'_>,
    tenant: TenantId,
    (events, audits): (Vec<NewEvent>, Vec<NewAudit>),
    members: i64,
) -> Result<Head> {
    let mut head = head::lock(db, tenant).await?;
    if events.is_empty() && audits.is_empty() && members == 0 {
        return Ok(head);
    }
    head.members += members;
    let events = events.into_iter().map(|event| numbered(&mut head, event)).collect();
    let audits = audits.into_iter().map(|audit| chained(&mut head, audit)).collect();
    event::insert_all(db, events).await?;
    audit::insert_all(db, audits).await?;
    head::update(db, head.clone()).await?;
    Ok(head)
}

fn numbered(head: &mut Head, new: NewEvent) -> Event {
    head.event_number += 1;
    Event {
        tenant_id: head.tenant_id,
        number: head.event_number,
        at: new.at,
        kind: new.kind,
        organization_id: new.organization_id,
        project_id: new.project_id,
        instance_id: new.instance_id,
        operation_id: new.operation_id,
        subject_id: new.subject_id,
    }
}

fn chained(head: &mut Head, new: NewAudit) -> Audit {
    head.audit_number += 1;
    let mut row = Audit {
        tenant_id: head.tenant_id,
        number: head.audit_number,
        at: new.at,
        subject_id: new.subject_id,
        subject_name: new.subject_name,
        action: new.action,
        target: new.target,
        outcome: new.outcome,
        code: new.code,
        request_id: new.request_id,
        content: new.content,
        operation_id: new.operation_id,
        address: new.address,
        previous_hash: head.audit_hash.clone(),
        hash: String::new(),
    };
    row.hash = audit::hash(&row);
    head.audit_hash = row.hash.clone();
    row
}
