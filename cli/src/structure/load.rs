//! Reads the structure of the tenant that one is signed in to, and remembers the ids.

use std::collections::{BTreeMap, BTreeSet};

use crate::client::Client;
use crate::command::access::{ALL, groups, roles, subjects};
use crate::error::{Error, Result};
use crate::page;
use crate::query::access::{self as rows, BindingsOf, MembersOf};
use crate::query::tree::OrganizationsOf;
use crate::query::{
    AskOwnPlace, ListBindings, ListGroupMembers, ListOrganizations, ListPlacedProjects, Nothing,
    Slice,
};
use crate::structure::plan::Known;
use crate::structure::{
    At, Binding, Effect, Group, Holder, Organization, Project, Role, Structure,
};

/// What is there, with its ids.
#[derive(Debug, Default)]
pub struct Tenant {
    pub structure: Structure,
    pub known: Known,
    pub ids: Ids,
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
    let paths = found.organizations(client).await?;
    let places = found.projects(client, &paths).await?;
    found.roles(client).await?;
    found.groups(client).await?;
    found.bindings(client, &paths, &places).await?;
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
        paths: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, String>> {
        let slice = |first, after| Slice { first, after };
        let list = page::collect::<ListPlacedProjects, _>(client, ALL, slice, |page| page).await?;
        let mut places = BTreeMap::new();
        for one in list.items {
            let organization = paths.get(&one.organization.id).cloned().unwrap_or_default();
            let project = Project { organization, name: one.name, title: one.title };
            places.insert(one.id.clone(), project.path());
            self.ids.projects.insert(project.path(), one.id);
            self.structure.projects.push(project);
        }
        self.structure.projects.sort_by_key(Project::path);
        Ok(places)
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

    async fn bindings(
        &mut self,
        client: &Client,
        paths: &BTreeMap<String, String>,
        places: &BTreeMap<String, String>,
    ) -> Result<()> {
        let slice = |first, after| BindingsOf { first, after, at: None, holder: None };
        let list = page::collect::<ListBindings, _>(client, ALL, slice, |page| page).await?;
        for one in list.items {
            let at = match &one.at {
                Some(at) if at.kind == "Organization" => {
                    paths.get(&at.id).map(|path| At::Organization(path.clone()))
                }
                Some(at) if at.kind == "Project" => {
                    places.get(&at.id).map(|path| At::Project(path.clone()))
                }
                _ => Some(At::Tenant),
            };
            // One that was deleted between two questions is not part of it any more.
            let Some(at) = at else { continue };
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
        }
    }
}
