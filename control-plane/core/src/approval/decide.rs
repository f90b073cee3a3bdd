//! What people decide about what was asked for.

use std::collections::BTreeSet;

use control_plane_store::approval::{self as store, Approval as Row};
use control_plane_store::outbox;
use control_plane_store::{
    ApprovalEntryKind as Kind, ApprovalState, SubjectState, TenantTx, approval_entry,
    approval_rule, subject,
};
use policies::action::Action;
use policies::permit::Permit;
use policies::role::Node;
use types::id::{ApprovalId, SubjectId};

use super::{Approval, command, entry, gate, get, lock_open, perform, read_comment};
use crate::audit;
use crate::call::Call;
use crate::error::{Error, Result};
use crate::idempotency::Once;
use crate::instance;
use crate::nudge::Topic;

/// How often others may come between before it is given up.
const ROUNDS: usize = 5;

/// Who may decide: somebody in person who may approve where a rule stands, and did not ask.
pub(super) async fn permit(call: &Call, seen: &Approval) -> Result<Permit> {
    if seen.is_own(call) {
        let message = "you asked for it yourself, or a program of yours did; somebody else has to \
                       decide";
        return Err(limited("own_request", message));
    }
    if let Some(limits) = call.caller().limits.as_deref() {
        return Err(limits.not_a_person());
    }
    at_rule(call, seen).await
}

/// The right to approve where one of the rules stands.
async fn at_rule(call: &Call, seen: &Approval) -> Result<Permit> {
    let mut refused = Error::NotFound { what: "approval" };
    for need in &seen.needs {
        let Ok(node) = need.node.parse::<Node>() else { continue };
        match call.permit(Action::Approve, node, "approval").await {
            Ok(permit) => return Ok(permit),
            Err(error) => refused = error,
        }
    }
    Err(refused)
}

/// The right of whoever asked to what they asked for.
async fn as_requester(call: &Call, seen: &Approval) -> Result<Permit> {
    let action = match call.caller().limits {
        // A token for looking takes nothing back.
        Some(_) => command::action(seen.row.mutation),
        None => Action::View,
    };
    let Some(id) = seen.row.instance_id else {
        return call.permit(action, Node::Project(seen.row.project_id), "approval").await;
    };
    let hidden = |error: Error| match error {
        Error::NotFound { .. } => Error::NotFound { what: "approval" },
        other => other,
    };
    let part = instance::get(call, id).await.map_err(hidden)?;
    call.permit_part(action, &part).await.map_err(hidden)
}

fn limited(why: &'static str, message: &str) -> Error {
    Error::Limited { why, action: Some(Action::Approve), message: message.to_owned() }
}

/// Approves. The last approval that was needed does what was asked for.
pub async fn approve(
    call: &Call,
    id: ApprovalId,
    comment: Option<&str>,
    key: &str,
) -> Result<ApprovalId> {
    let once = Once::new("giveApproval", key, &(id, comment))?;
    let work = async {
        for _ in 0..ROUNDS {
            if approve_once(call, &once, id, read_comment(comment, false)?).await? {
                return Ok(id);
            }
        }
        Err(Error::Repeated)
    };
    once.own(call, work).await
}

/// Whether it was written; not if others approved meanwhile and it may be enough now.
async fn approve_once(
    call: &Call,
    once: &Once,
    id: ApprovalId,
    comment: Option<String>,
) -> Result<bool> {
    let seen = get(call, id).await?;
    let permit = permit(call, &seen).await?;
    super::admit(&seen.row, call.now())?;
    let mut who = seen.approvers();
    if !who.insert(call.caller().subject) {
        let message = "you approved it already; somebody else has to, too";
        return Err(Error::Conflict { why: "approved_already", message: message.to_owned() });
    }
    if !rules_stand(call, &seen).await? {
        let problem = "the rules that it took an approval by were changed".to_owned();
        return Err(perform::end_outdated(call, &permit, id, problem).await?);
    }
    if is_enough(call, &seen, who).await? {
        Box::pin(perform::perform(call, &permit, once, seen, comment)).await?;
        return Ok(true);
    }
    let given = seen.approvers();
    let write = async |tx: &TenantTx, row: &mut Row| {
        let entries = approval_entry::of_approvals(tx, &[id]).await?;
        let now = Approval { entries, ..seen };
        if now.approvers() != given {
            return Ok(false);
        }
        approval_entry::insert(tx, entry(call, row, Kind::Approved, comment)).await?;
        Ok(true)
    };
    change(call, &permit, once, id, "approval_given", write).await
}

/// Whether all rules are still there; they are never changed.
async fn rules_stand(call: &Call, seen: &Approval) -> Result<bool> {
    let rules: Vec<_> = seen.needs.iter().map(|need| need.rule_id).collect();
    let found = approval_rule::by_ids(&call.reader().await?, &rules).await?;
    Ok(found.len() == rules.len())
}

/// Whether these people are enough for every rule, of those who can still sign in and approve.
async fn is_enough(call: &Call, seen: &Approval, who: BTreeSet<SubjectId>) -> Result<bool> {
    let ids: Vec<_> = who.into_iter().collect();
    let people = subject::by_ids(&call.reader().await?, &ids).await?;
    let active = people.into_iter().filter(|row| row.state == SubjectState::Active);
    let active = active.map(|row| row.id).collect();
    let standing = call.standing().await?;
    let is_met = |need| {
        let given = Approval::given(need, &active, &standing);
        i32::try_from(given).unwrap_or(i32::MAX) >= need.approvers
    };
    Ok(seen.needs.iter().all(is_met))
}

/// Says no, and why.
pub async fn reject(call: &Call, id: ApprovalId, comment: &str, key: &str) -> Result<ApprovalId> {
    let once = Once::new("rejectApproval", key, &(id, comment))?;
    let work = async {
        let seen = get(call, id).await?;
        let permit = permit(call, &seen).await?;
        let comment = read_comment(Some(comment), true)?;
        let write = async |tx: &TenantTx, row: &mut Row| {
            end(call, tx, row, (ApprovalState::Rejected, Kind::Rejected), comment).await
        };
        change(call, &permit, &once, id, "approval_rejected", write).await?;
        Ok(id)
    };
    once.own(call, work).await
}

/// Takes back what the caller asked for.
pub async fn withdraw(
    call: &Call,
    id: ApprovalId,
    comment: Option<&str>,
    key: &str,
) -> Result<ApprovalId> {
    let once = Once::new("withdrawApproval", key, &(id, comment))?;
    let work = async {
        let seen = get(call, id).await?;
        if seen.row.requested_by != call.caller().subject {
            let message = "only who asked for it takes it back; it can be rejected instead";
            return Err(limited("not_own_request", message));
        }
        let permit = as_requester(call, &seen).await?;
        let comment = read_comment(comment, false)?;
        let write = async |tx: &TenantTx, row: &mut Row| {
            end(call, tx, row, (ApprovalState::Withdrawn, Kind::Withdrawn), comment).await
        };
        change(call, &permit, &once, id, "approval_withdrawn", write).await?;
        Ok(id)
    };
    once.own(call, work).await
}

/// Says something about what is open.
pub async fn comment(call: &Call, id: ApprovalId, text: &str, key: &str) -> Result<ApprovalId> {
    let once = Once::new("commentOnApproval", key, &(id, text))?;
    let work = async {
        let seen = get(call, id).await?;
        let is_mine = seen.row.requested_by == call.caller().subject;
        let permit = match is_mine {
            true => as_requester(call, &seen).await?,
            false => at_rule(call, &seen).await?,
        };
        let comment = read_comment(Some(text), true)?;
        let write = async |tx: &TenantTx, row: &mut Row| {
            approval_entry::insert(tx, entry(call, row, Kind::Commented, comment)).await?;
            Ok(true)
        };
        change(call, &permit, &once, id, "approval_commented", write).await?;
        Ok(id)
    };
    once.own(call, work).await
}

async fn end(
    call: &Call,
    tx: &TenantTx,
    row: &mut Row,
    (state, kind): (ApprovalState, Kind),
    comment: Option<String>,
) -> Result<bool> {
    approval_entry::insert(tx, entry(call, row, kind, comment)).await?;
    row.state = state;
    row.ended_at = Some(call.now());
    store::update(tx, row.clone()).await?;
    Ok(true)
}

/// Changes what is still open, with its event and audit record, unless the work says that it found
/// something else than was seen.
async fn change(
    call: &Call,
    permit: &Permit,
    once: &Once,
    id: ApprovalId,
    event: &str,
    work: impl AsyncFnOnce(&TenantTx, &mut Row) -> Result<bool>,
) -> Result<bool> {
    let tx = call.plane().store.begin(permit).await?;
    let mut row = lock_open(&tx, id, call.now()).await?;
    if !work(&tx, &mut row).await? {
        return Ok(false);
    }
    once.insert(call, &tx, &id).await?;
    let event = gate::event(event, &row, call.now());
    let audit = audit::of_call(call, once.mutation(), Some(&id));
    outbox::record(&tx, vec![event], vec![audit]).await?;
    tx.commit().await?;
    call.plane().nudges.send(Topic::Tenant(permit.scope().tenant()));
    Ok(true)
}
