//! Brings usage records to the plane: in order, in batches, forgotten only when acknowledged.
//!
//! A record that the plane does not take, or a gap that nobody can fill, holds up no later record.

use std::collections::BTreeMap;
use std::convert::Infallible;

use cell_agent_protocol::error::AgentErrorCode;
use cell_agent_protocol::usage::{UsageRecord, UsageRequest};
use types::instant::Instant;

use crate::ledger::LedgerError;
use crate::plane::PlaneError;
use crate::report::{self, ReportError};
use crate::site::{Opened, Site};
use types::backoff::Backoff;

/// Records in one batch; the protocol allows no more.
const BATCH: usize = 5_000;
/// Batches that are halved in one round in the search for the records that the plane refuses;
/// beyond it, whole batches are kept back until the next round.
const HALVINGS: usize = 64;

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
    let mut delivery = Delivery::default();
    let mut failures = 0;
    loop {
        match delivery.round(site, opened).await {
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

/// How far the spool was handed over in one session. A new session begins at the oldest record that
/// is not acknowledged, so whatever a plane lost is offered to it again.
#[derive(Default)]
pub(crate) struct Delivery {
    /// Everything up to this sequence was committed, or is in `kept_back`.
    handed: i64,
    /// Where the records begin that the plane refused in this session, by sequence.
    kept_back: BTreeMap<i64, Instant>,
    /// The watermark that was given last.
    complete_to: Instant,
}

impl Delivery {
    /// Hands over everything that was not yet, and offers once more what was refused.
    pub async fn round(&mut self, site: &Site, opened: &Opened) -> Result<(), ReportError> {
        self.offer_again(site, opened).await?;
        let mut halvings = 0;
        loop {
            let spooled = site.ledger.spooled(self.handed, BATCH)?;
            let last = spooled.records.last().map(|record| record.sequence);
            // Only the last batch makes the watermark true.
            let complete_to = if spooled.more { self.complete_to } else { spooled.watermark };
            self.hand_over(site, opened, spooled.records, complete_to, &mut halvings).await?;
            if let Some(last) = last {
                self.handed = last;
            }
            if !spooled.more {
                return Ok(());
            }
        }
    }

    /// Sends a batch. One that is refused is halved until the records are found that are to blame.
    async fn hand_over(
        &mut self,
        site: &Site,
        opened: &Opened,
        records: Vec<UsageRecord>,
        complete_to: Instant,
        halvings: &mut usize,
    ) -> Result<(), ReportError> {
        let mut waiting = vec![records];
        while let Some(mut records) = waiting.pop() {
            let watermark = if waiting.is_empty() { complete_to } else { self.complete_to };
            let Some(refusal) = self.send(site, opened, &records, watermark).await? else {
                continue;
            };
            if records.len() > 1 && *halvings < HALVINGS {
                *halvings += 1;
                let later = records.split_off(records.len() / 2);
                waiting.extend([later, records]);
                continue;
            }
            if records.is_empty() {
                return Err(refusal.into());
            }
            tracing::error!(
                first = records.first().map(|record| record.sequence),
                count = records.len(),
                %refusal,
                "the plane refuses usage records; they are kept and later ones are sent"
            );
            self.kept_back.extend(records.iter().map(|record| (record.sequence, record.start)));
        }
        Ok(())
    }

    /// What was refused may be taken today; in one batch, so that it costs one call.
    async fn offer_again(&mut self, site: &Site, opened: &Opened) -> Result<(), ReportError> {
        let Some((first, _)) = self.kept_back.first_key_value() else { return Ok(()) };
        let mut records = site.ledger.spooled(first - 1, BATCH)?.records;
        records.retain(|record| self.kept_back.contains_key(&record.sequence));
        if self.send(site, opened, &records, self.complete_to).await?.is_none() {
            for record in &records {
                self.kept_back.remove(&record.sequence);
            }
        }
        Ok(())
    }

    /// One call; answers the refusal if it is the records that are refused.
    async fn send(
        &mut self,
        site: &Site,
        opened: &Opened,
        records: &[UsageRecord],
        complete_to: Instant,
    ) -> Result<Option<PlaneError>, ReportError> {
        // What is kept back is not complete; a plane that never takes it waits only so long.
        let kept_back = self.kept_back.values().min().copied();
        let watermark = complete_to.min(kept_back.unwrap_or(complete_to)).max(self.complete_to);
        let request = UsageRequest { session: opened.id, records: records.to_vec(), watermark };
        let answer = match opened.client.usage(&request).await {
            Err(error) if error.code() == Some(AgentErrorCode::Malformed) => {
                return Ok(Some(error));
            }
            answer => answer?,
        };
        site.ledger.forget_records(answer.acknowledged)?;
        self.kept_back.retain(|sequence, _| *sequence > answer.acknowledged);
        self.complete_to = watermark;
        if let Some(last) = records.last().filter(|last| last.sequence > answer.acknowledged) {
            tracing::warn!(
                sent = last.sequence,
                acknowledged = answer.acknowledged,
                "the plane lacks older usage records, so it does not acknowledge newer ones"
            );
        }
        Ok(None)
    }
}
