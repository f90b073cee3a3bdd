//! Numbers for monitoring, in the text form of Prometheus. No label ever names a tenant, a subject
//! or a cell.

use std::fmt;
use std::time::Duration;

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// Upper ends of the histogram of durations, in seconds; the long polls end the list.
const SECONDS: [f64; 12] = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0, 90.0];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kind {
    kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    kind: &'static str,
    code: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Problem {
    problem: &'static str,
}

/// What is counted.
pub struct Metrics {
    registry: Registry,
    requests: Family<Outcome, Counter>,
    durations: Family<Kind, Histogram>,
    sign_ins_refused: Family<Problem, Counter>,
    /// Sessions that agents opened.
    pub agent_sessions: Counter,
    /// Long polls of agents that wait now.
    pub agent_polls: Gauge,
    /// Reports of agents that were taken in.
    pub agent_reports: Counter,
    /// Usage records that were taken in.
    pub usage_records: Counter,
    /// Whether hints go through Redis now: 1 or 0.
    pub redis_connected: Gauge,
    /// Hints that were given to other planes.
    pub hints_sent: Counter,
    /// Hints of other planes.
    pub hints_heard: Counter,
    /// What came from Redis and was no hint.
    pub hints_refused: Counter,
    /// WebSockets that are open now.
    pub web_sockets: Gauge,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("cellplane");
        let requests = Family::<Outcome, Counter>::default();
        let histogram: fn() -> Histogram = || Histogram::new(SECONDS);
        let durations = Family::new_with_constructor(histogram);
        let sign_ins_refused = Family::<Problem, Counter>::default();
        let help = "Sign-ins through providers that were refused";
        registry.register("sign_ins_refused", help, sign_ins_refused.clone());
        let (agent_sessions, agent_reports) = (Counter::default(), Counter::default());
        let usage_records = Counter::<u64>::default();
        let (agent_polls, web_sockets) = (Gauge::<i64>::default(), Gauge::<i64>::default());
        registry.register("requests", "Requests by kind and code", requests.clone());
        registry.register("request_seconds", "Durations by kind", durations.clone());
        registry.register("agent_sessions", "Sessions opened by agents", agent_sessions.clone());
        registry.register("agent_polls", "Long polls of agents", agent_polls.clone());
        registry.register("agent_reports", "Reports taken in", agent_reports.clone());
        registry.register("usage_records", "Usage records taken in", usage_records.clone());
        let redis_connected = Gauge::<i64>::default();
        let (hints_sent, hints_heard) = (Counter::<u64>::default(), Counter::<u64>::default());
        let hints_refused = Counter::<u64>::default();
        let help = "Whether hints between planes go through Redis";
        registry.register("redis_connected", help, redis_connected.clone());
        registry.register("hints_sent", "Hints to other planes", hints_sent.clone());
        registry.register("hints_heard", "Hints of other planes", hints_heard.clone());
        registry.register("hints_refused", "Garbage among hints", hints_refused.clone());
        registry.register("web_sockets", "Open WebSockets", web_sockets.clone());
        Self {
            registry,
            redis_connected,
            hints_sent,
            hints_heard,
            hints_refused,
            requests,
            durations,
            sign_ins_refused,
            agent_sessions,
            agent_polls,
            agent_reports,
            usage_records,
            web_sockets,
        }
    }
}

impl Metrics {
    /// Counts a request that was answered.
    pub fn answered(&self, kind: &'static str, code: &'static str, took: Duration) {
        self.requests.get_or_create(&Outcome { kind, code }).inc();
        self.durations.get_or_create(&Kind { kind }).observe(took.as_secs_f64());
    }

    /// Counts a sign-in through a provider that was refused.
    pub fn refused_sign_in(&self, problem: &'static str) {
        self.sign_ins_refused.get_or_create(&Problem { problem }).inc();
    }

    /// All numbers as text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing into a text cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

impl IntoResponse for &Metrics {
    /// All numbers, as OpenMetrics text.
    fn into_response(self) -> Response {
        let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
        ([(CONTENT_TYPE, kind)], self.text()).into_response()
    }
}

/// Counts one for as long as it lives.
pub struct Counted(Gauge);

impl Counted {
    /// Begins to count.
    pub fn in_gauge(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}
