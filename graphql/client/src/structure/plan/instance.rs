//! Instances and service accounts of a document: what is wrong, and what has to be done. What is
//! there stays as it is.

use std::collections::BTreeSet;

use super::{Known, Places, Problems, Step};
use crate::structure::instance::Instance;
use crate::structure::{At, Structure};

/// Tells what cannot be ordered, and which names are others' already.
pub(super) fn problems(
    problems: &mut Problems,
    places: &Places<'_>,
    now: &Structure,
    wanted: &Structure,
    known: &Known,
) {
    problems.once("instance", wanted.instances.iter().map(Instance::path));
    let there = paths(now);
    for one in wanted.instances.iter().filter(|one| !there.contains(&one.path())) {
        let path = one.path();
        places.need(problems, &format!("instance {path}"), &At::Project(one.project.clone()));
        let Some(offered) = known.offerings.get(&one.package) else {
            problems.need(false, format!("instance {path}: there is no package {}", one.package));
            continue;
        };
        let mut need = |what: &str, names: &BTreeSet<String>, name: &String| {
            let missing = format!("instance {path}: {} has no {what} {name}", one.package);
            problems.need(names.contains(name), missing);
        };
        need("version", &offered.versions, &one.software_version);
        need("topology", &offered.topologies, &one.topology);
        need("plan", &offered.plans, &one.plan);
        one.template.iter().for_each(|name| need("template", &offered.templates, name));
    }
    problems.once(
        "service account",
        wanted.service_accounts.iter().map(|account| account.name.clone()),
    );
    for one in &wanted.service_accounts {
        let what = format!("service account {}", one.name);
        places.need(problems, &what, &At::Organization(one.organization.clone()));
        let is_one = now.service_accounts.iter().any(|account| account.name == one.name);
        let is_free = is_one || !known.subjects.contains(&one.name);
        problems.need(is_free, format!("{what}: a person has that name"));
    }
}

/// Of all instances.
pub(super) fn paths(of: &Structure) -> BTreeSet<String> {
    of.instances.iter().map(Instance::path).collect()
}

/// Orders of what is not there.
pub(super) fn orders(now: &Structure, wanted: &Structure) -> Vec<Step> {
    let there = paths(now);
    let missing = wanted.instances.iter().filter(|one| !there.contains(&one.path()));
    missing.cloned().map(Step::Order).collect()
}

/// Service accounts that are not there.
pub(super) fn accounts(now: &Structure, wanted: &Structure) -> Vec<Step> {
    let there: BTreeSet<_> = now.service_accounts.iter().map(|one| &one.name).collect();
    let missing = wanted.service_accounts.iter().filter(|one| !there.contains(&one.name));
    missing.cloned().map(Step::CreateServiceAccount).collect()
}
