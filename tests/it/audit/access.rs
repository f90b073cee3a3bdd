//! Changes of who may do what in the audit.

use serde_json::{Value, json};
use tests::client::User;
use tests::client::access::{
    ADD_MEMBER, BIND, CHANGE_GROUP, CHANGE_ROLE, CREATE_GROUP, CREATE_ROLE, CREATE_USER,
    DELETE_GROUP, DELETE_ROLE, DISABLE_USER, ENABLE_USER, REMOVE_MEMBER, UNBIND, USER_CODE,
};
use tests::world::World;

use super::Witness;

/// Who manages access nowhere is refused all of it.
pub(super) async fn access_refused(witness: &mut Witness, dev: (&str, &User)) {
    let me = dev.1.subject().await;
    let named = json!({ "name": "x", "title": "X", "idempotencyKey": "k" });
    let with = |extra: Value| {
        let mut input = named.clone();
        let extra = extra.as_object().expect("fields").clone();
        input.as_object_mut().expect("fields").extend(extra);
        input
    };
    let of = |extra: Value| {
        let mut input = extra;
        input["idempotencyKey"] = json!("k");
        input
    };
    let group = "grp_00000000000000000000000000";
    let role = "rol_00000000000000000000000000";
    let member = json!({ "group": group, "subject": me });
    let all = [
        (CREATE_USER, named.clone()),
        (CREATE_GROUP, named.clone()),
        (CREATE_ROLE, with(json!({ "parts": ["view"] }))),
        (CHANGE_GROUP, with(json!({ "group": group }))),
        (CHANGE_ROLE, with(json!({ "role": role, "parts": ["view"] }))),
        (DELETE_GROUP, of(json!({ "group": group }))),
        (DELETE_ROLE, of(json!({ "role": role }))),
        (ADD_MEMBER, of(member.clone())),
        (REMOVE_MEMBER, of(member)),
        (DISABLE_USER, of(json!({ "user": me }))),
        (ENABLE_USER, of(json!({ "user": me }))),
        (USER_CODE, of(json!({ "user": me }))),
        (BIND, of(json!({ "holder": me, "role": "viewer", "at": "nowhere" }))),
        (UNBIND, of(json!({ "binding": "bnd_00000000000000000000000000" }))),
    ];
    for (mutation, input) in all {
        witness.check(dev, mutation, input, "NOT_FOUND").await;
    }
}

/// All of it, once.
pub(super) async fn access_done(world: &World, witness: &mut Witness) {
    let admin = world.user("admin").await;
    let at = world.seed.platform.to_string();
    let mut check = async |mutation: &str, mut input: Value| {
        input["idempotencyKey"] = json!("k");
        let answer = witness.check(("admin", &admin), mutation, input, "done").await;
        let made = answer.granted().as_object().and_then(|made| made.values().next().cloned());
        made.and_then(|made| made["id"].as_str().map(str::to_owned)).unwrap_or_default()
    };
    let named = |extra: Value| {
        let mut input = extra;
        (input["name"], input["title"]) = (json!("x"), json!("X"));
        input
    };
    let user = check(CREATE_USER, named(json!({}))).await;
    let group = check(CREATE_GROUP, named(json!({}))).await;
    let role = check(CREATE_ROLE, named(json!({ "parts": ["view"] }))).await;
    check(CHANGE_GROUP, named(json!({ "group": group }))).await;
    check(CHANGE_ROLE, named(json!({ "role": role, "parts": ["view", "operate"] }))).await;
    let member = json!({ "group": group, "subject": user });
    check(ADD_MEMBER, member.clone()).await;
    check(REMOVE_MEMBER, member).await;
    let bound = check(BIND, json!({ "holder": user, "role": role, "at": at })).await;
    check(UNBIND, json!({ "binding": bound })).await;
    check(USER_CODE, json!({ "user": user })).await;
    check(DISABLE_USER, json!({ "user": user })).await;
    check(ENABLE_USER, json!({ "user": user })).await;
    check(DELETE_ROLE, json!({ "role": role })).await;
    check(DELETE_GROUP, json!({ "group": group })).await;
}
