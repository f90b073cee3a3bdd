//! Which approvals a mutation would wait for, told before it is asked for.

use std::collections::{BTreeSet, HashMap};

use control_plane_store::Covered;
use control_plane_store::instance::Instance;
use policies::role::Node;
use types::id::{InstanceId, ProjectId};

use crate::approval_rule::{self, Facts, Rule};
use crate::call::Call;
use crate::error::Result;
use crate::price_book::Pricing;
use crate::{configuration, instance};

/// A rule that would make it wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ahead {
    /// Where it stands: who approves there decides.
    pub node: Node,
    /// How many other people have to approve.
    pub approvers: i32,
}

/// What an order would wait for.
pub(crate) async fn of_order(
    call: &Call,
    project: ProjectId,
    facts: &Facts<'_>,
) -> Result<Vec<Ahead>> {
    Ok(covering(&approval_rule::over(call, Covered::PlaceOrder, project).await?, facts))
}

/// What the same work on each of these instances would wait for. Prices and members are looked at
/// only if there is a rule, and once for all.
pub(crate) async fn of_instances(
    call: &Call,
    covered: Covered,
    rows: &[&Instance],
) -> Result<HashMap<InstanceId, Vec<Ahead>>> {
    let projects: BTreeSet<_> = rows.iter().map(|row| row.project_id).collect();
    let rules = approval_rule::over_each(call, covered, &projects).await?;
    let over = |row: &Instance| rules.get(&row.project_id).filter(|rules| !rules.is_empty());
    let ruled: Vec<_> = rows.iter().filter_map(|row| Some((*row, over(row)?))).collect();
    if ruled.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<_> = ruled.iter().map(|(row, _)| row.id).collect();
    let mut members = HashMap::<_, usize>::new();
    for member in instance::members(call, &ids).await? {
        *members.entry(member.instance_id).or_default() += 1;
    }
    let pricing = Pricing::read(call).await?;
    let mut ahead = HashMap::new();
    for (row, rules) in ruled {
        let (size, members) =
            (configuration::size_of(row), members.get(&row.id).copied().unwrap_or_default());
        let price = pricing.estimate(call, row.project_id, row.plan_id, size, members).await?;
        let per_month = &price.per_month;
        let facts = Facts { package: &row.package, plan: row.plan_id, per_month };
        ahead.insert(row.id, covering(rules, &facts));
    }
    Ok(ahead)
}

fn covering(rules: &[Rule], facts: &Facts<'_>) -> Vec<Ahead> {
    let covering = rules.iter().filter(|rule| rule.covers(facts));
    covering.map(|rule| Ahead { node: rule.node, approvers: rule.row.approvers }).collect()
}
