//! What holds a caller back beyond the rights of its subject: the limits of a token, or that
//! somebody else acts as the subject. Whoever has limits may what the subject may and the limits
//! allow, never more.

use std::collections::BTreeSet;
use std::net::IpAddr;

use ipnet::IpNet;
use policies::action::Action;
use policies::permit::{Permit, Scope};
use policies::role::Node;
use policies::tree::Tree;
use types::id::{OrganizationId, ProjectId};

use crate::error::Error;

/// What no one who acts as somebody else may do, whatever the other may. An approval is worth what
/// two different people are worth.
pub const NEVER_AS_OTHERS: [Action; 4] =
    [Action::Reveal, Action::ManageAccess, Action::ManageSignIn, Action::Approve];

/// Where limits come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LimitedBy {
    /// A token of this name.
    Token(String),
    /// That somebody else acts as the subject.
    Impersonation,
}

/// What is left of a subject's rights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Where they come from.
    pub by: LimitedBy,
    /// Nothing but these.
    pub actions: BTreeSet<Action>,
    /// Nothing but this organization or project with all below it; none: no such limit.
    pub node: Option<Node>,
    /// From nowhere but there; empty: from anywhere.
    pub addresses: Vec<IpNet>,
}

impl Limits {
    /// Those of whoever acts as somebody else.
    pub fn of_impersonation() -> Self {
        let left = Action::ALL.iter().filter(|action| !NEVER_AS_OTHERS.contains(action));
        Self {
            by: LimitedBy::Impersonation,
            actions: left.copied().collect(),
            node: None,
            addresses: Vec::new(),
        }
    }

    /// Whether they leave the action.
    pub fn allow(&self, action: Action) -> bool {
        self.actions.contains(&action)
    }

    /// Whether they leave the target.
    pub fn reach(&self, target: Node, tree: &dyn Tree) -> bool {
        let Some(node) = self.node else { return true };
        tree.path(target).is_some_and(|path| path.contains(&node))
    }

    /// Where a role at the node still holds within them; none: nowhere.
    pub fn clip(&self, bound: Node, tree: &dyn Tree) -> Option<Node> {
        let Some(node) = self.node else { return Some(bound) };
        if self.reach(bound, tree) {
            return Some(bound);
        }
        tree.path(node).filter(|path| path.contains(&bound)).map(|_| node)
    }

    /// Whether they let somebody in from there.
    pub fn admit(&self, address: IpAddr) -> bool {
        // A socket for both families shows IPv4 as part of IPv6.
        let address = address.to_canonical();
        self.addresses.is_empty() || self.addresses.iter().any(|range| range.contains(&address))
    }

    /// What they leave of a scope.
    pub fn restrict(&self, scope: Scope, action: Action, tree: &dyn Tree) -> Scope {
        if !self.allow(action) {
            return scope.within(&BTreeSet::new(), &BTreeSet::new());
        }
        let Some(node) = self.node else { return scope };
        let (organizations, projects) = below(node, tree);
        scope.within(&organizations, &projects)
    }

    /// What they leave of a permit.
    pub fn narrow(&self, permit: Permit, tree: &dyn Tree) -> Permit {
        let Some(node) = self.node else { return permit };
        let (organizations, projects) = below(node, tree);
        permit.within(&organizations, &projects)
    }

    /// The refusal of what they do not leave.
    pub fn refusal(&self, action: Action) -> Error {
        let message = match &self.by {
            LimitedBy::Token(name) => {
                let words: Vec<_> = self.actions.iter().map(|action| action.as_str()).collect();
                let at = self.node.map(|node| format!(" in {node}")).unwrap_or_default();
                format!(
                    "the token {name} is limited to {}{at} and cannot {action}; use another token, \
                     or sign in",
                    words.join(", ")
                )
            }
            LimitedBy::Impersonation => {
                format!("who acts as somebody else cannot {action}; ask them to do it themselves")
            }
        };
        Error::Limited { why: self.word(), action: Some(action), message }
    }

    /// The refusal of what only somebody who signed in may do.
    pub fn not_in_person(&self) -> Error {
        let message = match &self.by {
            LimitedBy::Token(name) => format!(
                "the token {name} cannot see or change how people and programs sign in; sign in \
                 and do it yourself"
            ),
            LimitedBy::Impersonation => "who acts as somebody else cannot see or change how they \
                                         sign in; ask them to do it themselves"
                .to_owned(),
        };
        Error::Limited { why: self.word(), action: None, message }
    }

    /// The refusal of what takes two different people.
    pub fn not_a_person(&self) -> Error {
        let message = match &self.by {
            LimitedBy::Token(name) => format!(
                "an approval takes a person, and the token {name} is none; sign in and decide \
                 yourself"
            ),
            LimitedBy::Impersonation => {
                "who acts as somebody else approves nothing; ask them to do it themselves"
                    .to_owned()
            }
        };
        Error::Limited { why: self.word(), action: Some(Action::Approve), message }
    }

    fn word(&self) -> &'static str {
        match self.by {
            LimitedBy::Token(_) => "token",
            LimitedBy::Impersonation => "impersonation",
        }
    }
}

/// Organizations and projects at and below a node. Only an organization or a project has any: a
/// token can be limited to nothing else.
pub(crate) fn below(
    node: Node,
    tree: &dyn Tree,
) -> (BTreeSet<OrganizationId>, BTreeSet<ProjectId>) {
    let is_here = tree.path(node).is_some();
    match node {
        Node::Organization(organization) if is_here => {
            let organizations = tree.organizations_below(organization);
            let projects = tree.projects_of(&organizations);
            (organizations.into_iter().collect(), projects.into_iter().collect())
        }
        Node::Project(project) if is_here => (BTreeSet::new(), BTreeSet::from([project])),
        _ => (BTreeSet::new(), BTreeSet::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(ranges: &[&str], address: &str, expected: bool) {
        let limits = Limits {
            addresses: ranges.iter().map(|range| range.parse().expect("a range")).collect(),
            ..Limits::of_impersonation()
        };
        assert_eq!(limits.admit(address.parse().expect("an address")), expected, "{address}");
    }

    #[test]
    fn no_ranges_admit_everybody_and_others_only_theirs() {
        check(&[], "192.0.2.1", true);
        check(&["192.0.2.0/24"], "192.0.2.1", true);
        check(&["192.0.2.0/24"], "192.0.3.1", false);
        check(&["192.0.2.0/24", "2001:db8::/32"], "2001:db8::7", true);
        check(&["2001:db8::/32"], "2001:db9::7", false);
    }

    #[test]
    fn an_address_of_the_older_kind_is_known_in_the_newer_form() {
        check(&["192.0.2.0/24"], "::ffff:192.0.2.1", true);
        check(&["192.0.2.0/24"], "::ffff:192.0.3.1", false);
        check(&["0.0.0.0/0"], "::1", false);
    }

    #[test]
    fn who_acts_as_somebody_else_reveals_nothing_and_gives_no_rights() {
        let limits = Limits::of_impersonation();
        assert!(limits.allow(Action::View) && limits.allow(Action::Order));
        assert!(NEVER_AS_OTHERS.iter().all(|action| !limits.allow(*action)));
    }
}
