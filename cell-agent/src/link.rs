//! The conversation with the plane: opened by the agent, kept by a long poll, opened again after
//! whatever happens. The plane being away for days is normal; being refused is not.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use cell_agent_protocol::desired::{DesiredAnswer, DesiredRequest};
use cell_agent_protocol::error::AgentErrorCode;
use cell_agent_protocol::session::OpenSession;
use tokio::sync::mpsc::UnboundedReceiver;
use types::generation::{Generation, Revision};
use types::id::InstanceId;
use types::instance::InstanceSpec;

use crate::agent::{Halt, LinkStatus};
use crate::enrol::{AGENT_VERSION, EnrolError, Enrolment};
use crate::identity::{Enrolled, IdentityError};
use crate::ledger::{Beyond, LedgerError};
use crate::plane::PlaneError;
use crate::site::{Lost, Opened, Site};
use crate::way::WayError;
use types::backoff::Backoff;

/// The longest a question for news is left open.
const WAIT_MS: u32 = 30_000;
/// A session is opened anew at least this often, which measures the clocks again.
const SESSION_LIFE: Duration = Duration::from_secs(3_600);
/// A session that lasts so long is a good one.
const STEADY: Duration = Duration::from_secs(25);
/// Superseded twice within this time: two agents fight over one cell.
const FIGHT: Duration = Duration::from_secs(600);

/// Why a conversation broke.
#[derive(Debug, thiserror::Error)]
enum LinkError {
    #[error("talk to the plane")]
    Plane(#[from] PlaneError),
    #[error("renew the certificate")]
    Renew(#[source] EnrolError),
    #[error("make a way to the plane")]
    Way(#[from] WayError),
    #[error("keep the identity")]
    Identity(#[from] IdentityError),
    #[error("use the ledger")]
    Ledger(#[from] LedgerError),
}

impl LinkError {
    fn code(&self) -> Option<AgentErrorCode> {
        match self {
            Self::Plane(error) | Self::Renew(EnrolError::Plane(error)) => error.code(),
            _ => None,
        }
    }
}

/// How a conversation ended without breaking.
enum End {
    /// Time for another session.
    Refresh,
    /// The plane refused the session in the course of a report or a question.
    Refused(AgentErrorCode),
}

/// Talks until the plane says that this agent must not any more, or the ledger fails.
pub(crate) async fn run(
    site: &Site,
    enrolled: Enrolled,
    lost: UnboundedReceiver<Lost>,
) -> Result<Halt, LedgerError> {
    let mut link = Link { site, enrolled, lost, failures: 0 };
    let mut superseded_at = None;
    loop {
        let ended = link.converse().await;
        site.session.send_replace(None);
        let now = site.clock.steady();
        let code = match &ended {
            Ok(End::Refresh) => continue,
            Ok(End::Refused(code)) => Some(*code),
            Err(error) => error.code(),
        };
        match code {
            Some(AgentErrorCode::SessionSuperseded) => {
                if superseded_at.is_some_and(|before| now.since(before) < FIGHT) {
                    return Ok(Halt::Superseded);
                }
                superseded_at = Some(now);
                tracing::warn!("another session of this cell was opened; opening one more, once");
                continue;
            }
            Some(AgentErrorCode::NotEnrolled) => {
                link.withdraw();
                return Ok(Halt::NotEnrolled);
            }
            Some(AgentErrorCode::CloneSuspected) => return Ok(Halt::CloneSuspected),
            Some(AgentErrorCode::VersionUnsupported) => return Ok(Halt::VersionUnsupported),
            _ => {}
        }
        if let Err(LinkError::Ledger(error)) = ended {
            return Err(error);
        }
        link.failures += 1;
        if let Err(error) = ended {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "no conversation with the plane"
            );
        }
        site.status.send_modify(|status| {
            if !matches!(status.link, LinkStatus::Away { .. }) {
                status.link = LinkStatus::Away { since: site.clock.now() };
            }
        });
        site.clock.sleep(Backoff::PLANE.drawn(link.failures, site.ids.as_ref())).await;
    }
}

struct Link<'a> {
    site: &'a Site,
    enrolled: Enrolled,
    lost: UnboundedReceiver<Lost>,
    failures: u32,
}

impl Link<'_> {
    async fn converse(&mut self) -> Result<End, LinkError> {
        self.renew_if_due().await?;
        let opened = self.open().await?;
        let opened_at = self.site.clock.steady();
        let until = opened_at.plus(SESSION_LIFE);
        let mut news = News::default();
        loop {
            let now = self.site.now();
            if self.site.clock.steady() >= until || now >= self.enrolled.renew_at() {
                return Ok(End::Refresh);
            }
            let request = DesiredRequest {
                session: opened.id,
                after: news.after(self.site.ledger.revision()),
                wait_ms: if news.is_asking_all() { 0 } else { WAIT_MS },
            };
            let asking = opened.client.desired(&request);
            let answer = tokio::select! {
                answer = asking => answer?,
                code = refused(&mut self.lost, &opened) => return Ok(End::Refused(code)),
            };
            let absent = self.absent(&answer).await;
            self.take_in(&mut news, &answer, &absent)?;
            // Sessions that break at once go on being opened more and more slowly.
            if self.site.clock.steady().since(opened_at) >= STEADY {
                self.failures = 0;
            }
        }
    }

    /// Renews in good time. While the certificate is good, a renewal that does not work can wait.
    async fn renew_if_due(&mut self) -> Result<(), LinkError> {
        let site = self.site;
        let now = site.now();
        if now < self.enrolled.renew_at() {
            return Ok(());
        }
        let enrolment = Enrolment {
            clock: site.clock.as_ref(),
            ids: site.ids.as_ref(),
            way: &site.way,
            state: &site.state,
            key: &site.key,
            ledger: &site.ledger,
        };
        match enrolment.renew(&self.enrolled, now).await {
            Ok(renewed) => self.enrolled = renewed,
            Err(error) => {
                let error = LinkError::Renew(error);
                let is_final = error.code() == Some(AgentErrorCode::NotEnrolled);
                if is_final || self.enrolled.is_expired(now) {
                    return Err(error);
                }
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the certificate is good for a while; trying again later"
                );
                // Not before the next session, or a plane that cannot sign would stop everything.
                self.enrolled.received_at = now;
            }
        }
        Ok(())
    }

    async fn open(&mut self) -> Result<Opened, LinkError> {
        let site = self.site;
        let client = site.way.known(&self.enrolled, &site.key)?;
        let sent_at = site.clock.steady();
        let session = client
            .session(&OpenSession {
                protocol: cell_agent_protocol::VERSION,
                agent_version: AGENT_VERSION.to_owned(),
                boot_id: site.ledger.boot_id(),
                last_sequence: site.ledger.last_sequence(),
                sent_at: site.clock.now(),
                capabilities: site.settings.capabilities.clone(),
                process: Some(site.process.clone()),
                kept_from: Some(site.ledger.kept_from()?),
                revision: Some(site.ledger.revision()),
            })
            .await?;
        if let Some(complete_to) = session.complete_to {
            site.note_complete(complete_to);
        }
        site.agree_on_time(sent_at, session.plane_time)?;
        site.ledger.forget_records(session.acknowledged_sequence)?;
        let opened = Opened::new(&session, client);
        site.session.send_replace(Some(opened.clone()));
        site.status.send_modify(|status| {
            status.link = LinkStatus::Connected { session: opened.id };
        });
        tracing::info!(session.id = %opened.id, offset_us = site.ledger.offset_us(), "session opened");
        Ok(opened)
    }

    /// Which of the instances that are forgotten have nothing left on the host.
    async fn absent(&self, answer: &DesiredAnswer) -> BTreeSet<InstanceId> {
        let specs = answer.forgotten.iter().filter_map(|id| self.site.ledger.spec(*id));
        let specs: Vec<_> = specs.collect();
        if specs.is_empty() {
            return BTreeSet::new();
        }
        let Ok(here) = self.site.runtime.list().await else { return BTreeSet::new() };
        let is_absent =
            |spec: &Arc<InstanceSpec>| !spec.members.iter().any(|member| here.contains(&member.id));
        specs.iter().filter(|spec| is_absent(spec)).map(|spec| spec.id).collect()
    }

    fn take_in(
        &self,
        news: &mut News,
        answer: &DesiredAnswer,
        absent: &BTreeSet<InstanceId>,
    ) -> Result<(), LedgerError> {
        let site = self.site;
        let taken = site.ledger.take_in_where(answer, &|id| absent.contains(&id))?;
        if !taken.accepted.is_empty() || !taken.forgotten.is_empty() {
            tracing::info!(
                revision = answer.revision.0,
                accepted = taken.accepted.len(),
                forgotten = taken.forgotten.len(),
                "took in what is wanted"
            );
            site.wishes.send_modify(|count| *count += 1);
            taken.accepted.iter().for_each(|instance| site.look_at(*instance));
            site.moved.notify_one();
        }
        if let Some(named) = news.take(answer) {
            let gone = site.ledger.gone_from(&named);
            if !gone.is_empty() {
                let forgotten = DesiredAnswer {
                    revision: answer.revision,
                    objects: Vec::new(),
                    more: false,
                    digest: None,
                    forgotten: gone,
                };
                site.ledger.take_in(&forgotten)?;
            }
            let beyond = site.ledger.beyond(&named);
            if !beyond.is_empty() {
                tracing::warn!(
                    orphans = beyond.orphans.len(),
                    newer = beyond.newer.len(),
                    "the plane knows less than this cell; nothing is done about that here"
                );
            }
            site.ledger.enter_orphans(&beyond.orphans)?;
            *site.beyond() = beyond;
        }
        site.beyond().newer.retain(|(instance, _)| !taken.accepted.contains(instance));
        let Some(theirs) = answer.digest.as_ref().filter(|_| !answer.more) else { return Ok(()) };
        if *theirs == site.ledger.digest() {
            site.ledger.enter_orphans(&[])?;
            *site.beyond() = Beyond::default();
            return Ok(());
        }
        if news.has_asked_all {
            if site.beyond().is_empty() {
                tracing::error!(
                    "what is wanted differs from the plane even after asking for all of it"
                );
            }
        } else {
            tracing::warn!("what is wanted differs from the plane; asking for all of it");
            news.ask_all();
        }
        Ok(())
    }

    /// Remembers that only a new join token helps.
    fn withdraw(&mut self) {
        self.enrolled.withdrawn = true;
        if let Err(error) = self.enrolled.save(&self.site.state) {
            tracing::error!(error = &error as &dyn std::error::Error, "could not keep the refusal");
        }
    }
}

/// Returns when a report says that this session was refused.
async fn refused(lost: &mut UnboundedReceiver<Lost>, opened: &Opened) -> AgentErrorCode {
    loop {
        match lost.recv().await {
            Some((session, code)) if session == opened.id => return code,
            Some(_) => {}
            // The sender lives as long as the site.
            None => std::future::pending().await,
        }
    }
}

/// Whether everything is being asked for again, at most once in a session.
#[derive(Default)]
struct News {
    asked: Option<Asked>,
    has_asked_all: bool,
}

#[derive(Default)]
struct Asked {
    after: Revision,
    named: BTreeMap<InstanceId, Generation>,
}

impl News {
    fn ask_all(&mut self) {
        self.asked = Some(Asked::default());
        self.has_asked_all = true;
    }

    fn is_asking_all(&self) -> bool {
        self.asked.is_some()
    }

    fn after(&self, revision: Revision) -> Revision {
        self.asked.as_ref().map_or(revision, |asked| asked.after)
    }

    /// All that was named, once everything was.
    fn take(&mut self, answer: &DesiredAnswer) -> Option<BTreeMap<InstanceId, Generation>> {
        let asked = self.asked.as_mut()?;
        asked.after = answer.revision;
        asked.named.extend(answer.objects.iter().map(|spec| (spec.id, spec.generation)));
        if answer.more { None } else { self.asked.take().map(|asked| asked.named) }
    }
}
