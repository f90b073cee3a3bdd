//! Limits of organizations and projects.

use serde::{Deserialize, Serialize};

use super::Named;
use super::order::With;

documents! {
    /// Limits of an organization.
    AskOrganizationQuotas = "organization-quotas", "organization" (Named) -> NodeQuotas;
    /// Limits of a project.
    AskProjectQuotas = "project-quotas", "project" (Named) -> NodeQuotas;
    /// Sets a limit.
    DoSetQuota = "set-quota", "setQuota" (With<SetQuota>) -> ChangedQuotas;
    /// Removes a limit.
    DoRemoveQuota = "remove-quota", "removeQuota" (With<RemoveQuota>) -> ChangedQuotas;
}

/// A node with its limits.
#[derive(Debug, Serialize, Deserialize)]
pub struct NodeQuotas {
    pub id: String,
    pub name: String,
    pub quotas: Vec<Quota>,
}

/// How a node stands with one meter.
#[derive(Debug, Serialize, Deserialize)]
pub struct Quota {
    pub meter: String,
    pub limit: Option<String>,
    pub used: String,
    pub free: Option<String>,
    pub tightest: Option<QuotaLimit>,
}

/// A limit and where it is set.
#[derive(Debug, Serialize, Deserialize)]
pub struct QuotaLimit {
    pub at: String,
    pub place: String,
    pub limit: String,
    pub used: String,
    pub free: String,
}

/// What an order takes of a limit.
#[derive(Debug, Serialize, Deserialize)]
pub struct QuotaEffect {
    pub meter: String,
    pub added: String,
    pub remains: String,
    pub tightest: QuotaLimit,
}

/// A limit to be set.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SetQuota {
    pub at: String,
    pub meter: String,
    pub limit: String,
    pub idempotency_key: String,
}

/// A limit to be removed.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RemoveQuota {
    pub at: String,
    pub meter: String,
    pub idempotency_key: String,
}

/// How the node stands afterwards.
#[derive(Debug, Serialize, Deserialize)]
pub struct ChangedQuotas {
    pub quotas: Vec<Quota>,
}
