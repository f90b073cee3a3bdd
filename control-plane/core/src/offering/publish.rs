//! Publishes packages of this program as offerings, and takes them back.

use catalog::package::Package;
use control_plane_store::{FleetTx, offering, plan};
use policies::action::Action;
use policies::permit::FleetPermit;
use types::id::{OfferingId, PlanId};

use super::audience::{OfferingView, WHAT, What, conflict, do_once, lock, views};
use super::{Audience, Offering};
use crate::audit;
use crate::call::Call;
use crate::error::{Error, Result};
use crate::idempotency::Once;
use crate::organization::taken;
use crate::page::Page;
use crate::plane::Plane;

/// A package of this program, and the offering that was made of it.
#[derive(Clone, Debug)]
pub struct PackageView {
    /// The package.
    pub package: &'static Package,
    /// None: it was never published.
    pub offering: Option<OfferingView>,
}

/// Every package of this program, for operators.
pub async fn packages(call: &Call) -> Result<Vec<PackageView>> {
    let permit = call.fleet(Action::Administer, "package").await?;
    let reader = call.plane().store.fleet_read(&permit);
    let rows = offering::list_anywhere(&reader, &Page::largest()).await?.items;
    let mut known = views(&reader, rows).await?;
    let view = |package: &'static Package| {
        let manifest = package.manifest();
        let is_of = |it: &mut OfferingView| {
            it.row.package == manifest.name && it.row.package_version == manifest.version
        };
        PackageView { package, offering: known.extract_if(.., is_of).next() }
    };
    Ok(call.plane().catalog.list().iter().map(view).collect())
}

/// Publishes a package with the plans it suggests. One that was withdrawn can be ordered again, by
/// the same plans.
pub async fn publish(
    call: &Call,
    (package, version): (&str, Option<&str>),
    audience: Audience,
    key: &str,
) -> Result<OfferingId> {
    let once = Once::new("publishOffering", key, &(package, version, audience.as_str()))?;
    let permit = call.fleet(Action::Administer, "package").await?;
    let package = meant(call, package, version)?;
    let work = async |tx: &FleetTx| {
        let manifest = package.manifest();
        let known = offering::lock_package(tx, &manifest.name, &manifest.version).await?;
        match known {
            None => insert(call.plane(), tx, package, audience).await,
            Some(row) if row.withdrawn_at.is_none() => {
                Err(Error::AlreadyExists { what: WHAT, name: manifest.name.clone() })
            }
            Some(row) => {
                let id = row.id;
                offering::update(tx, Offering { withdrawn_at: None, audience, ..row }).await?;
                Ok(id)
            }
        }
    };
    do_once(call, &permit, &once, What::default(), work).await
}

/// Lets nobody order it any more. Instances of it go on.
pub async fn withdraw(call: &Call, id: OfferingId, key: &str) -> Result<OfferingId> {
    let once = Once::new("withdrawOffering", key, &id)?;
    let permit = call.fleet(Action::Administer, WHAT).await?;
    let work = async |tx: &FleetTx| {
        let row = lock(tx, id).await?;
        if row.withdrawn_at.is_some() {
            return Err(conflict("withdrawn_already", "the offering was withdrawn before"));
        }
        offering::update(tx, Offering { withdrawn_at: Some(call.now()), ..row }).await?;
        Ok(id)
    };
    do_once(call, &permit, &once, What::default(), work).await
}

/// The package of that name in a version, or in the only one.
fn meant(call: &Call, name: &str, version: Option<&str>) -> Result<&'static Package> {
    let of_name = |it: &&'static Package| it.manifest().name == name;
    let mut found: Vec<_> = call.plane().catalog.list().iter().filter(of_name).collect();
    if let Some(version) = version {
        found.retain(|package| package.manifest().version == version);
    }
    match found.as_slice() {
        [one] => Ok(one),
        [] => Err(Error::NotFound { what: "package" }),
        many => {
            let versions: Vec<_> = many.iter().map(|it| it.manifest().version.as_str()).collect();
            let message = format!("say which version: {}", versions.join(", "));
            Err(Error::invalid("version", "required", message))
        }
    }
}

/// Publishes a package to all tenants, without anybody who is signed in.
pub async fn to_all(plane: &Plane, permit: &FleetPermit, package: &Package) -> Result<OfferingId> {
    let tx = plane.store.fleet(permit).await?;
    let id = insert(plane, &tx, package, Audience::All).await?;
    audit::fleet(&tx, plane, "publishOffering", &id).await?;
    tx.commit().await?;
    Ok(id)
}

async fn insert(
    plane: &Plane,
    tx: &FleetTx,
    package: &Package,
    audience: Audience,
) -> Result<OfferingId> {
    let manifest = package.manifest();
    let id = OfferingId::next(&*plane.ids);
    let row = Offering {
        id,
        package: manifest.name.clone(),
        package_version: manifest.version.clone(),
        published_at: plane.clock.now(),
        withdrawn_at: None,
        audience,
    };
    offering::insert(tx, row).await.map_err(|error| taken(error, WHAT, &manifest.name))?;
    for (template, ordinal) in manifest.plans.iter().zip(0..) {
        let place = (ordinal, Audience::All);
        let row = super::plan::row(PlanId::next(&*plane.ids), id, template, place);
        plan::insert(tx, row).await?;
    }
    Ok(id)
}
