//! Offerings as operators see them, and to whom they offer them and their plans.

use async_graphql::{Context, Enum, ID, InputObject, Object};
use control_plane_core::offering::audience::{self, Offered, OfferingView};
use control_plane_core::offering::publish::{self, PackageView};
use control_plane_core::offering::{self, Audience, plan};
use types::id::OfferingId;

use crate::connection::Connection;
use crate::context;
use crate::error::Result;
use crate::offering::Text;
use crate::offering::plan::{AddPlanInput, ManagedPlan};
use crate::page;
use crate::scalar::DateTime;

/// An offering as operators see it.
pub struct ManagedOffering(pub OfferingView);

/// A package that can be an offering, as operators see it.
pub struct ManagedPackage(PackageView);

/// What operators can ask about offerings.
#[derive(Default)]
pub struct OfferingQuery;

/// What operators can change of offerings.
#[derive(Default)]
pub struct OfferingMutation;

/// Who may order an offering, or by a plan of those who may order its offering.
#[derive(Enum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum OfferingAudience {
    /// Every tenant
    All,
    /// The tenants that it was offered to
    Chosen,
}

impl From<Audience> for OfferingAudience {
    fn from(audience: Audience) -> Self {
        match audience {
            Audience::All => Self::All,
            Audience::Chosen => Self::Chosen,
        }
    }
}

impl From<OfferingAudience> for Audience {
    fn from(audience: OfferingAudience) -> Self {
        match audience {
            OfferingAudience::All => Self::All,
            OfferingAudience::Chosen => Self::Chosen,
        }
    }
}

/// Who may order an offering
#[derive(InputObject)]
pub struct SetOfferingAudienceInput {
    /// The offering
    offering: ID,
    /// A plan of it, if it is about that alone
    plan: Option<ID>,
    /// Who
    audience: OfferingAudience,
    /// New for each request
    idempotency_key: String,
}

/// A package that becomes an offering
#[derive(InputObject)]
pub struct PublishOfferingInput {
    /// Name of the package
    package: String,
    /// Its version; needed if this program has several
    version: Option<String>,
    /// Who may order it
    #[graphql(default_with = "OfferingAudience::Chosen")]
    audience: OfferingAudience,
    /// New for each request
    idempotency_key: String,
}

/// One offering
#[derive(InputObject)]
pub struct OfferingInput {
    /// The offering
    offering: ID,
    /// New for each request
    idempotency_key: String,
}

/// An offering or a plan, and a tenant
#[derive(InputObject)]
pub struct OfferInput {
    /// The offering
    offering: ID,
    /// A plan of it, if it is about that alone
    plan: Option<ID>,
    /// The tenant
    tenant: ID,
    /// New for each request
    idempotency_key: String,
}

#[Object]
impl ManagedOffering {
    /// Its global id
    pub async fn id(&self) -> ID {
        self.0.row.id.into()
    }

    /// Name of the package
    async fn name(&self) -> &str {
        &self.0.row.package
    }

    async fn package_version(&self) -> &str {
        &self.0.row.package_version
    }

    async fn title(&self, ctx: &Context<'_>) -> Result<Text> {
        Ok((&offering::package(context::call(ctx)?, &self.0.row)?.manifest().title).into())
    }

    async fn published_at(&self) -> DateTime {
        DateTime(self.0.row.published_at)
    }

    /// From when on it cannot be ordered any more
    async fn withdrawn_at(&self) -> Option<DateTime> {
        self.0.row.withdrawn_at.map(DateTime)
    }

    /// Who may order it
    async fn audience(&self) -> OfferingAudience {
        self.0.row.audience.into()
    }

    /// To how many tenants it was offered; counts if it is not for all. `managedTenants` lists them
    async fn tenant_count(&self) -> i32 {
        i32::try_from(self.0.tenants).unwrap_or(i32::MAX)
    }

    /// All its plans, in their order
    async fn plans(&self) -> Vec<ManagedPlan> {
        self.0.plans.iter().cloned().map(ManagedPlan).collect()
    }
}

#[Object]
impl ManagedPackage {
    async fn name(&self) -> &str {
        &self.0.package.manifest().name
    }

    async fn version(&self) -> &str {
        &self.0.package.manifest().version
    }

    async fn title(&self) -> Text {
        (&self.0.package.manifest().title).into()
    }

    async fn summary(&self) -> Text {
        (&self.0.package.manifest().summary).into()
    }

    /// The offering that was made of it, withdrawn or not
    async fn offering(&self) -> Option<ManagedOffering> {
        self.0.offering.clone().map(ManagedOffering)
    }
}

#[Object]
impl OfferingQuery {
    /// Packages that this release of the plane can offer, by name; operators only
    async fn packages(&self, ctx: &Context<'_>) -> Result<Vec<ManagedPackage>> {
        let found = publish::packages(context::call(ctx)?).await?;
        Ok(found.into_iter().map(ManagedPackage).collect())
    }

    /// All offerings, oldest first; operators only
    async fn managed_offerings(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<ManagedOffering>> {
        let had_after = after.is_some();
        let (call, page) = (context::call(ctx)?, page::page(first, after)?);
        Ok(page::connection(audience::list(call, &page).await?, had_after, ManagedOffering))
    }
}

#[Object]
impl OfferingMutation {
    /// Makes a package an offering, with the plans that it suggests; a withdrawn one can be ordered
    /// again. Operators only
    async fn publish_offering(
        &self,
        ctx: &Context<'_>,
        input: PublishOfferingInput,
    ) -> Result<ManagedOffering> {
        let (call, key) = (context::call(ctx)?, &input.idempotency_key);
        let named = (input.package.as_str(), input.version.as_deref());
        shown(ctx, publish::publish(call, named, input.audience.into(), key).await?).await
    }

    /// Lets nobody order it any more; what tenants have of it goes on. Operators only
    async fn withdraw_offering(
        &self,
        ctx: &Context<'_>,
        input: OfferingInput,
    ) -> Result<ManagedOffering> {
        let id = context::id(&input.offering, "offering")?;
        let (call, key) = (context::call(ctx)?, &input.idempotency_key);
        shown(ctx, publish::withdraw(call, id, key).await?).await
    }

    /// Adds a plan to an offering. Everything that the package can make must fit its size. Operators
    /// only
    async fn add_plan(&self, ctx: &Context<'_>, input: AddPlanInput) -> Result<ManagedOffering> {
        let (wanted, key) = input.wanted()?;
        shown(ctx, plan::add(context::call(ctx)?, &wanted, &key).await?).await
    }

    /// Says whether an offering or a plan is for all tenants or for chosen ones; operators only
    async fn set_offering_audience(
        &self,
        ctx: &Context<'_>,
        input: SetOfferingAudienceInput,
    ) -> Result<ManagedOffering> {
        let what = offered(&input.offering, input.plan.as_ref())?;
        let (call, key) = (context::call(ctx)?, &input.idempotency_key);
        shown(ctx, audience::set(call, what, input.audience.into(), key).await?).await
    }

    /// Offers an offering or a plan to a tenant; operators only
    async fn offer_to_tenant(
        &self,
        ctx: &Context<'_>,
        input: OfferInput,
    ) -> Result<ManagedOffering> {
        let what = offered(&input.offering, input.plan.as_ref())?;
        let tenant = context::id(&input.tenant, "offering")?;
        let (call, key) = (context::call(ctx)?, &input.idempotency_key);
        shown(ctx, audience::offer(call, what, tenant, key).await?).await
    }

    /// Offers an offering or a plan to a tenant no more; what the tenant has of it goes on. Operators only
    async fn withdraw_from_tenant(
        &self,
        ctx: &Context<'_>,
        input: OfferInput,
    ) -> Result<ManagedOffering> {
        let what = offered(&input.offering, input.plan.as_ref())?;
        let tenant = context::id(&input.tenant, "offering")?;
        let (call, key) = (context::call(ctx)?, &input.idempotency_key);
        shown(ctx, audience::withdraw(call, what, tenant, key).await?).await
    }
}

/// What ids mean.
pub(crate) fn offered(offering: &ID, plan: Option<&ID>) -> Result<Offered> {
    let plan = plan.map(|id| context::id(id, "plan")).transpose()?;
    Ok(Offered { offering: context::id(offering, "offering")?, plan })
}

async fn shown(ctx: &Context<'_>, id: OfferingId) -> Result<ManagedOffering> {
    Ok(ManagedOffering(audience::get(context::call(ctx)?, id).await?))
}
