//! A tenant's organizations and projects in memory: `parent_id` in the tables, the tree here.

use std::collections::{BTreeMap, HashMap};

use control_plane_store::organization::Organization;
use control_plane_store::project::Project;
use control_plane_store::tree_event::TreeEvent;
use control_plane_store::{NodeKind, TreeEventKind};
use policies::role::Node;
use policies::tree::Tree;
use types::id::{OrganizationId, ProjectId, TenantId};
use types::instant::Instant;

use crate::error::{Error, Result};

/// Longest path that is followed; a longer one can only be a cycle.
const DEPTH_MAX: usize = 10_000;

/// The organizations and projects of one tenant: those that live, or those that did at an instant.
#[derive(Debug)]
pub struct TenantTree {
    tenant: TenantId,
    organizations: BTreeMap<OrganizationId, Organization>,
    children: HashMap<OrganizationId, Vec<OrganizationId>>,
    projects: BTreeMap<ProjectId, Project>,
    owned: HashMap<OrganizationId, Vec<ProjectId>>,
}

impl TenantTree {
    /// Builds the tree from its rows; deleted ones are left out.
    pub fn new(tenant: TenantId, organizations: Vec<Organization>, projects: Vec<Project>) -> Self {
        let organizations: BTreeMap<_, _> = organizations
            .into_iter()
            .filter(|organization| organization.deleted_at.is_none())
            .map(|organization| (organization.id, organization))
            .collect();
        let projects: BTreeMap<_, _> = projects
            .into_iter()
            .filter(|project| project.deleted_at.is_none())
            .map(|project| (project.id, project))
            .collect();
        let mut children: HashMap<_, Vec<_>> = HashMap::new();
        for organization in organizations.values() {
            if let Some(parent) = organization.parent_id {
                children.entry(parent).or_default().push(organization.id);
            }
        }
        let mut owned: HashMap<_, Vec<_>> = HashMap::new();
        for project in projects.values() {
            owned.entry(project.organization_id).or_default().push(project.id);
        }
        Self { tenant, organizations, children, projects, owned }
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
        self.organizations.get(&id)
    }

    /// All organizations, in order of their ids.
    pub fn organizations(&self) -> impl Iterator<Item = &Organization> {
        self.organizations.values()
    }

    /// One project.
    pub fn project(&self, id: ProjectId) -> Option<&Project> {
        self.projects.get(&id)
    }

    /// All projects, in order of their ids.
    pub fn projects(&self) -> impl Iterator<Item = &Project> {
        self.projects.values()
    }

    /// The organization without a parent.
    pub fn root(&self) -> Option<&Organization> {
        self.organizations.values().find(|organization| organization.parent_id.is_none())
    }

    /// The organizations directly below, in order of their ids.
    pub fn children(&self, id: OrganizationId) -> impl Iterator<Item = &Organization> {
        let ids = self.children.get(&id).map(Vec::as_slice).unwrap_or_default();
        ids.iter().filter_map(|child| self.organizations.get(child))
    }

    /// The projects directly in the organization, in order of their ids.
    pub fn projects_in(&self, id: OrganizationId) -> impl Iterator<Item = &Project> {
        let ids = self.owned.get(&id).map(Vec::as_slice).unwrap_or_default();
        ids.iter().filter_map(|project| self.projects.get(project))
    }

    /// The organizations from the root down to this one; none if it is not here.
    pub fn ancestry(&self, id: OrganizationId) -> Option<Vec<OrganizationId>> {
        let mut path = vec![id];
        let mut current = self.organizations.get(&id)?;
        while let Some(parent) = current.parent_id {
            path.push(parent);
            current = self.organizations.get(&parent)?;
            if path.len() > DEPTH_MAX {
                return None;
            }
        }
        path.reverse();
        Some(path)
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
                let mut path = below(self.projects.get(&id)?.organization_id)?;
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
            self.organizations.get(&organization).map(|row| row.id).into_iter().collect();
        while let Some(next) = open.pop() {
            found.push(next);
            open.extend(self.children.get(&next).into_iter().flatten());
        }
        found
    }

    fn projects_of(&self, organizations: &[OrganizationId]) -> Vec<ProjectId> {
        organizations.iter().filter_map(|id| self.owned.get(id)).flatten().copied().collect()
    }
}
