//! Tenants as operators see and change them.

use serde::{Deserialize, Serialize};

use super::Named;
use super::order::With;
use crate::page::Page;

documents! {
    /// Tenants by name, for operators.
    ListManagedTenants = "managed-tenants", "managedTenants" (TenantsOf) -> Page<ManagedTenant>;
    /// One tenant, for operators.
    AskManagedTenant = "managed-tenant", "managedTenant" (Named) -> ManagedTenant;
    /// Makes a tenant.
    DoCreateTenant = "create-tenant", "createTenant" (With<CreateTenant>) -> CreatedTenant;
    /// Renames a tenant.
    DoRenameTenant = "rename-tenant", "renameTenant" (With<RenameTenant>) -> ManagedTenant;
    /// Lets nobody of a tenant in.
    DoSuspendTenant = "suspend-tenant", "suspendTenant" (With<SuspendTenant>) -> ManagedTenant;
    /// Lets them in again.
    DoResumeTenant = "resume-tenant", "resumeTenant" (With<ResumeTenant>) -> ManagedTenant;
    /// Closes a tenant.
    DoCloseTenant = "close-tenant", "closeTenant" (With<CloseTenant>) -> ManagedTenant;
}

/// A tenant.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ManagedTenant {
    pub id: String,
    pub name: String,
    pub title: String,
    pub state: String,
    pub state_reason: Option<String>,
    pub state_at: Option<String>,
    pub zone: String,
    pub currency: String,
    pub created_at: String,
    pub instance_count: i64,
}

/// Which tenants.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TenantsOf {
    pub first: u32,
    pub after: Option<String>,
    pub search: Option<String>,
    pub offering: Option<String>,
    pub plan: Option<String>,
}

/// Somebody who lets others in.
#[derive(Clone, Debug, Default, Serialize)]
pub struct FirstAdministrator {
    pub name: String,
    pub title: String,
}

/// A new tenant.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateTenant {
    pub name: String,
    pub title: String,
    pub zone: String,
    pub currency: String,
    pub administrator: FirstAdministrator,
    pub idempotency_key: String,
}

/// A tenant that was made.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreatedTenant {
    pub tenant: ManagedTenant,
    pub code: Option<String>,
    pub code_expires_at: Option<String>,
}

/// Another name for a tenant.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RenameTenant {
    pub tenant: String,
    pub name: Option<String>,
    pub title: Option<String>,
    pub idempotency_key: String,
}

/// A tenant that nobody of is let in.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SuspendTenant {
    pub tenant: String,
    pub reason: String,
    pub idempotency_key: String,
}

/// A tenant whose people are let in again.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResumeTenant {
    pub tenant: String,
    pub idempotency_key: String,
}

/// A tenant that is over.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CloseTenant {
    pub tenant: String,
    pub name: String,
    pub reason: String,
    pub idempotency_key: String,
}
