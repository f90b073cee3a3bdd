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

/// The parts that need themselves, through whichever others.
pub(crate) fn circular(known: &[(InstanceId, InstanceId)]) -> BTreeSet<InstanceId> {
    // What needs nothing is in no circle, nor is what needs such alone: as a rule that is all.
    let mut open = BTreeMap::<_, usize>::new();
    let mut needed_by = BTreeMap::<_, Vec<_>>::new();
    for (part, needs) in known {
        *open.entry(*part).or_default() += 1;
        needed_by.entry(*needs).or_default().push(*part);
    }
    let mut free: Vec<_> =
        needed_by.keys().filter(|part| !open.contains_key(part)).copied().collect();
    while let Some(part) = free.pop() {
        for waiting in needed_by.get(&part).into_iter().flatten() {
            let Some(left) = open.get_mut(waiting) else { continue };
            *left -= 1;
            if *left == 0 {
                open.remove(waiting);
                free.push(*waiting);
            }
        }
    }
    let left =
        known.iter().filter(|(part, needs)| open.contains_key(part) && open.contains_key(needs));
    let left: Vec<_> = left.copied().collect();
    let itself = left.iter().filter(|(part, needs)| reaches(&left, *needs, *part));
    itself.map(|(part, _)| *part).collect()
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

    #[test]
    fn what_needs_itself_is_told_and_not_what_needs_that() {
        let [a, b, c, d, e] = [(); 5].map(|()| InstanceId::next(&SystemIds));
        let check = |known: &[(InstanceId, InstanceId)], expected: &[InstanceId]| {
            assert_eq!(circular(known), expected.iter().copied().collect());
        };
        check(&[], &[]);
        check(&[(a, b), (b, c), (a, c), (d, b)], &[]);
        check(&[(a, a), (b, a)], &[a]);
        check(&[(a, b), (b, c), (c, a), (d, a), (c, e)], &[a, b, c]);
        check(&[(a, b), (b, a), (c, d), (d, c), (b, c)], &[a, b, c, d]);
    }
}
