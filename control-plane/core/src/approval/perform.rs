//! Doing what was approved: as whoever asked, with their rights as they are now, in the transaction
//! that the mutation writes in.

use std::collections::BTreeSet;

use control_plane_store::approval::{self as store, Approval as Row};
use control_plane_store::outbox;
use control_plane_store::{ApprovalEntryKind as Kind, ApprovalState, TenantTx, approval_entry};
use policies::permit::Permit;
use serde_json::json;
use types::id::{ApprovalId, ApprovalRuleId};

use super::{Approval, Command, entry, gate, lock_open};
use crate::absent;
use crate::audit;
use crate::call::Call;
use crate::error::{Error, Result};
use crate::idempotency::Once;
use crate::nudge::Topic;
use crate::order::Done;

/// Longest problem that is kept.
const PROBLEM_MAX: usize = 1000;

/// That a call does what was approved.
pub(crate) struct Approved {
    /// What was asked for.
    pub id: ApprovalId,
    /// The rules by which it was approved.
    pub rules: BTreeSet<ApprovalRuleId>,
    /// Who approved last.
    pub by: Call,
    once: Once,
    comment: Option<String>,
}

/// Does what was asked for. What cannot be done any more as it was asked for ends here.
pub(super) async fn perform(
    call: &Call,
    permit: &Permit,
    once: &Once,
    seen: Approval,
    comment: Option<String>,
) -> Result<()> {
    let (id, key) = (seen.row.id, seen.row.idempotency_key.clone());
    let performed = match absent::caller(call.plane(), seen.row.requested_by, &seen.row.through)
        .await?
    {
        Err(problem) => Err(problem),
        Ok(caller) => {
            let rules = seen.needs.iter().map(|need| need.rule_id).collect();
            let approved = Approved { id, rules, by: call.clone(), once: once.clone(), comment };
            let command = open(call, &seen.row)?;
            let acting = call.acting(caller, approved);
            match command.perform(&acting, &key).await {
                Ok(_) => Ok(()),
                Err(error) => match problem(error) {
                    Ok(problem) => Err(problem),
                    Err(passing) => {
                        // Somebody else may have done it meanwhile, with what there was left.
                        super::admit(&super::get(call, id).await?.row, call.now())?;
                        return Err(passing);
                    }
                },
            }
        }
    };
    match performed {
        Ok(()) => {
            call.plane().nudges.send(Topic::Tenant(permit.scope().tenant()));
            Ok(())
        }
        Err(problem) => Err(end_outdated(call, permit, id, problem).await?),
    }
}

/// What a refusal means for what was asked for: nothing, or that it cannot be done any more.
fn problem(error: Error) -> Result<String> {
    match error {
        // Gone or no longer theirs: which of them is not for those who approve to learn.
        Error::NotFound { .. } | Error::Forbidden { .. } | Error::Limited { .. } => {
            Ok("whoever asked may not do it any more, or what it is about is gone".to_owned())
        }
        Error::Outdated => Ok("what it was decided on has changed since".to_owned()),
        Error::AlreadyExists { .. }
        | Error::Invalid(_)
        | Error::Conflict { .. }
        | Error::InTheWay { .. }
        | Error::Cycle => Ok(error.to_string()),
        // A limit may be raised, a database come back: it can be approved again.
        passing => Err(passing),
    }
}

fn open(call: &Call, row: &Row) -> Result<Command> {
    let opened = call.plane().key.open(&row.id.to_string(), &row.command);
    let opened = opened.map_err(|error| Error::internal("open what waits", error))?;
    let command = serde_json::from_str(opened.reveal());
    command.map_err(|error| Error::internal("read what waits", error))
}

/// Ends what cannot be done any more; answers the refusal for whoever approved.
pub(super) async fn end_outdated(
    call: &Call,
    permit: &Permit,
    id: ApprovalId,
    problem: String,
) -> Result<Error> {
    let now = call.now();
    let problem: String = problem.chars().take(PROBLEM_MAX).collect();
    let tx = call.plane().store.begin(permit).await?;
    // Somebody else may have done it meanwhile, which is why it could not be done again.
    let mut row = match lock_open(&tx, id, now).await {
        Ok(row) => row,
        Err(decided) => return Ok(decided),
    };
    row.state = ApprovalState::Outdated;
    row.problem = Some(problem.clone());
    row.ended_at = Some(now);
    let line = entry(call, &row, Kind::Outdated, Some(problem.clone()));
    approval_entry::insert(&tx, line).await?;
    let event = gate::event("approval_outdated", &row, now);
    let mut audit = audit::of_call(call, "endApproval", Some(&id));
    audit::detail(&mut audit, "problem", json!(problem));
    store::update(&tx, row).await?;
    outbox::record(&tx, vec![event], vec![audit]).await?;
    tx.commit().await?;
    call.plane().nudges.send(Topic::Tenant(permit.scope().tenant()));
    Ok(Error::Stale { problem })
}

/// Writes the last approval and that it was done, in the transaction that does it.
pub(crate) async fn complete(
    call: &Call,
    tx: &TenantTx,
    approved: &Approved,
    outcome: serde_json::Value,
) -> Result<()> {
    let by = &approved.by;
    let mut row = lock_open(tx, approved.id, call.now()).await?;
    let done: Option<Done> = serde_json::from_value(outcome).ok();
    row.state = ApprovalState::Performed;
    row.ended_at = Some(call.now());
    row.instance_id = done.map(|done| done.instance).or(row.instance_id);
    row.operation_id = done.map(|done| done.operation);
    let line = entry(by, &row, Kind::Approved, approved.comment.clone());
    approval_entry::insert(tx, line).await?;
    approved.once.insert(by, tx, &approved.id).await?;
    let event = gate::event("approval_performed", &row, call.now());
    let mut audit = audit::of_call(by, approved.once.mutation(), Some(&approved.id));
    audit.operation_id = row.operation_id;
    store::update(tx, row).await?;
    outbox::record(tx, vec![event], vec![audit]).await?;
    Ok(())
}
