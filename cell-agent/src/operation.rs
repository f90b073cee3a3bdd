//! Carries out the operation of one instance: each step is journaled before it runs and after it
//! ended, so that a killed agent goes on where it was.
//!
//! What the steps are, `reconcile` decides; what one does, is in `step`.

mod step;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use connectors::runtime::StepLog;
use types::id::{InstanceId, MemberId, OperationId};
use types::instance::{InstanceSpec, Wish};
use types::operation::{OperationObserved, OperationState, Problem, Step, StepState};

use crate::backoff::Backoff;
use crate::ledger::{Journal, LedgerError, Progress};
use crate::package;
use crate::reconcile::{self, Plan, StepName, Wanted};
use crate::redact::redacted;
use crate::site::Site;
use step::{Attempt, Outcome, Trouble};

/// No longer is waited for a member to stop after a failed installation.
const CLEANUP_LIMIT: Duration = Duration::from_secs(60);

/// Makes the newest wish of an instance true, or says why not. Returns when its operation is final
/// or was superseded; then there is a newer one.
pub(crate) async fn run(site: &Site, instance: InstanceId) -> Result<(), LedgerError> {
    close_older(site, instance)?;
    let Some(spec) = site.ledger.spec(instance) else { return Ok(()) };
    let journal = match site.ledger.journal(spec.operation.id) {
        Some(journal) => Journal::clone(&journal),
        None => begin(site, &spec)?,
    };
    if journal.observed.state.is_final() {
        return Ok(());
    }
    let progress = Progress::clone(&site.ledger.progress(instance));
    Work { site, spec, journal, progress }.carry_out().await
}

/// Whether an instance has work to be done.
pub(crate) fn is_due(site: &Site, spec: &InstanceSpec) -> bool {
    let journal = site.ledger.journal(spec.operation.id);
    journal.is_none_or(|journal| !journal.observed.state.is_final())
}

/// Ends what an older generation left unfinished, e.g. because the agent was killed in between.
fn close_older(site: &Site, instance: InstanceId) -> Result<(), LedgerError> {
    let wanted = site.ledger.spec(instance).map(|spec| spec.operation.id);
    for journal in site.ledger.journals() {
        let observed = &journal.observed;
        let is_older = observed.instance == instance && Some(observed.id) != wanted;
        if is_older && !observed.state.is_final() {
            supersede(site, Journal::clone(&journal))?;
        }
    }
    Ok(())
}

fn supersede(site: &Site, mut journal: Journal) -> Result<(), LedgerError> {
    let now = site.now();
    let mut progress = Progress::clone(&site.ledger.progress(journal.observed.instance));
    progress.unsettled = true;
    progress.touched.extend(journal.touched.iter().cloned());
    for step in &mut journal.observed.steps {
        match step.state {
            StepState::Pending => step.state = StepState::Skipped,
            StepState::Running => {
                step.state = StepState::Skipped;
                step.ended_at = Some(now);
            }
            _ => {}
        }
    }
    journal.observed.state = OperationState::Superseded;
    journal.observed.problem = None;
    journal.observed.at = now;
    site.ledger.enter(journal, Some(progress))?;
    site.moved.notify_one();
    Ok(())
}

/// Decides on the steps and writes them down. A specification that cannot be understood gives an
/// operation that failed before its first step.
fn begin(site: &Site, spec: &InstanceSpec) -> Result<Journal, LedgerError> {
    let progress = site.ledger.progress(spec.id);
    let (plan, problem) = match plan(site, spec, &progress) {
        Ok(plan) => (plan, None),
        Err(problem) => {
            let touched = reconcile::changed_parameters(spec, &progress);
            let plan = Plan { steps: Vec::new(), installs: false, hot: BTreeSet::new(), touched };
            (plan, Some(problem))
        }
    };
    let steps = (0..).zip(&plan.steps).map(|(ordinal, step)| Step {
        ordinal,
        name: step.name.to_string(),
        member: step.member,
        state: StepState::Pending,
        started_at: None,
        ended_at: None,
    });
    let journal = Journal {
        observed: OperationObserved {
            id: spec.operation.id,
            instance: spec.id,
            generation: spec.generation,
            state: OperationState::Running,
            steps: steps.collect(),
            problem,
            at: site.now(),
        },
        kind: spec.operation.kind,
        deadline: spec.operation.deadline,
        installs: plan.installs,
        hot: plan.hot,
        touched: plan.touched,
        last_line: 0,
        version: 0,
    };
    let entered = site.ledger.enter(journal, None)?;
    site.moved.notify_one();
    Ok(Journal::clone(&entered))
}

fn plan(site: &Site, spec: &InstanceSpec, progress: &Progress) -> Result<Plan, Problem> {
    let same_members = spec.members.iter().all(|member| progress.places.contains_key(&member.id))
        && spec.members.len() == progress.places.len();
    if progress.installed && !progress.removed && !same_members && spec.wish != Wish::Deleted {
        return Err(Problem {
            code: "MEMBERS_CHANGED".to_owned(),
            message: "This agent cannot change the members of an installed instance.".to_owned(),
        });
    }
    // Deleting must not depend on a package that is not there any more.
    let start_order = match package::start_order(spec) {
        Ok(order) => order,
        Err(_) if spec.wish != Wish::Running => spec.members.iter().map(|one| one.id).collect(),
        Err(problem) => return Err(problem),
    };
    let changed = reconcile::changed_parameters(spec, progress);
    let hot = package::hot(spec, &changed).unwrap_or_default();
    let leading = spec.members.iter().find(|one| Some(&one.id) == start_order.first());
    let leading = leading.map(|member| member.role.clone());
    let is_primary = |member: MemberId| site.role(spec.id, member) == leading;
    let restart_order = reconcile::restart_order(&start_order, is_primary);
    let wanted = Wanted {
        spec,
        start_order: &start_order,
        restart_order: &restart_order,
        hot: &hot,
        changed: &changed,
    };
    Ok(reconcile::decide(wanted, progress))
}

/// Starts a member again that should run and does not, though nobody stopped it: after the host
/// itself was started again. What does not work is tried again at the next look.
pub(crate) async fn repair(site: &Site, instance: InstanceId, member: MemberId) {
    let Some(spec) = site.ledger.spec(instance) else { return };
    if is_due(site, &spec) || spec.wish != Wish::Running {
        return;
    }
    let progress = site.ledger.progress(instance);
    let _turn = site.places.acquire().await;
    let attempt = Attempt {
        runtime: site.runtime.as_ref(),
        spec: &spec,
        progress: &progress,
        hot: &BTreeSet::new(),
        log: &Quiet,
    };
    tracing::warn!(instance.id = %instance, member.id = %member, "starting a member that stood still");
    for name in [StepName::WriteConfiguration, StepName::StartMember] {
        if let Err(trouble) = attempt.carry_out(name, Some(member)).await {
            tracing::warn!(member.id = %member, step = %name, ?trouble, "could not start it again");
            return;
        }
    }
    site.look.notify_one();
}

/// Repairs have no operation whose log could be written.
struct Quiet;

impl StepLog for Quiet {
    fn line(&self, text: &str) {
        tracing::debug!(text, "repair");
    }
}

/// How a step ended.
enum Ended {
    Done(Outcome),
    Failed(Problem),
    Superseded,
}

struct Work<'a> {
    site: &'a Site,
    spec: Arc<InstanceSpec>,
    journal: Journal,
    progress: Progress,
}

impl Work<'_> {
    async fn carry_out(mut self) -> Result<(), LedgerError> {
        while self.journal.observed.problem.is_none() {
            if self.is_superseded() {
                return supersede(self.site, self.journal);
            }
            let Some(index) = self.next_step() else { break };
            self.mark(index, StepState::Running);
            self.enter(None)?;
            match self.step(index).await {
                Ended::Done(outcome) => {
                    self.mark(index, StepState::Succeeded);
                    self.take(outcome);
                    let progress = self.progress.clone();
                    self.enter(Some(progress))?;
                }
                Ended::Superseded => return supersede(self.site, self.journal),
                Ended::Failed(Problem { code, message }) => {
                    let problem = Problem { code, message: redacted(&self.spec, &message) };
                    self.log(index).line(&format!("{}: {}", problem.code, problem.message));
                    self.mark(index, StepState::Failed);
                    self.journal.observed.problem = Some(problem);
                    self.enter(None)?;
                }
            }
        }
        self.finish().await
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

    fn take(&mut self, outcome: Outcome) {
        if let Some(software) = outcome.software {
            self.progress.software = Some(software);
        }
        if let Some(place) = outcome.place {
            self.progress.places.insert(place.member, place);
        }
        if let Some(member) = outcome.removed {
            self.progress.places.remove(&member);
        }
    }

    fn enter(&mut self, progress: Option<Progress>) -> Result<(), LedgerError> {
        self.journal.observed.at = self.site.now();
        let entered = self.site.ledger.enter(self.journal.clone(), progress)?;
        self.journal = Journal::clone(&entered);
        self.site.moved.notify_one();
        self.site.look.notify_one();
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
    async fn step(&self, index: usize) -> Ended {
        let tries = async {
            let log = self.log(index);
            let mut wishes = self.site.wishes.subscribe();
            let (mut failures, mut last_reason) = (0, String::new());
            loop {
                let trouble = match self.attempt(index, &log).await {
                    Ok(outcome) => return Ended::Done(outcome),
                    Err(Trouble::Refused(problem)) => return Ended::Failed(problem),
                    Err(trouble) => trouble,
                };
                let (reason, pause) = match trouble {
                    Trouble::NotYet(reason) => (reason, self.site.settings.probe_interval),
                    Trouble::Away(reason) | Trouble::Refused(Problem { message: reason, .. }) => {
                        failures += 1;
                        (reason, Backoff::STEP.drawn(failures, self.site.ids.as_ref()))
                    }
                };
                if reason != last_reason {
                    log.line(&format!("Not yet: {reason}."));
                    last_reason = reason;
                }
                let until = self.site.clock.now().plus(pause);
                while !self.is_superseded() {
                    tokio::select! {
                        () = self.site.clock.sleep_until(until) => break,
                        _ = wishes.changed() => {}
                    }
                }
                if self.is_superseded() {
                    return Ended::Superseded;
                }
            }
        };
        tokio::select! {
            biased;
            () = self.site.sleep_until(self.journal.deadline) => Ended::Failed(Problem {
                code: "DEADLINE_PASSED".to_owned(),
                message: format!(
                    "The operation did not end before {}; its log says how far it came.",
                    self.journal.deadline
                ),
            }),
            ended = tries => ended,
        }
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
            log,
        };
        attempt.carry_out(name, step.member).await
    }

    /// Writes down the outcome, after what a failed installation started was stopped.
    async fn finish(mut self) -> Result<(), LedgerError> {
        for step in &mut self.journal.observed.steps {
            if step.state == StepState::Pending {
                step.state = StepState::Skipped;
            }
        }
        if self.journal.observed.problem.is_some() {
            if self.journal.installs {
                self.stop_members().await;
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
        self.enter(Some(progress))
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

    /// Nothing half-running is left behind; the directories stay as evidence until the deletion.
    async fn stop_members(&self) {
        let last = self.journal.observed.steps.len().saturating_sub(1);
        let log = self.log(last);
        for member in self.progress.places.keys() {
            let stopping = self.site.runtime.stop(*member, &log);
            let limit = self.site.clock.sleep(CLEANUP_LIMIT);
            let stopped =
                tokio::select! { stopped = stopping => Some(stopped), () = limit => None };
            match stopped {
                Some(Ok(())) => log.line("Stopped, since the installation failed."),
                Some(Err(error)) => log.line(&format!("Could not be stopped: {error}.")),
                None => log.line("Did not stop in time."),
            }
        }
    }
}

/// Takes the lines of one step.
struct Log<'a> {
    site: &'a Site,
    spec: &'a InstanceSpec,
    operation: OperationId,
    step: i32,
}

/// No line of a log is longer.
const LINE_CHARACTERS: usize = 2_000;

impl StepLog for Log<'_> {
    fn line(&self, text: &str) {
        for line in text.lines().map(str::trim_end).filter(|line| !line.is_empty()) {
            let line: String = line.chars().take(LINE_CHARACTERS).collect();
            // Runtimes do not log secrets; should a product do it, they stop here.
            let line = redacted(self.spec, &line);
            self.site.ledger.line(self.operation, self.step, self.site.now(), line);
        }
        self.site.moved.notify_one();
    }
}
