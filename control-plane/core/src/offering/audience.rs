//! Whom an offering or a plan of it is offered to: every tenant, or those that operators chose. A
//! plan is ordered by who may order its offering and is offered the plan. Instances that are there go
//! on, whoever may order more of them.

use std::collections::BTreeMap;

use control_plane_store::offer::{self, Offer};
use control_plane_store::outbox::NewEvent;
use control_plane_store::{
    FleetTx, InFleet, StoreError, TenantState, offering, outbox, plan, tenant,
};
use policies::action::Action;
use policies::permit::FleetPermit;
use serde::Serialize;
use serde_json::json;
use types::id::{OfferingId, PlanId, TenantId};
use uuid::Uuid;

use super::{Audience, Offering, Plan};
use crate::audit;
use crate::call::Call;
use crate::error::{Error, Result};
use crate::idempotency::Once;
use crate::nudge::Topic;
use crate::page::{Cursor, Page, Paged, Sorted};

/// What a refusal calls whatever is named here.
pub(super) const WHAT: &str = "offering";

/// What is offered: an offering, or one of its plans alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Offered {
    /// The offering.
    pub offering: OfferingId,
    /// A plan of it.
    pub plan: Option<PlanId>,
}

impl Offered {
    /// Of the plan if one is meant, else of the offering.
    pub(crate) fn uuid(self) -> Uuid {
        self.plan.map_or(self.offering.uuid(), PlanId::uuid)
    }
}

/// An offering as operators see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferingView {
    /// The offering.
    pub row: Offering,
    /// To how many tenants it was offered; counts if it is not for all.
    pub tenants: i64,
    /// All its plans, in their order.
    pub plans: Vec<PlanView>,
}

/// A plan as operators see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanView {
    /// The plan.
    pub row: Plan,
    /// To how many tenants it was offered; counts if it is not for all.
    pub tenants: i64,
}

impl Sorted for OfferingView {
    fn cursor(&self) -> Cursor {
        self.row.cursor()
    }
}

/// All offerings, oldest first, for operators.
pub async fn list(call: &Call, page: &Page) -> Result<Paged<OfferingView>> {
    let permit = call.fleet(Action::Administer, WHAT).await?;
    let reader = call.plane().store.fleet_read(&permit);
    let found = offering::list_anywhere(&reader, page).await?;
    Ok(Paged { items: views(&reader, found.items).await?, has_next: found.has_next })
}

/// One offering, for operators.
pub async fn get(call: &Call, id: OfferingId) -> Result<OfferingView> {
    let permit = call.fleet(Action::Administer, WHAT).await?;
    let reader = call.plane().store.fleet_read(&permit);
    let row = offering::find_anywhere(&reader, id).await?;
    let found = views(&reader, row.into_iter().collect()).await?;
    found.into_iter().next().ok_or(Error::NotFound { what: WHAT })
}

/// Offerings with what operators see beside each.
pub(super) async fn views(reader: &dyn InFleet, rows: Vec<Offering>) -> Result<Vec<OfferingView>> {
    let counts = offer::counts(reader).await?;
    let tenants = |what: Uuid| counts.get(&what).copied().unwrap_or_default();
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let mut plans = BTreeMap::<OfferingId, Vec<PlanView>>::new();
    for row in plan::of_offerings_anywhere(reader, &ids).await? {
        let tenants = tenants(row.id.uuid());
        plans.entry(row.offering_id).or_default().push(PlanView { row, tenants });
    }
    let view = |row: Offering| {
        let plans = plans.remove(&row.id).unwrap_or_default();
        OfferingView { tenants: tenants(row.id.uuid()), plans, row }
    };
    Ok(rows.into_iter().map(view).collect())
}

/// Says whether it is for all tenants or for chosen ones.
pub async fn set(call: &Call, what: Offered, audience: Audience, key: &str) -> Result<OfferingId> {
    let once = Once::new("setOfferingAudience", key, &(what, audience.as_str()))?;
    let permit = call.fleet(Action::Administer, WHAT).await?;
    let work = async |tx: &FleetTx| {
        let row = lock(tx, what.offering).await?;
        match meant(tx, what).await? {
            Some(plan) => plan::set_audience(tx, plan.id, audience).await?,
            None => offering::update(tx, Offering { audience, ..row }).await?,
        }
        Ok(what.offering)
    };
    do_once(call, &permit, &once, What { plan: what.plan, tenant: None }, work).await
}

/// Offers it to a tenant. Said of what is for all, it counts from when it is not.
pub async fn offer(call: &Call, what: Offered, tenant: TenantId, key: &str) -> Result<OfferingId> {
    let once = Once::new("offerToTenant", key, &(what, tenant))?;
    let permit = call.fleet(Action::Administer, WHAT).await?;
    let work = async |tx: &FleetTx| {
        let found = tenant::find_anywhere(tx, tenant).await?;
        let state = found.ok_or(Error::NotFound { what: WHAT })?.state;
        lock(tx, what.offering).await?;
        meant(tx, what).await?;
        if state == TenantState::Closed {
            return Err(conflict(
                "tenant_closed",
                "the tenant is closed; nothing is offered to it",
            ));
        }
        let row = Offer { what_id: what.uuid(), tenant_id: tenant, offered_at: call.now() };
        offer::insert(tx, row).await.map_err(|error| match error {
            StoreError::Conflict { .. } => {
                conflict("offered_already", "it was offered to this tenant before")
            }
            other => other.into(),
        })?;
        Ok(what.offering)
    };
    do_once(call, &permit, &once, What { plan: what.plan, tenant: Some(tenant) }, work).await
}

/// Offers it to a tenant no more. What the tenant has of it goes on.
pub async fn withdraw(
    call: &Call,
    what: Offered,
    tenant: TenantId,
    key: &str,
) -> Result<OfferingId> {
    let once = Once::new("withdrawFromTenant", key, &(what, tenant))?;
    let permit = call.fleet(Action::Administer, WHAT).await?;
    let work = async |tx: &FleetTx| {
        let found = tenant::find_anywhere(tx, tenant).await?;
        found.ok_or(Error::NotFound { what: WHAT })?;
        let row = lock(tx, what.offering).await?;
        let audience = meant(tx, what).await?.map_or(row.audience, |plan| plan.audience);
        if audience == Audience::All {
            let message = "it is for all tenants; offer it to chosen ones first";
            return Err(conflict("offered_to_all", message));
        }
        match offer::delete(tx, what.uuid(), tenant).await? {
            true => Ok(what.offering),
            false => Err(conflict("not_offered", "it is not offered to this tenant")),
        }
    };
    do_once(call, &permit, &once, What { plan: what.plan, tenant: Some(tenant) }, work).await
}

/// The plan that is meant, if one is; the offering's lock is held.
async fn meant(tx: &FleetTx, what: Offered) -> Result<Option<Plan>> {
    let Some(id) = what.plan else { return Ok(None) };
    let plans = plan::of_offerings_anywhere(tx, &[what.offering]).await?;
    let found = plans.into_iter().find(|plan| plan.id == id);
    Ok(Some(found.ok_or(Error::NotFound { what: "plan" })?))
}

pub(super) fn conflict(why: &'static str, message: &str) -> Error {
    Error::Conflict { why, message: message.to_owned() }
}

pub(super) async fn lock(tx: &FleetTx, id: OfferingId) -> Result<Offering> {
    offering::lock_anywhere(tx, id).await?.ok_or(Error::NotFound { what: WHAT })
}

/// What of an offering is changed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct What {
    /// A plan alone.
    pub plan: Option<PlanId>,
    /// For a tenant alone.
    pub tenant: Option<TenantId>,
}

/// Does the work, which answers with the offering, once, and tells the installation's trail and, if
/// it concerns one, the tenant's; always in this order.
pub(super) async fn do_once(
    call: &Call,
    permit: &FleetPermit,
    once: &Once,
    What { plan, tenant }: What,
    work: impl AsyncFnOnce(&FleetTx) -> Result<OfferingId>,
) -> Result<OfferingId> {
    if let Some(done) = once.find_at_home(call).await? {
        return Ok(done);
    }
    let write = async {
        let tx = call.plane().store.fleet(permit).await?;
        let id = work(&tx).await?;
        once.keep_at_home(call, &tx, &id).await?;
        let mut audit = audit::of_call(call, once.mutation(), Some(&id));
        if let Some(tenant) = tenant {
            audit::detail(&mut audit, "tenant", json!(tenant));
        }
        if let Some(plan) = plan {
            audit::detail(&mut audit, "plan", json!(plan));
        }
        outbox::record_anywhere(&tx, None, Vec::new(), vec![audit.clone()]).await?;
        if tenant.is_some() {
            let event = NewEvent::new("offerings_changed", call.now());
            outbox::record_anywhere(&tx, tenant, vec![event], vec![audit]).await?;
        }
        tx.commit().await?;
        Ok(id)
    };
    let done = match Box::pin(write).await {
        Ok(id) => id,
        Err(error) => once.settle_at_home(call, error).await?,
    };
    if let Some(tenant) = tenant {
        call.plane().nudges.send(Topic::Tenant(tenant));
    }
    Ok(done)
}
