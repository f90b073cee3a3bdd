//! Budgets: how much what is ordered at a node of the tree and below may cost in a month.
//!
//! They are set, trees moved and orders placed behind [`crate::tenant::lock`], whose row says how
//! many there are: an order of a tenant without budgets asks nothing here. What is committed is not
//! kept but counted, see [`living`], so no price that changes makes a counter wrong.

use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, Func, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait as _, DeleteMany, EntityTrait, QueryFilter, QueryOrder, Select,
    UpdateMany,
};
use types::budget::BudgetAction;
use types::id::{PlanId, ProjectId, SubjectId, TenantId};
use types::instant::Instant;
use types::size::Size;

use crate::error::{Result, StoreError};
use crate::table::{insert as insert_row, replace, table};
use crate::tenant;
use crate::tx::{Connected, InTenant, TenantTx, admit, of_tenant};

table! {
    /// A budget at a node.
    Budget = "budget" {
        /// Whose tree.
        #[sea_orm(primary_key, auto_increment = false)]
        tenant_id: TenantId,
        /// Text form of the id of the organization or project.
        #[sea_orm(primary_key, auto_increment = false)]
        node: String,
        /// A decimal in text form, in the tenant's currency: for 30 × 24 hours, before tax.
        amount: String,
        /// What becomes of what would pass it.
        action: BudgetAction,
        /// When it was set.
        set_at: Instant,
        /// Who set it.
        set_by: SubjectId,
    }
}

/// Budgets hold for whoever is below them, also where they cannot see them.
fn own(tx: &dyn InTenant) -> Select<Entity> {
    Entity::find().filter(of_tenant(tx, Column::TenantId)).order_by_asc(Column::Node)
}

fn own_update(tx: &TenantTx) -> UpdateMany<Entity> {
    Entity::update_many().filter(of_tenant(tx, Column::TenantId))
}

fn own_delete(tx: &TenantTx) -> DeleteMany<Entity> {
    Entity::delete_many().filter(of_tenant(tx, Column::TenantId))
}

/// All budgets of the tenant.
pub async fn list(tx: &dyn InTenant) -> Result<Vec<Budget>> {
    Ok(own(tx).all(&tx.db()).await?)
}

/// The budgets at these nodes.
pub async fn at(tx: &dyn InTenant, nodes: &[String]) -> Result<Vec<Budget>> {
    let nodes = nodes.iter().map(String::as_str);
    Ok(own(tx).filter(Column::Node.is_in(nodes)).all(&tx.db()).await?)
}

/// Sets a budget where there is none, behind the tenant's lock.
pub async fn insert(tx: &TenantTx, row: Budget) -> Result<()> {
    admit(tx, row.tenant_id)?;
    insert_row(&tx.db(), row).await?;
    tenant::add_budgets(tx, 1).await
}

/// Changes a budget.
pub async fn update(tx: &TenantTx, row: Budget) -> Result<()> {
    admit(tx, row.tenant_id)?;
    let one = own_update(tx).filter(Column::Node.eq(row.node.as_str()));
    replace(&tx.db(), one, row).await
}

/// Removes a budget, behind the tenant's lock; [`StoreError::NotFound`] if there is none.
pub async fn delete(tx: &TenantTx, node: &str) -> Result<()> {
    let deleted = own_delete(tx).filter(Column::Node.eq(node)).exec(&tx.db()).await?;
    if deleted.rows_affected == 0 {
        return Err(StoreError::NotFound);
    }
    tenant::add_budgets(tx, -1).await
}

/// Living instances of one project that cost the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Living {
    /// Where they are.
    pub project: ProjectId,
    /// Their plan.
    pub plan: PlanId,
    /// What each member is granted.
    pub size: Size,
    /// How many members each of them has.
    pub members: i64,
    /// How many they are.
    pub instances: i64,
}

/// What is ordered and not deleted yet: in these projects, or for none in the whole tenant.
pub async fn living(tx: &dyn InTenant, projects: Option<&[ProjectId]>) -> Result<Vec<Living>> {
    const SAME: [&str; 5] = ["project_id", "plan_id", "millivcpu", "memory_mib", "storage_mib"];
    let mut each = Query::select();
    each.expr_as(Expr::col(("member", "id")).count(), "members")
        .from("instance")
        .left_join("member", Expr::col(("member", "instance_id")).equals(("instance", "id")))
        .and_where(Expr::col(("instance", "tenant_id")).eq(tx.tenant()))
        .and_where(Expr::col(("instance", "deleted_at")).is_null())
        .group_by_col(("instance", "id"));
    if let Some(projects) = projects {
        let projects = projects.iter().copied();
        each.and_where(Expr::col(("instance", "project_id")).is_in(projects));
    }
    let mut rows = Query::select();
    rows.column("members").expr_as(Func::count(Expr::col("members")), "instances");
    for column in SAME {
        each.column(("instance", column)).group_by_col(("instance", column));
        rows.column(column).group_by_col(column);
    }
    rows.group_by_col("members").from_subquery(each, Alias::new("each_one"));
    let mut found = Vec::new();
    for row in tx.db().query_all(&rows).await? {
        let number = |column| row.try_get::<i64>("", column);
        let size = Size {
            millivcpu: number(SAME[2])?,
            memory_mib: number(SAME[3])?,
            storage_mib: number(SAME[4])?,
        };
        found.push(Living {
            project: row.try_get("", SAME[0])?,
            plan: row.try_get("", SAME[1])?,
            size,
            members: number("members")?,
            instances: number("instances")?,
        });
    }
    Ok(found)
}
