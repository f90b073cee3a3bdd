//! Answers to "may they?".
//!
//! Casbin holds model and rules. Its evaluator is linear in the rules, so an index compiled from
//! them answers, and the evaluator is the oracle of the tests.

use std::collections::BTreeSet;
use std::sync::Arc;

use casbin::{DefaultModel, Model};
use types::id::{ApplicationId, OrganizationId, ProjectId, SubjectId};

use crate::action::Action;
use crate::index::{Actions, Index};
use crate::permit::{FleetPermit, Parts, Permit, Reach, Scope};
use crate::role::{AnyRole, Binding, Holder, Membership, Node, Part, Rules};
use crate::tree::Tree;

const MODEL: &str = include_str!("../model.conf");
const ROLES: &str = include_str!("../roles.csv");

/// The rules could not be loaded or asked.
#[derive(Debug, thiserror::Error)]
pub enum RightsError {
    /// The model is wrong.
    #[error("read the model of rights")]
    Model(#[from] casbin::Error),
    /// A rule names an action, a role, a subject or a node that does not exist.
    #[error("no rule can say {0:?}")]
    Rule(String),
}

/// Why someone may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// They may not even see it: to them it does not exist.
    Hidden,
    /// They may see it, and not do this.
    Forbidden(Action),
}

/// The rights within one tenant, or of the installation.
pub struct Rights {
    index: Index,
    rules: Rules,
}

impl Rights {
    /// Compiles the roles every installation has and these rules.
    ///
    /// # Errors
    /// If model or rules are wrong.
    pub async fn compile(rules: Rules) -> Result<Self, RightsError> {
        let mut model = DefaultModel::from_str(MODEL).await?;
        for row in common() {
            model.add_policy("g", "g2", row.into());
        }
        // The tenant's own rules are taken as they are: to write each of them as a row of texts and
        // to read it again took most of the time. Tests give Casbin these rows.
        let common = model.get_policy("g", "g2").into_iter();
        let common: Vec<_> = common.filter_map(|row| row.try_into().ok()).collect();
        Ok(Self { index: Index::compile(&common, &rules)?, rules })
    }

    /// The rules.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// What is bound to a subject, by itself or through a group.
    pub fn bindings_of(&self, subject: SubjectId) -> impl Iterator<Item = Binding> + '_ {
        let of_subject = |member: &&Membership| member.subject == subject;
        let groups = self.rules.memberships.iter().filter(of_subject);
        let groups: BTreeSet<_> = groups.map(|member| member.group).collect();
        let bindings = self.rules.bindings.iter().copied();
        bindings.filter(move |binding| match binding.holder {
            Holder::Subject(holder) => holder == subject,
            Holder::Group(group) => groups.contains(&group),
        })
    }

    /// Whether the subject may do this to the last node of the path; a role at any node holds for
    /// all below, and so does a denial.
    pub fn allows(&self, subject: SubjectId, action: Action, path: &[Node]) -> bool {
        self.index.actions(subject, path).has(action)
    }

    /// All that the subject may do to the last node of the path.
    pub fn actions(&self, subject: SubjectId, path: &[Node]) -> BTreeSet<Action> {
        self.index.actions(subject, path).list()
    }

    /// All that a role says; none if there is no such role.
    pub fn actions_of(&self, role: AnyRole) -> Option<BTreeSet<Action>> {
        self.index.role(role).map(Actions::list)
    }

    /// Everybody who may do this to the last node of the path.
    pub fn who(&self, action: Action, path: &[Node]) -> BTreeSet<SubjectId> {
        self.index.subjects().filter(|subject| self.allows(*subject, action, path)).collect()
    }

    /// Decides on one action to one target in this tree.
    pub fn permit(
        &self,
        subject: SubjectId,
        action: Action,
        target: Node,
        tree: &dyn Tree,
    ) -> Result<Permit, Denied> {
        let path = tree.path(target).ok_or(Denied::Hidden)?;
        self.permit_on(subject, action, &path, tree)
    }

    /// The same for an instance in a project and in applications.
    pub fn permit_part(
        &self,
        subject: SubjectId,
        action: Action,
        (project, applications): (ProjectId, &[ApplicationId]),
        tree: &dyn Tree,
    ) -> Result<Permit, Denied> {
        let path = path_of_part(project, applications, tree).ok_or(Denied::Hidden)?;
        self.permit_on(subject, action, &path, tree)
    }

    /// Whether anything is bound at applications that concerns the subject: if not, nobody need know
    /// what an instance is in.
    pub fn minds_applications(&self, subject: SubjectId) -> bool {
        self.index.said(subject).any(|(node, _)| matches!(node, Node::Application(_)))
    }

    fn permit_on(
        &self,
        subject: SubjectId,
        action: Action,
        path: &[Node],
        tree: &dyn Tree,
    ) -> Result<Permit, Denied> {
        let actions = self.index.actions(subject, path);
        if actions.has(action) {
            return Ok(Permit::new(subject, action, self.scope(subject, action, tree)));
        }
        if actions.has(Action::View) {
            return Err(Denied::Forbidden(action));
        }
        Err(Denied::Hidden)
    }

    /// Everything in this tree that the subject may do the action to.
    pub fn scope(&self, subject: SubjectId, action: Action, tree: &dyn Tree) -> Scope {
        let tenant = Node::Tenant(tree.tenant());
        let (mut allowed, mut denied) = (Vec::new(), Vec::new());
        let mut parts = Parts::default();
        for (node, said) in self.index.said(subject) {
            if let Node::Application(id) = node {
                if said.allows(action) && tree.path(node).is_some() {
                    parts.allowed.insert(id);
                }
                if said.denies(action) && tree.path(node).is_some() {
                    parts.denied.insert(id);
                }
                continue;
            }
            if said.allows(action) {
                allowed.push(node);
            }
            if said.denies(action) && tree.path(node).is_some() {
                denied.push(node);
            }
        }
        if allowed.contains(&tenant) && denied.is_empty() {
            return Scope::new(tree.tenant(), Reach::Tenant).with_parts(parts);
        }
        let mut reached = Reached::below(&allowed, tree);
        let left_out = Reached::below(&denied, tree);
        if !parts.allowed.is_empty() {
            let is_denied = |path: Vec<Node>| path.iter().any(|node| denied.contains(node));
            let is_reached = |id: &&ApplicationId| {
                tree.path(Node::Application(**id)).is_some_and(|path| !is_denied(path))
            };
            parts.reached = parts.allowed.iter().filter(is_reached).copied().collect();
            parts.never.clone_from(&left_out.projects);
        }
        reached.leave_out(left_out);
        let Reached { organizations, projects } = reached;
        let reach =
            Reach::Nodes { organizations: Arc::new(organizations), projects: Arc::new(projects) };
        Scope::new(tree.tenant(), reach).with_parts(parts)
    }

    /// Decides on one action to the installation itself.
    pub fn fleet(&self, subject: SubjectId, action: Action) -> Result<FleetPermit, Denied> {
        if self.allows(subject, action, &[Node::Installation]) {
            return Ok(FleetPermit::operator(subject));
        }
        Err(Denied::Hidden)
    }
}

/// The nodes whose bindings concern an instance in a project and in applications: those of its
/// applications beside those down to its project.
pub fn path_of_part(
    project: ProjectId,
    applications: &[ApplicationId],
    tree: &dyn Tree,
) -> Option<Vec<Node>> {
    let mut path = tree.path(Node::Project(project))?;
    let applications = applications.iter().copied().map(Node::Application);
    path.extend(applications.filter(|node| tree.path(*node).is_some()));
    Some(path)
}

/// Organizations and projects of a tree.
#[derive(Default)]
struct Reached {
    organizations: BTreeSet<OrganizationId>,
    projects: BTreeSet<ProjectId>,
}

impl Reached {
    /// These nodes with all that is below them, as far as they are in the tree.
    fn below(nodes: &[Node], tree: &dyn Tree) -> Self {
        let mut reached = Self::default();
        for node in nodes {
            match *node {
                Node::Installation | Node::Application(_) => {}
                Node::Tenant(tenant) if tenant == tree.tenant() => {
                    reached.add(tree.top(), tree);
                }
                Node::Tenant(_) => {}
                Node::Organization(organization) => reached.add(Some(organization), tree),
                Node::Project(project) => {
                    if tree.path(*node).is_some() {
                        reached.projects.insert(project);
                    }
                }
            }
        }
        reached
    }

    fn add(&mut self, top: Option<OrganizationId>, tree: &dyn Tree) {
        // What was added already has all below it added, too.
        let Some(top) = top.filter(|top| !self.organizations.contains(top)) else { return };
        let below = tree.organizations_below(top);
        self.projects.extend(tree.projects_of(&below));
        self.organizations.extend(below);
    }

    fn leave_out(&mut self, other: Self) {
        self.organizations.retain(|organization| !other.organizations.contains(organization));
        self.projects.retain(|project| !other.projects.contains(project));
    }
}

/// The roles every installation has, as rows of `g2`.
fn common() -> impl Iterator<Item = [String; 2]> {
    ROLES.lines().filter_map(|line| {
        let mut words = line.split(',').skip(1).map(|word| word.trim().to_owned());
        Some([words.next()?, words.next()?])
    })
}

/// The rules as Casbin's rows, each with the kind of row it is.
pub fn rows(rules: &Rules) -> impl Iterator<Item = (&'static str, Vec<String>)> + '_ {
    let common = common().map(|row| ("g2", row.into()));
    let own = rules.roles.iter().flat_map(|role| {
        let row = |part: &Part| ("g2", vec![role.id.to_string(), part.to_string()]);
        role.parts.iter().map(row)
    });
    let members = rules
        .memberships
        .iter()
        .map(|Membership { subject, group }| ("g", vec![subject.to_string(), group.to_string()]));
    let bindings = rules.bindings.iter().map(|Binding { holder, role, node, effect }| {
        let row = [holder.to_string(), role.to_string(), node.to_string(), effect.to_string()];
        ("p", row.into())
    });
    common.chain(own).chain(members).chain(bindings)
}
