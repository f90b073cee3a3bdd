//! Operators who act as a subject of a tenant: for a reason, for a while, and seen by the tenant.

use std::time::Duration;

use sea_orm::{ConnectionTrait as _, Database};
use serde_json::{Value, json};
use tests::client::order::{REVEAL, STOP};
use tests::client::sign_in::{CREATE_TOKEN, IMPERSONATE, SESSIONS};
use tests::client::{Answer, User};
use tests::stories;
use tests::world::World;
use types::clock::Clock as _;

stories! {
    an_operator_acts_as_somebody_and_the_tenant_sees_it,
    a_user_is_named_by_name_within_the_tenant,
    the_tenant_ends_it_and_it_ends_by_itself,
    who_may_not_impersonate_is_refused_and_audited,
    who_acts_as_somebody_else_gets_no_secret_and_no_more_rights,
}

const IMPERSONATIONS: &str = "{ impersonations { nodes { id subject impersonatedBy reason } } }";

async fn input(world: &World, name: &str) -> Value {
    let subject = world.user(name).await.subject().await;
    json!({ "tenant": world.seed.acme.to_string(), "subject": subject,
        "reason": "ticket 7", "minutes": 30, "idempotencyKey": format!("as {name}") })
}

async fn begin(world: &World, name: &str) -> (User, String) {
    let asked = json!({ "input": input(world, name).await });
    let begun = world.user("operator").await.ask(IMPERSONATE, asked).await;
    let begun = &begun.granted()["impersonate"];
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    (world.enter(&text(&begun["code"])).await, text(&begun["session"]["id"]))
}

async fn rows(user: &User) -> Vec<[String; 4]> {
    let query = "{ audit { nodes { subject action content address } } }";
    let found = user.get(query, json!({})).await;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let nodes = found["audit"]["nodes"].as_array().expect("rows").iter();
    let fields = ["subject", "action", "content", "address"];
    nodes.map(|node| fields.map(|field| text(&node[field]))).collect()
}

async fn viewer(user: &User) -> Answer {
    user.ask("{ viewer { name impersonatedBy } }", json!({})).await
}

async fn an_operator_acts_as_somebody_and_the_tenant_sees_it(world: &mut World) {
    let auditor = world.user("auditor").await;
    let dev = world.user("dev").await;
    let placed = dev.order(&world.redis(world.seed.platform_dev, "cache", "standalone")).await;
    world.succeeded(&dev, &placed.operation).await;
    let (as_dev, session) = begin(world, "dev").await;
    let shown = viewer(&as_dev).await;
    let shown = &shown.granted()["viewer"];
    assert_eq!((&shown["name"], &shown["impersonatedBy"]), (&json!("dev"), &json!("operator")));
    assert_eq!(viewer(&dev).await.granted()["viewer"]["impersonatedBy"], Value::Null);
    as_dev.command(STOP, &placed.instance, "stop").await.granted();
    let newest = rows(&auditor).await;
    let actions: Vec<_> = newest.iter().take(3).map(|row| (&*row[0], &*row[1])).collect();
    let expected = [
        ("operator as dev", "stopInstance"),
        ("operator as dev", "signIn"),
        ("operator", "impersonate"),
    ];
    assert_eq!(actions, expected);
    assert!(newest[..3].iter().all(|row| row[2].contains("\"reason\":\"ticket 7\"")), "{newest:?}");
    assert!(newest[..3].iter().all(|row| row[3] == "127.0.0.1"), "{newest:?}");
    // The installation's own trail has it too.
    let own =
        "{ installationAudit(filter: { action: \"impersonate\" }) { nodes { content address } } }";
    let own = world.user("operator").await.get(own, json!({})).await;
    let own = &own["installationAudit"]["nodes"];
    assert!(own[0]["content"].as_str().expect("a text").contains("ticket 7"), "{own}");
    assert_eq!(own[0]["address"], "127.0.0.1");

    let listed = world.user("admin").await.get(IMPERSONATIONS, json!({})).await;
    let listed = &listed["impersonations"]["nodes"];
    assert_eq!(listed.as_array().expect("sessions").len(), 1);
    assert_eq!((&listed[0]["id"], &listed[0]["subject"]), (&json!(session), &json!("dev")));
    assert_eq!(
        (&listed[0]["impersonatedBy"], &listed[0]["reason"]),
        (&json!("operator"), &json!("ticket 7"))
    );
    let own = dev.sessions(None).await;
    assert!(own.iter().any(|row| row["impersonatedBy"] == "operator"), "{own:#?}");
    for name in ["dev", "head", "auditor", "stranger"] {
        let answer = world.user(name).await.ask(IMPERSONATIONS, json!({})).await;
        assert!(!answer.text.contains(&session), "{name}: {}", answer.text);
    }
    // Repeated, it is the same session and no second code.
    let asked = json!({ "input": input(world, "dev").await });
    let again = world.user("operator").await.ask(IMPERSONATE, asked).await;
    let again = &again.granted()["impersonate"];
    assert_eq!((&again["session"]["id"], &again["code"]), (&json!(session), &Value::Null));
}

async fn a_user_is_named_by_name_within_the_tenant(world: &mut World) {
    let operator = world.user("operator").await;
    let mut named = input(world, "dev").await;
    named["subject"] = Value::Null;
    named["user"] = json!("dev");
    let begun = operator.ask(IMPERSONATE, json!({ "input": named.clone() })).await;
    let begun = &begun.granted()["impersonate"];
    let as_dev = world.enter(begun["code"].as_str().expect("a code")).await;
    let shown = viewer(&as_dev).await;
    assert_eq!(shown.granted()["viewer"]["name"], "dev");
    assert_eq!(as_dev.subject().await, world.user("dev").await.subject().await);
    let target = "{ audit(filter: { action: \"impersonate\" }) { nodes { target } } }";
    let found = world.user("auditor").await.get(target, json!({})).await;
    assert_eq!(found["audit"]["nodes"][0]["target"], world.user("dev").await.subject().await);

    let again = operator.ask(IMPERSONATE, json!({ "input": named.clone() })).await;
    let again = &again.granted()["impersonate"];
    assert_eq!((&again["session"]["id"], &again["code"]), (&begun["session"]["id"], &Value::Null));
    named["user"] = json!("viewer");
    let other = operator.ask(IMPERSONATE, json!({ "input": named })).await;
    assert_eq!(other.code(), "IDEMPOTENCY_MISMATCH");
}

async fn the_tenant_ends_it_and_it_ends_by_itself(world: &mut World) {
    let (as_dev, session) = begin(world, "dev").await;
    let open = as_dev.follow("subscription { events { cursor } }", json!({})).await;
    world.user("admin").await.end_session(&session, "end").await.granted();
    assert_eq!(viewer(&as_dev).await.code(), "UNAUTHENTICATED");
    assert_eq!(open.closed().await, 4401);

    let (as_viewer, _) = begin(world, "viewer").await;
    as_viewer.ask("mutation { signOut }", json!({})).await.granted();
    assert_eq!(viewer(&as_viewer).await.code(), "UNAUTHENTICATED");

    let (as_seller, _) = begin(world, "seller").await;
    viewer(&as_seller).await.granted();
    world.pass(Duration::from_secs(30 * 60));
    assert_eq!(viewer(&as_seller).await.code(), "UNAUTHENTICATED");

    let mut unused = input(world, "finance").await;
    unused["minutes"] = json!(1);
    let begun = world.user("operator").await.ask(IMPERSONATE, json!({ "input": unused })).await;
    let code = begun.granted()["impersonate"]["code"].as_str().expect("a code").to_owned();
    world.pass(Duration::from_secs(60));
    assert!(world.try_enter(&code).await.is_none(), "a code is over with its session");
}

async fn who_may_not_impersonate_is_refused_and_audited(world: &mut World) {
    let asked = json!({ "input": input(world, "dev").await });
    let auditor = world.user("auditor").await;
    for name in ["admin", "head", "dev", "auditor"] {
        let user = world.user(name).await;
        assert_eq!(user.ask(IMPERSONATE, asked.clone()).await.code(), "NOT_FOUND", "{name}");
        let newest = &rows(&auditor).await[0];
        assert_eq!((&*newest[0], &*newest[1]), (name, "impersonate"));
    }
    let operator = world.user("operator").await;
    let stranger = world.user("stranger").await.subject().await;
    for (more, code) in [
        (json!({ "reason": " " }), "INVALID"),
        (json!({ "reason": "a\nb" }), "INVALID"),
        (json!({ "reason": "r".repeat(501) }), "INVALID"),
        (json!({ "minutes": 0 }), "INVALID"),
        (json!({ "minutes": -1 }), "INVALID"),
        (json!({ "minutes": 61 }), "INVALID"),
        (json!({ "user": "dev" }), "INVALID"),
        (json!({ "subject": null }), "INVALID"),
        (json!({ "subject": null, "user": "no-such-user" }), "NOT_FOUND"),
        (json!({ "subject": null, "user": "Not A Name\u{0}" }), "NOT_FOUND"),
        (json!({ "subject": null, "user": "stranger" }), "NOT_FOUND"),
        (json!({ "subject": null, "user": "operator" }), "NOT_FOUND"),
        (json!({ "subject": stranger }), "NOT_FOUND"),
        (json!({ "subject": "sub_00000000000000000000000000" }), "NOT_FOUND"),
        (json!({ "tenant": world.seed.globex.to_string() }), "NOT_FOUND"),
    ] {
        let mut wrong = asked["input"].clone();
        let more = more.as_object().expect("fields").clone();
        wrong.as_object_mut().expect("fields").extend(more);
        let answer = operator.ask(IMPERSONATE, json!({ "input": wrong })).await;
        assert_eq!(answer.code(), code, "{wrong}");
    }
    let listed = world.user("admin").await.get(IMPERSONATIONS, json!({})).await;
    assert_eq!(listed["impersonations"]["nodes"], json!([]));
}

async fn who_acts_as_somebody_else_gets_no_secret_and_no_more_rights(world: &mut World) {
    let dev = world.user("dev").await;
    let placed = dev.order(&world.redis(world.seed.platform_dev, "cache", "standalone")).await;
    world.succeeded(&dev, &placed.operation).await;
    let (as_admin, _) = begin(world, "admin").await;
    let refused = as_admin.command(REVEAL, &placed.instance, "reveal").await;
    assert_eq!((refused.code(), &refused.told()["why"]), ("FORBIDDEN", &json!("impersonation")));
    let expires_at = world.clock.now().plus(Duration::from_secs(60)).to_string();
    let token = json!({ "name": "mine", "expiresAt": expires_at, "idempotencyKey": "k" });
    let account = json!({ "organization": world.seed.platform.to_string(), "name": "robot",
        "title": "Robot", "idempotencyKey": "k" });
    let code = "mutation { createSignInCode(input: { idempotencyKey: \"k\" }) { code } }";
    for (document, input) in [
        (CREATE_TOKEN, token),
        (tests::client::sign_in::CREATE_SERVICE_ACCOUNT, account),
        (tests::client::sign_in::END_OTHER_SESSIONS, json!({ "idempotencyKey": "k" })),
        (code, Value::Null),
        (SESSIONS, Value::Null),
    ] {
        let answer = as_admin.ask(document, json!({ "input": input })).await;
        assert_eq!(answer.code(), "FORBIDDEN", "{document}: {}", answer.text);
        assert_eq!(answer.told()["why"], "impersonation", "{}", answer.text);
    }
    // Whoever may not impersonate any more, does not.
    let around = Database::connect(world.database()).await.expect("a connection");
    let take = "DELETE FROM binding WHERE role = 'operator'";
    around.execute_unprepared(take).await.expect("changed");
    let tell = "UPDATE standing SET number = number + 1";
    around.execute_unprepared(tell).await.expect("told");
    around.close().await.expect("closed");
    world.pass(Duration::from_secs(1));
    assert_eq!(viewer(&as_admin).await.code(), "UNAUTHENTICATED");
}
