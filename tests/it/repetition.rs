//! A mutation that is sent again, many times at once, or with its key for something else.

use std::collections::BTreeSet;

use futures::future::join_all;
use serde_json::{Value, json};
use tests::client::order::{
    BATCH, CHANGE, DELETE, Ordered, PLACE, PREVIEW_BATCH, REVEAL, START, STOP,
};
use tests::client::{Answer, User, tree};
use tests::stories;
use tests::world::World;

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
    tried.extend(of_the_tree(world).await);
    assert_eq!(with_a_key(&dev).await, tried, "a mutation with a key lacks a case");
    assert_eq!(dev.instance(&placed.instance).await["generation"], 6);
}

/// Every change of the tree, also of what is gone or out of reach afterwards.
async fn of_the_tree(world: &World) -> Vec<String> {
    let head = world.user("head").await;
    let (platform, sales) = (world.seed.platform.to_string(), world.seed.sales.to_string());
    let other = head.organization(&platform, "another").await;
    let spare = head.project(&platform, "spare").await;
    let all = async |mutation: &str, input: Value, pointer: &str, value: &str| {
        let mut input = input;
        input["idempotencyKey"] = json!("key");
        let text = tree::text(mutation);
        let answer = all_at_once(&head, &text, &input).await;
        mismatch(&head, &text, input, pointer, json!(value)).await;
        answer.granted()[mutation].clone()
    };
    let named = json!({ "parent": platform, "name": "lab", "title": "Lab" });
    let made = all("createOrganization", named, "/name", "lab-2").await;
    let lab = made["organization"]["id"].as_str().expect("an id").to_owned();
    let named = json!({ "organization": lab, "name": "lab-3" });
    all("renameOrganization", named, "/organization", &other).await;
    let moved = json!({ "organization": lab, "parent": sales });
    all("moveOrganization", moved, "/organization", &other).await;
    let named = json!({ "organization": lab, "name": "p", "title": "P" });
    let made = all("createProject", named, "/title", "Q").await;
    let project = made["project"]["id"].as_str().expect("an id").to_owned();
    let named = json!({ "project": project, "title": "Q" });
    all("renameProject", named, "/project", &spare).await;
    let moved = json!({ "project": project, "organization": platform });
    all("moveProject", moved, "/project", &spare).await;
    all("deleteProject", json!({ "project": project }), "/project", &spare).await;
    all("deleteOrganization", json!({ "organization": lab }), "/organization", &other).await;
    tree::MUTATIONS.map(str::to_owned).into()
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
