//! Who asks: people of every role, the programs that act for them, and operators.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use tests::client::User;
use tests::client::access::BIND;
use tests::client::sign_in::IMPERSONATE;
use tests::world::World;
use types::clock::Clock as _;

use super::{Case, ask, missing};

/// Those of acme, whoever sees more behind those who see less.
pub(super) const PEOPLE: [&str; 8] =
    ["nobody", "seller", "viewer", "finance", "auditor", "dev", "head", "admin"];

/// How long a program may show its token.
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Somebody who asks, and what is told of ids that nobody has.
pub(super) struct Actor {
    pub name: &'static str,
    pub user: User,
    /// Let in no more, so that no socket is opened for it.
    pub is_shut_out: bool,
    /// By the place of the case, and for a name or an id.
    expected: BTreeMap<(&'static str, bool), String>,
}

impl Actor {
    pub fn inside(name: &'static str, user: User) -> Self {
        Self { name, user, is_shut_out: false, expected: BTreeMap::new() }
    }

    pub fn shut_out(name: &'static str, user: User) -> Self {
        Self { is_shut_out: true, ..Self::inside(name, user) }
    }

    /// Whether the actor can ask this at all.
    pub fn can_ask(&self, case: &Case) -> bool {
        !(self.is_shut_out && case.argument.starts_with("Subscription."))
    }

    /// What is answered to an id that nobody has, or to a name, since where only ids are taken a
    /// name is none.
    pub async fn expected(&mut self, case: &Case, is_id: bool) -> String {
        let known = (case.argument, is_id);
        if let Some(answer) = self.expected.get(&known) {
            return answer.clone();
        }
        let none = if is_id { &missing(case.kind)[0] } else { "nobody-has-this" };
        let answer = ask(&self.user, case, none).await.without_request();
        self.expected.insert(known, answer.clone());
        answer
    }
}

/// Everybody of acme: its people, and what acts for one of them.
pub(super) async fn of_acme(world: &World) -> Vec<Actor> {
    let mut actors = Vec::new();
    for name in PEOPLE {
        actors.push(Actor::inside(name, world.user(name).await));
    }
    let programs = vec![
        Actor::inside("a limited token", limited(world).await),
        Actor::inside("a service account", service_account(world).await),
        Actor::inside("an operator as dev", operator_as_dev(world).await),
    ];
    // What sees as much as dev or less.
    actors.splice(5..5, programs);
    actors
}

fn token(world: &World, name: &str, more: (&str, &str)) -> Value {
    let until = world.clock.now().plus(DAY);
    json!({ "name": name, "expiresAt": until, more.0: more.1, "idempotencyKey": name })
}

/// A token of dev for one project.
async fn limited(world: &World) -> User {
    let dev = world.user("dev").await;
    let within = world.seed.platform_dev.to_string();
    let made = dev.token(token(world, "limited", ("within", &within))).await;
    dev.holding(&made.secret)
}

/// A program that orders where dev does, with a token of its own.
async fn service_account(world: &World) -> User {
    let (admin, seed) = (world.user("admin").await, world.seed);
    let account = admin.service_account(&seed.platform.to_string(), "worker").await;
    let at = seed.platform_dev.to_string();
    let role = json!({ "holder": account, "role": "developer", "at": at });
    admin.act(BIND, role).await.granted();
    let made = admin.token(token(world, "worker", ("serviceAccount", &account))).await;
    admin.holding(&made.secret)
}

/// An operator who acts as dev.
async fn operator_as_dev(world: &World) -> User {
    let subject = world.user("dev").await.subject().await;
    let input = json!({ "tenant": world.seed.acme.to_string(), "subject": subject,
        "reason": "ticket 7", "minutes": 60 });
    let begun = world.user("operator").await.act(IMPERSONATE, input).await;
    let code = begun.granted()["impersonate"]["code"].as_str().expect("a code").to_owned();
    world.enter(&code).await
}
