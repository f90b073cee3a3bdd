//! Sets limits and makes rules.

use super::known;
use crate::ask::Ask;
use crate::query::approval::{Covered, CreateRule};
use crate::query::budget::SetBudget;
use crate::query::order::With;
use crate::query::quota::SetQuota;
use crate::query::{DoCreateApprovalRule, DoSetBudget, DoSetQuota};
use crate::structure::StructureError;
use crate::structure::limit::{Budget, Quota, Rule};
use crate::structure::load::Ids;

pub(super) async fn set_quota<A: Ask>(client: &A, ids: &Ids, one: Quota) -> Result<(), A::Error> {
    let input = SetQuota {
        at: known(ids.at(&one.at), &one.at.to_string())?,
        meter: one.meter.as_str().to_uppercase(),
        limit: one.limit.to_string(),
        idempotency_key: client.new_key(),
    };
    client.ask::<DoSetQuota>(&With { input }).await?;
    Ok(())
}

pub(super) async fn set_budget<A: Ask>(client: &A, ids: &Ids, one: Budget) -> Result<(), A::Error> {
    let input = SetBudget {
        at: known(ids.at(&one.at), &one.at.to_string())?,
        amount: one.amount.to_string(),
        action: one.action.as_str().to_uppercase(),
        idempotency_key: client.new_key(),
    };
    client.ask::<DoSetBudget>(&With { input }).await?;
    Ok(())
}

pub(super) async fn create_rule<A: Ask>(client: &A, ids: &Ids, one: Rule) -> Result<(), A::Error> {
    let plan = |name: &String| match name.contains('/') {
        true => known(ids.plans.get(name), name),
        false => Ok(name.clone()),
    };
    let input = CreateRule {
        at: known(ids.at(&one.at), &one.at.to_string())?,
        mutations: one.mutations.iter().map(|name| covered(name)).collect::<Result<_, _>>()?,
        above_per_month: one.above_per_month.map(|above| above.to_string()),
        plans: Some(one.plans.iter().map(plan).collect::<Result<_, _>>()?),
        packages: Some(one.packages.into_iter().collect()),
        approvers: Some(one.approvers),
        days: Some(one.days),
        idempotency_key: client.new_key(),
    };
    client.ask::<DoCreateApprovalRule>(&With { input }).await?;
    Ok(())
}

/// A mutation as the API calls it.
fn covered(name: &str) -> Result<String, StructureError> {
    let named: Covered = name.parse().map_err(|_| StructureError::Unread(name.to_owned()))?;
    Ok(named.word().to_owned())
}
