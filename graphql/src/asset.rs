//! The register of assets, and counts of it.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use control_plane_core::asset::{self, AssetCount as CountRow, AssetView, Question, Register};
use types::size::Size as Given;

use crate::connection::Connection;
use crate::context;
use crate::error::Result;
use crate::instance::{Endpoint, State};
use crate::offering::{Plan, Size};
use crate::page;
use crate::scalar::DateTime;

/// Which assets
#[derive(InputObject, Default)]
pub struct AssetFilter {
    /// Only what was below this organization then, by id or by name
    pub organization: Option<String>,
    /// Only what was in this project then, by id or by name
    pub project: Option<String>,
    /// Only of this package
    pub package: Option<String>,
}

/// What ran where at one instant.
pub struct AssetRegister(Register);

/// A member as it was.
pub struct Asset(AssetView);

/// How many members had all this in common
#[derive(SimpleObject)]
pub struct AssetCount {
    /// Organization; null where it may not be seen
    organization: Option<ID>,
    /// Names of the organizations from the root down
    path: Vec<String>,
    /// Name of the package
    package: String,
    /// Version of the package
    package_version: String,
    /// Version of the product that was ordered
    software_version: String,
    /// State; UNKNOWN if the cell has not been heard of
    state: State,
    /// How many
    members: i32,
}

/// The register of an instant.
pub async fn register(
    ctx: &Context<'_>,
    at: Option<DateTime>,
    filter: Option<AssetFilter>,
) -> Result<AssetRegister> {
    let AssetFilter { organization, project, package } = filter.unwrap_or_default();
    let at = at.map(|at| at.0);
    let question = Question { at, organization, project, package };
    Ok(AssetRegister(asset::open(context::call(ctx)?, question).await?))
}

#[Object]
impl AssetRegister {
    /// The instant; hand it back with the next page, so that all pages tell of the same one
    async fn at(&self) -> DateTime {
        DateTime(self.0.at())
    }

    /// Members that were there, in the order in which they were ordered
    async fn assets(&self, first: Option<i32>, after: Option<String>) -> Result<Connection<Asset>> {
        let had_after = after.is_some();
        let paged = self.0.list(&page::page(first, after)?).await?;
        Ok(page::connection(paged, had_after, Asset))
    }

    /// By organization, package, versions and state
    async fn counts(&self) -> Result<Vec<AssetCount>> {
        let count = |row: CountRow| AssetCount {
            organization: row.organization.map(ID::from),
            path: row.path,
            package: row.package,
            package_version: row.package_version,
            software_version: row.software_version,
            state: row.state.into(),
            members: i32::try_from(row.members).unwrap_or(i32::MAX),
        };
        Ok(self.0.counts().await?.into_iter().map(count).collect())
    }
}

#[Object]
impl Asset {
    /// The member's id
    async fn member(&self) -> ID {
        ID(self.0.entry.resource.clone())
    }

    /// The member's name, e.g. shop-cache-0
    async fn name(&self) -> String {
        format!("{}-{}", self.0.entry.instance_name, self.0.entry.ordinal)
    }

    /// The instance's id; it may be gone
    async fn instance(&self) -> ID {
        self.0.entry.instance_id.into()
    }

    async fn instance_name(&self) -> &str {
        &self.0.entry.instance_name
    }

    /// The project's id
    async fn project(&self) -> ID {
        self.0.entry.project_id.into()
    }

    /// The project's name then
    async fn project_name(&self) -> &str {
        &self.0.place.project
    }

    /// The organization's id; null where it may not be seen
    async fn organization(&self) -> Option<ID> {
        self.0.place.organization.map(ID::from)
    }

    /// Names of the organizations from the root down then
    async fn path(&self) -> &[String] {
        &self.0.place.path
    }

    async fn package(&self) -> &str {
        &self.0.entry.package
    }

    async fn package_version(&self) -> &str {
        &self.0.entry.package_version
    }

    /// Version of the product that was ordered
    async fn software_version(&self) -> &str {
        &self.0.entry.software_version
    }

    /// Version of the files that its cell found installed
    async fn installed_version(&self) -> Option<&str> {
        self.0.entry.installed_version.as_deref()
    }

    async fn plan(&self, ctx: &Context<'_>) -> Result<Option<Plan>> {
        Ok(context::load(ctx, self.0.entry.plan_id).await?.map(Plan))
    }

    async fn size(&self) -> Size {
        let entry = &self.0.entry;
        let (millivcpu, memory_mib) = (entry.millivcpu, entry.memory_mib);
        Given { millivcpu, memory_mib, storage_mib: entry.storage_mib }.into()
    }

    /// Role in the topology as its probe answered, before that as ordered
    async fn role(&self) -> &str {
        &self.0.entry.role
    }

    /// Name of the cell
    async fn cell(&self) -> &str {
        &self.0.cell
    }

    async fn endpoint(&self) -> Option<Endpoint> {
        let entry = &self.0.entry;
        Some(Endpoint { host: entry.host.clone()?, port: entry.port? })
    }

    /// State as recorded
    async fn state(&self) -> State {
        self.0.state.into()
    }

    /// Since when it was in this state
    async fn since(&self) -> DateTime {
        DateTime(self.0.since)
    }

    /// Since when the cell has been silent; the state is then not to be trusted
    async fn unknown_since(&self) -> Option<DateTime> {
        self.0.unknown_since.map(DateTime)
    }
}
