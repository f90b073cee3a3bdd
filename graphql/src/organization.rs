//! Organizations.

use async_graphql::{Context, ID, Object, SimpleObject};
use control_plane_core::error::Error;
use control_plane_core::organization::{self, Organization as Row};
use control_plane_core::project;
use policies::action::Action as Right;
use policies::role::Node as Place;
use types::id::OrganizationId;

use crate::bill::PeriodState;
use crate::budget::Budgets;
use crate::connection::Connection;
use crate::context;
use crate::error::Result;
use crate::loader::MonthsOfTenant;
use crate::page;
use crate::project::Project;
use crate::quota::Quota;
use crate::viewer::{Action, allowed};

/// A node of the tenant's tree.
pub struct Organization(pub Row);

/// A month, and whether it is closed.
#[derive(SimpleObject)]
pub struct BillingPeriod {
    /// 2026-11
    pub period: String,
    /// Where it stands
    pub state: PeriodState,
}

/// Organizations that the viewer may see, in order of the tree.
pub async fn list(
    ctx: &Context<'_>,
    first: Option<i32>,
    after: Option<String>,
    search: Option<&str>,
) -> Result<Connection<Organization>> {
    let had_after = after.is_some();
    let page = page::page(first, after)?;
    let rows = organization::list(context::call(ctx)?, search, &page).await?;
    Ok(page::connection(rows, had_after, Organization))
}

/// One organization by id, or by a name that only one the caller may see has.
pub async fn find(ctx: &Context<'_>, id_or_name: &str) -> Result<Row> {
    let call = context::call(ctx)?;
    if let Ok(id) = id_or_name.parse::<OrganizationId>() {
        return Ok(organization::get(call, id).await?);
    }
    only(organization::named(call, id_or_name).await?, "organization")
}

/// What something is in or of; null where the viewer may not see it.
pub async fn seen(ctx: &Context<'_>, id: OrganizationId) -> Result<Option<Organization>> {
    let call = context::call(ctx)?;
    if !call.scope(Right::View).await?.has_organization(id) {
        return Ok(None);
    }
    Ok(call.standing().await?.tree.organization(id).cloned().map(Organization))
}

/// The only one, or why not.
pub fn only<T>(found: Vec<T>, what: &'static str) -> Result<T> {
    let mut found = found.into_iter();
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => Err(Error::NotFound { what }.into()),
        _ => {
            let message = format!("more than one {what} has this name; use its id");
            Err(Error::invalid("idOrName", "ambiguous", message).into())
        }
    }
}

#[Object]
impl Organization {
    /// Its global id
    pub async fn id(&self) -> ID {
        self.0.id.into()
    }

    async fn name(&self) -> &str {
        &self.0.name
    }

    async fn title(&self) -> &str {
        &self.0.title
    }

    /// Null for the root, and where the viewer may not see it
    async fn parent(&self, ctx: &Context<'_>) -> Result<Option<Self>> {
        match self.0.parent_id {
            Some(parent) => seen(ctx, parent).await,
            None => Ok(None),
        }
    }

    /// From the highest one that the viewer may see to this one
    async fn path(&self, ctx: &Context<'_>) -> Result<Vec<Self>> {
        let call = context::call(ctx)?;
        let scope = call.scope(Right::View).await?;
        let standing = call.standing().await?;
        let ancestry = standing.tree.ancestry(self.0.id).unwrap_or_default();
        let seen = ancestry.into_iter().filter(|id| scope.has_organization(*id));
        Ok(seen.filter_map(|id| standing.tree.organization(id).cloned()).map(Self).collect())
    }

    /// Organizations directly below, by name
    #[graphql(complexity = "first.unwrap_or(50).max(1) as usize * child_complexity")]
    async fn children(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<Organization>> {
        let had_after = after.is_some();
        let page = page::page(first, after)?;
        let rows = organization::children(context::call(ctx)?, self.0.id, &page).await?;
        Ok(page::connection_by(rows, had_after, organization::by_name, Organization))
    }

    /// Whether the viewer may see no organization and no project directly in it
    async fn is_leaf(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(organization::is_leaf(context::call(ctx)?, self.0.id).await?)
    }

    /// Projects directly in it, by name
    #[graphql(complexity = "first.unwrap_or(50).max(1) as usize * child_complexity")]
    async fn projects(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<Project>> {
        let had_after = after.is_some();
        let page = page::page(first, after)?;
        let rows = project::of_organization(context::call(ctx)?, self.0.id, &page).await?;
        Ok(page::connection_by(rows, had_after, project::by_name, Project))
    }

    /// Billing periods that have a bill of this organization, newest first
    async fn billing_periods(&self, ctx: &Context<'_>) -> Result<Vec<BillingPeriod>> {
        let call = context::call(ctx)?;
        let missing = Error::NotFound { what: "organization" };
        let months = context::load(ctx, MonthsOfTenant).await?.ok_or(missing)?;
        let periods = billing::period::of_organization(call, self.0.id, &months).await?;
        let shown = |row: billing::period::PeriodRow| BillingPeriod {
            period: row.period,
            state: row.state.into(),
        };
        Ok(periods.into_iter().map(shown).collect())
    }

    /// What is committed here and below for a month, and the budgets that hold
    #[graphql(complexity = "5 * child_complexity")]
    async fn budgets(&self, ctx: &Context<'_>) -> Result<Budgets> {
        crate::budget::of(ctx, Place::Organization(self.0.id)).await
    }

    /// What may be used here and below, what is, and what is left, of each meter
    #[graphql(complexity = "5 * child_complexity")]
    async fn quotas(&self, ctx: &Context<'_>) -> Result<Vec<Quota>> {
        crate::quota::of(ctx, Place::Organization(self.0.id)).await
    }

    async fn viewer_can(&self, ctx: &Context<'_>) -> Result<Vec<Action>> {
        allowed(ctx, Place::Organization(self.0.id)).await
    }
}
