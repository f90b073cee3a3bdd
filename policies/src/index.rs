//! Who may do what where, compiled from Casbin's rules: a look-up for each node of a path, where
//! Casbin's evaluator walks through all rules.

use std::collections::HashMap;

use casbin::Model;
use types::id::SubjectId;

use crate::action::Action;
use crate::rights::RightsError;
use crate::role::Node;

/// A set of actions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Actions(u64);

impl Actions {
    fn of(action: Action) -> Self {
        Self(1 << action as u64)
    }

    fn add(&mut self, other: Self) {
        self.0 |= other.0;
    }

    fn has(self, action: Action) -> bool {
        self.0 & Self::of(action).0 != 0
    }
}

/// What each subject may do at each node where a role is bound.
#[derive(Debug, Default)]
pub(crate) struct Index(HashMap<(SubjectId, Node), Actions>);

impl Index {
    /// From all rules of a model: `p` says what a role may do, `g` who has which role where.
    ///
    /// # Errors
    /// If a rule names what does not exist: to leave it out would decide otherwise than Casbin.
    pub fn compile(model: &dyn Model) -> Result<Self, RightsError> {
        let mut allowed: HashMap<String, Actions> = HashMap::new();
        for rule in model.get_policy("p", "p") {
            let [role, action] = words(rule)?;
            let action: Action = action.parse().map_err(|_| RightsError::Rule(action))?;
            allowed.entry(role).or_default().add(Actions::of(action));
        }
        let mut index = Self::default();
        for rule in model.get_policy("g", "g") {
            let [subject, role, node] = words(rule)?;
            let subject: SubjectId = subject.parse().map_err(|_| RightsError::Rule(subject))?;
            let node: Node = node.parse().map_err(|_| RightsError::Rule(node))?;
            let actions = allowed.get(&role).copied().ok_or(RightsError::Rule(role))?;
            index.0.entry((subject, node)).or_default().add(actions);
        }
        Ok(index)
    }

    /// Whether a role that is bound at this very node allows it.
    pub fn allows(&self, subject: SubjectId, action: Action, node: Node) -> bool {
        self.0.get(&(subject, node)).is_some_and(|actions| actions.has(action))
    }
}

fn words<const N: usize>(rule: Vec<String>) -> Result<[String; N], RightsError> {
    rule.try_into().map_err(|rule: Vec<String>| RightsError::Rule(rule.join(", ")))
}
