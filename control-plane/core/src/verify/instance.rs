//! Instances with everything that belongs to them, a part of a tenant at a time.

use std::collections::{BTreeMap, HashMap, HashSet};

use catalog::topology::{self, TopologyMember};
use control_plane_store::asset::{self, Asset};
use control_plane_store::instance::{self, Instance, InstanceFilter};
use control_plane_store::lifecycle::{self, Lifecycle};
use control_plane_store::member::{self, Member};
use control_plane_store::operation::{self, Operation};
use control_plane_store::{InTenant, Page, Sorted as _, audit, configuration, operation_log};
use types::id::{InstanceId, ResourceId};
use types::instance::{State, Wish};
use types::secret::Secret;

use crate::asset::history;
use crate::configuration::stored;
use crate::desired;
use crate::error::{Error, Result};
use crate::plane::Plane;
use crate::verify::Tally;

/// Instances that are read at once.
const PART: u64 = 50;
/// Lines of a log that are read at once.
const LINES: u64 = 500;
/// Shorter secrets stand in other texts by chance.
const SECRET_MIN: usize = 8;
/// Audited actions on an instance that open no operation.
const WITHOUT_OPERATION: [&str; 1] = ["revealSecret"];

/// An instance and what was found of it.
struct Whole<'a> {
    row: &'a Instance,
    members: Vec<Member>,
    states: Vec<Lifecycle>,
    operations: Vec<Operation>,
    assets: Vec<Asset>,
    audited: i64,
    topology: Option<Vec<TopologyMember>>,
}

/// Looks at all instances of the reader's tenant.
pub(super) async fn look(plane: &Plane, reader: &dyn InTenant, tally: &mut Tally) -> Result<()> {
    let filter = InstanceFilter { with_deleted: true, ..InstanceFilter::default() };
    let mut after = None;
    loop {
        let page = Page::new(PART, after).map_err(|error| Error::internal("verify", error))?;
        let part = instance::list(reader, &filter, &page).await?;
        look_at(plane, reader, &part.items, tally).await?;
        after = part.items.last().map(|row| row.cursor());
        if !part.has_next {
            return Ok(());
        }
    }
}

async fn look_at(
    plane: &Plane,
    reader: &dyn InTenant,
    rows: &[Instance],
    tally: &mut Tally,
) -> Result<()> {
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let targets: Vec<_> = ids.iter().map(ToString::to_string).collect();
    // The audit first: a change that comes in between then lacks a record in the next look too,
    // or was complete in both.
    let audited = audit::count_done(reader, &targets, &WITHOUT_OPERATION).await?;
    let mut operations =
        by_instance(operation::of_instances(reader, &ids).await?, |row| row.instance_id);
    let mut states =
        by_instance(lifecycle::of_instances(reader, &ids).await?, |row| row.instance_id);
    let mut members = by_instance(member::of_instances(reader, &ids).await?, |row| row.instance_id);
    let names: Vec<_> = members.values().flatten().map(history::resource).collect();
    let mut assets = by_instance(asset::newest(reader, &names).await?, |row| row.instance_id);
    let mut texts: BTreeMap<InstanceId, Vec<String>> = BTreeMap::new();
    for row in configuration::of_instances(reader, &ids).await? {
        texts.entry(row.instance_id).or_default().push(row.parameters);
    }
    for row in rows {
        let package = plane.catalog.find(&row.package, &row.package_version);
        let whole = Whole {
            row,
            members: members.remove(&row.id).unwrap_or_default(),
            states: states.remove(&row.id).unwrap_or_default(),
            operations: operations.remove(&row.id).unwrap_or_default(),
            assets: assets.remove(&row.id).unwrap_or_default(),
            audited: audited.get(&row.id.to_string()).copied().unwrap_or_default(),
            topology: package.and_then(|package| topology::members(package, &row.topology)),
        };
        for invariant in judge(&whole) {
            tally.note(invariant, row.id);
        }
        let texts = texts.remove(&row.id).unwrap_or_default();
        match all_secrets(plane, row, &texts) {
            Err(_) => tally.note("secrets_sealed", row.id),
            Ok(secrets) => {
                if tells(reader, &whole, texts, secrets.iter()).await? {
                    tally.note("secrets_untold", row.id);
                }
            }
        }
    }
    Ok(())
}

/// The secrets that were made for it, and all that it was ever given.
fn all_secrets(plane: &Plane, row: &Instance, configurations: &[String]) -> Result<Vec<Secret>> {
    let mut secrets: Vec<_> = desired::open_secrets(plane, row)?.into_values().collect();
    for text in configurations {
        secrets.extend(stored::open(plane, row.id, text)?.secrets.into_values());
    }
    Ok(secrets)
}

fn by_instance<T>(rows: Vec<T>, id: impl Fn(&T) -> InstanceId) -> HashMap<InstanceId, Vec<T>> {
    let mut groups: HashMap<InstanceId, Vec<T>> = HashMap::new();
    for row in rows {
        groups.entry(id(&row)).or_default().push(row);
    }
    groups
}

/// The invariants that an instance breaks.
fn judge(whole: &Whole<'_>) -> Vec<&'static str> {
    let checks = [
        ("members_per_topology", has_its_members(whole)),
        ("instance_state", has_its_state(whole)),
        ("lifecycle_complete", has_its_history(whole)),
        ("asset_history", is_told(whole)),
        ("audit_per_change", i64::try_from(whole.operations.len()) == Ok(whole.audited)),
    ];
    checks.into_iter().filter(|(_, holds)| !holds).map(|(invariant, _)| invariant).collect()
}

fn has_its_members(whole: &Whole<'_>) -> bool {
    // What this program does not know, it cannot judge.
    let Some(topology) = &whole.topology else { return true };
    let expected: Vec<_> =
        topology.iter().map(|member| (member.ordinal, member.role.as_str())).collect();
    let found: Vec<_> =
        whole.members.iter().map(|member| (member.ordinal, member.role.as_str())).collect();
    expected == found
}

fn has_its_state(whole: &Whole<'_>) -> bool {
    let row = whole.row;
    if row.wish == Wish::Deleted {
        return matches!(row.state, State::Deleting | State::Deleted);
    }
    row.state == State::of_members(whole.members.iter().map(|member| member.state))
}

fn is_told(whole: &Whole<'_>) -> bool {
    whole.members.iter().all(|member| {
        let name = history::resource(member);
        let last = whole.assets.iter().find(|told| told.resource == name);
        last.is_some_and(|told| history::tells(told, whole.row, member))
    })
}

fn has_its_history(whole: &Whole<'_>) -> bool {
    let instance = ResourceId::Instance(whole.row.id).to_string();
    let members: Vec<_> = whole.members.iter().map(|member| member.id.to_string()).collect();
    let volumes: Vec<_> = whole.members.iter().map(|member| member.volume_id.to_string()).collect();
    let told: HashSet<_> = whole.states.iter().map(|entry| entry.resource.as_str()).collect();
    let ended: HashSet<_> = whole
        .states
        .iter()
        .filter(|entry| entry.state == State::Deleted)
        .map(|entry| entry.resource.as_str())
        .collect();
    let own = |resource: &&str| {
        *resource == instance || members.iter().chain(&volumes).any(|known| known == resource)
    };
    let begun = || std::iter::once(&instance).chain(&members);
    let is_ended = |resource: &String| ended.contains(resource.as_str());
    told.iter().all(own)
        && begun().all(|resource| told.contains(resource.as_str()))
        && match whole.row.deleted_at {
            Some(_) => begun().chain(&volumes).all(is_ended),
            None => !is_ended(&instance),
        }
}

/// Whether a secret stands in a text that people read.
async fn tells(
    reader: &dyn InTenant,
    whole: &Whole<'_>,
    mut texts: Vec<String>,
    secrets: impl Iterator<Item = &Secret>,
) -> Result<bool> {
    // Of those with several lines each line counts, but for the ones that say what follows.
    let lines = secrets.flat_map(|secret| secret.reveal().lines());
    let secrets: Vec<_> =
        lines.filter(|line| line.len() >= SECRET_MIN && !line.starts_with("-----")).collect();
    if secrets.is_empty() {
        return Ok(false);
    }
    let is_told = |text: &str| secrets.iter().any(|secret| text.contains(secret));
    for row in &whole.operations {
        texts.push(row.steps.clone());
        texts.extend(row.problem_message.clone());
    }
    texts.extend(whole.members.iter().filter_map(|member| member.problem.clone()));
    if texts.iter().any(|text| is_told(text)) {
        return Ok(true);
    }
    for row in &whole.operations {
        let mut last = 0;
        loop {
            let lines = operation_log::after(reader, row.id, last, LINES).await?;
            if lines.iter().any(|line| is_told(&line.text)) {
                return Ok(true);
            }
            match lines.last() {
                Some(line) if lines.len() as u64 == LINES => last = line.number,
                _ => break,
            }
        }
    }
    Ok(false)
}
