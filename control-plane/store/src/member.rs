//! Members: the processes of an instance, each with a volume.

use sea_orm::sea_query::ExprTrait as _;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Select, UpdateMany};
use types::id::{CellId, InstanceId, MemberId, ProjectId, TenantId, VolumeId};
use types::instance::State;
use types::instant::Instant;

use crate::error::{Result, StoreError};
use crate::head;
use crate::table::{insert_all as insert_rows, replace, table};
use crate::tx::{
    CellTx, Connected, InCell, InTenant, TenantTx, about_instances, admit_cell, admit_part,
};

table! {
    /// One process of an instance, and what its cell last saw of it.
    Member = "member" {
        /// Id.
        #[sea_orm(primary_key, auto_increment = false)]
        id: MemberId,
        /// Whose it is.
        tenant_id: TenantId,
        /// Where it belongs.
        project_id: ProjectId,
        /// The instance it is part of.
        instance_id: InstanceId,
        /// Where it runs.
        cell_id: CellId,
        /// Counts from 0 within the instance.
        ordinal: i32,
        /// Its role in the topology when it was made.
        role: String,
        /// Where its data is.
        volume_id: VolumeId,
        /// What its cell last said.
        state: State,
        /// Since when.
        since: Option<Instant>,
        /// The role that its probe answered.
        observed_role: Option<String>,
        /// Address for clients.
        host: Option<String>,
        /// Port for clients.
        port: Option<i32>,
        /// Process id on its host.
        pid: Option<i64>,
        /// How often it was started again after it ended by itself.
        restarts: i32,
        /// Why it is not as it should be.
        problem: Option<String>,
        /// When the cell last saw it.
        observed_at: Option<Instant>,
    }
}

/// Where a resource that a cell named really belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whereabouts {
    /// The member.
    pub member: MemberId,
    /// Its volume.
    pub volume: VolumeId,
    /// Its instance.
    pub instance: InstanceId,
    /// Its cell, maybe another one.
    pub cell: CellId,
    /// Its tenant.
    pub tenant: TenantId,
    /// Its project.
    pub project: ProjectId,
}

fn own(tx: &dyn InTenant) -> Select<Entity> {
    Entity::find()
        .filter(about_instances(tx, Column::TenantId, Column::ProjectId, Column::InstanceId))
        .order_by_asc(Column::InstanceId)
        .order_by_asc(Column::Ordinal)
}

fn own_in_cell(tx: &dyn InCell) -> Select<Entity> {
    Entity::find()
        .filter(Column::CellId.eq(tx.cell()))
        .order_by_asc(Column::InstanceId)
        .order_by_asc(Column::Ordinal)
}

fn own_update_in_cell(tx: &CellTx) -> UpdateMany<Entity> {
    Entity::update_many().filter(Column::CellId.eq(tx.cell()))
}

/// A cell may ask whose a resource is that it named: the answer decides whether its record counts.
fn own_named(_: &CellTx) -> Select<Entity> {
    Entity::find()
}

/// Adds the members of an instance, after the instance.
pub async fn insert_all(tx: &TenantTx, rows: Vec<Member>) -> Result<()> {
    for row in &rows {
        admit_part(tx, row.tenant_id, row.project_id)?;
    }
    insert_rows(&tx.db(), rows).await
}

/// By id.
pub async fn find(tx: &dyn InTenant, id: MemberId) -> Result<Option<Member>> {
    Ok(own(tx).filter(Column::Id.eq(id)).one(&tx.db()).await?)
}

/// A batch.
pub async fn by_ids(tx: &dyn InTenant, ids: &[MemberId]) -> Result<Vec<Member>> {
    let ids = ids.iter().copied();
    Ok(own(tx).filter(Column::Id.is_in(ids)).all(&tx.db()).await?)
}

/// The members of these instances, in the order of their ordinals.
pub async fn of_instances(tx: &dyn InTenant, instances: &[InstanceId]) -> Result<Vec<Member>> {
    let instances = instances.iter().copied();
    Ok(own(tx).filter(Column::InstanceId.is_in(instances)).all(&tx.db()).await?)
}

/// A batch by their own ids or by those of their volumes.
pub async fn of_resources(
    tx: &dyn InTenant,
    members: &[MemberId],
    volumes: &[VolumeId],
) -> Result<Vec<Member>> {
    let named = Column::Id
        .is_in(members.iter().copied())
        .or(Column::VolumeId.is_in(volumes.iter().copied()));
    Ok(own(tx).filter(named).all(&tx.db()).await?)
}

/// Members of the whole tenant whose instances are not deleted, for licences; also those out of
/// reach. They are counted where they are ordered and where their end is reported, see
/// [`crate::outbox`]. Behind [`crate::tenant::lock`] it grows no more.
pub async fn count_live(tx: &dyn InTenant) -> Result<i64> {
    let head = head::find(&tx.db(), tx.tenant()).await?;
    Ok(head.ok_or(StoreError::NotFound)?.members)
}

/// The members of these instances of the cell, in the order of their ordinals.
pub async fn of_instances_in_cell(
    tx: &dyn InCell,
    instances: &[InstanceId],
) -> Result<Vec<Member>> {
    let instances = instances.iter().copied();
    Ok(own_in_cell(tx).filter(Column::InstanceId.is_in(instances)).all(&tx.db()).await?)
}

/// Changes one of the cell's, after its instance was locked.
pub async fn update_in_cell(tx: &CellTx, row: Member) -> Result<()> {
    admit_cell(tx, row.cell_id)?;
    let update = own_update_in_cell(tx).filter(Column::Id.eq(row.id));
    replace(&tx.db(), update, row).await
}

/// Whose these members and volumes are, in whatever cell. Unknown ones are left out.
pub async fn whereabouts(
    tx: &CellTx,
    members: &[MemberId],
    volumes: &[VolumeId],
) -> Result<Vec<Whereabouts>> {
    let named = Column::Id
        .is_in(members.iter().copied())
        .or(Column::VolumeId.is_in(volumes.iter().copied()));
    let rows = own_named(tx).filter(named).all(&tx.db()).await?;
    Ok(rows
        .into_iter()
        .map(|row| Whereabouts {
            member: row.id,
            volume: row.volume_id,
            instance: row.instance_id,
            cell: row.cell_id,
            tenant: row.tenant_id,
            project: row.project_id,
        })
        .collect())
}
