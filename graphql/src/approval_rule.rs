//! What takes an approval.

use async_graphql::{Context, Enum, ID, InputObject, Object};
use control_plane_core::approval_rule::{self, DAYS, Draft, Rule};
use policies::role::Node as Place;

use crate::connection::Connection;
use crate::context;
use crate::error::Result;
use crate::loader::TitleOf;
use crate::node::Node;
use crate::page;
use crate::scalar::{DateTime, Decimal};
use crate::viewer::place;

/// What can take an approval.
#[derive(Enum, Clone, Copy, PartialEq, Eq, Debug)]
#[graphql(name = "ApprovalMutationKind", remote = "control_plane_core::approval_rule::Covered")]
pub enum Covered {
    /// Ordering an instance.
    PlaceOrder,
    /// Changing the configuration of an instance.
    ChangeConfiguration,
    /// Starting an instance.
    StartInstance,
    /// Stopping an instance.
    StopInstance,
    /// Deleting an instance with its data.
    DeleteInstance,
}

/// What takes an approval at a node and below.
pub struct ApprovalRule(pub Rule);

#[Object]
impl ApprovalRule {
    /// Its global id
    pub async fn id(&self) -> ID {
        self.0.row.id.into()
    }

    /// Where it holds, and for everything below; null: the whole tenant
    async fn at(&self, ctx: &Context<'_>) -> Result<Option<Node>> {
        Ok(place(context::call(ctx)?, self.0.node).await?)
    }

    /// What it covers
    async fn mutations(&self) -> Vec<Covered> {
        self.0.mutations.iter().map(|it| (*it).into()).collect()
    }

    /// Only what costs more than this a month, in the tenant's currency; null: whatever it costs
    async fn above_per_month(&self) -> Option<Decimal> {
        self.0.above.clone().map(Decimal)
    }

    /// Only these plans; empty: all
    async fn plans(&self) -> Vec<ID> {
        self.0.plans.iter().map(|plan| ID::from(*plan)).collect()
    }

    /// Only these packages; empty: all
    async fn packages(&self) -> Vec<String> {
        self.0.packages.iter().cloned().collect()
    }

    /// How many people have to approve, who may approve where it holds
    async fn approvers(&self) -> i32 {
        self.0.row.approvers
    }

    /// How many days something waits for them
    async fn days(&self) -> i32 {
        self.0.row.days
    }

    async fn created_at(&self) -> DateTime {
        DateTime(self.0.row.created_at)
    }

    /// Title of who made it
    async fn created_by(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(context::load(ctx, TitleOf(self.0.row.created_by)).await?.unwrap_or_default())
    }
}

/// A rule to be made
#[derive(InputObject)]
pub struct CreateApprovalRuleInput {
    /// The tenant, organization or project where it holds, and for everything below
    at: ID,
    /// What it covers
    mutations: Vec<Covered>,
    /// Only what costs more than this a month, in the tenant's currency
    above_per_month: Option<Decimal>,
    /// Only these plans
    plans: Option<Vec<ID>>,
    /// Only these packages, by name
    packages: Option<Vec<String>>,
    /// How many people have to approve: 1 or 2; left out: 1
    approvers: Option<i32>,
    /// How many days something waits for them; left out: 7
    days: Option<i32>,
    /// New for each request
    idempotency_key: String,
}

/// A rule
#[derive(InputObject)]
pub struct ApprovalRuleInput {
    /// The rule
    rule: ID,
    /// New for each request
    idempotency_key: String,
}

/// A page of rules.
pub async fn list(
    ctx: &Context<'_>,
    first: Option<i32>,
    after: Option<String>,
    at: Option<ID>,
) -> Result<Connection<ApprovalRule>> {
    let had_after = after.is_some();
    let page = page::page(first, after)?;
    let at = at.map(|at| context::id::<Place>(&at, "node")).transpose()?;
    let paged = approval_rule::list(context::call(ctx)?, at, &page).await?;
    let cursor = |rule: &Rule| control_plane_core::page::Sorted::cursor(&rule.row);
    Ok(page::connection_by(paged, had_after, cursor, ApprovalRule))
}

/// Makes a rule.
pub async fn create(ctx: &Context<'_>, input: CreateApprovalRuleInput) -> Result<ApprovalRule> {
    let plans = input.plans.unwrap_or_default();
    let plans = plans.iter().map(|plan| context::id(plan, "plan")).collect::<Result<_>>()?;
    let draft = Draft {
        node: context::id(&input.at, "node")?,
        mutations: input.mutations.into_iter().map(Into::into).collect(),
        above: input.above_per_month.map(|it| it.0),
        plans,
        packages: input.packages.unwrap_or_default().into_iter().collect(),
        approvers: input.approvers.unwrap_or(1),
        days: input.days.unwrap_or(DAYS),
    };
    let call = context::call(ctx)?;
    let id = approval_rule::create(call, draft, &input.idempotency_key).await?;
    Ok(ApprovalRule(approval_rule::get(call, id).await?))
}

/// Deletes a rule.
pub async fn delete(ctx: &Context<'_>, input: ApprovalRuleInput) -> Result<ID> {
    let id = context::id(&input.rule, "approval rule")?;
    let call = context::call(ctx)?;
    Ok(approval_rule::delete(call, id, &input.idempotency_key).await?.into())
}
