//! Orders and their previews.

use async_graphql::{Context, ID, InputObject, Json, SimpleObject};
use control_plane_core::order;
use control_plane_core::preview::OrderRequest;
use serde_json::Value;

use crate::approval::ApprovalAhead;
use crate::budget::BudgetEffect;
use crate::configuration::{OwnValue, ParameterNote, ParameterValue, values};
use crate::context;
use crate::error::Result;
use crate::offering::Size;
use crate::quota::QuotaEffect;
use crate::scalar::{Decimal, Int64};

/// What a user wants to order
#[derive(InputObject)]
pub struct OrderInput {
    /// The project that it will belong to
    pub project: ID,
    /// Its name, unique in the project
    pub name: String,
    /// What is ordered
    pub offering: ID,
    /// One of the offering's software versions
    pub software_version: String,
    /// One of the offering's topologies
    pub topology: String,
    /// One of the offering's plans
    pub plan: ID,
    /// Object of parameter → value; what is left out takes its default
    pub parameters: Json<Value>,
    /// Template of the package to begin from; parameters win over it
    pub template: Option<String>,
}

/// What an order would make and cost.
#[derive(SimpleObject)]
pub struct OrderPreview {
    /// Good until package, price or cell change
    token: String,
    /// Name of the cell
    cell: String,
    members: Vec<PreviewMember>,
    /// Complete, with defaults; secret values are masked
    parameters: Json<Value>,
    /// The same with where the values come from
    values: Vec<ParameterValue>,
    /// Given values that stand against the template's, and win
    own_values: Vec<OwnValue>,
    /// What is worth knowing of the parameters, say when a certificate ends
    notes: Vec<ParameterNote>,
    price: PriceEstimate,
    licence: LicenceEffect,
    /// What it takes of every meter that is limited at the project or above
    quotas: Vec<QuotaEffect>,
    /// What it takes of every budget at the project or above, from the root down
    budgets: Vec<BudgetEffect>,
    /// Rules that make it wait for others; empty: it is done at once
    approvals: Vec<ApprovalAhead>,
}

/// A member that would be made.
#[derive(SimpleObject)]
pub struct PreviewMember {
    name: String,
    role: String,
    size: Size,
}

/// While running, at today's prices, before tax; a month is 30 × 24 hours
#[derive(SimpleObject)]
pub struct PriceEstimate {
    currency: String,
    per_hour: Decimal,
    per_month: Decimal,
    lines: Vec<PriceEstimateLine>,
}

/// One meter's part of an estimate.
#[derive(SimpleObject)]
pub struct PriceEstimateLine {
    meter: String,
    quantity_per_hour: Int64,
    unit_price: Option<Decimal>,
    per: Option<Int64>,
    per_hour: Decimal,
    /// no price
    reason: Option<&'static str>,
}

/// What an order takes of the licence.
#[derive(SimpleObject)]
pub struct LicenceEffect {
    unit: &'static str,
    used: i32,
    added: i32,
    limit: i32,
}

impl OrderInput {
    /// The same for the core.
    pub fn request(self) -> Result<OrderRequest> {
        Ok(OrderRequest {
            project: context::id(&self.project, "project")?,
            name: self.name,
            offering: context::id(&self.offering, "offering")?,
            software_version: self.software_version,
            topology: self.topology,
            plan: context::id(&self.plan, "plan")?,
            parameters: values(self.parameters)?,
            template: self.template,
        })
    }
}

/// What the order would make and cost. Changes nothing.
pub async fn preview(ctx: &Context<'_>, input: OrderInput) -> Result<OrderPreview> {
    let previewed = order::preview(context::call(ctx)?, &input.request()?).await?;
    let preview = previewed.order;
    let number = |value: i64| i32::try_from(value).unwrap_or(i32::MAX);
    let added = i32::try_from(preview.members.len()).unwrap_or(i32::MAX);
    let members = preview.members.into_iter().map(|member| PreviewMember {
        name: member.name,
        role: member.role,
        size: preview.size.into(),
    });
    let lines = preview.price.lines.into_iter().map(|line| PriceEstimateLine {
        meter: line.meter,
        quantity_per_hour: Int64(line.quantity_per_hour),
        reason: line.price_line.is_none().then_some("no price"),
        unit_price: line.unit_price.map(Decimal),
        per: line.per.map(Int64),
        per_hour: Decimal(line.per_hour),
    });
    let shown = preview.values.iter().map(|it| (it.parameter.clone(), it.value.clone()));
    let shown: serde_json::Map<_, _> = shown.collect();
    Ok(OrderPreview {
        token: preview.token,
        cell: preview.cell_name,
        members: members.collect(),
        parameters: Json(Value::Object(shown)),
        values: preview.values.into_iter().map(ParameterValue::from).collect(),
        own_values: preview.own_values.into_iter().map(OwnValue::from).collect(),
        notes: preview.notes.into_iter().map(ParameterNote::from).collect(),
        price: PriceEstimate {
            currency: preview.price.currency,
            per_hour: Decimal(preview.price.per_hour),
            per_month: Decimal(preview.price.per_month),
            lines: lines.collect(),
        },
        licence: LicenceEffect {
            unit: "member",
            used: number(previewed.licence.used),
            added,
            limit: number(previewed.licence.limit),
        },
        quotas: previewed.quotas.into_iter().map(QuotaEffect::from).collect(),
        budgets: previewed.budgets.into_iter().map(BudgetEffect::from).collect(),
        approvals: previewed.approvals.into_iter().map(ApprovalAhead::from).collect(),
    })
}
