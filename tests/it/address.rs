//! Where requests come from: through proxies that are trusted, and past them.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use control_plane::config::Config;
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::{Value, json};
use tests::stories;
use tests::world::World;
use types::clock::Clock as _;

stories! {
    a_token_for_a_range_holds_through_a_trusted_proxy_and_is_not_forged_past_it,
    without_trusted_proxies_nobody_is_believed,
    strangers_are_counted_by_who_asks_a_trusted_proxy,
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
