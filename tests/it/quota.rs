//! Quotas: what may be used at a node of the tree, and what stops at them.

use serde_json::{Value, json};
use tests::client::order::{Ordered, PREVIEW_ORDER};
use tests::client::{Answer, User};
use tests::stories;
use tests::world::World;
use types::id::{OrganizationId, ProjectId, SystemIds};

mod asked;
mod model;

pub(super) use asked::{id, try_order};

stories! {
    an_order_beyond_a_limit_anywhere_above_it_is_refused_and_orders_nothing,
    every_meter_that_can_be_limited_is,
    of_many_orders_at_once_as_many_pass_as_there_is_room_for,
    what_is_deleted_is_free_again_and_what_failed_takes_nothing,
    a_limit_lies_between_those_above_and_below_and_not_below_what_is_in_use,
    a_move_counts_above_the_new_place_or_is_refused,
    a_move_takes_no_limit_along_that_is_too_large,
    what_cannot_be_a_limit_is_refused_and_changes_nothing,
    a_limit_is_set_by_who_may_limit_what_is_above,
    a_preview_shows_what_an_order_takes_and_what_is_left,
    limits_go_with_their_project,
    the_audit_tells_what_a_limit_was,
}

/// A project beside that of the seed, and room in the licence.
async fn prepare(world: &World) -> (User, String) {
    world.license("more", 60).await;
    let admin = world.user("admin").await;
    let beside = admin.project(&world.seed.platform.to_string(), "beside").await;
    (admin, beside)
}

async fn delete(world: &World, user: &User, instance: &str, name: &str) {
    let deleted = Ordered::from(&user.delete(instance, name, &format!("delete {name}")).await);
    world.succeeded(user, &deleted.operation).await;
}

#[track_caller]
fn check_reached(answer: &Answer, at: (&str, &str), numbers: [i64; 3]) {
    let told = answer.told();
    assert_eq!(answer.code(), "LIMIT_REACHED", "{}", answer.text);
    assert_eq!((&told["at"], &told["node"]), (&json!(at.0), &json!(at.1)), "{}", answer.text);
    let found = ["limit", "used", "added"].map(|name| told[name].as_i64().expect("a number"));
    assert_eq!(found, numbers, "{}", answer.text);
}

#[track_caller]
fn check_conflict(answer: &Answer, why: &str, words: &[&str]) {
    assert_eq!(
        (answer.code(), &answer.told()["why"]),
        ("CONFLICT", &json!(why)),
        "{}",
        answer.text
    );
    for word in words {
        assert!(answer.text.contains(word), "{word:?} is not in {}", answer.text);
    }
}

async fn instances(user: &User) -> usize {
    let found = user.get("{ instances(first: 100) { nodes { id } } }", json!({})).await;
    found["instances"]["nodes"].as_array().expect("nodes").len()
}

async fn an_order_beyond_a_limit_anywhere_above_it_is_refused_and_orders_nothing(
    world: &mut World,
) {
    let (admin, beside) = prepare(world).await;
    let dev = world.user("dev").await;
    let (platform, project) =
        (world.seed.platform.to_string(), world.seed.platform_dev.to_string());
    let (root, rnd) = (id(&admin, "acme").await, id(&admin, "rnd").await);
    admin.limit(&root, "MEMBERS", 7).await.granted();
    admin.limit(&rnd, "MEMBERS", 5).await.granted();
    admin.limit(&platform, "MEMBERS", 5).await.granted();
    admin.limit(&project, "MEMBERS", 3).await.granted();
    try_order(world, &dev, &project, "one", true).await.granted();
    let refused = try_order(world, &dev, &project, "two", true).await;
    check_reached(&refused, ("members at project platform-dev", &project), [3, 2, 2]);
    try_order(world, &dev, &project, "three", false).await.granted();
    try_order(world, &dev, &beside, "four", true).await.granted();
    // Below rnd everything is used; whoever orders sees neither rnd nor the root.
    let refused = try_order(world, &dev, &beside, "five", false).await;
    check_reached(&refused, ("members at organization rnd", &rnd), [5, 5, 1]);
    let seller = world.user("seller").await;
    let sales = world.seed.sales_dev.to_string();
    try_order(world, &seller, &sales, "six", true).await.granted();
    let refused = try_order(world, &seller, &sales, "seven", false).await;
    check_reached(&refused, ("members at organization acme", &root), [7, 7, 1]);
    assert_eq!(instances(&admin).await, 4);
    assert_eq!(admin.used(&root, "MEMBERS").await, 7);
    assert_eq!(admin.used(&rnd, "MEMBERS").await, 5);
    assert_eq!(admin.used(&project, "MEMBERS").await, 3);
    // With more room the same order with the same key passes.
    admin.limit(&root, "MEMBERS", 8).await.granted();
    try_order(world, &seller, &sales, "seven", false).await.granted();
    assert_eq!(admin.used(&root, "MEMBERS").await, 8);
}

async fn every_meter_that_can_be_limited_is(world: &mut World) {
    let (admin, _) = prepare(world).await;
    let dev = world.user("dev").await;
    let (platform, project) =
        (world.seed.platform.to_string(), world.seed.platform_dev.to_string());
    try_order(world, &dev, &project, "first", true).await.granted();
    let per_pair = admin.quotas(&platform).await;
    let number = |quota: &Value| -> i64 {
        quota["used"].as_str().and_then(|used| used.parse().ok()).expect("a number")
    };
    assert_eq!(per_pair.len(), 5);
    for quota in &per_pair {
        let (meter, used) = (quota["meter"].as_str().expect("a meter"), number(quota));
        assert!(used > 0, "{meter} of {used}");
        // Room for one and a half of what was ordered, in what a pair takes.
        let room = if meter == "INSTANCES" { used } else { used + used / 2 };
        admin.limit(&platform, meter, room).await.granted();
        let name = format!("second-{}", meter.to_lowercase().replace('_', "-"));
        let refused = try_order(world, &dev, &project, &name, true).await;
        let at = format!("{} at organization platform", meter.to_lowercase());
        check_reached(&refused, (&at, &platform), [room, used, used]);
        let after = admin.limit(&platform, meter, used * 2).await;
        let after = after.granted()["setQuota"]["quotas"].as_array().expect("quotas").clone();
        let after = after.iter().find(|quota| quota["meter"] == meter).expect("the meter");
        assert_eq!((number(after), &after["free"]), (used, &json!(used.to_string())));
    }
    try_order(world, &dev, &project, "second", true).await.granted();
    for quota in admin.quotas(&platform).await {
        assert_eq!(quota["free"], "0", "{quota}");
        assert_eq!(quota["used"], quota["limit"], "{quota}");
    }
}

async fn of_many_orders_at_once_as_many_pass_as_there_is_room_for(world: &mut World) {
    let (admin, beside) = prepare(world).await;
    let dev = world.user("dev").await;
    let (platform, project) =
        (world.seed.platform.to_string(), world.seed.platform_dev.to_string());
    admin.limit(&platform, "MEMBERS", 7).await.granted();
    let orders = (0..12).map(|number| {
        let project = if number % 2 == 0 { &project } else { &beside };
        let (world, dev) = (&*world, &dev);
        async move { try_order(world, dev, project, &format!("many-{number}"), true).await }
    });
    let answers = futures::future::join_all(orders).await;
    let passed = answers.iter().filter(|answer| answer.code() == "done").count();
    assert_eq!(passed, 3);
    for refused in answers.iter().filter(|answer| answer.code() != "done") {
        check_reached(refused, ("members at organization platform", &platform), [7, 6, 2]);
    }
    assert_eq!((instances(&admin).await, admin.used(&platform, "MEMBERS").await), (3, 6));
}

async fn what_is_deleted_is_free_again_and_what_failed_takes_nothing(world: &mut World) {
    let (admin, _) = prepare(world).await;
    let dev = world.user("dev").await;
    let (platform, project) =
        (world.seed.platform.to_string(), world.seed.platform_dev.to_string());
    admin.limit(&platform, "MEMBERS", 2).await.granted();
    let order = world.redis(world.seed.platform_dev, "cache", "primary-replica");
    let made = dev.order(&order).await;
    world.succeeded(&dev, &made.operation).await;
    // Whatever becomes of it, it is in use until it is gone.
    let stopped = dev.command(tests::client::order::STOP, &made.instance, "stop").await;
    world.succeeded(&dev, &Ordered::from(&stopped).operation).await;
    assert_eq!(admin.used(&platform, "MEMBERS").await, 2);
    let refused = try_order(world, &dev, &project, "other", false).await;
    check_reached(&refused, ("members at organization platform", &platform), [2, 2, 1]);
    delete(world, &dev, &made.instance, "cache").await;
    assert_eq!(admin.used(&platform, "MEMBERS").await, 0);
    // Given back once: what comes again changes nothing.
    dev.delete(&made.instance, "cache", "delete cache").await.granted();
    world.kill_agent().await;
    world.restart_agent().await;
    let made = try_order(world, &dev, &project, "again", true).await;
    let made = Ordered::from(&made);
    world.succeeded(&dev, &made.operation).await;
    assert_eq!(admin.used(&platform, "MEMBERS").await, 2);
    // One that is refused behind the reservation leaves nothing of it.
    admin.limit(&platform, "MEMBERS", 9).await.granted();
    let taken = world.redis(world.seed.platform_dev, "again", "standalone");
    let token = dev.preview(&taken).await;
    let refused = dev.place(&taken, &token, "taken").await;
    assert_eq!(refused.code(), "ALREADY_EXISTS");
    assert_eq!(admin.used(&platform, "MEMBERS").await, 2);
    delete(world, &dev, &made.instance, "again").await;
    assert_eq!(admin.used(&platform, "MEMBERS").await, 0);
}

async fn a_limit_lies_between_those_above_and_below_and_not_below_what_is_in_use(
    world: &mut World,
) {
    let (admin, _) = prepare(world).await;
    let dev = world.user("dev").await;
    let (root, rnd) = (id(&admin, "acme").await, id(&admin, "rnd").await);
    let (platform, project) =
        (world.seed.platform.to_string(), world.seed.platform_dev.to_string());
    try_order(world, &dev, &project, "cache", true).await.granted();
    admin.limit(&rnd, "MEMBERS", 6).await.granted();
    let refused = admin.limit(&project, "MEMBERS", 7).await;
    check_conflict(&refused, "above_ancestor", &["organization rnd", "6 members"]);
    admin.limit(&project, "MEMBERS", 6).await.granted();
    let refused = admin.limit(&rnd, "MEMBERS", 5).await;
    check_conflict(&refused, "below_descendant", &["project platform-dev", "6 members"]);
    let refused = admin.limit(&root, "MEMBERS", 5).await;
    check_conflict(&refused, "below_descendant", &["6 members"]);
    // Limits of other meters and of other branches are none of its business.
    admin.limit(&root, "MEMORY_MIB", 1_000_000).await.granted();
    admin.limit(&world.seed.sales.to_string(), "MEMBERS", 100).await.granted();
    admin.limit(&project, "MEMBERS", 2).await.granted();
    for (node, place) in [(&platform, "organization platform"), (&project, "project platform-dev")]
    {
        let refused = admin.limit(node, "MEMBERS", 1).await;
        let whys = ["in_use", "below_descendant"];
        assert_eq!(refused.code(), "CONFLICT");
        assert!(whys.iter().any(|why| refused.told()["why"] == *why), "{}", refused.text);
        assert!(refused.text.contains(place) || refused.text.contains("platform-dev"));
    }
    check_conflict(
        &admin.limit(&project, "MEMBERS", 1).await,
        "in_use",
        &["2 members", "more than 1"],
    );
    let own = admin.quota(&project, "MEMBERS").await;
    assert_eq!(
        (&own["limit"], &own["used"], &own["free"]),
        (&json!("2"), &json!("2"), &json!("0"))
    );
    // What has no limit of its own shows the one that holds.
    let inherited = admin.quota(&platform, "MEMBERS").await;
    assert_eq!((&inherited["limit"], &inherited["used"]), (&Value::Null, &json!("2")));
    assert_eq!(inherited["tightest"]["place"], "organization rnd");
    let removed = admin.unlimit(&rnd, "MEMBERS").await;
    let removed = removed.granted()["removeQuota"]["quotas"][1].clone();
    assert_eq!((&removed["meter"], &removed["limit"]), (&json!("MEMBERS"), &Value::Null));
    assert_eq!(admin.quota(&platform, "MEMBERS").await["free"], Value::Null);
}

async fn a_move_counts_above_the_new_place_or_is_refused(world: &mut World) {
    let (admin, beside) = prepare(world).await;
    let dev = world.user("dev").await;
    let (root, rnd) = (id(&admin, "acme").await, id(&admin, "rnd").await);
    let (platform, sales) = (world.seed.platform.to_string(), world.seed.sales.to_string());
    let project = world.seed.platform_dev.to_string();
    try_order(world, &dev, &project, "one", true).await.granted();
    try_order(world, &dev, &beside, "two", true).await.granted();
    for (node, limit) in [(&root, 9), (&rnd, 6), (&sales, 3)] {
        admin.limit(node, "MEMBERS", limit).await.granted();
    }
    let used = async || {
        let mut all = Vec::new();
        for node in [&root, &rnd, &platform, &sales] {
            all.push(admin.used(node, "MEMBERS").await);
        }
        all
    };
    assert_eq!(used().await, [4, 4, 4, 0]);
    let to_sales = json!({ "project": project, "organization": sales });
    admin.alter("moveProject", to_sales).await.granted();
    assert_eq!(used().await, [4, 2, 2, 2]);
    // The rest does not fit, neither as a project nor with its organization.
    let rest = json!({ "project": beside, "organization": sales });
    let refused = admin.alter("moveProject", rest).await;
    check_reached(&refused, ("members at organization sales", &sales), [3, 2, 2]);
    let whole = json!({ "organization": platform, "parent": sales });
    let refused = admin.alter("moveOrganization", whole.clone()).await;
    check_reached(&refused, ("members at organization sales", &sales), [3, 2, 2]);
    assert_eq!(used().await, [4, 2, 2, 2]);
    let path = admin
        .get(
            "query($id: ID!) { node(id: $id) { ... on Organization { parent { name } } } }",
            json!({ "id": platform }),
        )
        .await;
    assert_eq!(path["node"]["parent"]["name"], "rnd");
    admin.limit(&sales, "MEMBERS", 4).await.granted();
    admin.alter("moveOrganization", whole).await.granted();
    assert_eq!(used().await, [4, 0, 2, 4]);
    // What is deleted after a move is given back where it is.
    let two = dev.get("{ instance(idOrName: \"two\") { id } }", json!({})).await;
    delete(world, &dev, two["instance"]["id"].as_str().expect("an id"), "two").await;
    assert_eq!(used().await, [2, 0, 0, 2]);
}

async fn a_move_takes_no_limit_along_that_is_too_large(world: &mut World) {
    let (admin, beside) = prepare(world).await;
    let (platform, sales) = (world.seed.platform.to_string(), world.seed.sales.to_string());
    admin.limit(&sales, "MEMBERS", 3).await.granted();
    admin.limit(&beside, "MEMBERS", 4).await.granted();
    let whole = json!({ "organization": platform, "parent": sales });
    let refused = admin.alter("moveOrganization", whole.clone()).await;
    check_conflict(&refused, "above_ancestor", &["project beside", "organization sales"]);
    let part = json!({ "project": beside, "organization": sales });
    let refused = admin.alter("moveProject", part).await;
    check_conflict(&refused, "above_ancestor", &["project beside", "organization sales"]);
    admin.limit(&beside, "MEMBERS", 3).await.granted();
    admin.alter("moveOrganization", whole).await.granted();
    assert_eq!(admin.quota(&beside, "MEMBERS").await["limit"], "3");
}

async fn what_cannot_be_a_limit_is_refused_and_changes_nothing(world: &mut World) {
    let (admin, _) = prepare(world).await;
    let platform = world.seed.platform.to_string();
    admin.limit(&platform, "MEMBERS", 4).await.granted();
    for limit in [-1, i64::MIN, 1_000_000_000_000_001, i64::MAX] {
        let refused = admin.limit(&platform, "MEMBERS", limit).await;
        let problem = ("limit".to_owned(), "out_of_range".to_owned());
        assert_eq!(refused.problems(), [problem], "{limit}: {}", refused.text);
    }
    let set = |at: &str, meter: Value, limit: Value| {
        let input = json!({ "at": at, "meter": meter, "limit": limit });
        let admin = admin.clone();
        async move { admin.act(tests::client::quota::SET_QUOTA, input).await.code().to_owned() }
    };
    for limit in [json!("1.5"), json!(""), json!("many"), json!("9223372036854775808"), Value::Null]
    {
        let code = set(&platform, json!("MEMBERS"), limit.clone()).await;
        assert!(["INVALID", "BAD_QUERY"].contains(&&*code), "{limit}: {code}");
    }
    for meter in [json!("MEMBER_SECONDS"), json!("members"), json!(""), Value::Null] {
        let code = set(&platform, meter.clone(), json!("4")).await;
        assert!(["INVALID", "BAD_QUERY"].contains(&&*code), "{meter}: {code}");
    }
    let nowhere = [
        OrganizationId::next(&SystemIds).to_string(),
        ProjectId::next(&SystemIds).to_string(),
        world.seed.acme.to_string(),
        world.seed.globex.to_string(),
        world.seed.globex_root.to_string(),
        world.seed.globex_dev.to_string(),
        "installation".to_owned(),
        "platform".to_owned(),
        String::new(),
    ];
    for at in &nowhere {
        assert_eq!(set(at, json!("MEMBERS"), json!("4")).await, "NOT_FOUND", "{at:?}");
        assert_eq!(admin.unlimit(at, "MEMBERS").await.code(), "NOT_FOUND", "{at:?}");
    }
    assert_eq!(admin.unlimit(&platform, "INSTANCES").await.code(), "NOT_FOUND");
    assert_eq!(admin.quota(&platform, "MEMBERS").await["limit"], "4");
    // Nothing at all may be ordered there; zero is a limit.
    admin.limit(&platform, "INSTANCES", 0).await.granted();
    let dev = world.user("dev").await;
    let project = world.seed.platform_dev.to_string();
    let refused = try_order(world, &dev, &project, "none", false).await;
    check_reached(&refused, ("instances at organization platform", &platform), [0, 0, 1]);
}

async fn a_limit_is_set_by_who_may_limit_what_is_above(world: &mut World) {
    let (admin, head) = (world.user("admin").await, world.user("head").await);
    let root = id(&admin, "acme").await;
    let platform = world.seed.platform.to_string();
    let project = world.seed.platform_dev.to_string();
    let check = async |user: &User, at: &str, code: &str| {
        let answer = user.limit(at, "MEMBERS", 3).await;
        assert_eq!(answer.code(), code, "{}", answer.text);
        if code == "FORBIDDEN" {
            assert_eq!(answer.told()["action"], "MANAGE_LIMITS");
        }
        let removed = user.unlimit(at, "MEMBERS").await;
        assert_eq!(removed.code(), code, "{}", removed.text);
    };
    check(&admin, &root, "done").await;
    check(&head, &root, "FORBIDDEN").await;
    check(&head, &platform, "done").await;
    for name in ["dev", "viewer", "finance"] {
        check(&world.user(name).await, &project, "FORBIDDEN").await;
    }
    for name in ["seller", "stranger", "nobody", "operator"] {
        check(&world.user(name).await, &project, "NOT_FOUND").await;
    }
    // Who governs an organization limits what is in it, and does not lift what was set on it.
    let dev = world.user("dev").await;
    admin.bind(&dev.subject().await, "organization_admin", &platform, "ALLOW").await.granted();
    check(&dev, &project, "done").await;
    check(&dev, &platform, "FORBIDDEN").await;
}

async fn a_preview_shows_what_an_order_takes_and_what_is_left(world: &mut World) {
    let (admin, _) = prepare(world).await;
    let dev = world.user("dev").await;
    let (rnd, project) = (id(&admin, "rnd").await, world.seed.platform_dev.to_string());
    let query = PREVIEW_ORDER.replace(
        "licence {",
        "quotas { meter added remains tightest { at place limit used free } } licence {",
    );
    let order = world.redis(world.seed.platform_dev, "cache", "primary-replica");
    let quotas = async || {
        let shown = dev.get(&query, json!({ "input": order })).await;
        shown["previewOrder"]["quotas"].clone()
    };
    assert_eq!(quotas().await, json!([]));
    admin.limit(&rnd, "MEMBERS", 5).await.granted();
    admin.limit(&project, "INSTANCES", 9).await.granted();
    try_order(world, &dev, &project, "first", true).await.granted();
    let instances = json!({ "meter": "INSTANCES", "added": "1", "remains": "7", "tightest": {
        "at": project, "place": "project platform-dev", "limit": "9", "used": "1", "free": "8" } });
    let members = |remains: &str, used: &str, free: &str| {
        json!({ "meter": "MEMBERS", "added": "2", "remains": remains, "tightest": {
            "at": rnd, "place": "organization rnd", "limit": "5", "used": used, "free": free } })
    };
    assert_eq!(quotas().await, json!([instances, members("1", "2", "3")]));
    try_order(world, &dev, &project, "second", true).await.granted();
    // An order that does not fit can be previewed, and says so.
    assert_eq!(quotas().await[1], members("-1", "4", "1"));
}

async fn limits_go_with_their_project(world: &mut World) {
    let (admin, beside) = prepare(world).await;
    let dev = world.user("dev").await;
    let platform = world.seed.platform.to_string();
    admin.limit(&platform, "MEMBERS", 5).await.granted();
    admin.limit(&beside, "MEMBERS", 4).await.granted();
    let made = Ordered::from(&try_order(world, &dev, &beside, "cache", false).await);
    world.succeeded(&dev, &made.operation).await;
    delete(world, &dev, &made.instance, "cache").await;
    admin.alter("deleteProject", json!({ "project": beside })).await.granted();
    assert_eq!(admin.limit(&beside, "MEMBERS", 3).await.code(), "NOT_FOUND");
    // The limit that was there holds nobody back who comes below or above it.
    admin.limit(&platform, "MEMBERS", 1).await.granted();
    let again = admin.project(&platform, "beside").await;
    assert_eq!(admin.quota(&again, "MEMBERS").await["limit"], Value::Null);
}

async fn the_audit_tells_what_a_limit_was(world: &mut World) {
    let (admin, auditor) = (world.user("admin").await, world.user("auditor").await);
    let seller = world.user("seller").await;
    let platform = world.seed.platform.to_string();
    admin.limit(&platform, "MEMBERS", 5).await.granted();
    admin.limit(&platform, "MEMBERS", 3).await.granted();
    admin.unlimit(&platform, "MEMBERS").await.granted();
    assert_eq!(seller.limit(&platform, "MEMBERS", 9).await.code(), "NOT_FOUND");
    let query = "{ audit(first: 4) { nodes { subject action outcome code target content } } }";
    let found = auditor.get(query, json!({})).await["audit"]["nodes"].clone();
    let row = |who: &str, action: &str, outcome: &str, code: Value, content: &str| {
        json!({ "subject": who, "action": action, "outcome": outcome, "code": code,
            "target": platform, "content": content })
    };
    let expected = json!([
        row("seller", "setQuota", "refused", json!("NOT_FOUND"), "{}"),
        row(
            "admin",
            "removeQuota",
            "done",
            Value::Null,
            r#"{"before":3,"limit":null,"meter":"members"}"#
        ),
        row(
            "admin",
            "setQuota",
            "done",
            Value::Null,
            r#"{"before":5,"limit":3,"meter":"members"}"#
        ),
        row(
            "admin",
            "setQuota",
            "done",
            Value::Null,
            r#"{"before":null,"limit":5,"meter":"members"}"#
        ),
    ]);
    assert_eq!(found, expected);
}
