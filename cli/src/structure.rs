//! The structure of a tenant as a document: organizations, projects, instances, applications, service
//! accounts, own roles, groups, who has which role where, quotas, budgets and approval rules. It names everything and holds no ids, so that it can be taken elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::structure::instance::Instance;
use crate::structure::limit::{Budget, Quota, Rule};

pub mod apply;
pub mod instance;
pub mod limit;
pub mod load;
pub mod plan;

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
    #[serde(default)]
    pub projects: Vec<Project>,
    #[serde(default)]
    pub service_accounts: Vec<ServiceAccount>,
    #[serde(default)]
    pub quotas: Vec<Quota>,
    #[serde(default)]
    pub budgets: Vec<Budget>,
    #[serde(default)]
    pub instances: Vec<Instance>,
    #[serde(default)]
    pub applications: Vec<Application>,
    /// The tenant's own.
    #[serde(default)]
    pub roles: Vec<Role>,
    #[serde(default)]
    pub groups: Vec<Group>,
    #[serde(default)]
    pub bindings: Vec<Binding>,
    #[serde(default)]
    pub approval_rules: Vec<Rule>,
}

/// An organization by the names from below the root down to it: `rnd/platform`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organization {
    pub path: String,
    pub title: String,
}

/// A project of an organization; an empty path is the root.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Project {
    pub organization: String,
    pub name: String,
    pub title: String,
}

/// Who is no person; an empty path is the root. Tokens are secrets and are made anew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceAccount {
    pub organization: String,
    pub name: String,
    pub title: String,
}

/// An application of an organization with what is in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    pub organization: String,
    pub name: String,
    pub title: String,
    #[serde(default)]
    pub description: String,
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
    pub name: String,
    pub title: String,
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
    pub name: String,
    pub title: String,
    #[serde(default)]
    pub members: BTreeSet<String>,
}

/// A role given or denied.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Binding {
    pub holder: Holder,
    pub role: String,
    pub at: At,
    #[serde(default)]
    pub effect: Effect,
}

/// Who holds a role.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Holder {
    /// A person or a service account.
    Subject(String),
    Group(String),
}

/// Where it holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum At {
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
    #[default]
    Allow,
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
    /// [`Error::Usage`] with line and column.
    pub fn parse(text: &str) -> Result<Self> {
        let read: Self = serde_saphyr::from_str(text)
            .map_err(|error| Error::Usage(format!("the document cannot be read: {error}")))?;
        match read.cellplane {
            VERSION => Ok(read),
            other => Err(Error::Usage(format!(
                "the document is of form {other}; this command knows form {VERSION}"
            ))),
        }
    }

    /// Writes the document.
    ///
    /// # Errors
    /// None that is known.
    pub fn text(&self) -> Result<String> {
        let written = serde_saphyr::to_string(self);
        written.map_err(|error| Error::Usage(format!("the document cannot be written: {error}")))
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
