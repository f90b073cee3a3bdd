//! Does the steps of a plan, one after the other. One that fails leaves those before it done; the
//! same document can be taken again, and goes on where it stopped.

use crate::client::Client;
use crate::error::{Error, Result};
use crate::query::access::{
    BindRole, ChangeGroup, ChangeRole, CreateGroup, CreateRole, GroupMember,
};
use crate::query::application::{CreateApplication, Dependency, OnPart, RenameApplication};
use crate::query::order::With;
use crate::query::tree::{CreateOrganization, CreateProject, RenameOrganization, RenameProject};
use crate::query::{
    DoAddDependency, DoAddGroupMember, DoAddPart, DoBindRole, DoChangeGroup, DoChangeRole, DoCreateApplication,
    DoCreateGroup, DoCreateOrganization, DoCreateProject, DoCreateRole, DoRenameApplication,
    DoRenameOrganization, DoRenameProject,
};
use crate::structure::load::Ids;
use crate::structure::plan::Step;
use crate::structure::{At, Effect, Holder, Role, split};

/// Does one step, and remembers the id of what it made.
pub async fn apply(client: &Client, ids: &mut Ids, step: &Step) -> Result<()> {
    match step {
        Step::CreateOrganization(_)
        | Step::TitleOrganization(_)
        | Step::CreateProject(_)
        | Step::TitleProject(_) => of_tree(client, ids, step).await,
        Step::CreateApplication(_)
        | Step::WordApplication(_)
        | Step::AddPart { .. }
        | Step::Depend { .. } => of_applications(client, ids, step).await,
        _ => of_access(client, ids, step).await,
    }
}

async fn of_tree(client: &Client, ids: &mut Ids, step: &Step) -> Result<()> {
    let idempotency_key = client.new_key();
    match step.clone() {
        Step::CreateOrganization(one) => {
            let (above, name) = split(&one.path);
            let (parent, name) = (known(ids.organizations.get(above), above)?, name.to_owned());
            let input = CreateOrganization { parent, name, title: one.title, idempotency_key };
            let made = client.ask::<DoCreateOrganization>(&With { input }).await?;
            ids.organizations.insert(one.path, made.organization.id);
        }
        Step::TitleOrganization(one) => {
            let organization = known(ids.organizations.get(&one.path), &one.path)?;
            let title = Some(one.title);
            let input = RenameOrganization { organization, name: None, title, idempotency_key };
            client.ask::<DoRenameOrganization>(&With { input }).await?;
        }
        Step::CreateProject(one) => {
            let organization = known(ids.organizations.get(&one.organization), &one.organization)?;
            let (name, title) = (one.name.clone(), one.title.clone());
            let input = CreateProject { organization, name, title, idempotency_key };
            let made = client.ask::<DoCreateProject>(&With { input }).await?;
            ids.projects.insert(one.path(), made.project.id);
        }
        Step::TitleProject(one) => {
            let project = known(ids.projects.get(&one.path()), &one.path())?;
            let title = Some(one.title);
            let input = RenameProject { project, name: None, title, idempotency_key };
            client.ask::<DoRenameProject>(&With { input }).await?;
        }
        _ => {}
    }
    Ok(())
}

async fn of_applications(client: &Client, ids: &mut Ids, step: &Step) -> Result<()> {
    let idempotency_key = client.new_key();
    match step.clone() {
        Step::CreateApplication(one) => {
            let organization = known(ids.organizations.get(&one.organization), &one.organization)?;
            let path = one.path();
            let input = CreateApplication {
                organization,
                name: one.name,
                title: one.title,
                description: Some(one.description),
                is_exclusive: one.exclusive,
                idempotency_key,
            };
            let made = client.ask::<DoCreateApplication>(&With { input }).await?;
            ids.applications.insert(path, made.application.id);
        }
        Step::WordApplication(one) => {
            let application = known(ids.applications.get(&one.path()), &one.path())?;
            let (title, description) = (Some(one.title), Some(one.description));
            let input =
                RenameApplication { application, name: None, title, description, idempotency_key };
            client.ask::<DoRenameApplication>(&With { input }).await?;
        }
        Step::AddPart { application, part } => {
            let application = known(ids.applications.get(&application), &application)?;
            let instance = known(ids.instances.get(&part), &part)?;
            let input = OnPart { application, instance, idempotency_key };
            client.ask::<DoAddPart>(&With { input }).await?;
        }
        Step::Depend { application, part, needs } => {
            let application = known(ids.applications.get(&application), &application)?;
            let instance = known(ids.instances.get(&part), &part)?;
            let needs = known(ids.instances.get(&needs), &needs)?;
            let input = Dependency { application, instance, needs, idempotency_key };
            client.ask::<DoAddDependency>(&With { input }).await?;
        }
        _ => {}
    }
    Ok(())
}

async fn of_access(client: &Client, ids: &mut Ids, step: &Step) -> Result<()> {
    let idempotency_key = client.new_key();
    match step.clone() {
        Step::CreateRole(one) => {
            let parts = parts(ids, &one)?;
            let input =
                CreateRole { name: one.name.clone(), title: one.title, parts, idempotency_key };
            let made = client.ask::<DoCreateRole>(&With { input }).await?;
            ids.roles.insert(one.name, made.id);
        }
        Step::ChangeRole(one) => {
            let (role, parts) = (known(ids.roles.get(&one.name), &one.name)?, parts(ids, &one)?);
            let input =
                ChangeRole { role, name: one.name, title: one.title, parts, idempotency_key };
            client.ask::<DoChangeRole>(&With { input }).await?;
        }
        Step::CreateGroup { name, title } => {
            let input = CreateGroup { name: name.clone(), title, idempotency_key };
            let made = client.ask::<DoCreateGroup>(&With { input }).await?;
            ids.groups.insert(name, made.id);
        }
        Step::TitleGroup { name, title } => {
            let group = known(ids.groups.get(&name), &name)?;
            let input = ChangeGroup { group, name, title, idempotency_key };
            client.ask::<DoChangeGroup>(&With { input }).await?;
        }
        Step::AddMember { group, subject } => {
            let group = known(ids.groups.get(&group), &group)?;
            let subject = known(ids.subjects.get(&subject), &subject)?;
            let input = GroupMember { group, subject, idempotency_key };
            client.ask::<DoAddGroupMember>(&With { input }).await?;
        }
        Step::Bind(one) => {
            let holder = match &one.holder {
                Holder::Subject(name) => known(ids.subjects.get(name), name)?,
                Holder::Group(name) => known(ids.groups.get(name), name)?,
            };
            let role = known(ids.roles.get(&one.role), &one.role)?;
            let at = known(ids.at(&one.at), &place(&one.at))?;
            let effect = if one.effect == Effect::Deny { "DENY" } else { "ALLOW" };
            let effect = Some(effect.to_owned());
            let input = BindRole { holder, role, at, effect, idempotency_key };
            client.ask::<DoBindRole>(&With { input }).await?;
        }
        _ => {}
    }
    Ok(())
}

fn parts(ids: &Ids, role: &Role) -> Result<Vec<String>> {
    let roles = role.roles.iter().map(|name| known(ids.roles.get(name), name));
    role.actions.iter().cloned().map(Ok).chain(roles).collect()
}

/// The id of something that the plan saw or made.
fn known(id: Option<&String>, name: &str) -> Result<String> {
    let gone = || Error::Usage(format!("{name} is not there any more; import the document again"));
    id.cloned().ok_or_else(gone)
}

/// A place as people write it.
pub fn place(at: &At) -> String {
    match at {
        At::Tenant => "tenant".to_owned(),
        At::Organization(path) => format!("organization/{path}"),
        At::Project(path) => format!("project/{path}"),
        At::Application(path) => format!("application/{path}"),
    }
}
