//! Changes of who may do what, sent again.

use serde_json::{Value, json};
use tests::client::access::{
    ADD_MEMBER, BIND, CHANGE_GROUP, CHANGE_ROLE, CREATE_GROUP, CREATE_ROLE, CREATE_USER,
    DELETE_GROUP, DELETE_ROLE, DISABLE_USER, ENABLE_USER, REMOVE_MEMBER, UNBIND,
};
use tests::world::World;

use super::{all_at_once, mismatch};

/// The same for what changes who may do what; answers the names of the mutations.
pub(super) async fn access(world: &World) -> Vec<String> {
    let admin = world.user("admin").await;
    let subject = world.user("nobody").await.subject().await;
    let group = admin.make(CREATE_GROUP, json!({ "name": "first", "title": "First" })).await;
    let role = json!({ "name": "first", "title": "First", "parts": ["view"] });
    let role = admin.make(CREATE_ROLE, role).await;
    let at = world.seed.platform.to_string();
    let bound = json!({ "holder": group, "role": "viewer", "at": at });
    let binding = admin.make(BIND, bound).await;
    let named = json!({ "name": "second", "title": "Second" });
    let with = |extra: Value| {
        let mut input = named.clone();
        let extra = extra.as_object().expect("fields").clone();
        input.as_object_mut().expect("fields").extend(extra);
        input
    };
    let member = json!({ "group": group, "subject": subject });
    let parts = json!({ "parts": ["view"] });
    // Each with a field that something else stands in when the key comes again.
    let all = [
        (CREATE_USER, named.clone(), "/name"),
        (CREATE_GROUP, named.clone(), "/name"),
        (CREATE_ROLE, with(parts), "/name"),
        (CHANGE_GROUP, with(json!({ "group": group, "name": "third" })), "/title"),
        (CHANGE_ROLE, with(json!({ "role": role, "name": "third", "parts": ["view"] })), "/title"),
        (ADD_MEMBER, member.clone(), "/subject"),
        (REMOVE_MEMBER, member, "/subject"),
        (BIND, json!({ "holder": subject, "role": role, "at": at }), "/holder"),
        (UNBIND, json!({ "binding": binding }), "/binding"),
        (DISABLE_USER, json!({ "user": subject }), "/user"),
        (ENABLE_USER, json!({ "user": subject }), "/user"),
        (DELETE_GROUP, json!({ "group": group }), "/group"),
    ];
    let mut names = Vec::new();
    for (mutation, mut input, field) in all {
        input["idempotencyKey"] = json!("key");
        let answer = all_at_once(&admin, mutation, &input).await;
        let other = match field {
            "/subject" | "/user" | "/holder" => json!(world.user("viewer").await.subject().await),
            "/binding" => {
                let sales = world.seed.sales.to_string();
                let other = json!({ "holder": subject, "role": "viewer", "at": sales });
                json!(admin.make(BIND, other).await)
            }
            "/group" => json!(admin.make(CREATE_GROUP, json!({ "name": "x", "title": "X" })).await),
            _ => json!("other"),
        };
        mismatch(&admin, mutation, input, field, other).await;
        names.extend(answer.granted().as_object().expect("fields").keys().cloned());
    }
    let unbound = json!({ "name": "fourth", "title": "Fourth", "parts": ["view"] });
    let unbound = admin.make(CREATE_ROLE, unbound).await;
    let input = json!({ "role": unbound, "idempotencyKey": "key" });
    all_at_once(&admin, DELETE_ROLE, &input).await;
    mismatch(&admin, DELETE_ROLE, input, "/role", json!(role)).await;
    names.push("deleteRole".to_owned());
    names
}
