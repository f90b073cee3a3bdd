//! Reports of a cell: states of members, the history that bills are made from, and how far
//! operations are. Everything may come twice or late.

use std::collections::{BTreeMap, HashMap, HashSet};

use control_plane_store::CellTx;
use control_plane_store::cell::{self, Cell};
use control_plane_store::cell_head;
use control_plane_store::instance::{self, Instance};
use control_plane_store::lifecycle;
use control_plane_store::member::{self, Member};
use control_plane_store::operation as operations;
use control_plane_store::outbox::{self, NewEvent};
use control_plane_store::{application_dependency, application_part};
use policies::permit::CellIdentity;
use types::cell::Condition;
use types::generation::Revision;
use types::id::{AgentSessionId, InstanceId, OperationId, ResourceId, TenantId};
use types::instance::{InstanceObserved, State, StateChange, Wish};
use types::instant::Instant;
use types::operation::{KEEPS_ENDING, LogLine, OperationKind, OperationObserved, OperationState};
use types::quota::Amounts;

use crate::asset::history::{self, Seen};
use crate::cell::{Answer, check_session};
use crate::configuration;
use crate::error::Result;
use crate::feed;
use crate::instance::lifecycle_row;
use crate::nudge::Topic;
use crate::operation::{self, Move};
use crate::plane::Plane;
use crate::reservation::{self, Released};

mod condition;

/// What a cell reports at once.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Counts the reports of the session; 0 if the agent does not.
    pub number: u64,
    /// The desired revision it has taken in.
    pub revision: Revision,
    /// Instances it looked at.
    pub instances: Vec<InstanceObserved>,
    /// New entries of the history of states.
    pub changes: Vec<StateChange>,
    /// Operations that moved.
    pub operations: Vec<OperationObserved>,
    /// New log lines.
    pub logs: Vec<LogLine>,
    /// Usage records it could not deliver yet.
    pub spooled: i64,
    /// How agent and host are, if it says.
    pub condition: Option<Condition>,
}

/// What the transaction has touched so far.
#[derive(Default)]
struct Touched {
    rows: HashMap<InstanceId, Instance>,
    events: BTreeMap<TenantId, Vec<NewEvent>>,
    released: Released,
    nudges: Vec<Topic>,
    /// Instances of which no member is left.
    gone: HashSet<InstanceId>,
}

impl Touched {
    /// What an instance took is free again.
    fn release(&mut self, row: &Instance, members: usize) {
        let members = i64::try_from(members).unwrap_or(i64::MAX);
        let amounts = Amounts::new(1, members, configuration::size_of(row));
        let projects = self.released.entry(row.tenant_id).or_default();
        let released = projects.entry(row.project_id).or_default();
        *released = released.plus(amounts);
    }
}

/// Takes a report in. Answers the operations whose outcome is recorded now or was before.
pub async fn take(
    plane: &Plane,
    identity: &CellIdentity,
    session: AgentSessionId,
    report: Report,
) -> Answer<Vec<OperationId>> {
    let now = plane.clock.now();
    let mut report = until_now(report, now);
    let tx = plane.store.cell(identity).await?;
    let mut row = match check_session(cell::lock_in_cell(&tx).await?, session) {
        Ok(row) => row,
        Err(refused) => return Ok(Err(refused)),
    };
    if is_late(&row, &report) {
        // How things were is not how they are; what is kept for ever is taken in below.
        (report.instances, report.condition) = (Vec::new(), None);
    } else {
        note(&tx, &mut row, &report, now).await?;
    }
    cell::update_in_cell(&tx, row).await?;
    let mut touched = Touched::default();
    load(&tx, &report, &mut touched).await?;
    record_states(plane, &tx, &report, &touched).await?;
    let seen = observe_instances(&tx, &report, &mut touched, now).await?;
    history::observe(plane, &tx, &seen).await?;
    let settled = move_operations(plane, &tx, &report, &mut touched, now).await?;
    if let Some(condition) = &report.condition {
        let hindered = condition::note_attempts(&tx, &condition.attempts).await?;
        touched.nudges.extend(hindered.into_iter().map(Topic::Operation));
    }
    finish_late_deletions(plane, &tx, &mut touched, now).await?;
    for tenant in touched.released.keys() {
        touched.events.entry(*tenant).or_default();
    }
    for (tenant, events) in std::mem::take(&mut touched.events) {
        let gone = reservation::gone(&touched.released, tenant);
        outbox::record_in_cell(&tx, tenant, events, gone).await?;
        touched.nudges.push(Topic::Tenant(tenant));
    }
    reservation::release(plane, &tx, &touched.released).await?;
    tx.commit().await?;
    touched.nudges.iter().for_each(|topic| plane.nudges.send(*topic));
    Ok(Ok(settled))
}

/// Whether it comes after one that was sent later: clocks do not tell, a session's numbers do.
fn is_late(row: &Cell, report: &Report) -> bool {
    report.number != 0 && row.report_number.is_some_and(|last| numbered(report) <= last)
}

fn numbered(report: &Report) -> i64 {
    i64::try_from(report.number).unwrap_or(i64::MAX)
}

async fn note(tx: &CellTx, row: &mut Cell, report: &Report, now: Instant) -> Result<()> {
    // An agent in trouble sees nothing: what was reported last grows old, and says so.
    if report.condition.as_ref().is_none_or(|condition| condition.trouble.is_none()) {
        row.last_report_at = Some(now);
    }
    row.report_number = Some(numbered(report));
    if report.revision > row.taken_revision {
        // Whatever a cell claims, it has taken in nothing that this plane does not know.
        row.taken_revision = report.revision.min(cell_head::get_in_cell(tx).await?);
    }
    row.spooled = report.spooled;
    condition::keep(row, report.condition.as_ref());
    Ok(())
}

/// What a cell sees has happened by now, whatever its clock says before it heard ours: a state from
/// the future would stand in the way of all that come before that time.
fn until_now(mut report: Report, now: Instant) -> Report {
    for seen in &mut report.instances {
        seen.at = seen.at.min(now);
        seen.members.iter_mut().for_each(|member| member.since = member.since.min(now));
    }
    report.operations.iter_mut().for_each(|seen| seen.at = seen.at.min(now));
    report
}

/// Loads every instance that the report speaks of; those of other cells are not found.
async fn load(tx: &CellTx, report: &Report, touched: &mut Touched) -> Result<()> {
    let observed = report.instances.iter().map(|seen| seen.id);
    let worked_on = report.operations.iter().map(|seen| seen.instance);
    let ids: HashSet<_> = observed.chain(worked_on).collect();
    let ids: Vec<_> = ids.into_iter().collect();
    let rows = instance::by_ids_in_cell(tx, &ids).await?;
    touched.rows = rows.into_iter().map(|row| (row.id, row)).collect();
    Ok(())
}

/// Adds the entries that are new to the history of states.
async fn record_states(
    plane: &Plane,
    tx: &CellTx,
    report: &Report,
    touched: &Touched,
) -> Result<()> {
    if report.changes.is_empty() {
        return Ok(());
    }
    let resources: Vec<_> =
        report.changes.iter().map(|change| change.resource.to_string()).collect();
    let known = lifecycle::of_resources_in_cell(tx, &resources).await?;
    let owner = owners(tx, &report.changes).await?;
    let missing: Vec<_> =
        owner.values().filter(|id| !touched.rows.contains_key(id)).copied().collect();
    let more = instance::by_ids_in_cell(tx, &missing).await?;
    let rows: HashMap<_, _> = touched.rows.values().chain(&more).map(|row| (row.id, row)).collect();
    let mut seen: HashSet<_> =
        known.iter().map(|entry| (entry.resource.clone(), entry.at, entry.state)).collect();
    let mut ends: HashMap<String, Instant> = HashMap::new();
    for entry in known.iter().filter(|entry| entry.state == State::Deleted) {
        ends.entry(entry.resource.clone()).or_insert(entry.at);
    }
    let mut fresh = Vec::new();
    for change in &report.changes {
        let resource = change.resource.to_string();
        // An agent from an old disk does not know yet that it is gone.
        if ends.get(&resource).is_some_and(|end| change.at > *end) {
            tracing::warn!(%resource, "a cell reports a state of something behind its end");
            continue;
        }
        let Some(row) = owner.get(&change.resource).and_then(|id| rows.get(id)) else {
            tracing::warn!(%resource, "a cell reports the state of something it does not run");
            continue;
        };
        if seen.insert((resource, change.at, change.state)) {
            fresh.push(lifecycle_row(plane, row, change.resource, change.state, change.at));
        }
    }
    Ok(lifecycle::insert_all_in_cell(tx, fresh).await?)
}

/// The instances of this cell that the resources belong to.
async fn owners(tx: &CellTx, changes: &[StateChange]) -> Result<HashMap<ResourceId, InstanceId>> {
    let (mut owners, mut members, mut volumes) = (HashMap::new(), Vec::new(), Vec::new());
    for change in changes {
        match change.resource {
            // Rows of other cells are not found later on, whatever a cell claims.
            ResourceId::Instance(id) => drop(owners.insert(change.resource, id)),
            ResourceId::Member(id) => members.push(id),
            ResourceId::Volume(id) => volumes.push(id),
        }
    }
    for found in member::whereabouts(tx, &members, &volumes).await? {
        owners.insert(ResourceId::Member(found.member), found.instance);
        owners.insert(ResourceId::Volume(found.volume), found.instance);
    }
    Ok(owners)
}

async fn observe_instances(
    tx: &CellTx,
    report: &Report,
    touched: &mut Touched,
    now: Instant,
) -> Result<Vec<Seen>> {
    let mut news = Vec::new();
    let ids: Vec<_> = touched.rows.keys().copied().collect();
    let mut members: HashMap<InstanceId, Vec<Member>> = HashMap::new();
    for row in member::of_instances_in_cell(tx, &ids).await? {
        members.entry(row.instance_id).or_default().push(row);
    }
    for seen in &report.instances {
        let Some(row) = touched.rows.get_mut(&seen.id) else { continue };
        if seen.generation < row.observed_generation {
            continue;
        }
        let members = members.entry(seen.id).or_default();
        let mut is_news = false;
        for member in members.iter_mut() {
            if let Some(changed) = see_member(member, seen) {
                if is_given_up(&changed) && !is_given_up(member) {
                    let event = feed::of_instance("member_given_up", row, now);
                    touched.events.entry(row.tenant_id).or_default().push(event);
                }
                member::update_in_cell(tx, changed.clone()).await?;
                is_news |= history::is_news(member, &changed);
                *member = changed;
            }
        }
        let before = row.clone();
        // Also one that was never wanted here, so that the next wish is newer than it.
        row.observed_generation = seen.generation;
        if let Some(software) = &seen.software {
            row.installed_version = Some(software.version.clone());
            row.installed_digest = Some(software.digest.clone());
        }
        row.state = State::of_members(members.iter().map(|member| member.state));
        // It is deleted when that ended, not when it is seen to be gone.
        if row.wish == Wish::Deleted && row.deleted_at.is_none() {
            row.state = State::Deleting;
        }
        if *row != before {
            instance::update_in_cell(tx, row.clone()).await?;
        }
        if is_news || row.installed_version != before.installed_version {
            let members = members.clone();
            news.push(Seen { instance: row.clone(), members, at: seen.at });
        }
        if row.state != before.state || seen_differs(&before, row) {
            let event = feed::of_instance("instance_state", row, now);
            touched.events.entry(row.tenant_id).or_default().push(event);
        }
    }
    let is_gone = |members: &[Member]| {
        State::of_members(members.iter().map(|member| member.state)) == State::Deleted
    };
    touched.gone = members.iter().filter(|(_, all)| is_gone(all)).map(|(id, _)| *id).collect();
    Ok(news)
}

/// Whether it ended too often, so that nobody starts it again by himself.
fn is_given_up(member: &Member) -> bool {
    let problem = member.problem.as_deref().unwrap_or_default();
    member.state == State::Failed && problem.starts_with(KEEPS_ENDING)
}

fn seen_differs(before: &Instance, after: &Instance) -> bool {
    before.observed_generation != after.observed_generation
        || before.installed_version != after.installed_version
}

/// The member as it is seen now; none if the report does not show it, or it is gone for ever.
fn see_member(member: &Member, seen: &InstanceObserved) -> Option<Member> {
    let news = seen.members.iter().find(|news| news.id == member.id)?;
    if member.state == State::Deleted {
        return None;
    }
    let mut changed = member.clone();
    changed.state = news.state;
    changed.since = Some(news.since);
    changed.observed_role = news.role.clone();
    changed.host = news.endpoint.as_ref().map(|endpoint| endpoint.host.clone());
    changed.port = news.endpoint.as_ref().map(|endpoint| i32::from(endpoint.port));
    changed.pid = news.pid.map(i64::from);
    changed.restarts = i32::try_from(news.restarts).unwrap_or(i32::MAX);
    changed.problem = news.problem.clone();
    changed.observed_at = Some(seen.at);
    Some(changed)
}

async fn move_operations(
    plane: &Plane,
    tx: &CellTx,
    report: &Report,
    touched: &mut Touched,
    now: Instant,
) -> Result<Vec<OperationId>> {
    let ids: HashSet<_> = report
        .operations
        .iter()
        .map(|seen| seen.id)
        .chain(report.logs.iter().map(|line| line.operation))
        .collect();
    let ids: Vec<_> = ids.into_iter().collect();
    let known = operations::by_ids_in_cell(tx, &ids).await?;
    operation::add_lines(tx, &known, &report.logs).await?;
    let mut settled = unknown(report, &known);
    for row in &known {
        touched.nudges.push(Topic::Operation(row.id));
        let Some(seen) = report.operations.iter().find(|seen| seen.id == row.id) else { continue };
        if row.state.is_final() || seen.state.is_final() {
            settled.push(row.id);
        }
        let Move::To(moved) = operation::judge(row, seen) else { continue };
        operations::update_in_cell(tx, (*moved).clone()).await?;
        let Some(instance) = touched.rows.get(&moved.instance_id).cloned() else { continue };
        let event = feed::of_instance("operation_moved", &instance, now);
        touched.events.entry(instance.tenant_id).or_default().push(event);
        if moved.kind == OperationKind::Delete && moved.state == OperationState::Succeeded {
            finish_deletion(plane, tx, instance, seen.at, touched).await?;
        }
    }
    Ok(settled)
}

/// Operations that ended and that this plane, restored from a backup, knows nothing of: there is no
/// row to keep their outcome in, so their cell need not tell it again and again.
fn unknown(report: &Report, known: &[operations::Operation]) -> Vec<OperationId> {
    let ended = report.operations.iter().filter(|seen| seen.state.is_final());
    let unknown = ended.filter(|seen| !known.iter().any(|row| row.id == seen.id));
    unknown.map(|seen| seen.id).collect()
}

/// A deletion whose operation failed at its deadline may still come true: the cell goes on trying.
/// One that has not ended is not finished by what is seen: whoever sees it gone has yet to tell how
/// it ended, and forgets that together with the instance.
async fn finish_late_deletions(
    plane: &Plane,
    tx: &CellTx,
    touched: &mut Touched,
    now: Instant,
) -> Result<()> {
    let is_gone = |row: &&Instance| {
        row.wish == Wish::Deleted && row.deleted_at.is_none() && touched.gone.contains(&row.id)
    };
    let gone: Vec<_> = touched.rows.values().filter(is_gone).cloned().collect();
    if gone.is_empty() {
        return Ok(());
    }
    let deletions: Vec<_> = gone.iter().map(|row| row.operation_id).collect();
    let deletions = operations::by_ids_in_cell(tx, &deletions).await?;
    let ended = deletions.iter().filter(|row| row.state.is_final()).map(|row| row.id);
    let ended: HashSet<_> = ended.collect();
    for row in gone.into_iter().filter(|row| ended.contains(&row.operation_id)) {
        finish_deletion(plane, tx, row, now, touched).await?;
    }
    Ok(())
}

/// A deletion that succeeded ends the instance: its name is free, its life is over.
async fn finish_deletion(
    plane: &Plane,
    tx: &CellTx,
    mut row: Instance,
    at: Instant,
    touched: &mut Touched,
) -> Result<()> {
    let members = member::of_instances_in_cell(tx, &[row.id]).await?;
    let mut ends = Vec::new();
    let resources: Vec<_> = std::iter::once(ResourceId::Instance(row.id))
        .chain(members.iter().flat_map(|member| {
            [ResourceId::Member(member.id), ResourceId::Volume(member.volume_id)]
        }))
        .collect();
    let texts: Vec<_> = resources.iter().map(ToString::to_string).collect();
    let known = lifecycle::of_resources_in_cell(tx, &texts).await?;
    for resource in resources {
        let text = resource.to_string();
        let ended =
            known.iter().any(|entry| entry.resource == text && entry.state == State::Deleted);
        if !ended {
            ends.push(lifecycle_row(plane, &row, resource, State::Deleted, at));
        }
    }
    lifecycle::insert_all_in_cell(tx, ends).await?;
    if row.deleted_at.is_none() {
        touched.release(&row, members.len());
    }
    for mut member in members {
        member.state = State::Deleted;
        member.pid = None;
        member::update_in_cell(tx, member).await?;
    }
    row.state = State::Deleted;
    row.deleted_at = Some(at);
    row.live_name = None;
    row.forgotten_at = Some(plane.clock.now());
    row.revision = cell_head::next_in_cell(tx).await?;
    instance::update_in_cell(tx, row.clone()).await?;
    let event = feed::of_instance("instance_state", &row, plane.clock.now());
    touched.events.entry(row.tenant_id).or_default().push(event);
    // Behind the row: who adds it to an application holds that.
    application_part::delete_in_cell(tx, row.id).await?;
    application_dependency::delete_in_cell(tx, row.id).await?;
    touched.nudges.push(Topic::Cell(row.cell_id));
    touched.rows.insert(row.id, row);
    Ok(())
}
