//! Organizations.

use async_graphql::connection::Connection;
use async_graphql::{Context, ID, Object, SimpleObject};
use control_plane_core::error::Error;
use control_plane_core::organization::{self, Organization as Row};
use policies::action::Action as Right;
use policies::role::Node as Place;
use types::id::OrganizationId;

use crate::bill::PeriodState;
use crate::context;
use crate::error::Result;
use crate::loader::MonthsOfTenant;
use crate::page;
use crate::project::Project;
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

/// Rows with their ids as cursors.
pub fn connection(
    rows: Vec<Row>,
    first: Option<i32>,
    after: Option<String>,
) -> Result<Connection<String, Organization>> {
    page::of_list(rows, first, after, |row| row.id.to_string(), Organization)
}

/// One organization by id, or by a name that only one the caller may see has.
pub async fn find(ctx: &Context<'_>, id_or_name: &str) -> Result<Row> {
    let call = context::call(ctx)?;
    if let Ok(id) = id_or_name.parse::<OrganizationId>() {
        return Ok(organization::get(call, id).await?);
    }
    let named = organization::visible(call).await?;
    let named = named.into_iter().filter(|row| row.name == id_or_name).collect();
    only(named, "organization")
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
        let call = context::call(ctx)?;
        let scope = call.scope(Right::View).await?;
        let standing = call.standing().await?;
        let parent = self.0.parent_id.filter(|parent| scope.has_organization(*parent));
        Ok(parent.and_then(|parent| standing.tree.organization(parent)).cloned().map(Self))
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

    async fn children(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, Organization>> {
        let call = context::call(ctx)?;
        let scope = call.scope(Right::View).await?;
        let standing = call.standing().await?;
        let seen = standing.tree.children(self.0.id).filter(|row| scope.has_organization(row.id));
        connection(seen.cloned().collect(), first, after)
    }

    async fn projects(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, Project>> {
        let call = context::call(ctx)?;
        let scope = call.scope(Right::View).await?;
        let standing = call.standing().await?;
        let seen = standing.tree.projects_in(self.0.id).filter(|row| scope.has_project(row.id));
        crate::project::connection(seen.cloned().collect(), first, after)
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

    async fn viewer_can(&self, ctx: &Context<'_>) -> Result<Vec<Action>> {
        allowed(ctx, Place::Organization(self.0.id)).await
    }
}
