//! The tree of a tenant: what can be changed of it, what cannot, and what follows from it.

use std::time::Duration;

use serde_json::{Value, json};
use tests::client::User;
use tests::client::order::Ordered;
use tests::stories;
use tests::world::World;

mod alone;

stories! {
    a_tree_is_made_renamed_moved_and_deleted,
    no_two_siblings_have_one_name,
    nothing_comes_below_itself,
    two_moves_at_once_that_would_make_a_circle_do_not_both_pass,
    of_two_names_at_once_one_passes,
    what_is_not_empty_stays_and_says_what_is_in_it,
    an_order_and_the_deletion_of_its_project_do_not_both_pass,
    a_place_is_changed_by_who_may_change_what_is_above,
    rights_follow_a_move_at_once,
    a_resource_that_moved_is_billed_to_both_owners_by_the_second,
    who_loses_sight_of_something_hears_of_it,
    pages_go_on_behind_a_name_whatever_happens_meanwhile,
    wrong_names_are_told_field_by_field,
}

/// The id of the only organization of a name.
async fn id(user: &User, name: &str) -> String {
    let query = "query($x: String!) { organization(idOrName: $x) { id } }";
    let found = user.get(query, json!({ "x": name })).await;
    found["organization"]["id"].as_str().expect("an id").to_owned()
}

fn of(organization: &str, parent: &str) -> Value {
    json!({ "organization": organization, "parent": parent })
}

async fn a_tree_is_made_renamed_moved_and_deleted(world: &mut World) {
    let admin = world.user("admin").await;
    let root = id(&admin, "acme").await;
    let asia = admin.organization(&root, "asia").await;
    let china = admin.organization(&asia, "china").await;
    let lab = admin.project(&china, "lab").await;
    let expected = ["acme", "acme/asia", "acme/asia/china", "acme/rnd", "acme/rnd/platform"];
    assert_eq!(admin.tree().await[..5], expected);
    let renamed = json!({ "organization": china, "name": "greater-china", "title": "大中华区" });
    let renamed = admin.alter("renameOrganization", renamed).await;
    let shown = &renamed.granted()["renameOrganization"]["organization"];
    assert_eq!((&shown["name"], &shown["title"]), (&json!("greater-china"), &json!("大中华区")));
    let only = json!({ "organization": china, "title": "China" });
    let only = admin.alter("renameOrganization", only).await;
    assert_eq!(only.granted()["renameOrganization"]["organization"]["name"], "greater-china");
    admin.alter("moveOrganization", of(&china, &root)).await.granted();
    assert_eq!(admin.tree().await[..3], ["acme", "acme/asia", "acme/greater-china"]);
    admin.alter("moveProject", json!({ "project": lab, "organization": asia })).await.granted();
    let renamed = admin.alter("renameProject", json!({ "project": lab, "name": "bench" })).await;
    let project = &renamed.granted()["renameProject"]["project"];
    assert_eq!(
        (&project["name"], &project["organization"]["name"]),
        (&json!("bench"), &json!("asia"))
    );
    admin.alter("deleteProject", json!({ "project": lab })).await.granted();
    for organization in [&china, &asia] {
        let gone = admin.alter("deleteOrganization", json!({ "organization": organization })).await;
        assert_eq!(gone.granted()["deleteOrganization"]["id"], **organization);
    }
    let expected = ["acme", "acme/rnd", "acme/rnd/platform", "acme/sales"];
    assert_eq!(admin.tree().await, expected);
    // A name that was given free is as good as new.
    admin.organization(&root, "asia").await;
    let audit =
        "{ audit(first: 200, filter: { action: \"moveOrganization\" }) { nodes { target } } }";
    assert_eq!(admin.get(audit, json!({})).await["audit"]["nodes"], json!([{ "target": china }]));
}

async fn no_two_siblings_have_one_name(world: &mut World) {
    let head = world.user("head").await;
    let (root, rnd) = (id(&head, "acme").await, id(&head, "rnd").await);
    let check = async |mutation: &str, input: Value, code: &str| {
        let answer = head.alter(mutation, input).await;
        assert_eq!(answer.code(), code, "{mutation}: {}", answer.text);
    };
    let named = |parent: &str, name: &str| json!({ "parent": parent, "name": name, "title": "T" });
    check("createOrganization", named(&root, "sales"), "ALREADY_EXISTS").await;
    check("createOrganization", named(&rnd, "sales"), "done").await;
    let sales = json!({ "organization": world.seed.sales.to_string(), "name": "rnd" });
    check("renameOrganization", sales, "ALREADY_EXISTS").await;
    check("moveOrganization", of(&world.seed.sales.to_string(), &rnd), "ALREADY_EXISTS").await;
    let platform = world.seed.platform.to_string();
    let second = head.project(&platform, "second").await;
    let same = json!({ "organization": platform, "name": "second", "title": "T" });
    check("createProject", same, "ALREADY_EXISTS").await;
    let same = json!({ "project": second, "name": "platform-dev" });
    check("renameProject", same, "ALREADY_EXISTS").await;
    head.project(&rnd, "second").await;
    let moved = json!({ "project": second, "organization": rnd });
    check("moveProject", moved, "ALREADY_EXISTS").await;
    // To its own name is no change and no collision.
    check("renameProject", json!({ "project": second, "name": "second" }), "done").await;
}

async fn nothing_comes_below_itself(world: &mut World) {
    let admin = world.user("admin").await;
    let (root, rnd) = (id(&admin, "acme").await, id(&admin, "rnd").await);
    let platform = world.seed.platform.to_string();
    for below in [&rnd, &platform] {
        let refused = admin.alter("moveOrganization", of(&rnd, below)).await;
        assert_eq!(refused.code(), "CYCLE");
    }
    let refused = admin.alter("moveOrganization", of(&root, &platform)).await;
    assert_eq!((refused.code(), &refused.told()["why"]), ("CONFLICT", &json!("root")));
    let refused = admin.alter("deleteOrganization", json!({ "organization": root })).await;
    assert_eq!((refused.code(), &refused.told()["why"]), ("CONFLICT", &json!("root")));
    let refused = admin.alter("moveOrganization", of(&platform, &rnd)).await;
    assert_eq!((refused.code(), &refused.told()["why"]), ("CONFLICT", &json!("there_already")));
    let foreign = world.seed.globex_root.to_string();
    let refused = admin.alter("moveOrganization", of(&platform, &foreign)).await;
    assert_eq!(refused.code(), "NOT_FOUND");
    let expected = ["acme", "acme/rnd", "acme/rnd/platform", "acme/sales"];
    assert_eq!(admin.tree().await, expected);
}

async fn two_moves_at_once_that_would_make_a_circle_do_not_both_pass(world: &mut World) {
    let (admin, head) = (world.user("admin").await, world.user("head").await);
    let root = id(&admin, "acme").await;
    let one = admin.organization(&root, "one").await;
    let other = admin.organization(&root, "other").await;
    for _ in 0..8 {
        let (here, there) = futures::join!(
            admin.alter("moveOrganization", of(&one, &other)),
            head.alter("moveOrganization", of(&other, &one)),
        );
        let mut codes = [here.code(), there.code()];
        codes.sort_unstable();
        assert_eq!(codes, ["CYCLE", "done"]);
        let moved = if here.code() == "done" { &one } else { &other };
        admin.alter("moveOrganization", of(moved, &root)).await.granted();
    }
}

async fn of_two_names_at_once_one_passes(world: &mut World) {
    let (admin, head) = (world.user("admin").await, world.user("head").await);
    let root = id(&admin, "acme").await;
    for round in 0..8 {
        let input = json!({ "parent": root, "name": format!("twin-{round}"), "title": "Twin" });
        let (here, there) = futures::join!(
            admin.alter("createOrganization", input.clone()),
            head.alter("createOrganization", input.clone()),
        );
        let mut codes = [here.code(), there.code()];
        codes.sort_unstable();
        assert_eq!(codes, ["ALREADY_EXISTS", "done"]);
    }
}

async fn what_is_not_empty_stays_and_says_what_is_in_it(world: &mut World) {
    let (admin, dev) = (world.user("admin").await, world.user("dev").await);
    let platform = world.seed.platform.to_string();
    let order = world.redis(world.seed.platform_dev, "shop-cache", "standalone");
    let made = dev.order(&order).await;
    world.succeeded(&dev, &made.operation).await;
    let lab = admin.organization(&platform, "lab").await;
    let refused = admin.alter("deleteOrganization", json!({ "organization": platform })).await;
    let project = world.seed.platform_dev.to_string();
    let told = refused.told();
    assert_eq!(
        (refused.code(), &told["why"], &told["more"]),
        ("CONFLICT", &json!("not_empty"), &json!(0))
    );
    let inside = json!([
        { "kind": "organization", "id": lab, "name": "lab" },
        { "kind": "project", "id": project, "name": "platform-dev" },
    ]);
    assert_eq!(told["blockers"], inside);
    let refused = admin.alter("deleteProject", json!({ "project": project })).await;
    let inside = json!([{ "kind": "instance", "id": made.instance, "name": "shop-cache" }]);
    assert_eq!((refused.code(), &refused.told()["blockers"]), ("CONFLICT", &inside));
    let deleted = Ordered::from(&dev.delete(&made.instance, "shop-cache", "gone").await);
    world.succeeded(&dev, &deleted.operation).await;
    admin.alter("deleteProject", json!({ "project": project })).await.granted();
    admin.alter("deleteOrganization", json!({ "organization": lab })).await.granted();
    admin.alter("deleteOrganization", json!({ "organization": platform })).await.granted();
    // Roles were bound there; they hold nowhere now, and whoever had them is still somebody.
    let roles = dev.get("{ viewer { name roles { role { id } at { id } } } }", json!({})).await;
    assert_eq!(roles["viewer"]["roles"], json!([]));
    assert_eq!(dev.tree().await, Vec::<String>::new());
}

async fn an_order_and_the_deletion_of_its_project_do_not_both_pass(world: &mut World) {
    let admin = world.user("admin").await;
    let platform = world.seed.platform.to_string();
    for round in 0..4 {
        let project = admin.project(&platform, &format!("short-{round}")).await;
        let order = world.redis(project.parse().expect("an id"), "brief", "standalone");
        let token = admin.preview(&order).await;
        let key = format!("order {round}");
        let (placed, gone) = futures::join!(
            admin.place(&order, &token, &key),
            admin.alter("deleteProject", json!({ "project": project })),
        );
        let codes = (placed.code(), gone.code());
        assert!(
            codes == ("done", "CONFLICT") || codes == ("NOT_FOUND", "done"),
            "{codes:?}: {} {}",
            placed.text,
            gone.text
        );
    }
}

async fn a_place_is_changed_by_who_may_change_what_is_above(world: &mut World) {
    let (head, dev, viewer) =
        (world.user("head").await, world.user("dev").await, world.user("viewer").await);
    let root = id(&head, "acme").await;
    let platform = world.seed.platform.to_string();
    let check = async |user: &User, mutation: &str, input: Value, code: &str| {
        let answer = user.alter(mutation, input).await;
        assert_eq!(answer.code(), code, "{mutation}: {}", answer.text);
        if code == "FORBIDDEN" {
            assert_eq!(answer.told()["action"], "MANAGE_TREE");
        }
    };
    // The head's role is bound at the root: all below is theirs, the root's own name is not.
    check(&head, "renameOrganization", json!({ "organization": root, "name": "x" }), "FORBIDDEN")
        .await;
    check(&head, "deleteOrganization", json!({ "organization": root }), "FORBIDDEN").await;
    check(&head, "renameOrganization", json!({ "organization": root, "title": "X" }), "done").await;
    for user in [&dev, &viewer] {
        let made = json!({ "parent": platform, "name": "own", "title": "Own" });
        check(user, "createOrganization", made, "FORBIDDEN").await;
        let renamed = json!({ "organization": platform, "title": "Own" });
        check(user, "renameOrganization", renamed, "FORBIDDEN").await;
        check(user, "deleteOrganization", json!({ "organization": platform }), "FORBIDDEN").await;
        let project = world.seed.platform_dev.to_string();
        check(user, "deleteProject", json!({ "project": project }), "FORBIDDEN").await;
    }
}

async fn rights_follow_a_move_at_once(world: &mut World) {
    let (head, dev, seller) =
        (world.user("head").await, world.user("dev").await, world.user("seller").await);
    let order = world.redis(world.seed.platform_dev, "shop-cache", "standalone");
    let made = dev.order(&order).await;
    world.succeeded(&dev, &made.operation).await;
    let ask = "query($id: String!) { instance(idOrName: $id) { id } }";
    let sees =
        async |user: &User| user.ask(ask, json!({ "id": made.instance })).await.code() == "done";
    assert_eq!((sees(&dev).await, sees(&seller).await), (true, false));
    let project = world.seed.platform_dev.to_string();
    let moved = json!({ "project": project, "organization": world.seed.sales.to_string() });
    head.alter("moveProject", moved).await.granted();
    assert_eq!((sees(&dev).await, sees(&seller).await), (false, true));
    let moved = of(&world.seed.sales.to_string(), &world.seed.platform.to_string());
    head.alter("moveOrganization", moved).await.granted();
    assert_eq!((sees(&dev).await, sees(&seller).await), (true, true));
    assert_eq!(seller.tree().await, ["sales"]);
    assert_eq!(dev.tree().await, ["platform", "platform/sales"]);
}

async fn a_resource_that_moved_is_billed_to_both_owners_by_the_second(world: &mut World) {
    let (head, dev) = (world.user("head").await, world.user("dev").await);
    let order = world.redis(world.seed.platform_dev, "shop-cache", "standalone");
    let made = dev.order(&order).await;
    world.succeeded(&dev, &made.operation).await;
    world.becomes(&dev, &made.instance, "RUNNING").await;
    let seconds = async |organization: &str| {
        let bill = world.bill(organization, "2026-11").await;
        let lines = bill["lines"].as_array().expect("lines").iter();
        let members = lines.filter(|line| line["meter"] == "member_seconds");
        let quantity =
            |line: &Value| line["quantity"].as_str().and_then(|text| text.parse::<i64>().ok());
        members.filter_map(quantity).sum::<i64>()
    };
    world.pass(Duration::from_secs(600));
    world.counted().await;
    let before = seconds("platform").await;
    assert!(before >= 600, "{before}");
    let moved = json!({ "project": world.seed.platform_dev.to_string(),
        "organization": world.seed.sales.to_string() });
    head.alter("moveProject", moved).await.granted();
    world.pass(Duration::from_secs(900));
    world.counted().await;
    let (here, there) = (seconds("platform").await, seconds("sales").await);
    assert!((before..before + 10).contains(&here) && there >= 900, "{before}: {here}, {there}");
    let all = seconds("acme").await;
    assert_eq!(all, 0, "the root has no use of its own");
    let moved = of(&world.seed.sales.to_string(), &id(&head, "rnd").await);
    head.alter("moveOrganization", moved).await.granted();
    world.pass(Duration::from_secs(300));
    world.counted().await;
    // The organization has a second bill from then on, below its new parent.
    let second = seconds("sales").await;
    assert!((300..there).contains(&second), "{second}, {there} before");
    assert_eq!(seconds("platform").await, here);
}

async fn who_loses_sight_of_something_hears_of_it(world: &mut World) {
    let (head, dev) = (world.user("head").await, world.user("dev").await);
    let events = "subscription { events(after: \"0\") { node { kind organization project } } }";
    let mut heard = dev.follow(events, json!({})).await;
    let platform = world.seed.platform.to_string();
    let project = world.seed.platform_dev.to_string();
    let moved = json!({ "project": project, "organization": world.seed.sales.to_string() });
    let next = async |heard: &mut tests::client::subscription::Subscription, kind: &str| loop {
        let event = heard.next().await.expect("an event").granted()["events"]["node"].clone();
        if event["kind"] == kind {
            return event;
        }
    };
    head.alter("moveProject", moved).await.granted();
    let event = next(&mut heard, "project_moved").await;
    assert_eq!((&event["organization"], &event["project"]), (&json!(platform), &Value::Null));
    let lab = head.organization(&platform, "lab").await;
    assert_eq!(next(&mut heard, "organization_created").await["organization"], lab);
    head.alter("renameOrganization", json!({ "organization": lab, "title": "L" })).await.granted();
    assert_eq!(next(&mut heard, "organization_renamed").await["organization"], lab);
    head.alter("deleteOrganization", json!({ "organization": lab })).await.granted();
    assert_eq!(next(&mut heard, "organization_deleted").await["organization"], platform);
}

async fn pages_go_on_behind_a_name_whatever_happens_meanwhile(world: &mut World) {
    let head = world.user("head").await;
    let rnd = id(&head, "rnd").await;
    let mut made = Vec::new();
    for name in ["d", "b", "c", "a", "e"] {
        made.push(head.organization(&rnd, name).await);
    }
    let query = "query($after: String) { organization(idOrName: \"rnd\") { \
        children(first: 2, after: $after) { nodes { name } pageInfo { hasNextPage endCursor } } } }";
    let page = async |after: &Value| {
        let found = head.get(query, json!({ "after": after })).await;
        let children = found["organization"]["children"].clone();
        let nodes = children["nodes"].as_array().expect("nodes").iter();
        let names: Vec<_> =
            nodes.map(|node| node["name"].as_str().expect("a name").to_owned()).collect();
        (names, children["pageInfo"].clone())
    };
    let (names, end) = page(&Value::Null).await;
    assert_eq!((names, &end["hasNextPage"]), (vec!["a".to_owned(), "b".to_owned()], &json!(true)));
    // The last one of the page is gone, and one comes before it.
    head.alter("deleteOrganization", json!({ "organization": made[1] })).await.granted();
    head.organization(&rnd, "aa").await;
    let (names, end) = page(&end["endCursor"]).await;
    assert_eq!(names, ["c", "d"]);
    let (names, end) = page(&end["endCursor"]).await;
    assert_eq!(
        (names, &end["hasNextPage"]),
        (vec!["e".to_owned(), "platform".to_owned()], &json!(false))
    );
    let refused = head.ask(query, json!({ "after": "nonsense" })).await;
    assert_eq!(refused.code(), "INVALID");
    let search = "{ organizations(search: \"PLAT\") { nodes { name } } }";
    let found = head.get(search, json!({})).await["organizations"]["nodes"].clone();
    assert_eq!(found, json!([{ "name": "platform" }]));
    let dev = world.user("dev").await;
    let tops = dev.get("{ tenant { root { name } tops { name isLeaf } } }", json!({})).await;
    let expected = json!({ "root": null, "tops": [{ "name": "platform", "isLeaf": false }] });
    assert_eq!(tops["tenant"], expected);
}

async fn wrong_names_are_told_field_by_field(world: &mut World) {
    let head = world.user("head").await;
    let rnd = id(&head, "rnd").await;
    let before = head.tree().await;
    for (name, title, fields) in [
        ("Upper", "Fine", vec!["name"]),
        ("fine", "", vec!["title"]),
        ("-", "two\nlines", vec!["name", "title"]),
        (&*"n".repeat(41), &*"t".repeat(81), vec!["name", "title"]),
    ] {
        let input = json!({ "parent": rnd, "name": name, "title": title });
        let refused = head.alter("createOrganization", input).await;
        let problems = refused.problems();
        let told: Vec<_> = problems.iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!((refused.code(), told), ("INVALID", fields), "{name:?} {title:?}");
    }
    let nothing = head.alter("renameOrganization", json!({ "organization": rnd })).await;
    assert_eq!(nothing.problems(), [("name".to_owned(), "required".to_owned())]);
    assert_eq!(head.tree().await, before);
}
