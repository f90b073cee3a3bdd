//! `lifecycle.jsonl` and what follows from it: what state and plan a resource had at any instant.

use serde::{Deserialize, Serialize};
use types::instance::State;
use types::instant::Instant;

use crate::calendar::Period;
use crate::timeline::Timeline;

/// A line of `lifecycle.jsonl`: the whole of a resource's state from `at` on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateLine {
    /// The resource.
    pub resource: String,
    /// What it is; the same in all its lines, like `cell` and `project`.
    pub kind: Kind,
    /// The cell it lives in.
    pub cell: String,
    /// The project it lives in.
    pub project: String,
    /// Its plan.
    pub plan: Option<String>,
    /// Its state.
    pub state: State,
    /// From when on it was so.
    pub at: Instant,
    /// When the plane recorded it.
    pub recorded_at: Instant,
    /// The first closing that took it. Follows from `recorded_at`, so it is never read.
    #[serde(skip_deserializing)]
    pub billed_in: Option<Period>,
    /// The instance it belongs to, for reports.
    #[serde(skip_deserializing)]
    pub instance: Option<String>,
    /// The application it belongs to, for reports.
    #[serde(skip_deserializing)]
    pub application: Option<String>,
    /// The package it was made from, for reports.
    #[serde(skip_deserializing)]
    pub package: Option<String>,
    /// Its tags, for reports.
    #[serde(skip_deserializing)]
    pub tags: Option<serde_json::Value>,
}

/// What a resource is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// What a user orders.
    Instance,
    /// One process or pod of it.
    Member,
    /// A computer bought from a provider.
    Machine,
    /// Storage of a member.
    Volume,
    /// A backup.
    Backup,
}

/// State and plan from an instant on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Condition<'w> {
    /// The state.
    pub state: State,
    /// The plan.
    pub plan: Option<&'w str>,
}

/// The whole life of a resource, as far as it is known.
#[derive(Clone, Debug)]
pub struct History<'w> {
    /// The resource.
    pub resource: &'w str,
    /// What it is.
    pub kind: Kind,
    /// The cell it lives in.
    pub cell: &'w str,
    /// The project it lives in.
    pub project: &'w str,
    /// Its conditions; the first `deleted` is the last of them.
    pub conditions: Timeline<Condition<'w>>,
}

impl<'w> History<'w> {
    /// The life told by lines of one resource, which are in order of recording: by instant, at one
    /// instant the last report, ended by the first `deleted`. None without lines.
    pub fn of(lines: &[&'w StateLine]) -> Option<Self> {
        let first = lines.first()?;
        let step = |line: &&'w StateLine| {
            (line.at, Condition { state: line.state, plan: line.plan.as_deref() })
        };
        let conditions = Timeline::new(lines.iter().map(step).collect())
            .ended_by(|condition| condition.state == State::Deleted);
        Some(Self {
            resource: &first.resource,
            kind: first.kind,
            cell: &first.cell,
            project: &first.project,
            conditions,
        })
    }

    /// The first instant in which it served: `running`, `degraded` or `updating`.
    pub fn first_service(&self) -> Option<(Instant, Condition<'w>)> {
        self.conditions.steps().iter().copied().find(|step| step.1.state.serves())
    }

    /// The intervals in which its state is one of those asked for, in order, not merged.
    pub fn time_in(&self, wanted: impl Fn(State) -> bool) -> Vec<(Instant, Instant)> {
        self.conditions
            .segments()
            .filter(|(_, _, condition)| wanted(condition.state))
            .map(|(start, end, _)| (start, end))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(state: State, second: i64) -> StateLine {
        StateLine {
            resource: "m".into(),
            kind: Kind::Member,
            cell: "c".into(),
            project: "p".into(),
            plan: None,
            state,
            at: Instant::from_seconds(second),
            recorded_at: Instant::from_seconds(second),
            billed_in: None,
            instance: None,
            application: None,
            package: None,
            tags: None,
        }
    }

    #[track_caller]
    fn check(reports: &[(State, i64)], expected: &[(State, i64)]) {
        let lines: Vec<_> = reports.iter().map(|(state, second)| line(*state, *second)).collect();
        let history = History::of(&lines.iter().collect::<Vec<_>>()).expect("a history");
        let steps: Vec<_> = history
            .conditions
            .steps()
            .iter()
            .map(|(at, condition)| (condition.state, at.seconds()))
            .collect();
        assert_eq!(steps, expected);
    }

    #[test]
    fn a_history_is_told_by_instant_and_ends_with_the_first_deletion() {
        use State::*;
        check(&[(Running, 5), (Provisioning, 1)], &[(Provisioning, 1), (Running, 5)]);
        check(&[(Running, 5), (Stopped, 5)], &[(Stopped, 5)]);
        check(
            &[(Running, 1), (Deleted, 9), (Deleted, 6), (Running, 7)],
            &[(Running, 1), (Deleted, 6)],
        );
        check(&[(Deleted, 4), (Running, 4), (Deleted, 8)], &[(Running, 4), (Deleted, 8)]);
    }
}
