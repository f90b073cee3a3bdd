//! The model: what there is, and what has to become of each step.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{MEMBER, METERS, Scene, members_of};

/// What there is: read from the product, or foretold.
#[derive(Default)]
pub(super) struct Model {
    pub(super) above: BTreeMap<String, String>,
    /// Name, by id: where it is.
    pub(super) instances: BTreeMap<String, (String, String)>,
    pub(super) limits: BTreeMap<(String, &'static str), i64>,
    /// Amount, and whether it blocks.
    pub(super) budgets: BTreeMap<String, (i64, bool)>,
    pub(super) licensed: i64,
}

impl Model {
    pub(super) async fn read(scene: &Scene) -> Self {
        let mut model = Self::default();
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let query = "{ organizations(first: 50) { nodes { id parent { id } } } }";
        let found = scene.admin.get(query, json!({})).await;
        for row in found["organizations"]["nodes"].as_array().expect("nodes") {
            if row["parent"].is_object() {
                model.above.insert(text(&row["id"]), text(&row["parent"]["id"]));
            }
        }
        let query = "{ projects(first: 50) { nodes { id organization { id } } } }";
        let found = scene.admin.get(query, json!({})).await;
        for row in found["projects"]["nodes"].as_array().expect("nodes") {
            model.above.insert(text(&row["id"]), text(&row["organization"]["id"]));
        }
        let query = "{ instances(first: 100) { nodes { id name project { id } } } }";
        let found = scene.admin.get(query, json!({})).await;
        for row in found["instances"]["nodes"].as_array().expect("nodes") {
            let place = (text(&row["name"]), text(&row["project"]["id"]));
            model.instances.insert(text(&row["id"]), place);
        }
        model
    }

    /// From the node itself up to the root.
    fn path(&self, node: &str) -> Vec<String> {
        let mut path = vec![node.to_owned()];
        while let Some(above) = self.above.get(&path[path.len() - 1]) {
            path.push(above.clone());
        }
        path
    }

    fn is_within(&self, node: &str, above: &str) -> bool {
        self.path(node).iter().any(|one| one == above)
    }

    pub(super) fn used(&self, node: &str, meter: &str) -> i64 {
        let here = self.instances.values().filter(|(_, project)| self.is_within(project, node));
        here.map(|(name, _)| if meter == "MEMBERS" { members_of(name) } else { 1 }).sum()
    }

    fn limit(&self, node: &str, meter: &'static str) -> Option<i64> {
        self.limits.get(&(node.to_owned(), meter)).copied()
    }

    pub(super) fn order(&self, project: &str, name: &str) -> &'static str {
        let passes = |node: &String, meter: &'static str| {
            let added = if meter == "MEMBERS" { members_of(name) } else { 1 };
            self.limit(node, meter).is_some_and(|limit| self.used(node, meter) + added > limit)
        };
        let path = self.path(project);
        let is_over = path.iter().any(|node| METERS.iter().any(|meter| passes(node, meter)));
        let all: i64 = self.instances.values().map(|(name, _)| members_of(name)).sum();
        match () {
            () if is_over => "quota",
            () if path.iter().any(|node| self.is_beyond(node, members_of(name))) => "budget",
            // Held against last, where it is counted.
            () if all + members_of(name) > self.licensed => "licence",
            () => "done",
        }
    }

    pub(super) fn committed(&self, node: &str) -> i64 {
        self.used(node, "MEMBERS") * MEMBER
    }

    /// Whether so many members more would pass a budget that blocks at the node.
    fn is_beyond(&self, node: &str, members: i64) -> bool {
        let budget = self.budgets.get(node).filter(|(_, blocks)| *blocks);
        budget.is_some_and(|(amount, _)| {
            members > 0 && self.committed(node) + members * MEMBER > *amount
        })
    }

    pub(super) fn set(
        &self,
        node: &str,
        meter: &'static str,
        limit: i64,
    ) -> (&'static str, &'static str) {
        let others = self.limits.iter().filter(|((at, of), _)| at != node && *of == meter);
        let (mut above, mut below) = (false, false);
        for ((at, _), theirs) in others {
            above |= self.is_within(node, at) && *theirs < limit;
            below |= self.is_within(at, node) && *theirs > limit;
        }
        match (above, below) {
            (true, _) => ("CONFLICT", "above_ancestor"),
            (_, true) => ("CONFLICT", "below_descendant"),
            _ if self.used(node, meter) > limit => ("CONFLICT", "in_use"),
            _ => ("done", ""),
        }
    }

    pub(super) fn relocate(&self, node: &str, to: &str) -> (&'static str, &'static str) {
        if self.above.get(node).is_some_and(|above| above == to) {
            return ("CONFLICT", "there_already");
        }
        if self.is_within(to, node) {
            return ("CYCLE", "");
        }
        let old = self.path(node);
        let new = self.path(to);
        let entered: Vec<_> = new.iter().filter(|one| !old.contains(one)).collect();
        if entered.iter().any(|one| self.is_beyond(one, self.used(node, "MEMBERS"))) {
            return ("LIMIT_REACHED", "");
        }
        let moved = self.limits.iter().filter(|((at, _), _)| self.is_within(at, node));
        let is_larger = |((_, meter), limit): (&(String, &'static str), &i64)| {
            entered.iter().any(|one| self.limit(one, meter).is_some_and(|most| most < *limit))
        };
        if moved.into_iter().any(is_larger) {
            return ("CONFLICT", "above_ancestor");
        }
        let is_over = |one: &&String| {
            METERS.iter().any(|meter| {
                let (here, there) = (self.used(node, meter), self.used(one, meter));
                here > 0 && self.limit(one, meter).is_some_and(|limit| here + there > limit)
            })
        };
        if entered.iter().any(is_over) { ("LIMIT_REACHED", "") } else { ("done", "") }
    }
}
