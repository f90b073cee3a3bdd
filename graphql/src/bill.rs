//! Bills and costs.

use std::collections::HashMap;

use async_graphql::{Context, Enum, ID, Object, SimpleObject, dataloader};
use billing::bill::resource::{self, ResourceRow};
use billing::bill::{self, BillView, LineView};
use billing::cost;
use billing::period::PeriodState as StateWord;
use control_plane_core::error::Error;
use control_plane_core::instance::{self, Instance as InstanceRow};
use policies::action::Action as Right;
use types::id::{InstanceId, PlanId, ProjectId};

use crate::connection::Connection;
use crate::context;
use crate::error::{ApiError, Result};
use crate::instance::Instance;
use crate::loader::Loader;
use crate::offering::Plan;
use crate::organization::{self, Organization};
use crate::page;
use crate::project::Project;
use crate::scalar::{DateTime, Decimal, Int64};

/// Where a month stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "described in the store's words")]
pub enum PeriodState {
    Open,
    Closing,
    Closed,
}

impl From<StateWord> for PeriodState {
    fn from(state: StateWord) -> Self {
        match state {
            StateWord::Open => Self::Open,
            StateWord::Closing => Self::Closing,
            StateWord::Closed => Self::Closed,
        }
    }
}

/// Whether a bill can still change.
#[derive(Enum, Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "described in billing_rating::bill")]
pub enum BillState {
    Provisional,
    Closed,
}

/// Usage and cost of a period so far; provisional until the period closes
#[derive(SimpleObject, Clone)]
pub struct Cost {
    /// 2026-11
    period: String,
    /// Code of the currency
    currency: String,
    /// Exact, before the bill's rounding
    amount: Decimal,
    /// Everything before this instant is counted; null: nothing yet
    complete_to: Option<DateTime>,
    /// By meter
    lines: Vec<CostLine>,
}

/// One meter's part.
#[derive(SimpleObject, Clone)]
pub struct CostLine {
    /// The meter
    meter: String,
    /// In the meter's unit
    quantity: Int64,
    /// Exact
    amount: Decimal,
}

/// What one organization owes for one month.
pub struct Bill(BillView);

/// Part of a bill.
pub struct BillLine(LineView);

/// What one resource costs.
pub struct BillResource(ResourceRow);

/// Time that should have been metered and was not.
#[derive(SimpleObject)]
pub struct BillGap {
    /// mbr_… or vol_…
    resource: ID,
    /// shop-cache-0
    name: String,
    /// First instant
    start: DateTime,
    /// First instant behind
    end: DateTime,
    /// unknown, missing
    reason: &'static str,
}

/// The cost of an instance this month so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CostOf(pub InstanceId);

impl dataloader::Loader<CostOf> for Loader {
    type Value = Cost;
    type Error = ApiError;

    async fn load(&self, keys: &[CostOf]) -> Result<HashMap<CostOf, Cost>> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let rows = instance::by_ids(&self.0, &ids).await?;
        let costs = cost::of_instances(&self.0, &rows).await?;
        let shown = costs.into_iter().map(|(id, cost)| Ok((CostOf(id), shown(cost)?)));
        shown.collect()
    }
}

/// The bill of one organization, by its id or name, and one month.
pub async fn find(ctx: &Context<'_>, organization: &str, period: &str) -> Result<Bill> {
    let row = organization::find(ctx, organization).await?;
    Ok(Bill(bill::get(context::call(ctx)?, row.id, period).await?))
}

/// What an instance costs this month so far.
pub async fn cost(ctx: &Context<'_>, row: &InstanceRow) -> Result<Cost> {
    let found = context::load(ctx, CostOf(row.id)).await?;
    Ok(found.ok_or(Error::NotFound { what: "instance" })?)
}

fn shown(cost: cost::Cost) -> Result<Cost> {
    let line = |line: cost::CostLine| {
        Ok(CostLine {
            meter: line.meter.to_string(),
            quantity: whole(line.quantity)?,
            amount: Decimal(line.amount),
        })
    };
    Ok(Cost {
        period: cost.period,
        currency: cost.currency,
        amount: Decimal(cost.amount),
        complete_to: cost.complete_to.map(DateTime),
        lines: cost.lines.into_iter().map(line).collect::<Result<Vec<_>>>()?,
    })
}

/// A quantity as the API can tell it; never a wrong one.
fn whole(quantity: i128) -> Result<Int64> {
    let told = i64::try_from(quantity).map(Int64);
    Ok(told.map_err(|error| Error::internal("tell a quantity", error))?)
}

/// A project from the tree in memory; null where the viewer may not see it.
async fn project(ctx: &Context<'_>, id: Option<ProjectId>) -> Result<Option<Project>> {
    let call = context::call(ctx)?;
    let scope = call.scope(Right::View).await?;
    let standing = call.standing().await?;
    let seen = id.filter(|id| scope.has_project(*id));
    Ok(seen.and_then(|id| standing.tree.project(id)).cloned().map(Project))
}

async fn plan(ctx: &Context<'_>, id: Option<PlanId>) -> Result<Option<Plan>> {
    let Some(id) = id else { return Ok(None) };
    Ok(context::load(ctx, id).await?.map(Plan))
}

#[Object]
impl Bill {
    /// Null while provisional
    async fn number(&self) -> Option<&str> {
        self.0.bill.number.as_deref()
    }

    async fn period(&self) -> String {
        self.0.bill.period.to_string()
    }

    async fn state(&self) -> BillState {
        match self.0.bill.state {
            bill::BillState::Provisional => BillState::Provisional,
            bill::BillState::Closed => BillState::Closed,
        }
    }

    async fn organization(&self) -> Organization {
        Organization(self.0.organization.clone())
    }

    async fn stay_start(&self) -> Option<DateTime> {
        self.0.bill.stay.map(|stay| DateTime(stay.start()))
    }

    async fn stay_end(&self) -> Option<DateTime> {
        self.0.bill.stay.map(|stay| DateTime(stay.end()))
    }

    async fn currency(&self) -> &str {
        &self.0.bill.currency
    }

    async fn lines(&self) -> Vec<BillLine> {
        self.0.lines.iter().cloned().map(BillLine).collect()
    }

    /// Down to the resource, in order of project and resource
    async fn resources(
        &self,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<BillResource>> {
        let first = usize::try_from(page::page(first, None)?.first()).unwrap_or(usize::MAX);
        let page = resource::list(&self.0, first, after.as_deref()).await?;
        let rows = page.rows.into_iter().map(|row| (row.cursor.clone(), BillResource(row)));
        Ok(Connection::new(page.has_previous, rows, page.has_next))
    }

    async fn rounding(&self) -> Decimal {
        Decimal(self.0.bill.rounding.clone())
    }

    async fn own_total(&self) -> Decimal {
        Decimal(self.0.bill.own_total.clone())
    }

    async fn children_total(&self) -> Decimal {
        Decimal(self.0.bill.children_total.clone())
    }

    async fn subtree_total(&self) -> Decimal {
        Decimal(self.0.bill.subtree_total.clone())
    }

    async fn tax_percent(&self) -> Option<Decimal> {
        self.0.bill.tax_percent.clone().map(Decimal)
    }

    async fn tax(&self) -> Option<Decimal> {
        self.0.bill.tax.clone().map(Decimal)
    }

    async fn payable(&self) -> Option<Decimal> {
        self.0.bill.payable.clone().map(Decimal)
    }

    async fn gaps(&self) -> Result<Vec<BillGap>> {
        let gaps = &self.0.bill.gaps;
        let resources: Vec<_> = gaps.iter().map(|gap| gap.resource.clone()).collect();
        let names = resource::names(&self.0, &resources).await?;
        let gap = |gap: &bill::Gap| BillGap {
            resource: ID(gap.resource.clone()),
            name: names.get(&gap.resource).unwrap_or(&gap.resource).clone(),
            start: DateTime(gap.start),
            end: DateTime(gap.end),
            reason: gap.reason.as_str(),
        };
        Ok(gaps.iter().map(gap).collect())
    }

    /// Everything before this instant is counted
    async fn complete_to(&self) -> Option<DateTime> {
        self.0.complete_to.map(DateTime)
    }

    /// Bills of the organizations directly below
    async fn children(&self) -> Result<Vec<Bill>> {
        Ok(bill::children(&self.0).await?.into_iter().map(Bill).collect())
    }

    async fn closed_at(&self) -> Option<DateTime> {
        self.0.bill.closed_at.map(DateTime)
    }

    async fn hash(&self) -> Option<&str> {
        self.0.bill.hash.as_deref()
    }
}

#[Object]
impl BillLine {
    /// Other than the bill's period: a correction
    async fn charge_period(&self) -> String {
        self.0.line.charge_period.to_string()
    }

    async fn project(&self, ctx: &Context<'_>) -> Result<Option<Project>> {
        project(ctx, self.0.line.project.parse().ok()).await
    }

    async fn plan(&self, ctx: &Context<'_>) -> Result<Option<Plan>> {
        plan(ctx, self.0.line.plan.as_deref().and_then(|plan| plan.parse().ok())).await
    }

    async fn meter(&self) -> &'static str {
        self.0.line.meter.as_str()
    }

    async fn unit_price(&self) -> Option<Decimal> {
        self.0.unit_price.clone().map(Decimal)
    }

    async fn per(&self) -> Option<Int64> {
        self.0.per.map(Int64)
    }

    async fn quantity(&self) -> Result<Int64> {
        whole(self.0.line.quantity)
    }

    async fn amount(&self) -> Decimal {
        Decimal(self.0.line.amount.clone())
    }

    /// no price
    async fn reason(&self) -> Option<&str> {
        self.0.line.reason.as_deref()
    }
}

#[Object]
impl BillResource {
    /// mbr_… or vol_…
    async fn resource(&self) -> ID {
        ID(self.0.resource.clone())
    }

    /// shop-cache-0
    async fn name(&self) -> &str {
        &self.0.name
    }

    async fn instance_name(&self) -> &str {
        &self.0.instance_name
    }

    async fn instance(&self, ctx: &Context<'_>) -> Result<Option<Instance>> {
        let Some(id) = self.0.instance else { return Ok(None) };
        Ok(context::load(ctx, id).await?.map(Instance))
    }

    async fn project(&self, ctx: &Context<'_>) -> Result<Option<Project>> {
        project(ctx, self.0.project).await
    }

    async fn plan(&self, ctx: &Context<'_>) -> Result<Option<Plan>> {
        plan(ctx, self.0.plan).await
    }

    async fn meter(&self) -> &'static str {
        self.0.meter.as_str()
    }

    async fn unit_price(&self) -> Option<Decimal> {
        self.0.unit_price.clone().map(Decimal)
    }

    async fn per(&self) -> Option<Int64> {
        self.0.per.map(Int64)
    }

    async fn quantity(&self) -> Result<Int64> {
        whole(self.0.quantity)
    }

    async fn amount(&self) -> Decimal {
        Decimal(self.0.amount.clone())
    }
}
