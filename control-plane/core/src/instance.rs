//! Instances: what a user orders, names, pays for and deletes.

use std::collections::BTreeMap;

pub use control_plane_store::instance::{Instance, InstanceFilter as Filter};
use control_plane_store::lifecycle::Lifecycle;
pub use control_plane_store::member::Member;
use control_plane_store::{Covered, TenantTx, cell, instance, member, outbox};
use policies::action::Action;
use policies::permit::Permit;
use types::generation::Generation;
use types::id::{InstanceId, OperationId, ProjectId, ResourceId};
use types::instance::{State, Wish};
use types::instant::Instant;
use types::name::Name;
use types::operation::{OperationKind, OperationState};
use types::secret::Secret;

use crate::approval::{Command, gate};
use crate::asset::history;
use crate::audit;
use crate::call::Call;
use crate::configuration::change::read_reason;
use crate::desired;
use crate::error::{Error, Result};
use crate::feed;
use crate::idempotency::Once;
use crate::nudge::Topic;
use crate::operation;
use crate::order::Done;
use crate::page::{Page, Paged};
use crate::plane::Plane;

pub mod observe;

/// One instance that the caller may see.
pub async fn get(call: &Call, id: InstanceId) -> Result<Instance> {
    let reader = call.reader().await?;
    instance::find(&reader, id).await?.ok_or(Error::NotFound { what: "instance" })
}

/// Several instances; those the caller may not see are missing.
pub async fn by_ids(call: &Call, ids: &[InstanceId]) -> Result<Vec<Instance>> {
    Ok(instance::by_ids(&call.reader().await?, ids).await?)
}

/// Instances that the caller may see, newest first.
pub async fn list(call: &Call, filter: &Filter, page: &Page) -> Result<Paged<Instance>> {
    if filter.name_part.as_ref().is_some_and(|part| part.chars().any(char::is_control)) {
        let message = "names have no control characters; search for another part";
        return Err(Error::invalid("filter.search", "malformed", message));
    }
    Ok(instance::list(&call.reader().await?, filter, page).await?)
}

/// The newest instances of each project, as far as the caller may see them.
pub async fn first_of_projects(
    call: &Call,
    projects: &[ProjectId],
    first: u64,
) -> Result<BTreeMap<ProjectId, Paged<Instance>>> {
    Ok(instance::first_of_projects(&call.reader().await?, projects, first).await?)
}

/// Living instances of a name; more than one if several projects have it.
pub async fn named(call: &Call, name: &str) -> Result<Vec<Instance>> {
    // What cannot be a name is nobody's; not every database takes any text as a question.
    if name.parse::<Name>().is_err() {
        return Ok(Vec::new());
    }
    Ok(instance::by_name(&call.reader().await?, name).await?)
}

/// The members of several instances.
pub async fn members(call: &Call, ids: &[InstanceId]) -> Result<Vec<Member>> {
    Ok(member::of_instances(&call.reader().await?, ids).await?)
}

/// Stops a serving instance; its data stays.
pub async fn stop(call: &Call, id: InstanceId, key: &str) -> Result<Done> {
    power(call, id, Wish::Stopped, None, key).await
}

/// Starts a stopped instance, or one that has failed or is degraded.
pub async fn start(call: &Call, id: InstanceId, key: &str) -> Result<Done> {
    power(call, id, Wish::Running, None, key).await
}

/// Starts or stops an instance; with `seen` only if nobody changed it since that generation.
pub(crate) async fn power(
    call: &Call,
    id: InstanceId,
    to: Wish,
    seen: Option<Generation>,
    key: &str,
) -> Result<Done> {
    let (mutation, kind) = match to {
        Wish::Running => ("startInstance", OperationKind::Start),
        Wish::Stopped | Wish::Deleted => ("stopInstance", OperationKind::Stop),
    };
    let once = Once::new(mutation, key, &id)?;
    let asked = Asked { to, kind, action: Action::Operate, seen, reason: None };
    wish(call, id, &once, asked).await
}

/// Deletes an instance with its data. `name` must be the instance's own. `reason` is read by those
/// who approve, if that takes an approval.
pub async fn delete(
    call: &Call,
    id: InstanceId,
    name: &str,
    reason: Option<&str>,
    key: &str,
) -> Result<Done> {
    remove(call, id, Named { name, seen: None }, reason, key).await
}

/// An instance that is to be deleted, as it was seen.
pub(crate) struct Named<'a> {
    /// Its name, typed once more.
    pub name: &'a str,
    /// The generation that was seen; none if any.
    pub seen: Option<Generation>,
}

/// Deletes an instance; with a generation only if nobody changed it since.
pub(crate) async fn remove(
    call: &Call,
    id: InstanceId,
    Named { name, seen }: Named<'_>,
    reason: Option<&str>,
    key: &str,
) -> Result<Done> {
    let once = Once::new("deleteInstance", key, &(id, name, reason))?;
    let row = get(call, id).await?;
    call.permit_part(Action::Delete, &row).await?;
    if row.name != name {
        let message = "type the name of the instance exactly; nothing was deleted";
        return Err(Error::invalid("name", "differs", message));
    }
    let reason = read_reason(reason)?;
    let (to, kind, action) = (Wish::Deleted, OperationKind::Delete, Action::Delete);
    wish(call, id, &once, Asked { to, kind, action, seen, reason }).await
}

/// What is wished of an instance, and what that takes.
struct Asked {
    to: Wish,
    kind: OperationKind,
    action: Action,
    /// The generation that the wish is about; none if any.
    seen: Option<Generation>,
    /// Why, for those who approve.
    reason: Option<String>,
}

/// What rules about a wish are about.
pub(crate) fn covered(wish: Wish) -> Covered {
    match wish {
        Wish::Running => Covered::StartInstance,
        Wish::Stopped => Covered::StopInstance,
        Wish::Deleted => Covered::DeleteInstance,
    }
}

impl Asked {
    /// The same to be done later, if nobody changes the instance until then.
    fn command(&self, row: &Instance) -> Command {
        let (instance, seen) = (row.id, row.generation);
        match self.to {
            Wish::Running | Wish::Stopped => Command::Power { instance, to: self.to, seen },
            Wish::Deleted => {
                let (name, reason) = (row.name.clone(), self.reason.clone());
                Command::Delete { instance, name, seen, reason }
            }
        }
    }
}

async fn wish(call: &Call, id: InstanceId, once: &Once, asked: Asked) -> Result<Done> {
    let seen = get(call, id).await?;
    let permit = call.permit_part(asked.action, &seen).await?;
    let work = Box::pin(wish_new(call, &seen, &permit, once, asked));
    once.permitted(call, &permit, work).await
}

async fn wish_new(
    call: &Call,
    seen: &Instance,
    permit: &Permit,
    once: &Once,
    asked: Asked,
) -> Result<Done> {
    let ask = async || {
        let last = operation::get(call, seen.operation_id).await?;
        let again = is_behind(seen) || last.state == OperationState::Failed;
        admit(seen, asked.to, again)?;
        let (command, reason) = (asked.command(seen), asked.reason.clone());
        gate::of_instance(call, seen, command, reason, Vec::new()).await
    };
    gate::pass(call, permit, once, (covered(asked.to), seen.project_id), ask).await?;
    let Asked { to: wish, kind, seen: expected, .. } = asked;
    let change = async |tx: &TenantTx, row: &mut Instance, _: OperationId| {
        if expected.is_some_and(|expected| expected != row.generation) {
            return Err(Error::Outdated);
        }
        let again = is_behind(row) || operation::has_failed(tx, row.operation_id).await?;
        admit(row, wish, again)?;
        row.wish = wish;
        if wish == Wish::Deleted {
            row.state = State::Deleting;
        }
        Ok(())
    };
    let event = match wish {
        Wish::Running => "instance_starting",
        Wish::Stopped => "instance_stopping",
        Wish::Deleted => "instance_deleting",
    };
    advance(call, permit, seen, once, Work { kind, event }, change).await
}

/// Whether a plane from a backup knows less of the instance than its cell: what it believes to be
/// true already may be wished again.
pub(crate) fn is_behind(row: &Instance) -> bool {
    row.observed_generation > row.generation
}

/// Which wishes can follow which: the state decides, not who asks. What failed may be wished again.
pub(crate) fn admit(row: &Instance, wish: Wish, may_repeat: bool) -> Result<()> {
    let conflict = |why, message: &str| Err(Error::Conflict { why, message: message.to_owned() });
    match (row.wish, wish) {
        _ if row.deleted_at.is_some() => Err(Error::NotFound { what: "instance" }),
        (before, after) if before == after && may_repeat => Ok(()),
        (Wish::Deleted, _) => conflict("deleting", "the instance is being deleted"),
        (_, Wish::Deleted) => Ok(()),
        (Wish::Stopped, Wish::Stopped) => conflict("stopped", "the instance is stopped already"),
        // What does not serve may be given up, and then waits for somebody to start it again.
        (Wish::Running, Wish::Running) if matches!(row.state, State::Failed | State::Degraded) => {
            Ok(())
        }
        (Wish::Running, Wish::Running) => conflict("running", "the instance is started already"),
        _ => Ok(()),
    }
}

/// The operation and the event that a change of an instance makes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Work {
    /// What kind of operation.
    pub kind: OperationKind,
    /// The word in the feed.
    pub event: &'static str,
}

/// The next generation of an instance, written with its operation, event and audit record.
pub(crate) async fn advance(
    call: &Call,
    permit: &Permit,
    seen: &Instance,
    once: &Once,
    work: Work,
    change: impl AsyncFnOnce(&TenantTx, &mut Instance, OperationId) -> Result<()>,
) -> Result<Done> {
    let plane = call.plane();
    let operation = OperationId::next(&*plane.ids);
    let before = write(call, permit, seen, operation, once, work, change).await?;
    plane.nudges.send(Topic::Cell(seen.cell_id));
    plane.nudges.send(Topic::Tenant(permit.scope().tenant()));
    plane.nudges.send(Topic::Operation(before));
    Ok(Done { instance: seen.id, operation })
}

async fn write(
    call: &Call,
    permit: &Permit,
    seen: &Instance,
    operation: OperationId,
    once: &Once,
    work: Work,
    change: impl AsyncFnOnce(&TenantTx, &mut Instance, OperationId) -> Result<()>,
) -> Result<OperationId> {
    let (plane, now) = (call.plane(), call.now());
    let tx = plane.store.begin(permit).await?;
    // The cell first and then the instance, as in every transaction (see the store's `tx`); an
    // instance never changes its cell.
    let revision = cell::next_revision(&tx, seen.cell_id).await?;
    let locked = instance::lock(&tx, seen.id).await?;
    let mut row = locked.ok_or(Error::NotFound { what: "instance" })?;
    let before = row.operation_id;
    let was = row.clone();
    change(&tx, &mut row, operation).await?;
    // A plane that was restored from a backup may know less of it than its cell.
    row.generation = row.generation.max(row.observed_generation).next();
    row.operation_id = operation;
    row.revision = revision;
    operation::supersede(&tx, before, now).await?;
    operation::open(call, &tx, &row, work.kind).await?;
    instance::update(&tx, row.clone()).await?;
    history::change(plane, &tx, &was, &row).await?;
    once.keep(call, &tx, &Done { instance: seen.id, operation }).await?;
    let event = feed::of_instance(work.event, &row, now);
    let audit = audit::of_operation(call, once.mutation(), &seen.id, operation);
    outbox::record(&tx, vec![event], vec![audit]).await?;
    tx.commit().await?;
    Ok(before)
}

/// The secrets of an instance. The audit record is written before they are handed out, each time.
pub async fn reveal(call: &Call, id: InstanceId, key: &str) -> Result<BTreeMap<String, Secret>> {
    let once = Once::new("revealSecret", key, &id)?;
    let row = get(call, id).await?;
    let permit = call.permit_part(Action::Reveal, &row).await?;
    let secrets = desired::open_secrets(call.plane(), &row)?;
    let is_repeated = once.find::<InstanceId>(call, &permit).await?.is_some();
    match witness(call, &permit, &row, &once, !is_repeated).await {
        // The same request came twice at once, or its key was used for something else meanwhile.
        Err(Error::Repeated) => {
            once.find::<InstanceId>(call, &permit).await?.ok_or(Error::Repeated)?;
            witness(call, &permit, &row, &once, false).await?;
        }
        written => written?,
    }
    Ok(secrets)
}

/// Records that secrets are handed out.
async fn witness(
    call: &Call,
    permit: &Permit,
    row: &Instance,
    once: &Once,
    is_first: bool,
) -> Result<()> {
    let tx = call.plane().store.begin(permit).await?;
    if is_first {
        once.keep(call, &tx, &row.id).await?;
    }
    let audit = audit::of_call(call, once.mutation(), Some(&row.id));
    let event = feed::of_instance("secret_revealed", row, call.now());
    outbox::record(&tx, vec![event], vec![audit]).await?;
    Ok(tx.commit().await?)
}

/// An entry of the history of states.
pub(crate) fn lifecycle_row(
    plane: &Plane,
    row: &Instance,
    resource: ResourceId,
    state: State,
    at: Instant,
) -> Lifecycle {
    Lifecycle {
        id: plane.ids.next(),
        tenant_id: row.tenant_id,
        project_id: row.project_id,
        instance_id: row.id,
        cell_id: row.cell_id,
        resource: resource.to_string(),
        kind: resource.kind().to_owned(),
        plan_id: Some(row.plan_id),
        state,
        at,
        recorded_at: plane.clock.now(),
        billed_in: None,
    }
}
