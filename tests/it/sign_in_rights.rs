//! What providers give: nothing that whoever set them does not have, and nobody is shut out for good.

use serde_json::{Value, json};
use tests::browser::Browser;
use tests::client::User;
use tests::client::access::{BIND, CREATE_GROUP, CREATE_ROLE, CREATE_USER, UNBIND};
use tests::provider::{Play, Provider};
use tests::stories;
use tests::world::World;

use crate::sign_in_provider::{change, create, settings, try_create};

stories! {
    a_provider_gives_nothing_that_whoever_set_it_does_not_have,
    the_last_administrator_stays_one_whatever_a_provider_says,
}

/// A group that holds a role at the whole tenant.
async fn group(world: &World, name: &str, role: Option<&str>) -> String {
    let admin = world.user("admin").await;
    let group = admin.make(CREATE_GROUP, json!({ "name": name, "title": name })).await;
    if let Some(role) = role {
        admin.bind(&group, role, &world.seed.acme.to_string(), "ALLOW").await.granted();
    }
    group
}

fn mapped(group: &str) -> Value {
    json!({ "groupsClaim": "groups", "groupMapping": [{ "value": "/all", "group": group }] })
}

async fn a_provider_gives_nothing_that_whoever_set_it_does_not_have(world: &mut World) {
    let (admin, clerk) = (world.user("admin").await, world.user("nobody").await);
    let role = json!({ "name": "clerk", "title": "Clerk", "parts": ["view", "manage_sign_in"] });
    let role = admin.make(CREATE_ROLE, role).await;
    let whole = world.seed.acme.to_string();
    admin.bind(&clerk.subject().await, &role, &whole, "ALLOW").await.granted();
    group(world, "admins", Some("tenant_admin")).await;
    group(world, "viewers", Some("viewer")).await;
    group(world, "empty", None).await;
    let provider = Provider::start(&world.clock).await;
    let makes = async |name: &str, more: Value| {
        try_create(&clerk, name, provider.issuer(), settings(more)).await
    };
    let everybody = json!({ "linksByName": true });
    for (name, more) in [("links", everybody.clone()), ("admins", mapped("admins"))] {
        let refused = makes(name, more).await;
        assert_eq!(refused.code(), "FORBIDDEN", "{name}: {}", refused.text);
    }
    for name in ["empty", "none-yet"] {
        makes(name, mapped(name)).await.granted();
    }
    let list = "{ identityProviders { name linksByName nameClaim state groupMapping { group } } }";
    let known = admin.get(list, json!({})).await;
    assert_eq!(known["identityProviders"].as_array().map(Vec::len), Some(2), "{known}");

    // What an administrator set is theirs, but for switching it off.
    let id = create(world, &provider, everybody.clone()).await;
    let own = makes("own", json!({})).await.granted()["createIdentityProvider"]["provider"].clone();
    let own = own["id"].as_str().expect("an id").to_owned();
    let before = admin.get(list, json!({})).await;
    for (provider, more) in
        [(&id, json!({ "nameClaim": "upn" })), (&own, everybody), (&own, mapped("admins"))]
    {
        let refused = change(&clerk, provider, more.clone(), &format!("{more}")).await;
        assert_eq!(refused.code(), "FORBIDDEN", "{more}: {}", refused.text);
    }
    assert_eq!(admin.get(list, json!({})).await, before, "nothing was changed");
    change(&clerk, &id, json!({ "isActive": false }), "off").await.granted();
    assert_eq!(change(&clerk, &id, json!({ "isActive": true }), "on").await.code(), "FORBIDDEN");
    change(&admin, &id, json!({ "isActive": true }), "on").await.granted();
}

/// Comes in as the administrator, with these groups.
async fn comes(world: &World, provider: &Provider, groups: Value) {
    provider.play(Play::default().edit("claims", move |claims| {
        claims["preferred_username"] = json!("admin");
        claims["groups"] = groups.clone();
    }));
    let browser = Browser::new(world);
    let left = browser.leave("corp").await;
    let back = browser.get(&provider.authorize(left.location())).await;
    assert_eq!(back.location(), "/instances", "{back:?}");
    assert_eq!(browser.viewer().await.as_deref(), Some("admin"));
}

async fn is_administrator(world: &World, user: &User) -> bool {
    let query = "query($id: ID!) { node(id: $id) { ... on Project { viewerCan } } }";
    let project = json!({ "id": world.seed.platform_dev.to_string() });
    let can = user.get(query, project).await["node"]["viewerCan"].clone();
    can.as_array().is_some_and(|can| can.contains(&json!("MANAGE_ACCESS")))
}

async fn the_last_administrator_stays_one_whatever_a_provider_says(world: &mut World) {
    let admin = world.user("admin").await;
    let (whole, me) = (world.seed.acme.to_string(), admin.subject().await);
    group(world, "admins", Some("tenant_admin")).await;
    let provider = Provider::start(&world.clock).await;
    let mut more = mapped("admins");
    more["linksByName"] = json!(true);
    create(world, &provider, more).await;
    comes(world, &provider, json!(["/all"])).await;
    let bound = "query($at: ID!, $me: ID!) { bindings(at: $at, holder: $me) { nodes { id } } }";
    let bound = admin.get(bound, json!({ "at": whole, "me": me })).await;
    let mine = bound["bindings"]["nodes"][0]["id"].clone();
    admin.act(UNBIND, json!({ "binding": mine })).await.granted();
    assert!(is_administrator(world, &admin).await, "the group holds the role");

    comes(world, &provider, json!([])).await;
    assert!(is_administrator(world, &admin).await, "nobody else is");
    let heard = "{ audit(filter: { action: \"setGroups\" }) { nodes { outcome code content } } }";
    let heard = admin.get(heard, json!({})).await["audit"]["nodes"].clone();
    assert_eq!((&heard[0]["outcome"], &heard[0]["code"]), (&json!("refused"), &json!("CONFLICT")));
    assert!(heard[0]["content"].to_string().contains("last_admin"), "{heard}");

    let heir = admin.make(CREATE_USER, json!({ "name": "heir", "title": "Heir" })).await;
    let role = json!({ "holder": heir, "role": "tenant_admin", "at": whole, "effect": "ALLOW" });
    admin.act(BIND, role).await.granted();
    comes(world, &provider, json!([])).await;
    assert!(!is_administrator(world, &admin).await, "the heir is");
}
