//! What stands in the way of closing a tenant.

use billing_rating::calendar::Calendar;
use control_plane_store::{FleetTx, instance, operation, usage_record};

use super::Tenant;
use crate::error::{Blocker, Error, Result};
use crate::organization::change::empty;

/// Refuses to close a tenant that has instances, work that has not ended, or usage that no bill has
/// yet. Of what was ordered, operators are told ids and nothing else.
pub(super) async fn none(tx: &FleetTx, row: &Tenant) -> Result<()> {
    let live = instance::live_anywhere(tx, row.id).await?;
    let work = operation::open_anywhere(tx, row.id).await?;
    let named = |kind, id: String| Blocker { kind, name: id.clone(), id };
    let live = live.iter().map(|id| named("instance", id.to_string()));
    let work = work.iter().map(|id| named("operation", id.to_string()));
    let months = unbilled(tx, row).await?.into_iter().map(|month| named("period", month));
    empty("tenant", live.chain(work).chain(months))
}

/// The months, from the first to the last, of usage that stands on no bill.
async fn unbilled(tx: &FleetTx, row: &Tenant) -> Result<Vec<String>> {
    let Some((first, last)) = usage_record::unbilled_anywhere(tx, row.id).await? else {
        return Ok(Vec::new());
    };
    let calendar = Calendar::new(&row.zone);
    let calendar = calendar.map_err(|error| Error::internal("read a zone", error))?;
    let (mut month, last) = (calendar.period_of(first), calendar.period_of(last));
    let mut months = Vec::new();
    while month <= last {
        months.push(month.to_string());
        month = month.next();
    }
    Ok(months)
}
