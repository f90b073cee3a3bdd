//! Instances: what users order, name, pay for and delete.

use std::collections::BTreeMap;

use sea_orm::sea_query::{ExprTrait, LikeExpr};
use sea_orm::{
    ColumnTrait, EntityTrait, Order, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    UpdateMany,
};
use types::generation::{Generation, Revision};
use types::id::{CellId, InstanceId, OperationId, PlanId, ProjectId, SubjectId, TenantId};
use types::instance::{State, Wish};
use types::instant::Instant;

use crate::error::{Result, StoreError};
use crate::page::{self, Cursor, Page, Paged, Sorted};
use crate::table::{insert as insert_row, replace, table};
use crate::tx::{
    CellTx, Connected, InCell, InFleet, InTenant, TenantTx, about_instances, admit_cell,
    admit_part, admit_project, of_tenant,
};

table! {
    /// What a user ordered.
    Instance = "instance" {
        /// Id.
        #[sea_orm(primary_key, auto_increment = false)]
        id: InstanceId,
        /// Whose it is.
        tenant_id: TenantId,
        /// Where it belongs; it stays there.
        project_id: ProjectId,
        /// Where it runs.
        cell_id: CellId,
        /// The name its owner gave it.
        name: String,
        /// The same name until it is deleted, then none: no two live ones in a project share it.
        live_name: Option<String>,
        /// Name of the package that makes it.
        package: String,
        /// Version of the package.
        package_version: String,
        /// Digest of the package's content.
        package_digest: String,
        /// Version of the product in it.
        software_version: String,
        /// Name of the chosen topology.
        topology: String,
        /// The chosen plan.
        plan_id: PlanId,
        /// Thousandths of a vCPU per member.
        millivcpu: i64,
        /// Memory per member in MiB.
        memory_mib: i64,
        /// Storage per member in MiB.
        storage_mib: i64,
        /// What is wanted of it.
        wish: Wish,
        /// What its cell last said.
        state: State,
        /// Grows with every change of what is desired.
        generation: Generation,
        /// The generation that the cell last spoke of.
        observed_generation: Generation,
        /// Version of the installed files.
        installed_version: Option<String>,
        /// Digest of the installed medium.
        installed_digest: Option<String>,
        /// Its passwords and keys, encrypted.
        secrets: String,
        /// Number of the configuration in force.
        configuration_number: i32,
        /// The cell's revision that brought the present generation. No two instances share one.
        revision: Revision,
        /// The run of work that the present generation opened.
        operation_id: OperationId,
        /// When it was ordered.
        created_at: Instant,
        /// Who ordered it.
        created_by: SubjectId,
        /// When its cell said that it is gone.
        deleted_at: Option<Instant>,
        /// When the cell was told for the last time.
        forgotten_at: Option<Instant>,
    }
}

impl Sorted for Instance {
    fn cursor(&self) -> Cursor {
        Cursor::id(self.id.uuid())
    }
}

/// Which instances of those in reach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InstanceFilter {
    /// Only of these projects.
    pub projects: Option<Vec<ProjectId>>,
    /// Only in this state.
    pub state: Option<State>,
    /// Only of this package, whatever its version.
    pub package: Option<String>,
    /// Only with this in the name.
    pub name_part: Option<String>,
    /// Deleted ones too.
    pub with_deleted: bool,
}

fn own(tx: &dyn InTenant) -> Select<Entity> {
    Entity::find().filter(about_instances(tx, Column::TenantId, Column::ProjectId, Column::Id))
}

fn own_update(tx: &TenantTx) -> UpdateMany<Entity> {
    Entity::update_many().filter(about_instances(
        tx,
        Column::TenantId,
        Column::ProjectId,
        Column::Id,
    ))
}

fn own_in_cell(tx: &dyn InCell) -> Select<Entity> {
    Entity::find().filter(Column::CellId.eq(tx.cell()))
}

fn own_update_in_cell(tx: &CellTx) -> UpdateMany<Entity> {
    Entity::update_many().filter(Column::CellId.eq(tx.cell()))
}

/// Licences are counted over the tenant, however far the one who orders can see.
fn own_whole_tenant(tx: &dyn InTenant) -> Select<Entity> {
    Entity::find().filter(of_tenant(tx, Column::TenantId))
}

fn own_anywhere(_: &dyn InFleet) -> Select<Entity> {
    Entity::find()
}

/// Adds an instance; [`StoreError::Conflict`] with `uq_instance_project_id_live_name` if the
/// project has a live one of this name.
pub async fn insert(tx: &TenantTx, row: Instance) -> Result<()> {
    admit_project(tx, row.tenant_id, row.project_id)?;
    insert_row(&tx.db(), row).await
}

/// Changes an instance. Lock it first: its cell reports meanwhile.
pub async fn update(tx: &TenantTx, row: Instance) -> Result<()> {
    admit_part(tx, row.tenant_id, row.project_id)?;
    let update = own_update(tx).filter(Column::Id.eq(row.id));
    replace(&tx.db(), update, row).await
}

/// By id; deleted ones too.
pub async fn find(tx: &dyn InTenant, id: InstanceId) -> Result<Option<Instance>> {
    Ok(own(tx).filter(Column::Id.eq(id)).one(&tx.db()).await?)
}

/// By id, or [`StoreError::NotFound`].
pub async fn get(tx: &dyn InTenant, id: InstanceId) -> Result<Instance> {
    find(tx, id).await?.ok_or(StoreError::NotFound)
}

/// By id, held until the end.
pub async fn lock(tx: &TenantTx, id: InstanceId) -> Result<Option<Instance>> {
    Ok(own(tx).filter(Column::Id.eq(id)).lock_exclusive().one(&tx.db()).await?)
}

/// The live one of this name in a project.
pub async fn find_by_name(
    tx: &dyn InTenant,
    project: ProjectId,
    name: &str,
) -> Result<Option<Instance>> {
    let named = own(tx).filter(Column::ProjectId.eq(project)).filter(Column::LiveName.eq(name));
    Ok(named.one(&tx.db()).await?)
}

/// The living instances of a name, in all projects in reach.
pub async fn by_name(tx: &dyn InTenant, name: &str) -> Result<Vec<Instance>> {
    Ok(own(tx).filter(Column::LiveName.eq(name)).all(&tx.db()).await?)
}

/// The living instances of several names, in all projects in reach.
pub async fn by_names(tx: &dyn InTenant, names: &[String]) -> Result<Vec<Instance>> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let names = names.iter().map(String::as_str);
    Ok(own(tx).filter(Column::LiveName.is_in(names)).all(&tx.db()).await?)
}

/// A batch; deleted ones too.
pub async fn by_ids(tx: &dyn InTenant, ids: &[InstanceId]) -> Result<Vec<Instance>> {
    let ids = ids.iter().copied();
    Ok(own(tx).filter(Column::Id.is_in(ids)).all(&tx.db()).await?)
}

/// Instances, the newest first.
pub async fn list(
    tx: &dyn InTenant,
    filter: &InstanceFilter,
    page: &Page,
) -> Result<Paged<Instance>> {
    page::fetch(filtered(tx, filter), Column::Id, Order::Desc, page, &tx.db()).await
}

/// The newest living instances of each project.
pub async fn first_of_projects(
    tx: &dyn InTenant,
    projects: &[ProjectId],
    first: u64,
) -> Result<BTreeMap<ProjectId, Paged<Instance>>> {
    let of = |project: &ProjectId| {
        let projects = Some(vec![*project]);
        filtered(tx, &InstanceFilter { projects, ..InstanceFilter::default() })
    };
    let newest = (&[Column::Id] as &[_], Order::Desc);
    let each = projects.iter().map(of);
    page::fetch_each(|| own(tx), each, newest, first, &tx.db(), |row| row.project_id).await
}

/// How many instances pass the filter.
pub async fn count(tx: &dyn InTenant, filter: &InstanceFilter) -> Result<u64> {
    Ok(filtered(tx, filter).count(&tx.db()).await?)
}

/// Live instances of the whole tenant by package, for licences; also those out of reach.
pub async fn count_live(tx: &dyn InTenant) -> Result<BTreeMap<String, i64>> {
    let counts = own_whole_tenant(tx)
        .filter(Column::DeletedAt.is_null())
        .select_only()
        .column(Column::Package)
        .column_as(Column::Id.count(), "units")
        .group_by(Column::Package)
        .into_tuple::<(String, i64)>();
    Ok(counts.all(&tx.db()).await?.into_iter().collect())
}

/// Live instances of each of these tenants that has any, for operators.
pub async fn count_live_anywhere(
    tx: &dyn InFleet,
    tenants: &[TenantId],
) -> Result<BTreeMap<TenantId, i64>> {
    let counts = own_anywhere(tx)
        .filter(Column::DeletedAt.is_null())
        .filter(Column::TenantId.is_in(tenants.iter().copied()))
        .select_only()
        .column(Column::TenantId)
        .column_as(Column::Id.count(), "units")
        .group_by(Column::TenantId)
        .into_tuple::<(TenantId, i64)>();
    Ok(counts.all(&tx.db()).await?.into_iter().collect())
}

/// Ids of a tenant's live instances, for operators.
pub async fn live_anywhere(tx: &dyn InFleet, tenant: TenantId) -> Result<Vec<InstanceId>> {
    let live = own_anywhere(tx)
        .filter(Column::TenantId.eq(tenant))
        .filter(Column::DeletedAt.is_null())
        .order_by_asc(Column::Id)
        .select_only()
        .column(Column::Id)
        .into_tuple::<InstanceId>();
    Ok(live.all(&tx.db()).await?)
}

/// Live instances of all tenants, for numbers of operators.
pub async fn count_anywhere(tx: &dyn InFleet) -> Result<u64> {
    Ok(own_anywhere(tx).filter(Column::DeletedAt.is_null()).count(&tx.db()).await?)
}

/// A batch of any tenants'.
pub async fn by_ids_anywhere(tx: &dyn InFleet, ids: &[InstanceId]) -> Result<Vec<Instance>> {
    let ids = ids.iter().copied();
    Ok(own_anywhere(tx).filter(Column::Id.is_in(ids)).all(&tx.db()).await?)
}

/// The newest instance of all, whoever's, also a deleted one.
pub async fn newest_anywhere(tx: &dyn InFleet) -> Result<Option<Instance>> {
    Ok(own_anywhere(tx).order_by_desc(Column::Id).limit(1).one(&tx.db()).await?)
}

/// What changed in the cell after the revision, in the order of revisions, at most `limit`.
pub async fn changed_after(
    tx: &dyn InCell,
    revision: Revision,
    limit: u64,
) -> Result<Vec<Instance>> {
    let changed = own_in_cell(tx)
        .filter(Column::Revision.gt(revision))
        .order_by_asc(Column::Revision)
        .limit(limit);
    Ok(changed.all(&tx.db()).await?)
}

/// Id and generation of everything the cell should know, for the digest.
pub async fn known_in_cell(tx: &dyn InCell) -> Result<Vec<(InstanceId, Generation)>> {
    let known = own_in_cell(tx)
        .filter(Column::ForgottenAt.is_null())
        .order_by_asc(Column::Id)
        .select_only()
        .columns([Column::Id, Column::Generation])
        .into_tuple();
    Ok(known.all(&tx.db()).await?)
}

/// Everything the cell should know, for a resynchronization.
pub async fn all_in_cell(tx: &dyn InCell) -> Result<Vec<Instance>> {
    let known = own_in_cell(tx).filter(Column::ForgottenAt.is_null()).order_by_asc(Column::Id);
    Ok(known.all(&tx.db()).await?)
}

/// A batch of the cell's.
pub async fn by_ids_in_cell(tx: &dyn InCell, ids: &[InstanceId]) -> Result<Vec<Instance>> {
    let ids = ids.iter().copied();
    Ok(own_in_cell(tx).filter(Column::Id.is_in(ids)).all(&tx.db()).await?)
}

/// One of the cell's, held until the end.
pub async fn lock_in_cell(tx: &CellTx, id: InstanceId) -> Result<Option<Instance>> {
    Ok(own_in_cell(tx).filter(Column::Id.eq(id)).lock_exclusive().one(&tx.db()).await?)
}

/// Changes one of the cell's, after [`lock_in_cell`].
pub async fn update_in_cell(tx: &CellTx, row: Instance) -> Result<()> {
    admit_cell(tx, row.cell_id)?;
    let update = own_update_in_cell(tx).filter(Column::Id.eq(row.id));
    replace(&tx.db(), update, row).await
}

fn filtered(tx: &dyn InTenant, filter: &InstanceFilter) -> Select<Entity> {
    let mut query = own(tx);
    if let Some(projects) = &filter.projects {
        query = query.filter(Column::ProjectId.is_in(projects.iter().copied()));
    }
    if let Some(state) = filter.state {
        query = query.filter(Column::State.eq(state));
    }
    if let Some(package) = &filter.package {
        query = query.filter(Column::Package.eq(package));
    }
    if let Some(part) = &filter.name_part {
        let like = LikeExpr::new(page::containing(part)).escape('!');
        query = query.filter(Column::Name.into_expr().like(like));
    }
    if !filter.with_deleted {
        query = query.filter(Column::DeletedAt.is_null());
    }
    query
}
