//! Mutations that were asked for and take an approval. Who asked sees them, and who decides.

use std::collections::BTreeSet;

use policies::permit::{Reach, Scope};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, Order, QueryFilter, QuerySelect, Select, UpdateMany,
};
use types::id::{ApprovalId, InstanceId, OperationId, ProjectId, SubjectId, TenantId};
use types::instant::Instant;

use crate::approval_need::decided_at;
use crate::error::Result;
use crate::page::{self, Cursor, Page, Paged, Sorted};
use crate::table::{insert as insert_row, replace, table};
use crate::tx::{Connected, FleetTx, InFleet, InTenant, TenantTx, admit, in_parts, of_tenant};
use crate::words::{ApprovalState, Covered};

table! {
    /// A mutation that was asked for.
    Approval = "approval" {
        /// Id.
        #[sea_orm(primary_key, auto_increment = false)]
        id: ApprovalId,
        /// Whose it is.
        tenant_id: TenantId,
        /// The project that it is about.
        project_id: ProjectId,
        /// The instance that it is about, or that it made.
        instance_id: Option<InstanceId>,
        /// The operation that it began.
        operation_id: Option<OperationId>,
        /// What was asked for.
        mutation: Covered,
        /// Name of the instance.
        name: String,
        /// Where it stands; one whose time is over stays open until a task comes by.
        state: ApprovalState,
        /// Why it could not be done any more.
        problem: Option<String>,
        /// Who asked.
        requested_by: SubjectId,
        /// Names of those who made the program that asked, or a token of it, as a JSON list.
        behind: String,
        /// Text form of the id of the session or token it was asked through.
        through: String,
        /// The key that it was asked with.
        idempotency_key: String,
        /// The mutation with its input, encrypted: it may hold secrets.
        command: String,
        /// What it would do and cost, as JSON without secrets.
        summary: String,
        /// When it was asked for.
        created_at: Instant,
        /// From when on nobody can approve it.
        expires_at: Instant,
        /// When it was decided.
        ended_at: Option<Instant>,
    }
}

impl Sorted for Approval {
    fn cursor(&self) -> Cursor {
        Cursor::id(self.id.uuid())
    }
}

/// Who looks.
#[derive(Clone, Debug)]
pub struct Seer {
    /// The subject.
    pub subject: SubjectId,
    /// What it may see: of that, what it asked for itself.
    pub view: Scope,
    /// Where it may approve: what is decided there.
    pub approve: Scope,
}

/// Which of them.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only where it stands.
    pub state: Option<ApprovalState>,
    /// Only in these projects.
    pub projects: Option<BTreeSet<ProjectId>>,
    /// Only one's own, or only others'.
    pub is_own: Option<bool>,
}

fn own(tx: &dyn InTenant) -> Select<Entity> {
    Entity::find().filter(of_tenant(tx, Column::TenantId))
}

fn own_update(tx: &TenantTx) -> UpdateMany<Entity> {
    Entity::update_many().filter(of_tenant(tx, Column::TenantId))
}

fn own_anywhere(_: &dyn InFleet) -> Select<Entity> {
    Entity::find()
}

fn own_update_anywhere(_: &FleetTx) -> UpdateMany<Entity> {
    Entity::update_many()
}

/// What somebody asked for where they may see, and what they may decide.
fn seen(tx: &dyn InTenant, seer: &Seer) -> Select<Entity> {
    let mut asked = Condition::all().add(Column::RequestedBy.eq(seer.subject));
    asked = match (seer.view.parts(), seer.view.reach()) {
        (Some(parts), _) => {
            let view = (&seer.view, parts);
            asked.add(in_parts(tx, view, Column::ProjectId, Column::InstanceId))
        }
        (None, Reach::Tenant) => asked,
        (None, Reach::Nodes { projects, .. }) => {
            asked.add(Column::ProjectId.is_in(projects.iter().copied()))
        }
    };
    let either = match seer.approve.reach() {
        Reach::Tenant => Condition::all(),
        Reach::Nodes { organizations, projects } => {
            let organizations = organizations.iter().map(ToString::to_string);
            let nodes = organizations.chain(projects.iter().map(ToString::to_string));
            let decided = Column::Id.in_subquery(decided_at(tx, nodes.collect()));
            Condition::any().add(asked).add(decided)
        }
    };
    own(tx).filter(either)
}

/// In a state at an instant, whether or not the task came by.
fn in_state(state: ApprovalState, now: Instant) -> Condition {
    let is = Condition::all().add(Column::State.eq(state));
    let open = Condition::all().add(Column::State.eq(ApprovalState::Open));
    match state {
        ApprovalState::Open => is.add(Column::ExpiresAt.gt(now)),
        ApprovalState::Expired => {
            Condition::any().add(is).add(open.add(Column::ExpiresAt.lte(now)))
        }
        _ => is,
    }
}

/// Adds one.
pub async fn insert(tx: &TenantTx, row: Approval) -> Result<()> {
    admit(tx, row.tenant_id)?;
    insert_row(&tx.db(), row).await
}

/// Changes one.
pub async fn update(tx: &TenantTx, row: Approval) -> Result<()> {
    admit(tx, row.tenant_id)?;
    let update = own_update(tx).filter(Column::Id.eq(row.id));
    replace(&tx.db(), update, row).await
}

/// By id, held until the end; whoever may see it.
pub async fn lock(tx: &TenantTx, id: ApprovalId) -> Result<Option<Approval>> {
    Ok(own(tx).filter(Column::Id.eq(id)).lock_exclusive().one(&tx.db()).await?)
}

/// By id.
pub async fn find(tx: &dyn InTenant, seer: &Seer, id: ApprovalId) -> Result<Option<Approval>> {
    Ok(seen(tx, seer).filter(Column::Id.eq(id)).one(&tx.db()).await?)
}

/// A page, the newest first.
pub async fn list(
    tx: &dyn InTenant,
    seer: &Seer,
    filter: &Filter,
    now: Instant,
    page: &Page,
) -> Result<Paged<Approval>> {
    let projects = filter.projects.as_ref();
    let projects = projects.map(|projects| Column::ProjectId.is_in(projects.iter().copied()));
    let is_own = filter.is_own.map(|is_own| match is_own {
        true => Column::RequestedBy.eq(seer.subject),
        false => Column::RequestedBy.ne(seer.subject),
    });
    let wanted = Condition::all()
        .add_option(filter.state.map(|state| in_state(state, now)))
        .add_option(projects)
        .add_option(is_own);
    page::fetch(seen(tx, seer).filter(wanted), Column::Id, Order::Desc, page, &tx.db()).await
}

/// Those whose time is over, at most so many.
pub async fn overdue(tx: &dyn InFleet, now: Instant, limit: u64) -> Result<Vec<Approval>> {
    let overdue = own_anywhere(tx)
        .filter(Column::State.eq(ApprovalState::Open))
        .filter(Column::ExpiresAt.lte(now))
        .limit(limit);
    Ok(overdue.all(&tx.db()).await?)
}

/// Ends one whose time is over; whether it was still open.
pub async fn expire_anywhere(tx: &FleetTx, id: ApprovalId, now: Instant) -> Result<bool> {
    let expired = own_update_anywhere(tx)
        .col_expr(Column::State, Expr::value(ApprovalState::Expired.as_str()))
        .col_expr(Column::EndedAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .filter(Column::State.eq(ApprovalState::Open));
    Ok(expired.exec(&tx.db()).await?.rows_affected > 0)
}
