//! Where mutations pass: what takes an approval is kept and refused, what has one goes on.

use std::collections::BTreeSet;
use std::time::Duration;

use control_plane_store::approval::{self as store, Approval as Row};
use control_plane_store::approval_entry::{self, ApprovalEntry as Entry};
use control_plane_store::approval_need::{self, ApprovalNeed as Need};
use control_plane_store::instance::Instance;
use control_plane_store::outbox::{self, NewEvent};
use control_plane_store::{
    ApprovalEntryKind, ApprovalState, Covered, access_token, service_account,
};
use policies::permit::{FleetPermit, Permit, Task, task_scope};
use serde_json::json;
use types::id::{ApprovalId, InstanceId, PlanId, ProjectId};
use types::secret::Secret;

use super::command::Command;
use super::{Summary, Value};
use crate::approval_rule::{self, Facts, Rule};
use crate::call::{Call, Through};
use crate::configuration;
use crate::error::{Error, Result};
use crate::idempotency::{Once, Waiting};
use crate::nudge::Topic;
use crate::price_book::{self, Estimate};
use crate::{audit, instance};

/// A day.
const DAY: Duration = Duration::from_secs(24 * 3600);

/// What somebody asks for.
pub(crate) struct Asked {
    pub command: Command,
    pub reason: Option<String>,
    pub instance: Option<InstanceId>,
    pub name: String,
    pub package: String,
    pub plan: PlanId,
    pub topology: String,
    pub software_version: String,
    pub members: usize,
    pub price: Estimate,
    pub values: Vec<Value>,
}

/// Lets a mutation pass that no rule covers, or that was approved by the very rules that do. What
/// is covered otherwise is kept and refused with the id of what waits. What is asked is looked at
/// only if there can be a rule.
pub(crate) async fn pass(
    call: &Call,
    permit: &Permit,
    once: &Once,
    (covered, project): (Covered, ProjectId),
    ask: impl AsyncFnOnce() -> Result<Asked>,
) -> Result<()> {
    let mut rules = approval_rule::over(call, covered, project).await?;
    let mut asked = None;
    if !rules.is_empty() {
        let it = ask().await?;
        let per_month = &it.price.per_month;
        let facts = Facts { package: &it.package, plan: it.plan, per_month };
        rules.retain(|rule| rule.covers(&facts));
        asked = Some(it);
    }
    if let Some(approved) = call.approved() {
        let now: BTreeSet<_> = rules.iter().map(|rule| rule.row.id).collect();
        return if now == approved.rules { Ok(()) } else { Err(Error::Outdated) };
    }
    match asked {
        Some(asked) if !rules.is_empty() => {
            let (row, needs) = rows(call, once, (covered, project), &asked, &rules).await?;
            let approval = keep(call, permit, once, row, needs, asked.reason).await?;
            Err(Error::ApprovalNeeded { approval })
        }
        _ => Ok(()),
    }
}

/// What is asked for of an instance that is there.
pub(crate) async fn of_instance(
    call: &Call,
    row: &Instance,
    command: Command,
    reason: Option<String>,
    values: Vec<Value>,
) -> Result<Asked> {
    let members = instance::members(call, &[row.id]).await?.len();
    let size = configuration::size_of(row);
    let price = price_book::estimate(call, row.project_id, row.plan_id, size, members).await?;
    Ok(Asked {
        command,
        reason,
        instance: Some(row.id),
        name: row.name.clone(),
        package: row.package.clone(),
        plan: row.plan_id,
        topology: row.topology.clone(),
        software_version: row.software_version.clone(),
        members,
        price,
        values,
    })
}

async fn rows(
    call: &Call,
    once: &Once,
    (covered, project): (Covered, ProjectId),
    asked: &Asked,
    rules: &[Rule],
) -> Result<(Row, Vec<Need>)> {
    let plane = call.plane();
    let (id, tenant) = (ApprovalId::next(&*plane.ids), call.tenant()?);
    let written = |error| Error::internal("write what waits for an approval", error);
    let command = Secret::new(serde_json::to_string(&asked.command).map_err(written)?);
    let command = plane.key.seal(&id.to_string(), &command, &*plane.random);
    let summary = Summary {
        package: asked.package.clone(),
        plan: asked.plan,
        topology: asked.topology.clone(),
        software_version: asked.software_version.clone(),
        members: asked.members,
        currency: asked.price.currency.clone(),
        per_month: asked.price.per_month.clone(),
        values: asked.values.clone(),
    };
    let days = rules.iter().map(|rule| rule.row.days).min().unwrap_or(approval_rule::DAYS);
    let life = DAY * u32::try_from(days).unwrap_or_default();
    let row = Row {
        id,
        tenant_id: tenant,
        project_id: project,
        instance_id: asked.instance,
        operation_id: None,
        mutation: covered,
        name: asked.name.clone(),
        state: ApprovalState::Open,
        problem: None,
        requested_by: call.caller().subject,
        behind: serde_json::to_string(&behind(call).await?).map_err(written)?,
        through: call.caller().through.to_string(),
        idempotency_key: once.key().to_owned(),
        command: command.map_err(|error| Error::internal("seal what waits", error))?,
        summary: serde_json::to_string(&summary).map_err(written)?,
        created_at: call.now(),
        expires_at: call.now().plus(life),
        ended_at: None,
    };
    let need = |rule: &Rule| Need {
        approval_id: id,
        rule_id: rule.row.id,
        tenant_id: tenant,
        node: rule.row.node.clone(),
        approvers: rule.row.approvers,
    };
    Ok((row, rules.iter().map(need).collect()))
}

/// Names of the people behind a program that asks: who made it or a token of it.
async fn behind(call: &Call) -> Result<BTreeSet<String>> {
    let caller = call.caller();
    let mut names = BTreeSet::from([caller.name.clone()]);
    let Through::Token(_) = caller.through else { return Ok(names) };
    let plane = call.plane();
    let tenant = plane.store.read(&task_scope(Task::SignIn, call.tenant()?));
    let account = service_account::find(&tenant, caller.subject).await?;
    names.extend(account.map(|account| account.created_by));
    let fleet = plane.store.fleet_read(&FleetPermit::task(Task::SignIn));
    let makers = access_token::makers(&fleet, caller.subject).await?;
    names.extend(makers);
    Ok(names)
}

async fn keep(
    call: &Call,
    permit: &Permit,
    once: &Once,
    row: Row,
    needs: Vec<Need>,
    reason: Option<String>,
) -> Result<ApprovalId> {
    let (id, now) = (row.id, call.now());
    let tx = call.plane().store.begin(permit).await?;
    let entry = Entry {
        id: call.plane().ids.next(),
        approval_id: id,
        tenant_id: row.tenant_id,
        kind: ApprovalEntryKind::Asked,
        subject_id: Some(row.requested_by),
        comment: reason,
        at: now,
    };
    let event = event("approval_requested", &row, now);
    let mut audit = audit::of_call(call, "requestApproval", Some(&id));
    audit::detail(&mut audit, "mutation", json!(row.mutation));
    audit::detail(&mut audit, "name", json!(row.name));
    audit::detail(&mut audit, "project", json!(row.project_id));
    store::insert(&tx, row).await?;
    approval_need::insert_all(&tx, needs).await?;
    approval_entry::insert(&tx, entry).await?;
    once.insert(call, &tx, &Waiting { approval_needed: id }).await?;
    outbox::record(&tx, vec![event], vec![audit]).await?;
    tx.commit().await?;
    call.plane().nudges.send(Topic::Tenant(permit.scope().tenant()));
    Ok(id)
}

/// Something that happened to what was asked for.
pub(super) fn event(kind: &str, row: &Row, now: types::instant::Instant) -> NewEvent {
    let mut event = NewEvent::new(kind, now);
    event.project_id = Some(row.project_id);
    event.instance_id = row.instance_id;
    event.operation_id = row.operation_id;
    event
}
