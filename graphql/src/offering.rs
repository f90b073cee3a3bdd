//! The catalogue: offerings, their topologies and plans.

use async_graphql::{Context, ID, Json, Object, SimpleObject};
use catalog::form;
use catalog::package::Package;
use catalog::text::Text as PackageText;
use control_plane_core::error::Error;
use control_plane_core::offering::{self, Offering as Row, Plan as PlanRow};
use types::id::PlanId;

use crate::context;
use crate::error::Result;
use crate::loader::PlansOf;

pub mod managed;
pub mod plan;

/// A text in the portal's languages
#[derive(SimpleObject, Clone)]
pub struct Text {
    /// English
    pub en: String,
    /// Chinese
    pub zh: String,
}

impl From<&PackageText> for Text {
    fn from(text: &PackageText) -> Self {
        Self { en: text.en.clone(), zh: text.zh.clone() }
    }
}

/// Granted to each member
#[derive(SimpleObject, Clone, Copy)]
pub struct Size {
    /// Thousandths of a vCPU
    pub millivcpu: i32,
    /// Memory in MiB
    pub memory_mib: i32,
    /// Storage in MiB
    pub storage_mib: i32,
}

impl From<types::size::Size> for Size {
    fn from(size: types::size::Size) -> Self {
        let number = |value: i64| i32::try_from(value).unwrap_or(i32::MAX);
        Self {
            millivcpu: number(size.millivcpu),
            memory_mib: number(size.memory_mib),
            storage_mib: number(size.storage_mib),
        }
    }
}

/// A package that can be ordered.
pub struct Offering(pub Row);

/// A size-and-price option of an offering.
pub struct Plan(pub PlanRow);

/// How members stand to each other.
#[derive(SimpleObject)]
pub struct Topology {
    /// Stable word, e.g. primary-replica
    name: String,
    /// For people
    title: Text,
    /// What it is good for
    summary: Text,
    /// The role of each member, in order
    member_roles: Vec<String>,
}

/// A named set of values.
#[derive(SimpleObject)]
pub struct Template {
    /// Stable word, e.g. durability
    name: String,
    /// For people
    title: Text,
    /// What it is good for and what it costs
    summary: Text,
    /// Object of parameter → value
    parameters: Json<serde_json::Value>,
}

/// The templates of a package.
pub fn templates(package: &Package) -> Vec<Template> {
    let shown = |template: &catalog::manifest::ParameterTemplate| Template {
        name: template.name.clone(),
        title: (&template.title).into(),
        summary: (&template.summary).into(),
        parameters: Json(template.parameters.clone().into_iter().collect()),
    };
    package.manifest().templates.iter().map(shown).collect()
}

#[Object]
impl Offering {
    /// Its global id
    pub async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// Name of the package
    async fn name(&self) -> &str {
        &self.0.package
    }

    async fn package_version(&self) -> &str {
        &self.0.package_version
    }

    async fn title(&self, ctx: &Context<'_>) -> Result<Text> {
        Ok((&offering::package(context::call(ctx)?, &self.0)?.manifest().title).into())
    }

    async fn summary(&self, ctx: &Context<'_>) -> Result<Text> {
        Ok((&offering::package(context::call(ctx)?, &self.0)?.manifest().summary).into())
    }

    /// Longer text, Markdown
    async fn description(&self, ctx: &Context<'_>) -> Result<Text> {
        Ok(offering::package(context::call(ctx)?, &self.0)?.readme().into())
    }

    async fn class(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(offering::package(context::call(ctx)?, &self.0)?.manifest().class.clone())
    }

    async fn software_versions(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        let manifest = offering::package(context::call(ctx)?, &self.0)?.manifest();
        Ok(manifest.software.iter().map(|software| software.version.clone()).collect())
    }

    async fn topologies(&self, ctx: &Context<'_>) -> Result<Vec<Topology>> {
        let package = offering::package(context::call(ctx)?, &self.0)?;
        let shown = |topology: &catalog::manifest::Topology| Topology {
            name: topology.name.clone(),
            title: (&topology.title).into(),
            summary: (&topology.summary).into(),
            member_roles: catalog::topology::members(package, &topology.name)
                .unwrap_or_default()
                .into_iter()
                .map(|member| member.role)
                .collect(),
        };
        Ok(package.manifest().topologies.iter().map(shown).collect())
    }

    /// Named sets of values to begin from, or to take later
    async fn templates(&self, ctx: &Context<'_>) -> Result<Vec<Template>> {
        Ok(templates(offering::package(context::call(ctx)?, &self.0)?))
    }

    /// Those that may be ordered by, in their order
    async fn plans(&self, ctx: &Context<'_>) -> Result<Vec<Plan>> {
        let plans = context::load(ctx, PlansOf(self.0.id)).await?;
        Ok(plans.unwrap_or_default().into_iter().map(Plan).collect())
    }

    /// JSON Schema of the order form's parameters for this choice, with x-title, x-help, x-unit,
    /// x-apply, x-group
    async fn parameter_schema(
        &self,
        ctx: &Context<'_>,
        topology: String,
        software_version: String,
        plan: ID,
    ) -> Result<Json<serde_json::Value>> {
        let package = offering::package(context::call(ctx)?, &self.0)?;
        let plan: PlanId = context::id(&plan, "plan")?;
        let plan = offering::plan_of(context::call(ctx)?, self.0.id, plan).await?;
        let size = control_plane_core::preview::size_of(&plan);
        let schema = form::schema(package, &topology, &software_version, size);
        let missing = "the package has no such topology or software version";
        let schema = schema.ok_or_else(|| Error::invalid("topology", "not_allowed", missing))?;
        Ok(Json(schema))
    }
}

#[Object]
impl Plan {
    /// Its global id
    pub async fn id(&self) -> ID {
        self.0.id.into()
    }

    async fn name(&self) -> &str {
        &self.0.name
    }

    async fn title(&self) -> Text {
        Text { en: self.0.title_en.clone(), zh: self.0.title_zh.clone() }
    }

    async fn size(&self) -> Size {
        control_plane_core::preview::size_of(&self.0).into()
    }
}
