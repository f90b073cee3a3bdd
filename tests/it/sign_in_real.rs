//! Sign-in through an OpenID provider of another making: panva's oidc-provider.

use std::time::Duration;

use serde_json::{Value, json};
use tests::browser::{Browser, Page, part};
use tests::client::access::CREATE_GROUP;
use tests::provider::real::Real;
use tests::stories;
use tests::world::World;

use crate::sign_in_provider::{settings, try_create};

stories! {
    people_come_in_through_another_provider_and_go_out_again,
    keys_that_are_changed_are_found,
    clocks_that_differ_by_five_minutes_are_refused,
    a_wrong_secret_lets_nobody_in,
    a_providers_groups_are_ours_for_as_long_as_it_tells_them,
}

async fn create(world: &World, provider: &Real, more: Value) {
    let admin = world.user("admin").await;
    try_create(&admin, "corp", provider.issuer(), settings(more)).await.granted();
}

async fn comes(world: &World, provider: &Real, who: &str) -> (Browser, Page) {
    let browser = Browser::new(world);
    let left = browser.leave("corp").await;
    let back = provider.pass(&browser, &left, who).await;
    (browser, back)
}

async fn people_come_in_through_another_provider_and_go_out_again(world: &mut World) {
    let provider = Real::start(world).await;
    create(world, &provider, json!({})).await;
    let (browser, back) = comes(world, &provider, "Ann").await;
    assert_eq!(back.location(), "/instances", "{back:?}");
    assert_eq!(browser.viewer().await.as_deref(), Some("ann"));
    let roles = browser.ask("{ viewer { title roles { role { id } } } }", json!({})).await;
    assert_eq!(roles["data"]["viewer"], json!({ "title": "Person Ann", "roles": [] }));
    // The second time the same person comes, wherever they sit.
    let (second, _) = comes(world, &provider, "Ann").await;
    assert_eq!(second.viewer().await.as_deref(), Some("ann"));
    let (other, back) = comes(world, &provider, "dev").await;
    assert_eq!(back.problem().as_deref(), Some("name_taken"));
    assert_eq!(other.viewer().await, None);
    // Out, here and there.
    let out = browser.sign_out().await;
    let body: Value = serde_json::from_str(&out.text).expect("JSON");
    let address = body["endSession"].as_str().expect("an address");
    assert_eq!(part(address, "client_id"), "cellplane");
    let page = browser.get(address).await;
    assert_eq!(page.status, 200, "{}", page.text);
    let secret = page.text.split("name=\"xsrf\" value=\"").nth(1).expect("a form");
    let secret = secret.split('"').next().unwrap_or_default();
    let confirm = provider.absolute("/session/end/confirm");
    let done = browser.post(&confirm, &[("xsrf", secret), ("logout", "yes")]).await;
    assert_eq!(done.location(), format!("{}/sign-in?signed-out", world.address()));
    assert_eq!(browser.viewer().await, None);
}

async fn keys_that_are_changed_are_found(world: &mut World) {
    let mut provider = Real::start(world).await;
    create(world, &provider, json!({})).await;
    let (browser, _) = comes(world, &provider, "ann").await;
    assert_eq!(browser.viewer().await.as_deref(), Some("ann"));
    world.pass(Duration::from_secs(60));
    provider.set(json!({ "keys": 2 })).await;
    let (after, back) = comes(world, &provider, "ann").await;
    assert_eq!(back.location(), "/instances", "{back:?}");
    assert_eq!(after.viewer().await.as_deref(), Some("ann"));
    assert_eq!(browser.viewer().await.as_deref(), Some("ann"), "who is in stays in");
    let issuer = provider.issuer().to_owned();
    drop(provider);
    let late = Browser::new(world);
    let left = late.leave("corp").await;
    assert!(left.location().starts_with(&issuer), "its document is known for a while");
    world.pass(Duration::from_secs(601));
    let down = late.leave("corp").await;
    assert_eq!(down.problem().as_deref(), Some("unreachable"));
    assert_eq!(browser.viewer().await.as_deref(), Some("ann"));
}

async fn clocks_that_differ_by_five_minutes_are_refused(world: &mut World) {
    let mut provider = Real::start(world).await;
    create(world, &provider, json!({})).await;
    for (skew_s, problem) in [(300, Some("issued_late")), (-300, Some("issued_early")), (50, None)]
    {
        provider.set(json!({ "skew": skew_s * 1_000 })).await;
        let (browser, back) = comes(world, &provider, "ann").await;
        assert_eq!(back.problem().as_deref(), problem, "{skew_s} s: {back:?}");
        assert_eq!(browser.viewer().await.is_some(), problem.is_none());
    }
}

async fn a_wrong_secret_lets_nobody_in(world: &mut World) {
    let provider = Real::start(world).await;
    create(world, &provider, json!({ "clientSecret": "another" })).await;
    let (browser, back) = comes(world, &provider, "ann").await;
    assert_eq!(back.problem().as_deref(), Some("code_refused"));
    assert_eq!(browser.viewer().await, None);
}

async fn a_providers_groups_are_ours_for_as_long_as_it_tells_them(world: &mut World) {
    let mut provider = Real::start(world).await;
    let admin = world.user("admin").await;
    let group = json!({ "name": "operators", "title": "Operators" });
    let group = admin.make(CREATE_GROUP, group).await;
    let at = world.seed.platform.to_string();
    admin.bind(&group, "developer", &at, "ALLOW").await.granted();
    let mapping = json!([{ "value": "/ops", "group": "operators" }]);
    create(world, &provider, json!({ "groupsClaim": "groups", "groupMapping": mapping })).await;
    let (browser, _) = comes(world, &provider, "ann").await;
    let query = "query($id: ID!) { node(id: $id) { ... on Project { viewerCan } } }";
    let project = json!({ "id": world.seed.platform_dev.to_string() });
    let can = browser.ask(query, project.clone()).await["data"]["node"]["viewerCan"].clone();
    assert!(can.as_array().is_some_and(|can| can.contains(&json!("ORDER"))), "{can}");

    provider.set(json!({ "groups": ["/other"] })).await;
    let (again, _) = comes(world, &provider, "ann").await;
    for browser in [&browser, &again] {
        let told = browser.ask(query, project.clone()).await;
        assert_eq!(told["data"]["node"], Value::Null, "{told}");
    }
}
