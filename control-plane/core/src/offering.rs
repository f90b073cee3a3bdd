//! Offerings: packages published to tenants, and their plans.

use catalog::package::Package;
pub use control_plane_store::Audience;
use control_plane_store::offering;
pub use control_plane_store::offering::Offering;
use control_plane_store::plan as row;
pub use control_plane_store::plan::Plan;
use types::id::{OfferingId, PlanId};

use crate::call::Call;
use crate::error::{Error, Result};
use crate::page::Page;

pub mod audience;
pub mod plan;
pub mod publish;

/// What the caller's tenant may order, with this in name or title. The catalogue is small, so it is
/// read as a whole.
pub async fn visible(call: &Call, search: Option<&str>) -> Result<Vec<Offering>> {
    call.tenant()?;
    let rows = offering::list(&call.reader().await?, &Page::largest()).await?.items;
    let wanted = |row: &Offering| {
        let Some(search) = search.map(str::to_lowercase) else { return true };
        let package = call.plane().catalog.find(&row.package, &row.package_version);
        let title = package.map(|package| &package.manifest().title);
        let has = |text: &str| text.to_lowercase().contains(&search);
        has(&row.package) || title.is_some_and(|title| has(&title.en) || has(&title.zh))
    };
    Ok(rows.into_iter().filter(|row| row.withdrawn_at.is_none() && wanted(row)).collect())
}

/// One offering that the caller's tenant may see; a withdrawn one still describes the instances that
/// were made from it.
pub async fn get(call: &Call, id: OfferingId) -> Result<Offering> {
    let found = offering::find(&call.reader().await?, id).await?;
    found.ok_or(Error::NotFound { what: "offering" })
}

/// The offerings of packages, by name and version, for instances that were made from them: also those
/// that are not offered to the tenant any more.
pub async fn of_packages(call: &Call, packages: &[(String, String)]) -> Result<Vec<Offering>> {
    Ok(offering::of_packages(&call.reader().await?, packages).await?)
}

/// The package behind an offering.
pub fn package(call: &Call, row: &Offering) -> Result<&'static Package> {
    let found = call.plane().catalog.find(&row.package, &row.package_version);
    found.ok_or(Error::NotFound { what: "offering" })
}

/// The plans of several offerings that the caller's tenant may order by, in their order.
pub async fn plans(call: &Call, offerings: &[OfferingId]) -> Result<Vec<Plan>> {
    Ok(row::of_offerings(&call.reader().await?, offerings).await?)
}

/// A plan of the offering that the caller's tenant may order by.
pub async fn plan_of(call: &Call, offering: OfferingId, id: PlanId) -> Result<Plan> {
    let found = row::find(&call.reader().await?, id).await?;
    let found = found.filter(|plan| plan.offering_id == offering);
    found.ok_or(Error::NotFound { what: "plan" })
}

/// Several plans; also those that the tenant may not order by any more, for what was made by them.
pub async fn plans_by_ids(call: &Call, ids: &[PlanId]) -> Result<Vec<Plan>> {
    Ok(row::described(&call.reader().await?, ids).await?)
}
