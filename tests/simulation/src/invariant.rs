//! What has to be true once the faults are over: of the plane's database beside what people asked
//! for, what the machines run and what the agents sent.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use connectors::runtime::{ConnectorError, ProcessState, Runtime as _};
use control_plane::home::Home;
use control_plane::wiring::{self, Parts, StartError};
use control_plane_core::identity_provider::NoWire;
use control_plane_core::plane::{Plane, SharedPlane};
use control_plane_store::audit::{self, Audit, AuditFilter};
use control_plane_store::cell::{self, Cell};
use control_plane_store::instance::{self, Instance, InstanceFilter};
use control_plane_store::lifecycle::{self, Lifecycle};
use control_plane_store::member::{self, Member};
use control_plane_store::operation::{self, Operation, OperationFilter};

use control_plane_store::{AuditOutcome, Page, Store, StoreError, TenantRead};
use policies::permit::{FleetPermit, Task, task_scope};
use types::id::InstanceId;
use types::instance::{State, Wish};
use types::operation::OperationState;

use crate::clock::HostClock;
use crate::intent::Known;
use crate::template;
use crate::world::{CellSite, World, lock};

mod used;

/// Seconds that an agent may take to notice a deadline, beside the longest silence.
const SLACK_S: i64 = 60;

/// Everything that is read of a database for the checks.
pub struct Books {
    instances: Vec<Instance>,
    members: Vec<Member>,
    operations: Vec<Operation>,
    lifecycle: Vec<Lifecycle>,
    cells: Vec<Cell>,
    audit: Vec<Audit>,
}

/// A plane that is not running, to look at the database with.
///
/// # Errors
/// If the database cannot be opened.
pub async fn open(world: &World) -> Result<SharedPlane, StartError> {
    let home = Home::open(&world.folder.join("home"))?;
    let config = template::config();
    let store = wiring::open_store(&home, &config).await?;
    let clock = HostClock::of_machine(&world.time, &Arc::default());
    // The seed's own streams are not drawn from by who only looks.
    let parts = Parts { clock: Arc::new(clock), ..Parts::of_machine() };
    let addresses = home.addresses(&config);
    wiring::plane(&home, &config, store, parts, &addresses, Arc::new(NoWire))
}

/// What is not as it must be.
pub async fn broken(world: &World, plane: &Plane) -> Vec<String> {
    let problems = match look(world, &plane.store).await {
        Ok(problems) => problems,
        Err(error) => return vec![format!("the books cannot be read: {error:?}")],
    };
    if !problems.is_empty() {
        return problems;
    }
    match billing::verify::all(plane).await {
        Ok(violations) => violations
            .into_iter()
            .map(|violation| format!("verify: {}: {}", violation.invariant, violation.row))
            .collect(),
        Err(error) => vec![format!("verify: {error:?}")],
    }
}

async fn look(world: &World, store: &Store) -> Result<Vec<String>, StoreError> {
    let tenant = world.installation.tenant;
    let reader = store.read(&task_scope(Task::Console, tenant));
    let fleet = store.fleet_read(&FleetPermit::task(Task::Console));
    let books = read(&reader, cell::all(&fleet).await?).await?;
    let mut problems = Vec::new();
    for trail in [Some(tenant), None] {
        if let Some(number) = audit::verify_anywhere(&fleet, trail).await?.broken {
            problems.push(format!("the audit's chain is broken at {number}"));
        }
    }
    wanted(world, &books, &mut problems);
    for instance in &books.instances {
        shape(world, &books, instance, &mut problems);
    }
    for operation in &books.operations {
        ends(operation, world.time.now(), &mut problems);
    }
    for site in &world.cells {
        machine(site, &books, &mut problems).await;
    }
    used::check(world, store, &reader, &books, &mut problems).await?;
    Ok(problems)
}

async fn read(reader: &TenantRead, cells: Vec<Cell>) -> Result<Books, StoreError> {
    let filter = InstanceFilter { with_deleted: true, ..InstanceFilter::default() };
    let instances = instance::list(reader, &filter, &Page::largest()).await?.items;
    let ids: Vec<_> = instances.iter().map(|row| row.id).collect();
    let operations = operation::list(reader, &OperationFilter::default(), &Page::largest()).await?;
    Ok(Books {
        members: member::of_instances(reader, &ids).await?,
        operations: operations.items,
        lifecycle: lifecycle::all(reader).await?,
        cells,
        audit: audit::list(reader, &AuditFilter::default(), &Page::largest()).await?.items,
        instances,
    })
}

/// One instance for each order, one audit record for each change, and nothing that nobody wanted.
fn wanted(world: &World, books: &Books, problems: &mut Vec<String>) {
    let intents = lock(&world.intents);
    let open = intents.iter().filter(|intent| intent.known == Known::Nothing).count();
    if open > 0 {
        problems.push(format!("{open} requests were never answered"));
        return;
    }
    let mut done: BTreeMap<&str, usize> = BTreeMap::new();
    let mut made = BTreeSet::new();
    for intent in intents.iter() {
        let Known::Done { instance } = &intent.known else { continue };
        *done.entry(intent.mutation).or_default() += 1;
        let Some((name, members)) = &intent.order else { continue };
        made.insert(instance.clone());
        let row = books.instances.iter().find(|row| row.id.to_string() == *instance);
        let has =
            |row: &Instance| books.members.iter().filter(|one| one.instance_id == row.id).count();
        match row {
            None => problems.push(format!("{name} was ordered and is not there")),
            Some(row) if row.name != *name => problems.push(format!("{name} is {}", row.name)),
            Some(row) if has(row) != *members => {
                problems.push(format!("{name} has {} members, not {members}", has(row)));
            }
            Some(_) => {}
        }
    }
    for row in books.instances.iter().filter(|row| !made.contains(&row.id.to_string())) {
        problems.push(format!("nobody ordered {}", row.name));
    }
    let mutations =
        ["placeOrder", "changeConfiguration", "stopInstance", "startInstance", "deleteInstance"];
    for mutation in mutations {
        let done = done.get(mutation).copied().unwrap_or_default();
        let is_done = |row: &&Audit| row.action == mutation && row.outcome == AuditOutcome::Done;
        let audited = books.audit.iter().filter(is_done).count();
        if done != audited {
            problems.push(format!("{mutation} was done {done} times and audited {audited} times"));
        }
    }
}

/// Wish, state, operation and history of an instance agree.
fn shape(world: &World, books: &Books, row: &Instance, problems: &mut Vec<String>) {
    let name = &row.name;
    let operation = books.operations.iter().find(|one| one.id == row.operation_id);
    let Some(operation) = operation else {
        problems.push(format!("{name} has no operation"));
        return;
    };
    let wished = match row.wish {
        Wish::Running => State::Running,
        Wish::Stopped => State::Stopped,
        Wish::Deleted => State::Deleted,
    };
    let is_true = operation.state == OperationState::Succeeded || row.wish == Wish::Deleted;
    if is_true && row.state != wished {
        problems.push(format!("{name} is {} and was wished {wished}", row.state));
    }
    if row.wish == Wish::Deleted && row.deleted_at.is_none() {
        problems.push(format!("{name} was wished away and is not gone"));
    }
    let last = |resource: String| {
        let entries = books.lifecycle.iter().filter(|entry| entry.resource == resource);
        entries.max_by_key(|entry| (entry.at, entry.id)).map(|entry| entry.state)
    };
    let members: Vec<_> =
        books.members.iter().filter(|member| member.instance_id == row.id).collect();
    for member in &members {
        let told = last(member.id.to_string());
        if told != Some(member.state) {
            let (number, state) = (member.ordinal, member.state);
            problems
                .push(format!("member {number} of {name} is {state}, its history ends {told:?}"));
        }
    }
    let site = world.cells.iter().find(|site| site.id == row.cell_id);
    if site.is_none() {
        problems.push(format!("{name} is in no cell"));
    }
}

/// Every operation ends by its deadline.
fn ends(row: &Operation, now: types::instant::Instant, problems: &mut Vec<String>) {
    let latest = row.deadline.shifted(SLACK_S * 1_000_000);
    let id = row.id;
    match row.ended_at {
        None if row.state.is_final() => problems.push(format!("{id} ended at no time")),
        None => {
            let late = if now > latest { ", and its deadline is over" } else { "" };
            problems.push(format!("{id} ({}) has not ended{late}", row.kind));
        }
        Some(at) if at > latest => {
            problems.push(format!(
                "{id} ({}) ended {} after its deadline {}",
                row.kind, at, row.deadline
            ));
        }
        Some(_) => {}
    }
}

/// The machine runs exactly what is wanted of it.
async fn machine(site: &CellSite, books: &Books, problems: &mut Vec<String>) {
    let host = site.process.host;
    let instance = |id: InstanceId| books.instances.iter().find(|row| row.id == id);
    let here = site.memory.list().await.unwrap_or_default();
    for id in &here {
        let owner = books.members.iter().find(|member| member.id == *id);
        match owner.and_then(|member| instance(member.instance_id)) {
            None => problems.push(format!("{host} has {id}, which nobody knows")),
            Some(row) if row.cell_id != site.id => {
                problems.push(format!("{host} has {id}, which belongs to another cell"));
            }
            Some(row) if row.deleted_at.is_some() => {
                problems.push(format!("{host} has {id} of {}, which is deleted", row.name));
            }
            Some(_) => {}
        }
    }
    for row in books.instances.iter().filter(|row| row.cell_id == site.id) {
        let operation = books.operations.iter().find(|one| one.id == row.operation_id);
        let is_true = operation.is_some_and(|one| one.state == OperationState::Succeeded);
        if !is_true || row.wish == Wish::Deleted {
            continue;
        }
        for member in books.members.iter().filter(|member| member.instance_id == row.id) {
            let seen = site.memory.see(member.id).await.map(|seen| seen.process);
            if row.wish == Wish::Stopped && seen == Err(ConnectorError::NotFound) {
                // It was stopped before it was made.
                continue;
            }
            let wanted = match row.wish {
                Wish::Running => ProcessState::Running,
                Wish::Stopped | Wish::Deleted => ProcessState::Stopped,
            };
            if seen.as_ref().ok() != Some(&wanted) {
                let number = member.ordinal;
                problems
                    .push(format!("member {number} of {} is {seen:?}, not {wanted:?}", row.name));
            }
        }
    }
}
