//! Who puts something in or takes it out while a role is bound at the application.

use futures::future::join;
use serde_json::{Value, json};
use tests::client::User;
use tests::client::access::CREATE_ROLE;
use tests::stories;
use tests::world::World;

use super::{person, root};

stories! {
    what_is_bound_while_something_is_put_in_is_not_overlooked,
    what_is_denied_while_something_is_taken_out_is_not_overlooked,
}

/// How often it is tried.
const ROUNDS: usize = 6;

/// Somebody who may change the tree and nothing in it.
async fn keeper(world: &World) -> User {
    let admin = world.user("admin").await;
    let tree = json!({ "name": "tree", "title": "Tree", "parts": ["viewer", "manage_tree"] });
    let tree = admin.make(CREATE_ROLE, tree).await;
    person(world, "keeper", &[(&tree, &root(&admin).await)]).await
}

/// Instances that are ordered, and an application for each.
async fn pairs(world: &World, admin: &User) -> Vec<(String, String)> {
    world.license("more", 20).await;
    let mut pairs = Vec::new();
    for number in 0..ROUNDS {
        let (name, shop) = (format!("cache-{number}"), format!("shop-{number}"));
        let made = admin.order(&world.redis(world.seed.platform_dev, &name, "standalone")).await;
        let application = admin.application(root(admin).await, &shop, false).await;
        pairs.push((made.instance, application));
    }
    pairs
}

/// The number in the audit of what was done and names the application.
async fn number(admin: &User, action: &str, application: &str) -> i64 {
    let query = "query($x: String!) { audit(first: 100, filter: { action: $x }) { nodes { \
        number outcome target content } } }";
    let found = admin.get(query, json!({ "x": action })).await;
    let names = |node: &&Value| node["outcome"] == "done" && node.to_string().contains(application);
    let nodes = found["audit"]["nodes"].as_array().expect("rows").iter();
    nodes.filter(names).find_map(|node| node["number"].as_i64()).expect("a record")
}

async fn what_is_bound_while_something_is_put_in_is_not_overlooked(world: &mut World) {
    let (admin, keeper) = (world.user("admin").await, keeper(world).await);
    let me = keeper.subject().await;
    for (instance, application) in pairs(world, &admin).await {
        let bind = admin.bind(&me, "developer", &application, "ALLOW");
        let (bound, put) = join(bind, keeper.put_in(&application, &instance)).await;
        bound.granted();
        // Who was first may give; who came after would get a right by it.
        match put.code() {
            "done" => {
                let put = number(&admin, "addToApplication", &application).await;
                assert!(put < number(&admin, "bindRole", &application).await, "{application}");
            }
            refused => assert_eq!(refused, "FORBIDDEN", "{}", put.text),
        }
    }
}

async fn what_is_denied_while_something_is_taken_out_is_not_overlooked(world: &mut World) {
    let (admin, keeper) = (world.user("admin").await, keeper(world).await);
    let me = keeper.subject().await;
    for (instance, application) in pairs(world, &admin).await {
        admin.put_in(&application, &instance).await.granted();
        let bind = admin.bind(&me, "developer", &application, "DENY");
        let (bound, taken) = join(bind, keeper.take_out(&application, &instance)).await;
        bound.granted();
        match taken.code() {
            "done" => {
                let taken = number(&admin, "removeFromApplication", &application).await;
                assert!(taken < number(&admin, "bindRole", &application).await, "{application}");
            }
            // What denies to see it is not told either.
            hidden => assert!(["FORBIDDEN", "NOT_FOUND"].contains(&hidden), "{}", taken.text),
        }
    }
}
