//! Sessions, tokens and service accounts: what takes the id of one.

use serde_json::json;
use tests::client::sign_in::{
    CREATE_SERVICE_ACCOUNT, CREATE_TOKEN, DELETE_SERVICE_ACCOUNT, END_SESSION, IMPERSONATE,
    REVOKE_TOKEN, ROTATE_TOKEN, SESSIONS, TOKENS,
};
use types::id::{SubjectId, SystemIds, TenantId};

use super::{Case, Kind, case};

/// Ways to sign in. Those that end something come last.
pub(super) fn ways_in() -> Vec<Case> {
    let of = |subject: &str| json!({ subject: "$x" });
    let list = "query($x: ID) { serviceAccounts(organization: $x) { nodes { id } } }";
    let token = |field: &str| {
        json!({ "input": { "name": "ci", "expiresAt": "2026-11-02T00:00:00Z", field: "$x",
            "idempotencyKey": "$k" } })
    };
    let keyed = |field: &str| json!({ "input": { field: "$x", "idempotencyKey": "$k" } });
    let account = json!({ "input": { "organization": "$x", "name": "robot", "title": "Robot",
        "idempotencyKey": "$k" } });
    let be = |tenant: &str, subject: &str| {
        json!({ "input": { "tenant": tenant, "subject": subject, "reason": "why", "minutes": 5,
            "idempotencyKey": "$k" } })
    };
    let anybody = SubjectId::next(&SystemIds).to_string();
    let anywhere = TenantId::next(&SystemIds).to_string();
    vec![
        case("Query.sessions.subject", SESSIONS, of("subject"), Kind::Subject),
        case("Query.tokens.subject", TOKENS, of("subject"), Kind::Subject),
        case("Query.serviceAccounts.organization", list, of("x"), Kind::Organization),
        case(
            "Mutation.createToken.input.serviceAccount",
            CREATE_TOKEN,
            token("serviceAccount"),
            Kind::Program,
        ),
        case(
            "Mutation.createToken.input.within",
            CREATE_TOKEN,
            token("within"),
            Kind::Organization,
        ),
        case(
            "Mutation.createServiceAccount.input.organization",
            CREATE_SERVICE_ACCOUNT,
            account,
            Kind::Organization,
        ),
        case(
            "Mutation.deleteServiceAccount.input.serviceAccount",
            DELETE_SERVICE_ACCOUNT,
            keyed("serviceAccount"),
            Kind::Program,
        ),
        case("Mutation.impersonate.input.tenant", IMPERSONATE, be("$x", &anybody), Kind::WhomToBe),
        case(
            "Mutation.impersonate.input.subject",
            IMPERSONATE,
            be(&anywhere, "$x"),
            Kind::WhomToBe,
        ),
        case("Mutation.rotateToken.input.token", ROTATE_TOKEN, keyed("token"), Kind::Token),
        case("Mutation.revokeToken.input.token", REVOKE_TOKEN, keyed("token"), Kind::Token),
        case("Mutation.endSession.input.session", END_SESSION, keyed("session"), Kind::Session),
    ]
}
