//! Does the steps of a plan, one after the other. One that fails leaves those before it done; the
//! same document can be taken again, and goes on where it stopped.

use crate::ask::Ask;
use crate::query::access::{
    BindRole, ChangeGroup, ChangeRole, CreateGroup, CreateRole, GroupMember,
};
use crate::query::application::{CreateApplication, Dependency, OnPart, RenameApplication};
use crate::query::order::With;
use crate::query::tree::{CreateOrganization, CreateProject, RenameOrganization, RenameProject};
use crate::query::{
    DoAddDependency, DoAddGroupMember, DoAddPart, DoBindRole, DoChangeGroup, DoChangeRole,
    DoCreateApplication, DoCreateGroup, DoCreateOrganization, DoCreateProject, DoCreateRole,
    DoRenameApplication, DoRenameOrganization, DoRenameProject,
};
use crate::structure::load::Ids;
use crate::structure::plan::Step;
use crate::structure::{
    Application, Binding, Effect, Holder, Organization, Project, Role, StructureError, split,
};

mod instance;
mod limit;

/// Does one step, and remembers the id of what it made. A step is one change, with one key.
///
/// # Errors
/// Those of whoever is asked; [`StructureError::Gone`] for what was deleted meanwhile.
pub async fn apply<A: Ask>(client: &A, ids: &mut Ids, step: &Step) -> Result<(), A::Error> {
    match step.clone() {
        Step::CreateOrganization(one) => create_organization(client, ids, one).await,
        Step::TitleOrganization(one) => title_organization(client, ids, one).await,
        Step::CreateProject(one) => create_project(client, ids, one).await,
        Step::TitleProject(one) => title_project(client, ids, one).await,
        Step::CreateServiceAccount(one) => instance::create_service_account(client, ids, one).await,
        Step::SetQuota(one) => limit::set_quota(client, ids, one).await,
        Step::SetBudget(one) => limit::set_budget(client, ids, one).await,
        Step::Order(one) => instance::order(client, ids, one).await,
        Step::CreateApplication(one) => create_application(client, ids, one).await,
        Step::WordApplication(one) => word_application(client, ids, one).await,
        Step::AddPart { application, part } => add_part(client, ids, [&application, &part]).await,
        Step::Depend { application, part, needs } => {
            depend(client, ids, [&application, &part, &needs]).await
        }
        Step::CreateRole(one) => create_role(client, ids, one).await,
        Step::ChangeRole(one) => change_role(client, ids, one).await,
        Step::CreateGroup { name, title } => create_group(client, ids, name, title).await,
        Step::TitleGroup { name, title } => title_group(client, ids, name, title).await,
        Step::AddMember { group, subject } => add_member(client, ids, [&group, &subject]).await,
        Step::Bind(one) => bind(client, ids, &one).await,
        Step::CreateRule(one) => limit::create_rule(client, ids, one).await,
    }
}

async fn create_organization<A: Ask>(
    client: &A,
    ids: &mut Ids,
    one: Organization,
) -> Result<(), A::Error> {
    let (above, name) = split(&one.path);
    let (parent, name) = (known(ids.organizations.get(above), above)?, name.to_owned());
    let idempotency_key = client.new_key();
    let input = CreateOrganization { parent, name, title: one.title, idempotency_key };
    let made = client.ask::<DoCreateOrganization>(&With { input }).await?;
    ids.organizations.insert(one.path, made.organization.id);
    Ok(())
}

async fn title_organization<A: Ask>(
    client: &A,
    ids: &Ids,
    one: Organization,
) -> Result<(), A::Error> {
    let organization = known(ids.organizations.get(&one.path), &one.path)?;
    let (title, idempotency_key) = (Some(one.title), client.new_key());
    let input = RenameOrganization { organization, name: None, title, idempotency_key };
    client.ask::<DoRenameOrganization>(&With { input }).await?;
    Ok(())
}

async fn create_project<A: Ask>(client: &A, ids: &mut Ids, one: Project) -> Result<(), A::Error> {
    let organization = known(ids.organizations.get(&one.organization), &one.organization)?;
    let (path, idempotency_key) = (one.path(), client.new_key());
    let input = CreateProject { organization, name: one.name, title: one.title, idempotency_key };
    let made = client.ask::<DoCreateProject>(&With { input }).await?;
    ids.projects.insert(path, made.project.id);
    Ok(())
}

async fn title_project<A: Ask>(client: &A, ids: &Ids, one: Project) -> Result<(), A::Error> {
    let project = known(ids.projects.get(&one.path()), &one.path())?;
    let (title, idempotency_key) = (Some(one.title), client.new_key());
    let input = RenameProject { project, name: None, title, idempotency_key };
    client.ask::<DoRenameProject>(&With { input }).await?;
    Ok(())
}

async fn create_application<A: Ask>(
    client: &A,
    ids: &mut Ids,
    one: Application,
) -> Result<(), A::Error> {
    let organization = known(ids.organizations.get(&one.organization), &one.organization)?;
    let path = one.path();
    let input = CreateApplication {
        organization,
        name: one.name,
        title: one.title,
        description: Some(one.description),
        is_exclusive: one.exclusive,
        idempotency_key: client.new_key(),
    };
    let made = client.ask::<DoCreateApplication>(&With { input }).await?;
    ids.applications.insert(path, made.application.id);
    Ok(())
}

async fn word_application<A: Ask>(client: &A, ids: &Ids, one: Application) -> Result<(), A::Error> {
    let input = RenameApplication {
        application: known(ids.applications.get(&one.path()), &one.path())?,
        name: None,
        title: Some(one.title),
        description: Some(one.description),
        idempotency_key: client.new_key(),
    };
    client.ask::<DoRenameApplication>(&With { input }).await?;
    Ok(())
}

async fn add_part<A: Ask>(
    client: &A,
    ids: &Ids,
    [application, part]: [&String; 2],
) -> Result<(), A::Error> {
    let input = OnPart {
        application: known(ids.applications.get(application), application)?,
        instance: known(ids.instances.get(part), part)?,
        idempotency_key: client.new_key(),
    };
    client.ask::<DoAddPart>(&With { input }).await?;
    Ok(())
}

async fn depend<A: Ask>(
    client: &A,
    ids: &Ids,
    [application, part, needs]: [&String; 3],
) -> Result<(), A::Error> {
    let input = Dependency {
        application: known(ids.applications.get(application), application)?,
        instance: known(ids.instances.get(part), part)?,
        needs: known(ids.instances.get(needs), needs)?,
        idempotency_key: client.new_key(),
    };
    client.ask::<DoAddDependency>(&With { input }).await?;
    Ok(())
}

async fn create_role<A: Ask>(client: &A, ids: &mut Ids, one: Role) -> Result<(), A::Error> {
    let (parts, idempotency_key) = (parts(ids, &one)?, client.new_key());
    let input = CreateRole { name: one.name.clone(), title: one.title, parts, idempotency_key };
    let made = client.ask::<DoCreateRole>(&With { input }).await?;
    ids.roles.insert(one.name, made.id);
    Ok(())
}

async fn change_role<A: Ask>(client: &A, ids: &Ids, one: Role) -> Result<(), A::Error> {
    let (role, parts) = (known(ids.roles.get(&one.name), &one.name)?, parts(ids, &one)?);
    let idempotency_key = client.new_key();
    let input = ChangeRole { role, name: one.name, title: one.title, parts, idempotency_key };
    client.ask::<DoChangeRole>(&With { input }).await?;
    Ok(())
}

async fn create_group<A: Ask>(
    client: &A,
    ids: &mut Ids,
    name: String,
    title: String,
) -> Result<(), A::Error> {
    let input = CreateGroup { name: name.clone(), title, idempotency_key: client.new_key() };
    let made = client.ask::<DoCreateGroup>(&With { input }).await?;
    ids.groups.insert(name, made.id);
    Ok(())
}

async fn title_group<A: Ask>(
    client: &A,
    ids: &Ids,
    name: String,
    title: String,
) -> Result<(), A::Error> {
    let group = known(ids.groups.get(&name), &name)?;
    let input = ChangeGroup { group, name, title, idempotency_key: client.new_key() };
    client.ask::<DoChangeGroup>(&With { input }).await?;
    Ok(())
}

async fn add_member<A: Ask>(
    client: &A,
    ids: &Ids,
    [group, subject]: [&String; 2],
) -> Result<(), A::Error> {
    let input = GroupMember {
        group: known(ids.groups.get(group), group)?,
        subject: known(ids.subjects.get(subject), subject)?,
        idempotency_key: client.new_key(),
    };
    client.ask::<DoAddGroupMember>(&With { input }).await?;
    Ok(())
}

async fn bind<A: Ask>(client: &A, ids: &Ids, one: &Binding) -> Result<(), A::Error> {
    let holder = match &one.holder {
        Holder::Subject(name) => known(ids.subjects.get(name), name)?,
        Holder::Group(name) => known(ids.groups.get(name), name)?,
    };
    let effect = match one.effect {
        Effect::Allow => "ALLOW",
        Effect::Deny => "DENY",
    };
    let input = BindRole {
        holder,
        role: known(ids.roles.get(&one.role), &one.role)?,
        at: known(ids.at(&one.at), &one.at.to_string())?,
        effect: Some(effect.to_owned()),
        idempotency_key: client.new_key(),
    };
    client.ask::<DoBindRole>(&With { input }).await?;
    Ok(())
}

fn parts(ids: &Ids, role: &Role) -> Result<Vec<String>, StructureError> {
    let roles = role.roles.iter().map(|name| known(ids.roles.get(name), name));
    role.actions.iter().cloned().map(Ok).chain(roles).collect()
}

/// The id of something that the plan saw or made.
fn known(id: Option<&String>, name: &str) -> Result<String, StructureError> {
    id.cloned().ok_or_else(|| StructureError::Gone(name.to_owned()))
}
