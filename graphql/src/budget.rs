//! Budgets: what may be committed at organizations and projects, and how they stand.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use control_plane_core::budget::{self, Effect, Level, change};
use control_plane_core::error::Error;
use policies::action::Action;
use policies::role::Node as Place;
use types::budget::BudgetAction as Acts;

use crate::context;
use crate::error::Result;
use crate::loader::BudgetsOf;
use crate::scalar::Decimal;

/// What becomes of an order or a move that would pass a budget: BLOCK refuses it, NOTE only shows it
#[derive(Enum, Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "described in types::budget")]
pub enum BudgetAction {
    Block,
    Note,
}

impl From<Acts> for BudgetAction {
    fn from(action: Acts) -> Self {
        match action {
            Acts::Block => Self::Block,
            Acts::Note => Self::Note,
        }
    }
}

impl From<BudgetAction> for Acts {
    fn from(action: BudgetAction) -> Self {
        match action {
            BudgetAction::Block => Self::Block,
            BudgetAction::Note => Self::Note,
        }
    }
}

/// What an organization or project has committed itself to, and the budgets that hold for it
#[derive(SimpleObject)]
pub struct Budgets {
    /// Code of the currency of all amounts
    currency: String,
    /// The price of everything that is ordered here and below and not deleted, for 30 × 24 hours at
    /// today's prices, before tax
    committed: Decimal,
    /// From the root down to the one that is set here
    holding: Vec<Budget>,
}

/// A budget, and where it is set
#[derive(SimpleObject)]
pub struct Budget {
    /// The organization or project where it is set
    at: ID,
    /// What that is called: organization rnd
    place: String,
    action: BudgetAction,
    /// What everything there and below may cost in 30 × 24 hours
    amount: Decimal,
    /// What it costs
    committed: Decimal,
    /// What is left; below zero: prices rose, or the budget was set below what is committed
    free: Decimal,
}

/// What an order takes of a budget
#[derive(SimpleObject)]
pub struct BudgetEffect {
    /// The price of the order for 30 × 24 hours
    added: Decimal,
    /// What is left afterwards; below zero: a budget that blocks will refuse the order
    remains: Decimal,
    budget: Budget,
}

/// A budget to be set
#[derive(InputObject)]
pub struct SetBudgetInput {
    /// The organization or project
    at: ID,
    /// What everything there and below may cost in 30 × 24 hours, in the tenant's currency
    amount: Decimal,
    /// What becomes of what would pass it
    action: BudgetAction,
    /// New for each request
    idempotency_key: String,
}

/// A budget to be removed
#[derive(InputObject)]
pub struct RemoveBudgetInput {
    /// The organization or project
    at: ID,
    /// New for each request
    idempotency_key: String,
}

/// How the organization or project stands now.
#[derive(SimpleObject)]
pub struct BudgetPayload {
    budgets: Budgets,
}

/// Budgets.
#[derive(Default)]
pub struct BudgetMutation;

#[Object]
impl BudgetMutation {
    /// Sets what everything at an organization or project and below may cost in a month; changes the
    /// budget that is set there
    async fn set_budget(&self, ctx: &Context<'_>, input: SetBudgetInput) -> Result<BudgetPayload> {
        let node = context::id(&input.at, "node")?;
        let (amount, action, key) = (&input.amount.0, input.action.into(), &input.idempotency_key);
        change::set(context::call(ctx)?, node, amount, action, key).await?;
        payload(ctx, node).await
    }

    /// Removes a budget. Those above still hold
    async fn remove_budget(
        &self,
        ctx: &Context<'_>,
        input: RemoveBudgetInput,
    ) -> Result<BudgetPayload> {
        let node = context::id(&input.at, "node")?;
        change::remove(context::call(ctx)?, node, &input.idempotency_key).await?;
        payload(ctx, node).await
    }
}

async fn payload(ctx: &Context<'_>, node: Place) -> Result<BudgetPayload> {
    let found = budget::of_nodes(context::call(ctx)?, &[node]).await?.into_iter().next();
    let (_, level) = found.ok_or(Error::NotFound { what: "node" })?;
    Ok(BudgetPayload { budgets: level.into() })
}

/// How a node that the viewer sees stands.
pub async fn of(ctx: &Context<'_>, node: Place) -> Result<Budgets> {
    // Who sees an instance by its application sees where it is, and not what else costs there.
    context::call(ctx)?.permit(Action::View, node, "node").await?;
    let found = context::load(ctx, BudgetsOf(node)).await?;
    Ok(found.ok_or(Error::NotFound { what: "node" })?.into())
}

impl From<Level> for Budgets {
    fn from(level: Level) -> Self {
        Self {
            currency: level.currency,
            committed: Decimal(level.committed),
            holding: level.budgets.into_iter().map(Budget::from).collect(),
        }
    }
}

impl From<budget::Budget> for Budget {
    fn from(budget: budget::Budget) -> Self {
        Self {
            at: budget.node.to_string().into(),
            action: budget.action.into(),
            free: Decimal(budget.free()),
            amount: Decimal(budget.amount),
            committed: Decimal(budget.committed),
            place: budget.place,
        }
    }
}

impl From<Effect> for BudgetEffect {
    fn from(effect: Effect) -> Self {
        Self {
            remains: Decimal(effect.remains()),
            added: Decimal(effect.added),
            budget: effect.budget.into(),
        }
    }
}
