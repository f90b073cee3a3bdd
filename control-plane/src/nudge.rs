//! Hints between plane processes over one database, by way of Redis. The only Redis code.
//!
//! A hint says that something changed and never what: whoever hears one reads the database again.
//! So nothing here has to be true, complete or in time. Without Redis, and while it is gone, each
//! process looks by itself twice a second ([`control_plane_core::nudge::watch`]).

use std::collections::HashSet;
use std::convert::Infallible;
use std::time::Duration;

use control_plane_core::nudge::Topic;
use control_plane_core::plane::Plane;
use futures::StreamExt as _;
use redis::aio::{MultiplexedConnection, PubSubSink, PubSubStream};
use redis::{
    AsyncCommands as _, AsyncConnectionConfig, Client, ErrorKind, RedisError, RedisResult, Value,
};
use tokio::sync::mpsc::Receiver;
use tokio::time::{MissedTickBehavior, interval, timeout};
use types::backoff::Backoff;
use types::instant::Instant;

use crate::metrics::Metrics;
use crate::tls;

/// Hints that wait to be sent; more are dropped.
const WAITING_MAX: usize = 4_096;
/// Hints that are sent at once; those that say the same are one.
const BATCH: usize = 256;
/// Longer than any hint.
const HINT_MAX_BYTES: usize = 128;
/// How long Redis is waited for. Sockets are real, so is this time.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often Redis is asked whether it is there.
const ASK: Duration = Duration::from_secs(5);
/// A connection that lasted so long was a good one.
const STEADY: Duration = Duration::from_secs(30);

/// Where hints go to and come from.
pub struct Relay {
    // Holds the password.
    client: Client,
    channel: String,
    /// Tells this process's hints from those of others.
    origin: String,
}

impl Relay {
    /// For the processes of an installation.
    ///
    /// # Errors
    /// If the address is none of Redis.
    pub fn new(url: &str, installation: &str, origin: &str) -> RedisResult<Self> {
        tls::install_provider();
        let client = Client::open(url)?;
        let channel = format!("cellplane:{installation}");
        Ok(Self { client, channel, origin: origin.to_owned() })
    }

    /// Asks Redis for its answer to a ping.
    ///
    /// # Errors
    /// Says why there is none.
    pub async fn ping(&self) -> RedisResult<()> {
        self.connect().await?.ping::<()>().await
    }

    /// Passes hints on for as long as the plane runs.
    pub async fn run(&self, plane: &Plane, metrics: &Metrics) {
        let mut outward = plane.nudges.outward(WAITING_MAX);
        let mut failures = 0;
        loop {
            let mut since = None;
            let Err(error) = self.converse(plane, metrics, &mut outward, &mut since).await;
            metrics.redis_connected.set(0);
            let lasted = since.map(|since| plane.clock.now().since(since));
            failures = if lasted >= Some(STEADY) { 1 } else { failures + 1 };
            // Told once, and not with each try.
            if failures == 1 {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "Redis does not answer; changes through other planes are seen a little later"
                );
            }
            plane.clock.sleep(Backoff::REDIS.drawn(failures, &*plane.ids)).await;
            // Hints of a past second help nobody.
            while outward.try_recv().is_ok() {}
        }
    }

    async fn connect(&self) -> RedisResult<MultiplexedConnection> {
        let limits = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE));
        self.client.get_multiplexed_async_connection_with_config(&limits).await
    }

    /// Ends when Redis does not answer; notes since when it did.
    async fn converse(
        &self,
        plane: &Plane,
        metrics: &Metrics,
        outward: &mut Receiver<Topic>,
        since: &mut Option<Instant>,
    ) -> RedisResult<Infallible> {
        let mut sender = self.connect().await?;
        let (mut listener, mut inward) = in_time(self.listen()).await?;
        *since = Some(plane.clock.now());
        metrics.redis_connected.set(1);
        tracing::info!("hints between planes go through Redis");
        // Whatever was missed until now.
        plane.nudges.hear_all();
        let mut ask = interval(ASK);
        ask.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut topics = Vec::with_capacity(BATCH);
        loop {
            tokio::select! {
                hint = inward.next() => {
                    self.hear(plane, metrics, hint.ok_or_else(gone)?.get_payload_bytes());
                }
                _ = outward.recv_many(&mut topics, BATCH) => {
                    self.tell(&mut sender, metrics, &mut topics).await?;
                }
                // Both connections, since one that is broken silently is not told from a quiet one.
                _ = ask.tick() => {
                    sender.ping::<()>().await?;
                    in_time(listener.ping::<Value>()).await?;
                }
            }
        }
    }

    async fn listen(&self) -> RedisResult<(PubSubSink, PubSubStream)> {
        let mut listener = self.client.get_async_pubsub().await?;
        listener.subscribe(&self.channel).await?;
        Ok(listener.split())
    }

    async fn tell(
        &self,
        sender: &mut MultiplexedConnection,
        metrics: &Metrics,
        topics: &mut Vec<Topic>,
    ) -> RedisResult<()> {
        let mut said = HashSet::new();
        let mut hints = redis::pipe();
        for topic in topics.drain(..).filter(|topic| said.insert(*topic)) {
            hints.publish(&self.channel, format!("{} {topic}", self.origin)).ignore();
        }
        hints.query_async::<()>(sender).await?;
        metrics.hints_sent.inc_by(said.len() as u64);
        Ok(())
    }

    fn hear(&self, plane: &Plane, metrics: &Metrics, hint: &[u8]) {
        match parse(hint) {
            Some((origin, _)) if origin == self.origin => {}
            Some((_, topic)) => {
                metrics.hints_heard.inc();
                plane.hear(topic);
            }
            None => {
                metrics.hints_refused.inc();
                tracing::debug!(bytes = hint.len(), "something that is no hint came from Redis");
            }
        }
    }
}

/// Who sent a hint, and of what; none for what is no hint.
fn parse(hint: &[u8]) -> Option<(&str, Topic)> {
    let hint = Some(hint).filter(|hint| hint.len() <= HINT_MAX_BYTES)?;
    let text = std::str::from_utf8(hint).ok()?;
    let (origin, topic) = text.split_once(' ')?;
    Some((origin, topic.parse().ok()?))
}

async fn in_time<T>(work: impl Future<Output = RedisResult<T>>) -> RedisResult<T> {
    timeout(PATIENCE, work).await.unwrap_or_else(|_| Err(gone()))
}

fn gone() -> RedisError {
    (ErrorKind::Io, "the connection to Redis is over").into()
}

#[cfg(test)]
mod tests {
    use types::id::{CellId, Ids as _, OperationId, SystemIds, TenantId};

    use super::*;

    #[test]
    fn a_hint_survives_its_text_form() {
        let topics = [
            Topic::Tenant(TenantId::next(&SystemIds)),
            Topic::Cell(CellId::next(&SystemIds)),
            Topic::Operation(OperationId::next(&SystemIds)),
            Topic::Rights(TenantId::next(&SystemIds)),
        ];
        for topic in topics {
            let me = SystemIds.next().to_string();
            assert_eq!(parse(format!("{me} {topic}").as_bytes()), Some((&*me, topic)));
        }
    }

    #[test]
    fn what_is_no_hint_is_none() {
        let long = format!("{} {}", "me".repeat(100), TenantId::next(&SystemIds));
        let garbage: [&[u8]; 8] = [
            b"",
            b" ",
            b"me",
            b"me ten_",
            b"me rights ten_",
            b"me ins_00000000000000000000000000",
            b"\xff\xfe \x00",
            long.as_bytes(),
        ];
        for text in garbage {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }
}
