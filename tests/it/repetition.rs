//! A mutation that is sent again, many times at once, or with its key for something else.

use std::collections::BTreeSet;

use futures::future::join_all;
use serde_json::{Value, json};
use tests::client::order::{
    BATCH, CHANGE, DELETE, Ordered, PLACE, PREVIEW_BATCH, REVEAL, START, STOP,
};
use tests::client::sign_in::{
    CREATE_SERVICE_ACCOUNT, CREATE_TOKEN, DELETE_SERVICE_ACCOUNT, END_OTHER_SESSIONS, END_SESSION,
    IMPERSONATE, REVOKE_TOKEN, ROTATE_TOKEN,
};
use tests::client::{Answer, User};
use tests::provider::Provider;
use tests::stories;
use tests::world::World;
use types::clock::Clock as _;
use types::id::{IdentityProviderId, SystemIds};

use crate::sign_in_provider::{DELETE as DELETE_PROVIDER, mutation as of_provider, settings};

stories! {
    every_mutation_with_a_key_acts_once_however_often_it_comes,
    a_key_is_its_senders_own,
    a_refusal_is_not_kept,
}

/// Mutations whose key does not make them act once: each call hands out a new code.
const NOT_ONCE: [&str; 1] = ["createSignInCode"];
const TIMES: usize = 20;

/// Sends the same twenty times at once: one answer.
async fn all_at_once(user: &User, mutation: &str, input: &Value) -> Answer {
    let asked = (0..TIMES).map(|_| user.ask(mutation, json!({ "input": input })));
    let answers = join_all(asked).await;
    answers[0].granted();
    for other in &answers {
        assert_eq!(other.text, answers[0].text, "{mutation}");
    }
    answers.into_iter().next().expect("an answer")
}

/// The same where the first answer alone tells a secret: it acts once, and one answer tells it.
async fn told_once(user: &User, mutation: &str, name: &str, made: &str, input: &Value) -> Value {
    let secret = if name == "impersonate" { "code" } else { "secret" };
    let asked = (0..TIMES).map(|_| user.ask(mutation, json!({ "input": input })));
    let answers = join_all(asked).await;
    let shown: Vec<_> = answers.iter().map(|answer| &answer.granted()[name]).collect();
    let ids: BTreeSet<_> = shown.iter().map(|shown| shown[made]["id"].to_string()).collect();
    assert_eq!(ids.len(), 1, "{name}");
    assert_eq!(shown.iter().filter(|shown| shown[secret].is_string()).count(), 1, "{name}");
    shown[0][made]["id"].clone()
}

async fn mismatch(user: &User, mutation: &str, mut input: Value, pointer: &str, value: Value) {
    *input.pointer_mut(pointer).expect("a field") = value;
    let refused = user.ask(mutation, json!({ "input": input })).await;
    assert_eq!(refused.code(), "IDEMPOTENCY_MISMATCH", "{mutation}");
}

async fn every_mutation_with_a_key_acts_once_however_often_it_comes(world: &mut World) {
    let dev = world.user("dev").await;
    let other = world.redis(world.seed.platform_dev, "other", "standalone");
    let other = dev.order(&other).await;
    let mut tried: BTreeSet<_> = NOT_ONCE.into_iter().map(str::to_owned).collect();

    let order = world.redis(world.seed.platform_dev, "shop-cache", "primary-replica");
    let token = dev.preview(&order).await;
    let input = json!({ "order": order, "previewToken": token, "idempotencyKey": "key" });
    let placed = Ordered::from(&all_at_once(&dev, PLACE, &input).await);
    mismatch(&dev, PLACE, input, "/order/name", json!("another")).await;
    tried.insert("placeOrder".to_owned());
    world.succeeded(&dev, &placed.operation).await;
    assert_eq!(world.pids().await.len(), 3, "one process per member");

    let change = json!({ "instance": placed.instance, "parameters": { "maxclients": 50 } });
    let token = dev.preview_change(&change).await["token"].clone();
    let input = json!({ "change": change, "previewToken": token, "idempotencyKey": "key" });
    let changed = Ordered::from(&all_at_once(&dev, CHANGE, &input).await);
    mismatch(&dev, CHANGE, input, "/change/parameters/maxclients", json!(51)).await;
    tried.insert("changeConfiguration".to_owned());
    world.succeeded(&dev, &changed.operation).await;
    let number = dev.instance(&placed.instance).await["configuration"]["number"].clone();
    assert_eq!(number, 2);

    let batch = json!({ "selection": { "instances": [placed.instance] }, "work": "CHANGE",
        "parameters": { "maxclients": 60 } });
    let shown = dev.get(PREVIEW_BATCH, json!({ "input": batch })).await["previewBatch"].clone();
    let input = json!({ "batch": batch, "previewToken": shown["token"], "idempotencyKey": "key" });
    let done = all_at_once(&dev, BATCH, &input).await;
    mismatch(&dev, BATCH, input, "/batch/parameters/maxclients", json!(61)).await;
    tried.insert("applyBatch".to_owned());
    let operation = done.granted()["applyBatch"]["items"][0]["operation"]["id"].clone();
    world.succeeded(&dev, operation.as_str().expect("an id")).await;

    let input = json!({ "instance": placed.instance, "idempotencyKey": "key" });
    for (mutation, name) in
        [(REVEAL, "revealSecret"), (STOP, "stopInstance"), (START, "startInstance")]
    {
        let answer = all_at_once(&dev, mutation, &input).await;
        mismatch(&dev, mutation, input.clone(), "/instance", json!(other.instance)).await;
        if mutation != REVEAL {
            world.succeeded(&dev, &Ordered::from(&answer).operation).await;
        }
        tried.insert(name.to_owned());
    }

    let input =
        json!({ "instance": placed.instance, "name": "shop-cache", "idempotencyKey": "key" });
    let deleted = Ordered::from(&all_at_once(&dev, DELETE, &input).await);
    let mut of_other = input.clone();
    of_other["name"] = json!("other");
    mismatch(&dev, DELETE, of_other, "/instance", json!(other.instance)).await;
    tried.insert("deleteInstance".to_owned());
    world.succeeded(&dev, &deleted.operation).await;
    let late = dev.ask(DELETE, json!({ "input": input })).await;
    assert_eq!(Ordered::from(&late), deleted, "also after it is gone");
    ways_in(world, &mut tried).await;
    tried.extend(providers(world).await);
    assert_eq!(with_a_key(&dev).await, tried, "a mutation with a key lacks a case");
    assert_eq!(dev.instance(&placed.instance).await["generation"], 6);
}

async fn ways_in(world: &World, tried: &mut BTreeSet<String>) {
    let (dev, admin) = (world.sign_in("dev").await, world.user("admin").await);
    let expires_at = world.clock.now().plus(std::time::Duration::from_secs(3600)).to_string();
    let input = json!({ "name": "ci", "expiresAt": expires_at, "idempotencyKey": "key" });
    let token = told_once(&dev, CREATE_TOKEN, "createToken", "token", &input).await;
    assert_eq!(dev.tokens(None).await.len(), 1);
    mismatch(&dev, CREATE_TOKEN, input, "/name", json!("other")).await;
    let input = json!({ "token": token, "overlapMinutes": 1, "idempotencyKey": "key" });
    told_once(&dev, ROTATE_TOKEN, "rotateToken", "token", &input).await;
    mismatch(&dev, ROTATE_TOKEN, input.clone(), "/overlapMinutes", json!(2)).await;
    let input = json!({ "token": token, "idempotencyKey": "key" });
    all_at_once(&dev, REVOKE_TOKEN, &input).await;

    world.sign_in("dev").await;
    world.sign_in("dev").await;
    let other = dev.sessions(None).await[0]["id"].clone();
    let input = json!({ "session": other, "idempotencyKey": "key" });
    all_at_once(&dev, END_SESSION, &input).await;
    let own = dev.sessions(None).await;
    let own = own.iter().find(|row| row["isOwn"] == true).expect("one")["id"].clone();
    mismatch(&dev, END_SESSION, input, "/session", own).await;

    let input = json!({ "organization": world.seed.platform.to_string(), "name": "robot",
        "title": "Robot", "idempotencyKey": "key" });
    let made = all_at_once(&admin, CREATE_SERVICE_ACCOUNT, &input).await;
    mismatch(&admin, CREATE_SERVICE_ACCOUNT, input, "/name", json!("other")).await;
    let id = made.granted()["createServiceAccount"]["id"].clone();
    let input = json!({ "serviceAccount": id, "idempotencyKey": "key" });
    all_at_once(&admin, DELETE_SERVICE_ACCOUNT, &input).await;

    let input = json!({ "tenant": world.seed.acme.to_string(), "subject": dev.subject().await,
        "reason": "ticket 7", "minutes": 5, "idempotencyKey": "key" });
    let operator = world.user("operator").await;
    told_once(&operator, IMPERSONATE, "impersonate", "session", &input).await;
    mismatch(&operator, IMPERSONATE, input, "/minutes", json!(6)).await;
    // With a subject of its own, whose other sessions may end.
    let seller = world.sign_in("seller").await;
    all_at_once(&seller, END_OTHER_SESSIONS, &json!({ "idempotencyKey": "key" })).await;
    let names = ["createToken", "rotateToken", "revokeToken", "endSession", "endOtherSessions"]
        .into_iter()
        .chain(["createServiceAccount", "deleteServiceAccount", "impersonate"]);
    tried.extend(names.map(str::to_owned));
}

async fn providers(world: &World) -> [String; 3] {
    let provider = Provider::start(&world.clock).await;
    let admin = world.user("admin").await;
    let input = json!({ "name": "corp", "issuer": provider.issuer(), "settings": settings(json!({})),
        "idempotencyKey": "key" });
    let create = of_provider("createIdentityProvider");
    let made = all_at_once(&admin, &create, &input).await;
    mismatch(&admin, &create, input, "/settings/clientSecret", json!("another")).await;
    let id = made.granted()["createIdentityProvider"]["provider"]["id"].clone();
    let input = json!({ "provider": id, "settings": { "title": "One" }, "idempotencyKey": "key" });
    let change = of_provider("changeIdentityProvider");
    all_at_once(&admin, &change, &input).await;
    mismatch(&admin, &change, input, "/settings/title", json!("Two")).await;
    let input = json!({ "provider": id, "idempotencyKey": "key" });
    all_at_once(&admin, DELETE_PROVIDER, &input).await;
    let other = IdentityProviderId::next(&SystemIds).to_string();
    mismatch(&admin, DELETE_PROVIDER, input, "/provider", json!(other)).await;
    ["createIdentityProvider", "changeIdentityProvider", "deleteIdentityProvider"]
        .map(str::to_owned)
}

/// The mutations whose input has an idempotency key.
async fn with_a_key(user: &User) -> BTreeSet<String> {
    let query = "{ __type(name: \"Mutation\") { fields { name args { type { ofType { \
        inputFields { name } } } } } } }";
    let found = user.get(query, json!({})).await;
    let fields = found["__type"]["fields"].as_array().expect("fields");
    let has_key = |field: &&Value| {
        let inputs = field["args"][0]["type"]["ofType"]["inputFields"].as_array();
        inputs.is_some_and(|all| all.iter().any(|input| input["name"] == "idempotencyKey"))
    };
    let names = fields.iter().filter(has_key).map(|field| field["name"].as_str());
    names.map(|name| name.expect("a name").to_owned()).collect()
}

async fn a_key_is_its_senders_own(world: &mut World) {
    let (dev, head) = (world.user("dev").await, world.user("head").await);
    let (mine, theirs) = (
        world.redis(world.seed.platform_dev, "mine", "standalone"),
        world.redis(world.seed.platform_dev, "theirs", "standalone"),
    );
    let first = dev.place(&mine, &dev.preview(&mine).await, "key").await;
    let second = head.place(&theirs, &head.preview(&theirs).await, "key").await;
    assert_ne!(Ordered::from(&first).instance, Ordered::from(&second).instance);
}

async fn a_refusal_is_not_kept(world: &mut World) {
    let dev = world.user("dev").await;
    let order = world.redis(world.seed.platform_dev, "shop-cache", "standalone");
    let token = dev.preview(&order).await;
    for key in ["", "line\nfeed", &"k".repeat(129)] {
        assert_eq!(dev.place(&order, &token, key).await.code(), "INVALID", "{key:?}");
    }
    assert_eq!(dev.place(&order, &json!("old"), "key").await.code(), "OUTDATED");
    assert_eq!(dev.place(&order, &token, "key").await.code(), "done");
}
