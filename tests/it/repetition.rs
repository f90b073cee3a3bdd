//! A mutation that is sent again, many times at once, or with its key for something else.
//!
//! The schema is asked which mutations there are. A new one gets lines in
//! [`every_mutation_acts_once_however_often_it_comes`]: [`all_at_once`], [`mismatch`], and its name in
//! `tried`; one that cannot keep its answer gets a line in [`NOT_ONCE`] and a test of its own rule.

use std::collections::BTreeSet;

use futures::future::join_all;
use serde_json::{Value, json};
use tests::client::order::{
    BATCH, CHANGE, DELETE, Ordered, PLACE, PREVIEW_BATCH, REVEAL, START, STOP,
};
use tests::client::{Answer, User};
use tests::stories;
use tests::world::World;

mod access;
mod application;
mod approval;
mod budget;
mod quota;
mod structure;
mod tenant;
mod tree;
mod ways_in;

use access::access;
use application::of_applications;
use approval::of_approvals;
use budget::budgets;
use quota::quotas;
use structure::of_the_structure;
use tenant::of_tenants;
use tree::of_the_tree;
use ways_in::{providers, ways_in};

stories! {
    every_mutation_acts_once_however_often_it_comes,
    a_code_is_made_anew_each_time_and_recorded,
    a_key_is_its_senders_own,
    a_refusal_is_not_kept,
}

/// Mutations whose answer is not kept, with their own rule.
const NOT_ONCE: [&str; 3] = [
    // A code is shown once and kept nowhere: each call makes one, and each is in the audit.
    "createSignInCode",
    // The same for somebody else; `access.rs` has its refusals.
    "createUserSignInCode",
    // Takes no key: the session that it is called with ends, and there is nothing to repeat it with.
    "signOut",
];
const TIMES: usize = 100;

/// Sends the same a hundred times at once. Whoever is told to try again does, with the same key.
async fn copies(user: &User, mutation: &str, input: &Value) -> Vec<Answer> {
    let insist = async || loop {
        let answer = user.ask(mutation, json!({ "input": input })).await;
        if answer.code() != "UNAVAILABLE" {
            return answer;
        }
    };
    join_all((0..TIMES).map(|_| insist())).await
}

/// Sends the same a hundred times at once: one answer.
async fn all_at_once(user: &User, mutation: &str, input: &Value) -> Answer {
    let answers = copies(user, mutation, input).await;
    answers[0].granted();
    for other in &answers {
        assert_eq!(other.text, answers[0].text, "{mutation}");
    }
    answers.into_iter().next().expect("an answer")
}

async fn mismatch(user: &User, mutation: &str, mut input: Value, pointer: &str, value: Value) {
    *input.pointer_mut(pointer).expect("a field") = value;
    let refused = user.ask(mutation, json!({ "input": input })).await;
    assert_eq!(refused.code(), "IDEMPOTENCY_MISMATCH", "{mutation}");
}

async fn every_mutation_acts_once_however_often_it_comes(world: &mut World) {
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
    tried.extend(access(world).await);
    tried.extend(of_the_tree(world).await);
    tried.extend(of_applications(world).await);
    tried.extend(of_approvals(world).await);
    tried.extend(of_tenants(world).await);
    tried.extend(quotas(world).await);
    tried.extend(budgets(world).await);
    tried.extend(of_the_structure(world).await);
    assert_eq!(mutations(&dev).await, tried, "a mutation lacks a case");
    assert_eq!(dev.instance(&placed.instance).await["generation"], 6);
}

/// All mutations of the schema.
async fn mutations(user: &User) -> BTreeSet<String> {
    let found = user.get("{ __type(name: \"Mutation\") { fields { name } } }", json!({})).await;
    let fields = found["__type"]["fields"].as_array().expect("fields").iter();
    fields.map(|field| field["name"].as_str().expect("a name").to_owned()).collect()
}

async fn a_code_is_made_anew_each_time_and_recorded(world: &mut World) {
    let (dev, auditor) = (world.user("dev").await, world.user("auditor").await);
    let make = "mutation($input: CreateSignInCodeInput!) { createSignInCode(input: $input) { \
        code } }";
    let query = "{ audit(first: 200, filter: { action: \"createSignInCode\", outcome: DONE }) { \
        nodes { number } } }";
    let records = async || {
        let kept = auditor.get(query, json!({})).await;
        kept["audit"]["nodes"].as_array().map_or(0, Vec::len)
    };
    let before = records().await;
    let asked = (0..TIMES).map(|_| dev.get(make, json!({ "input": { "idempotencyKey": "key" } })));
    let codes = join_all(asked).await;
    let code = |found: &Value| found["createSignInCode"]["code"].as_str().map(str::to_owned);
    let codes: BTreeSet<_> = codes.iter().map(|found| code(found).expect("a code")).collect();
    assert_eq!(codes.len(), TIMES);
    assert_eq!(records().await - before, TIMES);
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
