//! Offerings and plans as operators see and change them.

use serde::{Deserialize, Serialize};

use super::offering::Size;
use super::order::With;
use super::{Nothing, Slice, Text};
use crate::page::Page;

documents! {
    /// All offerings, for operators.
    ListManagedOfferings = "managed-offerings", "managedOfferings" (Slice) -> Page<ManagedOffering>;
    /// Says who may order an offering.
    DoSetAudience = "set-offering-audience", "setOfferingAudience" (With<SetAudience>) -> ManagedOffering;
    /// Makes a package an offering.
    DoPublishOffering = "publish-offering", "publishOffering" (With<PublishOffering>) -> ManagedOffering;
    /// Lets nobody order an offering any more.
    DoWithdrawOffering = "withdraw-offering", "withdrawOffering" (With<OnOffering>) -> ManagedOffering;
    /// Packages that can be offerings.
    ListPackages = "packages", "packages" (Nothing) -> Vec<ManagedPackage>;
    /// Adds a plan.
    DoAddPlan = "add-plan", "addPlan" (With<AddPlan>) -> ManagedOffering;
    /// Offers an offering or a plan to a tenant.
    DoOffer = "offer-to-tenant", "offerToTenant" (With<Offer>) -> ManagedOffering;
    /// Takes that back.
    DoWithdraw = "withdraw-from-tenant", "withdrawFromTenant" (With<Offer>) -> ManagedOffering;
}

/// An offering and who may order it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ManagedOffering {
    pub id: String,
    pub name: String,
    pub package_version: String,
    pub title: Text,
    pub published_at: String,
    pub withdrawn_at: Option<String>,
    pub audience: String,
    pub tenant_count: i64,
    pub plans: Vec<ManagedPlan>,
}

/// A plan and who may order by it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ManagedPlan {
    pub id: String,
    pub name: String,
    pub title: Text,
    pub size: Size,
    pub audience: String,
    pub tenant_count: i64,
}

/// A plan to be.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AddPlan {
    pub offering: String,
    pub name: String,
    pub title: Texts,
    pub size: Size,
    pub audience: String,
    pub idempotency_key: String,
}

/// A text in the portal's languages.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Texts {
    pub en: String,
    pub zh: String,
}

/// Who may order an offering, or by a plan.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SetAudience {
    pub offering: String,
    pub plan: Option<String>,
    pub audience: String,
    pub idempotency_key: String,
}

/// A package of the plane's release, and the offering that was made of it.
#[derive(Debug, Serialize, Deserialize)]
pub struct ManagedPackage {
    pub name: String,
    pub version: String,
    pub title: Text,
    pub offering: Option<ManagedOffering>,
}

/// A package that becomes an offering.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PublishOffering {
    pub package: String,
    pub version: Option<String>,
    pub audience: String,
    pub idempotency_key: String,
}

/// One offering.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OnOffering {
    pub offering: String,
    pub idempotency_key: String,
}

/// An offering or a plan, and a tenant.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Offer {
    pub offering: String,
    pub plan: Option<String>,
    pub tenant: String,
    pub idempotency_key: String,
}
