//! Carries out the operation of one instance: each step that changes something is journaled before it
//! runs and after it ended, so that a killed agent goes on where it was.
//!
//! What the steps are, `reconcile` decides and `plan` writes down; `work` goes through them; what
//! one does, is in `step`. Without an operation, `repair` keeps an instance at its wish.

mod log;
mod plan;
pub(crate) mod repair;
mod step;
mod work;

use types::id::InstanceId;
use types::instance::InstanceSpec;
use types::operation::{OperationState, StepState};

use crate::ledger::{Journal, LedgerError, Progress};
use crate::site::Site;
use work::Work;

/// Makes the newest wish of an instance true, or says why not. Returns when its operation is final
/// or was superseded; then there is a newer one.
pub(crate) async fn run(site: &Site, instance: InstanceId) -> Result<(), LedgerError> {
    close_older(site, instance).await?;
    let Some(spec) = site.ledger.spec(instance) else { return Ok(()) };
    let journal = match site.ledger.journal(spec.operation.id) {
        Some(journal) => Journal::clone(&journal),
        None => plan::begin(site, &spec).await?,
    };
    if journal.observed.state.is_final() {
        return Ok(());
    }
    Work::new(site, spec, journal).carry_out().await
}

/// Whether an instance has work to be done.
pub(crate) fn is_due(site: &Site, spec: &InstanceSpec) -> bool {
    let journal = site.ledger.journal(spec.operation.id);
    journal.is_none_or(|journal| !journal.observed.state.is_final())
}

/// Ends what an older generation left unfinished, e.g. because the agent was killed in between.
async fn close_older(site: &Site, instance: InstanceId) -> Result<(), LedgerError> {
    let wanted = site.ledger.spec(instance).map(|spec| spec.operation.id);
    for journal in site.ledger.journals() {
        let observed = &journal.observed;
        let is_older = observed.instance == instance && Some(observed.id) != wanted;
        if is_older && !observed.state.is_final() {
            supersede(site, Journal::clone(&journal)).await?;
        }
    }
    Ok(())
}

async fn supersede(site: &Site, mut journal: Journal) -> Result<(), LedgerError> {
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
    site.ledger.enter(journal, Some(progress)).await?;
    site.moved.notify_one();
    Ok(())
}
