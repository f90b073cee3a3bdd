//! Goes through the steps of one operation: one after the other, again and again where that helps,
//! until it succeeds, fails or has to make way for a newer wish.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use catalog::recipe::InstanceRecipe;
use connectors::runtime::{ConnectorError, StepLog};
use types::id::MemberId;
use types::instance::{InstanceSpec, Wish};
use types::instant::Instant;
use types::operation::{Attempt as Tried, Hindrance, OperationState, Problem, Step, StepState};

use super::log::Log;
use super::repair::deadline_passed;
use super::step::{Attempt, Outcome, Trouble};
use super::supersede;
use crate::ledger::{Journal, LedgerError, Progress};
use crate::reconcile::{self, StepName};
use crate::redact::redacted;
use crate::site::Site;
use types::backoff::Backoff;

/// No longer is waited for a member to stop after a failed installation.
const CLEANUP_LIMIT: Duration = Duration::from_secs(60);
/// No reason of a vain try is told at greater length.
const REASON_CHARACTERS: usize = 300;
/// A deletion has at least so long from where it goes on, however late that is: it is always safe
/// to repeat, and nobody can want anything else any more.
const DELETION_TIME: Duration = Duration::from_secs(1_800);

/// How a step ended.
enum Ended {
    Done(Outcome),
    Failed(Problem),
    Superseded,
}

/// The work on one operation.
pub(super) struct Work<'a> {
    site: &'a Site,
    spec: Arc<InstanceSpec>,
    journal: Journal,
    progress: Progress,
    deadline: Instant,
    /// The step that has begun.
    begun: Option<usize>,
    /// Whether that is written down, and all before it.
    is_written: bool,
    rendered: OnceLock<Arc<InstanceRecipe>>,
}

impl<'a> Work<'a> {
    /// From where the journal says that it is.
    pub fn new(site: &'a Site, spec: Arc<InstanceSpec>, journal: Journal) -> Self {
        let progress = Progress::clone(&site.ledger.progress(spec.id));
        let deadline = match spec.wish {
            Wish::Deleted => journal.deadline.max(site.now().plus(DELETION_TIME)),
            Wish::Running | Wish::Stopped => journal.deadline,
        };
        let rendered = OnceLock::new();
        Self { site, spec, journal, progress, deadline, begun: None, is_written: true, rendered }
    }

    /// Goes through the steps that are left.
    pub async fn carry_out(mut self) -> Result<(), LedgerError> {
        while self.journal.observed.problem.is_none() {
            if self.is_superseded() {
                return supersede(self.site, self.journal).await;
            }
            let Some(index) = self.next_step() else { break };
            if self.site.now() >= self.deadline {
                let problem = deadline_passed(&self.journal, None);
                self.log(index).line(&format!("{}: {}", problem.code, problem.message));
                self.journal.observed.problem = Some(problem);
                break;
            }
            if self.begun != Some(index) {
                self.mark(index, StepState::Running);
                (self.begun, self.is_written) = (Some(index), false);
            }
            let trouble = match self.look(index).await {
                Some(Ok(())) => continue,
                Some(Err(trouble)) => Some(trouble),
                None => None,
            };
            if !self.is_written {
                self.enter(None).await?;
            }
            match self.step(index, trouble).await {
                Ended::Done(outcome) => {
                    self.pass(index, outcome);
                    let progress = self.progress.clone();
                    self.enter(Some(progress)).await?;
                }
                Ended::Superseded => {
                    return supersede(self.site, self.journal).await;
                }
                Ended::Failed(Problem { code, message }) => {
                    let problem = Problem { code, message: redacted(&self.spec, &message) };
                    self.log(index).line(&format!("{}: {}", problem.code, problem.message));
                    self.attach_words(index).await;
                    self.mark(index, StepState::Failed);
                    self.journal.observed.problem = Some(problem);
                    self.enter(None).await?;
                }
            }
        }
        self.finish().await
    }

    /// Takes a step that only looks, if this is one and all is well at once. It is not written down by
    /// itself: whoever comes back after a crash looks again, and each write waits for the disk.
    async fn look(&mut self, index: usize) -> Option<Result<(), Trouble>> {
        let name = self.journal.observed.steps[index].name.parse::<StepName>();
        if !name.is_ok_and(StepName::only_looks) {
            return None;
        }
        let log = self.log(index);
        let looked = tokio::select! {
            biased;
            () = self.site.sleep_until(self.deadline) => return None,
            looked = self.attempt(index, &log) => looked,
        };
        Some(looked.map(|outcome| {
            self.pass(index, outcome);
            self.is_written = false;
        }))
    }

    /// A step is done, and the next one begins with that: nothing lies between them.
    fn pass(&mut self, index: usize, outcome: Outcome) {
        self.mark(index, StepState::Succeeded);
        self.take(index, outcome);
        let may_go_on = !self.is_superseded() && self.site.now() < self.deadline;
        self.begun = self.next_step().filter(|_| may_go_on);
        if let Some(next) = self.begun {
            self.mark(next, StepState::Running);
        }
    }

    fn next_step(&self) -> Option<usize> {
        let open = |step: &Step| matches!(step.state, StepState::Pending | StepState::Running);
        self.journal.observed.steps.iter().position(open)
    }

    fn mark(&mut self, index: usize, state: StepState) {
        let now = self.site.now();
        let step = &mut self.journal.observed.steps[index];
        step.state = state;
        if state == StepState::Running {
            // A step that is repeated after a crash began when it began first.
            step.started_at.get_or_insert(now);
        } else {
            step.ended_at = Some(now);
        }
    }

    fn take(&mut self, index: usize, outcome: Outcome) {
        if let Some(software) = outcome.software {
            self.progress.software = Some(software);
        }
        if outcome.place.is_some() || outcome.removed.is_some() {
            self.rendered = OnceLock::new();
        }
        if let Some(place) = outcome.place {
            self.progress.places.insert(place.member, place);
        }
        let step = &self.journal.observed.steps[index];
        if let Some(member) = step.member.filter(|_| step.name == StepName::StartMember.as_str()) {
            self.progress.begun_at.entry(member).or_insert(self.site.now());
        }
        if let Some(member) = outcome.removed {
            self.progress.places.remove(&member);
        }
    }

    async fn enter(&mut self, progress: Option<Progress>) -> Result<(), LedgerError> {
        self.journal.observed.at = self.site.now();
        let entered = self.site.ledger.enter(self.journal.clone(), progress).await?;
        self.journal = Journal::clone(&entered);
        self.is_written = true;
        self.site.moved.notify_one();
        self.site.look_at(self.spec.id);
        Ok(())
    }

    fn is_superseded(&self) -> bool {
        let wanted = self.site.ledger.generation(self.spec.id);
        wanted != Some(self.journal.observed.generation)
    }

    fn log(&self, index: usize) -> Log<'_> {
        Log {
            site: self.site,
            spec: &self.spec,
            operation: self.journal.observed.id,
            step: self.journal.observed.steps.get(index).map_or(0, |step| step.ordinal),
        }
    }

    /// Repeats a step until it ends, its deadline passes or, between two tries, a newer wish comes.
    /// `trouble` is what a first try met.
    async fn step(&self, index: usize, mut trouble: Option<Trouble>) -> Ended {
        let tries = async {
            let log = self.log(index);
            let mut wishes = self.site.wishes.subscribe();
            let (mut asked, mut failures, mut last_reason) = (0, 0, String::new());
            loop {
                let tried = match trouble.take() {
                    Some(met) => Err(met),
                    None => self.attempt(index, &log).await,
                };
                let met = match tried {
                    Ok(outcome) => return Ended::Done(outcome),
                    Err(Trouble::Refused(problem)) => return Ended::Failed(problem),
                    Err(met) => met,
                };
                let (hindrance, reason, pause) = match met {
                    Trouble::NotYet(reason) => {
                        asked += 1;
                        let pauses = Backoff::member(self.site.settings.probe_interval);
                        let pause = pauses.drawn(asked, self.site.ids.as_ref());
                        (Hindrance::Member, reason, pause)
                    }
                    Trouble::Away(reason) | Trouble::Refused(Problem { message: reason, .. }) => {
                        failures += 1;
                        let pause = Backoff::STEP.drawn(failures, self.site.ids.as_ref());
                        (Hindrance::Host, reason, pause)
                    }
                };
                self.note_attempt(index, hindrance, &reason, pause);
                // Tries of a host are far apart; a member is asked again and again.
                if hindrance == Hindrance::Host {
                    self.site.moved.notify_one();
                }
                if reason != last_reason {
                    log.line(&format!("Not yet: {reason}."));
                    last_reason = reason;
                }
                let mut pause = self.site.clock.sleep(pause);
                while !self.is_superseded() {
                    tokio::select! {
                        () = &mut pause => break,
                        _ = wishes.changed() => {}
                    }
                }
                if self.is_superseded() {
                    return Ended::Superseded;
                }
            }
        };
        let ended = tokio::select! {
            biased;
            () = self.site.sleep_until(self.deadline) => {
                let last = self.site.attempts().get(&self.journal.observed.id).cloned();
                Ended::Failed(deadline_passed(&self.journal, last.as_ref()))
            }
            ended = tries => ended,
        };
        self.site.attempts().remove(&self.journal.observed.id);
        ended
    }

    /// Keeps in mind that a step was tried in vain, for the next report.
    fn note_attempt(&self, index: usize, hindrance: Hindrance, reason: &str, pause: Duration) {
        let (now, operation) = (self.site.now(), self.journal.observed.id);
        let reason = redacted(&self.spec, reason.lines().next().unwrap_or_default());
        let mut attempts = self.site.attempts();
        let before = attempts.get(&operation);
        let attempt = Tried {
            operation,
            step: self.journal.observed.steps[index].ordinal,
            count: before.map_or(1, |before| before.count + 1),
            hindrance,
            reason: reason.chars().take(REASON_CHARACTERS).collect(),
            since: before.map_or(now, |before| before.since),
            next_at: now.plus(pause),
        };
        attempts.insert(operation, attempt);
    }

    async fn attempt(&self, index: usize, log: &Log<'_>) -> Result<Outcome, Trouble> {
        let step = &self.journal.observed.steps[index];
        let Ok(name) = step.name.parse::<StepName>() else {
            return Err(Trouble::Refused(Problem {
                code: "STEP_UNKNOWN".to_owned(),
                message: format!("This agent does not know the step `{}`; update it.", step.name),
            }));
        };
        // Waiting for a turn is not a failure of the semaphore: it is never closed.
        let _turn = self.site.places.acquire().await;
        let attempt = Attempt {
            runtime: self.site.runtime.as_ref(),
            spec: &self.spec,
            progress: &self.progress,
            hot: &self.journal.hot,
            rendered: &self.rendered,
            log,
        };
        attempt.carry_out(name, step.member).await
    }

    /// Writes down the outcome, after what a failed installation started was stopped.
    async fn finish(mut self) -> Result<(), LedgerError> {
        let now = self.site.now();
        for step in &mut self.journal.observed.steps {
            match step.state {
                StepState::Pending => step.state = StepState::Skipped,
                // Its agent ended in the middle of it, and it was too late to go on.
                StepState::Running => {
                    step.state = StepState::Skipped;
                    step.ended_at = Some(now);
                }
                _ => {}
            }
        }
        if self.journal.observed.problem.is_some() {
            if self.journal.installs {
                self.clean_up().await;
            }
            self.journal.observed.state = OperationState::Failed;
            self.progress.unsettled = true;
            self.progress.touched.extend(self.journal.touched.iter().cloned());
        } else {
            self.journal.observed.state = OperationState::Succeeded;
            self.reach();
        }
        let observed = &self.journal.observed;
        tracing::info!(
            instance.id = %observed.instance,
            operation.id = %observed.id,
            state = %observed.state,
            problem = observed.problem.as_ref().map(|problem| problem.code.as_str()),
            "operation ended"
        );
        let progress = self.progress.clone();
        self.enter(Some(progress)).await
    }

    /// What is true after success.
    fn reach(&mut self) {
        let (spec, progress) = (&self.spec, &mut self.progress);
        progress.unsettled = false;
        progress.runs = spec.wish == Wish::Running;
        progress.installed |= self.journal.installs;
        progress.removed = spec.wish == Wish::Deleted;
        progress.applied = spec.generation;
        if spec.wish == Wish::Running || progress.installed {
            progress.parameters = spec.parameters.clone();
            progress.build = Some(reconcile::build_of(spec));
            progress.touched.clear();
        }
    }

    /// What the member of a step that failed said last, for whoever reads why.
    async fn attach_words(&self, index: usize) {
        let Some(member) = self.journal.observed.steps[index].member else { return };
        // Whatever is in the way of this was in the way of the step, and was told.
        let lines = self.site.runtime.last_lines(member).await.unwrap_or_default();
        let log = self.log(index);
        lines.iter().for_each(|line| log.line(&format!("The member said: {line}")));
    }

    /// Nothing half-running is left behind. What never ran is removed; what ran keeps its directory
    /// as evidence until the deletion.
    async fn clean_up(&mut self) {
        let last = self.journal.observed.steps.len().saturating_sub(1);
        // Also one whose place was never finished may have left something.
        let members: Vec<MemberId> = self.spec.members.iter().map(|one| one.id).collect();
        for member in members {
            let has_run = self.progress.begun_at.contains_key(&member);
            let runtime = &self.site.runtime;
            let log = self.log(last);
            let cleaning = async {
                match runtime.stop(member, &log).await {
                    Ok(()) | Err(ConnectorError::NotFound) if has_run => Ok(()),
                    Ok(()) | Err(ConnectorError::NotFound) => runtime.remove(member, &log).await,
                    Err(error) => Err(error),
                }
            };
            let limit = self.site.clock.sleep(CLEANUP_LIMIT);
            let cleaned = tokio::select! { done = cleaning => Some(done), () = limit => None };
            let is_gone = cleaned == Some(Ok(())) && !has_run;
            match cleaned {
                Some(Ok(())) if is_gone => log.line("Removed, since it never ran."),
                Some(Ok(())) => log.line("Stopped, since the installation failed."),
                Some(Err(error)) => log.line(&format!("Could not be cleaned up: {error}.")),
                None => log.line("Could not be cleaned up in time."),
            }
            if is_gone {
                self.progress.places.remove(&member);
            }
        }
    }
}
