//! What values of the configuration make sense.

use std::net::SocketAddr;
use std::ops::RangeBounds;

use crate::config::{Agent, Config, ConfigError, Database, Http, Limit, Redis, Session};

/// Whether it holds, the key, and what is told if it does not.
type Rule = (bool, &'static str, &'static str);

/// Finds the first value that makes no sense.
pub fn check(config: &Config) -> Result<(), ConfigError> {
    let rules = [
        http(&config.http),
        agent(&config.agent),
        database(&config.database),
        redis(&config.redis),
        session(&config.session),
        limit(&config.limit),
        vec![
            (
                is_address(&config.openid.proxy, &["http", "https"]),
                "openid.proxy",
                "must be empty or like http://proxy.example:3128, without a path",
            ),
            within(config.operation.deadline_s, 10..=86_400, "operation.deadline_s", DAY),
            (
                config.metrics.listen.is_empty()
                    || config.metrics.listen.parse::<SocketAddr>().is_ok(),
                "metrics.listen",
                "must be empty or like 127.0.0.1:9464",
            ),
        ],
    ];
    match rules.into_iter().flatten().find(|(holds, ..)| !holds) {
        Some((_, key, problem)) => Err(ConfigError::Value { key, problem }),
        None => Ok(()),
    }
}

const DAY: &str = "must be between 10 and 86400";
const YEAR: &str = "must be between 60 and 31536000";

fn within<T: PartialOrd>(
    value: T,
    range: impl RangeBounds<T>,
    key: &'static str,
    problem: &'static str,
) -> Rule {
    (range.contains(&value), key, problem)
}

/// Whether it is empty, or a scheme and a host with or without a port and nothing behind.
fn is_address(text: &str, schemes: &[&str]) -> bool {
    let Ok(uri) = text.parse::<http::Uri>() else { return text.is_empty() };
    uri.authority().is_some()
        && uri.scheme_str().is_some_and(|scheme| schemes.contains(&scheme))
        && uri.path_and_query().is_none_or(|rest| rest == "/")
        && !text.ends_with('/')
}

fn http(http: &Http) -> Vec<Rule> {
    let public = "http.public_address";
    vec![
        (
            is_address(&http.public_address, &["http", "https"]),
            public,
            "must be like https://cellplane.example, without a path",
        ),
        (
            !http.public_address.is_empty() || !http.listen.ip().is_unspecified(),
            public,
            "must be set when http.listen is an address of all interfaces",
        ),
        (
            // Anybody could say where they come from.
            http.trusted_proxies.iter().all(|range| range.prefix_len() > 0),
            "http.trusted_proxies",
            "must be the addresses of your proxies, not all that there are",
        ),
        within(
            http.body_max_bytes,
            1_024..=1_048_576,
            "http.body_max_bytes",
            "must be between 1024 and 1048576",
        ),
        within(http.drain_s, ..=300, "http.drain_s", "must be at most 300"),
    ]
}

fn agent(agent: &Agent) -> Vec<Rule> {
    let public = "agent.public_address";
    vec![
        (
            is_address(&agent.public_address, &["https"]),
            public,
            "must be like https://cellplane.example:8443, without a path",
        ),
        (
            !agent.public_address.is_empty() || !agent.listen.ip().is_unspecified(),
            public,
            "must be set when agent.listen is an address of all interfaces",
        ),
        within(
            agent.handshake_timeout_ms,
            100..=60_000,
            "agent.handshake_timeout_ms",
            "must be between 100 and 60000",
        ),
        within(
            agent.certificate_life_h,
            1..=24,
            "agent.certificate_life_h",
            "must be between 1 and 24",
        ),
        within(
            agent.report_interval_s,
            1..=3_600,
            "agent.report_interval_s",
            "must be between 1 and 3600",
        ),
    ]
}

fn redis(redis: &Redis) -> Vec<Rule> {
    let is_known = ["redis://", "rediss://"].iter().any(|scheme| redis.url.starts_with(scheme));
    vec![
        (redis.url.is_empty() || is_known, "redis.url", "must begin with redis:// or rediss://"),
        (
            redis.url.is_empty() || redis.url_file.as_os_str().is_empty(),
            "redis.url_file",
            "and redis.url exclude each other; set one of them",
        ),
    ]
}

fn database(database: &Database) -> Vec<Rule> {
    vec![
        (
            database.url.is_empty() || database.url_file.as_os_str().is_empty(),
            "database.url_file",
            "and database.url exclude each other; set one of them",
        ),
        (
            is_role(&database.role),
            "database.role",
            "must be lower-case letters, digits and underscores, at most 63, or empty",
        ),
        within(
            database.connections_max,
            1..=1_000,
            "database.connections_max",
            "must be between 1 and 1000",
        ),
        within(
            database.wait_ms,
            100..=300_000,
            "database.wait_ms",
            "must be between 100 and 300000",
        ),
        within(
            database.statement_ms,
            100..=3_600_000,
            "database.statement_ms",
            "must be between 100 and 3600000",
        ),
    ]
}

/// What PostgreSQL takes for a name without quotes.
fn is_role(role: &str) -> bool {
    let is_plain = |letter: char| matches!(letter, 'a'..='z' | '0'..='9' | '_');
    role.len() <= 63
        && role.chars().all(is_plain)
        && !role.starts_with(|c: char| c.is_ascii_digit())
}

fn session(session: &Session) -> Vec<Rule> {
    vec![
        within(session.code_life_s, 10..=86_400, "session.code_life_s", DAY),
        within(session.portal_life_s, 60..=31_536_000, "session.portal_life_s", YEAR),
        within(session.command_line_life_s, 60..=31_536_000, "session.command_line_life_s", YEAR),
        within(session.token_life_max_s, 60..=31_536_000, "session.token_life_max_s", YEAR),
        within(session.recheck_s, 1..=30, "session.recheck_s", "must be between 1 and 30"),
    ]
}

fn limit(limit: &Limit) -> Vec<Rule> {
    let burst = "must be above 0";
    let rate = "must be between 1 and 1000000";
    vec![
        within(limit.requests_burst, 1.., "limit.requests_burst", burst),
        within(limit.requests_per_second, 1..=1_000_000, "limit.requests_per_second", rate),
        within(limit.strangers_burst, 1.., "limit.strangers_burst", burst),
        within(limit.strangers_per_second, 1..=1_000_000, "limit.strangers_per_second", rate),
        within(limit.connections_max, 1.., "limit.connections_max", burst),
    ]
}
