//! The structure of a tenant as a document: organizations, projects, instances, applications, service
//! accounts, own roles, groups, who has which role where, quotas, budgets and approval rules. It
//! names everything and holds no ids, so that it can be taken elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::structure::instance::Instance;
use crate::structure::limit::{Budget, Quota, Rule};

pub mod apply;
pub mod import;
pub mod instance;
pub mod limit;
pub mod load;
pub mod plan;

/// Why a structure is not written or taken.
#[derive(Debug, thiserror::Error)]
pub enum StructureError {
    /// Everything that is wrong with a document.
    #[error("the document cannot be taken, and nothing was changed:\n  {}", .0.join("\n  "))]
    Unfit(Vec<String>),
    /// Part of a structure would look like all of it.
    #[error("only those who see the whole tenant and manage its access can do this")]
    NotAll,
    /// There are more things of a kind than are read at once.
    #[error("there are more than {most} {what}")]
    TooLarge {
        /// How many are read.
        most: u32,
        /// Of what.
        what: &'static str,
    },
    /// Something that was there when the steps were planned.
    #[error("{0} is not there any more; import the document again")]
    Gone(String),
    /// A word of a newer plane.
    #[error("the plane says {0}, which is not known here")]
    Unread(String),
}

/// The only form of the document there is so far.
const VERSION: u32 = 1;

/// All of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Structure {
    /// Form of the document.
    pub cellplane: u32,
    /// Below the root, those above first.
    #[serde(default)]
    pub organizations: Vec<Organization>,
    /// Of organizations.
    #[serde(default)]
    pub projects: Vec<Project>,
    /// Who is no person.
    #[serde(default)]
    pub service_accounts: Vec<ServiceAccount>,
    /// Limits of meters.
    #[serde(default)]
    pub quotas: Vec<Quota>,
    /// Limits of what may be spent.
    #[serde(default)]
    pub budgets: Vec<Budget>,
    /// What is ordered.
    #[serde(default)]
    pub instances: Vec<Instance>,
    /// What belongs together.
    #[serde(default)]
    pub applications: Vec<Application>,
    /// The tenant's own.
    #[serde(default)]
    pub roles: Vec<Role>,
    /// Of people and service accounts.
    #[serde(default)]
    pub groups: Vec<Group>,
    /// Who has which role where.
    #[serde(default)]
    pub bindings: Vec<Binding>,
    /// What takes an approval.
    #[serde(default)]
    pub approval_rules: Vec<Rule>,
}

/// An organization by the names from below the root down to it: `rnd/platform`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organization {
    /// The names from below the root down to it.
    pub path: String,
    /// For people.
    pub title: String,
}

/// A project of an organization; an empty path is the root.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Project {
    /// The path of its organization.
    pub organization: String,
    /// Its name.
    pub name: String,
    /// For people.
    pub title: String,
}

/// Who is no person; an empty path is the root. Tokens are secrets and are made anew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceAccount {
    /// The path of its organization.
    pub organization: String,
    /// Its name.
    pub name: String,
    /// For people.
    pub title: String,
}

/// An application of an organization with what is in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// The path of its organization.
    pub organization: String,
    /// Its name.
    pub name: String,
    /// For people.
    pub title: String,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// Whether its parts are in no other exclusive one.
    pub exclusive: bool,
    /// Instances by the paths of their projects and their names.
    #[serde(default)]
    pub parts: BTreeSet<String>,
    /// What a part needs of the other parts; a part that needs nothing is left out.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub needs: BTreeMap<String, BTreeSet<String>>,
}

/// A role with what it is made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// For people.
    pub title: String,
    /// What it allows.
    #[serde(default)]
    pub actions: BTreeSet<String>,
    /// Names of other roles.
    #[serde(default)]
    pub roles: BTreeSet<String>,
}

/// A group with those who were put into it here, by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// For people.
    pub title: String,
    /// Names of people and service accounts.
    #[serde(default)]
    pub members: BTreeSet<String>,
}

/// A role given or denied.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Binding {
    /// Who.
    pub holder: Holder,
    /// Which role.
    pub role: String,
    /// Where.
    pub at: At,
    /// Whether it gives or takes.
    #[serde(default)]
    pub effect: Effect,
}

/// Who holds a role.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Holder {
    /// A person or a service account.
    Subject(String),
    /// All of a group.
    Group(String),
}

/// Where it holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum At {
    /// The whole tenant.
    Tenant,
    /// Its path.
    Organization(String),
    /// The path of its organization and its name.
    Project(String),
    /// The path of its organization and its name.
    Application(String),
}

impl fmt::Display for At {
    /// As people write it.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tenant => out.write_str("tenant"),
            Self::Organization(path) if path.is_empty() => out.write_str("the root"),
            Self::Organization(path) => write!(out, "organization/{path}"),
            Self::Project(path) => write!(out, "project/{path}"),
            Self::Application(path) => write!(out, "application/{path}"),
        }
    }
}

/// Whether it gives or takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// It gives.
    #[default]
    Allow,
    /// It takes.
    Deny,
}

impl Structure {
    /// A document with nothing in it.
    pub fn empty() -> Self {
        Self { cellplane: VERSION, ..Self::default() }
    }

    /// Reads a document.
    ///
    /// # Errors
    /// [`StructureError::Unfit`] with line and column.
    pub fn parse(text: &str) -> Result<Self, StructureError> {
        let unfit = |problem| Err(StructureError::Unfit(vec![problem]));
        match serde_saphyr::from_str(text) {
            Ok(Self { cellplane, .. }) if cellplane != VERSION => {
                unfit(format!("it is of form {cellplane}, and only form {VERSION} is known"))
            }
            Ok(read) => Ok(read),
            Err(error) => unfit(format!("it cannot be read: {error}")),
        }
    }

    /// Writes the document.
    ///
    /// # Errors
    /// None that is known.
    pub fn text(&self) -> Result<String, StructureError> {
        serde_saphyr::to_string(self).map_err(|error| StructureError::Unread(error.to_string()))
    }
}

impl Project {
    /// The path of its organization and its name.
    pub fn path(&self) -> String {
        below(&self.organization, &self.name)
    }
}

impl Application {
    /// The path of its organization and its name.
    pub fn path(&self) -> String {
        below(&self.organization, &self.name)
    }
}

/// The path of something with a name in what has a path.
pub fn below(path: &str, name: &str) -> String {
    match path {
        "" => name.to_owned(),
        above => format!("{above}/{name}"),
    }
}

/// The path above, and the last name of a path.
pub fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}
