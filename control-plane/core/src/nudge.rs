//! Hints between those who change something and those who wait for it. Never truth: a hint may be
//! lost or repeated, so whoever gets one reads again, and whoever gets none reads now and then.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;
use types::id::{CellId, OperationId, TenantId};

/// What may have changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// The feed of a tenant.
    Tenant(TenantId),
    /// The desired set of a cell.
    Cell(CellId),
    /// The progress of an operation.
    Operation(OperationId),
}

/// The hints of this process.
#[derive(Debug, Default)]
pub struct Nudges {
    topics: Mutex<HashMap<Topic, watch::Sender<()>>>,
}

impl Nudges {
    /// Tells everybody who waits for the topic to look again.
    pub fn send(&self, topic: Topic) {
        let topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = topics.get(&topic) {
            sender.send_replace(());
        }
    }

    /// Listens from now on: subscribe first, then read, then wait.
    pub fn listen(&self, topic: Topic) -> watch::Receiver<()> {
        let mut topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        // Topics that nobody listens to any more are dropped here, so the map stays bounded by
        // the number of listeners.
        topics.retain(|_, sender| sender.receiver_count() > 0);
        topics.entry(topic).or_insert_with(|| watch::Sender::new(())).subscribe()
    }
}
