//! Reads instances, service accounts and the catalogue.

use std::collections::BTreeMap;

use serde_json::Map;

use crate::ask::Ask;
use crate::page;
use crate::query::offering::OfferingsOf;
use crate::query::structure::OrderedInstance;
use crate::query::{ListOfferings, ListOrderedInstances, ListPlacedServiceAccounts, Slice};
use crate::structure::instance::Instance;
use crate::structure::plan::Offered;
use crate::structure::{ServiceAccount, below};

use super::{Paths, Tenant, path_of, same};

/// Offerings of one page: each tells its plans, versions, topologies and templates.
const OFFERINGS: u32 = 20;
/// What the plane tells in place of a secret.
const MASK: &str = "********";

impl Tenant {
    /// What can be ordered.
    pub(super) async fn offerings<A: Ask>(&mut self, client: &A) -> Result<(), A::Error> {
        let slice = |first: u32, after| {
            let first = first.min(OFFERINGS);
            OfferingsOf { first, after, search: None }
        };
        for one in page::all::<ListOfferings, _, A>(client, "offerings", slice, same).await? {
            let mut offered = Offered::default();
            offered.versions.extend(one.software_versions);
            offered.topologies.extend(one.topologies.into_iter().map(|topology| topology.name));
            offered.templates.extend(one.templates.into_iter().map(|template| template.name));
            for plan in one.plans {
                self.ids.plans.insert(below(&one.name, &plan.name), plan.id);
                offered.plans.insert(plan.name);
            }
            self.ids.offerings.insert(one.name.clone(), one.id);
            self.known.offerings.insert(one.name, offered);
        }
        Ok(())
    }

    pub(super) async fn service_accounts<A: Ask>(
        &mut self,
        client: &A,
        paths: &Paths,
    ) -> Result<(), A::Error> {
        let slice = |first, after| Slice { first, after };
        let list =
            page::all::<ListPlacedServiceAccounts, _, A>(client, "service accounts", slice, same);
        for one in list.await? {
            let above = path_of(&paths.organizations, Some(&one.organization));
            let Some(organization) = above else { continue };
            let (name, title) = (one.name, one.title);
            self.structure.service_accounts.push(ServiceAccount { organization, name, title });
        }
        Ok(())
    }

    /// Answers their paths by id.
    pub(super) async fn instances<A: Ask>(
        &mut self,
        client: &A,
        paths: &Paths,
    ) -> Result<BTreeMap<String, String>, A::Error> {
        let slice = |first, after| Slice { first, after };
        let list = page::all::<ListOrderedInstances, _, A>(client, "instances", slice, same);
        let mut places = BTreeMap::new();
        // What is on its way out is no part of it.
        for one in list.await?.into_iter().filter(|one| one.wish != "DELETED") {
            let Some(project) = paths.projects.get(&one.project.id).cloned() else { continue };
            let id = one.id.clone();
            let (instance, secrets) = ordered(one, project);
            let path = instance.path();
            let told = |parameter: String| format!("{parameter} of {path}");
            self.left_out.extend(secrets.into_iter().map(told));
            places.insert(id.clone(), path.clone());
            self.ids.instances.insert(path, id);
            self.structure.instances.push(instance);
        }
        self.structure.instances.sort_by_key(Instance::path);
        Ok(places)
    }
}

/// How an instance would be ordered as it is now, and which of its parameters are secret.
fn ordered(row: OrderedInstance, project: String) -> (Instance, Vec<String>) {
    let mut instance = Instance {
        project,
        name: row.name,
        package: row.package,
        software_version: row.software_version,
        topology: row.topology,
        plan: row.plan.name,
        template: None,
        parameters: Map::new(),
    };
    let mut secrets = Vec::new();
    for one in row.configuration.values {
        match one.origin.as_str() {
            "OWN" if one.value == MASK => secrets.push(one.parameter),
            "OWN" => {
                instance.parameters.insert(one.parameter, one.value);
            }
            "TEMPLATE" => instance.template = one.template.or(instance.template),
            _ => {}
        }
    }
    (instance, secrets)
}
