//! What other processes did, seen without a hint of theirs: twice a second each process asks for the
//! numbers of those tenants of which somebody waits for something, however many wait.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use control_plane_store::{StoreError, event, standing};
use policies::permit::{FleetPermit, Task};
use types::id::TenantId;

use crate::nudge::Topic;
use crate::plane::Plane;

/// How often a process looks for what others did.
const WATCH: Duration = Duration::from_millis(500);

/// By tenant: the last event's number, and how often rights or the tree changed.
type Numbers = BTreeMap<TenantId, (i64, i64)>;

/// Tells those who wait what other processes did, for ever. It asks nothing while nobody waits.
pub async fn watch(plane: &Plane) {
    let mut known = Numbers::new();
    loop {
        plane.clock.sleep(WATCH).await;
        match numbers(plane, plane.nudges.tenants()).await {
            Ok(found) => {
                tell(plane, &known, &found);
                known = found;
            }
            // It is asked again; until then everybody looks now and then.
            Err(error) => {
                tracing::debug!(error = &error as &dyn std::error::Error, "look for changes")
            }
        }
    }
}

async fn numbers(plane: &Plane, tenants: BTreeSet<TenantId>) -> Result<Numbers, StoreError> {
    if tenants.is_empty() {
        return Ok(Numbers::new());
    }
    let reader = plane.store.fleet_read(&FleetPermit::task(Task::LoadRights));
    let tenants: Vec<_> = tenants.into_iter().collect();
    let mut found: Numbers = tenants.iter().map(|tenant| (*tenant, (0, 0))).collect();
    for (tenant, number) in event::last_numbers(&reader, &tenants).await? {
        found.entry(tenant).or_default().0 = number;
    }
    for (tenant, number) in standing::numbers(&reader, &tenants).await? {
        found.entry(tenant).or_default().1 = number;
    }
    Ok(found)
}

/// Whoever began to wait since the last look is told as well: what changed in between is not known.
fn tell(plane: &Plane, known: &Numbers, found: &Numbers) {
    for (tenant, (event, standing)) in found {
        let before = known.get(tenant);
        if before.is_none_or(|(_, before)| before != standing) {
            plane.hear(Topic::Rights(*tenant));
        }
        if before.is_none_or(|(before, _)| before != event) {
            plane.hear(Topic::Tenant(*tenant));
        }
    }
}
