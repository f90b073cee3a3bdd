//! The audit: who did what, with what result. Changes are recorded by their own transactions;
//! here are refusals, sign-ins and the reading of it.

pub use control_plane_store::audit::Audit;
use control_plane_store::outbox::{self, NewAudit};
use control_plane_store::{AuditOutcome, FleetTx, InFleet as _, audit};
use policies::action::Action;
use policies::role::Node;
use types::instant::Instant;

use crate::call::{Call, Caller};
use crate::error::{ErrorCode, Result};
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

fn named(subject_name: String, action: &str, target: Option<String>, at: Instant) -> NewAudit {
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
    }
}

/// Records that a mutation of a known subject was refused.
pub async fn refused(call: &Call, mutation: &str, code: ErrorCode) -> Result<()> {
    let mut row = of_call(call, mutation, None);
    row.outcome = AuditOutcome::Refused;
    row.code = Some(code.to_string());
    Ok(outbox::witness(&call.plane().store, call.caller().tenant, vec![row]).await?)
}

/// Records a sign-in, in the transaction that opens the session.
pub(crate) async fn sign_in(tx: &FleetTx, plane: &Plane, caller: &Caller) -> Result<()> {
    let now = plane.clock.now();
    let mut row = named(caller.name.clone(), "signIn", Some(caller.session.to_string()), now);
    row.subject_id = Some(caller.subject);
    outbox::record_anywhere(tx, caller.tenant, Vec::new(), vec![row]).await?;
    Ok(())
}

/// The audit of the caller's tenant, newest first.
pub async fn list(call: &Call, page: &Page) -> Result<Paged<Audit>> {
    let tenant = Node::Tenant(call.tenant()?);
    let permit = call.permit(Action::ReadAudit, tenant, "audit").await?;
    Ok(audit::list(&call.plane().store.read(permit.scope()), page).await?)
}
