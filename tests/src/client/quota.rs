//! What people do with quotas, as the portal and the command line do it.

use serde_json::{Value, json};

use super::{Answer, User};

/// Sets a limit.
pub const SET_QUOTA: &str = "mutation($input: SetQuotaInput!) { setQuota(input: $input) { \
    quotas { meter limit used free tightest { at place limit used free } } } }";
/// Removes a limit.
pub const REMOVE_QUOTA: &str = "mutation($input: RemoveQuotaInput!) { removeQuota(input: $input) { \
    quotas { meter limit used free tightest { at place limit used free } } } }";
/// Limits and use of an organization or project.
const QUOTAS: &str = "query($id: ID!) { node(id: $id) { \
    ... on Organization { quotas { ...q } } ... on Project { quotas { ...q } } } } \
    fragment q on Quota { meter limit used free tightest { at place limit used free } }";

impl User {
    /// Sets a limit.
    pub async fn limit(&self, at: &str, meter: &str, limit: i64) -> Answer {
        let input = json!({ "at": at, "meter": meter, "limit": limit.to_string() });
        self.act(SET_QUOTA, input).await
    }

    /// Removes a limit.
    pub async fn unlimit(&self, at: &str, meter: &str) -> Answer {
        self.act(REMOVE_QUOTA, json!({ "at": at, "meter": meter })).await
    }

    /// How an organization or project stands with every meter.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn quotas(&self, at: &str) -> Vec<Value> {
        let found = self.get(QUOTAS, json!({ "id": at })).await;
        found["node"]["quotas"].as_array().expect("quotas").clone()
    }

    /// The same of one meter.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn quota(&self, at: &str, meter: &str) -> Value {
        let all = self.quotas(at).await;
        all.into_iter().find(|quota| quota["meter"] == meter).expect("a meter")
    }

    /// What is used at an organization or project and below.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn used(&self, at: &str, meter: &str) -> i64 {
        let quota = self.quota(at, meter).await;
        quota["used"].as_str().and_then(|used| used.parse().ok()).expect("a number")
    }
}
