//! Moves in the tree that were entered for an instant to come. Who sees a node sees its moves.

use std::collections::BTreeSet;

use policies::permit::Reach;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, Order, QueryFilter, QueryOrder as _, QuerySelect, Select,
    UpdateMany,
};
use types::id::{OrganizationId, PlannedMoveId, ProjectId, SubjectId, TenantId};
use types::instant::Instant;
use uuid::Uuid;

use crate::error::Result;
use crate::page::{self, Cursor, Page, Paged, Sorted};
use crate::table::{insert as insert_row, replace, table};
use crate::tx::{Connected, InFleet, InTenant, TenantTx, admit, of_tenant, reach};
use crate::words::PlannedMoveState;

table! {
    /// A move that was entered for an instant to come.
    PlannedMove = "planned_move" {
        /// Id.
        #[sea_orm(primary_key, auto_increment = false)]
        id: PlannedMoveId,
        /// Whose tree.
        tenant_id: TenantId,
        /// The organization that is moved; none if it is a project.
        organization_id: Option<OrganizationId>,
        /// The project that is moved; none if it is an organization.
        project_id: Option<ProjectId>,
        /// The node's name when the move was entered.
        name: String,
        /// The organization above it then.
        from_id: OrganizationId,
        /// The organization that it is moved to.
        to_id: OrganizationId,
        /// From when on it is there.
        at: Instant,
        /// Where the move stands.
        state: PlannedMoveState,
        /// The node once more while the move is planned: no two rows share it.
        pending_id: Option<Uuid>,
        /// The error code, if it failed.
        code: Option<String>,
        /// Why it failed.
        problem: Option<String>,
        /// The organization that the node was in when it was deleted: who sees that one sees what
        /// became of the node's moves.
        left_id: Option<OrganizationId>,
        /// Who entered it.
        requested_by: SubjectId,
        /// Text form of the id of the session or token it was entered through.
        through: String,
        /// When it was entered.
        created_at: Instant,
        /// When it was made, failed or was called off.
        ended_at: Option<Instant>,
        /// Who called it off.
        ended_by: Option<SubjectId>,
    }
}

impl Sorted for PlannedMove {
    fn cursor(&self) -> Cursor {
        Cursor::id(self.id.uuid())
    }
}

/// Which planned moves of those in reach.
#[derive(Clone, Debug, Default)]
pub struct PlannedMoveFilter {
    /// Only where they stand.
    pub state: Option<PlannedMoveState>,
    /// Only of nodes among these, or to one of these.
    pub within: Option<(BTreeSet<OrganizationId>, BTreeSet<ProjectId>)>,
}

/// Those of nodes in reach.
fn own(tx: &dyn InTenant) -> Select<Entity> {
    let seen = match reach(tx) {
        Reach::Tenant => None,
        Reach::Nodes { organizations, projects } => {
            let gone = Column::LeftId.is_in(organizations.iter().copied());
            Some(of_nodes(organizations, projects).add(gone))
        }
    };
    Entity::find().filter(of_tenant(tx, Column::TenantId).add_option(seen))
}

/// What is planned decides about a change, however much of it somebody sees.
fn own_whole_tenant(tx: &dyn InTenant) -> Select<Entity> {
    Entity::find().filter(of_tenant(tx, Column::TenantId))
}

fn own_update(tx: &TenantTx) -> UpdateMany<Entity> {
    Entity::update_many().filter(of_tenant(tx, Column::TenantId))
}

fn own_anywhere(_: &dyn InFleet) -> Select<Entity> {
    Entity::find()
}

fn of_nodes(organizations: &BTreeSet<OrganizationId>, projects: &BTreeSet<ProjectId>) -> Condition {
    Condition::any()
        .add(Column::OrganizationId.is_in(organizations.iter().copied()))
        .add(Column::ProjectId.is_in(projects.iter().copied()))
}

/// Adds one; [`crate::StoreError::Conflict`] with `uq_planned_move_pending_id` if the node has one.
pub async fn insert(tx: &TenantTx, row: PlannedMove) -> Result<()> {
    admit(tx, row.tenant_id)?;
    insert_row(&tx.db(), row).await
}

/// Changes one.
pub async fn update(tx: &TenantTx, row: PlannedMove) -> Result<()> {
    admit(tx, row.tenant_id)?;
    let update = own_update(tx).filter(Column::Id.eq(row.id));
    replace(&tx.db(), update, row).await
}

/// By id, held until the end; whoever sees it.
pub async fn lock(tx: &TenantTx, id: PlannedMoveId) -> Result<Option<PlannedMove>> {
    Ok(own_whole_tenant(tx).filter(Column::Id.eq(id)).lock_exclusive().one(&tx.db()).await?)
}

/// By id, of those in reach.
pub async fn find(tx: &dyn InTenant, id: PlannedMoveId) -> Result<Option<PlannedMove>> {
    Ok(own(tx).filter(Column::Id.eq(id)).one(&tx.db()).await?)
}

/// A page of those in reach, the newest first.
pub async fn list(
    tx: &dyn InTenant,
    filter: &PlannedMoveFilter,
    page: &Page,
) -> Result<Paged<PlannedMove>> {
    let within = filter.within.as_ref().map(|(organizations, projects)| {
        of_nodes(organizations, projects)
            .add(Column::ToId.is_in(organizations.iter().copied()))
            .add(Column::LeftId.is_in(organizations.iter().copied()))
    });
    let wanted = Condition::all()
        .add_option(filter.state.map(|state| Column::State.eq(state)))
        .add_option(within);
    page::fetch(own(tx).filter(wanted), Column::Id, Order::Desc, page, &tx.db()).await
}

/// What is planned of a node, whoever sees it.
pub async fn of_node(tx: &dyn InTenant, node: Uuid) -> Result<Option<PlannedMove>> {
    Ok(own_whole_tenant(tx).filter(Column::PendingId.eq(node)).one(&tx.db()).await?)
}

/// What is planned of a node, or to it, whoever sees it; held until the end.
pub async fn lock_about(tx: &TenantTx, node: Uuid) -> Result<Vec<PlannedMove>> {
    let about = Condition::any().add(Column::PendingId.eq(node)).add(Column::ToId.eq(node));
    let planned = own_whole_tenant(tx)
        .filter(Column::State.eq(PlannedMoveState::Planned))
        .filter(about)
        .order_by_asc(Column::Id);
    Ok(planned.lock_exclusive().all(&tx.db()).await?)
}

/// Keeps in sight what became of the moves of a node that is gone.
pub async fn leave(tx: &TenantTx, node: Uuid, from: OrganizationId) -> Result<()> {
    let of = Condition::any().add(Column::OrganizationId.eq(node)).add(Column::ProjectId.eq(node));
    let left = own_update(tx).col_expr(Column::LeftId, Expr::value(from)).filter(of);
    left.exec(&tx.db()).await?;
    Ok(())
}

/// The first one of the tenant whose instant has come, whoever sees it.
pub async fn next_due(tx: &dyn InTenant, now: Instant) -> Result<Option<PlannedMove>> {
    let due = own_whole_tenant(tx)
        .filter(Column::State.eq(PlannedMoveState::Planned))
        .filter(Column::At.lte(now))
        .order_by_asc(Column::At)
        .order_by_asc(Column::Id);
    Ok(due.one(&tx.db()).await?)
}

/// Tenants that have one whose instant has come, at most so many.
pub async fn tenants_due(tx: &dyn InFleet, now: Instant, limit: u64) -> Result<Vec<TenantId>> {
    let due = own_anywhere(tx)
        .filter(Column::State.eq(PlannedMoveState::Planned))
        .filter(Column::At.lte(now))
        .select_only()
        .column(Column::TenantId)
        .distinct()
        .limit(limit);
    Ok(due.into_tuple().all(&tx.db()).await?)
}
