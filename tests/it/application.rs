//! Applications: what is in them, what they do, and what cannot be in them.

use futures::future::join_all;
use serde_json::{Value, json};
use tests::client::access::{CREATE_ROLE, CREATE_USER, USER_CODE};
use tests::client::order::{Ordered, STOP};
use tests::client::{Answer, User};
use tests::stories;
use tests::world::World;
use types::id::ProjectId;

mod bound;
mod program;
mod race;

stories! {
    an_application_groups_what_many_projects_have_and_says_what_it_does,
    nothing_is_in_two_exclusive_applications,
    of_many_exclusive_applications_at_once_one_gets_the_instance,
    nothing_from_beside_or_above_is_put_in,
    a_move_takes_no_part_out_from_below,
    nothing_needs_itself,
    what_is_deleted_is_let_go,
    who_sees_some_parts_sees_no_more,
    parts_are_changed_by_who_may_change_both_trees,
    what_cannot_be_an_application_is_refused_field_by_field,
}

/// Orders, waits until it runs, and answers its id.
async fn redis(world: &World, user: &User, project: ProjectId, name: &str) -> String {
    let made = user.order(&world.redis(project, name, "standalone")).await;
    world.succeeded(user, &made.operation).await;
    made.instance
}

async fn root(user: &User) -> String {
    let found = user.get("{ organization(idOrName: \"acme\") { id } }", json!({})).await;
    found["organization"]["id"].as_str().expect("an id").to_owned()
}

/// Somebody new, with roles at nodes.
async fn person(world: &World, name: &str, roles: &[(&str, &str)]) -> User {
    let admin = world.user("admin").await;
    let made = admin.make(CREATE_USER, json!({ "name": name, "title": name })).await;
    for (role, at) in roles {
        admin.bind(&made, role, at, "ALLOW").await.granted();
    }
    let code = admin.act(USER_CODE, json!({ "user": made })).await;
    let code = code.granted()["createUserSignInCode"]["code"].as_str().expect("a code").to_owned();
    world.enter(&code).await
}

#[track_caller]
fn check(answer: &Answer, code: &str, why: &str) {
    assert_eq!(answer.code(), code, "{}", answer.text);
    assert_eq!(answer.told()["why"].as_str().unwrap_or_default(), why, "{}", answer.text);
}

async fn run(user: &User, application: &str) -> String {
    let found = user.see_application(application).await;
    found.granted()["application"]["run"].as_str().expect("a word").to_owned()
}

/// Names of the applications of an instance.
async fn applications(user: &User, instance: &str) -> Vec<String> {
    let query = "query($x: String!) { instance(idOrName: $x) { applications { nodes { name } } } }";
    let found = user.get(query, json!({ "x": instance })).await;
    let rows = found["instance"]["applications"]["nodes"].as_array().expect("rows").iter();
    rows.map(|row| row["name"].as_str().expect("a name").to_owned()).collect()
}

async fn an_application_groups_what_many_projects_have_and_says_what_it_does(world: &mut World) {
    let (admin, dev) = (world.user("admin").await, world.user("dev").await);
    let seller = world.user("seller").await;
    let cache = redis(world, &dev, world.seed.platform_dev, "cache").await;
    let queue = redis(world, &seller, world.seed.sales_dev, "queue").await;
    let shop = admin.application(root(&admin).await, "shop", true).await;
    assert_eq!(run(&admin, &shop).await, "EMPTY");
    admin.put_in(&shop, &cache).await.granted();
    admin.put_in(&shop, &queue).await.granted();
    admin.depend(&shop, &cache, &queue).await.granted();
    check(&admin.put_in(&shop, &cache).await, "CONFLICT", "part_already");
    check(&admin.depend(&shop, &cache, &queue).await, "CONFLICT", "needs_already");

    let seen = admin.see_application("shop").await.granted()["application"].clone();
    assert_eq!((&seen["run"], &seen["organization"]["name"]), (&json!("RUNNING"), &json!("acme")));
    let parts = json!({ "nodes": [
        { "instance": { "id": cache, "name": "cache", "state": "RUNNING" },
          "needs": [{ "name": "queue", "state": "RUNNING" }] },
        { "instance": { "id": queue, "name": "queue", "state": "RUNNING" }, "needs": [] },
    ] });
    assert_eq!(seen["parts"], parts);
    assert_eq!(applications(&admin, &cache).await, ["shop"]);

    let stopped = Ordered::from(&seller.act(STOP, json!({ "instance": queue })).await);
    world.succeeded(&seller, &stopped.operation).await;
    assert_eq!(run(&admin, &shop).await, "DEGRADED");
    let stopped = Ordered::from(&dev.act(STOP, json!({ "instance": cache })).await);
    world.succeeded(&dev, &stopped.operation).await;
    assert_eq!(run(&admin, &shop).await, "STOPPED");

    let words = json!({ "application": shop, "name": "store", "description": "What we\nsell" });
    admin.compose("renameApplication", words).await.granted();
    let seen = admin.see_application("store").await.granted()["application"].clone();
    assert_eq!((&seen["title"], &seen["description"]), (&json!("shop"), &json!("What we\nsell")));
    admin.take_out(&shop, &queue).await.granted();
    check(&admin.take_out(&shop, &queue).await, "CONFLICT", "no_part");
    check(&admin.depend(&shop, &cache, &queue).await, "CONFLICT", "no_part");
    let seen = admin.see_application(&shop).await.granted()["application"]["parts"].clone();
    assert_eq!(seen["nodes"][0]["needs"], json!([]), "a dependency goes with what it names");
    admin.compose("deleteApplication", json!({ "application": shop })).await.granted();
    assert_eq!(admin.see_application(&shop).await.code(), "NOT_FOUND");
    assert_eq!(admin.instance(&cache).await["state"], "STOPPED");
    assert_eq!(applications(&admin, &cache).await, [""; 0]);
}

async fn nothing_is_in_two_exclusive_applications(world: &mut World) {
    let (admin, dev) = (world.user("admin").await, world.user("dev").await);
    let cache = redis(world, &dev, world.seed.platform_dev, "cache").await;
    let platform = world.seed.platform.to_string();
    let shop = admin.application(root(&admin).await, "shop", true).await;
    let other = admin.application(&platform, "other", true).await;
    let view = admin.application(&platform, "view", false).await;
    admin.put_in(&shop, &cache).await.granted();
    admin.put_in(&view, &cache).await.granted();
    let refused = admin.put_in(&other, &cache).await;
    check(&refused, "CONFLICT", "exclusive");
    assert!(refused.text.contains("in shop"), "{}", refused.text);
    // Who does not see the other one is not told which it is.
    let below = person(world, "below", &[("organization_admin", &platform)]).await;
    let refused = below.put_in(&other, &cache).await;
    check(&refused, "CONFLICT", "exclusive");
    assert!(!refused.text.contains("shop"), "{}", refused.text);
    assert_eq!(applications(&below, &cache).await, ["view"]);
    assert_eq!(applications(&admin, &cache).await, ["shop", "view"]);
    assert_eq!(admin.parts(&other).await, [""; 0]);
    admin.take_out(&shop, &cache).await.granted();
    below.put_in(&other, &cache).await.granted();
}

async fn of_many_exclusive_applications_at_once_one_gets_the_instance(world: &mut World) {
    let (admin, dev) = (world.user("admin").await, world.user("dev").await);
    let cache = redis(world, &dev, world.seed.platform_dev, "cache").await;
    let mut all = Vec::new();
    for number in 0..8 {
        all.push(admin.application(world.seed.platform, &format!("a-{number}"), true).await);
    }
    let answers = join_all(all.iter().map(|one| admin.put_in(one, &cache))).await;
    let passed = answers.iter().filter(|answer| answer.code() == "done").count();
    assert_eq!(passed, 1);
    for refused in answers.iter().filter(|answer| answer.code() != "done") {
        check(refused, "CONFLICT", "exclusive");
    }
    assert_eq!(applications(&admin, &cache).await.len(), 1);
}

async fn nothing_from_beside_or_above_is_put_in(world: &mut World) {
    let admin = world.user("admin").await;
    let above = admin.project(&root(&admin).await, "above").await;
    let mine = redis(world, &admin, world.seed.platform_dev, "mine").await;
    let sold = redis(world, &admin, world.seed.sales_dev, "sold").await;
    let high = redis(world, &admin, above.parse().expect("an id"), "high").await;
    let shop = admin.application(world.seed.platform, "shop", true).await;
    for instance in [&sold, &high] {
        check(&admin.put_in(&shop, instance).await, "CONFLICT", "outside_organization");
    }
    admin.put_in(&shop, &mine).await.granted();
    assert_eq!(admin.parts(&shop).await, ["mine"]);
    check(&admin.depend(&shop, &mine, &sold).await, "CONFLICT", "no_part");
}

async fn a_move_takes_no_part_out_from_below(world: &mut World) {
    let admin = world.user("admin").await;
    let (platform, project) =
        (world.seed.platform.to_string(), world.seed.platform_dev.to_string());
    let sales = world.seed.sales.to_string();
    let cache = redis(world, &admin, world.seed.platform_dev, "cache").await;
    let rnd = admin.get("{ organization(idOrName: \"rnd\") { id } }", json!({})).await;
    let rnd = rnd["organization"]["id"].as_str().expect("an id").to_owned();
    let whole = admin.application(root(&admin).await, "whole", true).await;
    let middle = admin.application(&rnd, "middle", false).await;
    let inner = admin.application(&platform, "inner", false).await;
    for application in [&whole, &middle, &inner] {
        admin.put_in(application, &cache).await.granted();
    }
    let of_project = json!({ "project": project, "organization": sales });
    let of_platform = json!({ "organization": platform, "parent": sales });
    let blockers = json!([{ "kind": "instance", "id": cache, "name": "cache" }]);
    for (mutation, input) in [("moveProject", &of_project), ("moveOrganization", &of_platform)] {
        let refused = admin.alter(mutation, input.clone()).await;
        check(&refused, "CONFLICT", "application_left");
        assert_eq!(refused.told()["blockers"], blockers);
        assert_eq!(refused.told()["more"], 0);
    }
    admin.take_out(&middle, &cache).await.granted();
    // Within the whole, and with the inner one, it may go.
    admin.alter("moveOrganization", of_platform).await.granted();
    check(&admin.alter("moveProject", of_project.clone()).await, "CONFLICT", "application_left");
    admin.take_out(&inner, &cache).await.granted();
    admin.alter("moveProject", of_project).await.granted();
    assert_eq!(applications(&admin, &cache).await, ["whole"]);
    // An organization goes after its applications.
    let refused = admin.alter("deleteOrganization", json!({ "organization": platform })).await;
    check(&refused, "CONFLICT", "not_empty");
    let blockers = json!([{ "kind": "application", "id": inner, "name": "inner" }]);
    assert_eq!(refused.told()["blockers"], blockers);
}

async fn nothing_needs_itself(world: &mut World) {
    let (admin, dev) = (world.user("admin").await, world.user("dev").await);
    let shop = admin.application(world.seed.platform, "shop", true).await;
    let mut ids = Vec::new();
    for name in ["a", "b", "c"] {
        let made = dev.order(&world.redis(world.seed.platform_dev, name, "standalone")).await;
        admin.put_in(&shop, &made.instance).await.granted();
        ids.push(made.instance);
    }
    let [a, b, c] = ids.as_slice() else { panic!("three") };
    admin.depend(&shop, a, b).await.granted();
    admin.depend(&shop, b, c).await.granted();
    admin.depend(&shop, a, c).await.granted();
    for (part, needs) in [(a, a), (b, a), (c, a), (c, b)] {
        assert_eq!(admin.depend(&shop, part, needs).await.code(), "CYCLE");
    }
    let free = json!({ "application": shop, "instance": b, "needs": c });
    admin.compose("removeDependency", free.clone()).await.granted();
    check(&admin.compose("removeDependency", free).await, "CONFLICT", "no_dependency");
    admin.depend(&shop, c, b).await.granted();
    // Of two that make a circle together one passes.
    let other = admin.application(world.seed.platform, "other", false).await;
    for part in [a, b] {
        admin.put_in(&other, part).await.granted();
    }
    let (one, two) = futures::join!(admin.depend(&other, a, b), admin.depend(&other, b, a));
    let mut codes = [one.code(), two.code()];
    codes.sort_unstable();
    assert_eq!(codes, ["CYCLE", "done"]);
}

async fn what_is_deleted_is_let_go(world: &mut World) {
    let (admin, dev) = (world.user("admin").await, world.user("dev").await);
    let shop = admin.application(world.seed.platform, "shop", true).await;
    let cache = redis(world, &dev, world.seed.platform_dev, "cache").await;
    let queue = redis(world, &dev, world.seed.platform_dev, "queue").await;
    for part in [&cache, &queue] {
        admin.put_in(&shop, part).await.granted();
    }
    admin.depend(&shop, &cache, &queue).await.granted();
    let deleted = Ordered::from(&dev.delete(&queue, "queue", "delete").await);
    assert_eq!(admin.parts(&shop).await, ["cache", "queue"], "until it is gone");
    assert_eq!(run(&admin, &shop).await, "CHANGING");
    world.succeeded(&dev, &deleted.operation).await;
    world.until("let go", async || admin.parts(&shop).await == ["cache"]).await;
    let seen = admin.see_application(&shop).await.granted()["application"].clone();
    assert_eq!(
        (&seen["run"], &seen["parts"]["nodes"][0]["needs"]),
        (&json!("RUNNING"), &json!([]))
    );
    assert_eq!(applications(&admin, &queue).await, [""; 0]);
    assert_eq!(admin.put_in(&shop, &queue).await.code(), "NOT_FOUND");
}

async fn who_sees_some_parts_sees_no_more(world: &mut World) {
    let (admin, viewer) = (world.user("admin").await, world.user("viewer").await);
    let cache = redis(world, &admin, world.seed.platform_dev, "cache").await;
    let queue = redis(world, &admin, world.seed.sales_dev, "queue").await;
    let shop = admin.application(root(&admin).await, "shop", true).await;
    for part in [&cache, &queue] {
        admin.put_in(&shop, part).await.granted();
    }
    admin.depend(&shop, &cache, &queue).await.granted();
    let stopped = Ordered::from(&admin.act(STOP, json!({ "instance": queue })).await);
    world.succeeded(&admin, &stopped.operation).await;
    assert_eq!(viewer.parts(&shop).await, ["cache", "queue"]);
    assert_eq!(run(&viewer, &shop).await, "DEGRADED");
    let (me, sales) = (viewer.subject().await, world.seed.sales.to_string());
    admin.bind(&me, "viewer", &sales, "DENY").await.granted();
    let seen = viewer.see_application(&shop).await;
    assert!(!seen.text.contains("queue"), "{}", seen.text);
    let seen = seen.granted()["application"].clone();
    assert_eq!(viewer.parts(&shop).await, ["cache"]);
    assert_eq!(
        (&seen["run"], &seen["parts"]["nodes"][0]["needs"]),
        (&json!("RUNNING"), &json!([]))
    );
    // Who sees a part and not the organization that the application is of sees no application.
    let dev = world.user("dev").await;
    assert_eq!(applications(&dev, &cache).await, [""; 0]);
    assert_eq!(dev.see_application(&shop).await.code(), "NOT_FOUND");
    let list = dev.get("{ applications { nodes { name } } }", json!({})).await;
    assert_eq!(list["applications"]["nodes"], json!([]));
    let list = "query($o: String, $s: String) { applications(organization: $o, search: $s) { \
        nodes { name } } }";
    admin.application(world.seed.platform, "bazaar", true).await;
    for (organization, search, expected) in [
        (None, None, vec!["shop", "bazaar"]),
        (Some("platform"), None, vec!["bazaar"]),
        (None, Some("HO"), vec!["shop"]),
        (None, Some("%"), vec![]),
    ] {
        let found = viewer.get(list, json!({ "o": organization, "s": search })).await;
        let names: Vec<_> = expected.iter().map(|name| json!({ "name": name })).collect();
        assert_eq!(found["applications"]["nodes"], json!(names), "{organization:?} {search:?}");
    }
}

async fn parts_are_changed_by_who_may_change_both_trees(world: &mut World) {
    let admin = world.user("admin").await;
    let whole = root(&admin).await;
    let cache = redis(world, &admin, world.seed.platform_dev, "cache").await;
    let queue = redis(world, &admin, world.seed.sales_dev, "queue").await;
    let shop = admin.application(&whole, "shop", true).await;
    let (platform, sales) = (world.seed.platform.to_string(), world.seed.sales.to_string());
    // At the project alone.
    let below =
        person(world, "below", &[("organization_admin", &platform), ("viewer", &whole)]).await;
    assert_eq!(below.put_in(&shop, &cache).await.code(), "FORBIDDEN");
    // At the application alone.
    let keep = json!({ "name": "keep", "title": "Keep", "parts": ["manage_tree"] });
    let keep = admin.make(CREATE_ROLE, keep).await;
    let above = person(world, "above", &[("organization_admin", &whole)]).await;
    admin.bind(&above.subject().await, &keep, &sales, "DENY").await.granted();
    assert_eq!(above.put_in(&shop, &queue).await.code(), "FORBIDDEN");
    above.put_in(&shop, &cache).await.granted();
    admin.put_in(&shop, &queue).await.granted();
    assert_eq!(below.take_out(&shop, &cache).await.code(), "FORBIDDEN");
    assert_eq!(above.take_out(&shop, &queue).await.code(), "FORBIDDEN");
    // What needs what is said at the application alone.
    assert_eq!(below.depend(&shop, &cache, &queue).await.code(), "FORBIDDEN");
    above.depend(&shop, &cache, &queue).await.granted();
    for (mutation, input) in [
        ("renameApplication", json!({ "application": shop, "name": "mine" })),
        ("deleteApplication", json!({ "application": shop })),
    ] {
        assert_eq!(below.compose(mutation, input.clone()).await.code(), "FORBIDDEN");
    }
    assert_eq!(admin.parts("shop").await, ["cache", "queue"]);
}

async fn what_cannot_be_an_application_is_refused_field_by_field(world: &mut World) {
    let admin = world.user("admin").await;
    let platform = world.seed.platform.to_string();
    let draft = |name: &str, title: &str, description: &str| {
        json!({ "organization": platform, "name": name, "title": title,
            "description": description })
    };
    let check = async |mutation: &str, input: Value, fields: &[&str]| {
        let refused = admin.compose(mutation, input).await;
        let fields: Vec<_> =
            fields.iter().map(|field| ((*field).to_owned(), "malformed".to_owned())).collect();
        assert_eq!(refused.problems(), fields, "{}", refused.text);
    };
    check("createApplication", draft("Shop", " ", ""), &["name", "title"]).await;
    check("createApplication", draft("shop", "Shop", &"x".repeat(501)), &["description"]).await;
    check("createApplication", draft("shop", "Shop", "a\u{0}b"), &["description"]).await;
    let shop = admin.compose("createApplication", draft("shop", "店", "for\nall")).await;
    let shop = shop.granted()["createApplication"]["application"].clone();
    assert_eq!(shop["isExclusive"], true, "unless it is said otherwise");
    let again = admin.compose("createApplication", draft("shop", "Shop", "")).await;
    assert_eq!(again.code(), "ALREADY_EXISTS");
    admin.application(world.seed.sales, "shop", true).await;
    let ambiguous = admin.see_application("shop").await;
    assert_eq!(ambiguous.problems(), [("idOrName".to_owned(), "ambiguous".to_owned())]);
    let other = admin.application(&platform, "other", false).await;
    let rename = |name: &str| json!({ "application": other, "name": name });
    assert_eq!(admin.compose("renameApplication", rename("shop")).await.code(), "ALREADY_EXISTS");
    check("renameApplication", rename("-"), &["name"]).await;
    let nothing = admin.compose("renameApplication", json!({ "application": other })).await;
    assert_eq!(nothing.problems(), [("name".to_owned(), "required".to_owned())]);
}
