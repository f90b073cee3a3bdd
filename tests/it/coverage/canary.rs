//! A word that stands in every text another tenant has, and questions generated from the schema that
//! ask for everything: the word is in no answer, no export and no line of the log.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::time::Duration;

use serde_json::{Value, json};
use tests::client::User;
use tests::world::World;

use super::actor::{Actor, of_acme};
use super::columns::{CANARY, Marks};
use super::explore::{Heard, Root, roots};
use super::export;
use super::schema::Schema;
use super::{Access, Things, things};

/// Both tenants with all they have, and who asks for it.
pub(super) struct Aviary {
    schema: Schema,
    roots: Vec<Root>,
    askers: Vec<Actor>,
    /// Whose words they are.
    stranger: User,
    marks: Marks,
}

pub(super) async fn no_answer_has_a_word_of_another_tenant(world: &mut World) {
    let aviary = Aviary::open(world).await;
    world.alarms.take_log();
    let heard = aviary.ask_everybody().await;
    let logged = words_in(world.alarms.take_log());
    assert!(logged.is_empty(), "the plane's log has words of a tenant: {logged:#?}");
    say(&format!(
        "{} columns, {} queries, {} answers with a word of another tenant",
        aviary.marks.count(),
        heard.questions,
        heard.leaks.len()
    ));
    assert!(heard.leaks.is_empty(), "{:#?}", heard.leaks);
    assert_eq!(world.alarms.take(), Vec::<String>::new(), "a query ended in a defect");
    aviary.owner_finds_its_words().await;
    export::no_export_has_a_word_of_another_tenant(world, &aviary.stranger).await;
    // As the plane would, if it wrote what it must not.
    tracing::info!(instance.name = CANARY, "planted");
    assert_eq!(words_in(world.alarms.take_log()).len(), 1, "nobody would notice");
    // Where a word of the product is expected, the canary was in the way.
    world.alarms.take();
    aviary.marks.lift().await;
}

impl Aviary {
    pub async fn open(world: &mut World) -> Self {
        let seed = world.seed;
        let (dev, stranger) = (world.user("dev").await, world.user("stranger").await);
        let (admin, names) = (world.user("admin").await, [CANARY, "globex", "globex-dev"]);
        let theirs = world.redis(seed.globex_dev, CANARY, "standalone");
        let mut foreign =
            things(world, ["stranger"; 2], &stranger, &theirs, seed.globex_root, names).await;
        foreign.access = Some(Access::of(&stranger, seed.globex_root.to_string()).await);
        world.becomes(&stranger, &foreign.instance, "RUNNING").await;
        let order = world.redis(seed.platform_dev, "mine", "standalone");
        let names = ["mine", "platform", "platform-dev"];
        let mut ours = things(world, ["dev", "admin"], &dev, &order, seed.platform, names).await;
        ours.access = Some(Access::of(&admin, seed.platform.to_string()).await);
        world.becomes(&dev, &ours.instance, "RUNNING").await;
        both_are_used(world).await;
        november_is_billed(world).await;
        let (admin, stranger) = (world.user("admin").await, world.user("stranger").await);
        let schema = Schema::read(&admin).await;
        let ids = [foreign.everything(), ours.everything()].concat();
        let by_input = by_input(&[(&ours, &order), (&foreign, &theirs)]);
        let roots = roots(&schema, &ids, by_input);
        let mut askers = vec![Actor::inside("no session", admin.holding("none"))];
        askers.extend(of_acme(world).await);
        let marks = Marks::set(world, "globex").await;
        let address = world.address();
        let here = |actor: Actor| Actor::inside(actor.name, actor.user.at(&address));
        let askers = askers.into_iter().map(here).collect();
        Self { schema, roots, askers, stranger: stranger.at(&address), marks }
    }

    /// What those of acme are told.
    pub async fn ask_everybody(&self) -> Heard {
        let mut heard = Heard::default();
        for asker in &self.askers {
            heard.explore((asker.name, &asker.user), &self.schema, &self.roots).await;
        }
        heard
    }

    /// The one whose words they are shows that they would have been seen, and where.
    async fn owner_finds_its_words(&self) {
        let mut heard = Heard::default();
        heard.explore(("stranger", &self.stranger), &self.schema, &self.roots).await;
        let seen: BTreeSet<_> = heard.leaks.iter().map(|leak| leak.field.as_str()).collect();
        say(&format!(
            "{} queries: the tenant itself finds its words in {} fields of {}: {seen:?}",
            heard.questions,
            seen.len(),
            heard.reached.len()
        ));
        for field in [
            "assetRegister",
            "bill",
            "compare",
            "groups",
            "instances",
            "node",
            "organization",
            "previewBatch",
            "role",
            "tenant",
        ] {
            let is_seen = seen.iter().any(|each| each.starts_with(field));
            assert!(is_seen, "{field}: no word of its own");
        }
        assert!(seen.len() >= 60, "the canary is hardly anywhere: {seen:?}");
    }
}

/// What needs an input, with the ids of each of the two.
fn by_input(both: &[(&Things, &Value)]) -> Vec<Root> {
    let mut roots = Vec::new();
    for (things, order) in both {
        let id = &things.instance;
        let mut fresh = (*order).clone();
        fresh["name"] = json!("fresh");
        let selection = |of: Value| json!({ "selection": of, "work": "STOP" });
        let change = json!({ "instance": id, "parameters": { "maxclients": 50 } });
        let compare = json!({ "instances": [id], "template": "durability" });
        roots.extend([
            Root::of_input("previewOrder", "OrderInput", &fresh),
            Root::of_input("previewChange", "ChangeInput", &change),
            Root::of_input("compare", "CompareInput", &compare),
        ]);
        for of in [
            json!({ "instances": [id] }),
            json!({ "project": things.project }),
            json!({ "organization": things.organization }),
        ] {
            roots.push(Root::of_input("previewBatch", "BatchInput", &selection(of)));
        }
    }
    let beside = json!({ "instances": [both[0].0.instance, both[1].0.instance] });
    roots.push(Root::of_input("compare", "CompareInput", &beside));
    let bound = "{ holder: { subject: stranger }, role: viewer, at: { organization: globex } }";
    let named = json!({ "document": format!("cellplane: 1\nbindings: [{bound}]") });
    roots.push(Root::of_input("previewStructure", "StructureInput", &named));
    let empty = json!({ "document": "cellplane: 1" });
    roots.push(Root::of_input("previewStructure", "StructureInput", &empty));
    roots
}

/// Lines of the log with the word.
pub(super) fn words_in(log: Vec<String>) -> Vec<String> {
    log.into_iter().filter(|line| line.contains(CANARY)).collect()
}

/// Something of each tenant runs for an hour, and its cell tells it.
async fn both_are_used(world: &World) {
    let told = "SELECT COUNT(DISTINCT tenant_id) FROM usage_record";
    world.pass(Duration::from_secs(3_600));
    world.until("usage of both", async || world.number(told).await >= 2).await;
}

/// Both tenants have a bill that stays as it is: months close without a cell that is silent.
async fn november_is_billed(world: &mut World) {
    world.kill_agent().await;
    world.clock.set("2026-12-04T16:00:00Z".parse().expect("an instant"));
    world.sign_in_again();
    let closed = "SELECT COUNT(*) FROM billing_period WHERE state = 'closed'";
    world.until("both months closed", async || world.number(closed).await >= 2).await;
}

/// For whoever watches.
pub(super) fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
