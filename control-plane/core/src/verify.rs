//! Proving that the database is consistent: every invariant looked at, every row in the wrong told.
//!
//! Nothing is written. The rules of the store see one state each; what takes several statements is
//! looked at a second time before it is told, since a running plane may have been in between.
//! Tenants, instances and records are read in parts, so memory does not grow with the database.
//! Bills are verified in `billing`, which also puts everything together.

use std::collections::BTreeMap;

use control_plane_store::verify::{self as rules, ROWS_MAX};
use control_plane_store::{audit, tenant};
use policies::permit::{FleetPermit, Task, task_scope};
use serde::Serialize;
use types::id::TenantId;

use crate::error::Result;
use crate::licence;
use crate::plane::Plane;

mod application;
mod budget;
mod history;
mod instance;
mod quota;

/// Something that must always be true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invariant {
    /// Its stable name.
    pub name: &'static str,
    /// What must be true, in one sentence.
    pub meaning: &'static str,
}

/// An invariant and the rows that break it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The invariant's name.
    pub invariant: &'static str,
    /// What must be true.
    pub meaning: &'static str,
    /// Rows in the wrong, by their keys, at most 100; none if the invariant holds.
    pub rows: Vec<String>,
    /// Whether there are more rows in the wrong.
    pub has_more: bool,
}

/// One row that breaks an invariant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// The invariant's name.
    pub invariant: &'static str,
    /// The row, by its key.
    pub row: String,
}

/// What takes more than one statement to see.
const INVARIANTS: &[Invariant] = &[
    Invariant {
        name: "audit_chain",
        meaning: "no record of an audit trail was changed, removed or put in between",
    },
    Invariant {
        name: "tree_history",
        meaning: "the history of a tenant's tree ends with the tree that there is",
    },
    Invariant {
        name: "application_below",
        meaning: "what is in an application lies at or below the application's organization",
    },
    Invariant {
        name: "application_acyclic",
        meaning: "nothing in an application needs itself, also not through others",
    },
    Invariant {
        name: "licence_limit",
        meaning: "a tenant has no more living members than all its licences together allow",
    },
    Invariant {
        name: "quota_counted",
        meaning: "a quota's counter says what the living instances at its node and below take",
    },
    Invariant {
        name: "budget_known",
        meaning: "a tenant has as many budgets as its row says, each an amount at a node that is \
                  there",
    },
    Invariant { name: "quota_kept", meaning: "no more is in use than a quota allows" },
    Invariant { name: "quota_nested", meaning: "no quota allows more than one above it" },
    Invariant {
        name: "members_per_topology",
        meaning: "an instance has the members of its topology, each with its role",
    },
    Invariant {
        name: "instance_state",
        meaning: "the state of an instance follows from its members and what is wanted of it",
    },
    Invariant {
        name: "lifecycle_complete",
        meaning: "instance, members and volumes have a history of their own, with an end exactly \
                  if the instance is gone",
    },
    Invariant {
        name: "asset_history",
        meaning: "the history of what a member is ends with what member and instance say",
    },
    Invariant {
        name: "audit_per_change",
        meaning: "each change of an instance has one record in the audit",
    },
    Invariant {
        name: "secrets_sealed",
        meaning: "the secrets of an instance are encrypted with the installation's key",
    },
    Invariant {
        name: "secrets_untold",
        meaning: "no secret of an instance stands in its configurations, problems, steps or logs",
    },
];

/// Rows in the wrong by invariant, as they are found.
#[derive(Debug, Default)]
pub struct Tally(BTreeMap<&'static str, Vec<String>>);

impl Tally {
    /// Notes a row; rows beyond what is told of one invariant count as "more".
    pub fn note(&mut self, invariant: &'static str, row: impl ToString) {
        let rows = self.0.entry(invariant).or_default();
        if rows.len() <= ROWS_MAX {
            rows.push(row.to_string());
        }
    }

    /// Whether nothing was noted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Leaves only what a second look noted again.
    pub fn keep(&mut self, again: &Self) {
        self.0.retain(|invariant, rows| {
            let seen = again.0.get(invariant);
            rows.retain(|row| seen.is_some_and(|seen| seen.contains(row)));
            !rows.is_empty()
        });
    }

    /// A finding for each invariant, also for those that hold.
    pub fn findings(mut self, invariants: &[Invariant]) -> Vec<Finding> {
        let finding = |invariant: &Invariant| {
            let rows = self.0.remove(invariant.name).unwrap_or_default();
            finding(*invariant, rows)
        };
        invariants.iter().map(finding).collect()
    }
}

fn finding(invariant: Invariant, mut rows: Vec<String>) -> Finding {
    let has_more = rows.len() > ROWS_MAX;
    rows.truncate(ROWS_MAX);
    Finding { invariant: invariant.name, meaning: invariant.meaning, rows, has_more }
}

/// Looks at every invariant but those of bills.
///
/// # Errors
/// If the database does not answer, or a row holds what this program cannot read.
pub async fn findings(plane: &Plane) -> Result<Vec<Finding>> {
    let reader = plane.store.fleet_read(&FleetPermit::task(Task::Verify));
    let mut findings = Vec::new();
    for rule in rules::rules() {
        let rows = rules::broken(&reader, rule).await?;
        findings.push(finding(Invariant { name: rule.name, meaning: rule.meaning }, rows));
    }
    let mut tally = look(plane).await?;
    if !tally.is_empty() {
        tally.keep(&look(plane).await?);
    }
    findings.extend(tally.findings(INVARIANTS));
    Ok(findings)
}

/// The rows of findings, one violation each.
pub fn violations(findings: Vec<Finding>) -> Vec<Violation> {
    let rows = findings.into_iter().flat_map(|finding| {
        let invariant = finding.invariant;
        finding.rows.into_iter().map(move |row| Violation { invariant, row })
    });
    rows.collect()
}

async fn look(plane: &Plane) -> Result<Tally> {
    let mut tally = Tally::default();
    let fleet = plane.store.fleet_read(&FleetPermit::task(Task::Verify));
    if let Some(number) = audit::verify_anywhere(&fleet, None).await?.broken {
        tally.note("audit_chain", format_args!("installation {number}"));
    }
    for row in tenant::all(&fleet).await? {
        if let Some(number) = audit::verify_anywhere(&fleet, Some(row.id)).await?.broken {
            tally.note("audit_chain", format_args!("{} {number}", row.id));
        }
        look_at_tenant(plane, row.id, &mut tally).await?;
    }
    Ok(tally)
}

async fn look_at_tenant(plane: &Plane, id: TenantId, tally: &mut Tally) -> Result<()> {
    let reader = plane.store.read(&task_scope(Task::Verify, id));
    history::look(&reader, tally).await?;
    application::look(&reader, tally).await?;
    if let Some((used, limit)) = licence::excess(&reader).await? {
        tally.note("licence_limit", format_args!("{id} {used} of {limit}"));
    }
    quota::look(&reader, tally).await?;
    budget::look(&reader, tally).await?;
    instance::look(plane, &reader, tally).await
}
