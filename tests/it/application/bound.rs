//! Roles bound at applications: what is in one is reached by it, wherever it is, and what is denied
//! there is denied whoever else allows it.

use serde_json::{Value, json};
use tests::client::User;
use tests::client::access::{CREATE_ROLE, UNBIND};
use tests::client::order::{Ordered, START, STOP};
use tests::stories;
use tests::world::World;

use super::{check, person, redis, root};

stories! {
    who_is_bound_at_an_application_reaches_what_is_in_it_and_no_more,
    what_is_denied_at_an_application_is_denied_in_it_alone,
    nobody_gets_a_right_by_putting_something_in,
    a_denial_in_the_tree_holds_for_what_is_in_applications,
    a_token_of_a_project_reaches_no_parts_beside_it,
}

pub(super) async fn names(user: &User) -> Vec<String> {
    let found = user.get("{ instances(first: 50) { nodes { name } } }", json!({})).await;
    let nodes = found["instances"]["nodes"].as_array().expect("nodes").iter();
    let mut names: Vec<_> =
        nodes.map(|node| node["name"].as_str().expect("a name").to_owned()).collect();
    names.sort();
    names
}

/// All that is told of an instance by its parts.
async fn details(user: &User, instance: &str) -> Value {
    let query = "query($x: String!) { instance(idOrName: $x) { name viewerCan \
        members { state } configuration { number } configurations(first: 5) { nodes { number } } \
        operations(first: 5) { nodes { kind log { number } } } \
        applications(first: 5) { nodes { name } } \
        project { name instances(first: 5) { nodes { name } } } cost { amount } } }";
    user.get(query, json!({ "x": instance })).await["instance"].clone()
}

async fn who_is_bound_at_an_application_reaches_what_is_in_it_and_no_more(world: &mut World) {
    let admin = world.user("admin").await;
    let nobody = world.user("nobody").await;
    let cache = redis(world, &admin, world.seed.platform_dev, "cache").await;
    let queue = redis(world, &admin, world.seed.sales_dev, "queue").await;
    redis(world, &admin, world.seed.sales_dev, "beside").await;
    let shop = admin.application(root(&admin).await, "shop", true).await;
    for part in [&cache, &queue] {
        admin.put_in(&shop, part).await.granted();
    }
    assert_eq!(names(&nobody).await, [""; 0]);
    let me = nobody.subject().await;
    let bound = admin.bind(&me, "developer", &shop, "ALLOW").await;
    let bound = bound.granted()["bindRole"]["id"].clone();
    assert_eq!(names(&nobody).await, ["cache", "queue"]);
    assert_eq!(nobody.parts("shop").await, ["cache", "queue"]);
    let told = nobody.see_application("shop").await.granted()["application"].clone();
    assert_eq!(told["organization"], Value::Null, "they do not see it");
    let seen = details(&nobody, &cache).await;
    assert_eq!(seen["members"].as_array().map(Vec::len), Some(1));
    assert_eq!(seen["operations"]["nodes"][0]["kind"], "INSTALL");
    assert!(!seen["operations"]["nodes"][0]["log"].as_array().expect("a log").is_empty());
    assert_eq!(seen["configurations"]["nodes"], json!([{ "number": 1 }]));
    assert_eq!(seen["applications"]["nodes"], json!([{ "name": "shop" }]));
    assert_eq!(seen["project"]["instances"]["nodes"], json!([{ "name": "cache" }]));
    let can = json!(["VIEW", "ORDER", "CHANGE", "OPERATE", "DELETE", "REVEAL"]);
    assert_eq!(seen["viewerCan"], can);
    // The project, and what else is in it, is not reached.
    let project = world.seed.platform_dev.to_string();
    let query = "query($x: String!) { project(idOrName: $x) { id } }";
    let hidden = nobody.ask(query, json!({ "x": project })).await;
    assert_eq!(hidden.code(), "NOT_FOUND");
    let quotas = "query($x: String!) { instance(idOrName: $x) { project { quotas { used } } } }";
    assert_eq!(nobody.ask(quotas, json!({ "x": cache })).await.code(), "NOT_FOUND");
    // What may be done is done.
    for mutation in [STOP, START] {
        let done = Ordered::from(&nobody.act(mutation, json!({ "instance": cache })).await);
        world.succeeded(&nobody, &done.operation).await;
    }
    let change = json!({ "instance": cache, "parameters": { "maxclients": 50 } });
    let token = nobody.preview_change(&change).await["token"].clone();
    let done = Ordered::from(&nobody.change(&change, &token, "change").await);
    world.succeeded(&nobody, &done.operation).await;
    // What leaves the application, or loses its application, is gone at once.
    admin.take_out(&shop, &queue).await.granted();
    assert_eq!(names(&nobody).await, ["cache"]);
    assert_eq!(nobody.act(STOP, json!({ "instance": queue })).await.code(), "NOT_FOUND");
    admin.act(UNBIND, json!({ "binding": bound })).await.granted();
    assert_eq!(names(&nobody).await, [""; 0]);
    admin.bind(&me, "viewer", &shop, "ALLOW").await.granted();
    assert_eq!(nobody.act(STOP, json!({ "instance": cache })).await.code(), "FORBIDDEN");
    assert_eq!(details(&nobody, &cache).await["viewerCan"], json!(["VIEW"]));
    let bindings = "query($x: ID!) { bindings(at: $x) { nodes { at { id } role { name } } } }";
    let found = admin.get(bindings, json!({ "x": shop })).await;
    let expected = json!([{ "at": { "id": shop }, "role": { "name": "viewer" } }]);
    assert_eq!(found["bindings"]["nodes"], expected);
    admin.compose("deleteApplication", json!({ "application": shop })).await.granted();
    assert_eq!(names(&nobody).await, [""; 0]);
}

async fn what_is_denied_at_an_application_is_denied_in_it_alone(world: &mut World) {
    let (admin, dev) = (world.user("admin").await, world.user("dev").await);
    let cache = redis(world, &dev, world.seed.platform_dev, "cache").await;
    let queue = redis(world, &dev, world.seed.platform_dev, "queue").await;
    let secret = admin.application(world.seed.platform, "secret", false).await;
    admin.put_in(&secret, &cache).await.granted();
    let me = dev.subject().await;
    let hands = json!({ "name": "hands", "title": "Hands", "parts": ["operate"] });
    let hands = admin.make(CREATE_ROLE, hands).await;
    let denied = admin.bind(&me, &hands, &secret, "DENY").await;
    let denied = denied.granted()["bindRole"]["id"].clone();
    assert_eq!(dev.act(STOP, json!({ "instance": cache })).await.code(), "FORBIDDEN");
    dev.act(STOP, json!({ "instance": queue })).await.granted();
    assert_eq!(names(&dev).await, ["cache", "queue"]);
    admin.act(UNBIND, json!({ "binding": denied })).await.granted();
    admin.bind(&me, "viewer", &secret, "DENY").await.granted();
    assert_eq!(names(&dev).await, ["queue"]);
    let gone =
        dev.ask("query($x: String!) { instance(idOrName: $x) { id } }", json!({ "x": cache }));
    assert_eq!(gone.await.code(), "NOT_FOUND");
    assert_eq!(dev.see_application(&secret).await.code(), "NOT_FOUND");
    let list = dev.get("{ applications { nodes { name } } }", json!({})).await;
    assert_eq!(list["applications"]["nodes"], json!([]));
    let register = dev.get("{ assetRegister { assets { nodes { name } } } }", json!({})).await;
    assert!(!register.to_string().contains("cache"), "{register}");
}

async fn nobody_gets_a_right_by_putting_something_in(world: &mut World) {
    let admin = world.user("admin").await;
    let whole = root(&admin).await;
    let cache = redis(world, &admin, world.seed.platform_dev, "cache").await;
    let tree = json!({ "name": "tree", "title": "Tree", "parts": ["viewer", "manage_tree"] });
    let tree = admin.make(CREATE_ROLE, tree).await;
    let keeper = person(world, "keeper", &[(&tree, &whole)]).await;
    let me = keeper.subject().await;
    let shop = admin.application(&whole, "shop", false).await;
    admin.bind(&me, "developer", &shop, "ALLOW").await.granted();
    let refused = keeper.put_in(&shop, &cache).await;
    check(&refused, "FORBIDDEN", "");
    assert_eq!(keeper.act(STOP, json!({ "instance": cache })).await.code(), "FORBIDDEN");
    admin.put_in(&shop, &cache).await.granted();
    // Nor does anybody get out of a denial.
    let closed = admin.application(&whole, "closed", false).await;
    admin.put_in(&closed, &cache).await.granted();
    let hands = json!({ "name": "hands", "title": "Hands", "parts": ["operate"] });
    let hands = admin.make(CREATE_ROLE, hands).await;
    admin.bind(&me, &hands, &closed, "DENY").await.granted();
    assert_eq!(keeper.take_out(&closed, &cache).await.code(), "FORBIDDEN");
    let delete = json!({ "application": closed });
    assert_eq!(keeper.compose("deleteApplication", delete).await.code(), "FORBIDDEN");
    assert_eq!(keeper.act(STOP, json!({ "instance": cache })).await.code(), "FORBIDDEN");
    // What gives nothing that they lack is theirs to arrange.
    let plain = admin.application(&whole, "plain", false).await;
    keeper.put_in(&plain, &cache).await.granted();
    keeper.take_out(&plain, &cache).await.granted();
}

async fn a_denial_in_the_tree_holds_for_what_is_in_applications(world: &mut World) {
    let admin = world.user("admin").await;
    let cache = redis(world, &admin, world.seed.platform_dev, "cache").await;
    let queue = redis(world, &admin, world.seed.sales_dev, "queue").await;
    let shop = admin.application(root(&admin).await, "shop", true).await;
    for part in [&cache, &queue] {
        admin.put_in(&shop, part).await.granted();
    }
    let nobody = world.user("nobody").await;
    let (me, sales) = (nobody.subject().await, world.seed.sales.to_string());
    admin.bind(&me, "viewer", &sales, "DENY").await.granted();
    admin.bind(&me, "viewer", &shop, "ALLOW").await.granted();
    assert_eq!(names(&nobody).await, ["cache"]);
    assert_eq!(nobody.parts(&shop).await, ["cache"]);
    let platform = world.seed.platform.to_string();
    admin.bind(&me, "viewer", &platform, "DENY").await.granted();
    assert_eq!(names(&nobody).await, [""; 0]);
    assert_eq!(nobody.see_application(&shop).await.granted()["application"]["run"], "EMPTY");
    let acme = root(&admin).await;
    admin.bind(&me, "viewer", &acme, "DENY").await.granted();
    assert_eq!(nobody.see_application(&shop).await.code(), "NOT_FOUND");
}

async fn a_token_of_a_project_reaches_no_parts_beside_it(world: &mut World) {
    let admin = world.user("admin").await;
    let cache = redis(world, &admin, world.seed.platform_dev, "cache").await;
    let queue = redis(world, &admin, world.seed.sales_dev, "queue").await;
    let shop = admin.application(root(&admin).await, "shop", true).await;
    for part in [&cache, &queue] {
        admin.put_in(&shop, part).await.granted();
    }
    let nobody = world.user("nobody").await;
    let (me, project) = (nobody.subject().await, world.seed.platform_dev.to_string());
    admin.bind(&me, "developer", &shop, "ALLOW").await.granted();
    admin.bind(&me, "viewer", &project, "ALLOW").await.granted();
    let input = json!({ "name": "ci", "expiresAt": "2026-11-02T00:00:00Z",
        "within": project, "idempotencyKey": "t" });
    let token = nobody.token(input).await;
    let program = nobody.holding(&token.secret);
    assert_eq!(names(&program).await, ["cache"]);
    assert_eq!(program.see_application(&shop).await.code(), "NOT_FOUND");
    assert_eq!(program.act(STOP, json!({ "instance": queue })).await.code(), "NOT_FOUND");
    let done = Ordered::from(&program.act(STOP, json!({ "instance": cache })).await);
    world.succeeded(&nobody, &done.operation).await;
}
