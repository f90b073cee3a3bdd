//! Limits: what takes the id of an organization or a project.

use serde_json::json;
use tests::client::quota::{REMOVE_QUOTA, SET_QUOTA};

use super::{Case, Kind, case};

/// What sets and removes limits.
pub(super) fn of_quotas() -> Vec<Case> {
    let set = json!({ "at": "$x", "meter": "MEMBERS", "limit": "100", "idempotencyKey": "$k" });
    let remove = json!({ "at": "$x", "meter": "MEMBERS", "idempotencyKey": "$k" });
    vec![
        case("Mutation.setQuota.input.at", SET_QUOTA, json!({ "input": set }), Kind::Project),
        case(
            "Mutation.removeQuota.input.at",
            REMOVE_QUOTA,
            json!({ "input": remove }),
            Kind::Organization,
        ),
    ]
}
