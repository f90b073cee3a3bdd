//! What people change of applications.
//!
//! Whoever may change the tree at an application's organization makes, names and deletes it, and
//! says what in it needs what. To put something in or to take it out takes the right at its project
//! as well: what is decided at an application then holds for what others own, or no longer does.

use std::collections::BTreeSet;

use control_plane_store::application_dependency;
use control_plane_store::outbox::{self, NewEvent};
use control_plane_store::{
    InTenant as _, StoreError, TenantTx, application, application_part, binding, instance, tenant,
};
use policies::action::Action;
use policies::permit::{Permit, Scope};
use policies::role::{Effect, Node};
use serde_json::{Value, json};
use types::id::{ApplicationId, InstanceId, OrganizationId};
use types::name::{Name, Title};

use super::{Application, Part, get, missing, node};
use crate::access;
use crate::audit;
use crate::call::Call;
use crate::error::{Error, Result};
use crate::idempotency::Once;
use crate::instance::{Instance, get as instance_of};
use crate::nudge::Topic;
use crate::organization::change::{Renaming, both, permit_below};
use crate::organization::taken;
use crate::tree::TenantTree;

/// Longest description.
pub const DESCRIPTION_MAX: usize = 500;
/// The most parts of an application.
pub const PARTS_MAX: u64 = 1_000;
/// The most applications that an instance is in.
pub const APPLICATIONS_MAX: usize = 20;

/// An application to be made.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Draft {
    /// The organization that it is of.
    pub organization: OrganizationId,
    /// For commands.
    pub name: String,
    /// For people.
    pub title: String,
    /// What it is for; may be empty.
    pub description: String,
    /// Whether its parts can be in no other one that is exclusive.
    pub exclusive: bool,
}

/// What is to be changed of an application's texts.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Words {
    /// For commands.
    pub name: Option<String>,
    /// For people.
    pub title: Option<String>,
    /// What it is for.
    pub description: Option<String>,
}

impl Words {
    fn parse(&self) -> Result<(Option<Name>, Option<Title>)> {
        if let Some(description) = &self.description {
            described(description)?;
            if self.name.is_none() && self.title.is_none() {
                return Ok((None, None));
            }
        }
        Renaming { name: self.name.clone(), title: self.title.clone() }.parse()
    }
}

fn described(description: &str) -> Result<()> {
    let is_line = |c: char| !c.is_control() || c == '\n';
    if description.chars().count() <= DESCRIPTION_MAX && description.chars().all(is_line) {
        return Ok(());
    }
    let message =
        format!("use at most {DESCRIPTION_MAX} characters, none for control but new lines");
    Err(Error::invalid("description", "malformed", message))
}

pub(super) fn conflict(why: &'static str, message: impl Into<String>) -> Error {
    Error::Conflict { why, message: message.into() }
}

pub(super) fn no_part() -> Error {
    conflict("no_part", "the instance is no part of the application; add it first")
}

pub(super) async fn permit(call: &Call, row: &Application) -> Result<Permit> {
    call.permit(Action::ManageTree, node(row), "application").await
}

/// The right to put something in and to take it out: at the application and at the instance's
/// project, in which it stays. What that gives or lifts is asked behind the lock.
async fn permit_both(call: &Call, row: &Application, part: InstanceId) -> Result<(Permit, Node)> {
    let part = instance_of(call, part).await?;
    let project = Node::Project(part.project_id);
    call.permit(Action::ManageTree, project, "instance").await.map_err(|error| match error {
        // The instance is seen by an application of its own, and not where it is.
        Error::NotFound { .. } => Error::Forbidden { action: Action::ManageTree },
        other => other,
    })?;
    Ok((permit(call, row).await?, project))
}

/// Makes an application that nothing is in.
pub async fn create(call: &Call, draft: &Draft, key: &str) -> Result<ApplicationId> {
    let once = Once::new("createApplication", key, draft)?;
    let work = async {
        let permit = permit_below(call, draft.organization).await?;
        let (name, title) = both(draft.name.parse::<Name>(), draft.title.parse::<Title>())?;
        described(&draft.description)?;
        let change = Change::begin(call, &permit).await?;
        let missing = Error::NotFound { what: "organization" };
        change.tree.organization(draft.organization).ok_or(missing)?;
        let row = Application {
            id: ApplicationId::next(&*call.plane().ids),
            tenant_id: change.tx.tenant(),
            organization_id: draft.organization,
            name: name.into(),
            title: title.into(),
            description: draft.description.clone(),
            exclusive: draft.exclusive,
            created_at: call.now(),
            created_by: call.caller().subject,
        };
        let inserted = application::insert(&change.tx, row.clone()).await;
        inserted.map_err(|error| taken(error, "application", &row.name))?;
        let content = json!({ "name": row.name, "exclusive": row.exclusive });
        change.commit(&once, "application_created", &row, content, &row.id).await?;
        Ok(row.id)
    };
    once.own(call, work).await
}

/// Gives an application another name, title or description.
pub async fn rename(
    call: &Call,
    id: ApplicationId,
    words: &Words,
    key: &str,
) -> Result<ApplicationId> {
    let once = Once::new("renameApplication", key, &(id, words))?;
    let work = async {
        let permit = permit(call, &get(call, id).await?).await?;
        let (name, title) = words.parse()?;
        let change = Change::begin(call, &permit).await?;
        let mut row = change.held(id).await?;
        row.name = name.map_or(row.name, String::from);
        row.title = title.map_or(row.title, String::from);
        row.description = words.description.clone().unwrap_or(row.description);
        let updated = application::update(&change.tx, row.clone()).await;
        updated.map_err(|error| taken(error, "application", &row.name))?;
        let content = json!({ "name": row.name });
        change.commit(&once, "application_renamed", &row, content, &id).await?;
        Ok(id)
    };
    once.own(call, work).await
}

/// Deletes an application. What was in it stays.
pub async fn delete(call: &Call, id: ApplicationId, key: &str) -> Result<ApplicationId> {
    let once = Once::new("deleteApplication", key, &id)?;
    let work = async {
        let permit = permit(call, &get(call, id).await?).await?;
        let change = Change::begin(call, &permit).await?;
        let row = change.held(id).await?;
        change.covers(id, Effect::Deny, Node::Application(id)).await?;
        // Parts before dependencies, as where a cell reports that one is gone.
        application_part::delete_all(&change.tx, id).await?;
        application_dependency::delete_all(&change.tx, id).await?;
        binding::delete_at(&change.tx, &id.to_string()).await?;
        application::delete(&change.tx, row.clone()).await?;
        let content = json!({ "name": row.name });
        change.commit(&once, "application_deleted", &row, content, &id).await?;
        Ok(id)
    };
    once.own(call, work).await
}

/// Puts an instance into an application.
pub async fn add(
    call: &Call,
    id: ApplicationId,
    part: InstanceId,
    key: &str,
) -> Result<ApplicationId> {
    let once = Once::new("addToApplication", key, &(id, part))?;
    let work = async {
        let (permit, project) = permit_both(call, &get(call, id).await?, part).await?;
        let told = call.scope(Action::View).await?;
        let change = Change::begin(call, &permit).await?;
        let row = change.held(id).await?;
        // Held, so that its cell cannot report meanwhile that it is gone.
        let found = instance::lock(&change.tx, part).await?.filter(|row| row.deleted_at.is_none());
        let found = found.ok_or(Error::NotFound { what: "instance" })?;
        change.covers(id, Effect::Allow, project).await?;
        admit(&change, &row, &found, &told).await?;
        let new = Part {
            application_id: id,
            instance_id: part,
            tenant_id: row.tenant_id,
            project_id: found.project_id,
            exclusive_id: row.exclusive.then_some(part),
            added_at: call.now(),
            added_by: call.caller().subject,
        };
        application_part::insert(&change.tx, new).await?;
        let content = json!({ "instance": part, "name": found.name });
        change.commit(&once, "application_part_added", &row, content, &id).await?;
        Ok(id)
    };
    once.own(call, work).await
}

/// Refuses what cannot be in an application. Another one is named as far as `told` reaches.
async fn admit(
    change: &Change<'_>,
    row: &Application,
    part: &Instance,
    told: &Scope,
) -> Result<()> {
    let owner = change.tree.project(part.project_id).map(|project| project.organization_id);
    if !owner.is_some_and(|owner| change.tree.is_within(owner, row.organization_id)) {
        let message = "the instance is not below the organization that the application is of; add \
                       it to an application of an organization above it";
        return Err(conflict("outside_organization", message));
    }
    let parts = application_part::of_instance(&change.tx, part.id).await?;
    if parts.iter().any(|one| one.application_id == row.id) {
        return Err(conflict("part_already", "the instance is in the application already"));
    }
    let held = parts.iter().find(|one| one.exclusive_id.is_some() && row.exclusive);
    if let Some(other) = held {
        let other = application::find_of_tenant(&change.tx, other.application_id).await?;
        let seen = other.filter(|other| told.has_application(other.id, other.organization_id));
        let name = seen.map_or_else(|| "another application".to_owned(), |row| row.name);
        let message = format!(
            "the instance is in {name}, which is exclusive as well; take it out of that one first"
        );
        return Err(conflict("exclusive", message));
    }
    if parts.len() >= APPLICATIONS_MAX {
        let message = format!("an instance can be in {APPLICATIONS_MAX} applications");
        return Err(conflict("too_many_applications", message));
    }
    if application_part::count(&change.tx, row.id).await? >= PARTS_MAX {
        let message = format!("an application can have {PARTS_MAX} parts");
        return Err(conflict("too_many_parts", message));
    }
    Ok(())
}

/// Takes an instance out of an application, with all that it needed or was needed for.
pub async fn remove(
    call: &Call,
    id: ApplicationId,
    part: InstanceId,
    key: &str,
) -> Result<ApplicationId> {
    let once = Once::new("removeFromApplication", key, &(id, part))?;
    let work = async {
        let (permit, project) = permit_both(call, &get(call, id).await?, part).await?;
        let change = Change::begin(call, &permit).await?;
        let row = change.held(id).await?;
        change.covers(id, Effect::Deny, project).await?;
        let deleted = application_part::delete(&change.tx, id, part).await;
        deleted.map_err(|error| otherwise(error, no_part()))?;
        application_dependency::delete_of(&change.tx, id, part).await?;
        let content = json!({ "instance": part });
        change.commit(&once, "application_part_removed", &row, content, &id).await?;
        Ok(id)
    };
    once.own(call, work).await
}

pub(super) fn otherwise(error: StoreError, refusal: Error) -> Error {
    match error {
        StoreError::NotFound => refusal,
        other => other.into(),
    }
}

/// A change that is not committed yet. Nothing is ordered, moved or put into an application in the
/// tenant meanwhile.
pub(super) struct Change<'c> {
    call: &'c Call,
    pub tx: TenantTx,
    tree: TenantTree,
}

impl<'c> Change<'c> {
    pub async fn begin(call: &'c Call, permit: &Permit) -> Result<Self> {
        let plane = call.plane();
        let tx = plane.store.begin(permit).await?;
        let held = tenant::lock(&tx).await?;
        crate::tenant::in_use(held.state)?;
        let tree = plane.rights.tree_at(&tx, held.tree_revision, call.now()).await?;
        Ok(Self { call, tx, tree })
    }

    /// An application that is still there.
    pub async fn held(&self, id: ApplicationId) -> Result<Application> {
        application::lock(&self.tx, id).await?.ok_or_else(missing)
    }

    /// Refuses what would give or lift more than the caller has at a node, by what is bound at the
    /// application: nobody gets a right by putting something in, or out of a denial by taking it
    /// out. Both are read behind the lock, so nothing is bound there meanwhile.
    async fn covers(&self, id: ApplicationId, effect: Effect, node: Node) -> Result<()> {
        let standing = self.call.plane().rights.held(&self.tx, &self.tree).await?;
        let bound = standing.rights.rules().bindings.iter();
        let bound = bound.filter(|it| it.node == Node::Application(id) && it.effect == effect);
        let roles: BTreeSet<_> = bound.map(|it| it.role).collect();
        roles.into_iter().try_for_each(|role| access::covers_in(self.call, &standing, role, node))
    }

    pub async fn commit(
        self,
        once: &Once,
        event: &str,
        row: &Application,
        content: Value,
        answer: &ApplicationId,
    ) -> Result<()> {
        let Self { call, tx, .. } = self;
        let mut told = NewEvent::new(event, call.now());
        told.organization_id = Some(row.organization_id);
        let mut audit = audit::of_call(call, once.mutation(), Some(&row.id));
        for (name, value) in content.as_object().into_iter().flatten() {
            audit::detail(&mut audit, name, value.clone());
        }
        once.keep(call, &tx, answer).await?;
        outbox::record(&tx, vec![told], vec![audit]).await?;
        let tenant = tx.tenant();
        tx.commit().await?;
        call.plane().rights.forget(Some(tenant));
        call.plane().nudges.send(Topic::Tenant(tenant));
        Ok(())
    }
}
