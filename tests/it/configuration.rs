//! Configurations: their history, earlier ones that come back, and templates.

use sea_orm::{ConnectionTrait as _, Database};
use serde_json::{Value, json};
use tests::client::order::{CHANGE, Ordered, PREVIEW_CHANGE, PREVIEW_ORDER};
use tests::client::{Answer, User};
use tests::stories;
use tests::world::World;

stories! {
    the_history_tells_who_changed_what_and_why,
    an_earlier_configuration_comes_back_as_a_new_one,
    an_earlier_one_that_is_not_valid_any_more_is_refused_with_the_reason,
    values_of_ones_own_win_over_the_template_of_an_order,
    a_template_replaces_own_values_only_when_asked_to,
}

const HISTORY: &str = "query($id: String!) { instance(idOrName: $id) { \
    configuration { number values { parameter value origin template } } \
    configurations { nodes { number createdBy reason restoredFrom parameters \
    changes { parameter before after beforeOrigin afterOrigin template apply } } } } }";

async fn history(user: &User, instance: &str) -> Vec<Value> {
    let found = user.get(HISTORY, json!({ "id": instance })).await;
    found["instance"]["configurations"]["nodes"].as_array().expect("configurations").clone()
}

/// Where the values in force come from, of those that are not defaults.
async fn origins(user: &User, instance: &str) -> Vec<(String, String)> {
    let found = user.get(HISTORY, json!({ "id": instance })).await;
    let values = found["instance"]["configuration"]["values"].as_array().expect("values").clone();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let from = |value: &Value| match &value["template"] {
        Value::Null => text(&value["origin"]),
        template => text(template),
    };
    let given = values.iter().filter(|value| value["origin"] != "DEFAULT");
    given.map(|value| (text(&value["parameter"]), from(value))).collect()
}

async fn cache(world: &mut World, dev: &User) -> String {
    let order = world.redis(world.seed.platform_dev, "shop-cache", "standalone");
    let ordered = dev.order(&order).await;
    world.succeeded(dev, &ordered.operation).await;
    ordered.instance
}

/// Previews a change and applies it.
async fn applied(dev: &User, change: &Value, reason: Option<&str>, key: &str) -> Answer {
    let shown = dev.ask(PREVIEW_CHANGE, json!({ "input": change })).await;
    if shown.code() != "done" {
        return shown;
    }
    let token = shown.granted()["previewChange"]["token"].clone();
    let input = json!({
        "change": change, "previewToken": token, "reason": reason, "idempotencyKey": key,
    });
    dev.ask(CHANGE, json!({ "input": input })).await
}

fn clients(instance: &str, clients: u32) -> Value {
    json!({ "instance": instance, "parameters": { "maxclients": clients } })
}

fn restore(instance: &str, number: i32) -> Value {
    json!({ "instance": instance, "parameters": {}, "restore": number })
}

async fn the_history_tells_who_changed_what_and_why(world: &mut World) {
    let dev = world.user("dev").await;
    let instance = cache(world, &dev).await;
    let reason = Some("  a sale on Friday\n大促 ");
    Ordered::from(&applied(&dev, &clients(&instance, 50), reason, "first").await);
    Ordered::from(&applied(&dev, &clients(&instance, 60), Some("  "), "second").await);
    let reset = json!({ "instance": instance, "parameters": { "maxclients": null } });
    Ordered::from(&applied(&dev, &reset, None, "third").await);
    let seen = history(&world.user("viewer").await, &instance).await;
    let told: Vec<_> = seen.iter().map(|one| (&one["number"], &one["reason"])).collect();
    let why = json!("a sale on Friday\n大促");
    let none = Value::Null;
    assert_eq!(
        told,
        [(&json!(4), &none), (&json!(3), &none), (&json!(2), &why), (&json!(1), &none)]
    );
    let of = |number: usize| seen[4 - number]["changes"][0].clone();
    let change = |before: Value, after: Value, origins: [&str; 2]| {
        json!({
            "parameter": "maxclients", "before": before, "after": after, "template": null,
            "beforeOrigin": origins[0], "afterOrigin": origins[1], "apply": "HOT",
        })
    };
    let default = seen[3]["parameters"]["maxclients"].clone();
    assert_eq!(of(2), change(default.clone(), json!(50), ["DEFAULT", "OWN"]));
    assert_eq!(of(3), change(json!(50), json!(60), ["OWN", "OWN"]));
    assert_eq!(of(4), change(json!(60), default, ["OWN", "DEFAULT"]));
    assert!(seen.iter().all(|one| one["createdBy"] == "dev"), "{seen:#?}");
    for reason in ["r".repeat(501), "bell\u{7}".to_owned()] {
        let refused = applied(&dev, &clients(&instance, 70), Some(&reason), "long").await;
        assert_eq!(refused.problems(), [("reason".to_owned(), "malformed".to_owned())]);
    }
    assert_eq!(history(&dev, &instance).await.len(), 4);
}

async fn an_earlier_configuration_comes_back_as_a_new_one(world: &mut World) {
    let dev = world.user("dev").await;
    let instance = cache(world, &dev).await;
    let change = json!({ "instance": instance,
        "parameters": { "maxclients": 50, "rdbchecksum": false } });
    Ordered::from(&applied(&dev, &change, None, "change").await);
    let shown = dev.preview_change(&restore(&instance, 1)).await;
    assert_eq!(
        (&shown["apply"], shown["changes"].as_array().map(Vec::len)),
        (&json!("RESTART"), Some(2))
    );
    let done = Ordered::from(&applied(&dev, &restore(&instance, 1), Some("back"), "back").await);
    world.succeeded(&dev, &done.operation).await;
    let seen = history(&dev, &instance).await;
    assert_eq!((&seen[0]["number"], &seen[0]["restoredFrom"]), (&json!(3), &json!(1)));
    assert_eq!(seen[0]["parameters"], seen[2]["parameters"]);
    assert_ne!(seen[0]["parameters"], seen[1]["parameters"], "the one between stays as it was");
    assert_eq!(seen[0]["reason"], "back");

    let same = applied(&dev, &restore(&instance, 3), None, "same").await;
    assert_eq!((same.code(), &same.told()["why"]), ("CONFLICT", &json!("unchanged")));
    for number in [0, -1, 4, i32::MAX] {
        let missing = applied(&dev, &restore(&instance, number), None, "missing").await;
        assert_eq!(missing.code(), "NOT_FOUND", "{number}");
    }
    let mut both = restore(&instance, 2);
    both["parameters"] = json!({ "maxclients": 60 });
    let refused = applied(&dev, &both, None, "both").await;
    assert_eq!(refused.problems(), [("restore".to_owned(), "not_allowed".to_owned())]);
    let viewer = world.user("viewer").await;
    assert_eq!(applied(&viewer, &restore(&instance, 2), None, "viewer").await.code(), "FORBIDDEN");
    // What was previewed for one is not good for another.
    let token = dev.preview_change(&restore(&instance, 2)).await["token"].clone();
    assert_eq!(dev.change(&restore(&instance, 1), &token, "other").await.code(), "OUTDATED");
    assert_eq!(history(&dev, &instance).await.len(), 3);
}

async fn an_earlier_one_that_is_not_valid_any_more_is_refused_with_the_reason(world: &mut World) {
    let dev = world.user("dev").await;
    let instance = cache(world, &dev).await;
    Ordered::from(&applied(&dev, &clients(&instance, 50), None, "change").await);
    let mut first = history(&dev, &instance).await[1]["parameters"].clone();
    // As if an older package had made it, with another choice at the order.
    first["gone-since"] = json!(1);
    first["databases"] = json!(3);
    first["maxclients"] = json!(20_000);
    let database = Database::connect(world.database()).await.expect("a database");
    let plant = format!("UPDATE configuration SET parameters = '{first}' WHERE number = 1");
    database.execute_unprepared(&plant).await.expect("planted");
    let expected = [
        ("parameters.databases", "immutable"),
        ("parameters.gone-since", "unknown"),
        ("parameters.maxclients", "out_of_range"),
    ];
    let expected = expected.map(|(field, word)| (field.to_owned(), word.to_owned()));
    let refused = applied(&dev, &restore(&instance, 1), None, "back").await;
    assert_eq!(refused.problems(), expected);
    let refused = dev.change(&restore(&instance, 1), &json!("token"), "blind").await;
    assert_eq!(refused.problems(), expected);
    let seen = history(&dev, &instance).await;
    assert_eq!(seen.len(), 2);
    // What this package does not know may have been a secret.
    assert_eq!(seen[1]["parameters"]["gone-since"], "********");
}

async fn values_of_ones_own_win_over_the_template_of_an_order(world: &mut World) {
    let dev = world.user("dev").await;
    let mut order = world.redis(world.seed.platform_dev, "shop-cache", "standalone");
    order["template"] = json!("durability");
    order["parameters"] = json!({ "appendfsync": "no", "maxclients": 50 });
    let query =
        PREVIEW_ORDER.replace("parameters", "parameters ownValues { parameter own template }");
    let shown = dev.get(&query, json!({ "input": order })).await["previewOrder"].clone();
    let own = json!([{ "parameter": "appendfsync", "own": "no", "template": "always" }]);
    assert_eq!(shown["ownValues"], own);
    assert_eq!(shown["parameters"]["appendfsync"], "no");
    assert_eq!(shown["parameters"]["save"], "900 1 300 10 60 1000");
    let ordered = dev.order(&order).await;
    world.succeeded(&dev, &ordered.operation).await;
    let from = origins(&dev, &ordered.instance).await;
    let of = |name: &str| from.iter().find(|(it, _)| it == name).map(|(_, from)| from.as_str());
    assert_eq!((of("appendfsync"), of("maxclients")), (Some("OWN"), Some("OWN")));
    assert_eq!((of("save"), of("maxmemory-policy")), (Some("durability"), Some("durability")));

    let mut unknown = world.redis(world.seed.platform_dev, "Other Cache", "standalone");
    unknown["template"] = json!("speed");
    let refused = dev.ask(PREVIEW_ORDER, json!({ "input": unknown })).await;
    let expected = [("name", "malformed"), ("template", "unknown")];
    assert_eq!(refused.problems(), expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
}

fn taken(instance: &str, template: &str) -> Value {
    json!({ "instance": instance, "parameters": {}, "template": template })
}

async fn a_template_replaces_own_values_only_when_asked_to(world: &mut World) {
    let dev = world.user("dev").await;
    let instance = cache(world, &dev).await;
    let own = json!({ "instance": instance, "parameters": { "appendfsync": "no" } });
    Ordered::from(&applied(&dev, &own, None, "own").await);
    let query = PREVIEW_CHANGE
        .replace(" apply restarts", " ownValues { parameter own template } apply restarts");
    let take = taken(&instance, "durability");
    let shown = dev.get(&query, json!({ "input": take })).await["previewChange"].clone();
    let against = json!([{ "parameter": "appendfsync", "own": "no", "template": "always" }]);
    assert_eq!(shown["ownValues"], against);
    let refused = applied(&dev, &take, None, "push").await;
    assert_eq!((refused.code(), &refused.told()["why"]), ("CONFLICT", &json!("own_values")));
    assert_eq!(history(&dev, &instance).await.len(), 2, "nothing was changed");

    // Kept, since it is given once more.
    let mut keep = take.clone();
    keep["parameters"] = json!({ "appendfsync": "no" });
    Ordered::from(&applied(&dev, &keep, None, "keep").await);
    let from = origins(&dev, &instance).await;
    assert!(from.contains(&("appendfsync".to_owned(), "OWN".to_owned())), "{from:?}");
    assert!(from.contains(&("save".to_owned(), "durability".to_owned())), "{from:?}");
    // Replaced, since that was asked for.
    let mut replace = take;
    replace["replaceOwn"] = json!(true);
    Ordered::from(&applied(&dev, &replace, None, "replace").await);
    let from = origins(&dev, &instance).await;
    assert!(from.contains(&("appendfsync".to_owned(), "durability".to_owned())), "{from:?}");
    // What came from a template is nobody's own: another template takes its place.
    Ordered::from(&applied(&dev, &taken(&instance, "throughput"), None, "other").await);
    let from = origins(&dev, &instance).await;
    assert!(from.contains(&("appendfsync".to_owned(), "throughput".to_owned())), "{from:?}");
    assert!(from.contains(&("stop-writes-on-bgsave-error".to_owned(), "durability".to_owned())));
    // A value that is given later is one's own again, and going back restores where it came from.
    Ordered::from(&applied(&dev, &own_again(&instance), None, "again").await);
    let from = origins(&dev, &instance).await;
    assert!(from.contains(&("save".to_owned(), "OWN".to_owned())), "{from:?}");
    Ordered::from(&applied(&dev, &restore(&instance, 4), None, "back").await);
    let from = origins(&dev, &instance).await;
    assert!(from.contains(&("save".to_owned(), "durability".to_owned())), "{from:?}");
    let unknown = applied(&dev, &taken(&instance, "speed"), None, "unknown").await;
    assert_eq!(unknown.problems(), [("template".to_owned(), "unknown".to_owned())]);
}

fn own_again(instance: &str) -> Value {
    json!({ "instance": instance, "parameters": { "save": "60 1" } })
}
