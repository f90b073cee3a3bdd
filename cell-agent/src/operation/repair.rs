//! Brings an instance back to its wish when nobody is at work on it: a member that stands still or
//! runs against the wish, a change that came too late to be tried, a deletion that did not end.
//!
//! An installation that failed is left alone: it was cleaned up, and its owner was told.

use std::collections::BTreeSet;
use std::sync::OnceLock;
use std::time::Duration;

use connectors::runtime::ProcessState;
use types::id::{InstanceId, MemberId};
use types::instance::{InstanceSpec, Wish};
use types::operation::{Attempt, OperationState, Problem, StepState};

use super::log::Quiet;
use super::step::Attempt as Try;
use super::work::Work;
use super::{is_due, plan};
use crate::ledger::{Journal, LedgerError, Progress};
use crate::reconcile::StepName;
use crate::site::Site;

/// The code of an operation that its deadline ended.
pub(super) const DEADLINE_PASSED: &str = "DEADLINE_PASSED";

/// What is taken up again has so long.
pub(super) const LIMIT: Duration = Duration::from_secs(1_800);

/// Whether a process is what the wish says, as far as a repair can do something about it.
pub(crate) fn strays(wish: Wish, process: ProcessState) -> bool {
    match wish {
        // One that its keeper gave up on would only end again.
        Wish::Running => process == ProcessState::Stopped,
        Wish::Stopped => matches!(process, ProcessState::Running | ProcessState::Backoff),
        Wish::Deleted => false,
    }
}

/// Whether the operation failed, and its work can and must be done all the same.
pub(crate) fn is_owed(spec: &InstanceSpec, journal: &Journal, progress: &Progress) -> bool {
    if journal.observed.state != OperationState::Failed {
        return false;
    }
    match spec.wish {
        Wish::Deleted => !progress.removed,
        Wish::Stopped => was_cut_off(journal),
        Wish::Running => progress.installed && was_cut_off(journal),
    }
}

/// Its deadline had passed before its steps could be tried: the cell was away. One that was tried
/// in vain is not tried again by itself.
fn was_cut_off(journal: &Journal) -> bool {
    let observed = &journal.observed;
    observed.problem.as_ref().is_some_and(|problem| problem.code == DEADLINE_PASSED)
        && observed.steps.iter().all(|step| step.state != StepState::Failed)
}

/// One try; what does not work is tried again later, more and more slowly.
pub(crate) async fn run(site: &Site, instance: InstanceId) -> Result<(), LedgerError> {
    let Some(spec) = site.ledger.spec(instance) else { return Ok(()) };
    let Some(journal) = site.ledger.journal(spec.operation.id) else { return Ok(()) };
    if is_due(site, &spec) {
        return Ok(());
    }
    let progress = site.ledger.progress(instance);
    if is_owed(&spec, &journal, &progress) {
        tracing::warn!(instance.id = %instance, wish = %spec.wish, "doing late what is still wanted");
        let deadline = site.now().plus(LIMIT);
        let taken_up = plan::take_up(site, &spec, &journal, deadline).await?;
        let Some(journal) = taken_up else { return Ok(()) };
        return Work::new(site, spec, journal).carry_out().await;
    }
    if spec.wish == Wish::Running && !progress.installed {
        return Ok(());
    }
    for member in progress.places.keys() {
        repair(site, &spec, &progress, *member).await;
    }
    site.look_at(instance);
    Ok(())
}

async fn repair(site: &Site, spec: &InstanceSpec, progress: &Progress, member: MemberId) {
    let _turn = site.places.acquire().await;
    let process = site.runtime.see(member).await.map(|seen| seen.process);
    // A newer wish has its own operation.
    if is_due(site, spec) || !process.is_ok_and(|process| strays(spec.wish, process)) {
        return;
    }
    let names: &[StepName] = match spec.wish {
        Wish::Running => &[StepName::WriteConfiguration, StepName::StartMember],
        Wish::Stopped | Wish::Deleted => &[StepName::StopMember],
    };
    tracing::warn!(instance.id = %spec.id, member.id = %member, wish = %spec.wish, "repairing a member");
    let hot = BTreeSet::new();
    let runtime = site.runtime.as_ref();
    let rendered = OnceLock::new();
    let attempt = Try { runtime, spec, progress, hot: &hot, rendered: &rendered, log: &Quiet };
    for name in names {
        if let Err(trouble) = attempt.carry_out(*name, Some(member)).await {
            tracing::warn!(member.id = %member, step = %name, ?trouble, "could not be repaired");
            return;
        }
    }
}

/// Why an operation ended at its deadline, with what it waited for last.
pub(super) fn deadline_passed(journal: &Journal, last: Option<&Attempt>) -> Problem {
    let waited = last.map(|last| format!(" It waited for this: {}.", last.reason));
    Problem {
        code: DEADLINE_PASSED.to_owned(),
        message: format!(
            "The operation did not end before {}; its log says how far it came.{}",
            journal.deadline,
            waited.unwrap_or_default()
        ),
    }
}
