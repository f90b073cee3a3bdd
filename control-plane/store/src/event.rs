//! The feed of a tenant: what changed, in the order in which it was committed.
//!
//! Written by [`crate::outbox`] alone.

use policies::permit::Reach;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use types::id::{InstanceId, OperationId, OrganizationId, ProjectId, SubjectId, TenantId};
use types::instant::Instant;

use crate::error::Result;
use crate::head;
use crate::page::{Cursor, Sorted};
use crate::table::{insert_all as insert_rows, table};
use crate::tx::{InFleet, InTenant, in_parts, of_tenant, reach};

table! {
    /// Something changed; who wants to know what reads the row it names.
    Event = "event" {
        /// Whose feed; the nil id for the installation's.
        #[sea_orm(primary_key, auto_increment = false)]
        tenant_id: TenantId,
        /// Counts from 1 within the feed, without gaps.
        #[sea_orm(primary_key, auto_increment = false)]
        number: i64,
        /// When.
        at: Instant,
        /// What, e.g. `instance.created`.
        kind: String,
        /// In which organization; none for what concerns the whole tenant.
        organization_id: Option<OrganizationId>,
        /// In which project.
        project_id: Option<ProjectId>,
        /// Which instance.
        instance_id: Option<InstanceId>,
        /// Which operation.
        operation_id: Option<OperationId>,
        /// Which subject.
        subject_id: Option<SubjectId>,
    }
}

impl Sorted for Event {
    fn cursor(&self) -> Cursor {
        Cursor::number(self.number)
    }
}

/// With a project: those who reach it. With an organization alone: those who reach that. With
/// neither: those who reach the whole tenant.
fn own(tx: &dyn InTenant) -> Select<Entity> {
    let by_tree = match reach(tx) {
        Reach::Tenant => None,
        Reach::Nodes { organizations, projects } => Some(
            Condition::any().add(Column::ProjectId.is_in(projects.iter().copied())).add(
                Condition::all()
                    .add(Column::ProjectId.is_null())
                    .add(Column::OrganizationId.is_in(organizations.iter().copied())),
            ),
        ),
    };
    let reach = match tx.scope().parts() {
        None => by_tree,
        Some(parts) => {
            // What is about no instance is of the tree alone.
            let of_tree = Condition::all().add(Column::InstanceId.is_null()).add_option(by_tree);
            let of_instances = Condition::all()
                .add(Column::InstanceId.is_not_null())
                .add(in_parts(tx, (tx.scope(), parts), Column::ProjectId, Column::InstanceId));
            Some(Condition::any().add(of_tree).add(of_instances))
        }
    };
    let readable = of_tenant(tx, Column::TenantId).add_option(reach);
    Entity::find().filter(readable).order_by_asc(Column::Number)
}

fn own_anywhere(_: &dyn InFleet) -> Select<Entity> {
    Entity::find().order_by_asc(Column::Number)
}

pub(crate) async fn insert_all(db: &crate::executor::Executor<'_>, rows: Vec<Event>) -> Result<()> {
    insert_rows(db, rows).await
}

/// Events in reach behind the number, in their order, at most `limit`.
pub async fn after(tx: &dyn InTenant, number: i64, limit: u64) -> Result<Vec<Event>> {
    let behind = own(tx).filter(Column::Number.gt(number)).limit(limit);
    Ok(behind.all(&tx.db()).await?)
}

/// The last committed number of the tenant's feed: where a new reader begins.
pub async fn last_number(tx: &dyn InTenant) -> Result<i64> {
    Ok(head::find(&tx.db(), tx.tenant()).await?.map_or(0, |head| head.event_number))
}

/// The same for several tenants; one without a feed is missing.
pub async fn last_numbers(tx: &dyn InFleet, tenants: &[TenantId]) -> Result<Vec<(TenantId, i64)>> {
    head::event_numbers(tx, tenants).await
}

/// Events of any tenant, or for none of the installation, behind the number.
pub async fn after_anywhere(
    tx: &dyn InFleet,
    tenant: Option<TenantId>,
    number: i64,
    limit: u64,
) -> Result<Vec<Event>> {
    let tenant = tenant.unwrap_or_else(head::installation);
    let behind = own_anywhere(tx)
        .filter(Column::TenantId.eq(tenant))
        .filter(Column::Number.gt(number))
        .limit(limit);
    Ok(behind.all(&tx.db()).await?)
}
