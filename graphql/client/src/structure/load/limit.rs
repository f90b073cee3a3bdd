//! Reads what is set at places.

use crate::ask::Ask;
use crate::page;
use crate::query::approval::{Covered, Rule as RuleRow, RulesOf};
use crate::query::structure::{HoldingBudget, Limits, SetLimit};
use crate::query::{ListApprovalRules, ListOrganizationLimits, ListProjectLimits, Slice};
use crate::structure::limit::{Budget, Quota, Rule};
use crate::structure::{At, StructureError};

use super::{Paths, Tenant, same};

/// Nodes of one page: each tells two lists.
const NODES: u32 = 20;

impl Tenant {
    /// Quotas and budgets, those of organizations first.
    pub(super) async fn limits<A: Ask>(
        &mut self,
        client: &A,
        paths: &Paths,
    ) -> Result<(), A::Error> {
        let slice = |first: u32, after| Slice { first: first.min(NODES), after };
        let list = page::all::<ListOrganizationLimits, _, A>(client, "organizations", slice, same);
        for one in list.await? {
            let at = paths.organizations.get(&one.id).cloned().map(At::Organization);
            self.limits_of(one, at)?;
        }
        let list = page::all::<ListProjectLimits, _, A>(client, "projects", slice, same);
        for one in list.await? {
            let at = paths.projects.get(&one.id).cloned().map(At::Project);
            self.limits_of(one, at)?;
        }
        Ok(())
    }

    /// What is set at one node; one that was made between two questions is no part of it.
    fn limits_of(&mut self, row: Limits, at: Option<At>) -> Result<(), StructureError> {
        let Some(at) = at else { return Ok(()) };
        for SetLimit { meter, limit } in row.quotas {
            let Some(limit) = limit else { continue };
            let meter = meter.to_lowercase().parse().map_err(|_| unread(&meter))?;
            let limit = limit.parse().map_err(|_| unread(&limit))?;
            self.structure.quotas.push(Quota { at: at.clone(), meter, limit });
        }
        // Those from above are told there.
        for HoldingBudget { at: _, amount, action } in
            row.budgets.holding.into_iter().filter(|budget| budget.at == row.id)
        {
            let amount = amount.parse().map_err(|_| unread(&amount))?;
            let action = action.to_lowercase().parse().map_err(|_| unread(&action))?;
            self.structure.budgets.push(Budget { at: at.clone(), amount, action });
        }
        Ok(())
    }

    /// What takes an approval, the plans by their packages and names.
    pub(super) async fn rules<A: Ask>(
        &mut self,
        client: &A,
        paths: &Paths,
    ) -> Result<(), A::Error> {
        let slice = |first, after| RulesOf { first, after, at: None };
        let list = page::all::<ListApprovalRules, _, A>(client, "approval rules", slice, same);
        for row in list.await? {
            let Some(at) = paths.at(row.at.as_ref())? else { continue };
            let rule = self.rule(row, at)?;
            self.structure.approval_rules.push(rule);
        }
        self.structure.approval_rules.sort_by(|one, other| one.at.cmp(&other.at));
        Ok(())
    }

    fn rule(&self, row: RuleRow, at: At) -> Result<Rule, StructureError> {
        let above = row.above_per_month.map(|above| above.parse().map_err(|_| unread(&above)));
        let plan = |id: &String| {
            let named = self.ids.plans.iter().find(|(_, plan)| *plan == id);
            // What is offered no more has no name here; at home its id still finds it.
            named.map_or_else(|| id.clone(), |(name, _)| name.clone())
        };
        Ok(Rule {
            at,
            mutations: row.mutations.iter().map(|one| covered(one)).collect::<Result<_, _>>()?,
            above_per_month: above.transpose()?,
            packages: row.packages.into_iter().collect(),
            plans: row.plans.iter().map(plan).collect(),
            approvers: row.approvers,
            days: row.days,
        })
    }
}

/// A mutation as the command line calls it.
fn covered(api: &str) -> Result<String, StructureError> {
    let named = Covered::ALL.iter().find(|one| one.word() == api);
    named.map(ToString::to_string).ok_or_else(|| unread(api))
}

fn unread(told: &str) -> StructureError {
    StructureError::Unread(told.to_owned())
}
