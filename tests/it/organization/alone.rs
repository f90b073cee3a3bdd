//! Who has a role at a project alone reaches it, and is told nothing of what is above.

use serde_json::{Value, json};
use tests::client::User;
use tests::client::order::STOP;
use tests::stories;
use tests::world::World;

use super::id;

stories! {
    who_has_a_role_at_a_project_alone_finds_it_and_nothing_above,
    a_tree_begins_with_what_stands_alone_and_not_with_what_is_below,
    what_stands_alone_is_listed_page_by_page,
}

/// Where a tree begins: organizations, and projects with the organization that is told of each.
const TOPS: &str = "query($first: Int, $after: String) { tenant { root { name } tops { name } \
    topProjects(first: $first, after: $after) { nodes { id name organization { name } } \
    pageInfo { hasNextPage endCursor } } } }";

async fn tops(user: &User) -> (Vec<String>, Vec<String>) {
    let found = user.get(TOPS, json!({})).await["tenant"].clone();
    let names = |rows: &Value| {
        let rows = rows.as_array().expect("rows").iter();
        rows.map(|row| row["name"].as_str().expect("a name").to_owned()).collect()
    };
    (names(&found["tops"]), names(&found["topProjects"]["nodes"]))
}

#[track_caller]
fn check(found: &(Vec<String>, Vec<String>), organizations: &[&str], projects: &[&str]) {
    assert_eq!((&*found.0, &*found.1), (&*owned(organizations), &*owned(projects)));
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

async fn who_has_a_role_at_a_project_alone_finds_it_and_nothing_above(world: &mut World) {
    let (admin, nobody) = (world.user("admin").await, world.user("nobody").await);
    let project = world.seed.platform_dev;
    check(&tops(&nobody).await, &[], &[]);
    let me = nobody.subject().await;
    admin.bind(&me, "developer", &project.to_string(), "ALLOW").await.granted();
    check(&tops(&nobody).await, &[], &["platform-dev"]);
    let made = nobody.order(&world.redis(project, "cache", "standalone")).await;
    world.succeeded(&nobody, &made.operation).await;
    for query in [
        TOPS,
        "{ projects { nodes { name title organization { id name title path { name } } } } }",
        "{ project(idOrName: \"platform-dev\") { name organization { id name } viewerCan } }",
        "{ projects(search: \"platform\") { nodes { name } } \
           organizations(search: \"platform\") { nodes { name title } } }",
        "{ instances { nodes { name project { name organization { name title } } } } }",
        "{ assetRegister { assets { nodes { name projectName organization path } } } }",
        "{ viewer { roles { at { id ... on Project { name organization { name } } } } } }",
    ] {
        let told = nobody.ask(query, json!({})).await;
        assert!(told.granted().to_string().contains("platform-dev"), "{query}: {}", told.text);
        for hidden in ["platform", "rnd"] {
            assert!(!told.text.contains(&format!("\"{hidden}\"")), "{query}: {}", told.text);
        }
    }
    for name in ["platform", "rnd", "acme"] {
        let query = "query($x: String!) { organization(idOrName: $x) { id } }";
        assert_eq!(nobody.ask(query, json!({ "x": name })).await.code(), "NOT_FOUND");
    }
    // Who sees the organization is told of it.
    let query = "{ project(idOrName: \"platform-dev\") { organization { name } } }";
    let told = world.user("dev").await.get(query, json!({})).await;
    assert_eq!(told["project"]["organization"]["name"], "platform");
    nobody.act(STOP, json!({ "instance": made.instance })).await.granted();
}

async fn a_tree_begins_with_what_stands_alone_and_not_with_what_is_below(world: &mut World) {
    let (admin, dev) = (world.user("admin").await, world.user("dev").await);
    let (seller, stranger) = (world.user("seller").await, world.user("stranger").await);
    check(&tops(&admin).await, &["acme"], &[]);
    check(&tops(&dev).await, &["platform"], &[]);
    check(&tops(&stranger).await, &["globex"], &[]);
    check(&tops(&seller).await, &["sales"], &[]);
    let project = world.seed.platform_dev.to_string();
    let sibling = seller.subject().await;
    admin.bind(&sibling, "viewer", &project, "ALLOW").await.granted();
    check(&tops(&seller).await, &["sales"], &["platform-dev"]);
    check(&tops(&stranger).await, &["globex"], &[]);
    // A program of a project begins there, whatever its maker sees.
    let token = json!({ "name": "ci", "expiresAt": "2026-11-02T00:00:00Z", "within": project,
        "idempotencyKey": "ci" });
    let program = dev.holding(&dev.token(token).await.secret);
    check(&tops(&program).await, &[], &["platform-dev"]);
    let found = program.get(TOPS, json!({})).await["tenant"]["topProjects"]["nodes"].clone();
    assert_eq!(found[0]["organization"], Value::Null);
    // What is denied is nowhere.
    admin.bind(&sibling, "developer", &project, "DENY").await.granted();
    check(&tops(&seller).await, &["sales"], &[]);
    admin.bind(&dev.subject().await, "viewer", &project, "DENY").await.granted();
    check(&tops(&dev).await, &["platform"], &[]);
    check(&tops(&program).await, &[], &[]);
}

async fn what_stands_alone_is_listed_page_by_page(world: &mut World) {
    let (admin, nobody) = (world.user("admin").await, world.user("nobody").await);
    let me = nobody.subject().await;
    let mut expected = Vec::new();
    for owner in ["rnd", "sales"] {
        let owner = id(&admin, owner).await;
        for name in ["web", "web-2", "a"] {
            let made = admin.project(&owner, name).await;
            admin.bind(&me, "viewer", &made, "ALLOW").await.granted();
            expected.push((name, made));
        }
    }
    // Two organizations have projects of the same names.
    expected.sort();
    let (mut after, mut seen) = (Value::Null, Vec::new());
    loop {
        let found = nobody.get(TOPS, json!({ "first": 2, "after": after })).await;
        let page = found["tenant"]["topProjects"].clone();
        for node in page["nodes"].as_array().expect("nodes") {
            let text = |field: &str| node[field].as_str().expect("a text").to_owned();
            seen.push((text("name"), text("id")));
        }
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
    let expected: Vec<_> =
        expected.into_iter().map(|(name, made)| (name.to_owned(), made)).collect();
    assert_eq!(seen, expected);
    let refused = nobody.ask(TOPS, json!({ "after": "nonsense" })).await;
    assert_eq!(refused.code(), "INVALID");
}
