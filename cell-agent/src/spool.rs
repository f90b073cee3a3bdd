//! Brings usage records to the plane: in order, in batches, forgotten only when acknowledged.

use std::convert::Infallible;

use cell_agent_protocol::usage::UsageRequest;
use types::instant::Instant;

use crate::backoff::Backoff;
use crate::ledger::LedgerError;
use crate::report::{self, ReportError};
use crate::site::{Opened, Site};

/// Records in one batch; the protocol allows no more.
const BATCH: usize = 5_000;

/// Sends until it is dropped. Ends only if the ledger fails.
pub(crate) async fn run(site: &Site) -> Result<Infallible, LedgerError> {
    let mut session = site.session.subscribe();
    loop {
        let opened = session.wait_for(Option::is_some).await.ok().and_then(|opened| opened.clone());
        // The sender lives as long as the site.
        let Some(opened) = opened else { std::future::pending().await };
        let id = opened.id;
        let is_over = |now: &Option<Opened>| now.as_ref().map(|opened| opened.id) != Some(id);
        tokio::select! {
            ended = within(site, &opened) => return ended,
            _ = session.wait_for(is_over) => {}
        }
    }
}

async fn within(site: &Site, opened: &Opened) -> Result<Infallible, LedgerError> {
    let mut complete_to = Instant::default();
    let mut failures = 0;
    loop {
        match send(site, opened, &mut complete_to).await {
            Ok(()) => {
                failures = 0;
                tokio::select! {
                    () = site.metered.notified() => {}
                    () = site.clock.sleep(opened.report_interval) => {}
                }
            }
            Err(ReportError::Ledger(error)) => return Err(error),
            Err(ReportError::Plane(error)) => {
                failures += 1;
                report::refused(site, opened, &error);
                site.clock.sleep(Backoff::PLANE.drawn(failures, site.ids.as_ref())).await;
            }
        }
    }
}

/// Sends the whole spool. `complete_to` is the watermark that was given last.
pub(crate) async fn send(
    site: &Site,
    opened: &Opened,
    complete_to: &mut Instant,
) -> Result<(), ReportError> {
    loop {
        let spooled = site.ledger.spooled(BATCH)?;
        // Only the last batch makes the watermark true.
        let watermark = if spooled.more { *complete_to } else { spooled.watermark };
        let last = spooled.records.last().map(|record| record.sequence);
        let request = UsageRequest { session: opened.id, records: spooled.records, watermark };
        let answer = opened.client.usage(&request).await?;
        if last.is_some() {
            site.ledger.forget_records(answer.acknowledged)?;
        }
        *complete_to = watermark;
        if let Some(last) = last.filter(|last| *last > answer.acknowledged) {
            tracing::error!(
                sent = last,
                acknowledged = answer.acknowledged,
                "the plane does not acknowledge usage; sending it again later"
            );
            return Ok(());
        }
        if !spooled.more {
            return Ok(());
        }
    }
}
