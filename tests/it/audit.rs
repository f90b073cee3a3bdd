//! What the audit keeps: each mutation once, with how it went.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::client::order::{CHANGE, DELETE, Ordered, PLACE, REVEAL, START, STOP};
use tests::client::{Answer, User};
use tests::stories;
use tests::world::World;

stories! {
    every_refused_mutation_is_kept_once_with_its_code,
    every_permitted_mutation_is_kept_once,
}

const CODE: &str = "mutation($input: CreateSignInCodeInput!) { createSignInCode(input: $input) { \
    expiresAt } }";
/// Whoever may ask this at all may do it.
const NEVER_REFUSED: [&str; 2] = ["createSignInCode", "signOut"];

/// Subject, action, outcome and code of a row.
type Row = [String; 4];

async fn rows(reader: &User) -> Vec<Row> {
    let query = "{ audit(first: 200) { nodes { subject action outcome code } } }";
    let found = reader.get(query, json!({})).await;
    let nodes = found["audit"]["nodes"].as_array().expect("rows").iter().rev();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    nodes
        .map(|node| ["subject", "action", "outcome", "code"].map(|field| text(&node[field])))
        .collect()
}

/// Asks and says what came into the audit by it.
struct Witness {
    reader: User,
    tried: BTreeSet<String>,
}

impl Witness {
    async fn check(
        &mut self,
        (who, user): (&str, &User),
        mutation: &str,
        input: Value,
        code: &str,
    ) -> Answer {
        let before = rows(&self.reader).await;
        let answer = user.ask(mutation, json!({ "input": input })).await;
        let action = ["placeOrder", "changeConfiguration", "stopInstance", "startInstance"]
            .into_iter()
            .chain(["deleteInstance", "revealSecret", "createSignInCode", "signOut"])
            .find(|name| mutation.contains(&format!(" {name}")))
            .expect("a mutation");
        assert_eq!(answer.code(), code, "{action}: {}", answer.text);
        let outcome = if code == "done" { ["done", ""] } else { ["refused", code] };
        let expected = [who, action, outcome[0], outcome[1]].map(str::to_owned);
        let after = rows(&self.reader).await;
        assert_eq!(after[before.len()..], [expected]);
        self.tried.insert(action.to_owned());
        answer
    }
}

async fn mutations(user: &User) -> BTreeSet<String> {
    let found = user.get("{ __type(name: \"Mutation\") { fields { name } } }", json!({})).await;
    let fields = found["__type"]["fields"].as_array().expect("fields").iter();
    fields.map(|field| field["name"].as_str().expect("a name").to_owned()).collect()
}

async fn every_refused_mutation_is_kept_once_with_its_code(world: &mut World) {
    let dev = world.user("dev").await;
    let (seller, viewer) = (world.user("seller").await, world.user("viewer").await);
    let order = world.redis(world.seed.platform_dev, "shop-cache", "primary-replica");
    let Ordered { instance, operation } = dev.order(&order).await;
    world.succeeded(&dev, &operation).await;
    let mut witness = Witness { reader: world.user("auditor").await, tried: BTreeSet::new() };
    let (dev, seller, viewer) = (("dev", &dev), ("seller", &seller), ("viewer", &viewer));

    let fresh = world.redis(world.seed.platform_dev, "fresh", "primary-replica");
    let token = dev.1.preview(&fresh).await;
    let place = |order: &Value, token: &Value, key: &str| json!({ "order": order, "previewToken": token, "idempotencyKey": key });
    let good = place(&fresh, &token, "key");
    witness.check(viewer, PLACE, good.clone(), "FORBIDDEN").await;
    witness.check(seller, PLACE, good.clone(), "NOT_FOUND").await;
    witness.check(dev, PLACE, place(&fresh, &json!("old"), "key"), "OUTDATED").await;
    witness.check(dev, PLACE, place(&fresh, &token, ""), "INVALID").await;
    let taken = dev.1.preview(&order).await;
    witness.check(dev, PLACE, place(&order, &taken, "taken"), "ALREADY_EXISTS").await;
    let mut unknown = fresh.clone();
    unknown["project"] = json!("prj_nonsense");
    witness.check(dev, PLACE, place(&unknown, &token, "key"), "NOT_FOUND").await;
    let known = format!("order {}", order["name"]);
    witness.check(dev, PLACE, place(&fresh, &token, &known), "IDEMPOTENCY_MISMATCH").await;
    dev.1.order(&fresh).await;
    let third = world.redis(world.seed.platform_dev, "third", "standalone");
    let token = dev.1.preview(&third).await;
    witness.check(dev, PLACE, place(&third, &token, "third"), "LIMIT_REACHED").await;

    let change = json!({ "instance": instance, "parameters": { "maxclients": 10_000 } });
    let token = dev.1.preview_change(&change).await["token"].clone();
    let same = json!({ "change": change, "previewToken": token, "idempotencyKey": "key" });
    witness.check(viewer, CHANGE, same.clone(), "FORBIDDEN").await;
    witness.check(seller, CHANGE, same.clone(), "NOT_FOUND").await;
    witness.check(dev, CHANGE, same.clone(), "CONFLICT").await;
    let mut wrong = same.clone();
    wrong["change"]["parameters"]["maxclients"] = json!(1);
    witness.check(dev, CHANGE, wrong, "INVALID").await;

    let plain = json!({ "instance": instance, "idempotencyKey": "key" });
    for mutation in [STOP, START, REVEAL] {
        witness.check(viewer, mutation, plain.clone(), "FORBIDDEN").await;
        witness.check(seller, mutation, plain.clone(), "NOT_FOUND").await;
    }
    witness.check(dev, START, plain, "CONFLICT").await;
    let delete = json!({ "instance": instance, "name": "shop", "idempotencyKey": "key" });
    witness.check(viewer, DELETE, delete.clone(), "FORBIDDEN").await;
    witness.check(seller, DELETE, delete.clone(), "NOT_FOUND").await;
    witness.check(dev, DELETE, delete, "INVALID").await;
    witness.tried.extend(NEVER_REFUSED.map(str::to_owned));
    assert_eq!(mutations(dev.1).await, witness.tried, "a mutation lacks a case");
}

async fn every_permitted_mutation_is_kept_once(world: &mut World) {
    let dev = world.sign_in("dev").await;
    let order = world.redis(world.seed.platform_dev, "shop-cache", "standalone");
    let token = dev.preview(&order).await;
    let mut witness = Witness { reader: world.user("auditor").await, tried: BTreeSet::new() };
    let user = ("dev", &dev);
    let input = json!({ "order": order, "previewToken": token, "idempotencyKey": "key" });
    let placed = Ordered::from(&witness.check(user, PLACE, input.clone(), "done").await);
    let before = rows(&witness.reader).await;
    dev.ask(PLACE, json!({ "input": input })).await.granted();
    assert_eq!(rows(&witness.reader).await, before, "a repetition did nothing");
    world.succeeded(&dev, &placed.operation).await;
    let change = json!({ "instance": placed.instance, "parameters": { "maxclients": 50 } });
    let token = dev.preview_change(&change).await["token"].clone();
    let input = json!({ "change": change, "previewToken": token, "idempotencyKey": "key" });
    witness.check(user, CHANGE, input, "done").await;
    let plain = json!({ "instance": placed.instance, "idempotencyKey": "key" });
    for mutation in [REVEAL, STOP, START] {
        witness.check(user, mutation, plain.clone(), "done").await;
    }
    let input = json!({ "instance": placed.instance, "name": "shop-cache", "idempotencyKey": "k" });
    witness.check(user, DELETE, input, "done").await;
    witness.check(user, CODE, json!({ "idempotencyKey": "key" }), "done").await;
    let tried = mutations(&dev).await;
    witness.check(user, "mutation { signOut }", Value::Null, "done").await;
    assert_eq!(tried, witness.tried, "a mutation lacks a case");
    let over = dev.try_ask("{ viewer { name } }", json!({})).await.expect("an answer");
    assert!(over.text.contains("UNAUTHENTICATED"), "{}", over.text);
}
