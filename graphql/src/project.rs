//! Projects.

use async_graphql::{Context, ID, Object};
use control_plane_core::call::Call;
use control_plane_core::instance::{self, Filter};
use control_plane_core::page::Page;
use control_plane_core::project::{self, Project as Row};
use policies::role::Node as Place;
use types::id::ProjectId;

use crate::budget::Budgets;
use crate::connection::Connection;
use crate::context;
use crate::error::Result;
use crate::instance::Instance;
use crate::loader::first_page::{self, InstancesOf};
use crate::organization::{self, Organization, only};
use crate::page;
use crate::quota::Quota;
use crate::viewer::{Action, allowed};

/// A container of resources below an organization.
pub struct Project(pub Row);

/// Projects that the viewer may see.
pub async fn list(
    ctx: &Context<'_>,
    first: Option<i32>,
    after: Option<String>,
    search: Option<&str>,
) -> Result<Connection<Project>> {
    let had_after = after.is_some();
    let rows = project::list(context::call(ctx)?, search, &page::page(first, after)?).await?;
    Ok(page::connection(rows, had_after, Project))
}

/// One project by id, or by a name that only one the caller may see has.
pub async fn find(ctx: &Context<'_>, id_or_name: &str) -> Result<Row> {
    let call = context::call(ctx)?;
    if let Ok(id) = id_or_name.parse::<ProjectId>() {
        return Ok(project::get(call, id).await?);
    }
    only(project::named(call, id_or_name).await?, "project")
}

#[Object]
impl Project {
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

    /// The organization that owns it; null where the viewer may not see it
    async fn organization(&self, ctx: &Context<'_>) -> Result<Option<Organization>> {
        organization::seen(ctx, self.0.organization_id).await
    }

    async fn instances(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<Instance>> {
        let id = self.0.id;
        let later = async move |call: &Call, page: &Page| {
            let filter = Filter { projects: Some(vec![id]), ..Filter::default() };
            instance::list(call, &filter, page).await
        };
        let key = |first| InstancesOf(id, first);
        first_page::connection(ctx, (first, after), key, later, Instance).await
    }

    /// What is committed here and below for a month, and the budgets that hold
    #[graphql(complexity = "5 * child_complexity")]
    async fn budgets(&self, ctx: &Context<'_>) -> Result<Budgets> {
        crate::budget::of(ctx, Place::Project(self.0.id)).await
    }

    /// What may be used here, what is, and what is left, of each meter
    #[graphql(complexity = "5 * child_complexity")]
    async fn quotas(&self, ctx: &Context<'_>) -> Result<Vec<Quota>> {
        crate::quota::of(ctx, Place::Project(self.0.id)).await
    }

    async fn viewer_can(&self, ctx: &Context<'_>) -> Result<Vec<Action>> {
        allowed(ctx, Place::Project(self.0.id)).await
    }
}
