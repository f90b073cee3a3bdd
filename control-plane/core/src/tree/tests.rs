//! Order, moves and size of a tree in memory.

use types::id::{Ids as _, SystemIds};
use types::instant::Instant;

use super::*;

struct Forest {
    tree: TenantTree,
    tenant: TenantId,
}

fn organization(tenant: TenantId, parent: Option<OrganizationId>, name: &str) -> Organization {
    Organization {
        id: OrganizationId::from(SystemIds.next()),
        tenant_id: tenant,
        parent_id: parent,
        name: name.to_owned(),
        title: name.to_owned(),
        created_at: Instant::from_seconds(1),
        deleted_at: None,
        revision: 1,
    }
}

impl Forest {
    fn new() -> Self {
        let tenant = TenantId::from(SystemIds.next());
        let root = organization(tenant, None, "root");
        Self { tree: TenantTree::new(tenant, vec![root], Vec::new()), tenant }
    }

    fn root(&self) -> OrganizationId {
        self.tree.root().expect("a root").id
    }

    fn add(&mut self, parent: OrganizationId, name: &str) -> OrganizationId {
        let row = organization(self.tenant, Some(parent), name);
        let id = row.id;
        self.tree.put(vec![row], Vec::new(), 2);
        id
    }

    fn order(&self, after: Option<OrganizationId>) -> Vec<&str> {
        self.tree.in_order(after).map(|row| row.name.as_str()).collect()
    }
}

#[test]
fn parents_come_before_children_and_siblings_by_name() {
    let mut forest = Forest::new();
    let sales = forest.add(forest.root(), "sales");
    let rnd = forest.add(forest.root(), "rnd");
    forest.add(sales, "europe");
    let asia = forest.add(sales, "asia");
    forest.add(rnd, "platform");
    assert_eq!(forest.order(None), ["root", "rnd", "platform", "sales", "asia", "europe"]);
    assert_eq!(forest.order(Some(rnd)), ["platform", "sales", "asia", "europe"]);
    assert_eq!(forest.order(Some(asia)), ["europe"]);
    let below = |after| {
        let rows = forest.tree.children(sales, after);
        rows.map(|row| row.name.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(below(None), ["asia", "europe"]);
    assert_eq!(below(Some("asia")), ["europe"]);
    // The one a page ended with may be gone when the next is asked for.
    assert_eq!(below(Some("b")), ["europe"]);
}

#[test]
fn a_move_takes_all_below_along_and_leaves_an_earlier_tree_as_it_was() {
    let mut forest = Forest::new();
    let rnd = forest.add(forest.root(), "rnd");
    let sales = forest.add(forest.root(), "sales");
    let asia = forest.add(sales, "asia");
    let before = forest.tree.clone();
    let mut moved = forest.tree.organization(sales).expect("sales").clone();
    moved.parent_id = Some(rnd);
    forest.tree.put(vec![moved], Vec::new(), 3);
    assert_eq!(forest.order(None), ["root", "rnd", "sales", "asia"]);
    assert!(forest.tree.is_within(asia, rnd) && !before.is_within(asia, rnd));
    assert_eq!(forest.tree.child(forest.root(), "sales"), None);
    assert_eq!(before.in_order(None).count(), 4);
    let mut gone = forest.tree.organization(asia).expect("asia").clone();
    gone.deleted_at = Some(Instant::from_seconds(2));
    forest.tree.put(vec![gone], Vec::new(), 4);
    assert_eq!(forest.order(None), ["root", "rnd", "sales"]);
    assert_eq!(forest.tree.organizations_named("asia").count(), 0);
}

#[test]
fn a_tree_of_a_hundred_thousand_at_depth_a_thousand_is_no_trouble() {
    let tenant = TenantId::from(SystemIds.next());
    let root = organization(tenant, None, "root");
    let mut rows = vec![root];
    for branch in 0..100 {
        let mut above = rows[0].id;
        for level in 0..1_000 {
            let row = organization(tenant, Some(above), &format!("at-{branch:03}-{level:04}"));
            above = row.id;
            rows.push(row);
        }
    }
    let (root, deepest) = (rows[0].id, rows[rows.len() - 1].id);
    let mut tree = TenantTree::new(tenant, rows, Vec::new());
    assert_eq!(tree.ancestry(deepest).expect("a path").len(), 1_001);
    assert_eq!(tree.path(Node::Organization(deepest)).expect("a path").len(), 1_002);
    assert_eq!(tree.organizations_below(root).len(), 100_001);
    assert_eq!(tree.in_order(None).count(), 100_001);
    assert_eq!(tree.children(root, Some("at-097-0000")).count(), 2);
    let mut moved = tree.child(root, "at-000-0000").expect("a branch").clone();
    moved.parent_id = Some(deepest);
    tree.put(vec![moved], Vec::new(), 2);
    assert_eq!(tree.in_order(None).count(), 100_001);
    assert_eq!(tree.children(root, None).count(), 99);
}
