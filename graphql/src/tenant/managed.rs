//! Tenants as operators see and change them.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use control_plane_core::error::Error;
use control_plane_core::organization::change::Renaming;
use control_plane_core::tenant::change::{self, Wanted};
use control_plane_core::tenant::view::{self, TenantView};
use types::id::TenantId;

use crate::connection::Connection;
use crate::context;
use crate::error::Result;
use crate::offering::managed::offered;
use crate::page;
use crate::scalar::DateTime;

/// A tenant as operators see it: how much is in it, but not what.
pub struct ManagedTenant(pub TenantView);

/// What operators can ask about tenants.
#[derive(Default)]
pub struct TenantQuery;

/// What operators can change of tenants.
#[derive(Default)]
pub struct TenantMutation;

/// Somebody who lets others in
#[derive(InputObject)]
pub struct FirstAdministratorInput {
    /// For signing in
    name: String,
    /// For people
    title: String,
}

/// A tenant to be made
#[derive(InputObject)]
pub struct CreateTenantInput {
    /// For addresses and commands; no other tenant has it
    name: String,
    /// For people
    title: String,
    /// IANA name of the zone in which months are cut, e.g. Asia/Shanghai
    zone: String,
    /// What its bills are in, e.g. CNY
    currency: String,
    /// Who may do everything in it to begin with
    administrator: FirstAdministratorInput,
    /// New for each request
    idempotency_key: String,
}

/// Another name, another title, or both
#[derive(InputObject)]
pub struct RenameTenantInput {
    /// The tenant
    tenant: ID,
    /// For addresses and commands; null: stays
    name: Option<String>,
    /// For people; null: stays
    title: Option<String>,
    /// New for each request
    idempotency_key: String,
}

/// A tenant to be suspended
#[derive(InputObject)]
pub struct SuspendTenantInput {
    /// The tenant
    tenant: ID,
    /// Why, in one line; it stands in the tenant's audit
    reason: String,
    /// New for each request
    idempotency_key: String,
}

/// A tenant to be resumed
#[derive(InputObject)]
pub struct ResumeTenantInput {
    /// The tenant
    tenant: ID,
    /// New for each request
    idempotency_key: String,
}

/// A tenant to be closed
#[derive(InputObject)]
pub struct CloseTenantInput {
    /// The tenant
    tenant: ID,
    /// The tenant's name, typed once more
    name: String,
    /// Why, in one line; it stands in the tenant's audit
    reason: String,
    /// New for each request
    idempotency_key: String,
}

/// A tenant that was made, and how its first administrator gets in.
#[derive(SimpleObject)]
pub struct CreatedTenant {
    tenant: ManagedTenant,
    /// One-time code of the first administrator, for the portal's sign-in page or `cellplane
    /// sign-in`. Told once: null when a request is repeated
    code: Option<String>,
    /// When the code ends unused
    code_expires_at: Option<DateTime>,
}

#[Object]
impl ManagedTenant {
    /// Its global id
    pub async fn id(&self) -> ID {
        self.0.row.id.into()
    }

    async fn name(&self) -> &str {
        &self.0.row.name
    }

    async fn title(&self) -> &str {
        &self.0.row.title
    }

    /// active, suspended, closed
    async fn state(&self) -> &'static str {
        self.0.row.state.as_str()
    }

    /// Why it is suspended or closed
    async fn state_reason(&self) -> Option<&str> {
        self.0.row.state_reason.as_deref()
    }

    /// Since when it is in its state; null if it always was
    async fn state_at(&self) -> Option<DateTime> {
        self.0.row.state_at.map(DateTime)
    }

    /// IANA name of the zone in which months are cut
    async fn zone(&self) -> &str {
        &self.0.row.zone
    }

    async fn currency(&self) -> &str {
        &self.0.row.currency
    }

    async fn created_at(&self) -> DateTime {
        DateTime(self.0.row.created_at)
    }

    /// Instances in it that were not deleted
    async fn instance_count(&self) -> i32 {
        i32::try_from(self.0.instances).unwrap_or(i32::MAX)
    }
}

#[Object]
impl TenantQuery {
    /// All tenants by name; operators only. With search, only those that have the text in their
    /// name; with an offering, only those that it was offered to; with a plan of it as well, only those
    /// that the plan was offered to
    async fn managed_tenants(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        search: Option<String>,
        offering: Option<ID>,
        plan: Option<ID>,
    ) -> Result<Connection<ManagedTenant>> {
        let had_after = after.is_some();
        let (call, page) = (context::call(ctx)?, page::page(first, after)?);
        let offered = match (offering, plan) {
            (Some(offering), plan) => Some(offered(&offering, plan.as_ref())?),
            (None, None) => None,
            (None, Some(_)) => {
                let message = "say of which offering it is";
                return Err(Error::invalid("offering", "required", message).into());
            }
        };
        let found = view::list(call, search, offered, &page).await?;
        Ok(page::connection(found, had_after, ManagedTenant))
    }

    /// One tenant, by id or name; operators only
    async fn managed_tenant(&self, ctx: &Context<'_>, id_or_name: String) -> Result<ManagedTenant> {
        Ok(ManagedTenant(view::get(context::call(ctx)?, &id_or_name).await?))
    }
}

#[Object]
impl TenantMutation {
    /// Makes a tenant with its root organization and its first administrator; operators only
    async fn create_tenant(
        &self,
        ctx: &Context<'_>,
        input: CreateTenantInput,
    ) -> Result<CreatedTenant> {
        let FirstAdministratorInput { name: administrator, title: administrator_title } =
            input.administrator;
        let CreateTenantInput { name, title, zone, currency, idempotency_key: key, .. } = input;
        let wanted = Wanted { name, title, zone, currency, administrator, administrator_title };
        let made = change::create(context::call(ctx)?, &wanted, &key).await?;
        let tenant = shown(ctx, made.tenant).await?;
        let code_expires_at = made.code.as_ref().map(|code| DateTime(code.expires_at));
        let code = made.code.map(|code| code.code.reveal().to_owned());
        Ok(CreatedTenant { tenant, code, code_expires_at })
    }

    /// Gives a tenant another name, another title, or both; operators only
    async fn rename_tenant(
        &self,
        ctx: &Context<'_>,
        input: RenameTenantInput,
    ) -> Result<ManagedTenant> {
        let id = context::id(&input.tenant, "tenant")?;
        let renaming = Renaming { name: input.name, title: input.title };
        let (call, key) = (context::call(ctx)?, &input.idempotency_key);
        shown(ctx, change::rename(call, id, &renaming, key).await?).await
    }

    /// Lets nobody of a tenant in, until it is resumed; what runs goes on and is billed. Operators
    /// only
    async fn suspend_tenant(
        &self,
        ctx: &Context<'_>,
        input: SuspendTenantInput,
    ) -> Result<ManagedTenant> {
        let id = context::id(&input.tenant, "tenant")?;
        let (call, key) = (context::call(ctx)?, &input.idempotency_key);
        shown(ctx, change::suspend(call, id, &input.reason, key).await?).await
    }

    /// Lets people and programs of a suspended tenant in again; operators only
    async fn resume_tenant(
        &self,
        ctx: &Context<'_>,
        input: ResumeTenantInput,
    ) -> Result<ManagedTenant> {
        let id = context::id(&input.tenant, "tenant")?;
        let call = context::call(ctx)?;
        shown(ctx, change::resume(call, id, &input.idempotency_key).await?).await
    }

    /// Closes a tenant for good in which nothing is left; nothing of it is removed. The name must be
    /// typed once more. Operators only
    async fn close_tenant(
        &self,
        ctx: &Context<'_>,
        input: CloseTenantInput,
    ) -> Result<ManagedTenant> {
        let id = context::id(&input.tenant, "tenant")?;
        let (call, key) = (context::call(ctx)?, &input.idempotency_key);
        shown(ctx, change::close(call, id, &input.name, &input.reason, key).await?).await
    }
}

async fn shown(ctx: &Context<'_>, id: TenantId) -> Result<ManagedTenant> {
    Ok(ManagedTenant(view::get(context::call(ctx)?, &id.to_string()).await?))
}
