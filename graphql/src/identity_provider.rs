//! OpenID providers of a tenant.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use control_plane_core::identity_provider::{
    self, IdentityProvider as Row, IdentityProviderState as RowState, NewProvider, Settings,
    mapping,
};
use types::secret::Secret;

use crate::context;
use crate::error::Result;
use crate::scalar::DateTime;

/// An OpenID provider that people of the tenant sign in through.
pub struct IdentityProvider(pub Row);

/// Whether people can sign in through a provider.
#[derive(Enum, Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "described in the store's words")]
pub enum IdentityProviderState {
    Active,
    Disabled,
}

/// A value of the claim for groups, and the group here
#[derive(SimpleObject)]
pub struct GroupMapping {
    /// As the provider says it
    value: String,
    /// Name of the group
    group: String,
}

/// A value of the claim for groups, and the group here
#[derive(InputObject)]
pub struct GroupMappingInput {
    /// As the provider says it
    value: String,
    /// Name of the group
    group: String,
}

/// What is set of a provider; what is left out is the default, or stays as it is
#[derive(InputObject)]
pub struct IdentityProviderSettings {
    /// For people, on the sign-in page
    title: Option<String>,
    /// What the provider calls cellplane
    client_id: Option<String>,
    /// What cellplane shows to the provider. Never shown again; empty takes it away
    client_secret: Option<String>,
    /// What is asked for besides openid; profile and email by default
    scopes: Option<Vec<String>>,
    /// The claim that names people here; preferred_username by default, then a verified email
    name_claim: Option<String>,
    /// The claim that lists groups; empty takes it away
    groups_claim: Option<String>,
    /// Groups here by the values of that claim
    group_mapping: Option<Vec<GroupMappingInput>>,
    /// Whether somebody unknown becomes a subject at the first sign-in; without any role
    creates_people: Option<bool>,
    /// Whether somebody unknown is taken for the subject that has the same name here. Only if
    /// people cannot choose that name at the provider
    links_by_name: Option<bool>,
    /// Whether the provider is known to check code challenges with S256 without announcing it
    assumes_s256: Option<bool>,
    /// Whether people can sign in through it
    is_active: Option<bool>,
}

/// A provider to be made
#[derive(InputObject)]
pub struct CreateIdentityProviderInput {
    /// Unique in the tenant
    name: String,
    /// Its issuer identifier, exactly as in its discovery document; it cannot be changed later
    issuer: String,
    /// Everything else; clientId is required
    settings: IdentityProviderSettings,
    /// New for each request
    idempotency_key: String,
}

/// A provider to be changed
#[derive(InputObject)]
pub struct ChangeIdentityProviderInput {
    /// The provider
    provider: ID,
    /// What is to be different
    settings: IdentityProviderSettings,
    /// New for each request
    idempotency_key: String,
}

/// A provider to be removed
#[derive(InputObject)]
pub struct DeleteIdentityProviderInput {
    /// The provider
    provider: ID,
    /// New for each request
    idempotency_key: String,
}

/// A provider as it is now
#[derive(SimpleObject)]
pub struct IdentityProviderPayload {
    provider: IdentityProvider,
}

impl From<IdentityProviderSettings> for Settings {
    fn from(given: IdentityProviderSettings) -> Self {
        let pair = |one: GroupMappingInput| (one.value, one.group);
        Self {
            title: given.title,
            client_id: given.client_id,
            client_secret: given.client_secret.map(Secret::new),
            scopes: given.scopes,
            name_claim: given.name_claim,
            groups_claim: given.groups_claim,
            group_mapping: given.group_mapping.map(|list| list.into_iter().map(pair).collect()),
            creates_people: given.creates_people,
            links_by_name: given.links_by_name,
            assumes_s256: given.assumes_s256,
            is_active: given.is_active,
        }
    }
}

/// The providers of the caller's tenant.
pub async fn list(ctx: &Context<'_>) -> Result<Vec<IdentityProvider>> {
    let rows = identity_provider::list(context::call(ctx)?).await?;
    Ok(rows.into_iter().map(IdentityProvider).collect())
}

/// Makes a provider.
pub async fn create(
    ctx: &Context<'_>,
    input: CreateIdentityProviderInput,
) -> Result<IdentityProviderPayload> {
    let call = context::call(ctx)?;
    let CreateIdentityProviderInput { name, issuer, settings, idempotency_key } = input;
    let new = NewProvider { name, issuer, settings: settings.into() };
    let id = identity_provider::create(call, new, &idempotency_key).await?;
    let provider = IdentityProvider(identity_provider::get(call, id).await?);
    Ok(IdentityProviderPayload { provider })
}

/// Changes a provider.
pub async fn change(
    ctx: &Context<'_>,
    input: ChangeIdentityProviderInput,
) -> Result<IdentityProviderPayload> {
    let call = context::call(ctx)?;
    let id = context::id(&input.provider, "identity provider")?;
    let settings = input.settings.into();
    let id = identity_provider::change(call, id, settings, &input.idempotency_key).await?;
    let provider = IdentityProvider(identity_provider::get(call, id).await?);
    Ok(IdentityProviderPayload { provider })
}

/// Removes a provider.
pub async fn delete(ctx: &Context<'_>, input: DeleteIdentityProviderInput) -> Result<ID> {
    let id = context::id(&input.provider, "identity provider")?;
    let call = context::call(ctx)?;
    Ok(identity_provider::delete(call, id, &input.idempotency_key).await?.into())
}

#[Object]
impl IdentityProvider {
    /// Its global id
    async fn id(&self) -> ID {
        self.0.id.into()
    }

    async fn name(&self) -> &str {
        &self.0.name
    }

    async fn title(&self) -> &str {
        &self.0.title
    }

    async fn issuer(&self) -> &str {
        &self.0.issuer
    }

    async fn client_id(&self) -> &str {
        &self.0.client_id
    }

    /// Whether a client secret is kept; it is never shown
    async fn has_client_secret(&self) -> bool {
        self.0.client_secret.is_some()
    }

    async fn scopes(&self) -> Vec<&str> {
        self.0.scopes.split(' ').collect()
    }

    /// The claim that names people here
    async fn name_claim(&self) -> &str {
        &self.0.name_claim
    }

    /// The claim that lists groups
    async fn groups_claim(&self) -> Option<&str> {
        self.0.groups_claim.as_deref()
    }

    async fn group_mapping(&self) -> Vec<GroupMapping> {
        mapping(&self.0).into_iter().map(|(value, group)| GroupMapping { value, group }).collect()
    }

    async fn creates_people(&self) -> bool {
        self.0.creates_people
    }

    async fn links_by_name(&self) -> bool {
        self.0.links_by_name
    }

    async fn assumes_s256(&self) -> bool {
        self.0.assumes_s256
    }

    async fn state(&self) -> IdentityProviderState {
        match self.0.state {
            RowState::Active => IdentityProviderState::Active,
            RowState::Disabled => IdentityProviderState::Disabled,
        }
    }

    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    async fn changed_at(&self) -> DateTime {
        DateTime(self.0.changed_at)
    }
}
