//! The only ways to the rows: what a transaction or a reader may reach is in its type.
//!
//! A tenant's transaction carries the permit's scope, a cell's the cell, the fleet's the name of
//! who asked. Every table file starts its queries from them. Locks are taken in one order, so that
//! two transactions cannot wait for each other: tenant, standing, application, cell, instance, part of
//! an application, operation, approval, head, quota. A cell's head is taken behind the cell, or by an
//! order without it: of what others hold who wait for a cell's head, an order needs nothing.

use policies::action::Action;
use policies::permit::{CellIdentity, FleetPermit, Parts, Permit, Reach, Scope};
use sea_orm::sea_query::{Expr, ExprTrait as _, IntoColumnRef};
use sea_orm::{ColumnTrait, Condition, DatabaseConnection, DatabaseTransaction, Value};
use types::id::{CellId, OrganizationId, ProjectId, SubjectId, TenantId};

use crate::application_part;
use crate::error::{Result, StoreError};
use crate::executor::{Executor, Transaction, Way};

pub(crate) mod sealed {
    use crate::executor::Executor;

    /// Where statements go; cannot be named outside of this crate.
    pub trait Connected: Send + Sync {
        fn db(&self) -> Executor<'_>;
    }
}
pub(crate) use sealed::Connected;

/// Anything that rows can be read through; enough for what belongs to nobody, like the catalogue.
pub trait Reader: Connected {}

/// A transaction or reader inside one tenant.
pub trait InTenant: Reader {
    /// What can be reached.
    fn scope(&self) -> &Scope;

    /// The only tenant that can be reached.
    fn tenant(&self) -> TenantId {
        self.scope().tenant()
    }
}

/// A transaction or reader of one cell.
pub trait InCell: Reader {
    /// The only cell that can be reached.
    fn cell(&self) -> CellId;
}

/// A transaction or reader over everything, for operators and named tasks.
pub trait InFleet: Reader {
    /// Who asked: a subject's id or a task's name.
    fn who(&self) -> &str;
}

/// A write in one tenant, decided by a permit. Rolled back when dropped.
#[derive(Debug)]
pub struct TenantTx {
    pub(crate) tx: Transaction,
    pub(crate) permit: Permit,
}

/// Reads in one tenant, without a transaction: each statement sees what was committed before it.
#[derive(Clone, Debug)]
pub struct TenantRead {
    pub(crate) db: Way,
    pub(crate) scope: Scope,
}

/// A write on behalf of one cell. Rolled back when dropped.
#[derive(Debug)]
pub struct CellTx {
    pub(crate) tx: DatabaseTransaction,
    pub(crate) identity: CellIdentity,
}

/// Reads in one tenant through the transaction of a cell or of the fleet, for what a write means to
/// that tenant.
pub struct TenantWithin<'t> {
    tx: &'t dyn Connected,
    scope: Scope,
}

/// Reads on behalf of one cell, without a transaction.
#[derive(Clone, Debug)]
pub struct CellRead {
    pub(crate) db: DatabaseConnection,
    pub(crate) identity: CellIdentity,
}

/// A write over the whole fleet. Rolled back when dropped.
#[derive(Debug)]
pub struct FleetTx {
    pub(crate) tx: DatabaseTransaction,
    pub(crate) permit: FleetPermit,
}

/// Reads over the whole fleet, without a transaction.
#[derive(Clone, Debug)]
pub struct FleetRead {
    pub(crate) db: DatabaseConnection,
    pub(crate) permit: FleetPermit,
}

macro_rules! ways {
    ($($name:ident.$field:ident $(commits $commit:ident)?;)*) => {$(
        impl Connected for $name {
            fn db(&self) -> Executor<'_> {
                (&self.$field).into()
            }
        }

        impl Reader for $name {}

        $(impl $name {
            /// Makes everything written visible to others, at once.
            ///
            /// # Errors
            /// Nothing was written, but for [`StoreError::Unsure`]: then nobody knows.
            #[track_caller]
            pub fn $commit(self) -> impl Future<Output = Result<()>> + Send {
                let from = std::panic::Location::caller();
                async move {
                    types_point::reached(|| format!("- commit {from}"));
                    self.tx.commit().await.map_err(|error| StoreError::from(error).in_commit())?;
                    types_point::reached(|| format!("- committed {from}"));
                    Ok(())
                }
            }
        })?
    )*};
}

ways! {
    TenantTx.tx commits commit;
    TenantRead.db;
    CellTx.tx commits commit;
    CellRead.db;
    FleetTx.tx commits commit;
    FleetRead.db;
}

impl CellTx {
    /// Reads in the scope's tenant, on the same connection.
    pub fn in_tenant(&self, scope: &Scope) -> TenantWithin<'_> {
        TenantWithin { tx: self, scope: scope.clone() }
    }
}

impl FleetTx {
    /// Reads in the scope's tenant, on the same connection.
    pub fn in_tenant(&self, scope: &Scope) -> TenantWithin<'_> {
        TenantWithin { tx: self, scope: scope.clone() }
    }
}

impl Connected for TenantWithin<'_> {
    fn db(&self) -> Executor<'_> {
        self.tx.db()
    }
}

impl Reader for TenantWithin<'_> {}

impl InTenant for TenantWithin<'_> {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}

impl InTenant for TenantTx {
    fn scope(&self) -> &Scope {
        self.permit.scope()
    }
}

impl InTenant for TenantRead {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}

impl InCell for CellTx {
    fn cell(&self) -> CellId {
        self.identity.cell()
    }
}

impl InCell for CellRead {
    fn cell(&self) -> CellId {
        self.identity.cell()
    }
}

impl InFleet for FleetTx {
    fn who(&self) -> &str {
        self.permit.who()
    }
}

impl InFleet for FleetRead {
    fn who(&self) -> &str {
        self.permit.who()
    }
}

impl TenantTx {
    /// Who was permitted.
    pub fn subject(&self) -> SubjectId {
        self.permit.subject()
    }

    /// What was permitted.
    pub fn action(&self) -> Action {
        self.permit.action()
    }
}

/// Whether a column of tenants names the one of the scope: the first wall, in every statement of a
/// tenant.
pub(crate) fn is_mine(tx: &dyn InTenant, tenant: impl IntoColumnRef) -> Expr {
    #[cfg(feature = "mutant")]
    if crate::mutant::is_first_wall_down() {
        return Expr::val(1).eq(1);
    }
    Expr::col(tenant).eq(tx.tenant())
}

/// How far a scope goes within its tenant.
pub(crate) fn reach(tx: &dyn InTenant) -> &Reach {
    within_walls(tx.scope())
}

fn within_walls(scope: &Scope) -> &Reach {
    #[cfg(feature = "mutant")]
    if crate::mutant::is_first_wall_down() {
        return &Reach::Tenant;
    }
    scope.reach()
}

/// Rows of the tenant, however far the scope goes.
pub(crate) fn of_tenant<C: ColumnTrait>(tx: &dyn InTenant, tenant: C) -> Condition {
    Condition::all().add(is_mine(tx, tenant.as_column_ref()))
}

/// Rows of the tenant about instances that are in the scope: by their projects and, where that
/// matters, by their applications. What an instance is in is looked up in the statement itself, so
/// nothing in memory can be older.
pub(crate) fn about_instances<C: ColumnTrait>(
    tx: &dyn InTenant,
    tenant: C,
    project: C,
    instance: C,
) -> Condition {
    let Some(parts) = tx.scope().parts() else { return of_projects(tx, tenant, project) };
    of_tenant(tx, tenant).add(in_parts(tx, (tx.scope(), parts), project, instance))
}

/// What a scope whose reach applications change has of rows that name a project and an instance.
pub(crate) fn in_parts<C: ColumnTrait>(
    tx: &dyn InTenant,
    (scope, parts): (&Scope, &Parts),
    project: C,
    instance: C,
) -> Condition {
    let mut all = Condition::all();
    if let Reach::Nodes { projects, .. } = within_walls(scope) {
        let mut some =
            Condition::any().add(project.is_in(projects.iter().copied().map(Value::from)));
        if !parts.allowed.is_empty() {
            let never = parts.never.iter().copied().map(Value::from);
            let mut part = Condition::all()
                .add(instance.in_subquery(application_part::of_applications(tx, &parts.allowed)))
                .add(project.is_not_in(never));
            if let Some(within) = &parts.within {
                part = part.add(project.is_in(within.projects.iter().copied().map(Value::from)));
            }
            some = some.add(part);
        }
        all = all.add(some);
    }
    if !parts.denied.is_empty() {
        let denied = application_part::of_applications(tx, &parts.denied);
        all =
            all.add(Condition::any().add(instance.is_null()).add(instance.not_in_subquery(denied)));
    }
    all
}

/// Rows of the tenant, in the projects of the scope.
pub(crate) fn of_projects<C: ColumnTrait>(tx: &dyn InTenant, tenant: C, project: C) -> Condition {
    let reach = match reach(tx) {
        Reach::Tenant => None,
        Reach::Nodes { projects, .. } => {
            Some(project.is_in(projects.iter().copied().map(Value::from)))
        }
    };
    of_tenant(tx, tenant).add_option(reach)
}

/// Rows of the tenant, of the organizations of the scope.
pub(crate) fn of_organizations<C: ColumnTrait>(
    tx: &dyn InTenant,
    tenant: C,
    organization: C,
) -> Condition {
    let reach = match reach(tx) {
        Reach::Tenant => None,
        Reach::Nodes { organizations, .. } => {
            Some(organization.is_in(organizations.iter().copied().map(Value::from)))
        }
    };
    of_tenant(tx, tenant).add_option(reach)
}

/// Rows of the tenant for those who reach all of it, no rows for others.
pub(crate) fn of_whole_tenant<C: ColumnTrait>(tx: &dyn InTenant, tenant: C) -> Condition {
    let nothing = match reach(tx) {
        Reach::Tenant => None,
        Reach::Nodes { .. } => Some(tenant.is_null()),
    };
    of_tenant(tx, tenant).add_option(nothing)
}

/// Refuses a row of another tenant.
pub(crate) fn admit(tx: &dyn InTenant, tenant: TenantId) -> Result<()> {
    if tx.tenant() == tenant { Ok(()) } else { Err(StoreError::OutOfReach) }
}

/// Refuses a row of another tenant or of a project out of reach.
pub(crate) fn admit_project(tx: &dyn InTenant, tenant: TenantId, project: ProjectId) -> Result<()> {
    admit(tx, tenant)?;
    if tx.scope().has_project(project) { Ok(()) } else { Err(StoreError::OutOfReach) }
}

/// Refuses a row of another tenant, or about an instance of a project in which nothing is reached.
/// The instance itself was looked up by the same scope before.
pub(crate) fn admit_part(tx: &dyn InTenant, tenant: TenantId, project: ProjectId) -> Result<()> {
    admit(tx, tenant)?;
    if tx.scope().may_have_part_in(project) { Ok(()) } else { Err(StoreError::OutOfReach) }
}

/// Refuses a row of another tenant or of an organization out of reach.
pub(crate) fn admit_organization(
    tx: &dyn InTenant,
    tenant: TenantId,
    organization: OrganizationId,
) -> Result<()> {
    admit(tx, tenant)?;
    if tx.scope().has_organization(organization) { Ok(()) } else { Err(StoreError::OutOfReach) }
}

/// Refuses a row of another cell.
pub(crate) fn admit_cell(tx: &dyn InCell, cell: CellId) -> Result<()> {
    if tx.cell() == cell { Ok(()) } else { Err(StoreError::OutOfReach) }
}
