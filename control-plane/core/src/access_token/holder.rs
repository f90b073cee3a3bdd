//! What a token is worth to whoever shows it: its subject's rights within its limits, or nothing.

use std::net::IpAddr;
use std::sync::Arc;

use control_plane_store::access_token::{self, AccessToken};
use control_plane_store::outbox::{self, NewAudit};
use control_plane_store::{AuditOutcome, SubjectState, subject};
use ipnet::IpNet;
use policies::action::Action;
use policies::permit::{FleetPermit, Task};
use serde_json::json;
use types::instant::Instant;

use crate::access_token::PREFIX;
use crate::audit;
use crate::call::{Caller, Through};
use crate::error::{Error, ErrorCode, Result};
use crate::limits::{LimitedBy, Limits};
use crate::plane::Plane;
use crate::tenant;

/// Whether a text is meant as a token of a program.
pub fn is_one(text: &str) -> bool {
    text.strip_prefix(PREFIX).is_some_and(|rest| rest.starts_with('_'))
}

/// The holder of a token that somebody showed.
pub(crate) async fn look_up(
    plane: &Plane,
    hash: &str,
    now: Instant,
    from: IpAddr,
) -> Result<Caller> {
    let reader = plane.store.fleet_read(&FleetPermit::task(Task::SignIn));
    let row = access_token::find_by_hash(&reader, hash).await?.ok_or(Error::Unauthenticated)?;
    let subject = subject::find_anywhere(&reader, row.subject_id).await?;
    let subject = subject.ok_or(Error::Unauthenticated)?;
    let is_previous = row.hash != hash;
    let until = match row.previous_until {
        Some(until) if is_previous => until.min(row.expires_at),
        _ => row.expires_at,
    };
    let caller = Caller {
        subject: subject.id,
        name: subject.name,
        tenant: subject.tenant_id,
        through: Through::Token(row.id),
        session_expires_at: until,
        limits: Some(Arc::new(limits(&row)?)),
        impersonated_by: None,
    };
    let problem = match () {
        () if row.revoked_at.is_some() => Some("revoked"),
        () if subject.state != SubjectState::Active => Some("subject_disabled"),
        () if is_previous && now >= until => Some("rotated"),
        () => None,
    };
    if let Some(problem) = problem {
        return Err(refuse(plane, &caller, problem, now, from).await);
    }
    match tenant::admit(&reader, caller.tenant).await {
        // Whoever has the token of a subject may know what became of its tenant.
        Err(Error::Limited { why, action, message }) => {
            refuse(plane, &caller, why, now, from).await;
            Err(Error::Limited { why, action, message })
        }
        admitted => admitted.map(|()| caller),
    }
}

/// Refuses a token that is over or that is used from elsewhere. Sessions have no limits like that.
pub(crate) async fn admit(
    plane: &Plane,
    caller: &Caller,
    now: Instant,
    from: IpAddr,
) -> Result<()> {
    let Through::Token(_) = caller.through else { return Ok(()) };
    if now >= caller.session_expires_at {
        return Err(refuse(plane, caller, "expired", now, from).await);
    }
    if caller.limits.as_ref().is_some_and(|limits| !limits.admit(from)) {
        return Err(refuse(plane, caller, "wrong_address", now, from).await);
    }
    Ok(())
}

/// Who shows a token that is known and not good is told nothing; the audit is, once a minute.
async fn refuse(
    plane: &Plane,
    caller: &Caller,
    reason: &'static str,
    now: Instant,
    from: IpAddr,
) -> Error {
    if plane.sessions.may_tell(caller.through, reason, now) {
        let row = refusal(caller, reason, now, from);
        if let Err(error) = outbox::witness(&plane.store, caller.tenant, vec![row]).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(token.id = %caller.through, error, "a refusal could not be audited");
        }
    }
    Error::Unauthenticated
}

fn refusal(caller: &Caller, reason: &str, now: Instant, from: IpAddr) -> NewAudit {
    let target = Some(caller.through.to_string());
    let mut row = audit::named(caller.name.clone(), "useToken", target, now);
    row.subject_id = Some(caller.subject);
    row.address = Some(audit::address(from));
    row.outcome = AuditOutcome::Refused;
    row.code = Some(ErrorCode::Unauthenticated.to_string());
    audit::detail(&mut row, "reason", json!(reason));
    row
}

/// What a token's row leaves of its subject's rights.
pub fn limits(row: &AccessToken) -> Result<Limits> {
    let wrong = |error: &dyn std::fmt::Display| Error::internal("read a token", error.to_string());
    let addresses: Vec<IpNet> =
        serde_json::from_str(&row.addresses).map_err(|error| wrong(&error))?;
    let actions = match &row.actions {
        None => Action::ALL.iter().copied().collect(),
        Some(text) => {
            let words: Vec<String> = serde_json::from_str(text).map_err(|error| wrong(&error))?;
            // A word that this program does not know allows nothing.
            words.iter().filter_map(|word| word.parse().ok()).collect()
        }
    };
    let node = row.node.as_ref().map(|node| node.parse()).transpose();
    let node = node.map_err(|error| wrong(&error))?;
    Ok(Limits { by: LimitedBy::Token(row.name.clone()), actions, node, addresses })
}
