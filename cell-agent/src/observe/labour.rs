//! What is being done with an instance, as the ledger has it.

use std::collections::BTreeMap;

use types::id::MemberId;
use types::instance::{InstanceSpec, State, Wish};
use types::instant::Instant;
use types::operation::{OperationKind, OperationState, Step, StepState};

use super::Labour;
use super::glance::Seen;
use crate::ledger::Progress;
use crate::operation::repair;
use crate::reconcile::StepName;
use crate::site::Site;

/// What is being done with the instance.
pub(super) fn of(site: &Site, spec: &InstanceSpec, progress: &Progress) -> Labour {
    let journal = site.ledger.journal(spec.operation.id);
    let ended = journal.map(|journal| journal.observed.state).filter(|state| state.is_final());
    match (ended, spec.wish) {
        (None, Wish::Deleted) => Labour::Deleting,
        (None, Wish::Stopped) => Labour::Stopping,
        (None, Wish::Running) if !progress.installed => Labour::Installing,
        (None, Wish::Running) if spec.operation.kind == OperationKind::Change && progress.runs => {
            Labour::Changing
        }
        (None, Wish::Running) => Labour::Starting,
        (Some(OperationState::Succeeded), _) => Labour::Settled,
        (Some(_), Wish::Running) if !progress.installed => Labour::NeverMade,
        (Some(_), _) if !progress.unsettled => Labour::Settled,
        (Some(_), _) => Labour::Unsettled,
    }
}

/// The state that the work in hand brings, and since when.
pub(super) fn brings(site: &Site, spec: &InstanceSpec) -> Option<(State, Instant)> {
    let state = match spec.wish {
        Wish::Deleted => State::Deleting,
        Wish::Running if spec.operation.kind == OperationKind::Change => State::Updating,
        Wish::Running | Wish::Stopped => return None,
    };
    let journal = site.ledger.journal(spec.operation.id)?;
    let begun = journal.observed.steps.iter().filter_map(|step| step.started_at).min()?;
    Some((state, begun))
}

/// Whether the removal of a member was done.
pub(super) fn is_removed(
    site: &Site,
    spec: &InstanceSpec,
    progress: &Progress,
    member: MemberId,
) -> bool {
    let journal = site.ledger.journal(spec.operation.id);
    let is_done = |step: &Step| {
        step.name == StepName::RemoveMember.as_str()
            && step.member == Some(member)
            && step.state == StepState::Succeeded
    };
    progress.removed || journal.is_some_and(|journal| journal.observed.steps.iter().any(is_done))
}

/// Whether nobody is at work on the instance although it is not as it is wanted.
pub(super) fn is_straying(
    site: &Site,
    spec: &InstanceSpec,
    progress: &Progress,
    labour: Labour,
    members: &BTreeMap<MemberId, Seen>,
) -> bool {
    if !matches!(labour, Labour::Settled | Labour::Unsettled) {
        return false;
    }
    let journal = site.ledger.journal(spec.operation.id);
    let processes = members.values().filter_map(|seen| seen.member.as_ref().ok());
    journal.is_some_and(|journal| repair::is_owed(spec, &journal, progress))
        || processes.into_iter().any(|seen| repair::strays(spec.wish, seen.process))
}
