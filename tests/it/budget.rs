//! Budgets: what everything at a node of the tree may cost in a month. A member costs 0.05 in an
//! hour here, so 36 in 30 × 24 hours.

use control_plane_core::price_book::{self, NewLine};
use serde_json::{Value, json};
use tests::client::Answer;
use tests::client::order::{Ordered, PREVIEW_ORDER};
use tests::stories;
use tests::world::World;
use tests::world::seed::console;
use types::id::{OrganizationId, ProjectId, SystemIds};
use types::meter::Meter;

use super::quota::{id, try_order};

stories! {
    an_order_beyond_a_budget_anywhere_above_it_is_refused_and_orders_nothing,
    of_many_orders_at_once_as_many_pass_as_a_budget_pays_for,
    what_is_deleted_costs_no_more_and_what_is_stopped_still_does,
    a_price_that_rises_blocks_what_comes_and_stops_nothing,
    a_move_is_refused_if_the_budget_there_does_not_pay_for_it,
    a_preview_shows_what_an_order_takes_of_each_budget,
    what_cannot_be_a_budget_is_refused_and_changes_nothing,
    a_budget_is_set_by_who_may_limit_what_is_above,
    an_order_without_budgets_asks_the_database_nothing_more,
    a_budget_goes_with_its_project,
    the_audit_tells_what_a_budget_was,
}

#[track_caller]
fn check_reached(answer: &Answer, (place, node): (&str, &str), numbers: [&str; 3]) {
    let told = answer.told();
    assert_eq!(answer.code(), "LIMIT_REACHED", "{}", answer.text);
    assert_eq!(
        (&told["at"], &told["node"], &told["currency"]),
        (&json!(format!("budget of {place}")), &json!(node), &json!("CNY"))
    );
    assert_eq!(
        ["amount", "committed", "added"].map(|name| told[name].as_str().expect("an amount")),
        numbers,
        "{}",
        answer.text
    );
}

/// Of each budget that holds: place, amount, committed, left.
fn rows(budgets: &Value) -> Vec<[String; 4]> {
    let row = |budget: &Value| {
        ["place", "amount", "committed", "free"]
            .map(|name| budget[name].as_str().expect("a text").to_owned())
    };
    budgets["holding"].as_array().expect("budgets").iter().map(row).collect()
}

async fn an_order_beyond_a_budget_anywhere_above_it_is_refused_and_orders_nothing(
    world: &mut World,
) {
    world.license("more", 60).await;
    let (admin, dev) = (world.user("admin").await, world.user("dev").await);
    let (platform, project) =
        (world.seed.platform.to_string(), world.seed.platform_dev.to_string());
    let (root, rnd) = (id(&admin, "acme").await, id(&admin, "rnd").await);
    let beside = admin.project(&platform, "beside").await;
    admin.budget(&root, "1000", "NOTE").await.granted();
    admin.budget(&rnd, "180.00", "BLOCK").await.granted();
    admin.budget(&project, "107.99", "BLOCK").await.granted();
    try_order(world, &dev, &project, "one", true).await.granted();
    let refused = try_order(world, &dev, &project, "two", false).await;
    check_reached(&refused, ("project platform-dev", &project), ["107.99", "72", "36"]);
    try_order(world, &dev, &beside, "three", true).await.granted();
    // Whoever orders does not see rnd, and is told whom to ask.
    let refused = try_order(world, &dev, &beside, "four", true).await;
    check_reached(&refused, ("organization rnd", &rnd), ["180", "144", "72"]);
    try_order(world, &dev, &beside, "five", false).await.granted();
    let found = admin.budgets(&project).await;
    assert_eq!((&found["currency"], &found["committed"]), (&json!("CNY"), &json!("72")));
    assert_eq!(
        rows(&found),
        [
            ["organization acme", "1000", "180", "820"],
            ["organization rnd", "180", "180", "0"],
            ["project platform-dev", "107.99", "72", "35.99"],
        ]
    );
    // What only notes refuses nothing, and with more money the same order passes.
    admin.budget(&rnd, "180", "NOTE").await.granted();
    try_order(world, &dev, &beside, "six", false).await.granted();
    assert_eq!(admin.committed(&rnd).await, "216");
    admin.unbudget(&project).await.granted();
    try_order(world, &dev, &project, "two", false).await.granted();
    assert_eq!(rows(&admin.budgets(&project).await).len(), 2);
}

async fn of_many_orders_at_once_as_many_pass_as_a_budget_pays_for(world: &mut World) {
    world.license("more", 60).await;
    let (admin, dev) = (world.user("admin").await, world.user("dev").await);
    let (platform, project) =
        (world.seed.platform.to_string(), world.seed.platform_dev.to_string());
    let beside = admin.project(&platform, "beside").await;
    admin.budget(&platform, "250", "BLOCK").await.granted();
    let orders = (0..10).map(|number| {
        let project = if number % 2 == 0 { &project } else { &beside };
        let (world, dev) = (&*world, &dev);
        async move { try_order(world, dev, project, &format!("many-{number}"), true).await }
    });
    let answers = futures::future::join_all(orders).await;
    let passed = answers.iter().filter(|answer| answer.code() == "done").count();
    assert_eq!(passed, 3);
    for refused in answers.iter().filter(|answer| answer.code() != "done") {
        check_reached(refused, ("organization platform", &platform), ["250", "216", "72"]);
    }
    assert_eq!(admin.committed(&platform).await, "216");
}

async fn what_is_deleted_costs_no_more_and_what_is_stopped_still_does(world: &mut World) {
    let (admin, dev) = (world.user("admin").await, world.user("dev").await);
    let (platform, project) =
        (world.seed.platform.to_string(), world.seed.platform_dev.to_string());
    admin.budget(&platform, "36", "BLOCK").await.granted();
    let made = Ordered::from(&try_order(world, &dev, &project, "cache", false).await);
    world.succeeded(&dev, &made.operation).await;
    let stopped = dev.command(tests::client::order::STOP, &made.instance, "stop").await;
    world.succeeded(&dev, &Ordered::from(&stopped).operation).await;
    let refused = try_order(world, &dev, &project, "other", false).await;
    check_reached(&refused, ("organization platform", &platform), ["36", "36", "36"]);
    let deleted = Ordered::from(&dev.delete(&made.instance, "cache", "delete").await);
    world.succeeded(&dev, &deleted.operation).await;
    assert_eq!(admin.committed(&platform).await, "0");
    try_order(world, &dev, &project, "other", false).await.granted();
    // One that is refused behind the check leaves nothing of it.
    admin.budget(&platform, "99", "BLOCK").await.granted();
    let taken = world.redis(world.seed.platform_dev, "other", "standalone");
    let token = dev.preview(&taken).await;
    assert_eq!(dev.place(&taken, &token, "taken").await.code(), "ALREADY_EXISTS");
    assert_eq!(admin.committed(&platform).await, "36");
}

async fn a_price_that_rises_blocks_what_comes_and_stops_nothing(world: &mut World) {
    let (admin, dev) = (world.user("admin").await, world.user("dev").await);
    let (platform, project) =
        (world.seed.platform.to_string(), world.seed.platform_dev.to_string());
    admin.budget(&platform, "100", "BLOCK").await.granted();
    let made = Ordered::from(&try_order(world, &dev, &project, "cache", true).await);
    world.succeeded(&dev, &made.operation).await;
    let unit_price = "0.075".parse().expect("a price");
    let line =
        NewLine { plan: None, meter: Meter::MemberSeconds, unit_price, per: 3_600, stopped: false };
    world.pass(std::time::Duration::from_secs(1));
    let currency = "CNY".parse().expect("a currency");
    let published = price_book::publish(world.plane(), &console(), currency, &[line], None).await;
    published.expect("published");
    assert_eq!(
        rows(&admin.budgets(&platform).await),
        [["organization platform", "100", "108", "-8"]]
    );
    let refused = try_order(world, &dev, &project, "other", false).await;
    check_reached(&refused, ("organization platform", &platform), ["100", "108", "54"]);
    assert_eq!(dev.instance(&made.instance).await["state"], "RUNNING");
}

async fn a_move_is_refused_if_the_budget_there_does_not_pay_for_it(world: &mut World) {
    let (admin, dev) = (world.user("admin").await, world.user("dev").await);
    let (platform, sales) = (world.seed.platform.to_string(), world.seed.sales.to_string());
    let project = world.seed.platform_dev.to_string();
    let root = id(&admin, "acme").await;
    try_order(world, &dev, &project, "cache", true).await.granted();
    // A budget above both is not concerned, whatever is left of it.
    admin.budget(&root, "10", "BLOCK").await.granted();
    admin.budget(&sales, "71.99", "BLOCK").await.granted();
    let moved = json!({ "project": project, "organization": sales });
    let refused = admin.alter("moveProject", moved.clone()).await;
    check_reached(&refused, ("organization sales", &sales), ["71.99", "0", "72"]);
    let whole = json!({ "organization": platform, "parent": sales });
    let refused = admin.alter("moveOrganization", whole).await;
    check_reached(&refused, ("organization sales", &sales), ["71.99", "0", "72"]);
    admin.budget(&sales, "72", "BLOCK").await.granted();
    admin.alter("moveProject", moved).await.granted();
    assert_eq!(admin.committed(&sales).await, "72");
    assert_eq!(admin.committed(&platform).await, "0");
}

async fn a_preview_shows_what_an_order_takes_of_each_budget(world: &mut World) {
    let (admin, dev) = (world.user("admin").await, world.user("dev").await);
    let (rnd, project) = (id(&admin, "rnd").await, world.seed.platform_dev.to_string());
    let query = PREVIEW_ORDER.replace(
        "licence {",
        "budgets { added remains budget { at place action amount committed free } } licence {",
    );
    let order = world.redis(world.seed.platform_dev, "cache", "primary-replica");
    let budgets = async || {
        let shown = dev.get(&query, json!({ "input": order })).await;
        shown["previewOrder"]["budgets"].clone()
    };
    assert_eq!(budgets().await, json!([]));
    admin.budget(&rnd, "100", "BLOCK").await.granted();
    admin.budget(&project, "200", "NOTE").await.granted();
    try_order(world, &dev, &project, "first", true).await.granted();
    // An order that does not fit can be previewed, and says so.
    let expected = json!([
        { "added": "72", "remains": "-44", "budget": { "at": rnd, "place": "organization rnd",
            "action": "BLOCK", "amount": "100", "committed": "72", "free": "28" } },
        { "added": "72", "remains": "56", "budget": { "at": project,
            "place": "project platform-dev", "action": "NOTE", "amount": "200",
            "committed": "72", "free": "128" } },
    ]);
    assert_eq!(budgets().await, expected);
}

async fn what_cannot_be_a_budget_is_refused_and_changes_nothing(world: &mut World) {
    let admin = world.user("admin").await;
    let platform = world.seed.platform.to_string();
    for (amount, problem) in
        [("-0.01", "out_of_range"), ("1000000000001", "out_of_range"), ("1.001", "malformed")]
    {
        let refused = admin.budget(&platform, amount, "BLOCK").await;
        assert_eq!(
            (refused.code(), &refused.told()["field"], &refused.told()["problem"]),
            ("INVALID", &json!("amount"), &json!(problem))
        );
    }
    assert_ne!(admin.budget(&platform, "many", "BLOCK").await.code(), "done");
    let nowhere = [
        world.seed.acme.to_string(),
        OrganizationId::next(&SystemIds).to_string(),
        ProjectId::next(&SystemIds).to_string(),
    ];
    for node in nowhere {
        assert_eq!(admin.budget(&node, "9", "BLOCK").await.code(), "NOT_FOUND", "{node}");
    }
    assert_eq!(admin.unbudget(&platform).await.code(), "NOT_FOUND");
    assert_eq!(admin.budgets(&platform).await["holding"], json!([]));
}

async fn a_budget_is_set_by_who_may_limit_what_is_above(world: &mut World) {
    let (admin, head) = (world.user("admin").await, world.user("head").await);
    let root = id(&admin, "acme").await;
    let platform = world.seed.platform.to_string();
    let project = world.seed.platform_dev.to_string();
    head.budget(&platform, "9", "BLOCK").await.granted();
    let governor = world.user("dev").await;
    let subject = governor.subject().await;
    admin.bind(&subject, "organization_admin", &platform, "ALLOW").await.granted();
    // Who governs an organization limits what is in it, and does not lift what was set on it.
    governor.budget(&project, "5", "BLOCK").await.granted();
    let lifted = governor.budget(&platform, "99", "BLOCK").await;
    for refused in [lifted, governor.unbudget(&platform).await] {
        assert_eq!(
            (refused.code(), &refused.told()["action"]),
            ("FORBIDDEN", &json!("MANAGE_LIMITS"))
        );
    }
    assert_eq!(head.budget(&root, "9", "BLOCK").await.code(), "FORBIDDEN");
    for name in ["seller", "stranger", "nobody", "operator"] {
        let stranger = world.user(name).await;
        assert_eq!(stranger.budget(&platform, "9", "BLOCK").await.code(), "NOT_FOUND");
        assert_eq!(stranger.unbudget(&platform).await.code(), "NOT_FOUND");
    }
    assert_eq!(rows(&admin.budgets(&platform).await), [["organization platform", "9", "0", "9"]]);
}

async fn an_order_without_budgets_asks_the_database_nothing_more(world: &mut World) {
    let (admin, dev) = (world.user("admin").await, world.user("dev").await);
    world.kill_agent().await;
    let cost = async |name: &str| {
        let order = world.redis(world.seed.platform_dev, name, "standalone");
        let token = dev.preview(&order).await;
        let before = world.plane().store.statements();
        dev.place(&order, &token, name).await.granted();
        world.plane().store.statements() - before
    };
    cost("first").await;
    let without = cost("second").await;
    // Elsewhere in the tree: one look at what is set above.
    admin.budget(&world.seed.sales.to_string(), "9", "BLOCK").await.granted();
    let beside = cost("third").await;
    admin.budget(&world.seed.platform.to_string(), "9000", "BLOCK").await.granted();
    let below = cost("fourth").await;
    assert_eq!((beside - without, below - without), (1, 2), "{without} {beside} {below}");
    world.restart_agent().await;
}

async fn a_budget_goes_with_its_project(world: &mut World) {
    let (admin, dev) = (world.user("admin").await, world.user("dev").await);
    let platform = world.seed.platform.to_string();
    let beside = admin.project(&platform, "beside").await;
    admin.budget(&beside, "9", "BLOCK").await.granted();
    admin.alter("deleteProject", json!({ "project": beside })).await.granted();
    assert_eq!(admin.budget(&beside, "9", "BLOCK").await.code(), "NOT_FOUND");
    let project = world.seed.platform_dev.to_string();
    try_order(world, &dev, &project, "cache", false).await.granted();
    assert_eq!(admin.budgets(&platform).await["holding"], json!([]));
}

async fn the_audit_tells_what_a_budget_was(world: &mut World) {
    let (admin, auditor) = (world.user("admin").await, world.user("auditor").await);
    let platform = world.seed.platform.to_string();
    admin.budget(&platform, "5", "BLOCK").await.granted();
    admin.budget(&platform, "3.50", "NOTE").await.granted();
    admin.unbudget(&platform).await.granted();
    let query = "{ audit(first: 3) { nodes { action outcome target content } } }";
    let found = auditor.get(query, json!({})).await["audit"]["nodes"].clone();
    let five = r#"{"action":"block","amount":"5","currency":"CNY"}"#;
    let three = r#"{"action":"note","amount":"3.5","currency":"CNY"}"#;
    let row = |action: &str, before: &str, after: &str| {
        let content = format!(r#"{{"before":{before},"budget":{after}}}"#);
        json!({ "action": action, "outcome": "done", "target": platform, "content": content })
    };
    let expected = json!([
        row("removeBudget", three, "null"),
        row("setBudget", five, three),
        row("setBudget", "null", five),
    ]);
    assert_eq!(found, expected);
}
