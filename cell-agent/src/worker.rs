//! Keeps every instance moving towards its wish: one worker per instance, many at a time.

use std::collections::BTreeSet;
use std::convert::Infallible;

use futures::future::{BoxFuture, FutureExt};
use futures::stream::{FuturesUnordered, StreamExt};
use types::id::InstanceId;

use crate::ledger::LedgerError;
use crate::operation;
use crate::site::Site;

/// Works until it is dropped. Ends only if the ledger fails.
pub(crate) async fn run(site: &Site) -> Result<Infallible, LedgerError> {
    let mut wishes = site.wishes.subscribe();
    let mut working: FuturesUnordered<BoxFuture<'_, _>> = FuturesUnordered::new();
    let mut busy: BTreeSet<InstanceId> = BTreeSet::new();
    loop {
        wishes.borrow_and_update();
        for spec in site.ledger.specs() {
            if operation::is_due(site, &spec) && busy.insert(spec.id) {
                let work = async move { (spec.id, operation::run(site, spec.id).await) };
                working.push(work.boxed());
            }
        }
        let idle = std::mem::take(&mut *site.idle());
        for (instance, member) in idle {
            if busy.insert(instance) {
                let work = async move {
                    operation::repair(site, instance, member).await;
                    (instance, Ok(()))
                };
                working.push(work.boxed());
            }
        }
        tokio::select! {
            Some((instance, ended)) = working.next() => {
                let ended: Result<(), LedgerError> = ended;
                ended?;
                busy.remove(&instance);
            }
            _ = wishes.changed() => {}
        }
    }
}
