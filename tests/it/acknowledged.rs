//! Orders that are sent until they are acknowledged, and what of them is there afterwards.

use std::collections::BTreeSet;

use control_plane::config::Config;
use serde_json::{Value, json};
use tests::client::order::{Ordered, PLACE};
use tests::client::{Answer, User};
use tests::world::World;

/// Nobody in a story waits for half a minute.
pub fn impatient(config: &mut Config) {
    (config.database.wait_ms, config.database.statement_ms) = (1_000, 700);
}

/// A previewed order, ready to be sent as often as it takes.
pub async fn prepared(world: &World, dev: &User, name: &str) -> Value {
    let order = world.redis(world.seed.platform_dev, name, "standalone");
    let token = dev.preview(&order).await;
    json!({ "order": order, "previewToken": token, "idempotencyKey": name })
}

const FOUND: &str = "{ instances(first: 50) { nodes { id name } } }";

/// The names of the instances that there are, and their ids.
pub async fn found(dev: &User) -> Vec<(String, String)> {
    listed(&dev.ask(FOUND, json!({})).await)
}

/// The same of a database that came back: each connection it had left open is refused once.
pub async fn found_at_last(dev: &User) -> Vec<(String, String)> {
    loop {
        let answer = dev.ask(FOUND, json!({})).await;
        if answer.code() != "UNAVAILABLE" {
            return listed(&answer);
        }
    }
}

fn listed(answer: &Answer) -> Vec<(String, String)> {
    let nodes = answer.granted()["instances"]["nodes"].clone();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let nodes = nodes.as_array().expect("instances").iter();
    nodes.map(|node| (text(&node["name"]), text(&node["id"]))).collect()
}

/// What was acknowledged and is not there, or not under the id that was told.
pub fn lost<'a>(told: &'a [(String, String)], found: &[(String, String)]) -> Vec<&'a str> {
    let lost = told.iter().filter(|one| !found.contains(one));
    lost.map(|(name, _)| name.as_str()).collect()
}

/// Whether the plane says that it is ready.
pub async fn is_ready(world: &World) -> bool {
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let asked = http.get(format!("{}/readyz", world.address())).send().await;
    asked.expect("an answer").status().is_success()
}

/// Sends one order until it is acknowledged; answers the instance and the codes on the way.
pub async fn insist(dev: &User, input: &Value) -> (String, BTreeSet<String>) {
    let mut codes = BTreeSet::new();
    loop {
        let answer = dev.ask(PLACE, json!({ "input": input })).await;
        codes.insert(answer.code().to_owned());
        match answer.code() {
            "UNAVAILABLE" => {}
            _ => return (Ordered::from(&answer).instance, codes),
        }
    }
}
