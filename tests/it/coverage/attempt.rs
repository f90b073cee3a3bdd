//! Everybody asks for what the other tenant has: it reads like what nobody has, and nothing that is
//! told has a word of it.

use std::io::Write as _;

use serde_json::json;
use tests::client::User;
use tests::client::access::DISABLE_USER;
use tests::client::tenant::text;
use tests::world::World;

use super::{Access, Case, Things, ask, cases, is_tenants, missing, things};

/// Everybody of acme, whatever they may do there, and the operator.
const ACTORS: [&str; 9] =
    ["admin", "head", "dev", "seller", "viewer", "finance", "auditor", "nobody", "operator"];

/// The word that stands in what acme has, and in what globex has.
const CANARIES: [&str; 2] = ["acme-canary", "globex-canary"];

/// What both tenants have, and how it is asked for.
pub(super) struct Stage {
    cases: Vec<Case>,
    ours: Things,
    foreign: Things,
}

/// Who asks.
struct Asker<'a> {
    name: &'a str,
    user: &'a User,
    /// Let in no more, so that no socket is opened for it, and told nothing of its own tenant.
    is_shut_out: bool,
}

/// How often somebody asked, and what was told that should not have been.
#[derive(Default)]
pub(super) struct Tried {
    pub attempts: usize,
    pub leaks: Vec<String>,
}

pub(super) async fn another_tenants_is_missing_to_everybody(world: &mut World) {
    let stage = Stage::set(world).await;
    let mut tried = Tried::default();
    stage.everybody(world, &mut tried).await;
    stage.a_limited_token(world, &mut tried).await;
    stage.who_was_shut_out(world, &mut tried).await;
    tried.say();
    assert!(tried.leaks.is_empty(), "{:#?}", tried.leaks);
    assert!(tried.attempts > 500, "only {} attempts", tried.attempts);
}

impl Stage {
    pub async fn set(world: &World) -> Self {
        let seed = world.seed;
        let (dev, stranger) = (world.user("dev").await, world.user("stranger").await);
        let [ours, foreign] = CANARIES;
        let order = world.redis(seed.platform_dev, ours, "standalone");
        let names = [ours, "platform", "platform-dev"];
        let mut ours = things(world, ["dev", "admin"], &dev, &order, seed.platform, names).await;
        let admin = world.user("admin").await;
        ours.access = Some(Access::of(&admin, seed.platform.to_string()).await);
        ours.plan = Some(world.plan_for(seed.acme, "ours").await);
        let order = world.redis(seed.globex_dev, foreign, "standalone");
        let names = [foreign, "globex", "globex-dev"];
        let mut foreign =
            things(world, ["stranger"; 2], &stranger, &order, seed.globex_root, names).await;
        foreign.access = Some(Access::of(&stranger, seed.globex_root.to_string()).await);
        foreign.plan = Some(world.plan_for(seed.globex, "foreign").await);
        let fresh = world.redis(seed.platform_dev, "fresh", "standalone");
        Self { cases: cases(&fresh, &ours), ours, foreign }
    }

    /// Every role of acme and the operator ask for what globex has, and globex for what acme has.
    pub async fn everybody(&self, world: &World, tried: &mut Tried) {
        let [acme, globex] = CANARIES;
        for name in ACTORS {
            let user = world.user(name).await;
            self.ask_all(tried, &Asker::inside(name, &user), &self.foreign, &[globex]).await;
        }
        let stranger = world.user("stranger").await;
        let stranger = Asker::inside("stranger", &stranger);
        self.ask_all(tried, &stranger, &self.ours, &[acme]).await;
    }

    async fn a_limited_token(&self, world: &World, tried: &mut Tried) {
        let dev = world.user("dev").await;
        let limited = json!({ "name": "limited", "expiresAt": "2026-11-02T00:00:00Z",
            "within": world.seed.platform_dev.to_string(), "idempotencyKey": "limited" });
        let program = dev.holding(&dev.token(limited).await.secret);
        let program = Asker::inside("a token", &program);
        self.ask_all(tried, &program, &self.foreign, &CANARIES[1..]).await;
    }

    /// Somebody who was disabled, everybody of a suspended tenant, and whoever never signed in: they
    /// are told nothing of either tenant, their own included.
    async fn who_was_shut_out(&self, world: &World, tried: &mut Tried) {
        let (finance, dev) = (world.user("finance").await, world.user("dev").await);
        let disabled = json!({ "user": finance.subject().await });
        world.user("admin").await.act(DISABLE_USER, disabled).await.granted();
        let unknown = dev.holding("nobody's token");
        for (name, user) in [("who was disabled", &finance), ("who never signed in", &unknown)] {
            self.ask_both(tried, &Asker { name, user, is_shut_out: true }).await;
        }
        let unpaid = json!({ "tenant": world.seed.acme.to_string(), "reason": "unpaid" });
        world.user("operator").await.act(&text("suspendTenant"), unpaid).await.granted();
        for name in ["admin", "dev"] {
            let user = world.user(name).await;
            self.ask_both(tried, &Asker { name, user: &user, is_shut_out: true }).await;
        }
    }

    /// Somebody asks for what both tenants have.
    async fn ask_both(&self, tried: &mut Tried, asker: &Asker<'_>) {
        for things in [&self.ours, &self.foreign] {
            self.ask_all(tried, asker, things, &CANARIES).await;
        }
    }

    /// Asks for each of these things in every way; none of the words may be told.
    async fn ask_all(
        &self,
        tried: &mut Tried,
        &Asker { name: who, user, is_shut_out }: &Asker<'_>,
        things: &Things,
        canaries: &[&str],
    ) {
        let is_open = |case: &&Case| !(is_shut_out && case.argument.starts_with("Subscription."));
        for case in self.cases.iter().filter(|case| is_tenants(case.kind)).filter(is_open) {
            let id_of_none = missing(case.kind).swap_remove(0);
            for id in things.of(case.kind) {
                tried.attempts += 1;
                // A name is compared with a name, since where only ids are taken it is none.
                let none = if id.contains('_') { &id_of_none } else { "nobody-has-this" };
                let expected = ask(user, case, none).await.without_request();
                let answer = ask(user, case, &id).await.without_request();
                if answer != expected || canaries.iter().any(|canary| answer.contains(canary)) {
                    tried.leaks.push(format!("{who}, {} of {id}: {answer}", case.argument));
                }
            }
        }
    }
}

impl<'a> Asker<'a> {
    fn inside(name: &'a str, user: &'a User) -> Self {
        Self { name, user, is_shut_out: false }
    }
}

impl Tried {
    /// For whoever watches; what counts is asserted.
    pub fn say(&self) {
        let (attempts, leaks) = (self.attempts, self.leaks.len());
        let _ = writeln!(std::io::stderr(), "{attempts} attempts, {leaks} leaks");
    }
}
