//! The history of what members are: where, of which software, of which size, behind which address.
//!
//! Their states are in [`crate::lifecycle`]; both together are the register of assets at any
//! instant. Entries are added with the change that they tell of, and never changed or removed.

use sea_orm::sea_query::{Expr, ExprTrait, JoinType};
use sea_orm::{ColumnTrait, EntityTrait, Order, QueryFilter, QuerySelect, Select};
use types::id::{CellId, InstanceId, PlanId, ProjectId, TenantId};
use types::instance::State;
use types::instant::Instant;
use uuid::Uuid;

use crate::error::Result;
use crate::page::{self, Cursor, Page, Paged, Sorted};
use crate::table::{insert_all as insert_rows, is_last, table};
use crate::tx::{
    CellTx, Connected, InCell, InTenant, TenantTx, about_instances, admit_cell, admit_part,
};

table! {
    /// What a member is from an instant on.
    Asset = "asset" {
        /// Version 7, so that entries sort as they were recorded.
        #[sea_orm(primary_key, auto_increment = false)]
        id: Uuid,
        /// Whose it is.
        tenant_id: TenantId,
        /// Where it belongs.
        project_id: ProjectId,
        /// The instance it is part of.
        instance_id: InstanceId,
        /// Where it runs.
        cell_id: CellId,
        /// Text form of the member's id, as in the history of states.
        resource: String,
        /// The instance's name.
        instance_name: String,
        /// The member's number within the instance.
        ordinal: i32,
        /// Name of the package.
        package: String,
        /// Version of the package.
        package_version: String,
        /// Version of the product that was ordered.
        software_version: String,
        /// Version of the files that its cell found installed, once it said so.
        installed_version: Option<String>,
        /// The plan.
        plan_id: PlanId,
        /// Thousandths of a vCPU.
        millivcpu: i64,
        /// Memory in MiB.
        memory_mib: i64,
        /// Storage in MiB.
        storage_mib: i64,
        /// The role that it plays: as its probe answered, before that as ordered.
        role: String,
        /// Address for clients, once its cell said so.
        host: Option<String>,
        /// Port for clients.
        port: Option<i32>,
        /// From when on.
        at: Instant,
        /// When the plane recorded it.
        recorded_at: Instant,
    }
}

impl Sorted for Asset {
    fn cursor(&self) -> Cursor {
        Cursor::text(&self.resource)
    }
}

/// Which assets of those in reach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AssetFilter {
    /// Only of these projects.
    pub projects: Option<Vec<ProjectId>>,
    /// Only of this package.
    pub package: Option<String>,
}

/// How many members have all this in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetGroup {
    /// Where they belong.
    pub project_id: ProjectId,
    /// Where they run.
    pub cell_id: CellId,
    /// Name of the package.
    pub package: String,
    /// Version of the package.
    pub package_version: String,
    /// Version of the product that was ordered.
    pub software_version: String,
    /// The recorded state.
    pub state: State,
    /// How many.
    pub members: i64,
}

fn own(tx: &dyn InTenant) -> Select<Entity> {
    Entity::find().filter(about_instances(
        tx,
        Column::TenantId,
        Column::ProjectId,
        Column::InstanceId,
    ))
}

fn own_in_cell(tx: &dyn InCell) -> Select<Entity> {
    Entity::find().filter(Column::CellId.eq(tx.cell()))
}

/// Adds entries for what the plane did.
pub async fn insert_all(tx: &TenantTx, rows: Vec<Asset>) -> Result<()> {
    for row in &rows {
        admit_part(tx, row.tenant_id, row.project_id)?;
    }
    insert_rows(&tx.db(), rows).await
}

/// Adds entries for what a cell reported.
pub async fn insert_all_in_cell(tx: &CellTx, rows: Vec<Asset>) -> Result<()> {
    for row in &rows {
        admit_cell(tx, row.cell_id)?;
    }
    insert_rows(&tx.db(), rows).await
}

/// The last entry of each of these members.
pub async fn newest(tx: &dyn InTenant, resources: &[String]) -> Result<Vec<Asset>> {
    let named = own(tx).filter(Column::Resource.is_in(resources));
    Ok(held(named, END).all(&tx.db()).await?)
}

/// The last entry of each of these members of the cell.
pub async fn newest_in_cell(tx: &dyn InCell, resources: &[String]) -> Result<Vec<Asset>> {
    let named = own_in_cell(tx).filter(Column::Resource.is_in(resources));
    Ok(held(named, END).all(&tx.db()).await?)
}

/// The members that were there at an instant, each as it was then, in the order of their ids.
pub async fn list_at(
    tx: &dyn InTenant,
    at: Instant,
    filter: &AssetFilter,
    page: &Page,
) -> Result<Paged<Asset>> {
    page::fetch(there(tx, at, filter), Column::Resource, Order::Asc, page, &tx.db()).await
}

/// How many members were there at an instant, by what they have in common.
pub async fn count_at(
    tx: &dyn InTenant,
    at: Instant,
    filter: &AssetFilter,
) -> Result<Vec<AssetGroup>> {
    let state = || Expr::col(("state", "state"));
    let common = [
        Column::ProjectId,
        Column::CellId,
        Column::Package,
        Column::PackageVersion,
        Column::SoftwareVersion,
    ];
    let mut groups = there(tx, at, filter)
        .select_only()
        .columns(common)
        .column_as(state(), "held")
        .column_as(Column::Id.count(), "members")
        .group_by(state());
    for column in common {
        groups = groups.group_by(column);
    }
    let found = groups
        .into_tuple::<(ProjectId, CellId, String, String, String, State, i64)>()
        .all(&tx.db())
        .await?;
    let group =
        |(project_id, cell_id, package, package_version, software_version, state, members)| {
            AssetGroup {
                project_id,
                cell_id,
                package,
                package_version,
                software_version,
                state,
                members,
            }
        };
    Ok(found.into_iter().map(group).collect())
}

/// Later than any entry.
const END: Instant = Instant::from_micros(i64::MAX);

/// Of each member the entry that held at an instant.
fn held(query: Select<Entity>, at: Instant) -> Select<Entity> {
    query.filter(Column::At.lte(at)).filter(is_last("asset", "asset", at))
}

/// The same, joined with the state that held, of members that were not deleted then.
fn there(tx: &dyn InTenant, at: Instant, filter: &AssetFilter) -> Select<Entity> {
    let mut query = held(own(tx), at);
    if let Some(projects) = &filter.projects {
        query = query.filter(Column::ProjectId.is_in(projects.iter().copied()));
    }
    if let Some(package) = &filter.package {
        query = query.filter(Column::Package.eq(package.as_str()));
    }
    let same = Expr::col(("state", "resource")).equals(("asset", "resource"));
    let whose = Expr::col(("state", "tenant_id")).equals(("asset", "tenant_id"));
    let statement = QuerySelect::query(&mut query);
    statement.join_as(JoinType::InnerJoin, "lifecycle", "state", same.and(whose));
    statement.and_where(Expr::col(("state", "at")).lte(at));
    statement.and_where(Expr::col(("state", "state")).ne(State::Deleted));
    statement.and_where(is_last("lifecycle", "state", at));
    query
}
