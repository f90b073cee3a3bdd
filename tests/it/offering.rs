//! Offerings for chosen tenants: who sees and orders what, and what becomes of what is there.

use serde_json::{Value, json};
use tests::client::approval::CREATE_RULE;
use tests::client::order::{
    BATCH, CHANGE, Ordered, PLACE, PREVIEW_BATCH, PREVIEW_ORDER, START, STOP,
};
use tests::client::tenant::{TENANTS, plan_named, text};
use tests::client::{Answer, User};
use tests::stories;
use tests::world::World;
use types::id::{OfferingId, PlanId, SystemIds, TenantId};

stories! {
    what_is_not_offered_to_a_tenant_is_as_if_it_were_missing,
    what_a_tenant_has_of_it_goes_on_when_it_is_taken_back,
    what_makes_no_sense_is_refused,
    a_package_is_published_withdrawn_and_published_again,
    a_plan_for_chosen_tenants_is_as_if_it_were_missing_to_others,
    what_a_tenant_has_by_a_plan_goes_on_when_it_is_taken_back,
    a_plan_that_makes_no_sense_is_refused,
}

const LIST: &str = "{ offerings { nodes { name } } }";
const ONE: &str = "query($x: String!) { offering(idOrName: $x) { name plans { name } } }";
const NODE: &str = "query($x: ID!) { node(id: $x) { id } }";

fn offering(world: &World) -> Value {
    world.redis(world.seed.platform_dev, "x", "standalone")["offering"].clone()
}

async fn act(world: &World, mutation: &str, mut input: Value) -> Answer {
    input["offering"] = offering(world);
    world.user("operator").await.act(&text(mutation), input).await
}

async fn choose(world: &World, audience: &str) {
    act(world, "setOfferingAudience", json!({ "audience": audience })).await.granted();
}

fn of(tenant: TenantId) -> Value {
    json!({ "tenant": tenant.to_string() })
}

async fn listed(user: &User) -> usize {
    let found = user.get(LIST, json!({})).await;
    found["offerings"]["nodes"].as_array().map_or(0, Vec::len)
}

/// All ways to come to the offering; the answers are those to one that does not exist.
async fn is_missing(user: &User, order: &Value) {
    assert_eq!(listed(user).await, 0);
    let none = OfferingId::next(&SystemIds).to_string();
    let mut of_none = order.clone();
    of_none["offering"] = json!(none);
    let place = |order: &Value| {
        json!({ "input": { "order": order, "previewToken": "x",
        "idempotencyKey": "missing" } })
    };
    let id = order["offering"].clone();
    for (query, real, missing) in [
        (ONE, json!({ "x": id }), json!({ "x": none })),
        (ONE, json!({ "x": "redis" }), json!({ "x": "nothing" })),
        (NODE, json!({ "x": id }), json!({ "x": none })),
        (PREVIEW_ORDER, json!({ "input": order }), json!({ "input": of_none })),
        (PLACE, place(order), place(&of_none)),
    ] {
        let (real, missing) = (user.ask(query, real).await, user.ask(query, missing).await);
        assert_eq!(real.without_request(), missing.without_request(), "{query}");
        assert!(query == NODE || real.code() == "NOT_FOUND", "{}", real.text);
    }
}

async fn what_is_not_offered_to_a_tenant_is_as_if_it_were_missing(world: &mut World) {
    let (dev, stranger) = (world.user("dev").await, world.user("stranger").await);
    let operator = world.user("operator").await;
    let mine = world.redis(world.seed.platform_dev, "mine", "standalone");
    let theirs = world.redis(world.seed.globex_dev, "theirs", "standalone");
    // Said before it counts, so that nobody is without it for a moment.
    act(world, "offerToTenant", of(world.seed.globex)).await.granted();
    assert_eq!((listed(&dev).await, listed(&stranger).await), (1, 1));
    let token = dev.preview(&mine).await;
    choose(world, "CHOSEN").await;
    is_missing(&dev, &mine).await;
    assert_eq!(dev.place(&mine, &token, "with a token").await.code(), "NOT_FOUND");
    assert_eq!(listed(&stranger).await, 1);
    stranger.order(&theirs).await;
    let to = json!({ "offering": offering(world) });
    assert_eq!(operator.managed_tenants(to.clone()).await, ["globex"]);
    act(world, "offerToTenant", of(world.seed.acme)).await.granted();
    assert_eq!(operator.managed_tenants(to).await, ["acme", "globex"]);
    dev.order(&mine).await;
    act(world, "withdrawFromTenant", of(world.seed.globex)).await.granted();
    let more = world.redis(world.seed.globex_dev, "more", "standalone");
    is_missing(&stranger, &more).await;
    choose(world, "ALL").await;
    assert_eq!(listed(&stranger).await, 1);
    let asked = "{ managedOfferings { nodes { name audience tenantCount } } }";
    let found = operator.get(asked, json!({})).await["managedOfferings"]["nodes"].clone();
    assert_eq!(found, json!([{ "name": "redis", "audience": "ALL", "tenantCount": 1 }]));
    let heard = "{ audit { nodes { subject action } } }";
    let heard = world.user("auditor").await.get(heard, json!({})).await;
    let row = json!({ "subject": "operator", "action": "offerToTenant" });
    assert!(heard["audit"]["nodes"].as_array().expect("rows").contains(&row), "{heard}");
}

async fn what_a_tenant_has_of_it_goes_on_when_it_is_taken_back(world: &mut World) {
    let dev = world.user("dev").await;
    let order = world.redis(world.seed.platform_dev, "cache", "standalone");
    let Ordered { instance, operation } = dev.order(&order).await;
    world.succeeded(&dev, &operation).await;
    act(world, "offerToTenant", of(world.seed.acme)).await.granted();
    choose(world, "CHOSEN").await;
    act(world, "withdrawFromTenant", of(world.seed.acme)).await.granted();
    is_missing(&dev, &world.redis(world.seed.platform_dev, "more", "standalone")).await;

    let change = json!({ "instance": instance, "parameters": { "maxclients": 50 } });
    let token = dev.preview_change(&change).await["token"].clone();
    let input = json!({ "change": change, "previewToken": token, "idempotencyKey": "change" });
    let changed = dev.ask(CHANGE, json!({ "input": input })).await;
    world.succeeded(&dev, &Ordered::from(&changed).operation).await;
    let batch = json!({ "selection": { "instances": [instance] }, "work": "CHANGE",
        "parameters": { "maxclients": 60 } });
    let shown = dev.get(PREVIEW_BATCH, json!({ "input": batch })).await["previewBatch"].clone();
    let input = json!({ "batch": batch, "previewToken": shown["token"], "idempotencyKey": "many" });
    let done = dev.ask(BATCH, json!({ "input": input })).await;
    let many = done.granted()["applyBatch"]["items"][0]["operation"]["id"].clone();
    world.succeeded(&dev, many.as_str().expect("an id")).await;
    for (mutation, key) in [(STOP, "stop"), (START, "start")] {
        let asked = dev.command(mutation, &instance, key).await;
        world.succeeded(&dev, &Ordered::from(&asked).operation).await;
    }
    let query = "query($x: String!) { instance(idOrName: $x) { offering { name } plan { name } } }";
    let told = dev.get(query, json!({ "x": instance })).await["instance"].clone();
    assert_eq!(
        (&told["offering"]["name"], &told["plan"]["name"]),
        (&json!("redis"), &json!("small"))
    );
    let deleted = Ordered::from(&dev.delete(&instance, "cache", "delete").await);
    world.succeeded(&dev, &deleted.operation).await;
}

/// Of each package, whether it is offered and to whom.
async fn packages(operator: &User) -> Vec<(String, Value, Value)> {
    let query = "{ packages { name version offering { id audience withdrawnAt } } }";
    let found = operator.get(query, json!({})).await["packages"].clone();
    let row = |one: &Value| {
        let offering = &one["offering"];
        let name = one["name"].as_str().expect("a name").to_owned();
        (name, offering["audience"].clone(), json!(offering["withdrawnAt"].is_string()))
    };
    found.as_array().expect("packages").iter().map(row).collect()
}

async fn a_package_is_published_withdrawn_and_published_again(world: &mut World) {
    let (operator, dev) = (world.user("operator").await, world.user("dev").await);
    let do_it = async |mutation: &str, input: Value| operator.act(&text(mutation), input).await;
    let memcached = || json!({ "package": "memcached" });
    let row = |audience: Value, is_withdrawn: bool| {
        ("memcached".to_owned(), audience, json!(is_withdrawn))
    };
    let known = packages(&operator).await;
    assert!(known.contains(&row(Value::Null, false)), "{known:?}");
    assert!(known.contains(&("redis".to_owned(), json!("ALL"), json!(false))), "{known:?}");

    let made = do_it("publishOffering", memcached()).await;
    let made = made.granted()["publishOffering"].clone();
    assert_eq!((&made["name"], &made["audience"]), (&json!("memcached"), &json!("CHOSEN")));
    assert_eq!(listed(&dev).await, 1, "nobody was chosen");
    let to = json!({ "offering": made["id"], "tenant": world.seed.acme.to_string() });
    do_it("offerToTenant", to).await.granted();
    assert_eq!(listed(&dev).await, 2);
    let plans = "query($x: String!) { offering(idOrName: $x) { plans { id name } } }";
    let plans = async || dev.get(plans, json!({ "x": "memcached" })).await["offering"].clone();
    let (seen, suggested) = (plans().await, world.plane().catalog.find("memcached", "1.0.0"));
    let suggested = &suggested.expect("a package").manifest().plans;
    assert_eq!(seen["plans"].as_array().map(Vec::len), Some(suggested.len()));

    let again = do_it("publishOffering", memcached()).await;
    assert_eq!(again.code(), "ALREADY_EXISTS", "{}", again.text);
    for wrong in [json!({ "package": "oracle" }), json!({ "package": "redis", "version": "0" })] {
        assert_eq!(do_it("publishOffering", wrong).await.code(), "NOT_FOUND");
    }
    let id = json!({ "offering": made["id"] });
    do_it("withdrawOffering", id.clone()).await.granted();
    assert_eq!(listed(&dev).await, 1, "nobody orders it any more");
    let twice = do_it("withdrawOffering", id).await;
    assert_eq!((twice.code(), &twice.told()["why"]), ("CONFLICT", &json!("withdrawn_already")));
    assert!(packages(&operator).await.contains(&row(json!("CHOSEN"), true)));
    let back = json!({ "package": "memcached", "version": "1.0.0", "audience": "ALL" });
    let back = do_it("publishOffering", back).await;
    assert_eq!(back.granted()["publishOffering"]["id"], made["id"], "the same offering");
    assert_eq!((listed(&dev).await, plans().await), (2, seen), "with the same plans");

    let stranger = world.user("stranger").await;
    for user in [&dev, &stranger, &world.user("admin").await] {
        let found = user.ask("{ packages { name } }", json!({})).await;
        assert_eq!(found.code(), "NOT_FOUND", "{}", found.text);
    }
    // It stands in the installation's trail, and in no tenant's.
    let heard = "{ audit { nodes { subject action } } }";
    let heard = world.user("auditor").await.get(heard, json!({})).await;
    let told = json!({ "subject": "operator", "action": "publishOffering" });
    assert!(!heard["audit"]["nodes"].as_array().expect("rows").contains(&told), "{heard}");
}

async fn what_makes_no_sense_is_refused(world: &mut World) {
    let acme = of(world.seed.acme);
    let refused = async |mutation: &str, input: Value, why: &str| {
        let answer = act(world, mutation, input).await;
        assert_eq!((answer.code(), &answer.told()["why"]), ("CONFLICT", &json!(why)), "{mutation}");
    };
    refused("withdrawFromTenant", acme.clone(), "offered_to_all").await;
    act(world, "offerToTenant", acme.clone()).await.granted();
    refused("offerToTenant", acme.clone(), "offered_already").await;
    choose(world, "CHOSEN").await;
    refused("withdrawFromTenant", of(world.seed.globex), "not_offered").await;
    let none = of(TenantId::next(&SystemIds));
    for mutation in ["offerToTenant", "withdrawFromTenant"] {
        let answer = act(world, mutation, none.clone()).await;
        assert_eq!(answer.code(), "NOT_FOUND", "{mutation}: {}", answer.text);
    }
    let closed = json!({ "tenant": world.seed.globex.to_string(), "name": "globex",
        "reason": "left" });
    world.user("operator").await.act(&text("closeTenant"), closed).await.granted();
    refused("offerToTenant", of(world.seed.globex), "tenant_closed").await;
}

/// The names of the plans that somebody may order by.
async fn plans(user: &User) -> Vec<String> {
    let found = user.get(ONE, json!({ "x": "redis" })).await["offering"]["plans"].clone();
    let name = |plan: &Value| plan["name"].as_str().expect("a name").to_owned();
    found.as_array().expect("plans").iter().map(name).collect()
}

/// All ways to come to a plan; the answers are those to one that does not exist. Rules are their
/// manager's.
async fn plan_is_missing([user, manager]: [&User; 2], order: &Value, (plan, name): (&str, &str)) {
    assert!(!plans(user).await.contains(&name.to_owned()));
    let schema = "query($x: String!, $plan: ID!) { offering(idOrName: $x) { parameterSchema( \
        plan: $plan, topology: \"standalone\", softwareVersion: \"7.0\") } }";
    let none = PlanId::next(&SystemIds).to_string();
    let with = |plan: &str| {
        let mut order = order.clone();
        order["plan"] = json!(plan);
        order
    };
    let place = |plan: &str| json!({ "input": { "order": with(plan), "previewToken": "x", "idempotencyKey": "x" } });
    let rule = |plan: &str| {
        json!({ "input": { "at": order["project"], "mutations": ["PLACE_ORDER"],
            "plans": [plan], "idempotencyKey": "x" } })
    };
    let form = |plan: &str| json!({ "x": "redis", "plan": plan });
    for (user, query, real, missing) in [
        (user, schema, form(plan), form(&none)),
        (user, PREVIEW_ORDER, json!({ "input": with(plan) }), json!({ "input": with(&none) })),
        (user, PLACE, place(plan), place(&none)),
        (manager, CREATE_RULE, rule(plan), rule(&none)),
    ] {
        let (real, missing) = (user.ask(query, real).await, user.ask(query, missing).await);
        assert_eq!(real.without_request(), missing.without_request(), "{query}");
        assert_eq!(real.code(), "NOT_FOUND", "{query}: {}", real.text);
    }
}

async fn a_plan_for_chosen_tenants_is_as_if_it_were_missing_to_others(world: &mut World) {
    let (dev, stranger) = (world.user("dev").await, world.user("stranger").await);
    let suggested = plans(&dev).await;
    let huge = world.plan_for(world.seed.acme, "huge").await;
    assert_eq!(plans(&dev).await, [suggested.clone(), vec!["huge".to_owned()]].concat());
    let mut mine = world.redis(world.seed.platform_dev, "mine", "standalone");
    let theirs = world.redis(world.seed.globex_dev, "theirs", "standalone");
    plan_is_missing([&stranger, &stranger], &theirs, (&huge, "huge")).await;
    mine["plan"] = json!(huge);
    let made = dev.order(&mine).await;
    world.succeeded(&dev, &made.operation).await;
    let of_huge = json!({ "offering": offering(world), "plan": huge });
    let operator = world.user("operator").await;
    assert_eq!(operator.managed_tenants(of_huge).await, ["acme"]);

    let plan = || json!({ "plan": huge });
    let mut for_all = plan();
    for_all["audience"] = json!("ALL");
    act(world, "setOfferingAudience", for_all).await.granted();
    assert!(plans(&stranger).await.contains(&"huge".to_owned()));
    // A plan is nothing to who is not offered the offering.
    act(world, "offerToTenant", of(world.seed.acme)).await.granted();
    choose(world, "CHOSEN").await;
    let mut order = theirs.clone();
    order["plan"] = json!(huge);
    is_missing(&stranger, &order).await;
    let heard = "{ audit { nodes { action content } } }";
    let heard = world.user("auditor").await.get(heard, json!({})).await;
    let heard = heard["audit"]["nodes"].as_array().expect("rows").clone();
    let offered = heard.iter().filter(|row| row["action"] == "offerToTenant");
    assert!(offered.clone().any(|row| row["content"].to_string().contains(&huge)), "{heard:?}");
}

async fn what_a_tenant_has_by_a_plan_goes_on_when_it_is_taken_back(world: &mut World) {
    let dev = world.user("dev").await;
    let huge = world.plan_for(world.seed.acme, "huge").await;
    let mut order = world.redis(world.seed.platform_dev, "cache", "standalone");
    order["plan"] = json!(huge);
    let Ordered { instance, operation } = dev.order(&order).await;
    world.succeeded(&dev, &operation).await;
    let mut more = order.clone();
    more["name"] = json!("more");
    let token = dev.preview(&more).await;
    let mut back = of(world.seed.acme);
    back["plan"] = json!(huge);
    act(world, "withdrawFromTenant", back).await.granted();
    assert_eq!(dev.place(&more, &token, "with a token").await.code(), "NOT_FOUND");
    plan_is_missing([&dev, &world.user("admin").await], &more, (&huge, "huge")).await;

    let query = "query($x: String!) { instance(idOrName: $x) { plan { name size { memoryMib } } \
        parameterSchema } }";
    let told = dev.get(query, json!({ "x": instance })).await["instance"].clone();
    assert_eq!(told["plan"], json!({ "name": "huge", "size": { "memoryMib": 4_096 } }));
    let change = json!({ "instance": instance, "parameters": { "maxclients": 50 } });
    let token = dev.preview_change(&change).await["token"].clone();
    let input = json!({ "change": change, "previewToken": token, "idempotencyKey": "change" });
    let changed = dev.ask(CHANGE, json!({ "input": input })).await;
    world.succeeded(&dev, &Ordered::from(&changed).operation).await;
}

async fn a_plan_that_makes_no_sense_is_refused(world: &mut World) {
    let operator = world.user("operator").await;
    let managed = "{ managedOfferings { nodes { plans { name } } } }";
    let before = operator.get(managed, json!({})).await;
    let redis = offering(world);
    let redis = redis.as_str().expect("an id");
    let add = async |change: Value| {
        let mut input = plan_named(redis, "huge");
        let change = change.as_object().expect("fields").clone();
        input.as_object_mut().expect("fields").extend(change);
        operator.act(&text("addPlan"), input).await
    };
    let taken = add(json!({ "name": "small" })).await;
    assert_eq!(taken.code(), "ALREADY_EXISTS", "{}", taken.text);
    let wrong = json!({ "name": "Not A Name", "title": { "en": "", "zh": "大" },
        "size": { "millivcpu": 0, "memoryMib": -1, "storageMib": 1 } });
    let found = add(wrong).await.problems();
    let found: Vec<_> = found.iter().map(|(field, what)| (field.as_str(), what.as_str())).collect();
    let (word, number) = ("malformed", "out_of_range");
    let all = [
        ("name", word),
        ("size.memoryMib", number),
        ("size.millivcpu", number),
        ("title.en", word),
    ];
    assert_eq!(found, all);
    let tiny = json!({ "size": { "millivcpu": 100, "memoryMib": 1, "storageMib": 1 } });
    let tiny = add(tiny).await;
    assert_eq!(tiny.problems(), [("size".to_owned(), "unsuitable".to_owned())], "{}", tiny.text);
    let none = OfferingId::next(&SystemIds).to_string();
    assert_eq!(add(json!({ "offering": none })).await.code(), "NOT_FOUND");
    assert_eq!(operator.get(managed, json!({})).await, before, "nothing was added");

    // A plan of another offering is none of this one.
    let other = operator.act(&text("publishOffering"), json!({ "package": "memcached" })).await;
    let other = other.granted()["publishOffering"]["plans"][0]["id"].clone();
    let mut to = of(world.seed.acme);
    to["plan"] = other.clone();
    for mutation in ["offerToTenant", "withdrawFromTenant"] {
        let refused = act(world, mutation, to.clone()).await;
        assert_eq!(refused.code(), "NOT_FOUND", "{mutation}: {}", refused.text);
    }
    let set = json!({ "plan": other, "audience": "CHOSEN" });
    assert_eq!(act(world, "setOfferingAudience", set).await.code(), "NOT_FOUND");
    let alone = operator.ask(TENANTS, json!({ "plan": other })).await;
    assert_eq!(alone.problems(), [("offering".to_owned(), "required".to_owned())]);
}
