//! Whom an offering is offered to: every tenant, or those that operators chose. Instances that are
//! there go on, whoever may order more of them.

use control_plane_store::offering_tenant::{self, OfferingTenant};
use control_plane_store::outbox::NewEvent;
use control_plane_store::{FleetTx, InFleet, StoreError, TenantState, offering, outbox, tenant};
use policies::action::Action;
use policies::permit::FleetPermit;
use serde_json::json;
use types::id::{OfferingId, TenantId};

use super::{Audience, Offering};
use crate::audit;
use crate::call::Call;
use crate::error::{Error, Result};
use crate::idempotency::Once;
use crate::nudge::Topic;
use crate::page::{Cursor, Page, Paged, Sorted};

/// What a refusal calls whatever is named here.
pub(super) const WHAT: &str = "offering";

/// An offering as operators see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferingView {
    /// The offering.
    pub row: Offering,
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
    let counts = offering_tenant::counts(reader).await?;
    let view = |row: Offering| {
        let tenants = counts.get(&row.id).copied().unwrap_or_default();
        OfferingView { row, tenants }
    };
    Ok(rows.into_iter().map(view).collect())
}

/// Says whether an offering is for all tenants or for chosen ones.
pub async fn set(call: &Call, id: OfferingId, audience: Audience, key: &str) -> Result<OfferingId> {
    let once = Once::new("setOfferingAudience", key, &(id, audience.as_str()))?;
    let permit = call.fleet(Action::Administer, WHAT).await?;
    let work = async |tx: &FleetTx| {
        let row = lock(tx, id).await?;
        offering::update(tx, Offering { audience, ..row }).await?;
        Ok(id)
    };
    do_once(call, &permit, &once, None, work).await
}

/// Offers an offering to a tenant. Said of one that is for all, it counts from when it is not.
pub async fn offer(call: &Call, id: OfferingId, tenant: TenantId, key: &str) -> Result<OfferingId> {
    let once = Once::new("offerToTenant", key, &(id, tenant))?;
    let permit = call.fleet(Action::Administer, WHAT).await?;
    let work = async |tx: &FleetTx| {
        let found = tenant::find_anywhere(tx, tenant).await?;
        let state = found.ok_or(Error::NotFound { what: WHAT })?.state;
        lock(tx, id).await?;
        if state == TenantState::Closed {
            return Err(conflict(
                "tenant_closed",
                "the tenant is closed; nothing is offered to it",
            ));
        }
        let row = OfferingTenant { offering_id: id, tenant_id: tenant, offered_at: call.now() };
        let added = offering_tenant::insert(tx, row).await;
        added.map_err(|error| match error {
            StoreError::Conflict { .. } => {
                conflict("offered_already", "the offering was offered to this tenant before")
            }
            other => other.into(),
        })?;
        Ok(id)
    };
    do_once(call, &permit, &once, Some(tenant), work).await
}

/// Offers it to a tenant no more. What the tenant has of it goes on.
pub async fn withdraw(
    call: &Call,
    id: OfferingId,
    tenant: TenantId,
    key: &str,
) -> Result<OfferingId> {
    let once = Once::new("withdrawFromTenant", key, &(id, tenant))?;
    let permit = call.fleet(Action::Administer, WHAT).await?;
    let work = async |tx: &FleetTx| {
        let found = tenant::find_anywhere(tx, tenant).await?;
        found.ok_or(Error::NotFound { what: WHAT })?;
        if lock(tx, id).await?.audience == Audience::All {
            let message = "the offering is for all tenants; offer it to chosen ones first";
            return Err(conflict("offered_to_all", message));
        }
        match offering_tenant::delete(tx, id, tenant).await? {
            true => Ok(id),
            false => Err(conflict("not_offered", "the offering is not offered to this tenant")),
        }
    };
    do_once(call, &permit, &once, Some(tenant), work).await
}

pub(super) fn conflict(why: &'static str, message: &str) -> Error {
    Error::Conflict { why, message: message.to_owned() }
}

pub(super) async fn lock(tx: &FleetTx, id: OfferingId) -> Result<Offering> {
    offering::lock_anywhere(tx, id).await?.ok_or(Error::NotFound { what: WHAT })
}

/// Does the work, which answers with the offering, once, and tells the installation's trail and, if
/// it concerns one, the tenant's; always in this order.
pub(super) async fn do_once(
    call: &Call,
    permit: &FleetPermit,
    once: &Once,
    tenant: Option<TenantId>,
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
