//! Tenants: the customers of an installation.

use control_plane_store::{InFleet as _, TenantState, outbox, tenant, tree_event};
use jiff::tz::TimeZone;
use policies::permit::FleetPermit;
use types::id::{OrganizationId, TenantId};
use types::money::Currency;
use types::name::{Name, Title};

pub use control_plane_store::tenant::Tenant;

use crate::audit;
use crate::call::Call;
use crate::error::{Error, Result};
use crate::organization;
use crate::plane::Plane;

/// A tenant to be made, with its root organization.
#[derive(Clone, Debug)]
pub struct NewTenant {
    /// Unique in the installation; also the name of its root organization.
    pub name: Name,
    /// For people.
    pub title: Title,
    /// IANA name of the zone in which its months are cut. Fixed from the first closing on.
    pub zone: String,
    /// What its bills are in. Fixed from the first closing on.
    pub currency: Currency,
}

/// Makes a tenant and its root organization.
pub async fn create(
    plane: &Plane,
    permit: &FleetPermit,
    new: NewTenant,
) -> Result<(TenantId, OrganizationId)> {
    if TimeZone::get(&new.zone).is_err() {
        let message = "use the IANA name of a time zone, e.g. Asia/Shanghai";
        return Err(Error::invalid("zone", "unknown", message));
    }
    let (id, root) = (TenantId::next(&*plane.ids), OrganizationId::next(&*plane.ids));
    let now = plane.clock.now();
    let row = Tenant {
        id,
        name: new.name.to_string(),
        title: new.title.to_string(),
        state: TenantState::Active,
        zone: new.zone,
        currency: new.currency.code().to_owned(),
        created_at: now,
        tree_revision: 0,
        state_reason: None,
        state_at: None,
    };
    let name = row.name.clone();
    let tx = plane.store.fleet(permit).await?;
    tenant::insert(&tx, row).await.map_err(|error| organization::taken(error, "tenant", &name))?;
    let first = organization::row(root, id, None, &new.name, &new.title, now);
    let event = organization::first(plane, &first);
    control_plane_store::organization::insert_anywhere(&tx, first).await?;
    tree_event::insert_anywhere(&tx, event).await?;
    let audit = audit::of_fleet(tx.who(), "createTenant", &id, now);
    outbox::record_anywhere(&tx, Some(id), Vec::new(), vec![audit]).await?;
    tx.commit().await?;
    Ok((id, root))
}

/// The caller's tenant.
pub async fn get(call: &Call) -> Result<Tenant> {
    let reader = call.reader().await?;
    Ok(tenant::get(&reader).await?)
}
