//! OpenID providers of the tenant.

use serde::{Deserialize, Serialize};
use types::secret::Secret;

use super::Nothing;
use super::order::With;

documents! {
    /// OpenID providers of the tenant.
    ListProviders = "identity-providers", "identityProviders" (Nothing) -> Vec<IdentityProvider>;
    /// Makes one.
    DoCreateProvider = "create-identity-provider", "createIdentityProvider"
        (With<CreateProvider>) -> IdentityProviderPayload;
    /// Changes one.
    DoChangeProvider = "change-identity-provider", "changeIdentityProvider"
        (With<ChangeProvider>) -> IdentityProviderPayload;
    /// Removes one.
    DoDeleteProvider = "delete-identity-provider", "deleteIdentityProvider"
        (With<DeleteProvider>) -> String;
}

/// A provider that people sign in through.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IdentityProvider {
    pub id: String,
    pub name: String,
    pub title: String,
    pub issuer: String,
    pub client_id: String,
    pub has_client_secret: bool,
    pub scopes: Vec<String>,
    pub name_claim: String,
    pub groups_claim: Option<String>,
    pub group_mapping: Vec<GroupMapping>,
    pub creates_people: bool,
    pub links_by_name: bool,
    pub assumes_s256: bool,
    pub state: String,
    pub created_at: String,
    pub changed_at: String,
}

/// A value of the claim for groups, and the group here.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct GroupMapping {
    pub value: String,
    pub group: String,
}

/// What is set; what is null is left as it is.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    pub title: Option<String>,
    pub client_id: Option<String>,
    pub client_secret: Option<Secret>,
    pub scopes: Option<Vec<String>>,
    pub name_claim: Option<String>,
    pub groups_claim: Option<String>,
    pub group_mapping: Option<Vec<GroupMapping>>,
    pub creates_people: Option<bool>,
    pub links_by_name: Option<bool>,
    pub assumes_s256: Option<bool>,
    pub is_active: Option<bool>,
}

/// A provider to be made.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateProvider {
    pub name: String,
    pub issuer: String,
    pub settings: Settings,
    pub idempotency_key: String,
}

/// A provider to be changed.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangeProvider {
    pub provider: String,
    pub settings: Settings,
    pub idempotency_key: String,
}

/// A provider to be removed.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeleteProvider {
    pub provider: String,
    pub idempotency_key: String,
}

/// A provider as it is now.
#[derive(Debug, Serialize, Deserialize)]
pub struct IdentityProviderPayload {
    pub provider: IdentityProvider,
}
