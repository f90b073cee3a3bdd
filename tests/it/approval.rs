//! What takes an approval waits until others approve, is done as whoever asked, and once.

use control_plane_core::subject;
use policies::role::{Node, Role};
use sea_orm::{ConnectionTrait as _, Database};
use serde_json::{Value, json};
use tests::client::approval::{APPROVAL, COMMENT, CREATE_RULE, REJECT, RULES, WITHDRAW};
use tests::client::order::{BATCH, DELETE, Ordered, PLACE, PREVIEW_BATCH, START, STOP};
use tests::client::sign_in::IMPERSONATE;
use tests::client::{Answer, User};
use tests::stories;
use tests::world::World;
use tests::world::seed::console;
use types::clock::Clock as _;

mod ahead;
mod outdated;
mod race;

use ahead::a_preview_says_what_will_wait_and_for_how_many;

stories! {
    an_order_waits_for_an_approval_and_is_then_its_senders,
    two_different_people_approve,
    nobody_approves_what_they_asked_for_however_they_come,
    a_rule_covers_what_it_is_limited_to,
    it_is_rejected_withdrawn_and_talked_about,
    every_covered_mutation_goes_the_same_way,
    a_batch_says_what_waits_for_each,
    a_rule_that_makes_no_sense_is_refused,
    a_secret_in_what_waits_is_neither_shown_nor_kept_in_clear,
    a_preview_says_what_will_wait_and_for_how_many,
}

/// Asks for an order, which waits.
async fn ask(world: &World, user: &User, name: &str) -> String {
    let order = world.redis(world.seed.platform_dev, name, "standalone");
    let token = user.preview(&order).await;
    user.place(&order, &token, name).await.waiting()
}

/// How many instances there are.
async fn count(user: &User) -> usize {
    let found = user.get("{ instances { nodes { id } } }", json!({})).await;
    found["instances"]["nodes"].as_array().expect("instances").len()
}

/// Somebody with a role at an organization.
async fn person(world: &World, name: &str, role: Role) -> User {
    let (plane, acme) = (world.plane(), Some(world.seed.acme));
    let (text, title) = (name.parse().expect("a name"), name.parse().expect("a title"));
    let id = subject::create(plane, &console(), acme, &text, &title).await.expect("a person");
    let at = Node::Organization(world.seed.platform);
    subject::bind(plane, &console(), acme, id, role, at).await.expect("a role");
    world.sign_in(name).await
}

async fn about(user: &User, id: &str) -> Answer {
    user.ask(APPROVAL, json!({ "id": id })).await
}

/// Words of its history.
fn history(approval: &Value) -> Vec<(String, Value)> {
    let lines = approval["history"].as_array().expect("lines").iter();
    lines
        .map(|line| (line["kind"].as_str().expect("a word").to_owned(), line["by"].clone()))
        .collect()
}

async fn an_order_waits_for_an_approval_and_is_then_its_senders(world: &mut World) {
    let (dev, head) = (world.user("dev").await, world.user("head").await);
    head.rule(world.seed.platform, "PLACE_ORDER", json!({})).await;
    let order = world.redis(world.seed.platform_dev, "cache", "standalone");
    let token = dev.preview(&order).await;
    let input = json!({ "order": order, "previewToken": token, "reason": "for the shop",
        "idempotencyKey": "key" });
    let place = async || dev.ask(PLACE, json!({ "input": input })).await;
    let id = place().await.waiting();
    assert_eq!(place().await.waiting(), id, "the same key, the same request");
    let mut other = input.clone();
    other["order"]["name"] = json!("other");
    let other = dev.ask(PLACE, json!({ "input": other })).await;
    assert_eq!(other.code(), "IDEMPOTENCY_MISMATCH");
    assert_eq!(count(&dev).await, 0, "nothing was made");

    let mine = dev.approval(&id).await;
    assert_eq!((&mine["state"], &mine["mutation"]), (&json!("OPEN"), &json!("PLACE_ORDER")));
    assert_eq!((&mine["isOwn"], &mine["viewerCanDecide"]), (&json!(true), &json!(false)));
    let price = json!({ "currency": "CNY", "perMonth": "36" });
    assert_eq!((&mine["price"], &mine["history"][0]["comment"]), (&price, &json!("for the shop")));
    let theirs = head.approval(&id).await;
    assert_eq!((&theirs["isOwn"], &theirs["viewerCanDecide"]), (&json!(false), &json!(true)));
    assert_eq!(head.approvals(json!({ "state": "OPEN", "isOwn": false })).await, ["cache"]);
    assert_eq!(
        dev.approvals(json!({ "at": world.seed.platform_dev.to_string() })).await,
        ["cache"]
    );
    let none = about(&dev, "apr_00000000000000000000000000").await.without_request();
    for name in ["seller", "viewer", "finance", "auditor", "nobody", "stranger"] {
        let user = world.user(name).await;
        assert_eq!(about(&user, &id).await.without_request(), none, "{name}");
        assert_eq!(user.approve(&id).await.code(), "NOT_FOUND", "{name}");
    }

    let events = "subscription($after: String) { events(after: $after) { node { kind } } }";
    let known = world.number("SELECT MAX(number) FROM event WHERE kind LIKE 'approval%'").await;
    let mut events = head.follow(events, json!({ "after": known.to_string() })).await;
    let done = head.approve(&id).await;
    assert_eq!(done.granted()["giveApproval"]["state"], "PERFORMED", "{}", done.text);
    let kind = |answer: &Answer| answer.granted()["events"]["node"]["kind"].clone();
    let next = [events.next().await.expect("one"), events.next().await.expect("another")];
    assert_eq!(next.each_ref().map(kind), ["approval_performed", "instance_created"]);
    let placed = Ordered::from(&place().await);
    let now = dev.approval(&id).await;
    assert_eq!(now["instance"]["id"], placed.instance);
    assert_eq!(now["operation"]["id"], placed.operation);
    let lines = [("ASKED", "dev"), ("APPROVED", "head")];
    assert_eq!(history(&now), lines.map(|(kind, by)| (kind.to_owned(), json!(by))));
    world.succeeded(&dev, &placed.operation).await;
    let made = "query($id: String!) { instance(idOrName: $id) { createdBy } }";
    let made = dev.get(made, json!({ "id": placed.instance })).await;
    assert_eq!(made["instance"]["createdBy"], "dev", "as whoever asked");
    assert_eq!(head.approve(&id).await.told()["why"], "performed");

    let query = "{ audit(first: 100) { nodes { subject action outcome content } } }";
    let rows = world.user("auditor").await.get(query, json!({})).await;
    let rows = rows["audit"]["nodes"].as_array().expect("rows").clone();
    let find = |subject: &str, action: &str, outcome: &str| {
        let is = |row: &&Value| {
            row["subject"] == subject && row["action"] == action && row["outcome"] == outcome
        };
        let found = rows.iter().find(is);
        found.unwrap_or_else(|| panic!("{subject} {action} in {rows:#?}"))["content"].clone()
    };
    find("dev", "requestApproval", "done");
    find("head", "giveApproval", "done");
    let content = find("dev", "placeOrder", "done");
    assert!(content.as_str().expect("a text").contains(&id), "{content}");
    assert!(content.as_str().expect("a text").contains("\"approvedBy\":\"head\""), "{content}");
}

async fn two_different_people_approve(world: &mut World) {
    let (dev, head, admin) =
        (world.user("dev").await, world.user("head").await, world.user("admin").await);
    head.rule(world.seed.platform, "PLACE_ORDER", json!({ "approvers": 2 })).await;
    let id = ask(world, &dev, "cache").await;
    assert_eq!(head.approve(&id).await.granted()["giveApproval"]["state"], "OPEN");
    assert_eq!(dev.approval(&id).await["needs"][0]["given"], 1);
    let again = world.sign_in("head").await;
    for head in [&head, &again] {
        assert_eq!(head.approve(&id).await.told()["why"], "approved_already");
    }
    assert_eq!(head.approval(&id).await["viewerCanDecide"], false);
    assert_eq!(count(&dev).await, 0);
    assert_eq!(admin.approve(&id).await.granted()["giveApproval"]["state"], "PERFORMED");
    assert_eq!(count(&dev).await, 1);
}

async fn nobody_approves_what_they_asked_for_however_they_come(world: &mut World) {
    let (head, admin) = (world.user("head").await, world.user("admin").await);
    head.rule(world.seed.platform, "PLACE_ORDER", json!({})).await;
    let expires_at = world.clock.now().plus(std::time::Duration::from_secs(3_600)).to_string();
    let token =
        |name: &str| json!({ "name": name, "expiresAt": expires_at, "idempotencyKey": name });
    let own = admin.token(token("own")).await;
    let own = admin.holding(&own.secret);
    let again = world.sign_in("admin").await;
    for (asker, name) in [(&admin, "by-session"), (&own, "by-token")] {
        let id = ask(world, asker, name).await;
        for user in [&admin, &again, &own] {
            let refused = user.approve(&id).await;
            assert_eq!(
                (refused.code(), &refused.told()["why"]),
                ("FORBIDDEN", &json!("own_request"))
            );
            let reject =
                json!({ "input": { "approval": id, "comment": "no", "idempotencyKey": "k" } });
            assert_eq!(user.ask(REJECT, reject).await.told()["why"], "own_request");
        }
    }
    // A program that the administrator made or has a token of.
    let platform = world.seed.platform.to_string();
    let robot = admin.service_account(&platform, "robot").await;
    admin.bind(&robot, "developer", &platform, "ALLOW").await.granted();
    let mut of_robot = token("robot");
    of_robot["serviceAccount"] = json!(robot);
    let robot = admin.token(of_robot).await;
    let robot = admin.holding(&robot.secret);
    let id = ask(world, &robot, "by-robot").await;
    assert_eq!(admin.approve(&id).await.told()["why"], "own_request");
    assert_eq!(robot.approve(&id).await.told()["why"], "own_request");

    // A token is no person, and neither is who acts as somebody else.
    let theirs = head.token(token("theirs")).await;
    let refused = head.holding(&theirs.secret).approve(&id).await;
    assert_eq!((refused.code(), &refused.told()["why"]), ("FORBIDDEN", &json!("token")));
    let whom = json!({ "tenant": world.seed.acme.to_string(), "subject": head.subject().await,
        "reason": "ticket", "minutes": 5, "idempotencyKey": "as head" });
    let begun = world.user("operator").await.ask(IMPERSONATE, json!({ "input": whom })).await;
    let code = begun.granted()["impersonate"]["code"].as_str().expect("a code").to_owned();
    let refused = world.enter(&code).await.approve(&id).await;
    assert!(["FORBIDDEN", "NOT_FOUND"].contains(&refused.code()), "{}", refused.text);
    assert_eq!(count(&admin).await, 0);
    assert_eq!(head.approve(&id).await.granted()["giveApproval"]["state"], "PERFORMED");
}

async fn a_rule_covers_what_it_is_limited_to(world: &mut World) {
    let (dev, head) = (world.user("dev").await, world.user("head").await);
    // One member costs 36.00 a month, two 72.00; above means above.
    let platform = world.seed.platform;
    head.rule(platform, "PLACE_ORDER", json!({ "abovePerMonth": "36.00" })).await;
    head.rule(world.seed.sales, "PLACE_ORDER", json!({})).await;
    head.rule(platform, "PLACE_ORDER", json!({ "packages": ["memcached"] })).await;
    dev.order(&world.redis(world.seed.platform_dev, "cheap", "standalone")).await;
    let dear = world.redis(world.seed.platform_dev, "dear", "primary-replica");
    let id = dev.place(&dear, &dev.preview(&dear).await, "dear").await.waiting();
    assert_eq!(head.approval(&id).await["price"]["perMonth"], "72");
    let rules = head.get(RULES, json!({ "at": platform.to_string() })).await;
    assert_eq!(rules["approvalRules"]["nodes"].as_array().expect("rules").len(), 2);
    let plan = dear["plan"].clone();
    head.rule(world.seed.platform_dev, "STOP_INSTANCE", json!({ "plans": [plan] })).await;
    let stopped = dev.act(STOP, json!({ "instance": "cheap" })).await;
    assert_eq!(stopped.code(), "NOT_FOUND", "by id alone");
    let cheap = dev.instance("cheap").await["id"].clone();
    dev.act(STOP, json!({ "instance": cheap })).await.waiting();
}

async fn it_is_rejected_withdrawn_and_talked_about(world: &mut World) {
    let (dev, head, viewer) =
        (world.user("dev").await, world.user("head").await, world.user("viewer").await);
    head.rule(world.seed.platform, "PLACE_ORDER", json!({})).await;
    let with = |id: &str, comment: Value| json!({ "approval": id, "comment": comment });
    let first = ask(world, &dev, "first").await;
    dev.act(COMMENT, with(&first, json!("urgent"))).await.granted();
    head.act(COMMENT, with(&first, json!("why so large?"))).await.granted();
    let refused = viewer.act(COMMENT, with(&first, json!("me too"))).await;
    assert_eq!(refused.code(), "NOT_FOUND");
    let empty = head.act(REJECT, with(&first, json!("  "))).await;
    assert_eq!(empty.problems(), [("comment".to_owned(), "required".to_owned())]);
    let long = head.act(REJECT, with(&first, json!("x".repeat(501)))).await;
    assert_eq!(long.problems(), [("comment".to_owned(), "malformed".to_owned())]);
    assert_eq!(dev.act(REJECT, with(&first, json!("no"))).await.code(), "FORBIDDEN");
    let rejected = head.act(REJECT, with(&first, json!("too large"))).await;
    assert_eq!(rejected.granted()["rejectApproval"]["state"], "REJECTED");
    assert_eq!(head.approve(&first).await.told()["why"], "rejected");
    assert_eq!(dev.act(WITHDRAW, with(&first, Value::Null)).await.told()["why"], "rejected");
    let lines = dev.approval(&first).await["history"].clone();
    let said = lines.as_array().expect("lines").iter().map(|line| line["comment"].clone());
    let said: Vec<_> = said.collect();
    assert_eq!(said, [json!(null), json!("urgent"), json!("why so large?"), json!("too large")]);

    let second = ask(world, &dev, "second").await;
    assert_eq!(head.act(WITHDRAW, with(&second, Value::Null)).await.code(), "FORBIDDEN");
    let withdrawn = dev.act(WITHDRAW, with(&second, json!("not needed"))).await;
    assert_eq!(withdrawn.granted()["withdrawApproval"]["state"], "WITHDRAWN");
    assert_eq!(head.approve(&second).await.told()["why"], "withdrawn");
    assert_eq!(count(&dev).await, 0);
    assert_eq!(dev.approvals(json!({ "state": "REJECTED" })).await, ["first"]);
    // What was asked for with a key stays what it was asked for with.
    let order = world.redis(world.seed.platform_dev, "second", "standalone");
    let again = dev.place(&order, &dev.preview(&order).await, "second").await;
    assert_eq!(again.waiting(), second);
}

async fn every_covered_mutation_goes_the_same_way(world: &mut World) {
    let (dev, head) = (world.user("dev").await, world.user("head").await);
    let made = dev.order(&world.redis(world.seed.platform_dev, "cache", "standalone")).await;
    world.succeeded(&dev, &made.operation).await;
    let all = ["CHANGE_CONFIGURATION", "START_INSTANCE", "STOP_INSTANCE", "DELETE_INSTANCE"];
    let rule = json!({ "at": world.seed.acme.to_string(), "mutations": all });
    let admin = world.user("admin").await;
    admin.make(CREATE_RULE, rule).await;
    let approve = async |id: String, kind: &str| {
        assert_eq!(head.approve(&id).await.code(), "NOT_FOUND", "not at the whole tenant");
        let done = admin.approve(&id).await;
        assert_eq!(done.granted()["giveApproval"]["state"], "PERFORMED", "{}", done.text);
        let operation = admin.approval(&id).await["operation"].clone();
        assert_eq!(operation["kind"], kind);
        world.succeeded(&dev, operation["id"].as_str().expect("an id")).await;
    };
    let change = json!({ "instance": made.instance, "parameters": { "maxclients": 50 } });
    let token = dev.preview_change(&change).await["token"].clone();
    let id = dev.change(&change, &token, "change").await.waiting();
    let value = admin.approval(&id).await["values"][0].clone();
    assert_eq!((&value["parameter"], &value["after"]), (&json!("maxclients"), &json!(50)));
    approve(id, "CHANGE").await;
    // What cannot be done is refused at once and not asked for.
    let running = dev.act(START, json!({ "instance": made.instance })).await;
    assert_eq!(running.told()["why"], "running");
    let stop = json!({ "instance": made.instance });
    approve(dev.act(STOP, stop.clone()).await.waiting(), "STOP").await;
    approve(dev.act(START, stop).await.waiting(), "START").await;
    let wrong = dev.delete(&made.instance, "cash", "wrong").await;
    assert_eq!(wrong.code(), "INVALID");
    let input = json!({ "instance": made.instance, "name": "cache", "reason": "moved" });
    let id = dev.act(DELETE, input).await.waiting();
    assert_eq!(admin.approval(&id).await["history"][0]["comment"], "moved");
    approve(id, "DELETE").await;
}

async fn a_batch_says_what_waits_for_each(world: &mut World) {
    let (dev, head) = (world.user("dev").await, world.user("head").await);
    for name in ["one", "two"] {
        let made = dev.order(&world.redis(world.seed.platform_dev, name, "standalone")).await;
        world.succeeded(&dev, &made.operation).await;
    }
    head.rule(world.seed.platform, "STOP_INSTANCE", json!({})).await;
    let batch = json!({ "selection": { "instances": ["one", "two"] }, "work": "STOP" });
    let shown = dev.get(PREVIEW_BATCH, json!({ "input": batch })).await["previewBatch"].clone();
    let input = json!({ "batch": batch, "previewToken": shown["token"], "idempotencyKey": "key" });
    let query = BATCH.replace("refusal { code", "refusal { approval code");
    let apply = async || dev.ask(&query, json!({ "input": input })).await;
    let first = apply().await;
    let items = first.granted()["applyBatch"]["items"].clone();
    let waiting: Vec<_> = items.as_array().expect("items").iter().collect();
    assert!(waiting.iter().all(|item| item["refusal"]["code"] == "APPROVAL_NEEDED"), "{items:#}");
    assert_eq!(apply().await.text, first.text, "sent again, the same");
    let id = items[0]["refusal"]["approval"].as_str().expect("an id").to_owned();
    assert_eq!(head.approve(&id).await.granted()["giveApproval"]["state"], "PERFORMED");
    let after = apply().await;
    let items = &after.granted()["applyBatch"]["items"];
    assert_eq!(items[0]["operation"]["kind"], "STOP", "{items:#}");
    assert_eq!(items[1]["refusal"]["code"], "APPROVAL_NEEDED");
}

async fn a_rule_that_makes_no_sense_is_refused(world: &mut World) {
    let (dev, head) = (world.user("dev").await, world.user("head").await);
    let platform = world.seed.platform.to_string();
    let base = json!({ "at": platform, "mutations": ["PLACE_ORDER"] });
    let with = |field: &str, value: Value| {
        let mut input = base.clone();
        input[field] = value;
        input
    };
    for (field, value, problem) in [
        ("mutations", json!([]), "required"),
        ("approvers", json!(0), "out_of_range"),
        ("approvers", json!(3), "out_of_range"),
        ("days", json!(91), "out_of_range"),
        ("abovePerMonth", json!("-1"), "out_of_range"),
        ("packages", json!(["oracle"]), "unknown"),
    ] {
        let refused = head.act(CREATE_RULE, with(field, value)).await;
        assert_eq!(refused.problems(), [(field.to_owned(), problem.to_owned())]);
    }
    let nowhere = with("plans", json!(["pln_00000000000000000000000000"]));
    assert_eq!(head.act(CREATE_RULE, nowhere).await.code(), "NOT_FOUND");
    assert_eq!(dev.act(CREATE_RULE, base.clone()).await.code(), "FORBIDDEN");
    assert_eq!(world.user("seller").await.act(CREATE_RULE, base).await.code(), "NOT_FOUND");
    let stranger = world.user("stranger").await;
    let alone = json!({ "at": world.seed.globex.to_string(), "mutations": ["PLACE_ORDER"],
        "approvers": 2 });
    assert_eq!(stranger.act(CREATE_RULE, alone).await.told()["why"], "too_few_approvers");
    let rules = head.get(RULES, json!({})).await;
    assert_eq!(rules["approvalRules"]["nodes"], json!([]));
}

async fn a_secret_in_what_waits_is_neither_shown_nor_kept_in_clear(world: &mut World) {
    let (dev, head) = (world.user("dev").await, world.user("head").await);
    head.rule(world.seed.platform, "PLACE_ORDER", json!({})).await;
    let (order, line) = crate::package::site(world, "shop").await;
    let id = dev.place(&order, &dev.preview(&order).await, "key").await.waiting();
    let shown = about(&head, &id).await;
    assert!(!shown.text.contains(&line), "{}", shown.text);
    assert!(shown.text.contains("tls-key"), "{}", shown.text);
    let around = Database::connect(world.database()).await.expect("a connection");
    let rows = around.query_one_raw(sea_orm::Statement::from_string(
        around.get_database_backend(),
        format!(
            "SELECT COUNT(*) AS many FROM approval WHERE command LIKE '%{line}%' OR summary LIKE \
             '%{line}%'"
        ),
    ));
    let many: i64 = rows.await.expect("an answer").expect("a row").try_get("", "many").expect("it");
    assert_eq!(many, 0);
    around.close().await.expect("closed");
    let done = head.approve(&id).await;
    assert_eq!(done.granted()["giveApproval"]["state"], "PERFORMED", "{}", done.text);
}
