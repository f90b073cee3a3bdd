//! All queries.

use async_graphql::{Context, ID, MergedObject, Object};
use control_plane_core::audit::Trail;
use control_plane_core::cell::view;
use control_plane_core::{offering, operation, tenant};
use types::id::OfferingId;

use crate::access::AccessQuery;
use crate::access_token::AccessToken;
use crate::application::ApplicationQuery;
use crate::approval::ApprovalQuery;
use crate::asset::{AssetFilter, AssetRegister};
use crate::audit::{self, AuditEntry, AuditFilter, AuditVerification, InstallationAuditQuery};
use crate::batch::{BatchInput, BatchPreview};
use crate::bill::Bill;
use crate::cell::Cell;
use crate::comparison::{CompareInput, Comparison};
use crate::configuration::{ChangeInput, ChangePreview};
use crate::connection::Connection;
use crate::context;
use crate::error::Result;
use crate::identity_provider::IdentityProvider;
use crate::instance::{Instance, InstanceFilter};
use crate::node::Node;
use crate::offering::Offering;
use crate::offering::managed::OfferingQuery;
use crate::operation::Operation;
use crate::order::{OrderInput, OrderPreview};
use crate::organization::{Organization, only};
use crate::planned_move::PlannedMoveQuery;
use crate::project::Project;
use crate::scalar::DateTime;
use crate::service_account::ServiceAccount;
use crate::session::Session;
use crate::structure::StructureQuery;
use crate::tenant::Tenant;
use crate::tenant::managed::TenantQuery;
use crate::viewer::Viewer;
use crate::waiting::SlowOperation;
use crate::{node, page};

/// What can be asked; nouns can have a part of their own.
#[derive(MergedObject, Default)]
pub struct Query(
    ResourceQuery,
    ApplicationQuery,
    AccessQuery,
    ApprovalQuery,
    PlannedMoveQuery,
    TenantQuery,
    OfferingQuery,
    InstallationAuditQuery,
    StructureQuery,
);

/// Resources, bills and the audit.
#[derive(Default)]
pub struct ResourceQuery;

#[Object]
impl ResourceQuery {
    /// The subject that asks
    async fn viewer(&self, ctx: &Context<'_>) -> Result<Viewer> {
        context::call(ctx)?;
        Ok(Viewer)
    }

    /// Anything by its global id; null if it does not exist or may not be seen
    async fn node(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Node>> {
        node::find(ctx, &id).await
    }

    /// The viewer's tenant
    async fn tenant(&self, ctx: &Context<'_>) -> Result<Tenant> {
        Ok(Tenant(tenant::get(context::call(ctx)?).await?))
    }

    /// Organizations the viewer may see, in order of the tree: parents before children, siblings by
    /// name. With search, only those that have the text in name or title
    async fn organizations(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        search: Option<String>,
    ) -> Result<Connection<Organization>> {
        crate::organization::list(ctx, first, after, search.as_deref()).await
    }

    /// One organization, by id or by name if only one has it
    async fn organization(&self, ctx: &Context<'_>, id_or_name: String) -> Result<Organization> {
        Ok(Organization(crate::organization::find(ctx, &id_or_name).await?))
    }

    /// Projects the viewer may see. With search, only those that have the text in name or title
    async fn projects(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        search: Option<String>,
    ) -> Result<Connection<Project>> {
        crate::project::list(ctx, first, after, search.as_deref()).await
    }

    /// One project, by id or by name if only one has it
    async fn project(&self, ctx: &Context<'_>, id_or_name: String) -> Result<Project> {
        Ok(Project(crate::project::find(ctx, &id_or_name).await?))
    }

    /// The catalogue: what the viewer's tenant may order
    async fn offerings(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        search: Option<String>,
    ) -> Result<Connection<Offering>> {
        let rows = offering::visible(context::call(ctx)?, search.as_deref()).await?;
        page::of_list(rows, first, after, |row| row.id.to_string(), Offering)
    }

    /// One offering, by id or by the package's name
    async fn offering(&self, ctx: &Context<'_>, id_or_name: String) -> Result<Offering> {
        let call = context::call(ctx)?;
        if let Ok(id) = id_or_name.parse::<OfferingId>() {
            return Ok(Offering(offering::get(call, id).await?));
        }
        let rows = offering::visible(call, None).await?;
        let named = rows.into_iter().filter(|row| row.package == id_or_name).collect();
        Ok(Offering(only(named, "offering")?))
    }

    /// Instances the viewer may see, newest first
    async fn instances(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        filter: Option<InstanceFilter>,
    ) -> Result<Connection<Instance>> {
        crate::instance::list(ctx, first, after, filter).await
    }

    /// One instance, by id or by name; project narrows a name
    async fn instance(
        &self,
        ctx: &Context<'_>,
        id_or_name: String,
        project: Option<String>,
    ) -> Result<Instance> {
        Ok(Instance(crate::instance::find(ctx, &id_or_name, project).await?))
    }

    /// One operation by id
    async fn operation(&self, ctx: &Context<'_>, id: ID) -> Result<Operation> {
        let id = context::id(&id, "operation")?;
        Ok(Operation(operation::get(context::call(ctx)?, id).await?))
    }

    /// What an order would make and cost. Changes nothing. Its token is handed to placeOrder
    async fn preview_order(&self, ctx: &Context<'_>, input: OrderInput) -> Result<OrderPreview> {
        crate::order::preview(ctx, input).await
    }

    /// What a change of parameters would do. Changes nothing. Its token is handed to
    /// changeConfiguration
    async fn preview_change(&self, ctx: &Context<'_>, input: ChangeInput) -> Result<ChangePreview> {
        crate::configuration::preview(ctx, input).await
    }

    /// What the same work would do to many instances, and which are left out. Changes nothing. Its
    /// token is handed to applyBatch
    async fn preview_batch(&self, ctx: &Context<'_>, input: BatchInput) -> Result<BatchPreview> {
        crate::batch::preview(ctx, input).await
    }

    /// Configurations side by side: of instances of one package, or of one and a template
    async fn compare(&self, ctx: &Context<'_>, input: CompareInput) -> Result<Comparison> {
        crate::comparison::compare(ctx, input).await
    }

    /// The bill of one organization and period (2026-11); provisional while the period is open
    async fn bill(&self, ctx: &Context<'_>, organization: String, period: String) -> Result<Bill> {
        crate::bill::find(ctx, &organization, &period).await
    }

    /// What ran where at an instant, now without one, as far as the viewer may see
    async fn asset_register(
        &self,
        ctx: &Context<'_>,
        at: Option<DateTime>,
        filter: Option<AssetFilter>,
    ) -> Result<AssetRegister> {
        crate::asset::register(ctx, at, filter).await
    }

    /// OpenID providers that people of the tenant sign in through, by name; for who may set them
    #[graphql(complexity = "10 * child_complexity")]
    async fn identity_providers(&self, ctx: &Context<'_>) -> Result<Vec<IdentityProvider>> {
        crate::identity_provider::list(ctx).await
    }

    /// Who did what, newest first. Oldest first, the cursor of the last record leads to what was
    /// written since
    async fn audit(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        filter: Option<AuditFilter>,
        #[graphql(default)] oldest_first: bool,
    ) -> Result<Connection<AuditEntry>> {
        audit::list(ctx, Trail::Tenant, first, after, filter, oldest_first).await
    }

    /// Whether the audit is as it was written; reads all of it
    async fn audit_verification(&self, ctx: &Context<'_>) -> Result<AuditVerification> {
        audit::verification(ctx, Trail::Tenant).await
    }

    /// All cells; operators only
    async fn cells(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<Cell>> {
        let rows = view::list(context::call(ctx)?).await?;
        page::of_list(
            rows,
            first,
            after,
            |view| view.row.id.to_string(),
            |view| Cell(Box::new(view)),
        )
    }

    /// One cell, by id or name; operators only
    async fn cell(&self, ctx: &Context<'_>, id_or_name: String) -> Result<Cell> {
        Ok(Cell(Box::new(view::get(context::call(ctx)?, &id_or_name).await?)))
    }

    /// Operations of all tenants that take longer than expected, oldest first; operators only
    async fn slow_operations(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<SlowOperation>> {
        crate::waiting::slow(ctx, first, after).await
    }
    /// Open sessions, newest first: the viewer's, or those of another subject of the tenant for who
    /// manages access there
    #[graphql(complexity = "first.unwrap_or(50).max(1) as usize * child_complexity")]
    async fn sessions(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        subject: Option<ID>,
    ) -> Result<Connection<Session>> {
        crate::session::list(ctx, first, after, subject).await
    }

    /// Open sessions by which operators act as subjects of the tenant, for who manages access there
    #[graphql(complexity = "first.unwrap_or(50).max(1) as usize * child_complexity")]
    async fn impersonations(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<Session>> {
        crate::session::impersonated(ctx, first, after).await
    }

    /// Tokens of programs, newest first: the viewer's, or those of a service account or another
    /// subject for who manages its access
    #[graphql(complexity = "first.unwrap_or(50).max(1) as usize * child_complexity")]
    async fn tokens(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        subject: Option<ID>,
    ) -> Result<Connection<AccessToken>> {
        crate::access_token::list(ctx, first, after, subject).await
    }

    /// Service accounts whose access the viewer manages, by name
    #[graphql(complexity = "first.unwrap_or(50).max(1) as usize * child_complexity")]
    async fn service_accounts(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        organization: Option<ID>,
    ) -> Result<Connection<ServiceAccount>> {
        crate::service_account::list(ctx, first, after, organization).await
    }
}
