//! Mutations that take an approval: what was asked for waits until others approve, and is then done
//! as whoever asked, with their rights and by what they saw, in the transaction of the last approval.

use std::collections::BTreeSet;

pub use control_plane_store::approval::Filter;
use control_plane_store::approval::{self as store, Approval as Row, Seer};
pub use control_plane_store::approval_entry::ApprovalEntry as Entry;
pub use control_plane_store::approval_need::ApprovalNeed as Need;
pub use control_plane_store::{ApprovalEntryKind as EntryKind, ApprovalState as State};
use control_plane_store::{
    ApprovalEntryKind, ApprovalState, FleetTx, TenantTx, approval_entry, approval_need, outbox,
};
use policies::action::Action;
use policies::role::Node;
use policies::tree::Tree as _;
use serde::{Deserialize, Serialize};
use types::id::{ApprovalId, PlanId, SubjectId};
use types::instant::Instant;
use types::money::Decimal;

use crate::audit;
use crate::call::Call;
use crate::configuration::change::read_reason;
use crate::error::{Error, Result};
use crate::limits;
use crate::page::{Page, Paged};
use crate::plane::Plane;
use crate::rights::Standing;

pub mod ahead;
mod command;
mod decide;
pub(crate) mod gate;
pub(crate) mod perform;

pub(crate) use command::Command;
pub use decide::{approve, comment, reject, withdraw};
pub(crate) use perform::Approved;

/// What would be done and what it costs, without secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Name of the package.
    pub package: String,
    /// Size and price.
    pub plan: PlanId,
    /// One of the package's topologies.
    pub topology: String,
    /// The version of the software.
    pub software_version: String,
    /// How many members.
    pub members: usize,
    /// Code of the currency.
    pub currency: String,
    /// While it runs, for 30 × 24 hours, when it was asked for.
    pub per_month: Decimal,
    /// Values that are given or that change; masked if secret.
    pub values: Vec<Value>,
}

/// A parameter that is given or that changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Value {
    /// Its name.
    pub parameter: String,
    /// Its value now.
    pub before: Option<serde_json::Value>,
    /// Its value then.
    pub after: Option<serde_json::Value>,
}

/// Something that was asked for, with all that is known of it.
#[derive(Clone, Debug)]
pub struct Approval {
    /// The row.
    pub row: Row,
    /// What it would do.
    pub summary: Summary,
    /// The rules that it has to satisfy.
    pub needs: Vec<Need>,
    /// What happened to it.
    pub entries: Vec<Entry>,
}

impl Approval {
    /// Where it stands at an instant.
    pub fn state(&self, now: Instant) -> ApprovalState {
        state(&self.row, now)
    }

    /// Who approved so far.
    pub fn approvers(&self) -> BTreeSet<SubjectId> {
        let approved = self.entries.iter().filter(|it| it.kind == ApprovalEntryKind::Approved);
        approved.filter_map(|it| it.subject_id).collect()
    }

    /// How many of these people may approve where a rule stands.
    pub fn given(need: &Need, who: &BTreeSet<SubjectId>, standing: &Standing) -> usize {
        let node = need.node.parse::<Node>().ok();
        let Some(path) = node.and_then(|node| standing.tree.path(node)) else { return 0 };
        let may = |who: &&SubjectId| standing.rights.allows(**who, Action::Approve, &path);
        who.iter().filter(may).count()
    }

    /// Whether the caller or a person behind it asked.
    pub fn is_own(&self, call: &Call) -> bool {
        let caller = call.caller();
        let behind: Vec<String> = serde_json::from_str(&self.row.behind).unwrap_or_default();
        self.row.requested_by == caller.subject || behind.contains(&caller.name)
    }

    /// Whether the caller can decide it now.
    pub async fn can_decide(&self, call: &Call) -> Result<bool> {
        let is_open = self.state(call.now()) == ApprovalState::Open;
        if !is_open || self.approvers().contains(&call.caller().subject) {
            return Ok(false);
        }
        match decide::permit(call, self).await {
            Ok(_) => Ok(true),
            Err(Error::Internal { context, source }) => Err(Error::Internal { context, source }),
            Err(_) => Ok(false),
        }
    }
}

/// Where it stands: nobody waits for the task that ends what is over.
fn state(row: &Row, now: Instant) -> ApprovalState {
    match row.state {
        ApprovalState::Open if now >= row.expires_at => ApprovalState::Expired,
        other => other,
    }
}

async fn seer(call: &Call) -> Result<Seer> {
    Ok(Seer {
        subject: call.caller().subject,
        view: call.scope(Action::View).await?,
        approve: call.scope(Action::Approve).await?,
    })
}

/// What the caller asked for or decides, the newest first; at a node with all below, or anywhere.
pub async fn list(
    call: &Call,
    at: Option<Node>,
    mut filter: Filter,
    page: &Page,
) -> Result<Paged<Approval>> {
    if let Some(at) = at {
        if matches!(at, Node::Application(_)) {
            return Err(Error::NotFound { what: "node" });
        }
        call.permit(Action::View, at, "node").await?;
        if !matches!(at, Node::Tenant(_) | Node::Installation) {
            filter.projects = Some(limits::below(at, &call.standing().await?.tree).1);
        }
    }
    let reader = call.reader().await?;
    let found = store::list(&reader, &seer(call).await?, &filter, call.now(), page).await?;
    let ids: Vec<_> = found.items.iter().map(|row| row.id).collect();
    let mut needs = approval_need::of_approvals(&reader, &ids).await?;
    let mut entries = approval_entry::of_approvals(&reader, &ids).await?;
    let whole = |row: Row| {
        let needs = needs.extract_if(.., |it| it.approval_id == row.id).collect();
        let entries = entries.extract_if(.., |it| it.approval_id == row.id).collect();
        whole(row, needs, entries)
    };
    let items = found.items.into_iter().map(whole).collect::<Result<_>>()?;
    Ok(Paged { items, has_next: found.has_next })
}

/// One of them.
pub async fn get(call: &Call, id: ApprovalId) -> Result<Approval> {
    let reader = call.reader().await?;
    let row = store::find(&reader, &seer(call).await?, id).await?;
    let row = row.ok_or(Error::NotFound { what: "approval" })?;
    let needs = approval_need::of_approvals(&reader, &[id]).await?;
    let entries = approval_entry::of_approvals(&reader, &[id]).await?;
    whole(row, needs, entries)
}

fn whole(row: Row, needs: Vec<Need>, entries: Vec<Entry>) -> Result<Approval> {
    let summary = serde_json::from_str(&row.summary);
    let summary = summary.map_err(|error| Error::internal("read what waits", error))?;
    Ok(Approval { row, summary, needs, entries })
}

/// The row, held until the end, if nobody has decided it and its time is not over.
async fn lock_open(tx: &TenantTx, id: ApprovalId, now: Instant) -> Result<Row> {
    let row = store::lock(tx, id).await?.ok_or(Error::NotFound { what: "approval" })?;
    admit(&row, now)?;
    Ok(row)
}

/// Refuses what was decided or is over.
fn admit(row: &Row, now: Instant) -> Result<()> {
    let (why, message) = match state(row, now) {
        ApprovalState::Open => return Ok(()),
        ApprovalState::Outdated => {
            let problem = row.problem.clone().unwrap_or_default();
            return Err(Error::Stale { problem });
        }
        ApprovalState::Performed => ("performed", "was approved and done already"),
        ApprovalState::Rejected => ("rejected", "was rejected already"),
        ApprovalState::Withdrawn => ("withdrawn", "was withdrawn by whoever asked"),
        ApprovalState::Expired => ("expired", "was not decided in time; it can be asked for again"),
    };
    Err(Error::Conflict { why, message: format!("what was asked for {message}") })
}

/// Ends what nobody decided in time, at most so many.
pub(crate) async fn expire(plane: &Plane, tx: &FleetTx, now: Instant, limit: u64) -> Result<()> {
    for row in store::overdue(tx, now, limit).await? {
        if !store::expire_anywhere(tx, row.id, now).await? {
            continue;
        }
        let line = Entry {
            id: plane.ids.next(),
            approval_id: row.id,
            tenant_id: row.tenant_id,
            kind: ApprovalEntryKind::Expired,
            subject_id: None,
            comment: None,
            at: now,
        };
        approval_entry::insert_anywhere(tx, line).await?;
        let event = gate::event("approval_expired", &row, now);
        let audit = audit::named("expire".to_owned(), "endApproval", Some(row.id.to_string()), now);
        outbox::record_anywhere(tx, Some(row.tenant_id), vec![event], vec![audit]).await?;
    }
    Ok(())
}

/// A line of the history.
fn entry(call: &Call, row: &Row, kind: ApprovalEntryKind, comment: Option<String>) -> Entry {
    Entry {
        id: call.plane().ids.next(),
        approval_id: row.id,
        tenant_id: row.tenant_id,
        kind,
        subject_id: Some(call.caller().subject),
        comment,
        at: call.now(),
    }
}

/// A comment as it is kept.
fn read_comment(given: Option<&str>, is_needed: bool) -> Result<Option<String>> {
    let read = read_reason(given).map_err(|error| match error {
        Error::Invalid(problems) => Error::Invalid(
            problems
                .into_iter()
                .map(|it| crate::error::FieldProblem { field: "comment".to_owned(), ..it })
                .collect(),
        ),
        other => other,
    })?;
    if is_needed && read.is_none() {
        return Err(Error::invalid("comment", "required", "say why; whoever asked reads it"));
    }
    Ok(read)
}
