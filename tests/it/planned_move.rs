//! Moves that are entered for an instant to come: when they are made, as whom, what they cost, and
//! what becomes of those that cannot be made.

use std::time::Duration;

use serde_json::{Value, json};
use tests::client::User;
use tests::client::access::{BIND, DISABLE_USER, UNBIND};
use tests::client::tenant::text as of_tenant;
use tests::stories;
use tests::world::World;
use types::clock::Clock as _;
use types::instant::Instant;

mod refused;
mod seen;

use refused::{
    a_part_of_an_application_is_not_left_behind, what_cannot_be_made_is_refused_when_it_is_entered,
    what_needs_more_than_a_limit_leaves_is_refused_and_fails,
};
use seen::{
    a_list_is_asked_at_a_place_and_by_state, a_stranger_and_a_sibling_see_nothing,
    what_is_deleted_ends_what_was_planned_of_it,
};

stories! {
    a_move_is_made_at_its_instant_and_billed_to_both_owners_by_the_second,
    a_move_that_was_due_while_no_plane_ran_holds_from_its_instant,
    what_follows_an_instant_is_decided_after_what_was_planned_for_it,
    a_month_closes_after_what_was_planned_in_it,
    a_move_is_called_off_by_who_could_make_it,
    a_node_has_one_planned_move,
    a_move_is_made_as_whoever_entered_it_or_not_at_all,
    what_became_impossible_fails_with_its_reason_and_changes_nothing,
    the_audit_tells_of_each_step,
    what_cannot_be_made_is_refused_when_it_is_entered,
    a_part_of_an_application_is_not_left_behind,
    what_needs_more_than_a_limit_leaves_is_refused_and_fails,
    a_stranger_and_a_sibling_see_nothing,
    a_list_is_asked_at_a_place_and_by_state,
    what_is_deleted_ends_what_was_planned_of_it,
}

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// The id of the only organization of a name.
async fn id(user: &User, name: &str) -> String {
    let query = "query($x: String!) { organization(idOrName: $x) { id } }";
    let found = user.get(query, json!({ "x": name })).await;
    found["organization"]["id"].as_str().expect("an id").to_owned()
}

/// An instant that is not there yet, to the whole second.
fn later(world: &World, time: Duration) -> Instant {
    Instant::from_seconds(world.clock.now().plus(time).seconds())
}

/// The project of `dev`, to `sales`.
fn to_sales(world: &World) -> Value {
    let owner = world.seed.sales.to_string();
    json!({ "project": world.seed.platform_dev.to_string(), "organization": owner })
}

fn below(organization: &str, parent: &str) -> Value {
    json!({ "organization": organization, "parent": parent })
}

/// Waits until a planned move ended, and answers how.
async fn end(world: &World, user: &User, id: &str) -> Value {
    let is_over = async || user.planned_move(id).await["state"] != "PLANNED";
    world.until("the planned move end", is_over).await;
    user.planned_move(id).await
}

/// Name of the organization that a project is in.
async fn owner(user: &User, project: &str) -> Value {
    let query = "query($x: String!) { project(idOrName: $x) { organization { name } } }";
    user.get(query, json!({ "x": project })).await["project"]["organization"]["name"].clone()
}

/// Seconds of members that an organization's bill of a month has.
async fn seconds(world: &World, organization: &str, period: &str) -> i64 {
    let bill = world.bill(organization, period).await;
    let lines = bill["lines"].as_array().cloned().unwrap_or_default().into_iter();
    let members = lines.filter(|line| line["meter"] == "member_seconds");
    let quantity =
        |line: Value| line["quantity"].as_str().and_then(|text| text.parse::<i64>().ok());
    members.filter_map(quantity).sum()
}

/// A member that runs in the project of `dev`.
async fn running(world: &World) {
    let dev = world.user("dev").await;
    let order = world.redis(world.seed.platform_dev, "shop-cache", "standalone");
    let made = dev.order(&order).await;
    world.succeeded(&dev, &made.operation).await;
    world.becomes(&dev, &made.instance, "RUNNING").await;
}

/// What is counted of `platform`, and up to when.
async fn counted(world: &World) -> (i64, Instant) {
    world.counted().await;
    let until = world.watermark().await.expect("a watermark");
    (seconds(world, "platform", "2026-11").await, until)
}

/// Where instances of the tenant were at an instant, as its register of assets tells.
async fn where_it_was(user: &User, at: Instant) -> Vec<String> {
    let query =
        "query($at: DateTime) { assetRegister(at: $at) { assets(first: 5) { nodes { path } } } }";
    let found = user.get(query, json!({ "at": at })).await;
    let nodes = found["assetRegister"]["assets"]["nodes"].as_array().cloned().unwrap_or_default();
    nodes.iter().map(|node| node["path"].to_string()).collect()
}

async fn a_move_is_made_at_its_instant_and_billed_to_both_owners_by_the_second(world: &mut World) {
    let (head, dev, seller) =
        (world.user("head").await, world.user("dev").await, world.user("seller").await);
    running(world).await;
    world.pass(10 * MINUTE);
    let (before, from) = counted(world).await;
    let at = later(world, 10 * MINUTE);
    let planned = head.plan("moveProject", to_sales(world), at).await;
    let planned = planned.granted()["moveProject"].clone();
    assert_eq!(planned["project"]["organization"]["name"], "platform", "it is where it was");
    assert_eq!(planned["plannedMove"]["at"], json!(at));
    let planned = planned["plannedMove"]["id"].as_str().expect("an id").to_owned();
    let shown = head.planned_move(&planned).await;
    let expected = json!({ "state": "PLANNED", "name": "platform-dev", "requestedBy": "head",
        "from": { "name": "platform" }, "to": { "name": "sales" }, "viewerCanCancel": true,
        "project": { "name": "platform-dev" }, "organization": null, "endedAt": null });
    for (field, value) in expected.as_object().expect("fields") {
        assert_eq!(&shown[field], value, "{field}");
    }
    world.pass(5 * MINUTE);
    world.counted().await;
    assert_eq!(owner(&head, "platform-dev").await, "platform");
    world.pass(20 * MINUTE);
    let done = end(world, &head, &planned).await;
    assert_eq!((&done["state"], &done["problem"]), (&json!("DONE"), &Value::Null));
    assert_eq!(owner(&head, "platform-dev").await, "sales");
    let sees = async |user: &User| {
        user.ask("{ project(idOrName: \"platform-dev\") { id } }", json!({})).await.code() == "done"
    };
    assert_eq!((sees(&dev).await, sees(&seller).await), (false, true));
    world.counted().await;
    let (here, there) =
        (seconds(world, "platform", "2026-11").await, seconds(world, "sales", "2026-11").await);
    let expected = before + i64::try_from(at.since(from).as_secs()).expect("a number");
    assert!((expected - 1..=expected + 1).contains(&here), "{here} of {expected}");
    let (_, until) = (there, world.watermark().await.expect("a watermark"));
    let expected = i64::try_from(until.since(at).as_secs()).expect("a number");
    assert!((there - expected).abs() <= 1, "{there} of {expected}");
    let at_last = where_it_was(&head, at.shifted(-1)).await;
    assert!(at_last[0].contains("platform"), "{at_last:?}");
    let at_first = where_it_was(&head, at).await;
    assert!(at_first[0].contains("sales"), "{at_first:?}");
    // Nothing is made a second time.
    world.pass(HOUR);
    world.counted().await;
    assert_eq!(seconds(world, "platform", "2026-11").await, here);
}

async fn a_move_that_was_due_while_no_plane_ran_holds_from_its_instant(world: &mut World) {
    running(world).await;
    let (before, from) = counted(world).await;
    let at = later(world, 10 * MINUTE);
    let head = world.user("head").await;
    let planned = head.planned("moveProject", to_sales(world), at).await;
    world.kill_plane().await;
    world.pass(2 * HOUR);
    world.restart_plane().await;
    let head = world.user("head").await;
    assert_eq!(end(world, &head, &planned).await["state"], "DONE");
    world.counted().await;
    let here = seconds(world, "platform", "2026-11").await;
    let expected = before + i64::try_from(at.since(from).as_secs()).expect("a number");
    assert!((expected - 1..=expected + 1).contains(&here), "{here} of {expected}");
    let at_first = where_it_was(&head, at).await;
    assert!(at_first[0].contains("sales"), "{at_first:?}");
}

async fn what_follows_an_instant_is_decided_after_what_was_planned_for_it(world: &mut World) {
    let admin = world.user("admin").await;
    let root = id(&admin, "acme").await;
    let (one, other) =
        (admin.organization(&root, "one").await, admin.organization(&root, "other").await);
    let at = later(world, HOUR);
    let planned = admin.planned("moveOrganization", below(&one, &other), at).await;
    world.pass(2 * HOUR);
    // No task has to come by first.
    let refused = admin.alter("moveOrganization", below(&other, &one)).await;
    assert_eq!(refused.code(), "CYCLE", "{}", refused.text);
    assert_eq!(admin.planned_move(&planned).await["state"], "DONE");
    assert!(admin.tree().await.contains(&"acme/other/one".to_owned()));
}

async fn a_month_closes_after_what_was_planned_in_it(world: &mut World) {
    running(world).await;
    let head = world.user("head").await;
    // The zone of the tenant is eight hours ahead.
    let end_of_month: Instant = "2026-11-30T16:00:00Z".parse().expect("an instant");
    let at = end_of_month.minus(MINUTE);
    let planned = head.planned("moveProject", to_sales(world), at).await;
    world.kill_plane().await;
    world.pass(end_of_month.plus(HOUR).since(world.clock.now()));
    world.restart_plane().await;
    world.sign_in_again();
    let head = world.user("head").await;
    let query = "{ bill(organization: \"sales\", period: \"2026-11\") { state } }";
    let is_closed = async || head.get(query, json!({})).await["bill"]["state"] == "CLOSED";
    world.until("the bills of the month", is_closed).await;
    assert_eq!(head.planned_move(&planned).await["state"], "DONE");
    let last = seconds(world, "sales", "2026-11").await;
    assert!((59..=61).contains(&last), "{last}");
}

async fn a_move_is_called_off_by_who_could_make_it(world: &mut World) {
    let (head, dev) = (world.user("head").await, world.user("dev").await);
    let at = later(world, HOUR);
    let planned = head.planned("moveProject", to_sales(world), at).await;
    // Who works in it sees it, and not where it goes.
    let shown = dev.planned_move(&planned).await;
    assert_eq!((&shown["state"], &shown["to"]), (&json!("PLANNED"), &Value::Null));
    assert_eq!(shown["viewerCanCancel"], false);
    let refused = dev.cancel_move(&planned).await;
    assert_eq!((refused.code(), &refused.told()["action"]), ("FORBIDDEN", &json!("MANAGE_TREE")));
    let cancelled = head.cancel_move(&planned).await;
    let cancelled = &cancelled.granted()["cancelPlannedMove"];
    assert_eq!(
        (&cancelled["state"], &cancelled["cancelledBy"]),
        (&json!("CANCELLED"), &json!("head"))
    );
    let again = head.cancel_move(&planned).await;
    assert_eq!((again.code(), &again.told()["why"]), ("CONFLICT", &json!("cancelled")));
    world.pass(2 * HOUR);
    world.counted().await;
    assert_eq!(owner(&head, "platform-dev").await, "platform");
    // It can be planned anew, and what was made is made.
    let next = head.planned("moveProject", to_sales(world), later(world, HOUR)).await;
    world.pass(2 * HOUR);
    assert_eq!(end(world, &head, &next).await["state"], "DONE");
    let late = head.cancel_move(&next).await;
    assert_eq!((late.code(), &late.told()["why"]), ("CONFLICT", &json!("done")));
}

async fn a_node_has_one_planned_move(world: &mut World) {
    let (admin, head) = (world.user("admin").await, world.user("head").await);
    let at = later(world, HOUR);
    let rnd = id(&admin, "rnd").await;
    let to_rnd = json!({ "project": world.seed.platform_dev.to_string(), "organization": rnd });
    let (one, other) = futures::join!(
        admin.plan("moveProject", to_sales(world), at),
        head.plan("moveProject", to_rnd.clone(), at.plus(HOUR)),
    );
    let mut codes = [one.code(), other.code()];
    codes.sort_unstable();
    assert_eq!(codes, ["CONFLICT", "done"]);
    let first = if one.code() == "done" { &one } else { &other };
    let first = first.granted()["moveProject"]["plannedMove"]["id"].as_str().expect("an id");
    let refused = head.plan("moveProject", to_rnd, at).await;
    assert_eq!((refused.code(), &refused.told()["why"]), ("CONFLICT", &json!("planned_already")));
    assert!(refused.text.contains(first), "{}", refused.text);
    // Another node is another matter, and so is a move from now on.
    let platform = world.seed.platform.to_string();
    let root = id(&admin, "acme").await;
    head.planned("moveOrganization", below(&platform, &root), at).await;
    head.alter(
        "moveProject",
        json!({ "project": world.seed.sales_dev.to_string(),
        "organization": platform }),
    )
    .await
    .granted();
}

/// What of a planned move of `head` is left once something was done to `head` meanwhile.
async fn after(world: &World, name: &str, meanwhile: impl AsyncFnOnce(&User, &str)) -> Value {
    let (admin, head) = (world.user("admin").await, world.user("head").await);
    let root = id(&admin, "acme").await;
    let one = admin.organization(&root, &format!("{name}-one")).await;
    let other = admin.organization(&root, &format!("{name}-other")).await;
    let planned = head.planned("moveOrganization", below(&one, &other), later(world, HOUR)).await;
    meanwhile(&admin, &head.subject().await).await;
    world.pass(2 * HOUR);
    let ended = end(world, &admin, &planned).await;
    let path = format!("acme/{name}-one");
    let stayed = admin.tree().await.contains(&path);
    assert_eq!(stayed, ended["state"] == "FAILED", "{ended}");
    ended
}

async fn a_move_is_made_as_whoever_entered_it_or_not_at_all(world: &mut World) {
    let root = id(&world.user("admin").await, "acme").await;
    let ended = after(world, "kept", async |_: &User, _: &str| {}).await;
    assert_eq!(ended["state"], "DONE", "{ended}");
    let denied = std::cell::RefCell::new(String::new());
    let withdraw = async |admin: &User, head: &str| {
        let input = json!({ "holder": head, "role": "viewer", "at": root,
            "effect": "DENY" });
        *denied.borrow_mut() = admin.make(BIND, input).await;
    };
    let ended = after(world, "withdrawn", withdraw).await;
    assert_eq!(
        (&ended["state"], &ended["code"]),
        (&json!("FAILED"), &json!("NOT_FOUND")),
        "{ended}"
    );
    let problem = ended["problem"].as_str().expect("a reason");
    assert!(problem.contains("may not make it any more"), "{problem}");
    let admin = world.user("admin").await;
    admin.act(UNBIND, json!({ "binding": *denied.borrow() })).await.granted();
    let disable = async |admin: &User, head: &str| {
        admin.act(DISABLE_USER, json!({ "user": head })).await.granted();
    };
    let ended = after(world, "disabled", disable).await;
    assert_eq!(
        (&ended["state"], &ended["code"]),
        (&json!("FAILED"), &json!("FORBIDDEN")),
        "{ended}"
    );
    assert_eq!(ended["problem"], "whoever asked cannot sign in any more");
}

async fn what_became_impossible_fails_with_its_reason_and_changes_nothing(world: &mut World) {
    let (admin, head) = (world.user("admin").await, world.user("head").await);
    let root = id(&admin, "acme").await;
    let check = async |planned: &str, code: &str| {
        world.pass(2 * HOUR);
        let before = admin.tree().await;
        let ended = end(world, &admin, planned).await;
        assert_eq!((&ended["state"], &ended["code"]), (&json!("FAILED"), &json!(code)), "{ended}");
        assert!(ended["problem"].is_string() && ended["endedAt"].is_string(), "{ended}");
        assert_eq!(admin.tree().await, before);
    };
    let (one, other) =
        (admin.organization(&root, "one").await, admin.organization(&root, "other").await);
    let plan =
        async || head.planned("moveOrganization", below(&one, &other), later(world, HOUR)).await;
    let planned = plan().await;
    admin.alter("moveOrganization", below(&other, &one)).await.granted();
    check(&planned, "CYCLE").await;
    admin.alter("moveOrganization", below(&other, &root)).await.granted();
    let planned = plan().await;
    let taken = admin.organization(&other, "one").await;
    check(&planned, "ALREADY_EXISTS").await;
    admin.alter("deleteOrganization", json!({ "organization": taken })).await.granted();
    let planned = plan().await;
    admin.alter("moveOrganization", below(&one, &other)).await.granted();
    check(&planned, "CONFLICT").await;
    admin.alter("moveOrganization", below(&one, &root)).await.granted();
    let planned = plan().await;
    let operator = world.user("operator").await;
    let acme = world.seed.acme.to_string();
    let suspended = json!({ "tenant": acme, "reason": "unpaid" });
    operator.act(&of_tenant("suspendTenant"), suspended).await.granted();
    world.pass(2 * HOUR);
    let failed = "SELECT COUNT(*) FROM planned_move WHERE state = 'failed' AND code = 'FORBIDDEN'";
    world.until("it failed", async || world.number(failed).await == 1).await;
    operator.act(&of_tenant("resumeTenant"), json!({ "tenant": acme })).await.granted();
    world.sign_in_again();
    let admin = world.user("admin").await;
    let ended = admin.planned_move(&planned).await;
    assert!(ended["problem"].as_str().expect("a reason").contains("suspended"), "{ended}");
    assert!(admin.tree().await.contains(&"acme/one".to_owned()));
}

async fn the_audit_tells_of_each_step(world: &mut World) {
    let (admin, head) = (world.user("admin").await, world.user("head").await);
    let project = world.seed.platform_dev.to_string();
    let made = head.planned("moveProject", to_sales(world), later(world, HOUR)).await;
    let platform = world.seed.platform.to_string();
    world.pass(2 * HOUR);
    end(world, &head, &made).await;
    let back = json!({ "project": project, "organization": platform });
    let cancelled = head.planned("moveProject", back.clone(), later(world, HOUR)).await;
    head.cancel_move(&cancelled).await.granted();
    let failed = head.planned("moveProject", back.clone(), later(world, HOUR)).await;
    head.alter("moveProject", back).await.granted();
    world.pass(2 * HOUR);
    end(world, &head, &failed).await;
    let query = "query($target: String) { audit(first: 50, filter: { target: $target }) { nodes { \
        subject action outcome code content } } }";
    let rows = async |target: &str| {
        let found = admin.get(query, json!({ "target": target })).await;
        let nodes = found["audit"]["nodes"].as_array().expect("rows").clone();
        let row = |node: &Value| {
            let text = |field: &str| node[field].as_str().unwrap_or_default().to_owned();
            ["subject", "action", "outcome", "code"].map(text)
        };
        let rows: Vec<_> = nodes.iter().rev().map(row).collect();
        (rows, nodes)
    };
    let row = |fields: [&str; 4]| fields.map(str::to_owned);
    let entered = row(["head", "moveProject", "done", ""]);
    let (of_project, nodes) = rows(&project).await;
    let expected = [
        row(["console", "createProject", "done", ""]),
        entered.clone(),
        row(["head", "makePlannedMove", "done", ""]),
        entered.clone(),
        entered.clone(),
        entered,
        row(["move_planned", "makePlannedMove", "refused", "CONFLICT"]),
    ];
    assert_eq!(of_project, expected);
    assert!(nodes[4].to_string().contains(&made), "{}", nodes[4]);
    let (of_move, _) = rows(&cancelled).await;
    assert_eq!(of_move, [row(["head", "cancelPlannedMove", "done", ""])]);
}
