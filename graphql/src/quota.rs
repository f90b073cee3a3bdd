//! Quotas: limits at organizations and projects, and how they stand.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use control_plane_core::error::Error;
use control_plane_core::quota::{self, Effect, Level, Limit, change};
use policies::action::Action;
use policies::role::Node as Place;
use types::quota::QuotaMeter as Meter;

use crate::context;
use crate::error::Result;
use crate::loader::QuotasOf;
use crate::scalar::Int64;

/// What a quota counts: instances, members, thousandths of a vCPU, MiB of memory, MiB of storage
#[derive(Enum, Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "described in types::quota")]
pub enum QuotaMeter {
    Instances,
    Members,
    Millivcpu,
    MemoryMib,
    StorageMib,
}

impl From<Meter> for QuotaMeter {
    fn from(meter: Meter) -> Self {
        match meter {
            Meter::Instances => Self::Instances,
            Meter::Members => Self::Members,
            Meter::Millivcpu => Self::Millivcpu,
            Meter::MemoryMib => Self::MemoryMib,
            Meter::StorageMib => Self::StorageMib,
        }
    }
}

impl From<QuotaMeter> for Meter {
    fn from(meter: QuotaMeter) -> Self {
        match meter {
            QuotaMeter::Instances => Self::Instances,
            QuotaMeter::Members => Self::Members,
            QuotaMeter::Millivcpu => Self::Millivcpu,
            QuotaMeter::MemoryMib => Self::MemoryMib,
            QuotaMeter::StorageMib => Self::StorageMib,
        }
    }
}

/// How an organization or project stands with one meter. What is ordered is in use until it is
/// deleted, also while it is stopped or has failed.
#[derive(SimpleObject)]
pub struct Quota {
    meter: QuotaMeter,
    /// What may be used here and below, as set here; null: nothing is set here
    limit: Option<Int64>,
    /// What is used here and below
    used: Int64,
    /// What may still be ordered, by all limits from here up to the root; null: no limit
    free: Option<Int64>,
    /// Of these limits the one that leaves least
    tightest: Option<QuotaLimit>,
}

/// A limit, and where it is set
#[derive(SimpleObject)]
pub struct QuotaLimit {
    /// The organization or project where it is set
    at: ID,
    /// What that is called: organization rnd
    place: String,
    /// What may be used there and below
    limit: Int64,
    /// What is used there and below
    used: Int64,
    /// What is left
    free: Int64,
}

/// What an order takes of a meter that is limited
#[derive(SimpleObject)]
pub struct QuotaEffect {
    meter: QuotaMeter,
    /// What the order takes
    added: Int64,
    /// What is left at the tightest limit afterwards; below zero: the order will be refused
    remains: Int64,
    /// Of the limits from the project up to the root the one that leaves least
    tightest: QuotaLimit,
}

/// A limit to be set
#[derive(InputObject)]
pub struct SetQuotaInput {
    /// The organization or project
    at: ID,
    /// What is limited
    meter: QuotaMeter,
    /// How much may be used there and below
    limit: Int64,
    /// New for each request
    idempotency_key: String,
}

/// A limit to be removed
#[derive(InputObject)]
pub struct RemoveQuotaInput {
    /// The organization or project
    at: ID,
    /// What is limited
    meter: QuotaMeter,
    /// New for each request
    idempotency_key: String,
}

/// How the organization or project stands now.
#[derive(SimpleObject)]
pub struct QuotaPayload {
    quotas: Vec<Quota>,
}

/// Limits.
#[derive(Default)]
pub struct QuotaMutation;

#[Object]
impl QuotaMutation {
    /// Limits what may be used at an organization or project and below; changes the limit that is
    /// set there
    async fn set_quota(&self, ctx: &Context<'_>, input: SetQuotaInput) -> Result<QuotaPayload> {
        let node = context::id(&input.at, "node")?;
        let (meter, key) = (input.meter.into(), &input.idempotency_key);
        change::set(context::call(ctx)?, node, meter, input.limit.0, key).await?;
        payload(ctx, node).await
    }

    /// Removes a limit. Those above still hold
    async fn remove_quota(
        &self,
        ctx: &Context<'_>,
        input: RemoveQuotaInput,
    ) -> Result<QuotaPayload> {
        let node = context::id(&input.at, "node")?;
        let call = context::call(ctx)?;
        change::remove(call, node, input.meter.into(), &input.idempotency_key).await?;
        payload(ctx, node).await
    }
}

async fn payload(ctx: &Context<'_>, node: Place) -> Result<QuotaPayload> {
    let found = quota::of_nodes(context::call(ctx)?, &[node]).await?.into_iter().next();
    let levels = found.map(|(_, levels)| levels).unwrap_or_default();
    Ok(QuotaPayload { quotas: levels.into_iter().map(Quota::from).collect() })
}

/// All meters of a node that the viewer sees.
pub async fn of(ctx: &Context<'_>, node: Place) -> Result<Vec<Quota>> {
    // Who sees an instance by its application sees where it is, and not how much else is there.
    context::call(ctx)?.permit(Action::View, node, "node").await?;
    let found = context::load(ctx, QuotasOf(node)).await?;
    let levels = found.ok_or(Error::NotFound { what: "node" })?;
    Ok(levels.into_iter().map(Quota::from).collect())
}

impl From<Level> for Quota {
    fn from(level: Level) -> Self {
        Self {
            meter: level.meter.into(),
            limit: level.limit.map(Int64),
            used: Int64(level.used),
            free: level.tightest.as_ref().map(|limit| Int64(limit.free())),
            tightest: level.tightest.map(QuotaLimit::from),
        }
    }
}

impl From<Limit> for QuotaLimit {
    fn from(limit: Limit) -> Self {
        Self {
            at: limit.node.to_string().into(),
            limit: Int64(limit.limit),
            used: Int64(limit.used),
            free: Int64(limit.free()),
            place: limit.place,
        }
    }
}

impl From<Effect> for QuotaEffect {
    fn from(effect: Effect) -> Self {
        Self {
            meter: effect.tightest.meter.into(),
            added: Int64(effect.added),
            remains: Int64(effect.tightest.free().saturating_sub(effect.added)),
            tightest: effect.tightest.into(),
        }
    }
}
