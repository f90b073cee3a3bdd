//! Changes of applications, sent again.

use serde_json::{Value, json};
use tests::client::application::{OF_APPLICATIONS, of_application};
use tests::world::World;

use super::{all_at_once, mismatch};

/// Each of them, with the names of the mutations.
pub(super) async fn of_applications(world: &World) -> [String; 7] {
    world.license("applications", 40).await;
    let head = world.user("head").await;
    let mut parts = Vec::new();
    for name in ["app-one", "app-two"] {
        let order = world.redis(world.seed.platform_dev, name, "standalone");
        parts.push(head.order(&order).await.instance);
    }
    let all = async |mutation: &str, mut input: Value, pointer: &str, value: &str| {
        input["idempotencyKey"] = json!("key");
        let text = of_application(mutation);
        let answer = all_at_once(&head, &text, &input).await;
        mismatch(&head, &text, input, pointer, json!(value)).await;
        answer.granted()[mutation].clone()
    };
    let new = json!({ "organization": world.seed.platform.to_string(), "name": "shop",
        "title": "Shop" });
    let other = head.application(world.seed.sales, "other", false).await;
    let made = all("createApplication", new, "/name", "other").await;
    let id = made["application"]["id"].as_str().expect("an id").to_owned();
    let (one, two) = (&parts[0], &parts[1]);
    let words = json!({ "application": id, "name": "shop-2" });
    all("renameApplication", words, "/name", "shop-3").await;
    head.put_in(&id, two).await.granted();
    let part = json!({ "application": id, "instance": one });
    all("addToApplication", part.clone(), "/instance", two).await;
    let needs = json!({ "application": id, "instance": one, "needs": two });
    all("addDependency", needs.clone(), "/needs", one).await;
    all("removeDependency", needs, "/needs", one).await;
    all("removeFromApplication", part, "/instance", two).await;
    assert_eq!(head.parts(&id).await, ["app-two"]);
    all("deleteApplication", json!({ "application": id }), "/application", &other).await;
    OF_APPLICATIONS.map(str::to_owned)
}
