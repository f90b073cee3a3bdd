//! What stories about quotas and budgets ask for.

use serde_json::json;
use tests::client::{Answer, User};
use tests::world::World;

/// The id of an organization.
pub(crate) async fn id(user: &User, name: &str) -> String {
    let query = "query($x: String!) { organization(idOrName: $x) { id } }";
    let found = user.get(query, json!({ "x": name })).await;
    found["organization"]["id"].as_str().expect("an id").to_owned()
}

/// Orders a Redis of one member or of two.
pub(crate) async fn try_order(
    world: &World,
    user: &User,
    project: &str,
    name: &str,
    pair: bool,
) -> Answer {
    let topology = if pair { "primary-replica" } else { "standalone" };
    let order = world.redis(project.parse().expect("an id"), name, topology);
    let token = user.preview(&order).await;
    user.place(&order, &token, &format!("order {name}")).await
}
