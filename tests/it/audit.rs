//! What the audit keeps: each mutation once, with how it went.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait as _, Database};
use serde_json::{Value, json};
use tests::client::order::{
    BATCH, CHANGE, DELETE, Ordered, PLACE, PREVIEW_BATCH, REVEAL, START, STOP,
};
use tests::client::sign_in::{
    CREATE_SERVICE_ACCOUNT, CREATE_TOKEN, DELETE_SERVICE_ACCOUNT, END_OTHER_SESSIONS, END_SESSION,
    IMPERSONATE, REVOKE_TOKEN, ROTATE_TOKEN,
};
use tests::client::tenant::{OF_OFFERINGS, OF_TENANTS};
use tests::client::{Answer, User};
use tests::provider::Provider;
use tests::stories;
use tests::world::World;
use types::clock::Clock as _;
use types::id::{IdentityProviderId, SystemIds};

use crate::sign_in_provider::{DELETE as DELETE_PROVIDER, mutation as of_provider, settings};

mod access;
mod application;
mod approval;
mod budget;
mod installation;
mod quota;
mod structure;
mod tree;

use access::{access_done, access_refused};
use application::{applications_done, applications_refused};
use approval::{approvals_done, approvals_refused};
use budget::{budgets_done, budgets_refused};
use quota::{quotas_done, quotas_refused};
use structure::{imports_done, imports_refused};
use tree::{of_the_tree_done, of_the_tree_refused};

stories! {
    every_refused_mutation_is_kept_once_with_its_code,
    every_permitted_mutation_is_kept_once,
    a_change_leads_to_its_operation_and_back,
    a_record_that_was_changed_is_told,
}

const CODE: &str = "mutation($input: CreateSignInCodeInput!) { createSignInCode(input: $input) { \
    expiresAt } }";
/// Whoever may ask this at all may do it.
const NEVER_REFUSED: [&str; 2] = ["createSignInCode", "signOut"];

/// The operators'; `tenant.rs` and `offering.rs` have what they leave in which trail.
fn of_operators() -> impl Iterator<Item = String> {
    let of_offerings = OF_OFFERINGS.map(|(name, _)| name);
    OF_TENANTS.into_iter().chain(of_offerings).map(str::to_owned)
}

const PROVIDERS: [&str; 3] =
    ["createIdentityProvider", "changeIdentityProvider", "deleteIdentityProvider"];

/// Subject, action, outcome and code of a row.
type Row = [String; 4];

async fn rows(reader: &User) -> Vec<Row> {
    let query = "{ audit(first: 200) { nodes { subjectId subject action outcome code address } } }";
    let found = reader.get(query, json!({})).await;
    let nodes = found["audit"]["nodes"].as_array().expect("rows").iter().rev();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let from = |node: &Value| {
        // What the plane does by itself comes from nowhere, also as somebody.
        let is_asked = !node["subjectId"].is_null() && node["action"] != "makePlannedMove";
        let expected = if is_asked { json!("127.0.0.1") } else { Value::Null };
        assert_eq!(node["address"], expected, "{node}");
    };
    nodes
        .inspect(|node| from(node))
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
        let action = mutation.split_once('{').expect("a selection").1.trim();
        let action = action.split(|c: char| !c.is_alphanumeric()).next().expect("a mutation");
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

    let batch = batch(&[&instance], 10_000);
    let none = viewer.1.get(PREVIEW_BATCH, json!({ "input": batch })).await["previewBatch"].clone();
    let with =
        |token: &Value| json!({ "batch": batch, "previewToken": token, "idempotencyKey": "key" });
    witness.check(viewer, BATCH, with(&none["token"]), "CONFLICT").await;
    witness.check(seller, BATCH, with(&none["token"]), "NOT_FOUND").await;
    witness.check(dev, BATCH, with(&json!("old")), "OUTDATED").await;

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
    ways_in_are_refused(world, &mut witness, dev, seller, viewer).await;
    providers_are_refused(world, dev, &mut witness).await;
    of_the_tree_refused(world, &mut witness, seller).await;
    quotas_refused(world, &mut witness, (dev, seller)).await;
    imports_refused(&mut witness, dev).await;
    budgets_refused(world, &mut witness, (dev, seller)).await;
    applications_refused(world, &mut witness, (dev, seller), &instance).await;
    access_refused(&mut witness, dev).await;
    approvals_refused(world, &mut witness, seller).await;
    witness.tried.extend(NEVER_REFUSED.map(str::to_owned));
    witness.tried.extend(of_operators());
    assert_eq!(mutations(dev.1).await, witness.tried, "a mutation lacks a case");
}

async fn ways_in_are_refused(
    world: &World,
    witness: &mut Witness,
    dev: (&str, &User),
    seller: (&str, &User),
    viewer: (&str, &User),
) {
    let made = dev.1.token(token(world)).await;
    let of_token = json!({ "token": made.id, "idempotencyKey": "theirs" });
    for mutation in [ROTATE_TOKEN, REVOKE_TOKEN] {
        witness.check(seller, mutation, of_token.clone(), "NOT_FOUND").await;
        witness.check(viewer, mutation, of_token.clone(), "NOT_FOUND").await;
    }
    let mut wrong = token(world);
    wrong["actions"] = json!([]);
    wrong["idempotencyKey"] = json!("wrong");
    witness.check(dev, CREATE_TOKEN, wrong, "INVALID").await;
    let own = dev.1.sessions(None).await[0]["id"].clone();
    let session = json!({ "session": own, "idempotencyKey": "theirs" });
    witness.check(seller, END_SESSION, session, "NOT_FOUND").await;
    witness.check(dev, END_OTHER_SESSIONS, json!({ "idempotencyKey": "" }), "INVALID").await;
    let account = json!({ "organization": world.seed.platform.to_string(), "name": "robot",
        "title": "Robot", "idempotencyKey": "robot" });
    witness.check(viewer, CREATE_SERVICE_ACCOUNT, account.clone(), "FORBIDDEN").await;
    witness.check(seller, CREATE_SERVICE_ACCOUNT, account, "NOT_FOUND").await;
    let gone = json!({ "serviceAccount": dev.1.subject().await, "idempotencyKey": "gone" });
    witness.check(dev, DELETE_SERVICE_ACCOUNT, gone, "NOT_FOUND").await;
    witness.check(dev, IMPERSONATE, whom(world, dev.1).await, "NOT_FOUND").await;
}

fn token(world: &World) -> Value {
    let expires_at = world.clock.now().plus(std::time::Duration::from_secs(3600)).to_string();
    json!({ "name": "ci", "expiresAt": expires_at, "idempotencyKey": "token" })
}

async fn whom(world: &World, user: &User) -> Value {
    json!({ "tenant": world.seed.acme.to_string(), "subject": user.subject().await,
        "reason": "ticket 7", "minutes": 5, "idempotencyKey": "be" })
}

async fn ways_in_are_kept(world: &World, witness: &mut Witness, dev: (&str, &User)) {
    let made = witness.check(dev, CREATE_TOKEN, token(world), "done").await;
    let id = made.granted()["createToken"]["token"]["id"].clone();
    let of_token = json!({ "token": id, "idempotencyKey": "key" });
    witness.check(dev, ROTATE_TOKEN, of_token.clone(), "done").await;
    witness.check(dev, REVOKE_TOKEN, of_token, "done").await;
    world.sign_in("dev").await;
    world.sign_in("dev").await;
    let other = dev.1.sessions(None).await[0]["id"].clone();
    let session = json!({ "session": other, "idempotencyKey": "key" });
    witness.check(dev, END_SESSION, session, "done").await;
    witness.check(dev, END_OTHER_SESSIONS, json!({ "idempotencyKey": "key" }), "done").await;
    let admin = world.user("admin").await;
    let admin = ("admin", &admin);
    let account = json!({ "organization": world.seed.platform.to_string(), "name": "robot",
        "title": "Robot", "idempotencyKey": "robot" });
    let made = witness.check(admin, CREATE_SERVICE_ACCOUNT, account, "done").await;
    let id = made.granted()["createServiceAccount"]["id"].clone();
    let gone = json!({ "serviceAccount": id, "idempotencyKey": "gone" });
    witness.check(admin, DELETE_SERVICE_ACCOUNT, gone, "done").await;
    let operator = world.user("operator").await;
    let input = whom(world, dev.1).await;
    witness.check(("operator", &operator), IMPERSONATE, input, "done").await;
}

/// A mutation of a provider by its name.
fn provider_mutation(name: &str) -> String {
    if name.starts_with("delete") { DELETE_PROVIDER.to_owned() } else { of_provider(name) }
}

async fn providers_are_refused(world: &World, dev: (&str, &User), witness: &mut Witness) {
    let missing = IdentityProviderId::next(&SystemIds).to_string();
    let create = json!({ "name": "Corp", "issuer": "", "settings": settings(json!({})),
        "idempotencyKey": "key" });
    let change = json!({ "provider": missing, "settings": {}, "idempotencyKey": "key" });
    let delete = json!({ "provider": missing, "idempotencyKey": "key" });
    let admin = world.user("admin").await;
    for (user, codes) in [
        (dev, ["NOT_FOUND", "NOT_FOUND", "NOT_FOUND"]),
        (("admin", &admin), ["INVALID", "NOT_FOUND", "NOT_FOUND"]),
    ] {
        let inputs = [create.clone(), change.clone(), delete.clone()];
        for ((name, input), code) in PROVIDERS.into_iter().zip(inputs).zip(codes) {
            witness.check(user, &provider_mutation(name), input, code).await;
        }
    }
}

async fn providers_are_kept(world: &World, witness: &mut Witness) {
    let provider = Provider::start(&world.clock).await;
    let admin = world.user("admin").await;
    let user = ("admin", &admin);
    let [create, change, delete] = PROVIDERS.map(provider_mutation);
    let input = json!({ "name": "corp", "issuer": provider.issuer(), "settings": settings(json!({})),
        "idempotencyKey": "key" });
    let made = witness.check(user, &create, input, "done").await;
    let id = made.granted()["createIdentityProvider"]["provider"]["id"].clone();
    let input = json!({ "provider": id, "settings": {}, "idempotencyKey": "key" });
    witness.check(user, &change, input, "done").await;
    let input = json!({ "provider": id, "idempotencyKey": "key" });
    witness.check(user, &delete, input, "done").await;
}

fn batch(instances: &[&str], clients: u32) -> Value {
    json!({ "selection": { "instances": instances }, "work": "CHANGE",
        "parameters": { "maxclients": clients } })
}

/// Work on many is kept as one request, and each instance as what was done to it or refused.
async fn many_are_kept_one_by_one(world: &World, dev: &User, instance: &str) -> Vec<Row> {
    let other = world.redis(world.seed.platform_dev, "other", "standalone");
    let other = dev.order(&other).await;
    world.succeeded(dev, &other.operation).await;
    let one = batch(&[instance], 60);
    let reader = world.user("auditor").await;
    let apply = async |batch: Value, key: &str| {
        let shown = dev.get(PREVIEW_BATCH, json!({ "input": batch })).await["previewBatch"].clone();
        let input =
            json!({ "batch": batch, "previewToken": shown["token"], "idempotencyKey": key });
        dev.ask(BATCH, json!({ "input": input })).await.granted();
    };
    apply(one, "one").await;
    let before = rows(&reader).await;
    // The first is at work or has these values already.
    apply(batch(&[instance, &other.instance], 60), "two").await;
    rows(&reader).await[before.len()..].to_vec()
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
    let changed = Ordered::from(&witness.check(user, CHANGE, input, "done").await);
    world.succeeded(&dev, &changed.operation).await;
    let kept = many_are_kept_one_by_one(world, &dev, &placed.instance).await;
    let row =
        |action: &str, outcome: &str, code: &str| ["dev", action, outcome, code].map(str::to_owned);
    let expected = [
        row("applyBatch", "done", ""),
        row("changeConfiguration", "refused", "CONFLICT"),
        row("changeConfiguration", "done", ""),
    ];
    assert_eq!(kept, expected);
    witness.tried.insert("applyBatch".to_owned());
    let plain = json!({ "instance": placed.instance, "idempotencyKey": "key" });
    for mutation in [REVEAL, STOP, START] {
        witness.check(user, mutation, plain.clone(), "done").await;
    }
    let input = json!({ "instance": placed.instance, "name": "shop-cache", "idempotencyKey": "k" });
    witness.check(user, DELETE, input, "done").await;
    witness.check(user, CODE, json!({ "idempotencyKey": "key" }), "done").await;
    ways_in_are_kept(world, &mut witness, user).await;
    providers_are_kept(world, &mut witness).await;
    of_the_tree_done(world, &mut witness).await;
    quotas_done(world, &mut witness).await;
    imports_done(world, &mut witness).await;
    budgets_done(world, &mut witness).await;
    applications_done(world, &mut witness).await;
    access_done(world, &mut witness).await;
    witness.tried.extend(of_operators());
    approvals_done(world, &mut witness).await;
    let tried = mutations(&dev).await;
    witness.check(user, "mutation { signOut }", Value::Null, "done").await;
    assert_eq!(tried, witness.tried, "a mutation lacks a case");
    let over = dev.try_ask("{ viewer { name } }", json!({})).await.expect("an answer");
    assert!(over.text.contains("UNAUTHENTICATED"), "{}", over.text);
}

const FILTERED: &str = "query($filter: AuditFilter) { audit(filter: $filter) { nodes { number \
    subject action outcome code target operation requestId hash } } }";
const VERIFICATION: &str = "{ auditVerification { holds brokenAt records hash } }";

/// Actions and outcomes that a filter finds, newest first.
async fn filtered(user: &User, filter: Value) -> Vec<(String, String)> {
    let found = user.get(FILTERED, json!({ "filter": filter })).await;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let nodes = found["audit"]["nodes"].as_array().expect("rows").iter();
    nodes.map(|node| (text(&node["action"]), text(&node["outcome"]))).collect()
}

async fn a_change_leads_to_its_operation_and_back(world: &mut World) {
    let (dev, seller) = (world.user("dev").await, world.user("seller").await);
    let (auditor, stranger) = (world.user("auditor").await, world.user("stranger").await);
    let order = world.redis(world.seed.platform_dev, "shop-cache", "standalone");
    let placed = dev.order(&order).await;
    world.succeeded(&dev, &placed.operation).await;
    let before = world.clock.now().to_string();
    world.pass(std::time::Duration::from_secs(1));
    let stopped = Ordered::from(&dev.command(STOP, &placed.instance, "stop").await);
    world.succeeded(&dev, &stopped.operation).await;
    dev.command(STOP, &placed.instance, "again").await;
    seller.command(STOP, &placed.instance, "theirs").await;

    let word = |action: &str, outcome: &str| (action.to_owned(), outcome.to_owned());
    let (place, stop) = (word("placeOrder", "done"), word("stopInstance", "done"));
    let refused = word("stopInstance", "refused");
    let of = json!({ "target": placed.instance });
    let all = [refused.clone(), refused.clone(), stop.clone(), place.clone()];
    assert_eq!(filtered(&auditor, of.clone()).await, all);
    let by_operation = json!({ "operation": stopped.operation });
    assert_eq!(
        filtered(&auditor, by_operation.clone()).await.as_slice(),
        std::slice::from_ref(&stop)
    );
    let row = auditor.get(FILTERED, json!({ "filter": by_operation })).await;
    let row = &row["audit"]["nodes"][0];
    assert_eq!(
        (&row["target"], &row["operation"]),
        (&json!(placed.instance), &json!(stopped.operation))
    );
    for (filter, expected) in [
        (json!({ "target": placed.instance, "outcome": "REFUSED" }), vec![refused.clone(); 2]),
        (json!({ "subject": "seller" }), vec![refused.clone(), word("signIn", "done")]),
        (json!({ "action": "placeOrder" }), vec![place.clone()]),
        (json!({ "target": placed.instance, "to": before }), vec![place.clone()]),
        (json!({ "target": placed.instance, "from": before, "outcome": "DONE" }), vec![stop]),
        (json!({ "target": "ins_nonsense" }), vec![]),
        (json!({ "action": "placeOrder", "address": "127.0.0.1" }), vec![place.clone()]),
        (json!({ "action": "placeOrder", "address": "::ffff:127.0.0.1" }), vec![place.clone()]),
        (json!({ "action": "placeOrder", "address": "192.0.2.7" }), vec![]),
    ] {
        assert_eq!(filtered(&auditor, filter.clone()).await, expected, "{filter}");
    }
    // Another tenant's auditor finds nothing of it, as of what does not exist.
    assert_eq!(filtered(&stranger, of.clone()).await, []);
    for name in ["dev", "head", "viewer", "operator"] {
        let user = world.user(name).await;
        for (query, variables) in [(FILTERED, json!({ "filter": of })), (VERIFICATION, json!({}))] {
            let code = user.ask(query, variables).await.code().to_owned();
            let is_refused = code == "FORBIDDEN" || code == "NOT_FOUND";
            assert!(is_refused, "{name}: {code}");
        }
    }
    let malformed = [("subject", "a\u{0}"), ("operation", "op_nonsense"), ("address", "127.0.0")];
    for filter in malformed.map(|(name, text)| json!({ name: text })) {
        let answer = auditor.ask(FILTERED, json!({ "filter": filter })).await;
        assert_eq!(answer.code(), "INVALID", "{filter}");
    }
}

async fn a_record_that_was_changed_is_told(world: &mut World) {
    let (dev, auditor) = (world.user("dev").await, world.user("auditor").await);
    let order = world.redis(world.seed.platform_dev, "shop-cache", "standalone");
    let placed = dev.order(&order).await;
    world.succeeded(&dev, &placed.operation).await;
    let of = json!({ "filter": { "operation": placed.operation } });
    let row = auditor.get(FILTERED, of).await["audit"]["nodes"][0].clone();
    let told = auditor.get(VERIFICATION, json!({})).await["auditVerification"].clone();
    assert_eq!((&told["holds"], &told["brokenAt"]), (&json!(true), &Value::Null));
    let around = Database::connect(world.database()).await.expect("a connection");
    let change = async |from: &str, to: &str| {
        let change = format!(
            "UPDATE audit SET operation_id = {to} WHERE operation_id {from} AND action = 'placeOrder'"
        );
        around.execute_unprepared(&change).await.expect("changed");
        auditor.get(VERIFICATION, json!({})).await["auditVerification"].clone()
    };
    // The operation is part of what the hash is over.
    let broken = change("IS NOT NULL", "NULL").await;
    assert_eq!(broken["holds"], false);
    assert_eq!(broken["brokenAt"], json!(row["number"].to_string()));
    let whole = change("IS NULL", "(SELECT operation_id FROM instance)").await;
    assert_eq!(whole, told);
    around.close().await.expect("closed");
}
