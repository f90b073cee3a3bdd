//! Quotas against a model of them, written down once more and in another way: one hand after the
//! other, whose every answer is foretold, and many hands at once, after which nothing may be passed,
//! lost or left over. A check that never found anything proves nothing, so faults are planted in the
//! database below the product, and have to be found.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait as _, Database};
use serde_json::{Value, json};
use tests::client::User;
use tests::client::order::Ordered;
use tests::stories;
use tests::world::World;

use super::id;

stories! {
    one_hand_is_answered_as_the_model_foretells,
    many_hands_pass_no_limit_and_lose_nothing,
    a_counter_that_loses_what_is_given_back_is_found,
    a_counter_that_loses_what_is_taken_is_found,
}

const METERS: [&str; 2] = ["INSTANCES", "MEMBERS"];
/// Steps of the one hand.
const STEPS: u32 = 70;
/// Hands at once, and steps of each.
const HANDS: u64 = 8;
const STEPS_EACH: u32 = 14;

/// The same numbers each time (Knuth's generator, its upper half).
struct Chance(u64);

impl Chance {
    fn of(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(self.0 >> 33).expect("31 bits") % count
    }

    fn one<'t, T>(&mut self, of: &'t [T]) -> &'t T {
        &of[self.of(of.len())]
    }
}

/// Where everything happens: a tree of three levels below the root, and projects in it.
#[derive(Clone)]
struct Scene {
    admin: User,
    root: String,
    organizations: Vec<String>,
    projects: Vec<String>,
    order: Value,
}

impl Scene {
    async fn of(world: &World) -> Self {
        world.license("many", 900).await;
        let admin = world.user("admin").await;
        let root = id(&admin, "acme").await;
        let mut organizations = vec![root.clone()];
        for (name, above) in [("a", 0), ("b", 0), ("aa", 1), ("ab", 1), ("aaa", 3)] {
            organizations.push(admin.organization(&organizations[above], name).await);
        }
        let mut projects = Vec::new();
        for (name, owner) in [("one", 1), ("two", 2), ("three", 3), ("four", 5), ("five", 0)] {
            projects.push(admin.project(&organizations[owner], name).await);
        }
        let order = world.redis(world.seed.platform_dev, "x", "standalone");
        Self { admin, root, organizations, projects, order }
    }

    fn order(&self, project: &str, name: &str) -> Value {
        let mut order = self.order.clone();
        let topology = if name.ends_with("pair") { "primary-replica" } else { "standalone" };
        order["project"] = json!(project);
        order["name"] = json!(name);
        order["topology"] = json!(topology);
        order
    }

    fn nodes(&self) -> Vec<String> {
        self.organizations.iter().chain(&self.projects).cloned().collect()
    }

    /// Moves a project or an organization; answers code and word.
    async fn relocate(&self, node: &str, to: &str) -> (String, String) {
        let (mutation, input) = if node.starts_with("prj_") {
            ("moveProject", json!({ "project": node, "organization": to }))
        } else {
            ("moveOrganization", json!({ "organization": node, "parent": to }))
        };
        answered(&self.admin.alter(mutation, input).await)
    }

    async fn place(&self, project: &str, name: &str) -> tests::client::Answer {
        let order = self.order(project, name);
        let token = self.admin.preview(&order).await;
        self.admin.place(&order, &token, name).await
    }
}

fn answered(answer: &tests::client::Answer) -> (String, String) {
    let why = answer.told()["why"].as_str().unwrap_or_default();
    (answer.code().to_owned(), why.to_owned())
}

fn members_of(name: &str) -> i64 {
    if name.ends_with("pair") { 2 } else { 1 }
}

/// What there is: read from the product, or foretold.
#[derive(Default)]
struct Model {
    above: BTreeMap<String, String>,
    /// Name, by id: where it is.
    instances: BTreeMap<String, (String, String)>,
    limits: BTreeMap<(String, &'static str), i64>,
}

impl Model {
    async fn read(scene: &Scene) -> Self {
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

    fn used(&self, node: &str, meter: &str) -> i64 {
        let here = self.instances.values().filter(|(_, project)| self.is_within(project, node));
        here.map(|(name, _)| if meter == "MEMBERS" { members_of(name) } else { 1 }).sum()
    }

    fn limit(&self, node: &str, meter: &'static str) -> Option<i64> {
        self.limits.get(&(node.to_owned(), meter)).copied()
    }

    fn order(&self, project: &str, name: &str) -> &'static str {
        let passes = |node: &String, meter: &'static str| {
            let added = if meter == "MEMBERS" { members_of(name) } else { 1 };
            self.limit(node, meter).is_some_and(|limit| self.used(node, meter) + added > limit)
        };
        let path = self.path(project);
        let is_over = path.iter().any(|node| METERS.iter().any(|meter| passes(node, meter)));
        if is_over { "LIMIT_REACHED" } else { "done" }
    }

    fn set(&self, node: &str, meter: &'static str, limit: i64) -> (&'static str, &'static str) {
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

    fn relocate(&self, node: &str, to: &str) -> (&'static str, &'static str) {
        if self.above.get(node).is_some_and(|above| above == to) {
            return ("CONFLICT", "there_already");
        }
        if self.is_within(to, node) {
            return ("CYCLE", "");
        }
        let old = self.path(node);
        let new = self.path(to);
        let entered: Vec<_> = new.iter().filter(|one| !old.contains(one)).collect();
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

async fn one_hand_is_answered_as_the_model_foretells(world: &mut World) {
    let scene = Scene::of(world).await;
    let mut model = Model::read(&scene).await;
    let mut chance = Chance(7);
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for step in 0..STEPS {
        let outcome = match chance.of(10) {
            0..=3 => {
                let project = chance.one(&scene.projects).clone();
                let name = format!("s{step}-{}", chance.one(&["one", "pair"]));
                let answer = scene.place(&project, &name).await;
                assert_eq!(answer.code(), model.order(&project, &name), "{step}: {}", answer.text);
                if answer.code() == "done" {
                    model.instances.insert(Ordered::from(&answer).instance, (name, project));
                }
                format!("order {}", answer.code())
            }
            4 => {
                let ids: Vec<_> = model.instances.keys().cloned().collect();
                let Some(id) = ids.get(chance.of(ids.len().max(1))) else { continue };
                let (name, _) = model.instances.remove(id).expect("an instance");
                let gone = Ordered::from(&scene.admin.delete(id, &name, &name).await);
                world.succeeded(&scene.admin, &gone.operation).await;
                "delete".to_owned()
            }
            5..=6 => {
                let nodes = scene.nodes();
                let (node, to) = (chance.one(&nodes[1..]), chance.one(&scene.organizations));
                let (code, why) = scene.relocate(node, to).await;
                let told = (code.as_str(), why.as_str());
                assert_eq!(told, model.relocate(node, to), "{step}: {node} to {to}");
                if code == "done" {
                    model.above.insert(node.clone(), to.clone());
                }
                format!("move {code} {why}")
            }
            7..=8 => {
                let (nodes, meter) = (scene.nodes(), *chance.one(&METERS));
                let node = chance.one(&nodes).clone();
                let limit = i64::try_from(chance.of(9)).expect("small");
                let (code, why) = answered(&scene.admin.limit(&node, meter, limit).await);
                let told = (code.as_str(), why.as_str());
                assert_eq!(told, model.set(&node, meter, limit), "{step}: {node} {meter} {limit}");
                if code == "done" {
                    model.limits.insert((node, meter), limit);
                }
                format!("set {code} {why}")
            }
            _ => {
                let (nodes, meter) = (scene.nodes(), *chance.one(&METERS));
                let node = chance.one(&nodes).clone();
                let code = scene.admin.unlimit(&node, meter).await.code().to_owned();
                let had = model.limits.remove(&(node, meter)).is_some();
                assert_eq!(code, if had { "done" } else { "NOT_FOUND" }, "{step}");
                format!("remove {code}")
            }
        };
        *seen.entry(outcome).or_default() += 1;
        assert_eq!(contradictions(&scene).await, Vec::<String>::new(), "{step}");
    }
    for outcome in ["order done", "order LIMIT_REACHED", "delete", "move done ", "set done "] {
        assert!(seen.contains_key(outcome), "never {outcome:?}: {seen:?}");
    }
}

/// Every counter that says something else than what there is, and every limit that is passed.
async fn contradictions(scene: &Scene) -> Vec<String> {
    let model = Model::read(scene).await;
    let mut found = Vec::new();
    for node in scene.nodes() {
        for quota in scene.admin.quotas(&node).await {
            let meter = quota["meter"].as_str().unwrap_or_default().to_owned();
            let number = |name: &str| quota[name].as_str().and_then(|text| text.parse().ok());
            let (Some(limit), Some(used)) = (number("limit"), number("used")) else { continue };
            let there: i64 = model.used(&node, &meter);
            if METERS.contains(&&*meter) && used != there {
                found.push(format!("{meter} at {node}: counted {used}, there {there}"));
            }
            if METERS.contains(&&*meter) && there > limit {
                found.push(format!("{meter} at {node}: limit {limit}, there {there}"));
            }
        }
    }
    found
}

/// One of many hands: what it does at random, and what it was told that nobody may be told.
async fn hand(scene: Scene, number: u64) -> Vec<String> {
    let mut chance = Chance(number.wrapping_mul(977) + 3);
    let (mut mine, mut wrong) = (Vec::<(String, String)>::new(), Vec::new());
    for step in 0..STEPS_EACH {
        let nodes = scene.nodes();
        let (what, answer, allowed): (_, _, &[&str]) = match chance.of(12) {
            0..=4 => {
                let project = chance.one(&scene.projects).clone();
                let name = format!("h{number}-{step}-{}", chance.one(&["one", "pair"]));
                let answer = scene.place(&project, &name).await;
                if answer.code() == "done" {
                    mine.push((Ordered::from(&answer).instance, name));
                }
                let told = answer.told();
                let number = |name: &str| told[name].as_i64().unwrap_or_default();
                if answer.code() == "LIMIT_REACHED"
                    && number("used") + number("added") <= number("limit")
                {
                    wrong.push(answer.text.clone());
                }
                ("order", answered(&answer), &["done", "LIMIT_REACHED"])
            }
            5..=6 => {
                if mine.is_empty() {
                    continue;
                }
                let (id, name) = mine.swap_remove(chance.of(mine.len()));
                let answer = scene.admin.delete(&id, &name, &name).await;
                ("delete", answered(&answer), &["done"])
            }
            7..=8 => {
                let (node, to) = (chance.one(&nodes[1..]), chance.one(&scene.organizations));
                let answer = scene.relocate(node, to).await;
                ("move", answer, &["done", "LIMIT_REACHED", "CONFLICT", "CYCLE"])
            }
            9..=10 => {
                let (node, meter) = (chance.one(&nodes[1..]), *chance.one(&METERS));
                let limit = i64::try_from(chance.of(9)).expect("small");
                let answer = answered(&scene.admin.limit(node, meter, limit).await);
                ("set", answer, &["done", "CONFLICT"])
            }
            _ => {
                let (node, meter) = (chance.one(&nodes[1..]), *chance.one(&METERS));
                let answer = answered(&scene.admin.unlimit(node, meter).await);
                ("remove", answer, &["done", "NOT_FOUND"])
            }
        };
        if !allowed.contains(&&*answer.0) {
            wrong.push(format!("{what}: {answer:?}"));
        }
    }
    wrong
}

/// Lets many hands act at once, and waits until all that they deleted is gone. Answers what they were
/// told and should not have been.
async fn act(world: &World, scene: &Scene) -> Vec<String> {
    let hands: Vec<_> =
        (0..HANDS).map(|number| tokio::spawn(hand(scene.clone(), number))).collect();
    world.until("every hand rest", async || hands.iter().all(|hand| hand.is_finished())).await;
    let mut wrong = Vec::new();
    for hand in hands {
        wrong.extend(hand.await.expect("a hand"));
    }
    let query = "{ instances(first: 100, filter: { state: DELETING }) { nodes { id } } }";
    let is_rest = async || {
        let found = scene.admin.get(query, json!({})).await;
        found["instances"]["nodes"].as_array().is_some_and(Vec::is_empty)
    };
    world.until("everything gone that was deleted", is_rest).await;
    wrong.extend(world.alarms.take());
    wrong
}

async fn many_hands_pass_no_limit_and_lose_nothing(world: &mut World) {
    let scene = Scene::of(world).await;
    scene.admin.limit(&scene.root, "MEMBERS", 14).await.granted();
    scene.admin.limit(&scene.organizations[1], "INSTANCES", 6).await.granted();
    let wrong = act(world, &scene).await;
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(contradictions(&scene).await, Vec::<String>::new());
    let used = scene.admin.used(&scene.root, "MEMBERS").await;
    assert!(used > 0, "nobody ordered anything");
}

/// Spoils how counters are changed, lets many hands act, and answers what was found of it.
async fn spoiled(world: &World, most: &str) -> (Vec<String>, Vec<&'static str>) {
    let scene = Scene::of(world).await;
    scene.admin.limit(&scene.root, "MEMBERS", 14).await.granted();
    let around = Database::connect(world.database()).await.expect("a connection");
    let is_sqlite = world.database().starts_with("sqlite");
    let is_postgres = world.database().starts_with("postgres");
    let sign = if most == "GREATEST" { "<" } else { ">" };
    let plant: Vec<String> = if is_sqlite {
        vec![format!(
            "CREATE TRIGGER planted AFTER UPDATE ON quota WHEN NEW.used {sign} OLD.used BEGIN \
             UPDATE quota SET used = OLD.used WHERE tenant_id = OLD.tenant_id \
             AND node = OLD.node AND meter = OLD.meter; END"
        )]
    } else if is_postgres {
        vec![
            format!(
                "CREATE FUNCTION planted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                 NEW.used := {most}(NEW.used, OLD.used); RETURN NEW; END $$"
            ),
            "CREATE TRIGGER planted BEFORE UPDATE ON quota FOR EACH ROW \
             EXECUTE FUNCTION planted()"
                .to_owned(),
        ]
    } else {
        vec![format!(
            "CREATE TRIGGER planted BEFORE UPDATE ON quota FOR EACH ROW \
             SET NEW.used = {most}(NEW.used, OLD.used)"
        )]
    };
    for statement in &plant {
        around.execute_unprepared(statement).await.expect("planted");
    }
    act(world, &scene).await;
    let found = contradictions(&scene).await;
    let broken = billing::verify::all(world.plane()).await.expect("an answer");
    let mend = if is_postgres { "DROP TRIGGER planted ON quota" } else { "DROP TRIGGER planted" };
    for statement in [mend, "DELETE FROM quota"] {
        around.execute_unprepared(statement).await.expect("mended");
    }
    around.close().await.expect("closed");
    (found, broken.into_iter().map(|one| one.invariant).collect())
}

async fn a_counter_that_loses_what_is_given_back_is_found(world: &mut World) {
    let (found, broken) = spoiled(world, "GREATEST").await;
    assert!(found.iter().any(|one| one.contains("counted")), "{found:?}");
    assert!(broken.contains(&"quota_counted"), "{broken:?}");
}

async fn a_counter_that_loses_what_is_taken_is_found(world: &mut World) {
    let (found, broken) = spoiled(world, "LEAST").await;
    assert!(found.iter().any(|one| one.contains("limit")), "{found:?}");
    assert!(broken.contains(&"quota_kept"), "{broken:?}");
}
