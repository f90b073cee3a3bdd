//! Sign-in through a provider that does what it should, and the settings of providers.

use serde_json::{Value, json};
use tests::browser::{Browser, part};
use tests::client::{Answer, User};
use tests::provider::{CLIENT, Play, Provider, SECRET};
use tests::stories;
use tests::world::World;
use types::id::{IdentityProviderId, SystemIds};

use crate::sign_in_refused::Rows;

stories! {
    somebody_who_signs_out_is_sent_to_sign_out_at_the_provider,
    a_provider_that_is_down_keeps_nobody_out_who_is_in,
    new_keys_are_found_once_and_not_looked_for_all_the_time,
    somebody_known_by_name_is_linked_only_where_it_is_wished,
    a_provider_is_set_by_its_tenants_admin_alone,
    what_is_set_wrong_is_told_field_by_field,
    a_provider_that_is_taken_away_ends_its_sessions,
}

const FIELDS: &str = "id name title issuer clientId hasClientSecret scopes nameClaim groupsClaim \
    groupMapping { value group } createsPeople linksByName assumesS256 state";

/// A mutation that answers a provider.
pub(crate) fn mutation(name: &str) -> String {
    let kind = format!("{}{}", name[..1].to_uppercase(), &name[1..]);
    format!(
        "mutation($input: {kind}Input!) {{ {name}(input: $input) {{ provider {{ {FIELDS} }} }} }}"
    )
}

pub(crate) const DELETE: &str = "mutation($input: DeleteIdentityProviderInput!) { \
    deleteIdentityProvider(input: $input) }";

/// Settings by which a provider of the stories works, and more.
pub(crate) fn settings(more: Value) -> Value {
    let mut settings = json!({ "title": "Corp", "clientId": CLIENT, "clientSecret": SECRET,
        "createsPeople": true });
    for (name, value) in more.as_object().expect("settings") {
        settings[name] = value.clone();
    }
    settings
}

pub(crate) async fn try_create(user: &User, name: &str, issuer: &str, settings: Value) -> Answer {
    let input = json!({ "name": name, "issuer": issuer, "settings": settings,
        "idempotencyKey": format!("create {name}") });
    user.ask(&mutation("createIdentityProvider"), json!({ "input": input })).await
}

pub(crate) async fn change(user: &User, id: &str, settings: Value, key: &str) -> Answer {
    let input = json!({ "provider": id, "settings": settings, "idempotencyKey": key });
    user.ask(&mutation("changeIdentityProvider"), json!({ "input": input })).await
}

pub(crate) async fn delete(user: &User, id: &str, key: &str) -> Answer {
    let input = json!({ "provider": id, "idempotencyKey": key });
    user.ask(DELETE, json!({ "input": input })).await
}

/// Makes the provider `corp` of acme; its id.
pub(crate) async fn create(world: &World, provider: &Provider, more: Value) -> String {
    let admin = world.user("admin").await;
    let made = try_create(&admin, "corp", provider.issuer(), settings(more)).await;
    let made = made.granted()["createIdentityProvider"]["provider"].clone();
    made["id"].as_str().expect("an id").to_owned()
}

/// Comes in through `corp`.
async fn comes_in(world: &World, provider: &Provider) -> Browser {
    let browser = Browser::new(world);
    let left = browser.leave("corp").await;
    let back = browser.get(&provider.authorize(left.location())).await;
    assert_eq!(back.location(), "/instances", "{back:?}");
    browser
}

async fn somebody_who_signs_out_is_sent_to_sign_out_at_the_provider(world: &mut World) {
    let provider = Provider::start(&world.clock).await;
    create(world, &provider, json!({})).await;
    let listed = Browser::new(world).get("/sign-in/providers?tenant=acme").await;
    let expected = json!({ "providers": [{ "name": "corp", "title": "Corp" }] });
    assert_eq!(serde_json::from_str::<Value>(&listed.text).expect("JSON"), expected);
    for nobody in ["globex", "nowhere", "ACME"] {
        let listed = Browser::new(world).get(&format!("/sign-in/providers?tenant={nobody}")).await;
        assert_eq!((listed.status, &*listed.text), (200, "{\"providers\":[]}"));
    }
    let browser = Browser::new(world);
    let left = browser.leave("corp").await;
    let asked = |name| part(left.location(), name);
    assert_eq!(asked("scope"), "openid profile email");
    assert_eq!(
        (asked("response_type"), asked("code_challenge_method")),
        ("code".into(), "S256".into())
    );
    assert_eq!(asked("redirect_uri"), format!("{}/sign-in/callback", world.address()));
    let back = browser.get(&provider.authorize(left.location())).await;
    assert_eq!(back.location(), "/instances");
    assert_eq!(browser.viewer().await.as_deref(), Some("ann"));
    let out = browser.sign_out().await;
    let body: Value = serde_json::from_str(&out.text).expect("JSON");
    let address = body["endSession"].as_str().expect("an address");
    assert!(address.starts_with(&format!("{}/end?way=out&", provider.issuer())), "{address}");
    assert!(part(address, "id_token_hint").starts_with("eyJ"));
    assert_eq!(part(address, "client_id"), CLIENT);
    let home = format!("{}/sign-in?signed-out", world.address());
    assert_eq!(part(address, "post_logout_redirect_uri"), home);
    assert_eq!(browser.viewer().await, None);
    assert_eq!(Rows::of(world).await.count("external_session").await, 0, "no id token is kept");
    // Nowhere but into the portal.
    for away in ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:1"] {
        let start = format!("/sign-in/start?tenant=acme&provider=corp&return={away}");
        assert_eq!(browser.get(&start).await.problem().as_deref(), Some("malformed"), "{away}");
    }
}

async fn a_provider_that_is_down_keeps_nobody_out_who_is_in(world: &mut World) {
    let provider = Provider::start(&world.clock).await;
    create(world, &provider, json!({})).await;
    let inside = comes_in(world, &provider).await;
    let late = Browser::new(world);
    let left = late.leave("corp").await;
    let way = provider.authorize(left.location());
    drop(provider);
    let back = late.get(&way).await;
    assert_eq!(back.problem().as_deref(), Some("unreachable"));
    world.pass(std::time::Duration::from_secs(601));
    let page = Browser::new(world).leave("corp").await;
    assert_eq!(page.location(), "/sign-in?problem=unreachable&tenant=acme");
    assert_eq!(inside.viewer().await.as_deref(), Some("ann"));
    assert_eq!(inside.sign_out().await.status, 204, "there is nowhere to sign out");
    assert_eq!(inside.viewer().await, None);
}

async fn new_keys_are_found_once_and_not_looked_for_all_the_time(world: &mut World) {
    let provider = Provider::start(&world.clock).await;
    create(world, &provider, json!({})).await;
    comes_in(world, &provider).await;
    world.pass(std::time::Duration::from_secs(31));
    let looks = provider.seen("keys");
    let renamed = |kid: &'static str| {
        let play = Play::default().edit("keys", move |set| set["keys"][0]["kid"] = json!(kid));
        play.edit("header", move |header| header["kid"] = json!(kid))
    };
    provider.play(renamed("second"));
    comes_in(world, &provider).await;
    assert_eq!(provider.seen("keys"), looks + 1);
    comes_in(world, &provider).await;
    assert_eq!(provider.seen("keys"), looks + 1, "it is known by now");
    provider.play(renamed("second").edit("header", |header| header["kid"] = json!("none")));
    for _ in 0..5 {
        let browser = Browser::new(world);
        let left = browser.leave("corp").await;
        let back = browser.get(&provider.authorize(left.location())).await;
        assert_eq!(back.problem().as_deref(), Some("key_unknown"));
    }
    assert_eq!(provider.seen("keys"), looks + 1, "nobody makes us ask again and again");
    world.pass(std::time::Duration::from_secs(31));
    provider.play(renamed("third"));
    comes_in(world, &provider).await;
    assert_eq!(provider.seen("keys"), looks + 2);
}

async fn somebody_known_by_name_is_linked_only_where_it_is_wished(world: &mut World) {
    let provider = Provider::start(&world.clock).await;
    let id = create(world, &provider, json!({ "createsPeople": false })).await;
    let admin = world.user("admin").await;
    let who = |sub: &'static str, name: &'static str| {
        Play::default().edit("claims", move |claims| {
            claims["sub"] = json!(sub);
            claims["preferred_username"] = json!(name);
        })
    };
    let tries = async |play: Play| {
        provider.play(play);
        let browser = Browser::new(world);
        let left = browser.leave("corp").await;
        let page = browser.get(&provider.authorize(left.location())).await;
        (page.problem(), browser.viewer().await)
    };
    let refused = |word: &str| (Some(word.to_owned()), None);
    let inside = |name: &str| (None, Some(name.to_owned()));
    assert_eq!(tries(who("1", "dev")).await, refused("unknown_person"));
    change(&admin, &id, json!({ "linksByName": true }), "link").await.granted();
    assert_eq!(tries(who("1", "stranger")).await, refused("unknown_person"));
    assert_eq!(tries(who("1", "operator")).await, refused("unknown_person"));
    assert_eq!(tries(who("1", "Dev")).await, inside("dev"));
    // From now on it is the person and not the name.
    assert_eq!(tries(who("1", "admin")).await, inside("dev"));
    change(&admin, &id, json!({ "linksByName": false, "createsPeople": true }), "make")
        .await
        .granted();
    assert_eq!(tries(who("2", "seller")).await, refused("name_taken"));
    assert_eq!(tries(who("2", "new.person@acme")).await, inside("new.person@acme"));
    let rows = Rows::of(world).await;
    assert_eq!(rows.count("external_identity").await, 2);
    assert_eq!(rows.count("subject").await, 11);
    rows.run("UPDATE subject SET state = 'disabled' WHERE name = 'new.person@acme'").await;
    assert_eq!(tries(who("2", "x")).await, refused("disabled"));
    rows.run("UPDATE tenant SET state = 'closed' WHERE name = 'acme'").await;
    let page = Browser::new(world).leave("corp").await;
    assert_eq!(page.problem().as_deref(), Some("unknown_provider"));
    rows.run("UPDATE tenant SET state = 'suspended' WHERE name = 'acme'").await;
    assert_eq!(tries(who("1", "dev")).await, refused("tenant_suspended"));
    rows.run("UPDATE tenant SET state = 'active' WHERE name = 'acme'").await;
}

async fn a_provider_is_set_by_its_tenants_admin_alone(world: &mut World) {
    let provider = Provider::start(&world.clock).await;
    let more = json!({ "scopes": ["openid", "groups"], "groupsClaim": "groups",
        "groupMapping": [{ "value": "/ops", "group": "operators" }] });
    let id = create(world, &provider, more).await;
    let admin = world.user("admin").await;
    let query = format!("{{ identityProviders {{ {FIELDS} }} }}");
    let list = admin.get(&query, json!({})).await["identityProviders"].clone();
    let expected = json!([{ "id": id, "name": "corp", "title": "Corp", "clientId": CLIENT,
        "issuer": provider.issuer(), "hasClientSecret": true, "scopes": ["openid", "groups"],
        "nameClaim": "preferred_username", "groupsClaim": "groups", "state": "ACTIVE",
        "groupMapping": [{ "value": "/ops", "group": "operators" }], "createsPeople": true,
        "linksByName": false, "assumesS256": false }]);
    assert_eq!(list, expected);
    let rows = Rows::of(world).await;
    let sealed = rows.text("SELECT client_secret AS it FROM identity_provider").await;
    assert!(!sealed.contains(SECRET), "{sealed}");
    let again = try_create(&admin, "corp", provider.issuer(), settings(json!({}))).await;
    assert_eq!(again.code(), "IDEMPOTENCY_MISMATCH");
    for (name, code) in [
        ("dev", "NOT_FOUND"),
        ("viewer", "NOT_FOUND"),
        ("auditor", "FORBIDDEN"),
        ("nobody", "NOT_FOUND"),
        ("operator", "NOT_FOUND"),
    ] {
        let user = world.user(name).await;
        let answers = [
            user.ask(&query, json!({})).await,
            try_create(&user, "other", provider.issuer(), settings(json!({}))).await,
            change(&user, &id, json!({ "title": "Mine" }), "change").await,
            delete(&user, &id, "delete").await,
        ];
        for answer in answers {
            assert_eq!(answer.code(), code, "{name}: {}", answer.text);
        }
    }
    let stranger = world.user("stranger").await;
    assert_eq!(stranger.get(&query, json!({})).await["identityProviders"], json!([]));
    let missing = IdentityProviderId::next(&SystemIds).to_string();
    let title = json!({ "title": "Mine" });
    let one = change(&stranger, &id, title.clone(), "change").await;
    let none = change(&stranger, &missing, title, "change").await;
    assert_eq!((one.code(), one.without_request()), ("NOT_FOUND", none.without_request()));
    let (one, none) =
        (delete(&stranger, &id, "delete").await, delete(&stranger, &missing, "delete").await);
    assert_eq!((one.code(), one.without_request()), ("NOT_FOUND", none.without_request()));
    // Ten are enough.
    for number in 2..=10 {
        let name = format!("corp-{number}");
        try_create(&admin, &name, provider.issuer(), settings(json!({}))).await.granted();
    }
    let eleventh = try_create(&admin, "eleventh", provider.issuer(), settings(json!({}))).await;
    assert_eq!(eleventh.code(), "LIMIT_REACHED");
}

async fn what_is_set_wrong_is_told_field_by_field(world: &mut World) {
    let provider = Provider::start(&world.clock).await;
    let admin = world.user("admin").await;
    let refused = async |name: &str, issuer: &str, more: Value, problems: &[(&str, &str)]| {
        let answer = try_create(&admin, name, issuer, settings(more)).await;
        let mut expected: Vec<_> = problems
            .iter()
            .map(|(field, word)| ((*field).to_owned(), (*word).to_owned()))
            .collect();
        expected.sort();
        assert_eq!(answer.problems(), expected, "{}", answer.text);
        assert!(!answer.text.contains(SECRET));
    };
    let own = provider.issuer();
    refused("Corp", own, json!({}), &[("name", "malformed")]).await;
    let wrong = json!({ "title": " x", "clientId": "", "clientSecret": "a\nb", "scopes": ["a b"],
        "nameClaim": "", "groupsClaim": "\u{0}",
        "groupMapping": [{ "value": "a", "group": "A" }] });
    let fields =
        ["title", "clientId", "clientSecret", "scopes", "nameClaim", "groupsClaim", "groupMapping"];
    refused("corp", own, wrong, &fields.map(|field| (field, "malformed"))).await;
    let twice = json!([{ "value": "a", "group": "a" }, { "value": "a", "group": "b" }]);
    refused("corp", own, json!({ "groupMapping": twice }), &[("groupMapping", "malformed")]).await;
    refused("corp", own, json!({ "clientId": null }), &[("clientId", "required")]).await;
    for address in [
        "",
        "id.example",
        "http://id.example",
        "ftp://127.0.0.1",
        "https://a:b@id.example",
        "http://127.0.0.1/?a=b",
        "http://127.0.0.1/#a",
    ] {
        refused("corp", address, json!({}), &[("issuer", "address_refused")]).await;
    }
    refused("corp", "http://127.0.0.1:1", json!({}), &[("issuer", "unreachable")]).await;
    assert_eq!(Rows::of(world).await.count("identity_provider").await, 0);
}

async fn a_provider_that_is_taken_away_ends_its_sessions(world: &mut World) {
    let provider = Provider::start(&world.clock).await;
    let id = create(world, &provider, json!({})).await;
    let admin = world.user("admin").await;
    let rows = Rows::of(world).await;
    let off = json!({ "isActive": false });
    let (first, late) = (comes_in(world, &provider).await, Browser::new(world));
    let way = provider.authorize(late.leave("corp").await.location());
    change(&admin, &id, off.clone(), "off").await.granted();
    assert_eq!(first.viewer().await, None);
    assert_eq!(late.get(&way).await.problem().as_deref(), Some("unknown_provider"));
    assert_eq!(late.leave("corp").await.problem().as_deref(), Some("unknown_provider"));
    change(&admin, &id, json!({ "isActive": true }), "on").await.granted();
    let second = comes_in(world, &provider).await;
    // Whoever came through it does not saw off the branch they sit on.
    change(&admin, &id, json!({ "linksByName": true }), "link").await.granted();
    provider.play(Play::default().edit("claims", |claims| {
        claims["sub"] = json!("boss");
        claims["preferred_username"] = json!("admin");
    }));
    let boss = comes_in(world, &provider).await;
    let saw = json!({ "input": { "provider": id, "idempotencyKey": "saw" } });
    let refused = boss.ask(DELETE, saw.clone()).await;
    assert_eq!(refused["errors"][0]["extensions"]["why"], "last_way_in", "{refused}");
    assert_eq!(boss.viewer().await.as_deref(), Some("admin"));
    assert_eq!(second.viewer().await.as_deref(), Some("ann"));
    delete(&admin, &id, "delete").await.granted();
    assert_eq!(second.viewer().await, None);
    assert_eq!(rows.count("external_identity").await, 0);
    assert_eq!(rows.count("external_session").await, 0);
    assert_eq!(delete(&admin, &id, "again").await.code(), "NOT_FOUND");
    delete(&admin, &id, "delete").await.granted();
}
