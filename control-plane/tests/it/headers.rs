//! What every answer carries, whoever asks for what: nothing that lets other sites in, and all that
//! keeps browsers from being used against us. A new family of routes gets a line here.

use reqwest::header::{CONTENT_TYPE, HeaderMap, ORIGIN};
use reqwest::{Method, Response};
use serde_json::json;

use crate::support::{World, browser, config};

/// One of each family: a route of the API, of sign-in, of pages and files, of numbers; taken and
/// refused.
const ASKED: [(&str, &str, &str); 18] = [
    ("POST", "/graphql", r#"{"query": "{ __typename }"}"#),
    ("POST", "/graphql", "{"),
    ("GET", "/graphql", ""),
    ("DELETE", "/graphql", ""),
    ("GET", "/graphql/ws", ""),
    ("POST", "/graphql/ws", ""),
    ("GET", "/sign-in", ""),
    ("POST", "/sign-in", r#"{"code": "none"}"#),
    ("PUT", "/sign-in", ""),
    ("POST", "/sign-out", ""),
    ("GET", "/sign-out", ""),
    ("GET", "/", ""),
    ("GET", "/index.html", ""),
    ("GET", "/assets/none.js", ""),
    ("POST", "/projects", ""),
    ("GET", "/healthz", ""),
    ("GET", "/readyz", ""),
    ("GET", "/metrics", ""),
];

async fn ask(world: &World, method: &str, path: &str, body: &str, origin: &str) -> Response {
    let method = Method::from_bytes(method.as_bytes()).expect("a method");
    let request = browser().request(method, world.http(path)).header(ORIGIN, origin);
    let request = request.header(CONTENT_TYPE, "application/json").body(body.to_owned());
    request.send().await.expect("an answer")
}

#[track_caller]
fn check(headers: &HeaderMap, what: &str, is_secure: bool) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(headers.get(name).map(|it| it.as_bytes()), Some(value.as_bytes()), "{what}");
    }
    let text = |name: &str| headers[name].to_str().expect("a text").to_owned();
    let policy = text("content-security-policy");
    assert!(policy.contains("frame-ancestors 'none'"), "{what}: {policy}");
    assert!(!policy.contains('*') && !policy.contains("unsafe"), "{what}: {policy}");
    assert!(text("permissions-policy").contains("camera=()"), "{what}");
    assert_eq!(headers.contains_key("strict-transport-security"), is_secure, "{what}");
    assert_eq!(text("cache-control"), "no-store", "{what}");
    for name in headers.keys() {
        assert!(!name.as_str().starts_with("access-control-"), "{what} has {name}");
    }
}

#[tokio::test]
async fn every_answer_keeps_browsers_from_being_used_against_us() {
    let world = World::start().await;
    for (method, path, body) in ASKED {
        for origin in [world.origin(), "https://evil.example".to_owned(), "null".to_owned()] {
            let answer = ask(&world, method, path, body, &origin).await;
            check(answer.headers(), &format!("{method} {path}"), false);
        }
    }
}

#[tokio::test]
async fn no_other_site_is_told_that_it_may_ask() {
    let world = World::start().await;
    let paths: std::collections::BTreeSet<_> = ASKED.iter().map(|(_, path, _)| *path).collect();
    for path in paths {
        let asked = browser().request(Method::OPTIONS, world.http(path));
        let asked = asked.header(ORIGIN, "https://evil.example");
        let asked = asked.header("access-control-request-method", "POST");
        let asked = asked.header("access-control-request-headers", "content-type,x-cellplane");
        let answer = asked.send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), 405, "{path}");
        check(answer.headers(), &format!("OPTIONS {path}"), false);
    }
}

#[tokio::test]
async fn behind_https_browsers_are_told_to_stay_there() {
    let mut config = config();
    config.http.public_address = "https://cellplane.example".to_owned();
    let world = World::start_with(config).await;
    for (method, path, body) in ASKED {
        let answer = ask(&world, method, path, body, "https://cellplane.example").await;
        check(answer.headers(), &format!("{method} {path}"), true);
    }
    let page = ask(&world, "GET", "/", "", "").await;
    let policy = page.headers()["content-security-policy"].to_str().expect("a text").to_owned();
    assert!(policy.contains("connect-src 'self' wss://cellplane.example "), "{policy}");
}

#[tokio::test]
async fn a_browser_that_says_that_the_page_is_another_site_is_believed() {
    let world = World::start().await;
    let token = world.token("dev").await;
    let cookie = format!("cellplane_session={token}");
    let with = |site: Option<&str>| {
        let request = browser().post(world.http("/graphql")).header("cookie", &cookie);
        let request = request.header(ORIGIN, world.origin()).header("x-cellplane", "portal");
        let request = site.into_iter().fold(request, |it, site| it.header("sec-fetch-site", site));
        request.json(&json!({ "query": "{ __typename }" }))
    };
    for (site, status) in [
        (None, 200),
        (Some("same-origin"), 200),
        (Some("same-site"), 403),
        (Some("cross-site"), 403),
        (Some("none"), 403),
    ] {
        let answer = with(site).send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), status, "{site:?}");
    }
}
