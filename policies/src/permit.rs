//! Proofs that the question "may they?" was asked and answered with yes.

use std::collections::BTreeSet;
use std::sync::Arc;

use types::id::{ApplicationId, CellId, OrganizationId, ProjectId, SubjectId, TenantId};
use types::text_enum;

use crate::action::Action;

/// How far into a tenant someone reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The whole tenant.
    Tenant,
    /// These organizations and projects.
    Nodes {
        /// Organizations, each with all below it spelt out.
        organizations: Arc<BTreeSet<OrganizationId>>,
        /// Projects of those organizations, and projects reached by themselves.
        projects: Arc<BTreeSet<ProjectId>>,
    },
}

/// What applications add to how far someone reaches, and take from it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// Applications whose parts are reached, also in projects that are not.
    pub allowed: BTreeSet<ApplicationId>,
    /// Applications whose parts are not reached, whatever else reaches them.
    pub denied: BTreeSet<ApplicationId>,
    /// Of those allowed, the ones that are reached themselves: nothing is denied above them.
    pub reached: BTreeSet<ApplicationId>,
    /// Projects in which no part is reached by its application: denied there or above.
    pub never: BTreeSet<ProjectId>,
    /// The only places in which anything is reached; none: everywhere.
    pub within: Option<Within>,
}

/// Places that something is cut down to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Within {
    /// Organizations.
    pub organizations: BTreeSet<OrganizationId>,
    /// Projects.
    pub projects: BTreeSet<ProjectId>,
}

impl Parts {
    /// Whether a part of an allowed application is reached if it is in the project.
    pub fn may_be_in(&self, project: ProjectId) -> bool {
        !self.allowed.is_empty()
            && !self.never.contains(&project)
            && self.within.as_ref().is_none_or(|within| within.projects.contains(&project))
    }

    fn cut(
        &self,
        organizations: &BTreeSet<OrganizationId>,
        projects: &BTreeSet<ProjectId>,
    ) -> Self {
        let within = match &self.within {
            None => Within { organizations: organizations.clone(), projects: projects.clone() },
            Some(before) => Within {
                organizations: &before.organizations & organizations,
                projects: &before.projects & projects,
            },
        };
        Self { within: Some(within), ..self.clone() }
    }
}

/// What someone may see of one tenant. Every read starts from one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    tenant: TenantId,
    reach: Reach,
    /// None if applications change nothing, as nearly always.
    parts: Option<Arc<Parts>>,
}

impl Scope {
    pub(crate) fn new(tenant: TenantId, reach: Reach) -> Self {
        Self { tenant, reach, parts: None }
    }

    pub(crate) fn with_parts(self, parts: Parts) -> Self {
        let adds = !parts.allowed.is_empty() && self.reach != Reach::Tenant;
        let changes = adds || !parts.denied.is_empty();
        Self { parts: changes.then(|| Arc::new(parts)), ..self }
    }

    /// What applications change of it; none if nothing.
    pub fn parts(&self) -> Option<&Parts> {
        self.parts.as_deref()
    }

    /// Whether an application of the organization is inside.
    pub fn has_application(&self, id: ApplicationId, organization: OrganizationId) -> bool {
        let is_above = self.has_organization(organization);
        let Some(parts) = self.parts() else { return is_above };
        let is_within =
            parts.within.as_ref().is_none_or(|it| it.organizations.contains(&organization));
        (is_above || is_within && parts.reached.contains(&id)) && !parts.denied.contains(&id)
    }

    /// Whether an instance in the project may be inside: surely not if this is not so, and if it is,
    /// the database knows.
    pub fn may_have_part_in(&self, project: ProjectId) -> bool {
        self.has_project(project) || self.parts().is_some_and(|parts| parts.may_be_in(project))
    }

    /// Whether an instance is inside that is in the project and in these applications.
    pub fn has_part(&self, project: ProjectId, applications: &[ApplicationId]) -> bool {
        let Some(parts) = self.parts() else { return self.has_project(project) };
        let is_allowed =
            || parts.may_be_in(project) && applications.iter().any(|id| parts.allowed.contains(id));
        (self.has_project(project) || is_allowed())
            && !applications.iter().any(|id| parts.denied.contains(id))
    }

    /// The only tenant that can be read with it.
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// How far it goes in there.
    pub fn reach(&self) -> &Reach {
        &self.reach
    }

    /// Whether it reaches nothing at all.
    pub fn is_empty(&self) -> bool {
        if self.parts().is_some_and(|parts| !parts.allowed.is_empty()) {
            return false;
        }
        match &self.reach {
            Reach::Tenant => false,
            Reach::Nodes { organizations, projects } => {
                organizations.is_empty() && projects.is_empty()
            }
        }
    }

    /// What of it lies in these organizations and projects.
    #[must_use]
    pub fn within(
        &self,
        organizations: &BTreeSet<OrganizationId>,
        projects: &BTreeSet<ProjectId>,
    ) -> Self {
        let inside = |id: &&OrganizationId| self.has_organization(**id);
        let parts = self.parts().map(|parts| Arc::new(parts.cut(organizations, projects)));
        let organizations = organizations.iter().filter(inside).copied().collect();
        let inside = |id: &&ProjectId| self.has_project(**id);
        let projects = projects.iter().filter(inside).copied().collect();
        let reach =
            Reach::Nodes { organizations: Arc::new(organizations), projects: Arc::new(projects) };
        Self { tenant: self.tenant, reach, parts }
    }

    /// Whether the organization is inside.
    pub fn has_organization(&self, organization: OrganizationId) -> bool {
        match &self.reach {
            Reach::Tenant => true,
            Reach::Nodes { organizations, .. } => organizations.contains(&organization),
        }
    }

    /// Whether the project is inside.
    pub fn has_project(&self, project: ProjectId) -> bool {
        match &self.reach {
            Reach::Tenant => true,
            Reach::Nodes { projects, .. } => projects.contains(&project),
        }
    }
}

/// A subject may do one action to one target: the way to a write in a tenant.
#[derive(Clone, Debug)]
pub struct Permit {
    subject: SubjectId,
    action: Action,
    scope: Scope,
}

impl Permit {
    pub(crate) fn new(subject: SubjectId, action: Action, scope: Scope) -> Self {
        Self { subject, action, scope }
    }

    /// The same for what lies in these organizations and projects.
    #[must_use]
    pub fn within(
        self,
        organizations: &BTreeSet<OrganizationId>,
        projects: &BTreeSet<ProjectId>,
    ) -> Self {
        Self { scope: self.scope.within(organizations, projects), ..self }
    }

    /// Who may.
    pub fn subject(&self) -> SubjectId {
        self.subject
    }

    /// What they may do.
    pub fn action(&self) -> Action {
        self.action
    }

    /// What the write can reach: what the subject may do this action to.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }
}

/// The cell that an agent proved to be, by its certificate or its enrolled key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CellIdentity(CellId);

impl CellIdentity {
    /// To be called by the agent API alone, after the proof.
    pub fn proved(cell: CellId) -> Self {
        Self(cell)
    }

    /// The cell.
    pub fn cell(self) -> CellId {
        self.0
    }
}

text_enum! {
    /// Everything that works on the whole fleet without a person asking.
    Task {
        /// Finding out who someone is, before there is a permit.
        SignIn = "sign_in",
        /// Loading rights and trees.
        LoadRights = "load_rights",
        /// Enrolment and renewal of agents, before there is an identity.
        Enrol = "enrol",
        /// Usage records to counted hours.
        Ingest = "ingest",
        /// Closing of billing periods.
        CloseMonths = "close_months",
        /// Operations past their deadline, forgotten deletions, old keys.
        Expire = "expire",
        /// Moves in trees that were entered for an instant that has come.
        MovePlanned = "move_planned",
        /// Commands given on the plane's own machine.
        Console = "console",
        /// Numbers for operators.
        Observe = "observe",
        /// Looking for rows that contradict each other.
        Verify = "verify",
    }
}

/// The way to the tables that belong to no tenant, and to more than one tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FleetPermit {
    who: String,
}

impl FleetPermit {
    /// For one of the tasks.
    pub fn task(task: Task) -> Self {
        Self { who: format!("task:{task}") }
    }

    pub(crate) fn operator(subject: SubjectId) -> Self {
        Self { who: subject.to_string() }
    }

    /// The subject's id, or `task:` and the task's name.
    pub fn who(&self) -> &str {
        &self.who
    }
}

/// What a task may reach in one tenant: everything, since no person asks.
pub fn task_scope(_task: Task, tenant: TenantId) -> Scope {
    Scope::new(tenant, Reach::Tenant)
}

/// A task's way to a write in one tenant.
pub fn task_permit(task: Task, tenant: TenantId) -> Permit {
    // The nil subject marks work that nobody asked for.
    let nobody = SubjectId::from(uuid::Uuid::nil());
    let _ = task;
    Permit::new(nobody, Action::Administer, Scope::new(tenant, Reach::Tenant))
}
