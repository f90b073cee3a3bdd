//! Everybody asks for what the other tenant and the siblings have, for what nobody has, and for what
//! is their own: what is not theirs reads like what nobody has, and nothing that is told has a word
//! of the other tenant.

use std::collections::BTreeSet;
use std::io::Write as _;

use serde_json::json;
use tests::client::User;
use tests::client::access::DISABLE_USER;
use tests::client::tenant::text;
use tests::world::World;

use super::actor::{Actor, of_acme};
use super::canary::words_in;
use super::columns::{CANARY, Marks};
use super::schema::Schema;
use super::without_id::{leaves, without_id};
use super::{Access, Case, Kind, Things, ask, cases, is_tenants, missing, things};

/// The words that stand in what acme has, and in what globex has.
const OF_ACME: &[&str] = &["acme-canary"];
const OF_GLOBEX: &[&str] = &["globex-canary", CANARY];
const OF_BOTH: &[&str] = &["acme-canary", "globex-canary", CANARY];

/// What everybody has, and how it is asked for.
pub(super) struct Stage {
    cases: Vec<Case>,
    /// Mutations that take no id.
    without_id: Vec<Case>,
    ours: Things,
    /// What a sibling below the same tenant has.
    theirs: Things,
    foreign: Things,
    /// Those of acme.
    actors: Vec<Actor>,
    /// Whom the foreign things belong to.
    stranger: User,
    marks: Marks,
}

/// What somebody tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Attempt {
    Foreign,
    Sibling,
    Malformed,
    Own,
    WithoutId,
}

/// Something that was told and should not have been.
#[derive(Debug)]
#[expect(dead_code, reason = "shown when there is one")]
pub(super) struct Leak {
    pub attempt: Attempt,
    who: &'static str,
    argument: &'static str,
    id: String,
    answer: String,
}

/// How often somebody asked, what was told that should not have been, and what was done.
#[derive(Default)]
pub(super) struct Tried {
    pub attempts: usize,
    pub leaks: Vec<Leak>,
    granted: BTreeSet<&'static str>,
}

pub(super) async fn another_tenants_is_missing_to_everybody(world: &mut World) {
    let mut stage = Stage::set(world).await;
    let mut tried = Tried::default();
    world.alarms.take_log();
    stage.everybody(world, &mut tried).await;
    stage.own(&mut tried).await;
    let logged = words_in(world.alarms.take_log());
    assert!(logged.is_empty(), "the plane's log has words of a tenant: {logged:#?}");
    stage.who_was_shut_out(world, &mut tried).await;
    tried.say();
    assert!(tried.leaks.is_empty(), "{:#?}", tried.leaks);
    assert!(tried.attempts > 4_000, "only {} attempts", tried.attempts);
    let done = tried.granted.iter().filter(|argument| argument.starts_with("Mutation."));
    assert!(done.count() > 30, "hardly anything was granted: {:?}", tried.granted);
    a_difference_is_found(&stage).await;
    // Where a word of the product is expected, the canary was in the way.
    world.alarms.take();
    stage.lift().await;
}

/// The comparison itself: what the stranger has is not as if it were missing to him.
async fn a_difference_is_found(stage: &Stage) {
    let mut tried = Tried::default();
    let mut stranger = Actor::inside("stranger", stage.stranger.clone());
    let is_shown = |case: &&Case| case.argument == "Query.instance.idOrName";
    let case = stage.cases.iter().find(is_shown).expect("a case");
    let own = &stage.foreign.instance;
    for attempt in [Attempt::Foreign, Attempt::Malformed] {
        tried.compare(&mut stranger, case, own, (attempt, &[])).await;
    }
    tried.listen(&stranger, case, own, (Attempt::Own, OF_GLOBEX)).await;
    assert_eq!(tried.leaks.len(), 3, "nobody would notice: {:#?}", tried.leaks);
}

impl Stage {
    pub async fn set(world: &mut World) -> Self {
        let seed = world.seed;
        let admin = world.user("admin").await;
        let (dev, seller) = (world.user("dev").await, world.user("seller").await);
        let stranger = world.user("stranger").await;
        let order = world.redis(seed.platform_dev, "acme-canary", "standalone");
        let names = ["acme-canary", "platform", "platform-dev"];
        let mut ours = things(world, ["dev", "admin"], &dev, &order, seed.platform, names).await;
        ours.access = Some(Access::of(&admin, seed.platform.to_string()).await);
        ours.plan = Some(world.plan_for(seed.acme, "ours").await);
        let order = world.redis(seed.sales_dev, "sold", "standalone");
        let names = ["sold", "sales", "sales-dev"];
        let theirs = things(world, ["seller", "admin"], &seller, &order, seed.sales, names).await;
        let order = world.redis(seed.globex_dev, "globex-canary", "standalone");
        let names = ["globex-canary", "globex", "globex-dev"];
        let mut foreign =
            things(world, ["stranger"; 2], &stranger, &order, seed.globex_root, names).await;
        foreign.access = Some(Access::of(&stranger, seed.globex_root.to_string()).await);
        foreign.plan = Some(world.plan_for(seed.globex, "foreign").await);
        let fresh = world.redis(seed.platform_dev, "fresh", "standalone");
        let (schema, actors) = (Schema::read(&admin).await, of_acme(world).await);
        let mut cases = cases(&fresh, &ours);
        let mut without_id = without_id(&admin, &cases).await;
        for case in cases.iter_mut().chain(&mut without_id) {
            case.document = schema.widened(case.argument, &case.document);
        }
        let marks = Marks::set(world, "globex").await;
        foreign.names = ["globex-canary-zq7canary", "globex-zq7canary", "globex-dev-zq7canary"];
        let address = world.address();
        let here = |actor: Actor| Actor::inside(actor.name, actor.user.at(&address));
        let actors = actors.into_iter().map(here).collect();
        let stranger = stranger.at(&address);
        Self { cases, without_id, ours, theirs, foreign, actors, stranger, marks }
    }

    /// Everybody of acme and the operator ask for what globex has, and globex for what acme has;
    /// besides for what siblings have, and for what is no id at all.
    pub async fn everybody(&mut self, world: &World, tried: &mut Tried) {
        let mut actors = std::mem::take(&mut self.actors);
        for actor in &mut actors {
            self.ask_all(tried, actor, &self.foreign, (Attempt::Foreign, OF_GLOBEX)).await;
            for things in self.hidden(actor.name) {
                self.ask_all(tried, actor, things, (Attempt::Sibling, OF_GLOBEX)).await;
            }
        }
        self.actors = actors;
        let mut operator = Actor::inside("operator", world.user("operator").await);
        self.ask_all(tried, &mut operator, &self.foreign, (Attempt::Foreign, OF_GLOBEX)).await;
        self.ask_all(tried, &mut operator, &self.ours, (Attempt::Foreign, OF_ACME)).await;
        let mut stranger = Actor::inside("stranger", self.stranger.clone());
        self.ask_all(tried, &mut stranger, &self.ours, (Attempt::Foreign, OF_ACME)).await;
        let mut actors = std::mem::take(&mut self.actors);
        for (place, actor) in actors.iter_mut().chain([&mut operator, &mut stranger]).enumerate() {
            self.ask_malformed(tried, actor, place).await;
        }
        self.actors = actors;
    }

    /// Takes the word out again.
    pub async fn lift(self) {
        self.marks.lift().await;
    }

    /// What of acme somebody of it sees nothing of.
    fn hidden(&self, name: &str) -> Vec<&Things> {
        match name {
            "nobody" => vec![&self.ours, &self.theirs],
            "seller" => vec![&self.ours],
            "dev" | "a limited token" | "a service account" | "an operator as dev" => {
                vec![&self.theirs]
            }
            _ => Vec::new(),
        }
    }

    /// Everybody of acme asks for what acme has, and does what they may: the most powerful at last.
    pub async fn own(&self, tried: &mut Tried) {
        for actor in &self.actors {
            for case in &self.cases {
                let Some(id) = self.ours.of(case.kind).into_iter().next() else { continue };
                tried.listen(actor, case, &id, (Attempt::Own, OF_GLOBEX)).await;
            }
            for case in self.without_id.iter().filter(|case| !leaves(case)) {
                tried.listen(actor, case, "wanted", (Attempt::WithoutId, OF_GLOBEX)).await;
            }
        }
        for case in self.without_id.iter().filter(|case| leaves(case)) {
            for actor in &self.actors {
                tried.listen(actor, case, "", (Attempt::WithoutId, OF_GLOBEX)).await;
            }
        }
    }

    /// Somebody who was disabled, everybody of a suspended tenant, and whoever never signed in: they
    /// are told nothing of either tenant, their own included.
    async fn who_was_shut_out(&self, world: &World, tried: &mut Tried) {
        world.sign_in_again();
        let (finance, dev) = (world.user("finance").await, world.user("dev").await);
        let admin = world.user("admin").await;
        let disabled = json!({ "user": finance.subject().await });
        admin.act(DISABLE_USER, disabled).await.granted();
        let unknown = dev.holding("nobody's token");
        self.ask_both(tried, "who was disabled", &finance).await;
        self.ask_both(tried, "who never signed in", &unknown).await;
        let unpaid = json!({ "tenant": world.seed.acme.to_string(), "reason": "unpaid" });
        world.user("operator").await.act(&text("suspendTenant"), unpaid).await.granted();
        self.ask_both(tried, "admin", &admin).await;
        self.ask_both(tried, "dev", &dev).await;
    }

    /// Somebody who is let in no more asks for what both tenants have, and for what is no id.
    async fn ask_both(&self, tried: &mut Tried, name: &'static str, user: &User) {
        let mut actor = Actor::shut_out(name, user.clone());
        for things in [&self.ours, &self.foreign] {
            self.ask_all(tried, &mut actor, things, (Attempt::Foreign, OF_BOTH)).await;
        }
        self.ask_malformed(tried, &mut actor, 0).await;
    }

    /// Asks for each of these things in every way; none of the words may be told.
    async fn ask_all(
        &self,
        tried: &mut Tried,
        actor: &mut Actor,
        things: &Things,
        (attempt, words): (Attempt, &[&str]),
    ) {
        // A plan is the whole tenant's, and who may do what is told to those who manage it.
        let is_siblings =
            |kind: Kind| !kind.is_of_access() && !matches!(kind, Kind::Plan | Kind::ChosenPlan);
        let is_meant =
            |kind: Kind| is_tenants(kind) && (attempt != Attempt::Sibling || is_siblings(kind));
        for case in self.cases.iter().filter(|case| is_meant(case.kind)) {
            for id in things.of(case.kind) {
                tried.compare(actor, case, &id, (attempt, words)).await;
            }
        }
    }

    /// Asks for one thing that is no id in every way: another one each time, all of them in turn.
    async fn ask_malformed(&self, tried: &mut Tried, actor: &mut Actor, place: usize) {
        for (number, case) in self.cases.iter().enumerate() {
            let ids = missing(case.kind);
            let id = &ids[1 + (number + place) % (ids.len() - 1)];
            tried.compare(actor, case, id, (Attempt::Malformed, OF_GLOBEX)).await;
        }
    }
}

impl Tried {
    /// Asks for something that must read as if it were missing.
    async fn compare(
        &mut self,
        actor: &mut Actor,
        case: &Case,
        id: &str,
        (attempt, words): (Attempt, &[&str]),
    ) {
        if !actor.can_ask(case) {
            return;
        }
        self.attempts += 1;
        let is_id = attempt == Attempt::Malformed || id.contains('_');
        let expected = actor.expected(case, is_id).await;
        let answer = ask(&actor.user, case, id).await;
        assert_ne!(answer.code(), "BAD_QUERY", "{}: {}", case.document, answer.text);
        // What is no id at all says nothing of what there is: it may be told before anything else is
        // looked at.
        let is_refused = ["NOT_FOUND", "INVALID"].contains(&answer.code());
        let is_plain = attempt == Attempt::Malformed && is_refused;
        let answer = answer.without_request();
        let is_other = answer != expected && !is_plain;
        if is_other || words.iter().any(|word| answer.contains(word)) {
            self.leaks.push(leak(attempt, actor, case, id, answer));
        }
    }

    /// Asks for something that may be told, but for the words of another tenant.
    async fn listen(
        &mut self,
        actor: &Actor,
        case: &Case,
        id: &str,
        (attempt, words): (Attempt, &[&str]),
    ) {
        self.attempts += 1;
        let answer = ask(&actor.user, case, id).await;
        assert_ne!(answer.code(), "BAD_QUERY", "{}: {}", case.document, answer.text);
        if answer.code() == "done" {
            self.granted.insert(case.argument);
        }
        if answer.code() == "INTERNAL" || words.iter().any(|word| answer.text.contains(word)) {
            self.leaks.push(leak(attempt, actor, case, id, answer.text));
        }
    }

    /// Whether something was found by such an attempt.
    #[cfg(feature = "mutant")]
    pub fn has_found(&self, attempt: Attempt) -> bool {
        self.leaks.iter().any(|leak| leak.attempt == attempt)
    }

    /// For whoever watches; what counts is asserted.
    pub fn say(&self) {
        let (attempts, leaks, granted) = (self.attempts, self.leaks.len(), self.granted.len());
        let _ = writeln!(
            std::io::stderr(),
            "{attempts} attempts, {leaks} leaks; {granted} questions and changes were granted"
        );
    }
}

fn leak(attempt: Attempt, actor: &Actor, case: &Case, id: &str, answer: String) -> Leak {
    Leak { attempt, who: actor.name, argument: case.argument, id: id.to_owned(), answer }
}
