//! Entries of the history of what members are: made from what instance and member say, whenever
//! that is something else than the entry before.

use control_plane_store::asset::{self, Asset};
use control_plane_store::instance::Instance;
use control_plane_store::member::{self, Member};
use control_plane_store::{CellTx, TenantTx};
use types::id::ResourceId;
use types::instant::Instant;
use uuid::Uuid;

use crate::error::Result;
use crate::plane::Plane;

/// The name of a member in the histories.
pub(crate) fn resource(member: &Member) -> String {
    ResourceId::Member(member.id).to_string()
}

/// What instance and member say, as an entry.
fn entry(instance: &Instance, member: &Member, id: Uuid, at: Instant, recorded: Instant) -> Asset {
    Asset {
        id,
        tenant_id: instance.tenant_id,
        project_id: instance.project_id,
        instance_id: instance.id,
        cell_id: instance.cell_id,
        resource: resource(member),
        instance_name: instance.name.clone(),
        ordinal: member.ordinal,
        package: instance.package.clone(),
        package_version: instance.package_version.clone(),
        software_version: instance.software_version.clone(),
        installed_version: instance.installed_version.clone(),
        plan_id: instance.plan_id,
        millivcpu: instance.millivcpu,
        memory_mib: instance.memory_mib,
        storage_mib: instance.storage_mib,
        role: member.observed_role.clone().unwrap_or_else(|| member.role.clone()),
        host: member.host.clone(),
        port: member.port,
        at,
        recorded_at: recorded,
    }
}

/// Whether an entry says what instance and member say.
pub(crate) fn tells(told: &Asset, instance: &Instance, member: &Member) -> bool {
    entry(instance, member, told.id, told.at, told.recorded_at) == *told
}

/// The first entries, of members that an order makes.
pub(crate) fn first(plane: &Plane, instance: &Instance, members: &[Member]) -> Vec<Asset> {
    following(plane, instance, members, &[], instance.created_at)
}

/// Entries that hold from an instant on, of those members of which the last ones tell otherwise.
fn following(
    plane: &Plane,
    instance: &Instance,
    members: &[Member],
    last: &[Asset],
    at: Instant,
) -> Vec<Asset> {
    let now = plane.clock.now();
    let next = |member: &Member| {
        let name = resource(member);
        let before = last.iter().find(|told| told.resource == name);
        if before.is_some_and(|told| tells(told, instance, member)) {
            return None;
        }
        // A clock may have been set back; what is known last still holds last.
        let at = before.map_or(at, |told| told.at.max(at));
        Some(entry(instance, member, plane.ids.next(), at, now))
    };
    members.iter().filter_map(next).collect()
}

/// Records what a change made of an instance's members; nothing if they are what they were.
pub(crate) async fn change(
    plane: &Plane,
    tx: &TenantTx,
    before: &Instance,
    after: &Instance,
) -> Result<()> {
    let kept = |row: &Instance| {
        let size = (row.millivcpu, row.memory_mib, row.storage_mib);
        let software = (row.package_version.clone(), row.software_version.clone());
        (row.name.clone(), row.package.clone(), software, row.plan_id, size)
    };
    if kept(before) == kept(after) {
        return Ok(());
    }
    let members = member::of_instances(tx, &[after.id]).await?;
    let names: Vec<_> = members.iter().map(resource).collect();
    let last = asset::newest(tx, &names).await?;
    let next = following(plane, after, &members, &last, plane.clock.now());
    Ok(asset::insert_all(tx, next).await?)
}

/// Whether a report showed something of a member that the history tells.
pub(crate) fn is_news(before: &Member, after: &Member) -> bool {
    before.observed_role != after.observed_role
        || before.host != after.host
        || before.port != after.port
}

/// An instance of which a report showed something new, with all its members, as they are now.
pub(crate) struct Seen {
    pub instance: Instance,
    pub members: Vec<Member>,
    pub at: Instant,
}

/// Records what a report showed.
pub(crate) async fn observe(plane: &Plane, tx: &CellTx, seen: &[Seen]) -> Result<()> {
    if seen.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = seen.iter().flat_map(|one| one.members.iter().map(resource)).collect();
    let last = asset::newest_in_cell(tx, &names).await?;
    let next = seen
        .iter()
        .flat_map(|one| following(plane, &one.instance, &one.members, &last, one.at))
        .collect();
    Ok(asset::insert_all_in_cell(tx, next).await?)
}
