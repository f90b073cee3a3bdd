//! What is in which application.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::sea_query::{Expr, ExprTrait as _, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait as _, DeleteMany, EntityTrait, Order, PaginatorTrait as _,
    QueryFilter, QueryOrder as _, QuerySelect, QueryTrait as _, Select,
};
use types::id::{
    ApplicationId, CellId, InstanceId, OrganizationId, ProjectId, SubjectId, TenantId,
};
use types::instance::State;
use types::instant::Instant;

use crate::error::{Result, StoreError};
use crate::page::{self, Cursor, Page, Paged, Sorted};
use crate::table::{insert as insert_row, table};
use crate::tx::{CellTx, Connected, InTenant, TenantTx, about_instances, admit_project, of_tenant};

table! {
    /// An instance in an application.
    ApplicationPart = "application_part" {
        /// Which application.
        #[sea_orm(primary_key, auto_increment = false)]
        application_id: ApplicationId,
        /// The instance.
        #[sea_orm(primary_key, auto_increment = false)]
        instance_id: InstanceId,
        /// Whose it is.
        tenant_id: TenantId,
        /// The instance's project.
        project_id: ProjectId,
        /// The instance once more if the application is exclusive: no two rows share it.
        exclusive_id: Option<InstanceId>,
        /// Since when.
        added_at: Instant,
        /// Who added it.
        added_by: SubjectId,
    }
}

impl Sorted for ApplicationPart {
    fn cursor(&self) -> Cursor {
        Cursor::id(self.instance_id.uuid())
    }
}

/// What a part of an application does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Of which application.
    pub application: ApplicationId,
    /// As its cell last reported it.
    pub state: State,
    /// The cell.
    pub cell: CellId,
}

fn own(tx: &dyn InTenant) -> Select<Entity> {
    Entity::find().filter(about_instances(
        tx,
        Column::TenantId,
        Column::ProjectId,
        Column::InstanceId,
    ))
}

/// What an application holds decides, however much of it somebody sees.
fn own_whole_tenant(tx: &dyn InTenant) -> Select<Entity> {
    Entity::find().filter(of_tenant(tx, Column::TenantId))
}

fn own_delete(tx: &TenantTx) -> DeleteMany<Entity> {
    Entity::delete_many().filter(of_tenant(tx, Column::TenantId))
}

fn own_delete_in_cell(_: &CellTx, id: InstanceId) -> DeleteMany<Entity> {
    Entity::delete_many().filter(Column::InstanceId.eq(id))
}

/// Adds a part; [`StoreError::Conflict`] with `uq_application_part_exclusive_id` if the instance is
/// in another exclusive application.
pub async fn insert(tx: &TenantTx, row: ApplicationPart) -> Result<()> {
    admit_project(tx, row.tenant_id, row.project_id)?;
    insert_row(&tx.db(), row).await
}

/// Takes a part out; [`StoreError::NotFound`] if it is none.
pub async fn delete(tx: &TenantTx, id: ApplicationId, instance: InstanceId) -> Result<()> {
    let one =
        own_delete(tx).filter(Column::ApplicationId.eq(id)).filter(Column::InstanceId.eq(instance));
    let deleted = one.exec(&tx.db()).await?;
    if deleted.rows_affected == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}

/// Takes all parts out.
pub async fn delete_all(tx: &TenantTx, id: ApplicationId) -> Result<()> {
    own_delete(tx).filter(Column::ApplicationId.eq(id)).exec(&tx.db()).await?;
    Ok(())
}

/// Takes one of the cell's instances, which is gone, out of all applications.
pub async fn delete_in_cell(tx: &CellTx, id: InstanceId) -> Result<()> {
    own_delete_in_cell(tx, id).exec(&tx.db()).await?;
    Ok(())
}

/// Some parts of an application, held until the end, whether or not they are in reach.
pub async fn lock(
    tx: &TenantTx,
    id: ApplicationId,
    instances: &[InstanceId],
) -> Result<Vec<ApplicationPart>> {
    let some = own_whole_tenant(tx)
        .filter(Column::ApplicationId.eq(id))
        .filter(Column::InstanceId.is_in(instances.iter().copied()));
    Ok(some.order_by_asc(Column::InstanceId).lock_exclusive().all(&tx.db()).await?)
}

/// A page of the parts in reach, the oldest instance first.
pub async fn list(
    tx: &dyn InTenant,
    id: ApplicationId,
    page: &Page,
) -> Result<Paged<ApplicationPart>> {
    let of = own(tx).filter(Column::ApplicationId.eq(id));
    page::fetch(of, Column::InstanceId, Order::Asc, page, &tx.db()).await
}

/// The first parts in reach of each application, the oldest instances.
pub async fn first_of_applications(
    tx: &dyn InTenant,
    ids: &[ApplicationId],
    first: u64,
) -> Result<BTreeMap<ApplicationId, Paged<ApplicationPart>>> {
    let each = ids.iter().map(|id| own(tx).filter(Column::ApplicationId.eq(*id)));
    let oldest = (&[Column::ApplicationId, Column::InstanceId] as &[_], Order::Asc);
    page::fetch_each(|| own(tx), each, oldest, first, &tx.db(), |row| row.application_id).await
}

/// What instances in reach are parts of.
pub async fn of_instances(tx: &dyn InTenant, ids: &[InstanceId]) -> Result<Vec<ApplicationPart>> {
    let of = own(tx).filter(Column::InstanceId.is_in(ids.iter().copied()));
    Ok(of.all(&tx.db()).await?)
}

/// What an instance is a part of, whoever sees it.
pub async fn of_instance(tx: &dyn InTenant, id: InstanceId) -> Result<Vec<ApplicationPart>> {
    let of = own_whole_tenant(tx).filter(Column::InstanceId.eq(id));
    Ok(of.order_by_asc(Column::ApplicationId).all(&tx.db()).await?)
}

/// What an application holds, whoever sees it.
pub async fn of_application(tx: &dyn InTenant, id: ApplicationId) -> Result<Vec<ApplicationPart>> {
    let of = own_whole_tenant(tx).filter(Column::ApplicationId.eq(id));
    Ok(of.order_by_asc(Column::InstanceId).all(&tx.db()).await?)
}

/// How many parts an application has, whoever sees them.
pub async fn count(tx: &dyn InTenant, id: ApplicationId) -> Result<u64> {
    let of = own_whole_tenant(tx).filter(Column::ApplicationId.eq(id));
    Ok(of.count(&tx.db()).await?)
}

/// All parts of the applications of these organizations, whoever sees them.
pub async fn of_organizations(
    tx: &dyn InTenant,
    organizations: &[OrganizationId],
) -> Result<Vec<ApplicationPart>> {
    let mut those = Query::select();
    those
        .column(("application", "id"))
        .from("application")
        .and_where(Expr::col(("application", "tenant_id")).eq(tx.tenant()))
        .and_where(
            Expr::col(("application", "organization_id")).is_in(organizations.iter().copied()),
        );
    let of = own_whole_tenant(tx).filter(Column::ApplicationId.in_subquery(those));
    Ok(of.all(&tx.db()).await?)
}

/// What is in these applications, as a part of another statement.
pub(crate) fn of_applications(tx: &dyn InTenant, ids: &BTreeSet<ApplicationId>) -> SelectStatement {
    let of = own_whole_tenant(tx).filter(Column::ApplicationId.is_in(ids.iter().copied()));
    of.select_only().column(Column::InstanceId).into_query()
}

/// What the parts in reach of these applications do, each once by cell: how many do it is nobody's
/// question.
pub async fn seen(tx: &dyn InTenant, ids: &[ApplicationId]) -> Result<Vec<Seen>> {
    let of = own(tx).filter(Column::ApplicationId.is_in(ids.iter().copied())).select_only();
    let mut rows: SelectStatement = of.column(Column::ApplicationId).into_query();
    rows.distinct().column(("instance", "state")).column(("instance", "cell_id")).inner_join(
        "instance",
        Expr::col(("instance", "id")).equals(("application_part", "instance_id")),
    );
    let mut found = Vec::new();
    for row in tx.db().query_all(&rows).await? {
        found.push(Seen {
            application: row.try_get("", "application_id")?,
            state: row.try_get("", "state")?,
            cell: row.try_get("", "cell_id")?,
        });
    }
    Ok(found)
}
