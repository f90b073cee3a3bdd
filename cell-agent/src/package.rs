//! What the catalogue says about a specification: the only file that asks it.

use std::collections::BTreeSet;

use catalog::recipe::{HotChange, InstanceRecipe, Medium, RecipeError, Surroundings};
use catalog::{Catalog, CatalogError, Package, topology};
use connectors::preflight::Need;
use types::id::MemberId;
use types::instance::InstanceSpec;
use types::operation::Problem;

fn of_catalog(error: &CatalogError) -> Problem {
    Problem { code: error.code().to_owned(), message: format!("{error}.") }
}

fn of_recipe(error: &RecipeError) -> Problem {
    Problem { code: error.code().to_owned(), message: format!("{error}.") }
}

fn find(spec: &InstanceSpec) -> Result<&'static Package, Problem> {
    Catalog::embedded().get(&spec.package).map_err(|error| of_catalog(&error))
}

/// Where the product's files come from.
pub fn medium(spec: &InstanceSpec) -> Result<Medium, Problem> {
    catalog::recipe::medium(find(spec)?, &spec.software_version).map_err(|error| of_recipe(&error))
}

/// What an installation with these places needs of where it goes.
pub fn need(spec: &InstanceSpec, places: &Surroundings) -> Result<Need, Problem> {
    let software = find(spec)?.manifest().software(&spec.software_version);
    let architectures = software.map(|software| software.medium.architectures.clone());
    Ok(Need {
        medium: medium(spec)?,
        architectures: architectures.unwrap_or_default(),
        members: spec.members.iter().filter(|one| !places.contains_key(&one.id)).count(),
        size: spec.size,
    })
}

/// The members in the order of their start.
pub fn start_order(spec: &InstanceSpec) -> Result<Vec<MemberId>, Problem> {
    let known = topology::members(find(spec)?, &spec.topology).unwrap_or_default();
    let order = |ordinal: i32, role: &str| {
        let by_ordinal = known.iter().find(|one| one.ordinal == ordinal && one.role == role);
        by_ordinal.or_else(|| known.iter().find(|one| one.role == role))
    };
    let mut members = Vec::with_capacity(spec.members.len());
    for member in &spec.members {
        let rule = order(member.ordinal, &member.role).ok_or_else(|| Problem {
            code: "PACKAGE_LACKS".to_owned(),
            message: format!(
                "Topology `{}` of package {} has no member role `{}`.",
                spec.topology, spec.package.name, member.role
            ),
        })?;
        members.push((rule.start_order, member.ordinal, member.id));
    }
    members.sort_unstable();
    Ok(members.into_iter().map(|(_, _, id)| id).collect())
}

/// The rendered steps, once all members have a place.
pub fn recipe(spec: &InstanceSpec, places: &Surroundings) -> Result<InstanceRecipe, Problem> {
    catalog::recipe::render(find(spec)?, spec, places).map_err(|error| of_recipe(&error))
}

/// What brings changed parameters to a running member.
pub fn hot_changes(
    spec: &InstanceSpec,
    changed: &BTreeSet<String>,
    places: &Surroundings,
    member: MemberId,
) -> Result<Vec<HotChange>, Problem> {
    catalog::recipe::hot_changes(find(spec)?, spec, changed, places, member)
        .map_err(|error| of_recipe(&error))
}

/// Which of the changed parameters reach running members without a restart.
pub fn hot(spec: &InstanceSpec, changed: &BTreeSet<String>) -> Result<BTreeSet<String>, Problem> {
    let package = find(spec)?;
    let is_hot = |name: &&String| {
        let effect = package.parameters().get(*name).map(|parameter| parameter.effect);
        effect == Some(catalog::parameter::Effect::Hot) && spec.parameters.contains_key(*name)
    };
    Ok(changed.iter().filter(is_hot).cloned().collect())
}
