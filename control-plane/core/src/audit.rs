//! The audit: who did what, with what result. Changes are recorded by their own transactions;
//! here are refusals, sign-ins and the reading of it.

use std::net::IpAddr;

pub use control_plane_store::AuditOutcome;
pub use control_plane_store::audit::{Audit, AuditFilter as Filter, Verification};
use control_plane_store::outbox::{self, NewAudit};
use control_plane_store::subject::Subject;
use control_plane_store::{FleetRead, FleetTx, InFleet as _, TenantRead, audit};
use policies::action::Action;
use policies::role::Node;
use serde_json::{Map, Value, json};
use types::id::{IdentityProviderId, OperationId};
use types::instant::Instant;

use crate::call::{Call, Caller, Through};
use crate::error::{Error, ErrorCode, Result};
use crate::page::{Page, Paged};
use crate::plane::Plane;

/// What a call did to a target.
pub(crate) fn of_call(
    call: &Call,
    action: &str,
    target: Option<&(dyn std::fmt::Display + Sync)>,
) -> NewAudit {
    let caller = call.caller();
    let target = target.map(ToString::to_string);
    let mut row = named(caller.name.clone(), action, target, call.now());
    row.subject_id = Some(caller.subject);
    row.request_id = call.request().to_string();
    row.address = call.from().map(address);
    if let Through::Token(id) = caller.through {
        detail(&mut row, "token", json!(id));
    }
    if let Some(approved) = call.approved() {
        detail(&mut row, "approval", json!(approved.id));
        detail(&mut row, "approvedBy", json!(approved.by.caller().name));
    }
    acted_for(&mut row, caller);
    row
}

/// An address as the audit keeps it: in one spelling, so that it can be asked for.
pub(crate) fn address(from: IpAddr) -> String {
    from.to_canonical().to_string()
}

/// Names both where somebody acts as somebody else.
fn acted_for(row: &mut NewAudit, caller: &Caller) {
    let Some(by) = &caller.impersonated_by else { return };
    row.subject_name = format!("{} as {}", by.name, caller.name);
    detail(row, "impersonator", json!(by.subject));
    detail(row, "as", json!(caller.subject));
    detail(row, "reason", json!(by.reason));
}

/// Adds something worth knowing.
pub(crate) fn detail(row: &mut NewAudit, name: &str, value: Value) {
    let mut content: Map<String, Value> = serde_json::from_str(&row.content).unwrap_or_default();
    content.insert(name.to_owned(), value);
    row.content = Value::Object(content).to_string();
}

/// What a call did to a target by beginning an operation.
pub(crate) fn of_operation(
    call: &Call,
    action: &str,
    target: &(dyn std::fmt::Display + Sync),
    operation: OperationId,
) -> NewAudit {
    let mut row = of_call(call, action, Some(target));
    row.operation_id = Some(operation);
    row
}

/// What the console did to a target inside a tenant.
pub(crate) fn of_task(
    action: &str,
    target: &(dyn std::fmt::Display + Sync),
    now: Instant,
) -> NewAudit {
    named("console".to_owned(), action, Some(target.to_string()), now)
}

/// What someone did to a target of the installation.
pub(crate) fn of_fleet(
    who: &str,
    action: &str,
    target: &(dyn std::fmt::Display + Sync),
    now: Instant,
) -> NewAudit {
    named(who.to_owned(), action, Some(target.to_string()), now)
}

/// Records what someone did to a target of the installation, in their own transaction.
pub(crate) async fn fleet(
    tx: &FleetTx,
    plane: &Plane,
    action: &str,
    target: &(dyn std::fmt::Display + Sync),
) -> Result<()> {
    let row = of_fleet(tx.who(), action, target, plane.clock.now());
    outbox::record_anywhere(tx, None, Vec::new(), vec![row]).await?;
    Ok(())
}

pub(crate) fn named(
    subject_name: String,
    action: &str,
    target: Option<String>,
    at: Instant,
) -> NewAudit {
    NewAudit {
        at,
        subject_id: None,
        subject_name,
        action: action.to_owned(),
        target,
        outcome: AuditOutcome::Done,
        code: None,
        request_id: String::new(),
        content: "{}".to_owned(),
        operation_id: None,
        address: None,
    }
}

/// That a part of what a call asked for was refused.
pub(crate) fn refusal(
    call: &Call,
    action: &str,
    target: Option<String>,
    code: ErrorCode,
) -> NewAudit {
    let mut row = of_call(call, action, None);
    row.target = target;
    row.outcome = AuditOutcome::Refused;
    row.code = Some(code.to_string());
    row
}

/// Records that a mutation of a known subject was refused. `target` is what it named, whether or
/// not that exists.
pub async fn refused(
    call: &Call,
    mutation: &str,
    target: Option<String>,
    code: ErrorCode,
) -> Result<()> {
    let row = refusal(call, mutation, target, code);
    Ok(outbox::witness(&call.plane().store, call.caller().tenant, vec![row]).await?)
}

/// Records a sign-in, in the transaction that opens the session, and through which provider.
pub(crate) async fn sign_in(
    tx: &FleetTx,
    plane: &Plane,
    caller: &Caller,
    provider: Option<&IdentityProviderId>,
    from: IpAddr,
) -> Result<()> {
    let now = plane.clock.now();
    let mut row = named(caller.name.clone(), "signIn", Some(caller.through.to_string()), now);
    row.subject_id = Some(caller.subject);
    row.address = Some(address(from));
    if let Some(provider) = provider {
        detail(&mut row, "provider", json!(provider));
    }
    acted_for(&mut row, caller);
    outbox::record_anywhere(tx, caller.tenant, Vec::new(), vec![row]).await?;
    Ok(())
}

/// Records that somebody who is known was not let in, and why.
pub(crate) async fn sign_in_refused(
    tx: &FleetTx,
    plane: &Plane,
    subject: &Subject,
    refusal: &Error,
    from: IpAddr,
) -> Result<()> {
    let mut row = named(subject.name.clone(), "signIn", None, plane.clock.now());
    row.subject_id = Some(subject.id);
    row.address = Some(address(from));
    row.outcome = AuditOutcome::Refused;
    row.code = Some(refusal.code().to_string());
    if let Error::Limited { why, .. } = refusal {
        detail(&mut row, "problem", json!(why));
    }
    outbox::record_anywhere(tx, subject.tenant_id, Vec::new(), vec![row]).await?;
    Ok(())
}

/// That a sign-in through a provider was refused, and why. Nobody knows yet who it was.
pub(crate) fn refused_sign_in(
    provider: &IdentityProviderId,
    problem: &str,
    detail: Option<&str>,
    from: IpAddr,
    now: Instant,
) -> NewAudit {
    let mut row = named("unknown".to_owned(), "signIn", Some(provider.to_string()), now);
    row.outcome = AuditOutcome::Refused;
    row.code = Some(ErrorCode::Unauthenticated.to_string());
    row.address = Some(address(from));
    row.content = json!({ "problem": problem, "detail": detail }).to_string();
    row
}

/// Whose audit is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trail {
    /// The caller's tenant's.
    Tenant,
    /// The installation's: what operators and the console did to it. For operators alone.
    Installation,
}

/// What a trail is read with, once the caller was found to be allowed to.
enum Reader {
    Tenant(TenantRead),
    Installation(FleetRead),
}

/// A trail; only what began an operation if its id is given.
pub async fn list(
    call: &Call,
    trail: Trail,
    filter: Filter,
    operation: Option<&str>,
    page: &Page,
) -> Result<Paged<Audit>> {
    // The right first: who may not read the audit is not told either what can be asked of it.
    let reader = reader(call, trail).await?;
    let filter = checked(filter, operation)?;
    Ok(match reader {
        Reader::Tenant(reader) => audit::list(&reader, &filter, page).await?,
        Reader::Installation(reader) => audit::list_anywhere(&reader, None, &filter, page).await?,
    })
}

fn checked(filter: Filter, operation: Option<&str>) -> Result<Filter> {
    let named = [&filter.target, &filter.subject_name, &filter.action];
    if named.into_iter().flatten().any(|text| text.chars().any(char::is_control)) {
        let message = "ids, names and actions have no control characters";
        return Err(Error::invalid("filter", "malformed", message));
    }
    let malformed = |_| {
        let message = "expected the id of an operation, as in op_…";
        Error::invalid("filter.operation", "malformed", message)
    };
    let operation = operation.map(str::parse).transpose().map_err(malformed)?;
    let malformed = |_| {
        let message = "expected an address, as in 192.0.2.7 or 2001:db8::7";
        Error::invalid("filter.address", "malformed", message)
    };
    let from = filter.address.as_deref().map(str::parse).transpose().map_err(malformed)?;
    Ok(Filter { operation, address: from.map(address), ..filter })
}

/// Looks at every record of a trail.
pub async fn verify(call: &Call, trail: Trail) -> Result<Verification> {
    Ok(match reader(call, trail).await? {
        Reader::Tenant(reader) => audit::verify(&reader).await?,
        Reader::Installation(reader) => audit::verify_anywhere(&reader, None).await?,
    })
}

async fn reader(call: &Call, trail: Trail) -> Result<Reader> {
    let (store, what) = (&call.plane().store, "audit");
    Ok(match trail {
        Trail::Tenant => {
            let tenant = Node::Tenant(call.tenant()?);
            let permit = call.permit(Action::ReadAudit, tenant, what).await?;
            Reader::Tenant(store.read(permit.scope()))
        }
        Trail::Installation => {
            Reader::Installation(store.fleet_read(&call.fleet(Action::Administer, what).await?))
        }
    })
}
