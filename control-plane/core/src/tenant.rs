//! Tenants: the customers of an installation.

use control_plane_store::{FleetTx, InFleet, outbox, tenant, tree_event};
use jiff::tz::TimeZone;
use policies::permit::FleetPermit;
use types::id::{OrganizationId, TenantId};
use types::money::Currency;
use types::name::{Name, Title};

pub use control_plane_store::TenantState;
pub use control_plane_store::tenant::Tenant;

use crate::audit;
use crate::call::Call;
use crate::error::{Error, FieldProblem, Result};
use crate::organization;
use crate::plane::Plane;

mod blocker;
pub mod change;
pub mod view;

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

/// Makes a tenant and its root organization, at the console.
pub async fn create(
    plane: &Plane,
    permit: &FleetPermit,
    new: NewTenant,
) -> Result<(TenantId, OrganizationId)> {
    let tx = plane.store.fleet(permit).await?;
    let (id, root) = insert(plane, &tx, new).await?;
    let audit = audit::of_fleet(tx.who(), "createTenant", &id, plane.clock.now());
    outbox::record_anywhere(&tx, Some(id), Vec::new(), vec![audit]).await?;
    tx.commit().await?;
    Ok((id, root))
}

/// Writes a tenant and its root organization.
async fn insert(plane: &Plane, tx: &FleetTx, new: NewTenant) -> Result<(TenantId, OrganizationId)> {
    if TimeZone::get(&new.zone).is_err() {
        return Err(Error::Invalid(vec![unknown_zone()]));
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
        budgets: 0,
    };
    let name = row.name.clone();
    tenant::insert(tx, row).await.map_err(|error| organization::taken(error, "tenant", &name))?;
    let first = organization::row(root, id, None, &new.name, &new.title, now);
    let event = organization::first(plane, &first);
    control_plane_store::organization::insert_anywhere(tx, first).await?;
    tree_event::insert_anywhere(tx, event).await?;
    Ok((id, root))
}

fn unknown_zone() -> FieldProblem {
    FieldProblem {
        field: "zone".to_owned(),
        problem: "unknown".to_owned(),
        message: "use the IANA name of a time zone, e.g. Asia/Shanghai".to_owned(),
    }
}

/// The caller's tenant.
pub async fn get(call: &Call) -> Result<Tenant> {
    let reader = call.reader().await?;
    Ok(tenant::get(&reader).await?)
}

/// Refuses whoever is of a tenant that is not in use. Whoever is of none is of the installation,
/// which is always in use.
pub(crate) async fn admit(tx: &dyn InFleet, tenant: Option<TenantId>) -> Result<()> {
    let Some(id) = tenant else { return Ok(()) };
    let row = tenant::find_anywhere(tx, id).await?.ok_or(Error::Unauthenticated)?;
    in_use(row.state)
}

/// The refusal of whoever is of a tenant in this state, if it is not in use.
pub(crate) fn in_use(state: TenantState) -> Result<()> {
    let (why, message) = match state {
        TenantState::Active => return Ok(()),
        TenantState::Suspended => (
            "tenant_suspended",
            "your tenant is suspended: nobody of it is let in until the operator resumes it; what \
             runs goes on; ask the operator",
        ),
        TenantState::Closed => {
            ("tenant_closed", "your tenant is closed and nobody of it is let in; ask the operator")
        }
    };
    Err(Error::Limited { why, action: None, message: message.to_owned() })
}
