//! What is refused when a move is entered, and what only turns out when it is due.

use tests::client::Answer;

use super::*;

#[track_caller]
fn check(answer: &Answer, code: &str, word: &str) {
    let told = match code {
        "INVALID" => answer.problems().iter().map(|(_, problem)| problem.clone()).collect(),
        "CONFLICT" => vec![answer.told()["why"].as_str().unwrap_or_default().to_owned()],
        _ => Vec::new(),
    };
    let expected: Vec<_> =
        Some(word.to_owned()).filter(|word| !word.is_empty()).into_iter().collect();
    assert_eq!((answer.code(), told), (code, expected), "{}", answer.text);
}

pub(super) async fn what_cannot_be_made_is_refused_when_it_is_entered(world: &mut World) {
    let (admin, dev) = (world.user("admin").await, world.user("dev").await);
    let (root, rnd) = (id(&admin, "acme").await, id(&admin, "rnd").await);
    let (platform, sales) = (world.seed.platform.to_string(), world.seed.sales.to_string());
    let (now, at) = (world.clock.now(), later(world, HOUR));
    let whole = |organization: &str, parent: &str| below(organization, parent);
    for past in [now, now.minus(HOUR), Instant::from_micros(0)] {
        let refused = admin.plan("moveProject", to_sales(world), past).await;
        check(&refused, "INVALID", "past");
        assert_eq!(refused.problems()[0].0, "at");
    }
    let days = |count: u64| Duration::from_secs(count * 24 * 3600);
    check(
        &admin.plan("moveProject", to_sales(world), now.plus(days(367))).await,
        "INVALID",
        "too_far",
    );
    let check_move = async |organization: &str, parent: &str, code: &str, word: &str| {
        let answer = admin.plan("moveOrganization", whole(organization, parent), at).await;
        check(&answer, code, word);
    };
    check_move(&rnd, &platform, "CYCLE", "").await;
    check_move(&rnd, &rnd, "CYCLE", "").await;
    check_move(&root, &platform, "CONFLICT", "root").await;
    check_move(&platform, &rnd, "CONFLICT", "there_already").await;
    check_move(&platform, &world.seed.globex_root.to_string(), "NOT_FOUND", "").await;
    admin.organization(&sales, "platform").await;
    check_move(&platform, &sales, "ALREADY_EXISTS", "").await;
    // Whoever may not move it now enters nothing either, whatever the instant.
    for at in [at, now] {
        let refused = dev.plan("moveProject", to_sales(world), at).await;
        check(&refused, "NOT_FOUND", "");
        let inside = json!({ "project": world.seed.platform_dev.to_string(),
            "organization": platform });
        check(&dev.plan("moveProject", inside, at).await, "FORBIDDEN", "");
    }
    // A token that ends before would be no right any more.
    let token = json!({ "name": "mover", "expiresAt": now.plus(HOUR), "idempotencyKey": "token" });
    let program = admin.holding(&admin.token(token).await.secret);
    let refused = program.plan("moveProject", to_sales(world), at.plus(HOUR)).await;
    check(&refused, "INVALID", "beyond_token");
    assert_eq!(admin.planned_moves(None, None).await, Vec::<Value>::new());
}

pub(super) async fn a_part_of_an_application_is_not_left_behind(world: &mut World) {
    let admin = world.user("admin").await;
    running(world).await;
    let query = "{ instance(idOrName: \"shop-cache\") { id } }";
    let cache = admin.get(query, json!({})).await["instance"]["id"].clone();
    let cache = cache.as_str().expect("an id");
    let inner = admin.application(world.seed.platform, "inner", false).await;
    admin.put_in(&inner, cache).await.granted();
    let at = later(world, HOUR);
    let refused = admin.plan("moveProject", to_sales(world), at).await;
    check(&refused, "CONFLICT", "application_left");
    assert_eq!(refused.told()["blockers"][0]["name"], "shop-cache");
    // It is no part when the move is entered, and one when it is due.
    admin.take_out(&inner, cache).await.granted();
    let planned = admin.planned("moveProject", to_sales(world), at).await;
    admin.put_in(&inner, cache).await.granted();
    world.pass(2 * HOUR);
    let ended = end(world, &admin, &planned).await;
    assert_eq!(
        (&ended["state"], &ended["code"]),
        (&json!("FAILED"), &json!("CONFLICT")),
        "{ended}"
    );
    let problem = ended["problem"].as_str().expect("a reason");
    assert!(
        problem.contains("parts of applications") && !problem.contains("shop-cache"),
        "{problem}"
    );
    assert_eq!(owner(&admin, "platform-dev").await, "platform");
    assert_eq!(admin.parts(&inner).await, ["shop-cache"]);
}

pub(super) async fn what_needs_more_than_a_limit_leaves_is_refused_and_fails(world: &mut World) {
    let admin = world.user("admin").await;
    running(world).await;
    let (sales, at) = (world.seed.sales.to_string(), later(world, HOUR));
    admin.limit(&sales, "MEMBERS", 0).await.granted();
    let refused = admin.plan("moveProject", to_sales(world), at).await;
    assert_eq!((refused.code(), &refused.told()["node"]), ("LIMIT_REACHED", &json!(sales)));
    admin.limit(&sales, "MEMBERS", 1).await.granted();
    let planned = admin.planned("moveProject", to_sales(world), at).await;
    let before = admin.quotas(&sales).await;
    admin.limit(&sales, "MEMBERS", 0).await.granted();
    world.pass(2 * HOUR);
    let ended = end(world, &admin, &planned).await;
    let expected = (&json!("FAILED"), &json!("LIMIT_REACHED"));
    assert_eq!((&ended["state"], &ended["code"]), expected, "{ended}");
    admin.limit(&sales, "MEMBERS", 1).await.granted();
    assert_eq!(admin.quotas(&sales).await, before, "nothing was counted");
    assert_eq!(owner(&admin, "platform-dev").await, "platform");
}
