//! A tree of a hundred thousand organizations, a thousand of them below each other: what a page and
//! a change of it cost does not grow with it.

use control_plane_store::organization::{self, Organization};
use control_plane_store::tree_event::{self, TreeEvent};
use control_plane_store::{NodeKind, TreeEventKind, tenant};
use policies::permit::{Task, task_permit};
use serde_json::{Value, json};
use tests::client::User;
use tests::stories;
use tests::world::World;
use types::clock::Clock as _;
use types::id::{Ids as _, OrganizationId, SystemIds};

stories! {
    a_page_and_a_move_in_a_large_tree_cost_no_more_than_in_a_small_one,
}

const DEPTH: usize = 1_000;
const WIDTH: usize = 99_000;
/// The most statements of one request; most of them are those of any request.
const MOST: u64 = 26;

/// Makes a chain and a broad level below the root at once, past the mutations; answers the last of
/// the chain.
async fn grow(world: &World, root: OrganizationId) -> OrganizationId {
    let (plane, now) = (world.plane(), world.clock.now());
    let mut rows = Vec::new();
    let mut add = |parent, name: String| {
        let id = OrganizationId::next(&SystemIds);
        rows.push(Organization {
            id,
            tenant_id: world.seed.acme,
            parent_id: Some(parent),
            title: name.clone(),
            name,
            created_at: now,
            deleted_at: None,
            revision: 0,
        });
        id
    };
    let deepest = (0..DEPTH).fold(root, |above, level| add(above, format!("deep-{level:04}")));
    for place in 0..WIDTH {
        add(root, format!("wide-{place:05}"));
    }
    let told = |row: &Organization| TreeEvent {
        id: SystemIds.next(),
        tenant_id: row.tenant_id,
        kind: NodeKind::Organization,
        node: row.id.to_string(),
        name: row.name.clone(),
        event: TreeEventKind::Created,
        parent: row.parent_id.map(|parent| parent.to_string()),
        effective_at: now,
        entered_at: now,
    };
    let permit = task_permit(Task::Console, world.seed.acme);
    let tx = plane.store.begin(&permit).await.expect("begin");
    tenant::lock(&tx).await.expect("locked");
    tree_event::insert_all(&tx, rows.iter().map(told).collect()).await.expect("told");
    organization::insert_all(&tx, rows).await.expect("inserted");
    tx.commit().await.expect("commit");
    plane.rights.forget(Some(world.seed.acme));
    deepest
}

/// Asks twice, and answers how many statements the second time cost.
async fn cost(world: &World, ask: impl AsyncFn() -> Value) -> (Value, u64) {
    ask().await;
    let before = world.plane().store.statements();
    let answer = ask().await;
    (answer, world.plane().store.statements() - before)
}

async fn page(user: &User, parent: &str, after: Option<&str>) -> Value {
    let query = "query($id: String!, $after: String) { organization(idOrName: $id) { \
        children(first: 50, after: $after) { nodes { id name isLeaf viewerCan } \
        pageInfo { hasNextPage endCursor } } } }";
    let found = user.get(query, json!({ "id": parent, "after": after })).await;
    found["organization"]["children"].clone()
}

async fn a_page_and_a_move_in_a_large_tree_cost_no_more_than_in_a_small_one(world: &mut World) {
    let admin = world.user("admin").await;
    let found = admin.get("{ organization(idOrName: \"acme\") { id } }", json!({})).await;
    let root = found["organization"]["id"].as_str().expect("an id").to_owned();
    let deepest = grow(world, root.parse().expect("an id")).await.to_string();
    let (first, statements) = cost(world, async || page(&admin, &root, None).await).await;
    assert!(statements <= MOST, "{statements}");
    assert_eq!(first["nodes"][0]["name"], "deep-0000");
    let mut last = page(&admin, &root, None).await;
    for _ in 0..3 {
        let after = last["pageInfo"]["endCursor"].as_str().expect("a cursor").to_owned();
        last = page(&admin, &root, Some(&after)).await;
    }
    assert_eq!(last["nodes"].as_array().map(Vec::len), Some(50));
    let path = async || {
        let query = "query($id: String!) { organization(idOrName: $id) { path { name } } }";
        admin.get(query, json!({ "id": deepest })).await["organization"]["path"].clone()
    };
    let (path, statements) = cost(world, path).await;
    assert_eq!(path.as_array().map(Vec::len), Some(DEPTH + 1));
    assert!(statements <= MOST, "{statements}");
    let search = async || {
        let query = "{ organizations(search: \"wide-98999\") { nodes { name } } }";
        admin.get(query, json!({})).await["organizations"]["nodes"].clone()
    };
    let (found, statements) = cost(world, search).await;
    assert_eq!(found, json!([{ "name": "wide-98999" }]));
    assert!(statements <= MOST, "{statements}");
    let moved = last["nodes"][0]["id"].as_str().expect("an id").to_owned();
    let places = [&deepest, &root];
    let turn = std::cell::Cell::new(0);
    let relocate = async || {
        turn.set(turn.get() + 1);
        let place = places[(turn.get() + 1) % 2];
        let input = json!({ "organization": moved, "parent": place });
        admin.alter("moveOrganization", input).await.granted().clone()
    };
    let (_, statements) = cost(world, relocate).await;
    assert!(statements <= MOST, "{statements}");
    let deep = &first["nodes"][0]["id"];
    let refused =
        admin.alter("moveOrganization", json!({ "organization": deep, "parent": deepest }));
    assert_eq!(refused.await.code(), "CYCLE");
}
