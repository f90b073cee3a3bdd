//! Tokens, sessions, service accounts and providers, sent again.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::client::User;
use tests::client::sign_in::{
    CREATE_SERVICE_ACCOUNT, CREATE_TOKEN, DELETE_SERVICE_ACCOUNT, END_OTHER_SESSIONS, END_SESSION,
    IMPERSONATE, REVOKE_TOKEN, ROTATE_TOKEN,
};
use tests::provider::Provider;
use tests::world::World;
use types::clock::Clock as _;
use types::id::{IdentityProviderId, SystemIds};

use super::{all_at_once, copies, mismatch};
use crate::sign_in_provider::{DELETE as DELETE_PROVIDER, mutation as of_provider, settings};

/// The same where the first answer alone tells a secret: it acts once, and one answer tells it.
pub(super) async fn told_once(
    user: &User,
    mutation: &str,
    name: &str,
    made: &str,
    input: &Value,
) -> Value {
    let secret = if name.ends_with("Token") { "secret" } else { "code" };
    let answers = copies(user, mutation, input).await;
    let shown: Vec<_> = answers.iter().map(|answer| &answer.granted()[name]).collect();
    let ids: BTreeSet<_> = shown.iter().map(|shown| shown[made]["id"].to_string()).collect();
    assert_eq!(ids.len(), 1, "{name}");
    assert_eq!(shown.iter().filter(|shown| shown[secret].is_string()).count(), 1, "{name}");
    shown[0][made]["id"].clone()
}

/// Adds the names of the mutations.
pub(super) async fn ways_in(world: &World, tried: &mut BTreeSet<String>) {
    let (dev, admin) = (world.sign_in("dev").await, world.user("admin").await);
    let expires_at = world.clock.now().plus(std::time::Duration::from_secs(3600)).to_string();
    let input = json!({ "name": "ci", "expiresAt": expires_at, "idempotencyKey": "key" });
    let token = told_once(&dev, CREATE_TOKEN, "createToken", "token", &input).await;
    assert_eq!(dev.tokens(None).await.len(), 1);
    mismatch(&dev, CREATE_TOKEN, input, "/name", json!("other")).await;
    let input = json!({ "token": token, "overlapMinutes": 1, "idempotencyKey": "key" });
    told_once(&dev, ROTATE_TOKEN, "rotateToken", "token", &input).await;
    mismatch(&dev, ROTATE_TOKEN, input.clone(), "/overlapMinutes", json!(2)).await;
    let input = json!({ "token": token, "idempotencyKey": "key" });
    all_at_once(&dev, REVOKE_TOKEN, &input).await;

    world.sign_in("dev").await;
    world.sign_in("dev").await;
    let other = dev.sessions(None).await[0]["id"].clone();
    let input = json!({ "session": other, "idempotencyKey": "key" });
    all_at_once(&dev, END_SESSION, &input).await;
    let own = dev.sessions(None).await;
    let own = own.iter().find(|row| row["isOwn"] == true).expect("one")["id"].clone();
    mismatch(&dev, END_SESSION, input, "/session", own).await;

    let input = json!({ "organization": world.seed.platform.to_string(), "name": "robot",
        "title": "Robot", "idempotencyKey": "key" });
    let made = all_at_once(&admin, CREATE_SERVICE_ACCOUNT, &input).await;
    mismatch(&admin, CREATE_SERVICE_ACCOUNT, input, "/name", json!("other")).await;
    let id = made.granted()["createServiceAccount"]["id"].clone();
    let input = json!({ "serviceAccount": id, "idempotencyKey": "key" });
    all_at_once(&admin, DELETE_SERVICE_ACCOUNT, &input).await;

    let input = json!({ "tenant": world.seed.acme.to_string(), "subject": dev.subject().await,
        "reason": "ticket 7", "minutes": 5, "idempotencyKey": "key" });
    let operator = world.user("operator").await;
    told_once(&operator, IMPERSONATE, "impersonate", "session", &input).await;
    mismatch(&operator, IMPERSONATE, input, "/minutes", json!(6)).await;
    // With a subject of its own, whose other sessions may end.
    let seller = world.sign_in("seller").await;
    all_at_once(&seller, END_OTHER_SESSIONS, &json!({ "idempotencyKey": "key" })).await;
    let names = ["createToken", "rotateToken", "revokeToken", "endSession", "endOtherSessions"]
        .into_iter()
        .chain(["createServiceAccount", "deleteServiceAccount", "impersonate"]);
    tried.extend(names.map(str::to_owned));
}

/// The same for providers; answers the names of the mutations.
pub(super) async fn providers(world: &World) -> [String; 3] {
    let provider = Provider::start(&world.clock).await;
    let admin = world.user("admin").await;
    let input = json!({ "name": "corp", "issuer": provider.issuer(), "settings": settings(json!({})),
        "idempotencyKey": "key" });
    let create = of_provider("createIdentityProvider");
    let made = all_at_once(&admin, &create, &input).await;
    mismatch(&admin, &create, input, "/settings/clientSecret", json!("another")).await;
    let id = made.granted()["createIdentityProvider"]["provider"]["id"].clone();
    let input = json!({ "provider": id, "settings": { "title": "One" }, "idempotencyKey": "key" });
    let change = of_provider("changeIdentityProvider");
    all_at_once(&admin, &change, &input).await;
    mismatch(&admin, &change, input, "/settings/title", json!("Two")).await;
    let input = json!({ "provider": id, "idempotencyKey": "key" });
    all_at_once(&admin, DELETE_PROVIDER, &input).await;
    let other = IdentityProviderId::next(&SystemIds).to_string();
    mismatch(&admin, DELETE_PROVIDER, input, "/provider", json!(other)).await;
    ["createIdentityProvider", "changeIdentityProvider", "deleteIdentityProvider"]
        .map(str::to_owned)
}
