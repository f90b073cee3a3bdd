//! Tenants.

use async_graphql::{Context, ID, Object, SimpleObject};
use control_plane_core::tenant::Tenant as Row;
use control_plane_core::{licence, organization, project};

use crate::connection::Connection;
use crate::context;
use crate::error::Result;
use crate::organization::Organization;
use crate::page;
use crate::project::Project;
use crate::scalar::DateTime;

pub mod managed;

/// A customer of the installation.
pub struct Tenant(pub Row);

/// How many licensed units exist and may exist
#[derive(SimpleObject)]
pub struct LicenceUse {
    /// member
    unit: &'static str,
    /// Units that exist
    used: i32,
    /// Units that may exist
    limit: i32,
    /// null: no end
    not_after: Option<DateTime>,
}

impl From<licence::Use> for LicenceUse {
    fn from(counted: licence::Use) -> Self {
        Self {
            unit: "member",
            used: i32::try_from(counted.used).unwrap_or(i32::MAX),
            limit: i32::try_from(counted.limit).unwrap_or(i32::MAX),
            not_after: counted.not_after.map(DateTime),
        }
    }
}

#[Object]
impl Tenant {
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

    /// IANA name of the zone in which months are cut
    async fn zone(&self) -> &str {
        &self.0.zone
    }

    async fn currency(&self) -> &str {
        &self.0.currency
    }

    /// Null for those who may not see all of it
    async fn root(&self, ctx: &Context<'_>) -> Result<Option<Organization>> {
        let seen = organization::tops(context::call(ctx)?).await?;
        Ok(seen.into_iter().find(|row| row.parent_id.is_none()).map(Organization))
    }

    /// The highest organizations that the viewer may see, by name: where a tree of what they see
    /// begins
    async fn tops(&self, ctx: &Context<'_>) -> Result<Vec<Organization>> {
        let seen = organization::tops(context::call(ctx)?).await?;
        Ok(seen.into_iter().map(Organization).collect())
    }

    /// The projects that the viewer may see, and whose organizations they may not, by name: where
    /// a tree of what they see begins as well
    #[graphql(complexity = "first.unwrap_or(50).max(1) as usize * child_complexity")]
    async fn top_projects(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<Project>> {
        let had_after = after.is_some();
        let rows = project::tops(context::call(ctx)?, &page::page(first, after)?).await?;
        Ok(page::connection_by(rows, had_after, project::by_place, Project))
    }

    async fn licence(&self, ctx: &Context<'_>) -> Result<LicenceUse> {
        Ok(licence::of_tenant(context::call(ctx)?).await?.into())
    }
}
