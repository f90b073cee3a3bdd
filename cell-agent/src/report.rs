//! Tells the plane what was seen: at once when something changed, and at least once per interval.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::ops::RangeInclusive;
use std::time::Duration;

use cell_agent_protocol::error::AgentErrorCode;
use cell_agent_protocol::observed::ObservedRequest;
use types::id::{InstanceId, OperationId};

use crate::condition;
use crate::ledger::{Journal, LedgerError};
use crate::plane::PlaneError;
use crate::site::{Opened, Site};
use types::backoff::Backoff;

/// Changes within this time travel together: twice as long as the last report took, so that a plane
/// that is far away or busy is told more at once, and somebody who waits is told soon.
const DEBOUNCE: RangeInclusive<Duration> = Duration::from_millis(5)..=Duration::from_millis(100);
/// Changes of state, or log lines, in one report.
const ROWS: usize = 1_000;
/// Instances in one report.
const INSTANCES: usize = 500;

/// Why a report did not arrive.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReportError {
    #[error("report to the plane")]
    Plane(#[from] PlaneError),
    #[error("read what is to be reported")]
    Ledger(#[from] LedgerError),
}

/// Reports until it is dropped. Ends only if the ledger fails.
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
    let mut told = Told::default();
    let mut failures = 0;
    loop {
        let began = site.clock.steady();
        match send(site, opened, &mut told).await {
            Ok(()) => {
                failures = 0;
                let took = site.clock.steady().since(began);
                let pause = (took * 2).clamp(*DEBOUNCE.start(), *DEBOUNCE.end());
                tokio::select! {
                    () = site.moved.notified() => site.clock.sleep(pause).await,
                    () = site.clock.sleep(opened.report_interval) => {}
                }
            }
            Err(ReportError::Ledger(error)) => return Err(error),
            Err(ReportError::Plane(error)) => {
                failures += 1;
                refused(site, opened, &error);
                site.clock.sleep(Backoff::PLANE.drawn(failures, site.ids.as_ref())).await;
            }
        }
    }
}

/// Tells the link if the session is over; anything else is tried again.
pub(crate) fn refused(site: &Site, opened: &Opened, error: &PlaneError) {
    use AgentErrorCode::{
        CloneSuspected, NotEnrolled, SessionSuperseded, Unavailable, VersionUnsupported,
    };
    match error.code() {
        Some(code @ (SessionSuperseded | NotEnrolled | CloneSuspected | VersionUnsupported)) => {
            // If the link has ended already, there is nobody to tell.
            let _ = site.lost.send((opened.id, code));
        }
        // Its database is away or has no room; what it did not take is sent again.
        Some(Unavailable) => tracing::warn!(%error, "the plane cannot take a report now"),
        Some(code) => tracing::error!(%code, %error, "the plane refused a report"),
        None => tracing::debug!(error = error as &dyn std::error::Error, "a report did not arrive"),
    }
}

/// What the plane was told in this session, by version. A new session is told everything.
#[derive(Default)]
pub(crate) struct Told {
    instances: BTreeMap<InstanceId, u64>,
    operations: BTreeMap<OperationId, u64>,
}

/// Sends everything that the plane does not know; a report without news is a sign of life.
pub(crate) async fn send(site: &Site, opened: &Opened, told: &mut Told) -> Result<(), ReportError> {
    loop {
        // First, since nothing may change between what is read below and what is sent.
        let condition = condition::look(site).await?;
        site.ledger.flush()?;
        let lines = site.ledger.lines(ROWS)?;
        let changes = site.ledger.changes(ROWS)?;
        let instances = told.new_instances(site);
        let is_full = lines.len() == ROWS || changes.len() == ROWS || instances.len() == INSTANCES;
        // An outcome never travels before the states that it led to.
        let operations = if is_full { Vec::new() } else { told.new_operations(site) };
        let last_line = lines.last().map(|(key, _)| *key);
        let last_change = changes.last().map(|(key, _)| *key);
        let (versions, instances): (Vec<_>, Vec<_>) = instances.into_iter().unzip();
        let request = ObservedRequest {
            session: opened.id,
            number: opened.next_report(),
            at: site.now(),
            revision: site.ledger.revision(),
            instances,
            changes: changes.into_iter().map(|(_, change)| change).collect(),
            operations: operations.iter().map(|(_, observed)| observed.clone()).collect(),
            logs: lines.into_iter().map(|(_, line)| line).collect(),
            spooled: site.ledger.spooled_count()?,
            condition: Some(condition),
        };
        let sent_at = site.clock.steady();
        let answer = opened.client.observed(&request).await?;
        if let Some(plane_time) = answer.plane_time {
            site.agree_on_time(sent_at, plane_time)?;
        }
        site.ledger.acknowledge(last_line, last_change, &answer.settled)?;
        told.instances.extend(versions);
        told.operations.extend(operations.into_iter().map(|(version, one)| (one.id, version)));
        if !is_full {
            return Ok(());
        }
    }
}

impl Told {
    fn new_instances(
        &self,
        site: &Site,
    ) -> Vec<((InstanceId, u64), types::instance::InstanceObserved)> {
        let sights = site.sights();
        let news =
            sights.iter().filter(|(id, sight)| self.instances.get(id) != Some(&sight.version));
        let news = news.map(|(id, sight)| ((*id, sight.version), sight.observed.clone()));
        news.take(INSTANCES).collect()
    }

    fn new_operations(&self, site: &Site) -> Vec<(u64, types::operation::OperationObserved)> {
        let journals = site.ledger.journals().into_iter();
        let news = journals
            .filter(|journal| self.operations.get(&journal.observed.id) != Some(&journal.version))
            .filter(|journal| may_be_told(site, journal));
        news.map(|journal| (journal.version, journal.told().clone())).collect()
    }
}

/// The end of the wanted operation is told once its members were looked at after it.
fn may_be_told(site: &Site, journal: &Journal) -> bool {
    let instance = journal.observed.instance;
    let is_wanted =
        site.ledger.spec(instance).is_some_and(|spec| spec.operation.id == journal.observed.id);
    let is_taken_up = journal.outcome.is_some();
    !is_wanted || is_taken_up || !journal.observed.state.is_final() || site.is_looked_at(instance)
}
