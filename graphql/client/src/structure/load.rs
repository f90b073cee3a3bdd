//! Reads the structure of the tenant that one is signed in to, and remembers the ids.

use std::collections::{BTreeMap, BTreeSet};

use crate::ask::Ask;
use crate::page::{self, Page};
use crate::query::access::{self as rows, BindingsOf, MembersOf, SubjectsOf};
use crate::query::application::{ApplicationsOf, Part, Parts, PartsOf};
use crate::query::tree::OrganizationsOf;
use crate::query::viewer::Place;
use crate::query::{
    AskOwnPlace, ListApplications, ListBindings, ListGroupMembers, ListGroups, ListOrganizations,
    ListParts, ListPlacedProjects, ListRoles, ListSubjects, Nothing, Reference, Slice,
};
use crate::structure::plan::{Known, kept_plans};
use crate::structure::{
    Application, At, Binding, Effect, Group, Holder, Organization, Project, Role, Structure,
    StructureError,
};

mod instance;
mod limit;

/// What is there, with its ids.
#[derive(Debug, Default)]
pub struct Tenant {
    /// The document of it.
    pub structure: Structure,
    /// What a plan needs to know beside it.
    pub known: Known,
    /// Ids by name.
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
    /// The tenant's own.
    pub tenant: String,
    /// By path; the root's is empty.
    pub organizations: BTreeMap<String, String>,
    /// By path.
    pub projects: BTreeMap<String, String>,
    /// By name.
    pub roles: BTreeMap<String, String>,
    /// By name.
    pub groups: BTreeMap<String, String>,
    /// Of people and service accounts, by name.
    pub subjects: BTreeMap<String, String>,
    /// By path.
    pub applications: BTreeMap<String, String>,
    /// By path.
    pub instances: BTreeMap<String, String>,
    /// By the name of the package.
    pub offerings: BTreeMap<String, String>,
    /// By the names of the package and the plan: `redis/small`.
    pub plans: BTreeMap<String, String>,
}

/// Reads all of it.
///
/// # Errors
/// [`StructureError::NotAll`] for those who do not see the whole tenant: part of a structure would
/// look like all of it.
pub async fn load<A: Ask>(client: &A) -> Result<Tenant, A::Error> {
    let own = client.ask::<AskOwnPlace>(&Nothing {}).await?;
    let sees_all = ["VIEW", "MANAGE_ACCESS"]
        .iter()
        .all(|right| own.can_in_tenant.iter().any(|may| may == right));
    let tenant = own.tenant.filter(|_| sees_all).ok_or(StructureError::NotAll)?;
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
    async fn organizations<A: Ask>(
        &mut self,
        client: &A,
    ) -> Result<BTreeMap<String, String>, A::Error> {
        let slice = |first, after| OrganizationsOf { first, after, search: None };
        let list = page::all::<ListOrganizations, _, A>(client, "organizations", slice, same);
        let mut paths = BTreeMap::new();
        for one in list.await? {
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

    async fn projects<A: Ask>(
        &mut self,
        client: &A,
        paths: &Paths,
    ) -> Result<BTreeMap<String, String>, A::Error> {
        let slice = |first, after| Slice { first, after };
        let list = page::all::<ListPlacedProjects, _, A>(client, "projects", slice, same);
        let mut places = BTreeMap::new();
        for one in list.await? {
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

    async fn applications<A: Ask>(
        &mut self,
        client: &A,
        paths: &Paths,
    ) -> Result<BTreeMap<String, String>, A::Error> {
        let slice =
            |first, after| ApplicationsOf { first, after, organization: None, search: None };
        let list = page::all::<ListApplications, _, A>(client, "applications", slice, same);
        let mut known = BTreeMap::new();
        for one in list.await? {
            let above = path_of(&paths.organizations, one.organization.as_ref());
            let Some(organization) = above else { continue };
            let slice = |first, after| PartsOf { id_or_name: one.id.clone(), first, after };
            let parts = |found: Parts| found.parts;
            let rows = page::all::<ListParts, _, A>(client, "parts", slice, parts).await?;
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

    async fn roles<A: Ask>(&mut self, client: &A) -> Result<(), A::Error> {
        let all = client.ask::<ListRoles>(&Nothing {}).await?;
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

    async fn groups<A: Ask>(&mut self, client: &A) -> Result<(), A::Error> {
        let slice = |first, after| Slice { first, after };
        for one in page::all::<ListGroups, _, A>(client, "groups", slice, same).await? {
            let slice = |first, after| MembersOf { id: one.id.clone(), first, after };
            let subjects = |found: rows::Members| found.subjects;
            let list = page::all::<ListGroupMembers, _, A>(client, "members", slice, subjects);
            let members = list.await?.into_iter().map(|subject| subject.name).collect();
            self.ids.groups.insert(one.name.clone(), one.id);
            self.structure.groups.push(Group { name: one.name, title: one.title, members });
        }
        Ok(())
    }

    async fn bindings<A: Ask>(&mut self, client: &A, paths: &Paths) -> Result<(), A::Error> {
        let slice = |first, after| BindingsOf { first, after, at: None, holder: None };
        let list = page::all::<ListBindings, _, A>(client, "bindings", slice, same);
        for one in list.await? {
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
    /// Those of whoever is asked; not for those who are not there.
    pub async fn meet<A: Ask>(
        &mut self,
        client: &A,
        names: &BTreeSet<String>,
    ) -> Result<(), A::Error> {
        for name in names {
            // Names come in order, so one that is a beginning of others stands before them.
            let slice = |first, after| SubjectsOf { first, after, search: Some(name.clone()) };
            let found = page::collect::<ListSubjects, _, A>(client, 1, slice, same).await?;
            if let Some(one) = found.items.into_iter().find(|one| one.name == *name) {
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
    fn at(&self, told: Option<&Place>) -> Result<Option<At>, StructureError> {
        let Some(at) = told else { return Ok(Some(At::Tenant)) };
        let found = match at.kind.as_str() {
            "Organization" => self.organizations.get(&at.id).cloned().map(At::Organization),
            "Project" => self.projects.get(&at.id).cloned().map(At::Project),
            "Application" => self.applications.get(&at.id).cloned().map(At::Application),
            "Tenant" => Some(At::Tenant),
            // To take a place that is not known for the whole tenant would give more.
            _ => {
                return Err(StructureError::Unread(format!("that {} is a place", at.id)));
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

/// A page that is all of the answer.
fn same<T>(page: Page<T>) -> Page<T> {
    page
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
