//! The steps of an operation, decided from what is here and written down before the first one runs.

use std::collections::BTreeSet;

use types::id::MemberId;
use types::instance::{InstanceSpec, Wish};
use types::instant::Instant;
use types::operation::{OperationObserved, OperationState, Problem, Step, StepState};

use crate::ledger::{Journal, LedgerError, Progress};
use crate::package;
use crate::reconcile::{self, Plan, Wanted};
use crate::site::Site;

use super::repair::LIMIT;

/// Decides on the steps and writes them down. A specification that cannot be understood gives an
/// operation that failed before its first step.
pub(super) async fn begin(site: &Site, spec: &InstanceSpec) -> Result<Journal, LedgerError> {
    let progress = site.ledger.progress(spec.id);
    let (plan, problem) = match draw(site, spec, &progress) {
        Ok(plan) => (plan, None),
        Err(problem) => {
            let touched = reconcile::changed_parameters(spec, &progress);
            let plan = Plan { steps: Vec::new(), installs: false, hot: BTreeSet::new(), touched };
            (plan, Some(problem))
        }
    };
    enter(site, journal(spec, plan, problem, site.now())).await
}

/// Takes up again what had failed: the same operation with the steps that are needed now. What the
/// plane was told of its outcome stands.
pub(super) async fn take_up(
    site: &Site,
    spec: &InstanceSpec,
    failed: &Journal,
    deadline: Instant,
) -> Result<Option<Journal>, LedgerError> {
    let plan = match draw(site, spec, &site.ledger.progress(spec.id)) {
        Ok(plan) => plan,
        Err(problem) => {
            tracing::warn!(instance.id = %spec.id, problem = problem.message, "cannot be repaired");
            return Ok(None);
        }
    };
    let outcome = failed.outcome.clone().unwrap_or_else(|| Box::new(failed.observed.clone()));
    let fresh = Journal {
        deadline,
        outcome: Some(outcome),
        last_line: failed.last_line,
        version: failed.version,
        ..journal(spec, plan, None, site.now())
    };
    enter(site, fresh).await.map(Some)
}

fn journal(spec: &InstanceSpec, plan: Plan, problem: Option<Problem>, at: Instant) -> Journal {
    let steps = (0..).zip(&plan.steps).map(|(ordinal, step)| Step {
        ordinal,
        name: step.name.to_string(),
        member: step.member,
        state: StepState::Pending,
        started_at: None,
        ended_at: None,
    });
    Journal {
        observed: OperationObserved {
            id: spec.operation.id,
            instance: spec.id,
            generation: spec.generation,
            state: OperationState::Running,
            steps: steps.collect(),
            problem,
            at,
        },
        outcome: None,
        kind: spec.operation.kind,
        // What was done once is found again, however late that is.
        deadline: match spec.operation.is_done {
            true => spec.operation.deadline.max(at.plus(LIMIT)),
            false => spec.operation.deadline,
        },
        installs: plan.installs,
        hot: plan.hot,
        touched: plan.touched,
        last_line: 0,
        version: 0,
    }
}

async fn enter(site: &Site, journal: Journal) -> Result<Journal, LedgerError> {
    let entered = site.ledger.enter(journal, None).await?;
    site.moved.notify_one();
    Ok(Journal::clone(&entered))
}

fn draw(site: &Site, spec: &InstanceSpec, progress: &Progress) -> Result<Plan, Problem> {
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
