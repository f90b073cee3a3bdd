//! Months that did not close in time and why, and licences.

use billing::closing;
use control_plane_core::licence;
use control_plane_core::plane::Plane;
use control_plane_store::tenant;
use policies::permit::FleetPermit;
use std::time::Duration;

use crate::doctor::{Findings, chain};

/// A month that could close is closed within this time while a plane runs.
const CLOSING: Duration = Duration::from_secs(600);
/// A licence that ends sooner has to be asked for now.
const LICENCE_ENDS: Duration = Duration::from_secs(30 * 24 * 3600);

/// Looks at the open month of every tenant.
pub async fn all(plane: &Plane, permit: &FleetPermit, findings: &mut Findings) {
    let name = "months";
    let tenants = match tenant::all(&plane.store.fleet_read(permit)).await {
        Ok(tenants) => tenants,
        Err(error) => return findings.error(name, chain(&error), "look at the database's log"),
    };
    let (now, mut is_good) = (plane.clock.now(), true);
    for row in &tenants {
        let waiting = match closing::waits(plane, row.id).await {
            Ok(Some(waiting)) => waiting,
            Ok(None) => continue,
            Err(error) => {
                let told = format!("tenant {}: {}", row.name, chain(&error));
                findings.error(name, told, "correct what was entered; nothing is billed before");
                is_good = false;
                continue;
            }
        };
        is_good = false;
        let told = format!("{} of tenant {} is over and not closed", waiting.period, row.name);
        let is_late = waiting.cells.is_empty() || waiting.until.plus(CLOSING) <= now;
        if is_late {
            let advice = "nothing keeps it: start the plane, or run `cellplane-plane billing \
                          close`, which says what is wrong";
            findings.warning(name, told, advice);
        } else {
            let told = format!("{told}: it waits for usage of {}", waiting.cells.join(", "));
            let advice = format!("it closes without them at {}; see the cells", waiting.until);
            findings.warning(name, told, advice);
        }
    }
    if is_good {
        findings.ok(name, "every month that is over is closed");
    }
}

/// Looks at the licences of every tenant.
pub async fn licences(plane: &Plane, permit: &FleetPermit, findings: &mut Findings) {
    let name = "licences";
    let uses = match licence::uses(plane, permit).await {
        Ok(uses) => uses,
        Err(error) => return findings.error(name, chain(&error), "look at the database's log"),
    };
    for file in &uses.broken {
        let advice = "install the file again as it was issued, or name its issuer in \
                      `licence.issuers`; nothing that runs is stopped";
        findings.error(
            name,
            format!("licence {} does not hold: {}", file.id, file.problem),
            advice,
        );
    }
    let (now, mut told) = (plane.clock.now(), Vec::new());
    for (tenant, used) in &uses.tenants {
        let shown = format!("tenant {tenant} uses {} of {} members", used.used, used.limit);
        let ends = used.not_after.filter(|end| end.since(now) < LICENCE_ENDS);
        if used.used > used.limit {
            let advice = "install a larger licence: new members are refused";
            findings.error(name, shown, advice);
        } else if let Some(end) = ends {
            let told = format!("{shown}; a licence ends at {end}");
            findings.warning(name, told, "ask for the next one; new members are refused then");
        } else {
            told.push(shown);
        }
    }
    if !told.is_empty() || (uses.tenants.is_empty() && uses.broken.is_empty()) {
        let shown = if told.is_empty() { "there is no tenant".to_owned() } else { told.join("; ") };
        findings.ok(name, shown);
    }
}
