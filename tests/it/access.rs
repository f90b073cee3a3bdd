//! Who may do what: roles of one's own, groups, denials, and what nobody may give or take.

use serde_json::{Value, json};
use tests::client::User;
use tests::client::access::{
    ADD_MEMBER, BIND, CHANGE_ROLE, CREATE_GROUP, CREATE_ROLE, CREATE_USER, DELETE_GROUP,
    DELETE_ROLE, DISABLE_USER, ENABLE_USER, REMOVE_MEMBER, UNBIND, USER_CODE,
};
use tests::client::order::STOP;
use tests::stories;
use tests::world::World;

stories! {
    an_own_role_gives_what_it_is_made_of_at_once_and_below,
    a_denial_decides_whoever_else_allows_it,
    nobody_gives_more_than_they_have,
    somebody_is_left_who_manages_access,
    a_disabled_person_is_out_at_once,
    what_is_held_is_not_deleted,
    who_manages_below_reaches_nothing_beside_or_above,
    a_role_cannot_contain_itself,
    it_says_why,
    of_two_who_take_the_same_at_once_one_is_told_that_it_is_gone,
}

const CAN: &str = "query($id: ID!) { node(id: $id) { ... on Project { viewerCan } } }";

/// What somebody may do to a project; nothing if it is not there for them.
async fn can(user: &User, project: impl ToString) -> Vec<String> {
    let found = user.get(CAN, json!({ "id": project.to_string() })).await;
    let actions = found["node"]["viewerCan"].as_array().cloned().unwrap_or_default();
    actions.iter().map(|action| action.as_str().expect("a word").to_owned()).collect()
}

async fn own_role(admin: &User, name: &str, parts: &[&str]) -> String {
    admin.make(CREATE_ROLE, json!({ "name": name, "title": name, "parts": parts })).await
}

async fn group(admin: &User, name: &str, members: &[&User]) -> String {
    let group = admin.make(CREATE_GROUP, json!({ "name": name, "title": name })).await;
    for member in members {
        let input = json!({ "group": group, "subject": member.subject().await });
        admin.act(ADD_MEMBER, input).await.granted();
    }
    group
}

async fn an_own_role_gives_what_it_is_made_of_at_once_and_below(world: &mut World) {
    let (admin, nobody) = (world.user("admin").await, world.user("nobody").await);
    let project = world.seed.platform_dev;
    assert_eq!(can(&nobody, project).await, [""; 0]);
    let role = own_role(&admin, "starter", &["viewer", "operate"]).await;
    let group = group(&admin, "night-shift", &[&nobody]).await;
    let at = world.seed.platform.to_string();
    let bound = admin.bind(&group, &role, &at, "ALLOW").await;
    assert_eq!(bound.granted()["bindRole"]["role"]["name"], "starter");
    assert_eq!(can(&nobody, project).await, ["VIEW", "OPERATE"]);
    assert_eq!(can(&nobody, world.seed.sales_dev).await, [""; 0], "nothing beside");

    let parts = json!({ "role": role, "name": "starter", "title": "s", "parts": ["viewer"] });
    admin.act(CHANGE_ROLE, parts).await.granted();
    assert_eq!(can(&nobody, project).await, ["VIEW"]);

    let input = json!({ "group": group, "subject": nobody.subject().await });
    admin.act(REMOVE_MEMBER, input).await.granted();
    assert_eq!(can(&nobody, project).await, [""; 0]);
}

async fn a_denial_decides_whoever_else_allows_it(world: &mut World) {
    let (admin, dev) = (world.user("admin").await, world.user("dev").await);
    let made = dev.order(&world.redis(world.seed.platform_dev, "cache", "standalone")).await;
    let role = own_role(&admin, "no-stop", &["operate", "delete"]).await;
    let at = world.seed.platform_dev.to_string();
    let denied = admin.bind(&dev.subject().await, &role, &at, "DENY").await;
    let denied = denied.granted()["bindRole"]["id"].clone();
    let stopped = dev.act(STOP, json!({ "instance": made.instance })).await;
    assert_eq!(stopped.code(), "FORBIDDEN", "{}", stopped.text);
    let actions = can(&dev, &at).await;
    assert!(actions.contains(&"CHANGE".to_owned()) && !actions.contains(&"DELETE".to_owned()));

    admin.act(UNBIND, json!({ "binding": denied })).await.granted();
    let stopped = dev.act(STOP, json!({ "instance": made.instance })).await;
    assert_eq!(stopped.code(), "done");

    let hidden = admin.bind(&dev.subject().await, "viewer", &at, "DENY").await;
    assert_eq!(hidden.code(), "done");
    let gone =
        dev.ask("query($i: String!) { instance(idOrName: $i) { id } }", json!({ "i": "cache" }));
    assert_eq!(gone.await.code(), "NOT_FOUND", "who may not view does not find");
}

async fn nobody_gives_more_than_they_have(world: &mut World) {
    let (admin, head) = (world.user("admin").await, world.user("head").await);
    let (dev, nobody) = (world.user("dev").await, world.user("nobody").await);
    let (at, whole) = (world.seed.platform.to_string(), world.seed.acme.to_string());
    let me = nobody.subject().await;

    assert_eq!(head.bind(&me, "developer", &at, "ALLOW").await.code(), "done");
    for role in ["tenant_admin", "auditor"] {
        let refused = head.bind(&me, role, &at, "ALLOW").await;
        assert_eq!(refused.code(), "FORBIDDEN", "{role}: {}", refused.text);
    }
    assert_eq!(head.bind(&me, "viewer", &whole, "ALLOW").await.code(), "NOT_FOUND");
    assert_eq!(dev.bind(&me, "viewer", &at, "ALLOW").await.code(), "FORBIDDEN");
    assert_eq!(admin.bind(&me, "operator", &whole, "ALLOW").await.code(), "NOT_FOUND");
    let unknown = json!({ "name": "r", "title": "r", "parts": ["view", "administer"] });
    let refused = admin.act(CREATE_ROLE, unknown).await;
    assert_eq!(refused.problems(), [("parts.0".to_owned(), "unknown".to_owned())]);

    // Somebody who manages access and nothing else makes nobody more powerful than that.
    let keeper = own_role(&admin, "keeper", &["view", "manage_access"]).await;
    assert_eq!(admin.bind(&me, &keeper, &whole, "ALLOW").await.code(), "done");
    let all = json!({ "name": "all", "title": "all", "parts": ["*"] });
    assert_eq!(nobody.act(CREATE_ROLE, all).await.code(), "FORBIDDEN");
    let admins = group(&admin, "admins", &[]).await;
    assert_eq!(admin.bind(&admins, "tenant_admin", &whole, "ALLOW").await.code(), "done");
    let input = json!({ "group": admins, "subject": me });
    assert_eq!(nobody.act(ADD_MEMBER, input).await.code(), "FORBIDDEN");
    for mutation in [USER_CODE, DISABLE_USER] {
        let input = json!({ "user": admin.subject().await });
        assert_eq!(nobody.act(mutation, input).await.code(), "FORBIDDEN", "{mutation}");
    }
}

async fn somebody_is_left_who_manages_access(world: &mut World) {
    let admin = world.user("admin").await;
    let whole = world.seed.acme.to_string();
    let me = admin.subject().await;
    let bound = "query($at: ID!, $me: ID!) { bindings(at: $at, holder: $me) { nodes { id } } }";
    let bound = admin.get(bound, json!({ "at": whole, "me": me })).await;
    let mine = bound["bindings"]["nodes"][0]["id"].clone();
    let last = [
        admin.act(UNBIND, json!({ "binding": mine })).await,
        admin.act(DISABLE_USER, json!({ "user": me })).await,
        admin.bind(&me, "organization_admin", &whole, "DENY").await,
    ];
    for refused in last {
        assert_eq!((refused.code(), &refused.told()["why"]), ("CONFLICT", &json!("last_admin")));
    }
    assert!(can(&admin, world.seed.platform_dev).await.contains(&"MANAGE_ACCESS".to_owned()));

    let heir = admin.make(CREATE_USER, json!({ "name": "heir", "title": "Heir" })).await;
    admin.bind(&heir, "tenant_admin", &whole, "ALLOW").await.granted();
    assert_eq!(admin.act(UNBIND, json!({ "binding": mine })).await.code(), "done");
    let refused = admin.act(CREATE_USER, json!({ "name": "late", "title": "Late" })).await;
    assert_eq!(refused.code(), "NOT_FOUND", "what was taken is gone at once");
}

async fn a_disabled_person_is_out_at_once(world: &mut World) {
    let (admin, dev) = (world.user("admin").await, world.user("dev").await);
    let input = json!({ "user": dev.subject().await });
    admin.act(DISABLE_USER, input.clone()).await.granted();
    assert_eq!(dev.ask("{ viewer { id } }", json!({})).await.code(), "UNAUTHENTICATED");
    let refused = admin.act(USER_CODE, input.clone()).await;
    assert_eq!((refused.code(), &refused.told()["why"]), ("CONFLICT", &json!("user_disabled")));
    admin.act(ENABLE_USER, input.clone()).await.granted();
    let code = admin.act(USER_CODE, input).await.granted()["createUserSignInCode"].clone();
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let code = code["code"].as_str().expect("a code").to_owned();
    let again = User::sign_in(&http, &world.address(), &code).await;
    assert!(can(&again, world.seed.platform_dev).await.contains(&"ORDER".to_owned()));
}

async fn what_is_held_is_not_deleted(world: &mut World) {
    let (admin, nobody) = (world.user("admin").await, world.user("nobody").await);
    let at = world.seed.platform.to_string();
    let inner = own_role(&admin, "inner", &["view"]).await;
    let outer = own_role(&admin, "outer", &[&inner, "operate"]).await;
    let group = group(&admin, "watchers", &[&nobody]).await;
    let bound = admin.bind(&group, &outer, &at, "ALLOW").await;
    assert_eq!(can(&nobody, world.seed.platform_dev).await, ["VIEW", "OPERATE"]);
    let why = async |mutation: &str, input: Value| {
        let refused = admin.act(mutation, input).await;
        assert_eq!(refused.code(), "CONFLICT", "{}", refused.text);
        refused.told()["why"].as_str().expect("a word").to_owned()
    };
    assert_eq!(why(DELETE_ROLE, json!({ "role": inner })).await, "role_contained");
    assert_eq!(why(DELETE_ROLE, json!({ "role": outer })).await, "role_bound");
    assert_eq!(why(DELETE_GROUP, json!({ "group": group })).await, "group_bound");
    let bound = bound.granted()["bindRole"]["id"].clone();
    admin.act(UNBIND, json!({ "binding": bound })).await.granted();
    admin.act(DELETE_GROUP, json!({ "group": group })).await.granted();
    admin.act(DELETE_ROLE, json!({ "role": outer })).await.granted();
    admin.act(DELETE_ROLE, json!({ "role": inner })).await.granted();
    let again = json!({ "name": "inner", "title": "i", "parts": ["view"] });
    admin.act(CREATE_ROLE, again.clone()).await;
    let twice = json!({ "name": "inner", "title": "other", "parts": ["view"] });
    assert_eq!(admin.act(CREATE_ROLE, twice).await.code(), "ALREADY_EXISTS");
}

async fn who_manages_below_reaches_nothing_beside_or_above(world: &mut World) {
    let (admin, dev) = (world.user("admin").await, world.user("dev").await);
    let (own, beside) = (world.seed.platform.to_string(), world.seed.sales.to_string());
    let me = dev.subject().await;
    admin.bind(&me, "organization_admin", &own, "ALLOW").await.granted();
    let nobody = world.user("nobody").await.subject().await;
    let bound = dev.bind(&nobody, "viewer", &own, "ALLOW").await;
    assert_eq!(bound.code(), "done", "{}", bound.text);
    assert_eq!(dev.bind(&nobody, "viewer", &beside, "ALLOW").await.code(), "NOT_FOUND");
    let there = admin.bind(&nobody, "viewer", &beside, "ALLOW").await;
    let there = there.granted()["bindRole"]["id"].clone();
    let (missing, foreign) = (
        dev.act(UNBIND, json!({ "binding": "bnd_00000000000000000000000000" })).await,
        dev.act(UNBIND, json!({ "binding": there })).await,
    );
    assert_eq!(missing.without_request(), foreign.without_request());
    assert_eq!(foreign.code(), "NOT_FOUND");
    let whole = "{ bindings { nodes { id } } }";
    assert_eq!(dev.ask(whole, json!({})).await.code(), "NOT_FOUND");

    // What is denied below does not bind those who govern above.
    let hidden = dev.bind(&admin.subject().await, "tenant_admin", &own, "DENY").await;
    let hidden = hidden.granted()["bindRole"]["id"].clone();
    assert_eq!(can(&admin, world.seed.platform_dev).await, [""; 0]);
    assert_eq!(admin.act(UNBIND, json!({ "binding": hidden })).await.code(), "done");
    assert!(can(&admin, world.seed.platform_dev).await.contains(&"ORDER".to_owned()));
}

async fn a_role_cannot_contain_itself(world: &mut World) {
    let admin = world.user("admin").await;
    let inner = own_role(&admin, "inner", &["view"]).await;
    let outer = own_role(&admin, "outer", &[&inner]).await;
    let input = json!({ "role": inner, "name": "inner", "title": "i", "parts": [outer] });
    let refused = admin.act(CHANGE_ROLE, input).await;
    assert_eq!(refused.problems(), [("parts".to_owned(), "cycle".to_owned())]);
    let input = json!({ "name": "empty", "title": "e", "parts": [] });
    let refused = admin.act(CREATE_ROLE, input).await;
    assert_eq!(refused.problems(), [("parts".to_owned(), "missing".to_owned())]);
}

async fn it_says_why(world: &mut World) {
    let (admin, dev) = (world.user("admin").await, world.user("dev").await);
    let at = world.seed.platform_dev.to_string();
    let group = group(&admin, "careful", &[&dev]).await;
    admin.bind(&group, "developer", &at, "DENY").await.granted();
    let query = "query($s: ID!, $at: ID!) { explainAccess(subject: $s, at: $at) { action \
        isAllowed because { effect role { name } holder { ... on Group { name } \
        ... on Subject { name } } } } }";
    let told = admin.get(query, json!({ "s": dev.subject().await, "at": at })).await;
    let told = told["explainAccess"].as_array().expect("reasons").clone();
    let order = told.iter().find(|reason| reason["action"] == "ORDER").expect("one of them");
    assert_eq!(
        *order,
        json!({ "action": "ORDER", "isAllowed": false, "because": [
            { "effect": "ALLOW", "role": { "name": "developer" }, "holder": { "name": "dev" } },
            { "effect": "DENY", "role": { "name": "developer" }, "holder": { "name": "careful" } },
        ] })
    );
    assert_eq!(
        dev.ask(query, json!({ "s": dev.subject().await, "at": at })).await.code(),
        "NOT_FOUND"
    );
    let twice = json!({ "holder": group, "role": "developer", "at": at, "effect": "DENY" });
    let twice = json!({ "input": { "holder": twice["holder"], "role": "developer", "at": at,
        "effect": "DENY", "idempotencyKey": "another" } });
    assert_eq!(admin.ask(BIND, twice).await.code(), "ALREADY_EXISTS");
}

async fn of_two_who_take_the_same_at_once_one_is_told_that_it_is_gone(world: &mut World) {
    let (admin, head) = (world.user("admin").await, world.user("head").await);
    let nobody = world.user("nobody").await.subject().await;
    let at = world.seed.platform.to_string();
    for _ in 0..5 {
        let bound = admin.bind(&nobody, "viewer", &at, "ALLOW").await;
        let binding = json!({ "binding": bound.granted()["bindRole"]["id"] });
        let (mine, theirs) =
            futures::join!(admin.act(UNBIND, binding.clone()), head.act(UNBIND, binding));
        let mut codes = [mine.code(), theirs.code()];
        codes.sort_unstable();
        assert_eq!(codes, ["NOT_FOUND", "done"]);
    }
}
