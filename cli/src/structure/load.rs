//! Reads the structure of the tenant that one is signed in to, and remembers the ids.

use std::collections::{BTreeMap, BTreeSet};

use crate::client::Client;
use crate::command::access::{ALL, groups, roles, subjects};
use crate::command::application::parts as parts_of;
use crate::error::{Error, Result};
use crate::page;
use crate::query::access::{self as rows, BindingsOf, MembersOf};
use crate::query::application::{ApplicationsOf, Part};
use crate::query::tree::OrganizationsOf;
use crate::query::viewer::Place;
use crate::query::{
    AskOwnPlace, ListApplications, ListBindings, ListGroupMembers, ListOrganizations,
    ListPlacedProjects, Nothing, Reference, Slice,
};
use crate::structure::plan::{Known, kept_plans};
use crate::structure::{
    Application, At, Binding, Effect, Group, Holder, Organization, Project, Role, Structure,
};

mod instance;
mod limit;

/// What is there, with its ids.
#[derive(Debug, Default)]
pub struct Tenant {
    pub structure: Structure,
    pub known: Known,
    pub ids: Ids,
    /// Secret parameters of instances, which no document has.
    pub left_out: Vec<String>,
}

/// Paths by the ids of what has them.
#[derive(Debug, Default)]
struct Paths {
    organizations: BTreeMap<String, String>,
    projects: BTreeMap<String, String>,
    applications: BTreeMap<String, String>,
    instances: BTreeMap<String, String>,
}

/// Ids by the names of the document.
#[derive(Debug, Default)]
pub struct Ids {
    pub tenant: String,
    /// By path; the root's is empty.
    pub organizations: BTreeMap<String, String>,
    pub projects: BTreeMap<String, String>,
    pub roles: BTreeMap<String, String>,
    pub groups: BTreeMap<String, String>,
    pub subjects: BTreeMap<String, String>,
    pub applications: BTreeMap<String, String>,
    pub instances: BTreeMap<String, String>,
    /// By the name of the package.
    pub offerings: BTreeMap<String, String>,
    /// By the names of the package and the plan: `redis/small`.
    pub plans: BTreeMap<String, String>,
}

/// Reads all of it.
///
/// # Errors
/// [`Error::Usage`] for those who do not see the whole tenant: part of a structure would look like
/// all of it.
pub async fn load(client: &Client) -> Result<Tenant> {
    let own = client.ask::<AskOwnPlace>(&Nothing {}).await?;
    let sees_all = ["VIEW", "MANAGE_ACCESS"]
        .iter()
        .all(|right| own.can_in_tenant.iter().any(|may| may == right));
    let Some(tenant) = own.tenant.filter(|_| sees_all) else {
        let told = "only those who see the whole tenant and manage its access can do this";
        return Err(Error::Usage(told.to_owned()));
    };
    let mut found = Tenant { structure: Structure::empty(), ..Tenant::default() };
    found.ids.tenant = tenant.id;
    let mut paths = Paths::default();
    paths.organizations = found.organizations(client).await?;
    paths.projects = found.projects(client, &paths).await?;
    found.offerings(client).await?;
    found.service_accounts(client, &paths).await?;
    found.limits(client, &paths).await?;
    paths.instances = found.instances(client, &paths).await?;
    paths.applications = found.applications(client, &paths).await?;
    found.roles(client).await?;
    found.groups(client).await?;
    found.bindings(client, &paths).await?;
    found.rules(client, &paths).await?;
    found.known.kept_plans = kept_plans(&found.structure);
    Ok(found)
}

impl Tenant {
    /// Answers the paths by id.
    async fn organizations(&mut self, client: &Client) -> Result<BTreeMap<String, String>> {
        let slice = |first, after| OrganizationsOf { first, after, search: None };
        let list = page::collect::<ListOrganizations, _>(client, ALL, slice, |page| page).await?;
        let mut paths = BTreeMap::new();
        for one in list.items {
            // The root is there in every tenant, and is called otherwise in each.
            let names: Vec<_> = one.path.iter().skip(1).map(|step| step.name.as_str()).collect();
            let path = names.join("/");
            paths.insert(one.id.clone(), path.clone());
            self.ids.organizations.insert(path.clone(), one.id);
            if !path.is_empty() {
                self.structure.organizations.push(Organization { path, title: one.title });
            }
        }
        Ok(paths)
    }

    async fn projects(
        &mut self,
        client: &Client,
        paths: &Paths,
    ) -> Result<BTreeMap<String, String>> {
        let slice = |first, after| Slice { first, after };
        let list = page::collect::<ListPlacedProjects, _>(client, ALL, slice, |page| page).await?;
        let mut places = BTreeMap::new();
        for one in list.items {
            let above = path_of(&paths.organizations, one.organization.as_ref());
            let Some(organization) = above else { continue };
            let project = Project { organization, name: one.name, title: one.title };
            places.insert(one.id.clone(), project.path());
            self.ids.projects.insert(project.path(), one.id);
            self.structure.projects.push(project);
        }
        self.structure.projects.sort_by_key(Project::path);
        Ok(places)
    }

    async fn applications(
        &mut self,
        client: &Client,
        paths: &Paths,
    ) -> Result<BTreeMap<String, String>> {
        let slice =
            |first, after| ApplicationsOf { first, after, organization: None, search: None };
        let list = page::collect::<ListApplications, _>(client, ALL, slice, |page| page).await?;
        let mut known = BTreeMap::new();
        for one in list.items {
            let above = path_of(&paths.organizations, one.organization.as_ref());
            let Some(organization) = above else { continue };
            let rows = parts_of(client, &one.id).await?;
            let path = |part: &Part| {
                let path = paths.instances.get(&part.instance.id)?;
                Some((part.instance.id.clone(), path.clone()))
            };
            let parts: BTreeMap<_, _> = rows.iter().filter_map(path).collect();
            let needs = needs(&rows, &parts);
            let application = Application {
                organization,
                name: one.name,
                title: one.title,
                description: one.description,
                exclusive: one.is_exclusive,
                parts: parts.into_values().collect(),
                needs,
            };
            known.insert(one.id.clone(), application.path());
            self.ids.applications.insert(application.path(), one.id);
            self.structure.applications.push(application);
        }
        self.structure.applications.sort_by_key(Application::path);
        Ok(known)
    }

    async fn roles(&mut self, client: &Client) -> Result<()> {
        let all = roles(client).await?;
        let names: BTreeMap<_, _> =
            all.iter().map(|role| (role.id.as_str(), role.name.as_str())).collect();
        for role in &all {
            self.ids.roles.insert(role.name.clone(), role.id.clone());
            self.known.actions.extend(role.actions.iter().map(|action| action.to_lowercase()));
            if !role.is_own {
                self.known.roles.insert(role.name.clone());
                continue;
            }
            let named: Vec<_> = role.parts.iter().map(|part| names.get(part.as_str())).collect();
            let parts = || role.parts.iter().zip(&named);
            let actions = parts().filter(|(_, name)| name.is_none()).map(|(part, _)| part.clone());
            self.structure.roles.push(Role {
                name: role.name.clone(),
                title: role.title.clone(),
                actions: actions.collect(),
                roles: named.iter().flatten().map(|name| (**name).to_owned()).collect(),
            });
        }
        Ok(())
    }

    async fn groups(&mut self, client: &Client) -> Result<()> {
        for one in groups(client, ALL).await?.items {
            let slice = |first, after| MembersOf { id: one.id.clone(), first, after };
            let list =
                page::collect::<ListGroupMembers, _>(client, ALL, slice, |found| found.subjects);
            let members: BTreeSet<_> =
                list.await?.items.into_iter().map(|subject| subject.name).collect();
            self.ids.groups.insert(one.name.clone(), one.id);
            self.structure.groups.push(Group { name: one.name, title: one.title, members });
        }
        Ok(())
    }

    async fn bindings(&mut self, client: &Client, paths: &Paths) -> Result<()> {
        let slice = |first, after| BindingsOf { first, after, at: None, holder: None };
        let list = page::collect::<ListBindings, _>(client, ALL, slice, |page| page).await?;
        for one in list.items {
            // One that was deleted between two questions is not part of it any more.
            let Some(at) = paths.at(one.at.as_ref())? else { continue };
            self.structure.bindings.push(Binding {
                holder: holder(one.holder),
                role: one.role.name,
                at,
                effect: if one.effect == "DENY" { Effect::Deny } else { Effect::Allow },
            });
        }
        self.structure.bindings.sort();
        Ok(())
    }

    /// Looks those people and service accounts up that a document names.
    ///
    /// # Errors
    /// As for any question; not for those who are not there.
    pub async fn meet(&mut self, client: &Client, names: &BTreeSet<String>) -> Result<()> {
        for name in names {
            // Names come in order, so one that is a beginning of others stands before them.
            let found = subjects(client, 1, Some(name.clone())).await?.items.into_iter();
            if let Some(one) = found.into_iter().find(|one| one.name == *name) {
                self.ids.subjects.insert(one.name.clone(), one.id);
                self.known.subjects.insert(one.name);
            }
        }
        Ok(())
    }
}

impl Paths {
    /// The place that is told, none being the whole tenant; none if it was made or deleted between
    /// two questions.
    fn at(&self, told: Option<&Place>) -> Result<Option<At>> {
        let Some(at) = told else { return Ok(Some(At::Tenant)) };
        let found = match at.kind.as_str() {
            "Organization" => self.organizations.get(&at.id).cloned().map(At::Organization),
            "Project" => self.projects.get(&at.id).cloned().map(At::Project),
            "Application" => self.applications.get(&at.id).cloned().map(At::Application),
            "Tenant" => Some(At::Tenant),
            // To take a place that is not known for the whole tenant would give more.
            _ => {
                let told = format!("{} is a place that this command does not know", at.id);
                return Err(Error::Usage(told));
            }
        };
        Ok(found)
    }
}

/// The path of an organization that is told; what is told of no organization was moved or deleted
/// between two questions.
fn path_of(paths: &BTreeMap<String, String>, told: Option<&Reference>) -> Option<String> {
    paths.get(&told?.id).cloned()
}

/// What parts need, by their paths, which are known by id.
fn needs(rows: &[Part], paths: &BTreeMap<String, String>) -> BTreeMap<String, BTreeSet<String>> {
    let of = |row: &Part| {
        // One that was taken out between two pages is not part of it any more.
        let needed = row.needs.iter().filter_map(|one| paths.get(&one.id).cloned());
        Some((paths.get(&row.instance.id)?.clone(), needed.collect::<BTreeSet<_>>()))
    };
    rows.iter().filter_map(of).filter(|(_, needed)| !needed.is_empty()).collect()
}

fn holder(row: rows::Holder) -> Holder {
    if row.kind == "Group" { Holder::Group(row.name) } else { Holder::Subject(row.name) }
}

impl Ids {
    /// The id of a place of the document.
    pub fn at(&self, at: &At) -> Option<&String> {
        match at {
            At::Tenant => Some(&self.tenant),
            At::Organization(path) => self.organizations.get(path),
            At::Project(path) => self.projects.get(path),
            At::Application(path) => self.applications.get(path),
        }
    }
}
