//! What is to be done for an instance: pure. From what is wanted and what was reached follow the
//! steps; carrying them out is left to `operation`.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};
use types::id::MemberId;
use types::instance::{InstanceSpec, Wish};
use types::text_enum;

use crate::ledger::{Build, Progress};

text_enum! {
    /// The kinds of steps, by the names that the portal translates.
    StepName {
        /// The product exists for the host's processors.
        CheckArchitecture = "check-architecture",
        /// The product's files are here or can be had.
        CheckMedium = "check-medium",
        /// There are user ids for the members.
        CheckUsers = "check-users",
        /// There are ports for the members.
        CheckPorts = "check-ports",
        /// There is memory for the members.
        CheckMemory = "check-memory",
        /// There is disk for the members.
        CheckDisk = "check-disk",
        /// The product's files are brought here and checked.
        FetchMedia = "fetch-media",
        /// Directory, user and port of a member are reserved.
        PlaceMember = "place-member",
        /// A member's files are written.
        WriteConfiguration = "write-configuration",
        /// A member's process is started unless it runs.
        StartMember = "start-member",
        /// A member answers its health probe.
        WaitHealthy = "wait-healthy",
        /// A member has the role it was made with.
        CheckRole = "check-role",
        /// Changed parameters reach a running member by a command.
        ApplyParameters = "apply-parameters",
        /// A member's process is stopped and started.
        RestartMember = "restart-member",
        /// A member's process is stopped; its data stays.
        StopMember = "stop-member",
        /// A member is removed with its data.
        RemoveMember = "remove-member",
    }
}

impl StepName {
    /// Whether it changes nothing, wherever it ends.
    pub fn only_looks(self) -> bool {
        PREFLIGHT.contains(&self) || matches!(self, Self::WaitHealthy | Self::CheckRole)
    }
}

/// A step to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlannedStep {
    /// What is done.
    pub name: StepName,
    /// On which member; none for the instance as a whole.
    pub member: Option<MemberId>,
}

/// What an operation is going to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Its steps, in order.
    pub steps: Vec<PlannedStep>,
    /// It makes the instance for the first time.
    pub installs: bool,
    /// Parameters that reach running members by a command.
    pub hot: BTreeSet<String>,
    /// Parameters whose values in effect are uncertain if this does not succeed.
    pub touched: BTreeSet<String>,
}

/// What a decision is made from, beside what was reached.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The specification.
    pub spec: &'a InstanceSpec,
    /// Its members in the order of their start.
    pub start_order: &'a [MemberId],
    /// Its members in the order of a rolling restart: the primary as it is now comes last.
    pub restart_order: &'a [MemberId],
    /// Which parameters reach running members by a command.
    pub hot: &'a BTreeSet<String>,
    /// Parameters whose values may differ from those in effect.
    pub changed: &'a BTreeSet<String>,
}

/// Decides what makes the wish true.
pub fn decide(wanted: Wanted<'_>, reached: &Progress) -> Plan {
    let Wanted { spec, start_order, restart_order, hot, changed } = wanted;
    let mut steps = Steps::default();
    let installs = !reached.installed && spec.wish == Wish::Running;
    let needs_restart = reached.build.as_ref().is_some_and(|build| *build != build_of(spec))
        || changed.difference(hot).next().is_some();
    match spec.wish {
        Wish::Deleted => {
            steps.each(start_order.iter().rev(), &[StepName::StopMember]);
            steps.each(start_order.iter().rev(), &[StepName::RemoveMember]);
        }
        Wish::Stopped => {
            steps.each(start_order.iter().rev(), &[StepName::StopMember]);
            if reached.installed && !changed.is_empty() {
                steps.each(start_order, &[StepName::WriteConfiguration]);
            }
        }
        Wish::Running if installs => {
            PREFLIGHT.iter().for_each(|check| steps.whole(*check));
            steps.whole(StepName::FetchMedia);
            steps.each(start_order, &[StepName::PlaceMember]);
            steps.each(start_order, START);
        }
        Wish::Running if !runs(reached) => steps.each(start_order, START),
        Wish::Running if needs_restart => steps.each(restart_order, RESTART),
        Wish::Running if reached.unsettled => {
            steps.each(start_order, START);
            if !hot.is_empty() {
                steps.each(start_order, &[StepName::ApplyParameters]);
            }
        }
        Wish::Running if changed.is_empty() => steps.each(start_order, START),
        Wish::Running => steps.each(start_order, HOT),
    }
    let hot = if needs_restart { BTreeSet::new() } else { hot.clone() };
    Plan { steps: steps.0, installs, hot, touched: changed.clone() }
}

/// Before anything changes.
const PREFLIGHT: &[StepName] = &[
    StepName::CheckArchitecture,
    StepName::CheckMedium,
    StepName::CheckUsers,
    StepName::CheckPorts,
    StepName::CheckMemory,
    StepName::CheckDisk,
];
const START: &[StepName] = &[
    StepName::WriteConfiguration,
    StepName::StartMember,
    StepName::WaitHealthy,
    StepName::CheckRole,
];
const RESTART: &[StepName] =
    &[StepName::WriteConfiguration, StepName::RestartMember, StepName::WaitHealthy];
const HOT: &[StepName] = &[StepName::WriteConfiguration, StepName::ApplyParameters];

/// Whether processes ran when the last operation succeeded: after a stop they read their files
/// when they start.
fn runs(reached: &Progress) -> bool {
    reached.runs || reached.unsettled
}

#[derive(Default)]
struct Steps(Vec<PlannedStep>);

impl Steps {
    fn whole(&mut self, name: StepName) {
        self.0.push(PlannedStep { name, member: None });
    }

    fn each<'a>(&mut self, members: impl IntoIterator<Item = &'a MemberId>, names: &[StepName]) {
        for member in members {
            let steps = names.iter().map(|name| PlannedStep { name: *name, member: Some(*member) });
            self.0.extend(steps);
        }
    }
}

/// The parameters that may differ from what is in effect: changed ones, and those that an operation
/// without success may have changed on some member.
pub fn changed_parameters(spec: &InstanceSpec, reached: &Progress) -> BTreeSet<String> {
    let (before, after) = (&reached.parameters, &spec.parameters);
    let names = before.keys().chain(after.keys());
    let differing = names.filter(|name| before.get(*name) != after.get(*name));
    let known = reached
        .touched
        .iter()
        .filter(|name| before.contains_key(*name) || after.contains_key(*name));
    differing.chain(known).cloned().collect()
}

/// The order of a rolling restart: what is primary now comes last, else what started first.
pub fn restart_order(
    start_order: &[MemberId],
    is_primary: impl Fn(MemberId) -> bool,
) -> Vec<MemberId> {
    let mut order: Vec<_> = start_order.iter().rev().copied().collect();
    // Stable, so that the order of the start still decides among equals.
    order.sort_by_key(|member| is_primary(*member));
    order
}

/// What only a restart can change in a running process.
pub fn build_of(spec: &InstanceSpec) -> Build {
    let mut hash = Sha256::new();
    // Those that users gave have a fingerprint among the parameters, and change like these.
    let made = spec.secrets.iter().filter(|(name, _)| !spec.parameters.contains_key(*name));
    for (name, secret) in made {
        for part in [name.as_str(), secret.reveal()] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
    }
    Build {
        software_version: spec.software_version.clone(),
        size: spec.size,
        secrets: data_encoding::HEXLOWER.encode(&hash.finalize()),
    }
}

#[cfg(test)]
mod tests;
