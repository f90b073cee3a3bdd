//! Hints between those who change something and those who wait for it. Never truth: a hint may be
//! lost or repeated, so whoever gets one reads again, and whoever gets none reads now and then.
//!
//! Other processes are told by way of Redis, if there is one; [`watch`] sees without it what they did.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::mpsc;
use tokio::sync::watch::{Receiver, Sender};
use types::id::{CellId, OperationId, TenantId};

pub mod watch;

/// What may have changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// The feed of a tenant.
    Tenant(TenantId),
    /// The desired set of a cell.
    Cell(CellId),
    /// The progress of an operation.
    Operation(OperationId),
    /// The rights or the tree of a tenant.
    Rights(TenantId),
}

/// What the text form of [`Topic::Rights`] begins with.
const RIGHTS: &str = "rights ";

impl fmt::Display for Topic {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tenant(id) => write!(out, "{id}"),
            Self::Cell(id) => write!(out, "{id}"),
            Self::Operation(id) => write!(out, "{id}"),
            Self::Rights(id) => write!(out, "{RIGHTS}{id}"),
        }
    }
}

/// The text names no topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no topic has this name")]
pub struct NoTopic;

impl FromStr for Topic {
    type Err = NoTopic;

    fn from_str(text: &str) -> Result<Self, NoTopic> {
        if let Some(tenant) = text.strip_prefix(RIGHTS) {
            return tenant.parse().map(Self::Rights).map_err(|_| NoTopic);
        }
        let tenant = text.parse().map(Self::Tenant).ok();
        let cell = || text.parse().map(Self::Cell).ok();
        let operation = || text.parse().map(Self::Operation).ok();
        tenant.or_else(cell).or_else(operation).ok_or(NoTopic)
    }
}

/// So many topics are kept before any that nobody listens to is looked for.
const ROOM: usize = 64;

/// The hints of this process.
#[derive(Debug, Default)]
pub struct Nudges {
    topics: Mutex<HashMap<Topic, Sender<()>>>,
    /// With so many topics, those that nobody listens to are dropped.
    room: AtomicUsize,
    /// To other processes, if there is a way.
    outward: OnceLock<mpsc::Sender<Topic>>,
}

impl Nudges {
    /// Tells everybody who waits for the topic to look again, in this process and in others.
    pub fn send(&self, topic: Topic) {
        self.hear(topic);
        if let Some(outward) = self.outward.get() {
            // One hint more than there is room for is lost, as any hint may be.
            let _ = outward.try_send(topic);
        }
    }

    /// Tells everybody who waits for the topic in this process to look again.
    pub fn hear(&self, topic: Topic) {
        if let Some(sender) = self.topics().get(&topic) {
            sender.send_replace(());
        }
    }

    /// Tells everybody in this process to look again, whatever they wait for.
    pub fn hear_all(&self) {
        for sender in self.topics().values() {
            sender.send_replace(());
        }
    }

    /// Tenants of which somebody in this process waits for something.
    pub fn tenants(&self) -> BTreeSet<TenantId> {
        let topics = self.topics();
        let heard = topics.iter().filter(|(_, sender)| sender.receiver_count() > 0);
        let tenant = |topic: &Topic| match topic {
            Topic::Tenant(id) | Topic::Rights(id) => Some(*id),
            Topic::Cell(_) | Topic::Operation(_) => None,
        };
        heard.filter_map(|(topic, _)| tenant(topic)).collect()
    }

    /// What is to be told to other processes from now on. Only the first who asks hears anything.
    pub fn outward(&self, room: usize) -> mpsc::Receiver<Topic> {
        let (sender, receiver) = mpsc::channel(room);
        // A second one is left with nothing, as promised.
        let _ = self.outward.set(sender);
        receiver
    }

    fn topics(&self) -> MutexGuard<'_, HashMap<Topic, Sender<()>>> {
        self.topics.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Listens from now on: subscribe first, then read, then wait.
    pub fn listen(&self, topic: Topic) -> Receiver<()> {
        let mut topics = self.topics();
        // Topics that nobody listens to any more are dropped whenever the map has doubled, so it
        // stays bounded by the number of listeners.
        if topics.len() >= self.room.load(Ordering::Relaxed) {
            topics.retain(|_, sender| sender.receiver_count() > 0);
            self.room.store(ROOM.max(topics.len() * 2), Ordering::Relaxed);
        }
        topics.entry(topic).or_insert_with(|| Sender::new(())).subscribe()
    }
}
