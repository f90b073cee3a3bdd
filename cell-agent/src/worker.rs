//! Keeps every instance moving towards its wish: one worker per instance, many at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use futures::future::{BoxFuture, FutureExt};
use futures::stream::{FuturesUnordered, StreamExt};
use types::id::InstanceId;
use types::instant::Instant;

use crate::ledger::LedgerError;
use crate::operation::{self, repair};
use crate::site::Site;
use types::backoff::Backoff;

/// Works until it is dropped. Ends only if the ledger fails.
pub(crate) async fn run(site: &Site) -> Result<Infallible, LedgerError> {
    let mut wishes = site.wishes.subscribe();
    let mut working: FuturesUnordered<BoxFuture<'_, _>> = FuturesUnordered::new();
    let mut busy: BTreeSet<InstanceId> = BTreeSet::new();
    let mut repairs = Repairs::default();
    // What time it is decides whether a deadline has passed.
    site.time.until_known().await;
    loop {
        wishes.borrow_and_update();
        for spec in site.ledger.specs() {
            if operation::is_due(site, &spec) && busy.insert(spec.id) {
                let work = async move { (spec.id, operation::run(site, spec.id).await) };
                working.push(work.boxed());
            }
        }
        // Who is not repaired now is seen to stray again at the next look.
        let straying = std::mem::take(&mut *site.straying());
        for instance in straying {
            if !busy.contains(&instance) && repairs.may_begin(site, instance) {
                busy.insert(instance);
                let work = async move { (instance, repair::run(site, instance).await) };
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

/// How often instances were repaired, so that what does not help is done more and more rarely.
#[derive(Default)]
struct Repairs(BTreeMap<InstanceId, (u32, Instant)>);

impl Repairs {
    fn may_begin(&mut self, site: &Site, instance: InstanceId) -> bool {
        let now = site.clock.steady();
        // Whoever was well for so long has another trouble now.
        self.0.retain(|_, (_, until)| now.since(*until) < Backoff::REPAIR.longest);
        let (count, until) = self.0.get(&instance).copied().unwrap_or_default();
        if now < until {
            return false;
        }
        let pause = Backoff::REPAIR.drawn(count + 1, site.ids.as_ref());
        self.0.insert(instance, (count + 1, now.plus(pause)));
        true
    }
}
