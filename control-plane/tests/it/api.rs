//! What the API's port takes and what it refuses.

use reqwest::header::{CONTENT_TYPE, ORIGIN};
use reqwest::{RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

use crate::support::{World, browser, config};

const QUERY: &str = r#"{"query": "{ __typename }"}"#;

#[track_caller]
fn check_code(body: &Value, code: &str) {
    assert_eq!(body["error"]["code"], code, "{body}");
    let id = body["error"]["requestId"].as_str().expect("an id");
    assert!(id.starts_with("req_"), "{id}");
    assert!(!body["error"]["message"].as_str().expect("a message").is_empty());
}

async fn refused_why(request: RequestBuilder, status: StatusCode, why: &str) {
    let answer = request.send().await.expect("an answer");
    assert_eq!(answer.status(), status);
    let body: Value = answer.json().await.expect("JSON");
    check_code(&body, "BAD_QUERY");
    assert_eq!(body["error"]["why"], why, "{body}");
}

async fn refused(request: RequestBuilder, status: StatusCode, code: &str) {
    let answer = request.send().await.expect("an answer");
    assert_eq!(answer.status(), status);
    assert!(answer.headers().contains_key("x-request-id"));
    check_code(&answer.json().await.expect("JSON"), code);
}

fn ask(world: &World, token: &str) -> RequestBuilder {
    browser().post(world.http("/graphql")).bearer_auth(token)
}

#[tokio::test]
async fn one_query_of_somebody_known_is_answered() {
    let world = World::start().await;
    let token = world.token("dev").await;
    let request = ask(&world, &token).header(CONTENT_TYPE, "application/json; charset=utf-8");
    let answer = request.body(QUERY).send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let body: Value = answer.json().await.expect("JSON");
    assert_eq!(body["data"]["__typename"], "Query");
}

#[tokio::test]
async fn strangers_get_no_answer() {
    let world = World::start().await;
    let nobody = browser().post(world.http("/graphql")).header(CONTENT_TYPE, "application/json");
    refused(nobody.body(QUERY), StatusCode::UNAUTHORIZED, "UNAUTHENTICATED").await;
    let made_up = ask(&world, "cps_made-up").header(CONTENT_TYPE, "application/json");
    refused(made_up.body(QUERY), StatusCode::UNAUTHORIZED, "UNAUTHENTICATED").await;
}

#[tokio::test]
async fn what_a_foreign_page_could_send_is_refused() {
    let world = World::start().await;
    let token = world.token("dev").await;
    let address = world.http("/graphql");
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"] {
        let request = ask(&world, &token).header(CONTENT_TYPE, kind).body(QUERY);
        refused_why(request, StatusCode::UNSUPPORTED_MEDIA_TYPE, "content_type").await;
    }
    refused_why(
        ask(&world, &token).body(QUERY),
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "content_type",
    )
    .await;
    let get = browser().get(format!("{address}?query=%7B__typename%7D")).bearer_auth(&token);
    refused_why(get, StatusCode::METHOD_NOT_ALLOWED, "method").await;
    let cookie = format!("cellplane_session={token}");
    let with = |origin: Option<&str>, own: bool| {
        let mut request = browser().post(&address).header("cookie", &cookie);
        if let Some(origin) = origin {
            request = request.header(ORIGIN, origin);
        }
        if own {
            request = request.header("x-cellplane", "portal");
        }
        request.header(CONTENT_TYPE, "application/json").body(QUERY)
    };
    for origin in [None, Some("https://evil.example"), Some("null")] {
        refused(with(origin, true), StatusCode::FORBIDDEN, "FORBIDDEN").await;
    }
    refused(with(Some(&world.origin()), false), StatusCode::FORBIDDEN, "FORBIDDEN").await;
    let own = with(Some(&world.origin()), true).send().await.expect("an answer");
    assert_eq!(own.status(), StatusCode::OK);
}

#[tokio::test]
async fn long_and_batched_bodies_are_refused() {
    let world = World::start().await;
    let token = world.token("dev").await;
    let json =
        |body: String| ask(&world, &token).header(CONTENT_TYPE, "application/json").body(body);
    let long = json!({ "query": format!("{{ __typename }} #{}", "x".repeat(70_000)) });
    refused_why(json(long.to_string()), StatusCode::PAYLOAD_TOO_LARGE, "body_too_long").await;
    refused_why(json(format!(" [{QUERY}]")), StatusCode::BAD_REQUEST, "batch").await;
    refused_why(json("{".to_owned()), StatusCode::BAD_REQUEST, "not_json").await;
    refused_why(json(String::new()), StatusCode::BAD_REQUEST, "not_json").await;
}

#[tokio::test]
async fn a_query_that_cannot_be_read_has_a_code() {
    let world = World::start().await;
    let token = world.token("dev").await;
    for (query, why) in [("{ nothingOfThisKind }", "not_valid"), ("{ viewer", "syntax")] {
        let request = ask(&world, &token).json(&json!({ "query": query }));
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::OK);
        let body: Value = answer.json().await.expect("JSON");
        let told = &body["errors"][0]["extensions"];
        assert_eq!((&told["code"], &told["why"]), (&json!("BAD_QUERY"), &json!(why)), "{body}");
    }
}

#[tokio::test]
async fn too_many_requests_have_to_wait() {
    let mut config = config();
    config.limit.requests_burst = 3;
    config.limit.requests_per_second = 1;
    let world = World::start_with(config).await;
    let token = world.token("dev").await;
    for _ in 0..3 {
        let answer = ask(&world, &token).json(&json!({ "query": "{ __typename }" })).send().await;
        assert_eq!(answer.expect("an answer").status(), StatusCode::OK);
    }
    let request = ask(&world, &token).json(&json!({ "query": "{ __typename }" }));
    let answer = request.send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    let wait = answer.headers()["retry-after"].to_str().expect("a text").parse::<u64>();
    assert!(wait.expect("seconds") >= 1);
    check_code(&answer.json().await.expect("JSON"), "TOO_MANY");
    let other = world.token("other").await;
    let answer = ask(&world, &other).json(&json!({ "query": "{ __typename }" })).send().await;
    assert_eq!(answer.expect("an answer").status(), StatusCode::OK, "others do not wait");
}

#[track_caller]
fn check_headers(answer: &Response) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
    ] {
        assert_eq!(answer.headers()[name], value);
    }
}

#[tokio::test]
async fn pages_carry_their_policy_with_a_fresh_nonce() {
    let world = World::start().await;
    let client = browser();
    let mut nonces = Vec::new();
    for path in ["/", "/projects/prj_x/instances", "/sign-in"] {
        let answer = client.get(world.http(path)).send().await.expect("a page");
        assert_eq!(answer.status(), StatusCode::OK);
        check_headers(&answer);
        assert_eq!(answer.headers()["content-type"], "text/html; charset=utf-8");
        let policy = answer.headers()["content-security-policy"].to_str().expect("a text");
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("script-src 'self';"));
        let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next());
        let nonce = nonce.expect("a nonce").to_owned();
        let page = answer.text().await.expect("a page");
        assert!(page.contains(&nonce) && !page.contains("__CSP_NONCE__"), "{page}");
        nonces.push(nonce);
    }
    nonces.dedup();
    assert_eq!(nonces.len(), 3);
    let missing = client.get(world.http("/assets/none.js"));
    refused(missing, StatusCode::NOT_FOUND, "NOT_FOUND").await;
    refused_why(client.post(world.http("/")), StatusCode::METHOD_NOT_ALLOWED, "method").await;
}

#[tokio::test]
async fn health_is_public_and_numbers_are_for_this_machine() {
    let world = World::start().await;
    let client = browser();
    for path in ["/healthz", "/readyz"] {
        let answer = client.get(world.http(path)).send().await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::OK);
        check_headers(&answer);
        let policy = &answer.headers()["content-security-policy"];
        assert_eq!(policy, "default-src 'none'; frame-ancestors 'none'");
    }
    let numbers = client.get(world.http("/metrics")).send().await.expect("an answer");
    let text = numbers.text().await.expect("a text");
    assert!(text.contains("cellplane_requests_total{kind=\"health\",code=\"OK\"}"), "{text}");
    let forwarded = client.get(world.http("/metrics")).header("x-forwarded-for", "192.0.2.1");
    refused(forwarded, StatusCode::NOT_FOUND, "NOT_FOUND").await;
}

#[tokio::test]
async fn numbers_can_have_a_port_of_their_own() {
    let mut config = config();
    config.metrics.listen = "127.0.0.1:0".to_owned();
    let world = World::start_with(config).await;
    let answer = browser().get(world.http("/metrics")).send().await.expect("an answer");
    let kind = answer.headers()["content-type"].to_str().expect("a text");
    assert!(kind.starts_with("text/html"), "the portal answers there now");
}
