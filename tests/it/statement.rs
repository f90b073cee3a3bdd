//! How many statements a list costs.

use serde_json::json;
use tests::stories;
use tests::world::World;

stories! {
    a_long_list_costs_as_many_statements_as_a_short_one,
}

const LIST: &str = "query($first: Int) { instances(first: $first) { nodes { \
    id name createdBy members { name state } plan { name } configuration { number createdBy } \
    project { name organization { name } } offering { name } unknownSince } } }";

async fn a_long_list_costs_as_many_statements_as_a_short_one(world: &mut World) {
    world.license("more", 40).await;
    // Its reports would be counted, too.
    world.kill_agent().await;
    let dev = world.user("dev").await;
    for number in 0..20 {
        let name = format!("cache-{number}");
        dev.order(&world.redis(world.seed.platform_dev, &name, "primary-replica")).await;
    }
    let cost = async |first: usize| {
        let before = world.plane().store.statements();
        let found = dev.get(LIST, json!({ "first": first })).await;
        let nodes = found["instances"]["nodes"].as_array().expect("instances");
        assert_eq!(nodes.len(), first);
        assert!(nodes.iter().all(|node| node["members"].as_array().expect("members").len() == 2));
        world.plane().store.statements() - before
    };
    let short = cost(2).await;
    assert_eq!(cost(20).await, short);
    assert!(short <= 10, "{short} statements");
    world.restart_agent().await;
}
