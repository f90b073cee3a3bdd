//! Where requests come from: through proxies that are trusted, and past them, and what the audit
//! keeps of it.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use control_plane::config::Config;
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::{Value, json};
use tests::client::User;
use tests::client::order::STOP;
use tests::client::tenant::text;
use tests::stories;
use tests::world::World;
use types::clock::Clock as _;

stories! {
    a_token_for_a_range_holds_through_a_trusted_proxy_and_is_not_forged_past_it,
    without_trusted_proxies_nobody_is_believed,
    strangers_are_counted_by_who_asks_a_trusted_proxy,
    the_audit_tells_where_each_request_came_from,
}

/// Where the only trusted proxy of these stories asks from.
const PROXY: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const HEADER: &str = "x-forwarded-for";
const ELSEWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));

/// Requests from an address, for whom `X-Forwarded-For` says.
fn http(peer: IpAddr, forwarded: &str) -> reqwest::Client {
    let mut headers = HeaderMap::new();
    headers.insert(HEADER, HeaderValue::from_str(forwarded).expect("a value"));
    from(peer).default_headers(headers).build().expect("a client")
}

fn from(peer: IpAddr) -> reqwest::ClientBuilder {
    reqwest::Client::builder().no_proxy().local_address(peer)
}

/// A token of dev that is good from 192.0.2.0/24 alone.
async fn limited(world: &World) -> String {
    let dev = world.user("dev").await;
    let expires_at = world.clock.now().plus(Duration::from_secs(3600)).to_string();
    let input = json!({ "name": "office", "expiresAt": expires_at, "idempotencyKey": "office",
        "addresses": ["192.0.2.0/24"] });
    dev.token(input).await.secret
}

fn trust(ranges: &[&str]) -> impl FnOnce(&mut Config) {
    let ranges = ranges.iter().map(|range| range.parse().expect("a range")).collect();
    |config| config.http.trusted_proxies = ranges
}

/// What the token is worth from there, with these lines of the header.
async fn check(world: &World, token: &str, peer: IpAddr, lines: &[&str], status: u16) {
    let client = from(peer).build().expect("a client");
    let asked = client.post(format!("{}/graphql", world.address())).bearer_auth(token);
    let asked = lines.iter().fold(asked, |asked, line| asked.header(HEADER, *line));
    let sent = asked.json(&json!({ "query": "{ viewer { name } }" })).send().await;
    assert_eq!(sent.expect("an answer").status().as_u16(), status, "from {peer} with {lines:?}");
}

async fn last_addresses(world: &World) -> Value {
    let dev = world.user("dev").await;
    let used = async || !dev.tokens(None).await[0]["lastUsedAt"].is_null();
    world.until("the last use", used).await;
    dev.tokens(None).await[0]["lastAddress"].clone()
}

async fn a_token_for_a_range_holds_through_a_trusted_proxy_and_is_not_forged_past_it(
    world: &mut World,
) {
    world.set(trust(&["127.0.0.1/32", "10.0.0.0/8"])).await;
    let token = limited(world).await;
    check(world, &token, PROXY, &["192.0.2.7"], 200).await;
    check(world, &token, PROXY, &["192.0.2.7, 10.0.0.2"], 200).await;
    check(world, &token, PROXY, &["192.0.2.7", "10.0.0.3, 10.0.0.2"], 200).await;
    assert_eq!(last_addresses(world).await, "192.0.2.7");
    for lines in [
        &["198.51.100.7"] as &[_],
        &["192.0.2.7, 198.51.100.7"],
        &["192.0.2.7", "198.51.100.7, 10.0.0.2"],
        &["192.0.2.7, unknown"],
        &[],
    ] {
        check(world, &token, PROXY, lines, 401).await;
    }
    check(world, &token, ELSEWHERE, &["192.0.2.7"], 401).await;
}

async fn without_trusted_proxies_nobody_is_believed(world: &mut World) {
    let token = limited(world).await;
    check(world, &token, PROXY, &["192.0.2.7"], 401).await;
    check(world, &token, ELSEWHERE, &["192.0.2.7"], 401).await;
}

async fn strangers_are_counted_by_who_asks_a_trusted_proxy(world: &mut World) {
    let few = |config: &mut Config| {
        trust(&["127.0.0.1/32"])(config);
        (config.limit.strangers_burst, config.limit.strangers_per_second) = (5, 1);
    };
    world.set(few).await;
    let knock = async |line: &str| {
        let sent = http(PROXY, line).post(format!("{}/sign-in", world.address()));
        let sent = sent.json(&json!({ "code": "cpc_made-up" })).send().await;
        sent.expect("an answer").status().as_u16()
    };
    let mut answer = knock("192.0.2.7").await;
    for _ in 0..1_000 {
        if answer == 429 {
            break;
        }
        answer = knock("192.0.2.7").await;
    }
    assert_eq!(answer, 429);
    assert_eq!(knock("192.0.2.8").await, 401, "the next one has a count of its own");
    assert_eq!(knock("192.0.2.9, 192.0.2.8").await, 401);
}

/// Action, outcome and address of what the audit has, oldest first.
async fn kept(world: &World, filter: Value) -> Vec<[String; 3]> {
    let query = "query($filter: AuditFilter) { audit(first: 200, filter: $filter, oldestFirst: true) \
        { nodes { action outcome address } } }";
    let found = world.user("auditor").await.get(query, json!({ "filter": filter })).await;
    let nodes = found["audit"]["nodes"].as_array().expect("rows").iter();
    let text = |value: &Value| value.as_str().unwrap_or("nowhere").to_owned();
    nodes.map(|node| ["action", "outcome", "address"].map(|field| text(&node[field]))).collect()
}

async fn the_audit_tells_where_each_request_came_from(world: &mut World) {
    world.set(trust(&["127.0.0.1/32"])).await;
    let seed = "127.0.0.1";
    let before = kept(world, json!({})).await;
    assert!(before.iter().all(|row| row[2] == seed || row[2] == "nowhere"), "{before:?}");
    let made = before.iter().filter(|row| row[0] == "createOrganization");
    assert!(made.count() > 0 && before.iter().any(|row| row[2] == "nowhere"), "by the console");

    let (dev, operator) = (world.user("dev").await, world.user("operator").await);
    let token = limited(world).await;
    let code = async || {
        let code = "mutation { createSignInCode(input: { idempotencyKey: \"k\" }) { code } }";
        let made = dev.get(code, json!({})).await["createSignInCode"]["code"].clone();
        made.as_str().expect("a code").to_owned()
    };
    let code_of_old = code().await;
    let at = world.address();
    let from = |address: &str| http(PROXY, address);
    let signed_in = User::sign_in(&from("192.0.2.11"), &at, &code().await).await;
    let none = "ins_00000000000000000000000000";
    for (address, key) in [("192.0.2.12", "v4"), ("2001:db8:0:0::7", "v6")] {
        let refused = signed_in.over(&from(address)).command(STOP, none, key).await;
        assert_eq!(refused.code(), "NOT_FOUND");
    }
    check(world, &token, PROXY, &["198.51.100.7"], 401).await;
    let acme = world.seed.acme.to_string();
    let suspend = json!({ "tenant": acme, "reason": "unpaid", "idempotencyKey": "suspend" });
    operator.ask(&text("suspendTenant"), json!({ "input": suspend })).await.granted();
    let refused = User::try_sign_in(&from("192.0.2.14"), &at, &code_of_old).await;
    assert!(refused.is_err(), "nobody of a suspended tenant is let in");
    let resume = json!({ "tenant": acme, "idempotencyKey": "resume" });
    operator.ask(&text("resumeTenant"), json!({ "input": resume })).await.granted();

    for (address, action, outcome) in [
        ("192.0.2.11", "signIn", "done"),
        ("192.0.2.12", "stopInstance", "refused"),
        ("2001:db8::7", "stopInstance", "refused"),
        ("198.51.100.7", "useToken", "refused"),
        ("192.0.2.14", "signIn", "refused"),
    ] {
        let expected = [action, outcome, address].map(str::to_owned);
        assert_eq!(kept(world, json!({ "address": address })).await, [expected]);
    }
}
