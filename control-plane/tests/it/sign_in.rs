//! Sign-in, cookies, sign-out.

use std::time::Duration;

use reqwest::header::ORIGIN;
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

use crate::support::{World, browser, config};

async fn sign_in(world: &World, body: &Value) -> Response {
    browser().post(world.http("/sign-in")).json(body).send().await.expect("an answer")
}

async fn status_of(world: &World, cookie: &str) -> StatusCode {
    let request = browser().post(world.http("/graphql")).header("cookie", cookie);
    let request = request.header(ORIGIN, world.origin()).header("x-cellplane", "portal");
    let answer = request.json(&json!({ "query": "{ __typename }" })).send().await;
    answer.expect("an answer").status()
}

fn cookie_of(answer: &Response) -> String {
    answer.headers()["set-cookie"].to_str().expect("a text").to_owned()
}

#[tokio::test]
async fn a_code_signs_in_once() {
    let world = World::start().await;
    let code = world.code(world.person("dev").await).await;
    let first = sign_in(&world, &json!({ "code": code })).await;
    assert_eq!(first.status(), StatusCode::OK);
    let again = sign_in(&world, &json!({ "code": code })).await;
    assert_eq!(again.status(), StatusCode::UNAUTHORIZED);
    let body: Value = again.json().await.expect("JSON");
    assert_eq!(body["error"]["code"], "UNAUTHENTICATED");
}

#[tokio::test]
async fn a_code_is_over_after_its_life() {
    let world = World::start().await;
    let code = world.code(world.person("dev").await).await;
    world.clock.advance(Duration::from_secs(601));
    let late = sign_in(&world, &json!({ "code": code })).await;
    assert_eq!(late.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_browser_gets_a_cookie_that_scripts_and_other_sites_cannot_use() {
    let world = World::start().await;
    let code = world.code(world.person("dev").await).await;
    let answer = sign_in(&world, &json!({ "code": code })).await;
    let cookie = cookie_of(&answer);
    for flag in ["cellplane_session=cps_", "HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"]
    {
        assert!(cookie.contains(flag), "{cookie}");
    }
    assert!(!cookie.contains("Secure"), "http has no secure cookies");
    let body: Value = answer.json().await.expect("JSON");
    assert_eq!((&body["name"], &body["token"]), (&json!("dev"), &Value::Null));
}

#[tokio::test]
async fn behind_https_the_cookie_is_secure() {
    let mut config = config();
    config.http.public_address = "https://cellplane.example".to_owned();
    let world = World::start_with(config).await;
    let code = world.code(world.person("dev").await).await;
    let answer = sign_in(&world, &json!({ "code": code })).await;
    let cookie = cookie_of(&answer);
    assert!(cookie.starts_with("__Host-cellplane_session=cps_"), "{cookie}");
    assert!(cookie.ends_with("; Secure") && cookie.contains("; Path=/;"), "{cookie}");
    assert!(!cookie.contains("Domain"), "{cookie}");
    assert!(answer.headers().contains_key("strict-transport-security"));
}

#[tokio::test]
async fn the_command_line_gets_a_token_and_no_cookie() {
    let world = World::start().await;
    let code = world.code(world.person("dev").await).await;
    let answer = sign_in(&world, &json!({ "code": code, "client": "command-line" })).await;
    assert!(!answer.headers().contains_key("set-cookie"));
    let body: Value = answer.json().await.expect("JSON");
    assert!(body["token"].as_str().expect("a token").starts_with("cps_"));
    assert_eq!(body["address"], world.origin());
}

#[tokio::test]
async fn sign_out_ends_the_session() {
    let world = World::start().await;
    let code = world.code(world.person("dev").await).await;
    let cookie = cookie_of(&sign_in(&world, &json!({ "code": code })).await);
    let cookie = cookie.split(';').next().expect("a pair").to_owned();
    assert_eq!(status_of(&world, &cookie).await, StatusCode::OK);
    let out = browser().post(world.http("/sign-out")).header("cookie", &cookie);
    let out = out.header(ORIGIN, world.origin()).header("x-cellplane", "portal");
    let out = out.send().await.expect("an answer");
    assert_eq!(out.status(), StatusCode::NO_CONTENT);
    assert!(cookie_of(&out).contains("Max-Age=0"));
    assert_eq!(status_of(&world, &cookie).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_session_ends_with_its_life() {
    let world = World::start().await;
    let code = world.code(world.person("dev").await).await;
    let cookie = cookie_of(&sign_in(&world, &json!({ "code": code })).await);
    world.clock.advance(Duration::from_secs(43_201));
    assert_eq!(status_of(&world, &cookie).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn other_pages_and_other_inputs_sign_nobody_in() {
    let world = World::start().await;
    let code = world.code(world.person("dev").await).await;
    let foreign = browser().post(world.http("/sign-in")).header(ORIGIN, "https://evil.example");
    let foreign = foreign.json(&json!({ "code": code })).send().await.expect("an answer");
    assert_eq!(foreign.status(), StatusCode::FORBIDDEN);
    let form = browser().post(world.http("/sign-in")).body(format!("code={code}"));
    assert_eq!(form.send().await.expect("an answer").status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    for body in [json!({}), json!({ "code": code, "client": "toaster" }), json!({ "code": 1 })] {
        assert_eq!(sign_in(&world, &body).await.status(), StatusCode::BAD_REQUEST, "{body}");
    }
    let good = sign_in(&world, &json!({ "code": code })).await;
    assert_eq!(good.status(), StatusCode::OK, "the code was not used up");
}
