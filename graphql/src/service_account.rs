//! Service accounts: programs that can be given roles and tokens.

use async_graphql::{Context, ID, InputObject, Object};
use control_plane_core::error::Error;
use control_plane_core::service_account::{self, NewServiceAccount, ServiceAccount as Row};

use crate::connection::Connection;
use crate::context;
use crate::error::Result;
use crate::organization::Organization;
use crate::page;
use crate::scalar::DateTime;

/// A program that can be given roles and tokens.
pub struct ServiceAccount(pub Row);

/// A service account to be made
#[derive(InputObject)]
pub struct CreateServiceAccountInput {
    /// The organization whose administrators look after it
    organization: ID,
    /// Unique among the subjects of the tenant
    name: String,
    /// For people
    title: String,
    /// New for each request
    idempotency_key: String,
}

/// A service account to be deleted
#[derive(InputObject)]
pub struct DeleteServiceAccountInput {
    /// The service account
    service_account: ID,
    /// New for each request
    idempotency_key: String,
}

#[Object]
impl ServiceAccount {
    /// Its global id: that of the subject that it is
    async fn id(&self) -> ID {
        self.0.subject_id.into()
    }

    async fn name(&self) -> &str {
        &self.0.name
    }

    async fn title(&self) -> &str {
        &self.0.title
    }

    /// Whose administrators look after it
    async fn organization(&self, ctx: &Context<'_>) -> Result<Organization> {
        let standing = context::call(ctx)?.standing().await?;
        let row = standing.tree.organization(self.0.organization_id).cloned();
        Ok(Organization(row.ok_or(Error::NotFound { what: "organization" })?))
    }

    /// Name of who made it
    async fn created_by(&self) -> &str {
        &self.0.created_by
    }

    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }
}

/// Those that the viewer looks after.
pub async fn list(
    ctx: &Context<'_>,
    first: Option<i32>,
    after: Option<String>,
    organization: Option<ID>,
) -> Result<Connection<ServiceAccount>> {
    let of = organization.map(|id| context::id(&id, "organization")).transpose()?;
    let rows = service_account::list(context::call(ctx)?, of).await?;
    page::of_list(rows, first, after, |row| row.subject_id.to_string(), ServiceAccount)
}

/// Makes one.
pub async fn create(ctx: &Context<'_>, input: CreateServiceAccountInput) -> Result<ServiceAccount> {
    let organization = context::id(&input.organization, "organization")?;
    let new = NewServiceAccount { organization, name: input.name, title: input.title };
    let made = service_account::create(context::call(ctx)?, new, &input.idempotency_key).await?;
    Ok(ServiceAccount(made))
}

/// Ends one with its tokens and roles.
pub async fn delete(ctx: &Context<'_>, input: DeleteServiceAccountInput) -> Result<ID> {
    let id = context::id(&input.service_account, "service account")?;
    let gone = service_account::delete(context::call(ctx)?, id, &input.idempotency_key).await?;
    Ok(gone.into())
}
