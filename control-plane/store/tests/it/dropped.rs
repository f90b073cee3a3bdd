//! Requests end whenever somebody hangs up, in the middle of any statement.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use control_plane_store::{Engine, Store, StoreSettings, tenant};

use crate::on_every_engine;
use crate::world::World;

on_every_engine! {
    a_statement_that_is_dropped_anywhere_costs_no_connection
}

/// More often than a transaction with one statement is woken.
const WAKES: u32 = 12;
/// So often all of that, until a server was slow enough to be waited for.
const ROUNDS: u32 = 30;
/// Far more than a connection is given to come to rest.
const PATIENCE: Duration = Duration::from_secs(30);

async fn a_statement_that_is_dropped_anywhere_costs_no_connection(world: World) {
    let home = world.home("acme").await;
    let (mut dropped, mut done) = (0, 0);
    // SQLite may be done before anybody looks, and so may a server on a busy machine.
    let is_cut = |dropped| dropped > 0 || world.store.engine() == Engine::Sqlite;
    for attempt in 0..WAKES * ROUNDS {
        if attempt >= WAKES && is_cut(dropped) {
            break;
        }
        // Nothing is prepared yet on a new connection.
        let settings = StoreSettings { connections_max: 1, ..StoreSettings::at(world.url.clone()) };
        let store = Store::open(&settings).await.expect("open");
        let work = async {
            let tx = store.begin(&home.permit).await?;
            tenant::get(&tx).await
        };
        match only(attempt % WAKES, work).await {
            Some(found) => done += u32::from(found.is_ok()),
            None => dropped += 1,
        }
        let next = async { tenant::get(&store.begin(&home.permit).await?).await };
        next.await.expect("the only connection is there for the next one");
        let closed = tokio::time::timeout(PATIENCE, store.close()).await;
        closed.expect("every connection is back").expect("closed");
    }
    assert!(is_cut(dropped) && done > 0, "{dropped} dropped, {done} done");
}

/// Drops the work when it was woken so often; none then.
async fn only<T>(wakes: u32, work: impl Future<Output = T>) -> Option<T> {
    let (mut work, mut left) = (pin!(work), wakes);
    poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending if left == 0 => Poll::Ready(None),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}
