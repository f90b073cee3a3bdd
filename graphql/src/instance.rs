//! Instances and their members.

use async_graphql::{Context, Enum, ID, InputObject, Json, Object, SimpleObject};
use catalog::connect::{self, Reachable};
use catalog::form;
use control_plane_core::call::Call;
use control_plane_core::cell::view::Glance;
use control_plane_core::configuration as configurations;
use control_plane_core::error::Error;
use control_plane_core::instance::{self, Filter, Instance as Row, Member as MemberRow};
use control_plane_core::operation as operations;
use control_plane_core::page::Page;
use types::id::InstanceId;
use types::instance::{Endpoint as MemberEndpoint, State as Life, Wish as Wanted};

use crate::application::Application;
use crate::bill::Cost;
use crate::configuration::Configuration;
use crate::connection::Connection;
use crate::context;
use crate::error::Result;
use crate::loader::first_page::{self, ConfigurationsOf, OperationsOf};
use crate::loader::{ApplicationsOf, ConfigurationOf, HeldBy, MembersOf, OfferingOf, TitleOf};
use crate::offering::{Offering, Plan, Template, Text, templates};
use crate::operation::Operation;
use crate::organization::only;
use crate::page;
use crate::project::Project;
use crate::scalar::DateTime;
use crate::viewer::Action;

/// What a user orders, names, pays for and deletes.
pub struct Instance(pub Row);

/// One process of an instance, with the instance's name.
pub struct Member {
    row: MemberRow,
    instance_name: String,
}

/// The life of an instance or member
#[derive(Enum, Clone, Copy, PartialEq, Eq, Debug)]
#[graphql(remote = "types::instance::State")]
#[expect(missing_docs, reason = "described in types::instance")]
pub enum State {
    Provisioning,
    Running,
    Degraded,
    Updating,
    Stopped,
    Detached,
    Failed,
    Unknown,
    Deleting,
    Deleted,
}

/// What is wanted of an instance.
#[derive(Enum, Clone, Copy, PartialEq, Eq, Debug)]
#[graphql(remote = "types::instance::Wish")]
#[expect(missing_docs, reason = "described in types::instance")]
pub enum Wish {
    Running,
    Stopped,
    Deleted,
}

/// Which instances
#[derive(InputObject, Default)]
pub struct InstanceFilter {
    /// Id or name of a project
    pub project: Option<String>,
    /// Only in this state
    pub state: Option<State>,
    /// Part of the name
    pub search: Option<String>,
}

/// Where clients reach a member.
#[derive(SimpleObject)]
pub struct Endpoint {
    pub(crate) host: String,
    pub(crate) port: i32,
}

/// How to connect, without secrets.
#[derive(SimpleObject)]
pub struct ConnectionGuide {
    /// Each endpoint with what it is for
    endpoints: Vec<ConnectionEndpoint>,
    /// Commands and addresses to copy, with a placeholder for the password
    examples: Vec<ConnectionExample>,
    /// Names of what revealSecret shows; some products have no password
    secrets: Vec<String>,
}

/// An endpoint and what it is for.
#[derive(SimpleObject)]
pub struct ConnectionEndpoint {
    role: String,
    host: String,
    port: i32,
}

/// A command or address to copy.
#[derive(SimpleObject)]
pub struct ConnectionExample {
    /// What it is
    pub title: Text,
    /// The text to copy
    pub text: String,
}

/// One instance by id, or by a name that only one in reach (of the project, if given) has.
pub async fn find(ctx: &Context<'_>, id_or_name: &str, project: Option<String>) -> Result<Row> {
    let call = context::call(ctx)?;
    if let Ok(id) = id_or_name.parse::<InstanceId>() {
        return Ok(instance::get(call, id).await?);
    }
    let mut named = instance::named(call, id_or_name).await?;
    if let Some(project) = project {
        let project = crate::project::find(ctx, &project).await?.id;
        named.retain(|row| row.project_id == project);
    }
    only(named, "instance")
}

/// A page of instances, newest first.
pub async fn list(
    ctx: &Context<'_>,
    first: Option<i32>,
    after: Option<String>,
    filter: Option<InstanceFilter>,
) -> Result<Connection<Instance>> {
    let given = filter.unwrap_or_default();
    let projects = match given.project {
        None => None,
        Some(project) => Some(vec![crate::project::find(ctx, &project).await?.id]),
    };
    let filter = Filter {
        projects,
        state: given.state.map(Life::from),
        package: None,
        name_part: given.search,
        with_deleted: false,
    };
    let had_after = after.is_some();
    let paged = instance::list(context::call(ctx)?, &filter, &page::page(first, after)?).await?;
    Ok(page::connection(paged, had_after, Instance))
}

/// Where a member can be reached, once its cell said so.
fn endpoint(row: &MemberRow) -> Option<MemberEndpoint> {
    let port = u16::try_from(row.port?).ok()?;
    Some(MemberEndpoint { host: row.host.clone()?, port })
}

/// The connection examples of an instance, with its members as they are now.
pub async fn guide(
    ctx: &Context<'_>,
    row: &Row,
) -> Result<(Vec<ConnectionEndpoint>, Vec<ConnectionExample>)> {
    let package = configurations::package_of(context::call(ctx)?, row)?;
    let members = context::load(ctx, MembersOf(row.id)).await?.unwrap_or_default();
    let reachable: Vec<_> = members
        .iter()
        .filter_map(|member| {
            let role = member.observed_role.clone().unwrap_or_else(|| member.role.clone());
            Some(Reachable { member: member.id, role, endpoint: endpoint(member)? })
        })
        .collect();
    let described = connect::describe(package, &reachable)
        .map_err(|error| Error::internal("describe how to connect", error))?;
    let endpoints = reachable.into_iter().map(|each| ConnectionEndpoint {
        role: each.role,
        host: each.endpoint.host,
        port: i32::from(each.endpoint.port),
    });
    let examples = described.iter().flat_map(|instruction| {
        let uri = instruction.uri.iter().map(|uri| ConnectionExample {
            title: (&instruction.title).into(),
            text: uri.en.clone(),
        });
        let examples = instruction.examples.iter().map(|example| ConnectionExample {
            title: (&example.title).into(),
            text: example.text.en.clone(),
        });
        uri.chain(examples)
    });
    Ok((endpoints.collect(), examples.collect()))
}

#[Object]
impl Instance {
    /// Its global id
    pub async fn id(&self) -> ID {
        self.0.id.into()
    }

    async fn name(&self) -> &str {
        &self.0.name
    }

    async fn project(&self, ctx: &Context<'_>) -> Result<Project> {
        let standing = context::call(ctx)?.standing().await?;
        let project = standing.tree.project(self.0.project_id).cloned();
        Ok(Project(project.ok_or(Error::NotFound { what: "project" })?))
    }

    async fn package(&self) -> &str {
        &self.0.package
    }

    async fn package_version(&self) -> &str {
        &self.0.package_version
    }

    async fn offering(&self, ctx: &Context<'_>) -> Result<Option<Offering>> {
        let key = OfferingOf(self.0.package.clone(), self.0.package_version.clone());
        Ok(context::load(ctx, key).await?.map(Offering))
    }

    async fn software_version(&self) -> &str {
        &self.0.software_version
    }

    /// Version of the installed files, once known
    async fn installed_version(&self) -> Option<&str> {
        self.0.installed_version.as_deref()
    }

    async fn topology(&self) -> &str {
        &self.0.topology
    }

    async fn plan(&self, ctx: &Context<'_>) -> Result<Plan> {
        let plan = context::load(ctx, self.0.plan_id).await?;
        Ok(Plan(plan.ok_or(Error::NotFound { what: "plan" })?))
    }

    async fn wish(&self) -> Wish {
        Wanted::into(self.0.wish)
    }

    /// As its cell last reported it
    async fn state(&self) -> State {
        self.0.state.into()
    }

    /// Since when the cell has been silent; the state above is then not to be trusted
    async fn unknown_since(&self, ctx: &Context<'_>) -> Result<Option<DateTime>> {
        if self.0.deleted_at.is_some() {
            return Ok(None);
        }
        let cell: Option<Glance> = context::load(ctx, self.0.cell_id).await?;
        Ok(cell.and_then(|cell| cell.silent_since).map(DateTime))
    }

    async fn cell(&self, ctx: &Context<'_>) -> Result<String> {
        let cell: Option<Glance> = context::load(ctx, self.0.cell_id).await?;
        Ok(cell.map(|cell| cell.name).unwrap_or_default())
    }

    async fn generation(&self) -> i32 {
        i32::try_from(self.0.generation.0).unwrap_or(i32::MAX)
    }

    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    async fn created_by(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(context::load(ctx, TitleOf(self.0.created_by)).await?.unwrap_or_default())
    }

    async fn deleted_at(&self) -> Option<DateTime> {
        self.0.deleted_at.map(DateTime)
    }

    async fn members(&self, ctx: &Context<'_>) -> Result<Vec<Member>> {
        let rows = context::load(ctx, MembersOf(self.0.id)).await?.unwrap_or_default();
        let named = |row| Member { row, instance_name: self.0.name.clone() };
        Ok(rows.into_iter().map(named).collect())
    }

    /// The desired configuration
    async fn configuration(&self, ctx: &Context<'_>) -> Result<Configuration> {
        let key = ConfigurationOf(self.0.id, self.0.configuration_number);
        let row = context::load(ctx, key).await?;
        let row = row.ok_or(Error::NotFound { what: "configuration" })?;
        Ok(Configuration { row, instance: self.0.clone() })
    }

    /// All configurations, newest first
    async fn configurations(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<Configuration>> {
        let id = self.0.id;
        let later =
            async move |call: &Call, page: &Page| configurations::list(call, id, page).await;
        let key = |first| ConfigurationsOf(id, first);
        let of_this = |row| Configuration { row, instance: self.0.clone() };
        first_page::connection(ctx, (first, after), key, later, of_this).await
    }

    /// JSON Schema of its parameters
    async fn parameter_schema(&self, ctx: &Context<'_>) -> Result<Json<serde_json::Value>> {
        let package = configurations::package_of(context::call(ctx)?, &self.0)?;
        let size = configurations::size_of(&self.0);
        let schema = form::schema(package, &self.0.topology, &self.0.software_version, size);
        Ok(Json(schema.unwrap_or_default()))
    }

    /// Templates of its package; what its topology or software version lacks is left out when used
    async fn templates(&self, ctx: &Context<'_>) -> Result<Vec<Template>> {
        let package = configurations::package_of(context::call(ctx)?, &self.0)?;
        Ok(templates(package))
    }

    /// How to connect, without secrets
    async fn connection(&self, ctx: &Context<'_>) -> Result<ConnectionGuide> {
        let (endpoints, examples) = guide(ctx, &self.0).await?;
        let package = configurations::package_of(context::call(ctx)?, &self.0)?;
        let secrets = package.manifest().secrets.iter().map(|rule| rule.name.clone()).collect();
        Ok(ConnectionGuide { endpoints, examples, secrets })
    }

    async fn operations(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<Operation>> {
        let id = self.0.id;
        let later = async move |call: &Call, page: &Page| operations::list(call, id, page).await;
        let key = |first| OperationsOf(id, first);
        first_page::connection(ctx, (first, after), key, later, Operation).await
    }

    /// The applications that it is in, by name, as far as the viewer may see them
    #[graphql(complexity = "first.unwrap_or(50).max(1) as usize * child_complexity")]
    async fn applications(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<Application>> {
        let rows = context::load(ctx, ApplicationsOf(self.0.id)).await?.unwrap_or_default();
        page::of_list(rows, first, after, |row| row.id.to_string(), Application)
    }

    /// Usage and cost of this month so far
    async fn cost(&self, ctx: &Context<'_>) -> Result<Cost> {
        crate::bill::cost(ctx, &self.0).await
    }

    async fn viewer_can(&self, ctx: &Context<'_>) -> Result<Vec<Action>> {
        let call = context::call(ctx)?;
        let applications = match call.minds_applications().await? {
            true => context::load(ctx, HeldBy(self.0.id)).await?.unwrap_or_default(),
            false => Vec::new(),
        };
        let rights = call.allowed_part(self.0.project_id, &applications).await?;
        Ok(rights.into_iter().map(Action::from).collect())
    }
}

impl Member {
    /// A member of an instance with this name.
    pub fn new(row: MemberRow, instance_name: String) -> Self {
        Self { row, instance_name }
    }
}

#[Object]
impl Member {
    /// Its global id
    pub async fn id(&self) -> ID {
        self.row.id.into()
    }

    async fn ordinal(&self) -> i32 {
        self.row.ordinal
    }

    /// shop-cache-0
    async fn name(&self) -> String {
        format!("{}-{}", self.instance_name, self.row.ordinal)
    }

    /// The role it was made with
    async fn role(&self) -> &str {
        &self.row.role
    }

    /// The role it has now, once known
    async fn observed_role(&self) -> Option<&str> {
        self.row.observed_role.as_deref()
    }

    async fn state(&self) -> State {
        self.row.state.into()
    }

    async fn since(&self) -> Option<DateTime> {
        self.row.since.map(DateTime)
    }

    async fn endpoint(&self) -> Option<Endpoint> {
        endpoint(&self.row).map(|seen| Endpoint { host: seen.host, port: i32::from(seen.port) })
    }

    async fn pid(&self) -> Option<i32> {
        self.row.pid.and_then(|pid| i32::try_from(pid).ok())
    }

    async fn restarts(&self) -> i32 {
        self.row.restarts
    }

    async fn problem(&self) -> Option<&str> {
        self.row.problem.as_deref()
    }
}
