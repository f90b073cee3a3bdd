//! Tokens of people and of service accounts: what they are worth, and when they are worth nothing.

use std::time::Duration;

use control_plane_core::{sign_in, subject};
use policies::role::{Node, Role};
use sea_orm::{ConnectionTrait as _, Database};
use serde_json::{Value, json};
use tests::client::order::{REVEAL, STOP};
use tests::client::sign_in::{
    CREATE_SERVICE_ACCOUNT, CREATE_TOKEN, DELETE_SERVICE_ACCOUNT, END_OTHER_SESSIONS, MadeToken,
    TOKENS,
};
use tests::client::{Answer, User};
use tests::stories;
use tests::world::World;
use tests::world::seed::console;
use types::clock::Clock as _;

stories! {
    a_token_is_shown_once_and_does_what_its_subject_may,
    a_token_that_is_over_or_shown_elsewhere_is_nobody,
    a_token_does_nothing_beyond_its_limits,
    a_rotated_token_is_good_for_the_overlap_and_no_longer,
    what_was_opened_with_a_token_ends_with_it,
    a_token_does_not_change_who_signs_in,
    a_token_that_makes_no_sense_is_refused,
    a_service_account_signs_in_with_tokens_alone,
    nobody_gets_more_by_a_service_account_than_they_have,
}

const EVENTS: &str = "subscription { events { cursor } }";
const DAY: Duration = Duration::from_secs(24 * 3600);

/// A token for a day.
fn new(world: &World, name: &str) -> Value {
    let expires_at = world.clock.now().plus(DAY).to_string();
    json!({ "name": name, "expiresAt": expires_at, "idempotencyKey": format!("token {name}") })
}

fn with(mut input: Value, more: Value) -> Value {
    let more = more.as_object().expect("fields").clone();
    input.as_object_mut().expect("fields").extend(more);
    input
}

async fn viewer(user: &User) -> Answer {
    user.ask("{ viewer { name } }", json!({})).await
}

#[track_caller]
fn nobody(answer: &Answer) {
    assert_eq!(answer.code(), "UNAUTHENTICATED", "{}", answer.text);
}

/// Reasons for which tokens were refused, the newest first, with the addresses.
async fn refusals(world: &World) -> Vec<(String, String)> {
    let query = "{ audit(filter: { action: \"useToken\", outcome: REFUSED }) { nodes { content \
        code address } } }";
    let found = world.user("auditor").await.get(query, json!({})).await;
    let nodes = found["audit"]["nodes"].as_array().expect("rows").iter();
    let read = |node: &Value| {
        assert_eq!(node["code"], "UNAUTHENTICATED");
        let content: Value =
            serde_json::from_str(node["content"].as_str().expect("a text")).expect("JSON");
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        (text(&content["reason"]), text(&node["address"]))
    };
    nodes.map(read).collect()
}

async fn a_token_is_shown_once_and_does_what_its_subject_may(world: &mut World) {
    let dev = world.user("dev").await;
    let input = new(world, "ci");
    let made = dev.token(input.clone()).await;
    assert!(made.secret.starts_with("cpt_"), "{}", made.secret);
    let again = dev.ask(CREATE_TOKEN, json!({ "input": input })).await;
    let again = &again.granted()["createToken"];
    assert_eq!((&again["token"]["id"], &again["secret"]), (&json!(made.id), &Value::Null));
    let program = dev.holding(&made.secret);
    assert_eq!(viewer(&program).await.granted()["viewer"]["name"], "dev");
    let order = world.redis(world.seed.platform_dev, "shop-cache", "standalone");
    let placed = program.order(&order).await;
    world.succeeded(&program, &placed.operation).await;

    let listed = dev.ask(TOKENS, json!({})).await;
    assert!(!listed.text.contains("cpt_"), "{}", listed.text);
    let used = async || {
        let tokens = dev.tokens(None).await;
        assert_eq!(tokens.len(), 1);
        !tokens[0]["lastUsedAt"].is_null()
    };
    world.until("the last use", used).await;
    let token = &dev.tokens(None).await[0];
    assert_eq!(token["lastAddress"], "127.0.0.1");
    assert_eq!((&token["createdBy"], &token["actions"]), (&json!("dev"), &Value::Null));
    // What the database has of it opens nothing.
    let around = Database::connect(world.database()).await.expect("a connection");
    let rows = around.query_one_raw(sea_orm::Statement::from_string(
        around.get_database_backend(),
        format!("SELECT hash FROM access_token WHERE hash <> '{}'", made.secret),
    ));
    let hash: String =
        rows.await.expect("an answer").expect("a row").try_get("", "hash").expect("a text");
    nobody(&viewer(&dev.holding(&hash)).await);
    around.close().await.expect("closed");
}

async fn a_token_that_is_over_or_shown_elsewhere_is_nobody(world: &mut World) {
    let dev = world.user("dev").await;
    let unknown = viewer(&dev.holding("cpt_made-up")).await;
    nobody(&unknown);
    let here = with(new(world, "here"), json!({ "addresses": ["127.0.0.1", "10.0.0.0/8"] }));
    let here = dev.token(here).await;
    viewer(&dev.holding(&here.secret)).await.granted();
    let there = dev.token(with(new(world, "there"), json!({ "addresses": ["10.0.0.0/8"] }))).await;
    let there = dev.holding(&there.secret);
    for _ in 0..3 {
        assert_eq!(viewer(&there).await.without_request(), unknown.without_request());
    }
    let elsewhere = || ("wrong_address".to_owned(), "127.0.0.1".to_owned());
    assert_eq!(refusals(world).await, [elsewhere()], "once a minute and not each time");
    world.pass(Duration::from_secs(60));
    nobody(&viewer(&there).await);
    assert_eq!(refusals(world).await, [elsewhere(), elsewhere()]);

    dev.revoke(&here.id, "end").await.granted();
    dev.revoke(&here.id, "end").await.granted();
    assert_eq!(
        viewer(&dev.holding(&here.secret)).await.without_request(),
        unknown.without_request()
    );
    assert_eq!(refusals(world).await[0].0, "revoked");
    assert_eq!(dev.revoke(&here.id, "again").await.code(), "CONFLICT");

    let short = dev.token(new(world, "short")).await;
    viewer(&dev.holding(&short.secret)).await.granted();
    world.pass(DAY);
    assert_eq!(
        viewer(&dev.holding(&short.secret)).await.without_request(),
        unknown.without_request()
    );
    assert_eq!(refusals(world).await[0].0, "expired");
}

async fn a_token_does_nothing_beyond_its_limits(world: &mut World) {
    let (head, seed) = (world.user("head").await, world.seed);
    let inside = head.order(&world.redis(seed.platform_dev, "inside", "standalone")).await;
    let outside = head.order(&world.redis(seed.sales_dev, "outside", "standalone")).await;
    for operation in [&inside.operation, &outside.operation] {
        world.succeeded(&head, operation).await;
    }
    let limits = json!({ "actions": ["OPERATE"], "within": seed.platform.to_string() });
    let made = head.token(with(new(world, "ops"), limits)).await;
    let program = head.holding(&made.secret);
    let stopped = program.command(STOP, &inside.instance, "stop").await;
    world
        .succeeded(
            &head,
            stopped.granted()["stopInstance"]["operation"]["id"].as_str().expect("an id"),
        )
        .await;

    let refused = program.command(REVEAL, &inside.instance, "reveal").await;
    assert_eq!((refused.code(), &refused.told()["why"]), ("FORBIDDEN", &json!("token")));
    assert!(refused.text.contains("limited to view, operate in org_"), "{}", refused.text);
    // Outside it finds nothing, as if nothing were there.
    let hidden = program.command(STOP, &outside.instance, "one").await;
    let missing = program.command(STOP, "ins_00000000000000000000000000", "two").await;
    assert_eq!(hidden.without_request(), missing.without_request());
    assert_eq!(hidden.code(), "NOT_FOUND");
    let lists = "{ instances { nodes { name } } projects { nodes { name } } \
        organizations { nodes { name } } assetRegister { counts { members } } }";
    let found = program.get(lists, json!({})).await;
    assert_eq!(found["assetRegister"]["counts"][0]["members"], 1);
    let names = |list: &str| -> Vec<String> {
        let nodes = found[list]["nodes"].as_array().expect("a list").iter();
        nodes.map(|node| node["name"].as_str().expect("a name").to_owned()).collect()
    };
    assert_eq!(names("instances"), ["inside"]);
    assert_eq!(names("projects"), ["platform-dev"]);
    assert_eq!(names("organizations"), ["platform"]);
    for project in ["sales-dev", &seed.sales_dev.to_string()] {
        let query = "query($x: String!) { project(idOrName: $x) { id } }";
        assert_eq!(program.ask(query, json!({ "x": project })).await.code(), "NOT_FOUND");
    }

    let roles = "{ viewer { roles { role { id } at { id } } } }";
    let roles = program.get(roles, json!({})).await["viewer"]["roles"].clone();
    let all = roles.as_array().expect("roles").iter();
    assert!(all.clone().count() == 2, "{roles}");
    assert!(all.clone().all(|role| role["at"]["id"] == seed.platform.to_string()), "{roles}");
    // The audit says which token it was.
    let stopped = "{ audit(filter: { action: \"stopInstance\" }) { nodes { subject content } } }";
    let kept = world.user("auditor").await.get(stopped, json!({})).await["audit"]["nodes"].clone();
    let kept = kept.as_array().expect("rows").last().expect("a row").clone();
    assert_eq!(kept["subject"], "head");
    assert!(kept["content"].as_str().expect("a text").contains(&made.id), "{kept}");

    // A token for one project, of somebody who sees all.
    let limits = json!({ "within": seed.sales_dev.to_string() });
    let made = head.token(with(new(world, "sales"), limits)).await;
    let program = head.holding(&made.secret);
    assert_eq!(program.command(STOP, &inside.instance, "three").await.code(), "NOT_FOUND");
    program.command(STOP, &outside.instance, "four").await.granted();
    // The right that its subject lacks, it lacks as well.
    let audit = "{ audit { nodes { number } } }";
    assert_eq!(program.ask(audit, json!({})).await.code(), "NOT_FOUND");
}

async fn a_rotated_token_is_good_for_the_overlap_and_no_longer(world: &mut World) {
    let dev = world.user("dev").await;
    let made = dev.token(new(world, "ci")).await;
    let first = dev.holding(&made.secret);
    let secret = |answer: &Answer| {
        answer.granted()["rotateToken"]["secret"].as_str().expect("a secret").to_owned()
    };
    // A program rotates what it has by itself.
    let second = dev.holding(&secret(&first.rotate(&made.id, 10, "second").await));
    viewer(&first).await.granted();
    viewer(&second).await.granted();
    world.pass(Duration::from_secs(600));
    nobody(&viewer(&first).await);
    viewer(&second).await.granted();
    let third = dev.holding(&secret(&dev.rotate(&made.id, 0, "third").await));
    nobody(&viewer(&second).await);
    viewer(&third).await.granted();
    assert!(refusals(world).await.iter().all(|(reason, _)| reason == "rotated"));
    let repeated = dev.rotate(&made.id, 0, "third").await;
    assert_eq!(repeated.granted()["rotateToken"]["secret"], Value::Null);
    viewer(&third).await.granted();
    assert_eq!(dev.rotate(&made.id, 1_441, "long").await.code(), "INVALID");

    let later = world.clock.now().plus(DAY * 2).to_string();
    let rotate = "mutation($input: RotateTokenInput!) { rotateToken(input: $input) { \
        token { expiresAt } secret } }";
    let input = json!({ "token": made.id, "expiresAt": later, "idempotencyKey": "later" });
    let refused = third.ask(rotate, json!({ "input": input })).await;
    assert_eq!(refused.problems(), [("expiresAt".to_owned(), "out_of_range".to_owned())]);
    let granted = dev.ask(rotate, json!({ "input": input })).await;
    assert_eq!(granted.granted()["rotateToken"]["token"]["expiresAt"], later);
    let other = dev.token(new(world, "other")).await;
    let by_token = dev.holding(&other.secret).rotate(&made.id, 0, "by another").await;
    assert_eq!(by_token.code(), "FORBIDDEN");
}

async fn what_was_opened_with_a_token_ends_with_it(world: &mut World) {
    let dev = world.user("dev").await;
    let open = async |made: &MadeToken| {
        let mut open = dev
            .holding(&made.secret)
            .follow("subscription { events(after: \"0\") { cursor } }", json!({}))
            .await;
        open.next().await.expect("an event").granted();
        open
    };
    dev.order(&world.redis(world.seed.platform_dev, "any", "standalone")).await;
    let made = dev.token(new(world, "revoked")).await;
    let revoked = open(&made).await;
    dev.revoke(&made.id, "revoke").await.granted();
    assert_eq!(revoked.closed().await, 4401, "without the clock being turned");

    let made = dev.token(new(world, "rotated")).await;
    let rotated = open(&made).await;
    dev.rotate(&made.id, 0, "rotate").await.granted();
    assert_eq!(rotated.closed().await, 4401);

    let made = dev.token(new(world, "elsewhere")).await;
    let elsewhere = open(&made).await;
    let around = Database::connect(world.database()).await.expect("a connection");
    let now = world.clock.now().micros();
    let revoke = format!(
        "UPDATE access_token SET revoked_at = {now}, changed_at = {now} WHERE name = 'elsewhere'"
    );
    around.execute_unprepared(&revoke).await.expect("changed");
    around.close().await.expect("closed");
    world.pass(Duration::from_secs(1));
    assert_eq!(elsewhere.closed().await, 4401, "a second after another process ended it");
    nobody(&viewer(&dev.holding(&made.secret)).await);

    let made = dev.token(new(world, "expiring")).await;
    let expiring = open(&made).await;
    world.pass(DAY);
    assert_eq!(expiring.closed().await, 4401);
}

async fn a_token_does_not_change_who_signs_in(world: &mut World) {
    let admin = world.user("admin").await;
    let made = admin.token(new(world, "all")).await;
    let program = admin.holding(&made.secret);
    let platform = world.seed.platform.to_string();
    let code = "mutation { createSignInCode(input: { idempotencyKey: \"k\" }) { code } }";
    let account = json!({ "organization": platform, "name": "robot", "title": "Robot",
        "idempotencyKey": "k" });
    for (document, input) in [
        (CREATE_TOKEN, new(world, "more")),
        (CREATE_SERVICE_ACCOUNT, account),
        (END_OTHER_SESSIONS, json!({ "idempotencyKey": "k" })),
        (code, Value::Null),
        ("mutation { signOut }", Value::Null),
        (TOKENS, Value::Null),
        ("{ sessions { nodes { id } } }", Value::Null),
    ] {
        let answer = program.ask(document, json!({ "input": input })).await;
        assert_eq!(answer.code(), "FORBIDDEN", "{document}: {}", answer.text);
    }
    nobody(&program.ask_with_cookie("{ viewer { name } }").await);
    let own = program.revoke(&made.id, "own").await;
    own.granted();
    nobody(&viewer(&program).await);
}

async fn a_token_that_makes_no_sense_is_refused(world: &mut World) {
    let dev = world.user("dev").await;
    let now = world.clock.now();
    let check = async |more: Value, field: &str, problem: &str| {
        let key =
            json!({ "idempotencyKey": format!("{more}").chars().take(100).collect::<String>() });
        let input = with(with(new(world, "ci"), key), more);
        let answer = dev.ask(CREATE_TOKEN, json!({ "input": input })).await;
        assert_eq!(answer.problems(), [(field.to_owned(), problem.to_owned())], "{input}");
    };
    check(json!({ "expiresAt": now.to_string() }), "expiresAt", "out_of_range").await;
    let late = now.plus(DAY * 91).to_string();
    check(json!({ "expiresAt": late }), "expiresAt", "out_of_range").await;
    for name in ["", "CI", "a b", &"n".repeat(41)] {
        check(json!({ "name": name }), "name", "malformed").await;
    }
    check(json!({ "actions": [] }), "actions", "empty").await;
    for range in ["10.0.0.0/33", "here", "", "127.1"] {
        check(json!({ "addresses": [range] }), "addresses", "malformed").await;
    }
    let many = vec!["10.0.0.0/8"; 51];
    check(json!({ "addresses": many }), "addresses", "too_many").await;
    check(json!({ "idempotencyKey": "" }), "idempotencyKey", "malformed").await;
    assert!(dev.tokens(None).await.is_empty());
    let mut last = None;
    for number in 0..100 {
        last = Some(dev.token(new(world, &format!("ci-{number}"))).await);
    }
    let one_more = json!({ "input": new(world, "one-more") });
    let refused = dev.ask(CREATE_TOKEN, one_more.clone()).await;
    assert_eq!((refused.code(), &refused.told()["limit"]), ("LIMIT_REACHED", &json!(100)));
    dev.revoke(&last.expect("a token").id, "room").await.granted();
    dev.ask(CREATE_TOKEN, one_more).await.granted();
}

async fn bind(world: &World, id: &str, role: Role, node: Node) {
    let id = id.parse().expect("an id");
    let acme = Some(world.seed.acme);
    subject::bind(world.plane(), &console(), acme, id, role, node).await.expect("bound");
}

async fn a_service_account_signs_in_with_tokens_alone(world: &mut World) {
    let (admin, seed) = (world.user("admin").await, world.seed);
    let id = admin.service_account(&seed.platform.to_string(), "robot").await;
    let for_it = |name: &str| with(new(world, name), json!({ "serviceAccount": id }));
    let made = admin.token(for_it("ci")).await;
    let robot = admin.holding(&made.secret);
    assert_eq!(viewer(&robot).await.granted()["viewer"]["name"], "robot");
    let order = world.redis(seed.platform_dev, "by-robot", "standalone");
    let preview = tests::client::order::PREVIEW_ORDER;
    let without = robot.ask(preview, json!({ "input": order })).await;
    assert_eq!(without.code(), "NOT_FOUND", "without a role it sees nothing");
    bind(world, &id, Role::Developer, Node::Project(seed.platform_dev)).await;
    let placed = robot.order(&order).await;
    world.succeeded(&robot, &placed.operation).await;
    let subject = id.parse().expect("an id");
    let refused = sign_in::create_code(world.plane(), subject).await.expect_err("a refusal");
    assert!(refused.to_string().contains("tokens alone"), "{refused}");

    // Whoever does not look after it finds nothing, and gets nothing.
    for name in ["dev", "seller", "viewer", "auditor", "stranger"] {
        let user = world.user(name).await;
        let asked = with(new(world, name), json!({ "serviceAccount": id }));
        let asked = user.ask(CREATE_TOKEN, json!({ "input": asked })).await;
        assert_eq!(asked.code(), "NOT_FOUND", "{name}");
        assert_eq!(user.revoke(&made.id, name).await.code(), "NOT_FOUND", "{name}");
        assert_eq!(user.rotate(&made.id, 0, name).await.code(), "NOT_FOUND", "{name}");
        let gone = json!({ "input": { "serviceAccount": id, "idempotencyKey": name } });
        assert_eq!(user.ask(DELETE_SERVICE_ACCOUNT, gone).await.code(), "NOT_FOUND", "{name}");
        let listed = user.get("{ serviceAccounts { nodes { id } } }", json!({})).await;
        assert_eq!(listed["serviceAccounts"]["nodes"], json!([]), "{name}");
    }
    let again = json!({ "organization": seed.sales.to_string(), "name": "robot", "title": "R",
        "idempotencyKey": "again" });
    let taken = admin.ask(CREATE_SERVICE_ACCOUNT, json!({ "input": again })).await;
    assert_eq!(taken.code(), "ALREADY_EXISTS");
    let gone = json!({ "input": { "serviceAccount": id, "idempotencyKey": "gone" } });
    let open = robot.follow(EVENTS, json!({})).await;
    admin.ask(DELETE_SERVICE_ACCOUNT, gone.clone()).await.granted();
    assert_eq!(open.closed().await, 4401);
    nobody(&viewer(&robot).await);
    admin.ask(DELETE_SERVICE_ACCOUNT, gone).await.granted();
    let asked = admin.ask(CREATE_TOKEN, json!({ "input": for_it("late") })).await;
    assert_eq!(asked.code(), "NOT_FOUND");
}

async fn nobody_gets_more_by_a_service_account_than_they_have(world: &mut World) {
    let (admin, head, seed) = (world.user("admin").await, world.user("head").await, world.seed);
    let id = admin.service_account(&seed.platform.to_string(), "robot").await;
    bind(world, &id, Role::TenantAdmin, Node::Tenant(seed.acme)).await;
    let asked = |name: &str, more: Value| json!({ "input": with(with(new(world, name), json!({ "serviceAccount": id })), more) });
    for (name, more) in [("all", json!({})), ("some", json!({ "actions": ["ORDER"] }))] {
        let refused = head.ask(CREATE_TOKEN, asked(name, more)).await;
        assert_eq!((refused.code(), &refused.told()["why"]), ("FORBIDDEN", &json!("beyond_own")));
    }
    // Below its own organization the head has all of these rights.
    let limits = json!({ "actions": ["ORDER"], "within": seed.platform.to_string() });
    head.ask(CREATE_TOKEN, asked("limited", limits)).await.granted();
    let audit = json!({ "actions": ["READ_AUDIT"], "within": seed.platform.to_string() });
    let refused = head.ask(CREATE_TOKEN, asked("audit", audit)).await;
    assert_eq!(refused.told()["action"], "READ_AUDIT");
    // What it may not have made it may not take over, but it may end it.
    let strong = admin.ask(CREATE_TOKEN, asked("strong", json!({}))).await;
    let strong = strong.granted()["createToken"]["token"]["id"].as_str().expect("an id").to_owned();
    assert_eq!(head.rotate(&strong, 0, "take").await.code(), "FORBIDDEN");
    head.revoke(&strong, "end").await.granted();
}
