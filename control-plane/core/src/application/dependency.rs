//! What in an application needs what.
//!
//! Whoever may change the application says it, of parts that they see. Nothing needs itself, also
//! not through others.

use std::collections::{BTreeMap, BTreeSet};

use control_plane_store::application_dependency::{self, ApplicationDependency};
use control_plane_store::application_part;
use policies::permit::Permit;
use serde_json::json;
use types::id::{ApplicationId, InstanceId};

use super::change::{Change, conflict, no_part, otherwise, permit};
use super::get;
use crate::call::Call;
use crate::error::{Error, Result};
use crate::idempotency::Once;
use crate::instance::get as instance_of;

/// The most that one part needs.
pub const NEEDS_MAX: usize = 50;

/// Says that one part of an application needs another.
pub async fn depend(
    call: &Call,
    id: ApplicationId,
    part: InstanceId,
    needs: InstanceId,
    key: &str,
) -> Result<ApplicationId> {
    let once = Once::new("addDependency", key, &(id, part, needs))?;
    let work = async {
        let permit = permit_dependency(call, id, part, needs).await?;
        let change = Change::begin(call, &permit).await?;
        let row = change.held(id).await?;
        // Held, so that a cell that reports one gone finds the dependency.
        let mut both = vec![part, needs];
        both.dedup();
        if application_part::lock(&change.tx, id, &both).await?.len() < both.len() {
            return Err(no_part());
        }
        let known = application_dependency::of_application(&change.tx, id).await?;
        let known: Vec<_> = known.iter().map(|row| (row.instance_id, row.needs_id)).collect();
        if known.contains(&(part, needs)) {
            return Err(conflict("needs_already", "the dependency is there already"));
        }
        if known.iter().filter(|(of, _)| *of == part).count() >= NEEDS_MAX {
            return Err(conflict("too_many_needs", format!("a part can need {NEEDS_MAX} others")));
        }
        if reaches(&known, needs, part) {
            return Err(Error::NeedsItself);
        }
        let new = ApplicationDependency {
            application_id: id,
            instance_id: part,
            needs_id: needs,
            tenant_id: row.tenant_id,
            added_at: call.now(),
        };
        application_dependency::insert(&change.tx, new).await?;
        let content = json!({ "instance": part, "needs": needs });
        change.commit(&once, "application_dependency_added", &row, content, &id).await?;
        Ok(id)
    };
    once.own(call, work).await
}

/// Says that one part of an application does not need another any more.
pub async fn free(
    call: &Call,
    id: ApplicationId,
    part: InstanceId,
    needs: InstanceId,
    key: &str,
) -> Result<ApplicationId> {
    let once = Once::new("removeDependency", key, &(id, part, needs))?;
    let work = async {
        let permit = permit_dependency(call, id, part, needs).await?;
        let change = Change::begin(call, &permit).await?;
        let row = change.held(id).await?;
        let deleted = application_dependency::delete(&change.tx, id, part, needs).await;
        let message = "the part does not need the other one";
        deleted.map_err(|error| otherwise(error, conflict("no_dependency", message)))?;
        let content = json!({ "instance": part, "needs": needs });
        change.commit(&once, "application_dependency_removed", &row, content, &id).await?;
        Ok(id)
    };
    once.own(call, work).await
}

/// The right to say what needs what: at the application, for who sees both.
async fn permit_dependency(
    call: &Call,
    id: ApplicationId,
    part: InstanceId,
    needs: InstanceId,
) -> Result<Permit> {
    let row = get(call, id).await?;
    instance_of(call, part).await?;
    instance_of(call, needs).await?;
    permit(call, &row).await
}

/// Whether one can be come to from another, by what needs what.
fn reaches(known: &[(InstanceId, InstanceId)], from: InstanceId, to: InstanceId) -> bool {
    let mut needs = BTreeMap::<_, Vec<_>>::new();
    for (part, needed) in known {
        needs.entry(*part).or_default().push(*needed);
    }
    let (mut open, mut seen) = (vec![from], BTreeSet::new());
    while let Some(next) = open.pop() {
        if next == to {
            return true;
        }
        if seen.insert(next) {
            open.extend(needs.get(&next).into_iter().flatten());
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use types::id::SystemIds;

    use super::*;

    #[test]
    fn what_would_need_itself_through_others_is_found() {
        let [a, b, c, d] = [(); 4].map(|()| InstanceId::next(&SystemIds));
        let known = [(a, b), (b, c), (a, c), (d, b)];
        for (part, needs, is_cycle) in [
            (a, a, true),
            (b, a, true),
            (c, a, true),
            (c, d, true),
            (a, d, false),
            (d, a, false),
            (d, c, false),
        ] {
            assert_eq!(reaches(&known, needs, part), is_cycle, "{part} needs {needs}");
        }
    }
}
