//! Roles, what they are made of, and where they are bound.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use types::id::{ApplicationId, GroupId, OrganizationId, ProjectId, RoleId, SubjectId, TenantId};
use types::text_enum;

use crate::action::Action;

text_enum! {
    /// The roles every installation has.
    Role {
        /// Runs the installation: cells, offerings, prices. Sees no tenant's resources.
        Operator = "operator",
        /// Everything within one tenant.
        TenantAdmin = "tenant_admin",
        /// Everything within one organization and below.
        OrganizationAdmin = "organization_admin",
        /// Orders and runs middleware.
        Developer = "developer",
        /// Sees.
        Viewer = "viewer",
        /// Sees and reads bills.
        Finance = "finance",
        /// Sees, reads bills and the audit.
        Auditor = "auditor",
    }
}

text_enum! {
    /// What a binding does with what its role says.
    Effect {
        /// It may be done.
        Allow = "allow",
        /// It may not be done, whoever else allows it.
        Deny = "deny",
    }
}

/// A text that names none of what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}")]
pub struct NameError {
    /// What would have been right.
    pub expected: &'static str,
}

/// Texts that are the text of one of several things, told apart by their form.
macro_rules! either {
    ($name:ident, $expected:literal: $($variant:ident)+) => {
        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$variant(inner) => inner.fmt(out),)+
                }
            }
        }

        impl FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                $(if let Ok(inner) = text.parse() {
                    return Ok(Self::$variant(inner));
                })+
                Err(NameError { expected: $expected })
            }
        }
    };
}

/// A role that can be bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AnyRole {
    /// One that every installation has.
    Common(Role),
    /// One that a tenant made.
    Own(RoleId),
}

either! { AnyRole, "the name of a role or the id of one": Common Own }

/// What a tenant's own role is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// One action.
    Action(Action),
    /// All that another role is made of.
    Role(AnyRole),
    /// All actions there are: `*`.
    All(All),
}

either! { Part, "an action, a role or *": Action Role All }

text_enum! {
    /// Stands for every action.
    All {
        /// The only one.
        Star = "*",
    }
}

/// A tenant's own role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnRole {
    /// Which.
    pub id: RoleId,
    /// What it is made of.
    pub parts: BTreeSet<Part>,
}

/// Who can hold roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Holder {
    /// A person or program.
    Subject(SubjectId),
    /// All who are in a group.
    Group(GroupId),
}

either! { Holder, "the id of a subject or a group": Subject Group }

/// Where a role is bound; it holds for everything below.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Node {
    /// The installation itself: cells, offerings, prices, not the tenants' resources.
    Installation,
    /// A tenant with all its organizations.
    Tenant(TenantId),
    /// An organization with all below it.
    Organization(OrganizationId),
    /// A project.
    Project(ProjectId),
    /// An application, with what is in it wherever that is in the tree.
    Application(ApplicationId),
}

impl fmt::Display for Node {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Installation => out.write_str("installation"),
            Self::Tenant(id) => id.fmt(out),
            Self::Organization(id) => id.fmt(out),
            Self::Project(id) => id.fmt(out),
            Self::Application(id) => id.fmt(out),
        }
    }
}

impl FromStr for Node {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let expected =
            "`installation` or the id of a tenant, an organization, a project or an application";
        let wrong = NameError { expected };
        let prefix = text.split_once('_').map_or(text, |(prefix, _)| prefix);
        match prefix {
            "installation" if text == prefix => Ok(Self::Installation),
            TenantId::PREFIX => text.parse().map(Self::Tenant).map_err(|_| wrong),
            OrganizationId::PREFIX => text.parse().map(Self::Organization).map_err(|_| wrong),
            ProjectId::PREFIX => text.parse().map(Self::Project).map_err(|_| wrong),
            ApplicationId::PREFIX => text.parse().map(Self::Application).map_err(|_| wrong),
            _ => Err(wrong),
        }
    }
}

/// A role given at a node, or what it says taken from whoever holds it otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Binding {
    /// Whom it concerns.
    pub holder: Holder,
    /// The role.
    pub role: AnyRole,
    /// Where it holds, and for everything below.
    pub node: Node,
    /// Whether it gives or takes.
    pub effect: Effect,
}

impl Binding {
    /// Gives a subject a role.
    pub fn allow(subject: SubjectId, role: Role, node: Node) -> Self {
        let (holder, role) = (Holder::Subject(subject), AnyRole::Common(role));
        Self { holder, role, node, effect: Effect::Allow }
    }
}

/// A subject in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Membership {
    /// Who.
    pub subject: SubjectId,
    /// In which.
    pub group: GroupId,
}

/// All that decides within one tenant, or at the installation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// The tenant's own roles.
    pub roles: Vec<OwnRole>,
    /// Who is in which group.
    pub memberships: Vec<Membership>,
    /// Who holds which role where.
    pub bindings: Vec<Binding>,
}
