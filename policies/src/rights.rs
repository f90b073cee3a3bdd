//! Answers to "may they?".
//!
//! Casbin holds model and rules. Its evaluator is linear in the rules, so an index compiled from
//! them answers, and the evaluator is the oracle of the tests.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use casbin::{DefaultModel, Model};
use types::id::SubjectId;

use crate::action::Action;
use crate::index::Index;
use crate::permit::{FleetPermit, Permit, Reach, Scope};
use crate::role::{Binding, Node, Role};
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
    bindings: HashMap<SubjectId, Vec<Binding>>,
}

impl Rights {
    /// Compiles the roles and these bindings.
    ///
    /// # Errors
    /// If model or rules are wrong.
    pub async fn compile(bindings: Vec<Binding>) -> Result<Self, RightsError> {
        let mut model = DefaultModel::from_str(MODEL).await?;
        model.add_policies("p", "p", role_rules());
        let rows = bindings.iter().map(|binding| {
            vec![binding.subject.to_string(), binding.role.to_string(), binding.node.to_string()]
        });
        model.add_policies("g", "g", rows.collect());
        let index = Index::compile(&model)?;
        let mut by_subject: HashMap<_, Vec<_>> = HashMap::new();
        for binding in bindings {
            by_subject.entry(binding.subject).or_default().push(binding);
        }
        Ok(Self { index, bindings: by_subject })
    }

    /// The roles of a subject and where they are bound.
    pub fn bindings_of(&self, subject: SubjectId) -> impl Iterator<Item = Binding> + '_ {
        self.bindings.get(&subject).into_iter().flatten().copied()
    }

    /// Whether the subject may do this to the last node of the path; a role at any node holds for
    /// all below.
    pub fn allows(&self, subject: SubjectId, action: Action, path: &[Node]) -> bool {
        path.iter().any(|node| self.index.allows(subject, action, *node))
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
        if self.allows(subject, action, &path) {
            return Ok(Permit::new(subject, action, self.scope(subject, action, tree)));
        }
        if self.allows(subject, Action::View, &path) {
            return Err(Denied::Forbidden(action));
        }
        Err(Denied::Hidden)
    }

    /// Everything in this tree that the subject may do the action to.
    pub fn scope(&self, subject: SubjectId, action: Action, tree: &dyn Tree) -> Scope {
        let mut organizations = BTreeSet::new();
        let mut projects = BTreeSet::new();
        for binding in self.bindings_of(subject) {
            if !self.index.allows(subject, action, binding.node) {
                continue;
            }
            match binding.node {
                Node::Installation => {}
                Node::Tenant(tenant) if tenant == tree.tenant() => {
                    return Scope::new(tenant, Reach::Tenant);
                }
                Node::Tenant(_) => {}
                Node::Organization(organization) => {
                    let below = tree.organizations_below(organization);
                    projects.extend(tree.projects_of(&below));
                    organizations.extend(below);
                }
                Node::Project(project) => {
                    if tree.path(binding.node).is_some() {
                        projects.insert(project);
                    }
                }
            }
        }
        let reach =
            Reach::Nodes { organizations: Arc::new(organizations), projects: Arc::new(projects) };
        Scope::new(tree.tenant(), reach)
    }

    /// Decides on one action to the installation itself.
    pub fn fleet(&self, subject: SubjectId, action: Action) -> Result<FleetPermit, Denied> {
        if self.index.allows(subject, action, Node::Installation) {
            return Ok(FleetPermit::operator(subject));
        }
        Err(Denied::Hidden)
    }
}

fn role_rules() -> Vec<Vec<String>> {
    let rows = ROLES.lines().filter(|line| !line.trim().is_empty());
    rows.map(|row| row.split(',').skip(1).map(|word| word.trim().to_owned()).collect()).collect()
}

/// What a role allows, for the table that people review.
pub fn actions_of(role: Role) -> BTreeSet<Action> {
    let mine = |rule: &Vec<String>| rule.first().map(String::as_str) == Some(role.as_str());
    role_rules()
        .iter()
        .filter(|rule| mine(rule))
        .filter_map(|rule| rule.get(1)?.parse().ok())
        .collect()
}
