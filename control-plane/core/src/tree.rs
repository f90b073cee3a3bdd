//! A tenant's organizations and projects in memory: `parent_id` in the tables, the tree here.

use std::collections::BTreeMap;
use std::sync::Arc;

use control_plane_store::application::Application;
use control_plane_store::organization::Organization;
use control_plane_store::project::Project;
use control_plane_store::tree_event::TreeEvent;
use control_plane_store::{NodeKind, TreeEventKind};
use policies::role::Node;
use policies::tree::Tree;
use types::id::{ApplicationId, OrganizationId, ProjectId, TenantId};
use types::instant::Instant;

use crate::error::{Error, Result};
use crate::tree::nodes::Nodes;

pub(crate) mod change;
pub mod kept;
mod nodes;
pub mod relocate;

/// The organizations and projects of one tenant: those that live, or those that did at an instant.
/// A clone is cheap.
#[derive(Clone, Debug)]
pub struct TenantTree {
    tenant: TenantId,
    revision: i64,
    root: Option<OrganizationId>,
    organizations: Nodes<Organization>,
    projects: Nodes<Project>,
    /// Beside the tree; known where rights are asked.
    applications: Arc<BTreeMap<ApplicationId, Application>>,
}

impl TenantTree {
    /// Builds the tree from its rows; deleted ones are left out.
    pub fn new(tenant: TenantId, organizations: Vec<Organization>, projects: Vec<Project>) -> Self {
        let organizations = Nodes::new(organizations);
        let root = organizations.behind(None).find(|row| row.parent_id.is_none());
        let root = root.map(|row| row.id);
        let projects = Nodes::new(projects);
        Self { tenant, revision: 0, root, organizations, projects, applications: Arc::default() }
    }

    /// The same, read at a revision of the tenant's row.
    pub(crate) fn at_revision(self, revision: i64) -> Self {
        Self { revision, ..self }
    }

    /// The same, with the applications beside it.
    pub(crate) fn with_applications(self, rows: Vec<Application>) -> Self {
        let applications = rows.into_iter().map(|row| (row.id, row)).collect();
        Self { applications: Arc::new(applications), ..self }
    }

    /// The same, with the applications that another one has.
    pub(crate) fn with_applications_of(self, other: &Self) -> Self {
        Self { applications: other.applications.clone(), ..self }
    }

    /// One application.
    pub fn application(&self, id: ApplicationId) -> Option<&Application> {
        self.applications.get(&id)
    }

    /// The revision of the tenant's row that it was read at.
    pub fn revision(&self) -> i64 {
        self.revision
    }

    /// Takes in what changed up to a revision.
    pub(crate) fn put(
        &mut self,
        organizations: Vec<Organization>,
        projects: Vec<Project>,
        revision: i64,
    ) {
        let living = |row: &&Organization| row.parent_id.is_none() && row.deleted_at.is_none();
        self.root = organizations.iter().find(living).map(|row| row.id).or(self.root);
        self.organizations.put(organizations);
        self.projects.put(projects);
        self.revision = revision;
    }

    /// The tree as it was at an instant, from its history in the order in which entries hold.
    /// Titles are not in the history; names stand for them.
    ///
    /// # Errors
    /// If an entry cannot be read.
    pub fn at(tenant: TenantId, history: &[TreeEvent], at: Instant) -> Result<Self> {
        let mut living: BTreeMap<&str, &TreeEvent> = BTreeMap::new();
        for event in history.iter().filter(|event| event.effective_at <= at) {
            match event.event {
                TreeEventKind::Created | TreeEventKind::Moved => {
                    living.insert(&event.node, event);
                }
                TreeEventKind::Deleted => drop(living.remove(event.node.as_str())),
            }
        }
        let (mut organizations, mut projects) = (Vec::new(), Vec::new());
        for event in living.into_values() {
            match event.kind {
                NodeKind::Organization => organizations.push(organization(event)?),
                NodeKind::Project => projects.push(project(event)?),
            }
        }
        Ok(Self::new(tenant, organizations, projects))
    }

    /// One organization.
    pub fn organization(&self, id: OrganizationId) -> Option<&Organization> {
        self.organizations.get(id)
    }

    /// All organizations, in order of their ids.
    pub fn organizations(&self) -> impl Iterator<Item = &Organization> {
        self.organizations.behind(None)
    }

    /// The organizations of a name.
    pub fn organizations_named(&self, name: &str) -> impl Iterator<Item = &Organization> {
        self.organizations.named(name)
    }

    /// The organizations in order of the tree, parents before children and siblings by name, behind
    /// one of them.
    pub fn in_order(&self, after: Option<OrganizationId>) -> impl Iterator<Item = &Organization> {
        let mut open: Vec<Box<dyn Iterator<Item = &Organization> + Send>> = Vec::new();
        match after {
            None => open.push(Box::new(self.root().into_iter())),
            Some(after) => {
                for step in self.ancestry(after).unwrap_or_default() {
                    let step = self.organizations.get(step);
                    if let Some((parent, name)) =
                        step.and_then(|row| Some((row.parent_id?, &row.name)))
                    {
                        open.push(Box::new(self.children(parent, Some(name))));
                    }
                }
                open.push(Box::new(self.children(after, None)));
            }
        }
        std::iter::from_fn(move || {
            loop {
                match open.last_mut()?.next() {
                    Some(row) => {
                        open.push(Box::new(self.children(row.id, None)));
                        return Some(row);
                    }
                    None => drop(open.pop()),
                }
            }
        })
    }

    /// One project.
    pub fn project(&self, id: ProjectId) -> Option<&Project> {
        self.projects.get(id)
    }

    /// All projects, in order of their ids.
    pub fn projects(&self) -> impl Iterator<Item = &Project> {
        self.projects.behind(None)
    }

    /// The projects in order of their ids, behind one.
    pub fn projects_behind(&self, after: Option<ProjectId>) -> impl Iterator<Item = &Project> {
        self.projects.behind(after)
    }

    /// The projects of a name.
    pub fn projects_named(&self, name: &str) -> impl Iterator<Item = &Project> {
        self.projects.named(name)
    }

    /// The organization without a parent.
    pub fn root(&self) -> Option<&Organization> {
        self.organizations.get(self.root?)
    }

    /// The organizations directly below, in order of their names, behind a name.
    pub fn children(
        &self,
        id: OrganizationId,
        after: Option<&str>,
    ) -> impl Iterator<Item = &Organization> {
        self.organizations.below(id, after)
    }

    /// The organization of this name directly below.
    pub fn child(&self, id: OrganizationId, name: &str) -> Option<&Organization> {
        self.organizations.child(id, name)
    }

    /// The projects directly in the organization, in order of their names, behind a name.
    pub fn projects_in(
        &self,
        id: OrganizationId,
        after: Option<&str>,
    ) -> impl Iterator<Item = &Project> {
        self.projects.below(id, after)
    }

    /// The project of this name directly in the organization.
    pub fn project_in(&self, id: OrganizationId, name: &str) -> Option<&Project> {
        self.projects.child(id, name)
    }

    /// The organizations from the root down to this one; none if it is not here.
    pub fn ancestry(&self, id: OrganizationId) -> Option<Vec<OrganizationId>> {
        let mut path = vec![id];
        let mut current = self.organizations.get(id)?;
        while let Some(parent) = current.parent_id {
            path.push(parent);
            current = self.organizations.get(parent)?;
            // A path that is longer than the tree goes round in a circle.
            if path.len() > self.organizations.len() {
                return None;
            }
        }
        path.reverse();
        Some(path)
    }

    /// Whether an organization is this one or anywhere below it.
    pub fn is_within(&self, id: OrganizationId, above: OrganizationId) -> bool {
        self.ancestry(id).is_some_and(|path| path.contains(&above))
    }
}

fn unreadable(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::internal("read the history of a tree", error)
}

fn organization(event: &TreeEvent) -> Result<Organization> {
    let parent = event.parent.as_deref().map(str::parse).transpose();
    Ok(Organization {
        id: event.node.parse().map_err(unreadable)?,
        tenant_id: event.tenant_id,
        parent_id: parent.map_err(unreadable)?,
        name: event.name.clone(),
        title: event.name.clone(),
        created_at: event.effective_at,
        deleted_at: None,
        revision: 0,
    })
}

fn project(event: &TreeEvent) -> Result<Project> {
    Ok(Project {
        id: event.node.parse().map_err(unreadable)?,
        tenant_id: event.tenant_id,
        organization_id: event.parent.as_deref().unwrap_or_default().parse().map_err(unreadable)?,
        name: event.name.clone(),
        title: event.name.clone(),
        created_at: event.effective_at,
        deleted_at: None,
        revision: 0,
    })
}

impl Tree for TenantTree {
    fn tenant(&self) -> TenantId {
        self.tenant
    }

    fn path(&self, node: Node) -> Option<Vec<Node>> {
        let tenant = Node::Tenant(self.tenant);
        let below = |organization| {
            let ancestry = self.ancestry(organization)?;
            let nodes = ancestry.into_iter().map(Node::Organization);
            Some(std::iter::once(tenant).chain(nodes).collect::<Vec<_>>())
        };
        match node {
            Node::Installation => None,
            Node::Tenant(id) => (id == self.tenant).then(|| vec![tenant]),
            Node::Organization(id) => below(id),
            Node::Project(id) => {
                let mut path = below(self.projects.get(id)?.organization_id)?;
                path.push(node);
                Some(path)
            }
            Node::Application(id) => {
                let mut path = below(self.applications.get(&id)?.organization_id)?;
                path.push(node);
                Some(path)
            }
        }
    }

    fn top(&self) -> Option<OrganizationId> {
        self.root().map(|root| root.id)
    }

    fn organizations_below(&self, organization: OrganizationId) -> Vec<OrganizationId> {
        let mut found = Vec::new();
        let mut open: Vec<_> =
            self.organizations.get(organization).map(|row| row.id).into_iter().collect();
        while let Some(next) = open.pop() {
            found.push(next);
            open.extend(self.children(next, None).map(|row| row.id));
        }
        found
    }

    fn projects_of(&self, organizations: &[OrganizationId]) -> Vec<ProjectId> {
        let each = organizations.iter().flat_map(|id| self.projects_in(*id, None));
        each.map(|row| row.id).collect()
    }
}

#[cfg(test)]
mod tests;
