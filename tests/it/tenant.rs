//! The life of a tenant, by the operator: made, renamed, suspended, resumed, closed.

use std::time::Duration;

use control_plane_core::{sign_in, subject};
use serde_json::{Value, json};
use tests::client::order::Ordered;
use tests::client::sign_in::{CREATE_TOKEN, IMPERSONATE};
use tests::client::tenant::{OF_OFFERINGS, OF_TENANTS, TENANTS, plan_named, text, wanted};
use tests::client::{Answer, User};
use tests::stories;
use tests::world::World;
use tests::world::seed::console;
use types::clock::Clock as _;
use types::id::{SystemIds, TenantId};
use types::instant::Instant;

stories! {
    an_operator_makes_a_tenant_and_its_administrator_lets_others_in,
    nobody_of_a_suspended_tenant_is_let_in_and_what_runs_goes_on,
    what_another_process_suspends_ends_what_is_open_here,
    a_tenant_is_closed_when_nothing_is_left_in_it,
    of_an_order_and_a_closing_at_once_one_passes,
    who_is_no_operator_finds_no_tenant,
}

const EVENTS: &str = "subscription { events { cursor } }";
const VIEWER: &str = "{ viewer { name } }";
const HOUR: Duration = Duration::from_secs(3_600);

/// Asks the operator for a change of the tenant.
async fn change(world: &World, mutation: &str, mut input: Value) -> Answer {
    input["reason"] = match mutation {
        "suspendTenant" | "closeTenant" => json!("unpaid since May"),
        _ => Value::Null,
    };
    if input["reason"].is_null() {
        input.as_object_mut().expect("fields").remove("reason");
    }
    world.user("operator").await.act(&text(mutation), input).await
}

async fn suspend(world: &World) {
    let acme = json!({ "tenant": world.seed.acme.to_string() });
    change(world, "suspendTenant", acme).await.granted();
}

async fn resume(world: &World) {
    let acme = json!({ "tenant": world.seed.acme.to_string() });
    change(world, "resumeTenant", acme).await.granted();
}

/// What an action left in the installation's trail: who, how it went, and what is told of it.
async fn told(world: &World, action: &str) -> Vec<(String, String)> {
    let query = "query($x: String) { installationAudit(filter: { action: $x }) { nodes { \
        subject content } } }";
    let found = world.user("operator").await.get(query, json!({ "x": action })).await;
    let nodes = found["installationAudit"]["nodes"].as_array().expect("rows").iter();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    nodes.map(|node| (text(&node["subject"]), text(&node["content"]))).collect()
}

fn is_refused(answer: &Answer, why: &str) {
    assert_eq!((answer.code(), &answer.told()["why"]), ("FORBIDDEN", &json!(why)), "{answer:?}");
}

async fn an_operator_makes_a_tenant_and_its_administrator_lets_others_in(world: &mut World) {
    let operator = world.user("operator").await;
    let made = operator.act(&text("createTenant"), wanted("initech")).await;
    let made = &made.granted()["createTenant"];
    assert_eq!(
        (&made["tenant"]["state"], &made["tenant"]["instanceCount"]),
        (&json!("active"), &json!(0))
    );
    let boss = world.enter(made["code"].as_str().expect("a code")).await;
    let user = json!({ "name": "peter", "title": "Peter" });
    boss.act(tests::client::access::CREATE_USER, user).await.granted();
    let tree = boss.get("{ tenant { name title root { name } } }", json!({})).await;
    assert_eq!(tree["tenant"]["root"]["name"], "initech");
    let seen = boss.get("{ audit { nodes { subject action } } }", json!({})).await;
    assert!(
        seen["audit"]["nodes"].as_array().expect("rows").contains(&json!({
        "subject": "operator", "action": "createTenant" })),
        "{seen}"
    );
    let own = told(world, "createTenant").await;
    assert!(own.iter().any(|(who, content)| who == "operator" && content.contains("initech")));

    let taken = operator.act(&text("createTenant"), wanted("initech")).await;
    assert_eq!(taken.code(), "ALREADY_EXISTS");
    let mut wrong = wanted("Initech");
    wrong["zone"] = json!("Mars/Olympus");
    wrong["currency"] = json!("shells");
    wrong["administrator"] = json!({ "name": "", "title": " " });
    let refused = operator.act(&text("createTenant"), wrong).await;
    let fields: Vec<_> = refused.problems().into_iter().map(|problem| problem.0).collect();
    let expected = ["administrator.name", "administrator.title", "currency", "name", "zone"];
    assert_eq!(fields, expected);

    let all = ["acme", "globex", "initech"];
    assert_eq!(operator.managed_tenants(json!({})).await, all);
    assert_eq!(operator.managed_tenants(json!({ "search": "X" })).await, ["globex"]);
    for none in ["%", "_", "\u{0}", "'", "acmé"] {
        assert_eq!(operator.managed_tenants(json!({ "search": none })).await, [""; 0], "{none:?}");
    }
    let first = operator.get(TENANTS, json!({ "first": 2 })).await["managedTenants"].clone();
    let after = json!({ "after": first["pageInfo"]["endCursor"] });
    assert_eq!(operator.managed_tenants(after).await, ["initech"]);

    let id = made["tenant"]["id"].clone();
    let renamed = json!({ "tenant": id, "name": "initrode", "title": "Initrode" });
    change(world, "renameTenant", renamed).await.granted();
    assert_eq!(operator.managed_tenant("initrode").await["id"], id);
    assert_eq!(boss.get("{ tenant { name } }", json!({})).await["tenant"]["name"], "initrode");
    let taken = change(world, "renameTenant", json!({ "tenant": id, "name": "acme" })).await;
    assert_eq!(taken.code(), "ALREADY_EXISTS");
    let nothing = change(world, "renameTenant", json!({ "tenant": id })).await;
    assert_eq!(nothing.code(), "INVALID");
}

async fn nobody_of_a_suspended_tenant_is_let_in_and_what_runs_goes_on(world: &mut World) {
    let (dev, stranger) = (world.user("dev").await, world.user("stranger").await);
    let placed = dev.order(&world.redis(world.seed.platform_dev, "cache", "standalone")).await;
    world.succeeded(&dev, &placed.operation).await;
    let expires_at = world.clock.now().plus(HOUR * 24).to_string();
    let token = json!({ "name": "ci", "expiresAt": expires_at, "idempotencyKey": "token" });
    let robot = dev.holding(&dev.token(token).await.secret);
    let acting = acting_as_dev(world).await;
    let other = stranger.follow(EVENTS, json!({})).await;
    let open = [&dev, &robot, &acting].map(|user| user.follow(EVENTS, json!({})));
    let open = futures::future::join_all(open).await;

    suspend(world).await;
    for user in [&dev, &robot, &acting] {
        is_refused(&user.ask(VIEWER, json!({})).await, "tenant_suspended");
    }
    let expected = (4403, "tenant_suspended".to_owned());
    for open in open {
        assert_eq!(open.end().await, expected);
    }
    assert_eq!(dev.knock().await.end().await, expected);
    stranger.get(VIEWER, json!({})).await;
    let refused = signed_in(world, "dev").await;
    assert_eq!(
        (&refused["code"], &refused["why"]),
        (&json!("FORBIDDEN"), &json!("tenant_suspended"))
    );
    let asked = json!({ "tenant": world.seed.acme.to_string(), "reason": "why", "minutes": 5,
        "subject": subject_of(world, "dev").await });
    let asked = world.user("operator").await.act(IMPERSONATE, asked).await;
    assert_eq!((asked.code(), &asked.told()["why"]), ("CONFLICT", &json!("tenant_suspended")));
    let twice = json!({ "tenant": world.seed.acme.to_string() });
    let twice = change(world, "suspendTenant", twice).await;
    assert_eq!((twice.code(), &twice.told()["why"]), ("CONFLICT", &json!("tenant_suspended")));
    let shown = world.user("operator").await.managed_tenant("acme").await;
    assert_eq!(
        (&shown["state"], &shown["stateReason"], &shown["instanceCount"]),
        (&json!("suspended"), &json!("unpaid since May"), &json!(1))
    );

    let since = world.clock.now();
    let before = world.pids().await;
    world.reach(since.plus(HOUR * 2)).await;
    world.counted().await;
    resume(world).await;
    let shown = world.user("operator").await.managed_tenant("acme").await;
    assert_eq!((&shown["state"], &shown["stateReason"]), (&json!("active"), &Value::Null));
    // What they signed in with is as good as before.
    for user in [&dev, &robot] {
        user.get(VIEWER, json!({})).await;
    }
    assert_eq!(dev.instance(&placed.instance).await["state"], "RUNNING");
    assert_eq!(world.wrongs(&before).await, Vec::<String>::new());
    let used = format!(
        "SELECT SUM(quantity) FROM usage_record WHERE meter = 'member_seconds' \
         AND status = 'counted' AND end_at > {}",
        since.micros()
    );
    let used = world.number(&used).await;
    assert!(used >= 7_000, "what ran was counted: {used}");
    seen_by_the_auditor(world).await;
    drop(other);
}

/// Both the tenant and the installation know who did it and why, and who was not let in.
async fn seen_by_the_auditor(world: &World) {
    let query = "{ audit(first: 100) { nodes { subject action outcome content } } }";
    let seen = world.user("auditor").await.get(query, json!({})).await;
    let has = |action: &str, outcome: &str, word: &str| {
        let rows = seen["audit"]["nodes"].as_array().expect("rows").iter();
        rows.filter(|row| row["action"] == action && row["outcome"] == outcome)
            .any(|row| row["content"].as_str().is_some_and(|content| content.contains(word)))
    };
    assert!(has("suspendTenant", "done", "unpaid since May"), "{seen:#}");
    assert!(has("resumeTenant", "done", "acme"), "{seen:#}");
    assert!(has("signIn", "refused", "tenant_suspended"), "{seen:#}");
    assert!(has("useToken", "refused", "tenant_suspended"), "{seen:#}");
    assert!(
        told(world, "suspendTenant").await.iter().any(|row| row.1.contains("unpaid since May"))
    );
    assert_eq!(told(world, "resumeTenant").await.len(), 1);
}

async fn subject_of(world: &World, name: &str) -> String {
    let found = subject::named(world.plane(), &console(), name).await.expect("an answer");
    subject::only(found).expect("one").id.to_string()
}

/// What somebody is told who signs in by a link.
async fn signed_in(world: &World, name: &str) -> Value {
    let id = subject_of(world, name).await.parse().expect("an id");
    let code = sign_in::create_code(world.plane(), id).await.expect("a code");
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let tried = User::try_sign_in(&http, &world.address(), code.code.reveal()).await;
    tried.err().expect("a refusal")["error"].clone()
}

async fn acting_as_dev(world: &World) -> User {
    let whom = json!({ "tenant": world.seed.acme.to_string(), "reason": "ticket 7", "minutes": 30,
        "subject": subject_of(world, "dev").await });
    let begun = world.user("operator").await.act(IMPERSONATE, whom).await;
    world.enter(begun.granted()["impersonate"]["code"].as_str().expect("a code")).await
}

async fn what_another_process_suspends_ends_what_is_open_here(world: &mut World) {
    let dev = world.user("dev").await;
    let open = dev.follow(EVENTS, json!({})).await;
    dev.get(VIEWER, json!({})).await;
    let now = world.clock.now().micros();
    let suspended =
        format!("UPDATE tenant SET state = 'suspended', state_at = {now} WHERE name = 'acme'");
    world.plant(&suspended).await;
    let ended = open.end();
    let turned = world.until("a second", async || world.clock.now().micros() >= now + 1_000_000);
    let (end, ()) = futures::join!(ended, turned);
    assert_eq!(end, (4403, "tenant_suspended".to_owned()));
    is_refused(&dev.ask(VIEWER, json!({})).await, "tenant_suspended");
    resume(world).await;
    dev.get(VIEWER, json!({})).await;
}

async fn a_tenant_is_closed_when_nothing_is_left_in_it(world: &mut World) {
    let dev = world.user("dev").await;
    let placed = dev.order(&world.redis(world.seed.platform_dev, "cache", "standalone")).await;
    let acme = world.seed.acme.to_string();
    let close = async |name: &str| {
        change(world, "closeTenant", json!({ "tenant": acme, "name": name })).await
    };
    let left = close("acme").await;
    assert_eq!((left.code(), &left.told()["why"]), ("CONFLICT", &json!("not_empty")));
    let blockers = left.told()["blockers"].clone();
    assert_eq!(
        blockers[0],
        json!({ "kind": "instance", "id": placed.instance, "name": placed.instance })
    );
    assert_eq!(blockers[1]["id"], json!(placed.operation));
    assert!(!left.text.contains("cache"), "what was ordered is the tenant's: {}", left.text);
    let slip = close("acm").await;
    assert_eq!(slip.problems(), [("name".to_owned(), "differs".to_owned())]);
    world.succeeded(&dev, &placed.operation).await;
    world.becomes(&dev, &placed.instance, "RUNNING").await;
    world.pass(HOUR);
    let deleted = dev.delete(&placed.instance, "cache", "delete").await;
    let deleted = Ordered::from(&deleted);
    world.succeeded(&dev, &deleted.operation).await;
    world.counted().await;
    let unbilled = close("acme").await;
    assert_eq!(unbilled.told()["blockers"][0]["name"], "2026-11", "{unbilled:?}");
    assert_eq!(world.user("operator").await.managed_tenant("acme").await["state"], "active");

    let december: Instant = "2026-11-30T16:00:01Z".parse().expect("an instant");
    world.reach(december).await;
    world.sign_in_again();
    let is_billed = async || close("acme").await.code() == "done";
    world.until("the month's bill", is_billed).await;
    world.user("stranger").await.get(VIEWER, json!({})).await;
    let refused = signed_in(world, "dev").await;
    assert_eq!(refused["why"], "tenant_closed");
    for mutation in ["suspendTenant", "resumeTenant"] {
        let again = change(world, mutation, json!({ "tenant": acme })).await;
        assert_eq!((again.code(), &again.told()["why"]), ("CONFLICT", &json!("tenant_closed")));
    }
    let shown = world.user("operator").await.managed_tenant("acme").await;
    assert_eq!((&shown["state"], &shown["instanceCount"]), (&json!("closed"), &json!(0)));
    let bills = "SELECT COUNT(*) FROM bill";
    assert!(world.number(bills).await > 0, "nothing was removed");
    let taken = world.user("operator").await.act(&text("createTenant"), wanted("acme")).await;
    assert_eq!(taken.code(), "ALREADY_EXISTS");
}

async fn of_an_order_and_a_closing_at_once_one_passes(world: &mut World) {
    let stranger = world.user("stranger").await;
    let operator = world.user("operator").await;
    let order = world.redis(world.seed.globex_dev, "cache", "standalone");
    let token = stranger.preview(&order).await;
    let close = json!({ "tenant": world.seed.globex.to_string(), "name": "globex",
        "reason": "left" });
    let mutation = text("closeTenant");
    let (placed, closed) =
        futures::join!(stranger.place(&order, &token, "key"), operator.act(&mutation, close),);
    let found = (placed.code(), closed.code());
    assert!(found == ("done", "CONFLICT") || found == ("FORBIDDEN", "done"), "{found:?}");
    let live = "SELECT COUNT(*) FROM instance WHERE deleted_at IS NULL";
    assert_eq!(world.number(live).await, i64::from(placed.code() == "done"));
}

async fn who_is_no_operator_finds_no_tenant(world: &mut World) {
    let acme = world.seed.acme.to_string();
    let none = TenantId::next(&SystemIds).to_string();
    let one = "query($x: String!) { managedTenant(idOrName: $x) { name state } }";
    let offering = world.redis(world.seed.platform_dev, "x", "standalone")["offering"].clone();
    for name in ["admin", "head", "dev", "auditor", "stranger"] {
        let user = world.user(name).await;
        for (query, mine, missing) in [
            (one, json!({ "x": acme }), json!({ "x": none })),
            (one, json!({ "x": "acme" }), json!({ "x": "nobody" })),
            (TENANTS, json!({}), json!({ "search": "nobody" })),
        ] {
            let answer = user.ask(query, mine).await;
            assert_eq!(answer.code(), "NOT_FOUND", "{name}: {}", answer.text);
            let missing = user.ask(query, missing).await;
            assert_eq!(answer.without_request(), missing.without_request());
        }
        for mutation in OF_TENANTS.into_iter().chain(OF_OFFERINGS.map(|(name, _)| name)) {
            let mut input = match mutation {
                "createTenant" => wanted("mine"),
                "publishOffering" => json!({ "package": "memcached" }),
                "addPlan" => plan_named(offering.as_str().expect("an id"), "mine"),
                "withdrawOffering" => json!({ "offering": offering }),
                "setOfferingAudience" => json!({ "offering": offering, "audience": "CHOSEN" }),
                "offerToTenant" | "withdrawFromTenant" => {
                    json!({ "offering": offering, "tenant": acme })
                }
                "renameTenant" => json!({ "tenant": acme, "title": "Mine" }),
                _ => json!({ "tenant": acme }),
            };
            if mutation == "suspendTenant" || mutation == "closeTenant" {
                input["reason"] = json!("mine");
            }
            if mutation == "closeTenant" {
                input["name"] = json!("acme");
            }
            let answer = user.act(&text(mutation), input).await;
            assert_eq!(answer.code(), "NOT_FOUND", "{name}: {mutation}: {}", answer.text);
        }
    }
    let refused = "{ audit(first: 50, filter: { subject: \"admin\", outcome: REFUSED }) { nodes { \
        action code } } }";
    let refused = world.user("auditor").await.get(refused, json!({})).await;
    let kept = refused["audit"]["nodes"].as_array().expect("rows").iter();
    assert_eq!(kept.filter(|row| row["code"] == "NOT_FOUND").count(), 11, "{refused:#}");
    // The installation is no tenant, so it cannot lock itself out.
    let nobody = format!("{}_{}", TenantId::PREFIX, "0".repeat(26));
    for (mutation, more) in [("suspendTenant", None), ("closeTenant", Some("installation"))] {
        let mut input = json!({ "tenant": nobody });
        if let Some(name) = more {
            input["name"] = json!(name);
        }
        assert_eq!(change(world, mutation, input).await.code(), "NOT_FOUND");
    }
    // A program of the operator's makes no tenant: the code lets somebody in.
    let operator = world.user("operator").await;
    let expires_at = world.clock.now().plus(HOUR).to_string();
    let token = json!({ "name": "ci", "expiresAt": expires_at, "idempotencyKey": "token" });
    let made = operator.ask(CREATE_TOKEN, json!({ "input": token })).await;
    let secret = made.granted()["createToken"]["secret"].as_str().expect("a secret").to_owned();
    let refused = operator.holding(&secret).act(&text("createTenant"), wanted("mine")).await;
    is_refused(&refused, "token");
    assert_eq!(operator.managed_tenants(json!({})).await, ["acme", "globex"]);
}
