//! Programs with a token of one project: what an application gives reaches them inside of it alone,
//! and what is denied at the application is denied to them as well.

use serde_json::{Value, json};
use tests::client::User;
use tests::client::access::CREATE_ROLE;
use tests::client::order::{Ordered, PREVIEW_ORDER, REVEAL, START, STOP};
use tests::stories;
use tests::world::World;

use super::bound::names;
use super::{redis, root};

stories! {
    a_program_of_a_project_gets_of_an_application_what_is_in_the_project,
    what_is_denied_at_an_application_is_denied_to_programs,
}

const EVENTS: &str = "subscription { events(after: \"0\") { node { kind instance { name } } } }";

/// An application of the whole tenant with an instance of either project, and a service account
/// that nothing is given to yet.
struct Shop {
    admin: User,
    application: String,
    account: String,
    cache: String,
    queue: Ordered,
}

async fn shop(world: &World) -> Shop {
    let admin = world.user("admin").await;
    let cache = redis(world, &admin, world.seed.platform_dev, "cache").await;
    let queue = admin.order(&world.redis(world.seed.sales_dev, "queue", "standalone")).await;
    world.succeeded(&admin, &queue.operation).await;
    let application = admin.application(root(&admin).await, "shop", true).await;
    for part in [&cache, &queue.instance] {
        admin.put_in(&application, part).await.granted();
    }
    let account = admin.service_account(&world.seed.platform.to_string(), "robot").await;
    Shop { admin, application, account, cache, queue }
}

impl Shop {
    /// A program that works as the service account, within a node and with some actions.
    async fn program(&self, within: Option<&str>, actions: Option<&[&str]>) -> User {
        let name = format!("token-{}-{}", within.is_some(), actions.is_some());
        let mut input = json!({ "name": name, "expiresAt": "2026-11-02T00:00:00Z",
            "within": within, "serviceAccount": self.account, "idempotencyKey": name });
        if let Some(actions) = actions {
            input["actions"] = json!(actions);
        }
        let made = self.admin.token(input).await;
        self.admin.holding(&made.secret)
    }

    async fn bind(&self, role: &str, at: &str, effect: &str) {
        self.admin.bind(&self.account, role, at, effect).await.granted();
    }
}

async fn code(user: &User, query: &str, variables: Value) -> String {
    user.ask(query, variables).await.code().to_owned()
}

async fn a_program_of_a_project_gets_of_an_application_what_is_in_the_project(world: &mut World) {
    let shop = shop(world).await;
    let project = world.seed.platform_dev.to_string();
    shop.bind("developer", &shop.application, "ALLOW").await;
    let whole = shop.program(None, None).await;
    assert_eq!(names(&whole).await, ["cache", "queue"]);
    assert_eq!(whole.parts(&shop.application).await, ["cache", "queue"]);

    let program = shop.program(Some(&project), None).await;
    assert_eq!(names(&program).await, ["cache"]);
    // Outside of the project there is nothing, whichever way it is asked for.
    let queue = json!({ "x": shop.queue.instance });
    let input = json!({ "input": { "instance": shop.queue.instance, "idempotencyKey": "out" } });
    for (query, variables) in [
        ("query($x: String!) { instance(idOrName: $x) { id } }", queue.clone()),
        ("{ instance(idOrName: \"queue\") { id } }", json!({})),
        ("query($x: ID!) { operation(id: $x) { id } }", json!({ "x": shop.queue.operation })),
        (STOP, input.clone()),
        (REVEAL, input),
        ("{ application(idOrName: \"shop\") { parts { nodes { addedAt } } } }", json!({})),
    ] {
        assert_eq!(code(&program, query, variables).await, "NOT_FOUND", "{query}");
    }
    let lists = "{ applications(first: 5) { nodes { name } } \
        assetRegister { assets(first: 5) { nodes { name } } } \
        instances(first: 5) { nodes { name applications(first: 5) { nodes { name } } } } }";
    let found = program.ask(lists, json!({})).await;
    assert_eq!(found.code(), "done");
    for hidden in ["queue", "shop"] {
        assert!(!found.text.contains(hidden), "{}", found.text);
    }
    assert!(found.text.contains("cache"), "{}", found.text);
    let mut feed = program.follow(EVENTS, json!({})).await;
    // Inside it does what the application gives, and no more than that.
    let order = world.redis(world.seed.platform_dev, "own", "standalone");
    assert_eq!(code(&program, PREVIEW_ORDER, json!({ "input": order })).await, "NOT_FOUND");
    let reveal = json!({ "input": { "instance": shop.cache, "idempotencyKey": "in" } });
    program.ask(REVEAL, reveal).await.granted();
    let done = Ordered::from(&program.act(STOP, json!({ "instance": shop.cache })).await);
    world.succeeded(&program, &done.operation).await;
    let mut kind = String::new();
    while kind != "instance_stopping" {
        let told = feed.next().await.expect("an event");
        let node = told.granted()["events"]["node"].clone();
        assert_ne!(node["instance"]["name"], "queue", "{node}");
        node["kind"].as_str().expect("a word").clone_into(&mut kind);
    }
    let looks = shop.program(Some(&project), Some(&["VIEW"])).await;
    assert_eq!(names(&looks).await, ["cache"]);
    let start = json!({ "input": { "instance": shop.cache, "idempotencyKey": "looks" } });
    assert_eq!(code(&looks, START, start).await, "FORBIDDEN");
    // What leaves the application is gone, and what comes into it is there.
    shop.admin.take_out(&shop.application, &shop.cache).await.granted();
    assert_eq!(names(&program).await, [""; 0]);
    assert_eq!(names(&whole).await, ["queue"]);
    shop.admin.put_in(&shop.application, &shop.cache).await.granted();
    assert_eq!(names(&program).await, ["cache"]);
}

async fn what_is_denied_at_an_application_is_denied_to_programs(world: &mut World) {
    let shop = shop(world).await;
    let beside = redis(world, &shop.admin, world.seed.platform_dev, "beside").await;
    let project = world.seed.platform_dev.to_string();
    shop.bind("developer", &project, "ALLOW").await;
    shop.bind("developer", &shop.application, "ALLOW").await;
    let program = shop.program(Some(&project), None).await;
    assert_eq!(names(&program).await, ["beside", "cache"]);
    let hands = json!({ "name": "hands", "title": "Hands", "parts": ["operate"] });
    let hands = shop.admin.make(CREATE_ROLE, hands).await;
    shop.bind(&hands, &shop.application, "DENY").await;
    let stop = |instance: &str| json!({ "instance": instance });
    assert_eq!(program.act(STOP, stop(&shop.cache)).await.code(), "FORBIDDEN");
    let done = Ordered::from(&program.act(STOP, stop(&beside)).await);
    world.succeeded(&program, &done.operation).await;
    shop.bind("viewer", &shop.application, "DENY").await;
    assert_eq!(names(&program).await, ["beside"]);
    assert_eq!(program.act(STOP, stop(&shop.cache)).await.code(), "NOT_FOUND");
    let whole = shop.program(None, None).await;
    assert_eq!(names(&whole).await, ["beside"]);
    assert_eq!(whole.act(STOP, stop(&shop.queue.instance)).await.code(), "NOT_FOUND");
    assert_eq!(whole.see_application(&shop.application).await.code(), "NOT_FOUND");
}
