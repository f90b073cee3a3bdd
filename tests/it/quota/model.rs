//! Quotas, budgets and the licence, all of which an order reserves at once, against a model of them,
//! written down once more and in another way: one hand after the other, whose every answer is
//! foretold, and many hands at once, after which nothing may be passed, lost or left over. A check
//! that never found anything proves nothing, so faults are planted in the database below the
//! product, and have to be found.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait as _, Database};
use serde_json::{Value, json};
use tests::client::User;
use tests::client::order::Ordered;
use tests::stories;
use tests::world::World;

use super::id;

mod foretold;
mod one;

use foretold::Model;
use one::one_hand_is_answered_as_the_model_foretells;

stories! {
    one_hand_is_answered_as_the_model_foretells,
    many_hands_pass_no_limit_and_lose_nothing,
    a_counter_that_loses_what_is_given_back_is_found,
    a_counter_that_loses_what_is_taken_is_found,
}

const METERS: [&str; 2] = ["INSTANCES", "MEMBERS"];
/// What a member costs in 30 × 24 hours.
const MEMBER: i64 = 36;
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
    /// With a licence for so many members beside what the world begins with.
    async fn of(world: &World, members: u32) -> Self {
        world.license("many", members).await;
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

/// Done, or what refused it: of orders that pass a limit, which kind of limit that is.
fn outcome(answer: &tests::client::Answer) -> &str {
    let told = answer.told();
    match answer.code() {
        "LIMIT_REACHED" if told["at"] == "licence" => "licence",
        "LIMIT_REACHED" if told["meter"].is_string() => "quota",
        "LIMIT_REACHED" if told["committed"].is_string() => "budget",
        other => other,
    }
}

/// Whether a refusal names a limit that would not have been passed.
fn is_unfounded(answer: &tests::client::Answer) -> bool {
    let told = answer.told();
    let number = |name: &str| match &told[name] {
        Value::String(text) => text.parse().expect("a whole amount"),
        other => other.as_i64().expect("a number"),
    };
    let names = match outcome(answer) {
        "budget" => ["committed", "added", "amount"],
        "licence" | "quota" => ["used", "added", "limit"],
        _ => return false,
    };
    let [used, added, limit] = names.map(number);
    used + added <= limit
}

fn members_of(name: &str) -> i64 {
    if name.ends_with("pair") { 2 } else { 1 }
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
        let (told, there) = (scene.admin.committed(&node).await, model.committed(&node));
        if told != there.to_string() {
            found.push(format!("committed at {node}: told {told}, there {there}"));
        }
    }
    found
}

/// One of many hands: what it does at random. Answers what it was told that nobody may be told, and
/// what became of its orders.
async fn hand(scene: Scene, number: u64) -> (Vec<String>, Vec<String>) {
    let mut chance = Chance(number.wrapping_mul(977) + 3);
    let (mut mine, mut wrong) = (Vec::<(String, String)>::new(), Vec::new());
    let mut told = Vec::new();
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
                if is_unfounded(&answer) {
                    wrong.push(answer.text.clone());
                }
                told.push(outcome(&answer).to_owned());
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
    (wrong, told)
}

/// Lets many hands act at once, and waits until all that they deleted is gone. Answers what they were
/// told and should not have been, and what became of their orders.
async fn act(world: &World, scene: &Scene) -> (Vec<String>, BTreeSet<String>) {
    let hands: Vec<_> =
        (0..HANDS).map(|number| tokio::spawn(hand(scene.clone(), number))).collect();
    world.until("every hand rest", async || hands.iter().all(|hand| hand.is_finished())).await;
    let (mut wrong, mut told) = (Vec::new(), BTreeSet::new());
    for hand in hands {
        let (mine, orders) = hand.await.expect("a hand");
        wrong.extend(mine);
        told.extend(orders);
    }
    let query = "{ instances(first: 100, filter: { state: DELETING }) { nodes { id } } }";
    let is_rest = async || {
        let found = scene.admin.get(query, json!({})).await;
        found["instances"]["nodes"].as_array().is_some_and(Vec::is_empty)
    };
    world.until("everything gone that was deleted", is_rest).await;
    wrong.extend(world.alarms.take());
    (wrong, told)
}

/// What is licensed, and what everything may cost, leave room for so many members each; nobody
/// changes these meanwhile, so neither may be passed at the end.
async fn many_hands_pass_no_limit_and_lose_nothing(world: &mut World) {
    let scene = Scene::of(world, 8).await;
    let licensed = 8 + i64::from(tests::world::seed::LICENSED);
    let budgets: Vec<_> = scene.organizations.iter().zip([13, 8, 6, 5, 4, 3]).collect();
    for (node, members) in &budgets {
        let amount = (members * MEMBER).to_string();
        scene.admin.budget(node, &amount, "BLOCK").await.granted();
    }
    scene.admin.limit(&scene.root, "MEMBERS", 14).await.granted();
    scene.admin.limit(&scene.organizations[1], "INSTANCES", 6).await.granted();
    let (wrong, told) = act(world, &scene).await;
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(contradictions(&scene).await, Vec::<String>::new());
    let model = Model::read(&scene).await;
    let used = model.used(&scene.root, "MEMBERS");
    assert!(used > 0, "nobody ordered anything");
    assert!(used <= licensed, "{used} of {licensed} licensed members");
    for (node, members) in budgets {
        let (committed, amount) = (model.committed(node), members * MEMBER);
        assert!(committed <= amount, "{committed} of {amount} at {node}");
    }
    assert!(told.contains("done") && told.len() > 1, "no order met a limit: {told:?}");
    let left = json!({ "input": scene.order(&scene.projects[0], "left-one") });
    let shown = scene.admin.get(tests::client::order::PREVIEW_ORDER, left).await;
    assert_eq!(shown["previewOrder"]["licence"]["used"], used, "a reservation is left over");
    assert_eq!(billing::verify::all(world.plane()).await.expect("an answer"), Vec::new());
}

/// Spoils how counters are changed, lets many hands act, and answers what was found of it.
async fn spoiled(world: &World, most: &str) -> (Vec<String>, Vec<&'static str>) {
    let scene = Scene::of(world, 900).await;
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
