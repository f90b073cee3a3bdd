//! What somebody does to the audit around the plane is found and named, and a change that cannot be
//! written into it is not made.

use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection};
use serde_json::{Value, json};
use tests::client::User;
use tests::client::access::{
    ADD_MEMBER, BIND, CHANGE_ROLE, CREATE_GROUP, CREATE_ROLE, UNBIND, USER_CODE,
};
use tests::client::order::{Ordered, START, STOP};
use tests::client::sign_in::{CREATE_TOKEN, REVOKE_TOKEN};
use tests::stories;
use tests::world::World;

stories! {
    whatever_is_done_to_the_chain_is_found_at_its_first_record,
    a_change_that_cannot_be_audited_is_not_made,
    neither_rights_nor_ways_in_change_unaudited,
    a_refusal_that_cannot_be_audited_stays_one_and_is_told,
}

const VERIFICATION: &str = "{ auditVerification { holds brokenAt records hash } }";
/// The trail of acme alone.
const OURS: &str = "tenant_id = (SELECT id FROM tenant WHERE name = 'acme')";
/// Further than the trail will ever be here.
const FAR: i64 = 1_000_000;

async fn verify(auditor: &User) -> Value {
    auditor.get(VERIFICATION, json!({})).await["auditVerification"].clone()
}

async fn run(around: &DatabaseConnection, statement: &str) {
    around
        .execute_unprepared(statement)
        .await
        .unwrap_or_else(|error| panic!("{statement}: {error}"));
}

/// What is done, and the record at which it must be found; `last` is the newest record.
fn tampered(last: i64) -> Vec<(&'static str, Vec<String>, i64)> {
    let set = |what: &str, number: i64| {
        format!("UPDATE audit SET {what} WHERE number = {number} AND {OURS}")
    };
    let every = "tenant_id, at, subject_id, subject_name, action, target, outcome, code, request_id, \
                 content, operation_id, address, previous_hash, hash";
    let copy = |from: i64, to: i64| {
        format!(
            "INSERT INTO audit (number, {every}) SELECT {to}, {every} FROM audit \
             WHERE number = {from} AND {OURS}"
        )
    };
    let moved = |by: i64, from: i64| {
        format!("UPDATE audit SET number = number + {by} WHERE number >= {from} AND {OURS}")
    };
    let changed = [
        "subject_name = 'somebody'",
        "action = 'nothing'",
        "outcome = 'refused'",
        "code = 'FORBIDDEN'",
        "at = at + 1",
        "target = 'ins_other'",
        "request_id = 'req_other'",
        "content = '{\"x\":1}'",
        "subject_id = tenant_id",
        "address = '192.0.2.7'",
        "previous_hash = hash",
        "hash = previous_hash",
    ];
    let mut cases: Vec<_> = changed.map(|what| (what, vec![set(what, 3)], 3)).to_vec();
    cases.push(("a known address removed", vec![set("address = NULL", last)], last));
    cases.extend([
        ("the first removed", vec![format!("DELETE FROM audit WHERE number = 1 AND {OURS}")], 1),
        ("one removed", vec![format!("DELETE FROM audit WHERE number = 3 AND {OURS}")], 3),
        (
            "one removed and the gap closed",
            vec![
                format!("DELETE FROM audit WHERE number = 3 AND {OURS}"),
                moved(FAR, 4),
                moved(-FAR - 1, FAR),
            ],
            3,
        ),
        (
            "the last cut off",
            vec![format!("DELETE FROM audit WHERE number >= {} AND {OURS}", last - 1)],
            last - 1,
        ),
        ("all removed", vec![format!("DELETE FROM audit WHERE {OURS}")], 1),
        (
            "two swapped",
            vec![set(&format!("number = {FAR}"), 3), set("number = 3", 4), set("number = 4", FAR)],
            3,
        ),
        ("one put in between", vec![moved(FAR, 4), moved(1 - FAR, FAR), copy(3, 4)], 4),
        ("one put behind the last", vec![copy(3, last + 1)], last + 1),
    ]);
    cases
}

async fn whatever_is_done_to_the_chain_is_found_at_its_first_record(world: &mut World) {
    let (dev, auditor) = (world.user("dev").await, world.user("auditor").await);
    let order = world.redis(world.seed.platform_dev, "shop-cache", "standalone");
    let placed = dev.order(&order).await;
    world.succeeded(&dev, &placed.operation).await;
    for key in ["one", "two"] {
        dev.command(START, &placed.instance, key).await;
    }
    let told = verify(&auditor).await;
    let last: i64 = told["records"].as_str().and_then(|it| it.parse().ok()).expect("a number");
    assert!(told["holds"] == true && last >= 5, "{told}");
    let around = Database::connect(world.database()).await.expect("a connection");
    run(&around, "CREATE TABLE audit_kept AS SELECT * FROM audit").await;
    for (what, statements, expected) in tampered(last) {
        for statement in &statements {
            run(&around, statement).await;
        }
        let found = verify(&auditor).await;
        assert_eq!(found["holds"], false, "{what} was not found");
        assert_eq!(found["brokenAt"], json!(expected.to_string()), "{what}");
        run(&around, "DELETE FROM audit").await;
        run(&around, "INSERT INTO audit SELECT * FROM audit_kept").await;
        assert_eq!(verify(&auditor).await, told, "{what} was taken back");
    }
    run(&around, "DROP TABLE audit_kept").await;
    around.close().await.expect("closed");
}

/// Statements that make the audit refuse every record, and that end it.
fn unwritable(database: &str) -> (Vec<&'static str>, &'static str) {
    match database.split(':').next() {
        Some("sqlite") => (
            vec![
                "CREATE TRIGGER no_audit BEFORE INSERT ON audit \
                 BEGIN SELECT RAISE(ABORT, 'no audit'); END",
            ],
            "DROP TRIGGER no_audit",
        ),
        Some("postgres") => (
            vec![
                "CREATE FUNCTION no_audit() RETURNS trigger LANGUAGE plpgsql AS \
                 $$ BEGIN RAISE EXCEPTION 'no audit'; END $$",
                "CREATE TRIGGER no_audit BEFORE INSERT ON audit \
                 FOR EACH ROW EXECUTE FUNCTION no_audit()",
            ],
            "DROP TRIGGER no_audit ON audit",
        ),
        _ => (
            vec![
                "CREATE TRIGGER no_audit BEFORE INSERT ON audit FOR EACH ROW \
                 SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no audit'",
            ],
            "DROP TRIGGER no_audit",
        ),
    }
}

async fn a_change_that_cannot_be_audited_is_not_made(world: &mut World) {
    let (dev, auditor) = (world.user("dev").await, world.user("auditor").await);
    let order = world.redis(world.seed.platform_dev, "shop-cache", "standalone");
    let placed = dev.order(&order).await;
    world.succeeded(&dev, &placed.operation).await;
    let fresh = world.redis(world.seed.platform_dev, "fresh", "standalone");
    let token = dev.preview(&fresh).await;
    let (before, told) = (dev.instance(&placed.instance).await, verify(&auditor).await);
    let around = Database::connect(world.database()).await.expect("a connection");
    let (begin, end) = unwritable(world.database());
    for statement in begin {
        run(&around, statement).await;
    }
    for answer in [
        dev.command(STOP, &placed.instance, "stop").await,
        dev.place(&fresh, &token, "fresh").await,
    ] {
        assert!(["INTERNAL", "UNAVAILABLE"].contains(&answer.code()), "{}", answer.text);
        assert!(!answer.text.contains("no audit"), "{}", answer.text);
    }
    assert_eq!(dev.instance(&placed.instance).await, before);
    let all = dev.get("{ instances { nodes { name } } }", json!({})).await;
    assert_eq!(all["instances"]["nodes"], json!([{ "name": "shop-cache" }]));
    assert_eq!(verify(&auditor).await, told);
    // Both were logged, for whoever runs the plane.
    assert!(world.alarms.take().len() >= 2);
    run(&around, end).await;
    around.close().await.expect("closed");
    // A refusal is not kept: the same keys do it now.
    let stopped = Ordered::from(&dev.command(STOP, &placed.instance, "stop").await);
    world.succeeded(&dev, &stopped.operation).await;
    Ordered::from(&dev.place(&fresh, &token, "fresh").await);
    assert_eq!(verify(&auditor).await["holds"], true);
}

/// Who may do what and who can come in, as the administrator sees it.
const ACCESS: &str = "query($subject: ID!) { roles { id name parts } \
    groups(first: 5) { nodes { id subjects(first: 5) { nodes { id } } } } \
    bindings { nodes { id } } subjects { nodes { id state } } tokens { nodes { id revokedAt } } \
    sessions(subject: $subject) { nodes { id } } }";

/// The audit refuses every record until the statement that is answered ends it.
async fn unwritable_from_here(world: &World) -> (DatabaseConnection, &'static str) {
    let around = Database::connect(world.database()).await.expect("a connection");
    let (begin, end) = unwritable(world.database());
    for statement in begin {
        run(&around, statement).await;
    }
    (around, end)
}

async fn neither_rights_nor_ways_in_change_unaudited(world: &mut World) {
    let (admin, auditor) = (world.user("admin").await, world.user("auditor").await);
    let subject = world.user("finance").await.subject().await;
    let at = world.seed.platform.to_string();
    let named = |name: &str| json!({ "name": name, "title": name });
    let role = |name: &str, part: &str| json!({ "name": name, "title": name, "parts": [part] });
    let group = admin.make(CREATE_GROUP, named("group")).await;
    let old = admin.make(CREATE_ROLE, role("old", "view")).await;
    let bound = json!({ "holder": subject, "role": "viewer", "at": at });
    let binding = admin.make(BIND, bound).await;
    let until = "2026-11-02T00:00:00Z";
    let token = |name: &str| json!({ "name": name, "expiresAt": until });
    let mut first = token("first");
    first["idempotencyKey"] = json!("first");
    let first = admin.token(first).await;
    let code = admin.act(USER_CODE, json!({ "user": subject })).await;
    let code = code.granted()["createUserSignInCode"]["code"].as_str().expect("a code").to_owned();
    let mut changed = role("old", "operate");
    changed["role"] = json!(old);
    let changes = [
        (BIND, json!({ "holder": subject, "role": "developer", "at": at })),
        (UNBIND, json!({ "binding": binding })),
        (CREATE_ROLE, role("new", "view")),
        (CHANGE_ROLE, changed),
        (CREATE_GROUP, named("more")),
        (ADD_MEMBER, json!({ "group": group, "subject": subject })),
        (USER_CODE, json!({ "user": subject })),
        (CREATE_TOKEN, token("second")),
        (REVOKE_TOKEN, json!({ "token": first.id })),
    ];
    let seen = json!({ "subject": subject });
    let before = admin.get(ACCESS, seen.clone()).await;
    let told = verify(&auditor).await;
    world.alarms.take();
    let (around, end) = unwritable_from_here(world).await;
    for (mutation, input) in &changes {
        let answer = admin.act(mutation, input.clone()).await;
        let code = answer.code();
        assert!(["INTERNAL", "UNAVAILABLE"].contains(&code), "{mutation}: {}", answer.text);
    }
    assert!(world.try_enter(&code).await.is_none(), "a sign-in was not audited");
    assert!(world.alarms.take().len() > changes.len(), "not all were logged");
    assert_eq!(admin.get(ACCESS, seen).await, before);
    assert_eq!(verify(&auditor).await, told);
    run(&around, end).await;
    around.close().await.expect("closed");
    // Nothing of it was used up: what was refused is done now, and the code opens.
    assert!(world.try_enter(&code).await.is_some(), "the code was used up");
    for (mutation, input) in changes {
        admin.act(mutation, input).await.granted();
    }
    assert_eq!(verify(&auditor).await["holds"], true);
}

async fn a_refusal_that_cannot_be_audited_stays_one_and_is_told(world: &mut World) {
    let (dev, viewer) = (world.user("dev").await, world.user("viewer").await);
    let (seller, auditor) = (world.user("seller").await, world.user("auditor").await);
    let order = world.redis(world.seed.platform_dev, "shop-cache", "standalone");
    let placed = dev.order(&order).await;
    world.succeeded(&dev, &placed.operation).await;
    let (before, told) = (dev.instance(&placed.instance).await, verify(&auditor).await);
    let (around, end) = unwritable_from_here(world).await;
    for (user, code) in [(&viewer, "FORBIDDEN"), (&seller, "NOT_FOUND")] {
        let answer = user.command(STOP, &placed.instance, "stop").await;
        assert_eq!(answer.code(), code, "{}", answer.text);
        let alarms = world.alarms.take();
        let is_told = alarms.iter().any(|line| line.contains("a refusal could not be audited"));
        assert!(is_told, "{alarms:?}");
    }
    assert_eq!(dev.instance(&placed.instance).await, before);
    assert_eq!(verify(&auditor).await, told);
    run(&around, end).await;
    around.close().await.expect("closed");
}
