//! What a cell should make true: whole specifications of what changed since a revision.

use std::collections::{BTreeMap, HashMap};

use catalog::form;
use control_plane_store::CellRead;
use control_plane_store::cell;
use control_plane_store::cell_head;
use control_plane_store::configuration;
use control_plane_store::instance::{self, Instance};
use control_plane_store::member;
use control_plane_store::operation;
use policies::permit::CellIdentity;
use types::generation::{Generation, Revision};
use types::id::{AgentSessionId, InstanceId};
use types::instance::{InstanceSpec, MemberSpec, OperationSpec, PackageRef};
use types::operation::OperationState;
use types::secret::Secret;
use types::size::Size;

use crate::cell::{Answer, check_session};
use crate::configuration::stored;
use crate::error::{Error, Result};
use crate::plane::Plane;

/// Objects in one answer at most.
pub const OBJECTS_MAX: u64 = 500;

/// What changed.
#[derive(Clone, Debug)]
pub struct Changes {
    /// Where the cell stands after taking these in.
    pub revision: Revision,
    /// Specifications of the changed instances.
    pub objects: Vec<InstanceSpec>,
    /// There is more behind `revision`.
    pub more: bool,
    /// All instances of the cell with their generations; empty while there is more.
    pub all: Vec<(InstanceId, Generation)>,
    /// Instances whose end is recorded.
    pub forgotten: Vec<InstanceId>,
}

/// Reads what changed after the revision.
pub async fn changes(
    plane: &Plane,
    identity: &CellIdentity,
    session: AgentSessionId,
    after: Revision,
) -> Answer<Changes> {
    let tx = plane.store.cell_read(identity);
    if let Err(refused) = check_session(cell::get_in_cell(&tx).await?, session) {
        return Ok(Err(refused));
    }
    // The revision is read first: what changes meanwhile is told again and never lost.
    let newest = cell_head::get_in_cell(&tx).await?;
    let mut changed = instance::changed_after(&tx, after, OBJECTS_MAX + 1).await?;
    let more = changed.len() as u64 > OBJECTS_MAX;
    changed.truncate(usize::try_from(OBJECTS_MAX).unwrap_or(usize::MAX));
    let revision = if more { changed.last().map_or(newest, |last| last.revision) } else { newest };
    let (gone, living): (Vec<_>, Vec<_>) =
        changed.into_iter().partition(|instance| instance.forgotten_at.is_some());
    let all = if more { Vec::new() } else { instance::known_in_cell(&tx).await? };
    // Who changes what a cell is to do counts its revision up in the same commit. If it is another
    // one now, what was read is not all of one moment: the rest is asked for at once, and the digest
    // is told with that.
    let more = more || cell_head::get_in_cell(&tx).await? != newest;
    let all = if more { Vec::new() } else { all };
    let objects = specifications(plane, &tx, living).await?;
    let forgotten = gone.into_iter().map(|instance| instance.id).collect();
    Ok(Ok(Changes { revision, objects, more, all, forgotten }))
}

async fn specifications(
    plane: &Plane,
    tx: &CellRead,
    rows: Vec<Instance>,
) -> Result<Vec<InstanceSpec>> {
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let mut members: HashMap<_, Vec<MemberSpec>> = HashMap::new();
    for row in member::of_instances_in_cell(tx, &ids).await? {
        let spec =
            MemberSpec { id: row.id, ordinal: row.ordinal, role: row.role, volume: row.volume_id };
        members.entry(row.instance_id).or_default().push(spec);
    }
    let configurations: HashMap<_, _> = configuration::in_force_in_cell(tx, &rows)
        .await?
        .into_iter()
        .map(|row| (row.instance_id, row.parameters))
        .collect();
    let operation_ids: Vec<_> = rows.iter().map(|row| row.operation_id).collect();
    let operations: HashMap<_, _> = operation::by_ids_in_cell(tx, &operation_ids)
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    let mut specs = Vec::with_capacity(rows.len());
    for row in rows {
        let missing = |what: &'static str| Error::internal("read a desired instance", what);
        let operation =
            operations.get(&row.operation_id).ok_or(missing("its operation is missing"))?;
        let parameters =
            configurations.get(&row.id).ok_or(missing("its configuration is missing"))?;
        let opened = stored::open(plane, row.id, parameters)?;
        let salt = row.id.to_string();
        let marks = opened.secrets.iter();
        let marks: Vec<_> = marks
            .map(|(name, secret)| (name.clone(), form::fingerprint(&salt, name, secret)))
            .collect();
        let mut secrets = open_secrets(plane, &row)?;
        secrets.extend(opened.secrets);
        let mut members = members.remove(&row.id).unwrap_or_default();
        members.sort_by_key(|member| member.ordinal);
        specs.push(InstanceSpec {
            id: row.id,
            generation: row.generation,
            tenant: row.tenant_id,
            project: row.project_id,
            secrets,
            name: row.name,
            package: PackageRef {
                name: row.package,
                version: row.package_version,
                digest: row.package_digest,
            },
            software_version: row.software_version,
            topology: row.topology,
            size: Size {
                millivcpu: row.millivcpu,
                memory_mib: row.memory_mib,
                storage_mib: row.storage_mib,
            },
            members,
            parameters: opened.values.into_iter().chain(marks).collect(),
            wish: row.wish,
            operation: OperationSpec {
                id: operation.id,
                kind: operation.kind,
                deadline: operation.deadline,
                is_done: operation.state == OperationState::Succeeded,
            },
        });
    }
    Ok(specs)
}

/// Opens the secrets of an instance.
pub fn open_secrets(plane: &Plane, row: &Instance) -> Result<BTreeMap<String, Secret>> {
    let opened = plane
        .key
        .open(&row.id.to_string(), &row.secrets)
        .map_err(|error| Error::internal("open the secrets of an instance", error))?;
    serde_json::from_str(opened.reveal())
        .map_err(|error| Error::internal("read opened secrets", error))
}
