//! One thing to do for a document, and how it is told.

use std::fmt;

use serde::Serialize;

use crate::structure::instance::Instance;
use crate::structure::limit::{Budget, Quota, Rule};
use crate::structure::{
    Application, Binding, Effect, Holder, Organization, Project, Role, ServiceAccount,
};

/// One thing to do.
#[expect(missing_docs, reason = "the sentence of each says what it does")]
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Step {
    CreateOrganization(Organization),
    TitleOrganization(Organization),
    CreateProject(Project),
    TitleProject(Project),
    CreateServiceAccount(ServiceAccount),
    SetQuota(Quota),
    SetBudget(Budget),
    /// It is there from then on, and runs some time later.
    Order(Instance),
    CreateApplication(Application),
    /// Its title and its description.
    WordApplication(Application),
    /// An application and an instance, by their paths.
    AddPart {
        application: String,
        part: String,
    },
    /// An application and two of its parts, of which one needs the other, by their paths.
    Depend {
        application: String,
        part: String,
        needs: String,
    },
    CreateRole(Role),
    ChangeRole(Role),
    CreateGroup {
        name: String,
        title: String,
    },
    TitleGroup {
        name: String,
        title: String,
    },
    AddMember {
        group: String,
        subject: String,
    },
    Bind(Binding),
    CreateRule(Rule),
}

impl fmt::Display for Step {
    /// As a sentence that says what it does.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CreateOrganization(one) => write!(out, "make the organization {}", one.path),
            Self::TitleOrganization(one) => {
                write!(out, "call the organization {} “{}”", one.path, one.title)
            }
            Self::CreateProject(one) => write!(out, "make the project {}", one.path()),
            Self::TitleProject(one) => {
                write!(out, "call the project {} “{}”", one.path(), one.title)
            }
            Self::CreateServiceAccount(one) => write!(out, "make the service account {}", one.name),
            Self::SetQuota(one) => {
                write!(out, "limit {} at {} to {}", one.meter, one.at, one.limit)
            }
            Self::SetBudget(one) => write!(out, "set the budget of {} to {}", one.at, one.amount),
            Self::Order(one) => {
                write!(out, "order {}, a {} of plan {}", one.path(), one.package, one.plan)
            }
            Self::CreateApplication(one) => write!(out, "make the application {}", one.path()),
            Self::WordApplication(one) => {
                let (path, title) = (one.path(), &one.title);
                write!(out, "call the application {path} “{title}”, with its description")
            }
            Self::AddPart { application, part } => {
                write!(out, "put {part} into the application {application}")
            }
            Self::Depend { application, part, needs } => {
                write!(out, "say that {part} needs {needs} in the application {application}")
            }
            Self::CreateRole(one) => write!(out, "make the role {}", one.name),
            Self::ChangeRole(one) => write!(out, "change the role {}", one.name),
            Self::CreateGroup { name, .. } => write!(out, "make the group {name}"),
            Self::TitleGroup { name, title } => write!(out, "call the group {name} “{title}”"),
            Self::AddMember { group, subject } => {
                write!(out, "put {subject} into the group {group}")
            }
            Self::Bind(one) => bind(one, out),
            Self::CreateRule(one) => {
                let what: Vec<_> = one.mutations.iter().map(String::as_str).collect();
                write!(out, "have {} approved at {}", what.join(", "), one.at)
            }
        }
    }
}

fn bind(one: &Binding, out: &mut fmt::Formatter<'_>) -> fmt::Result {
    let whom = match &one.holder {
        Holder::Subject(name) => format!("subject/{name}"),
        Holder::Group(name) => format!("group/{name}"),
    };
    let verb = if one.effect == Effect::Deny { "deny" } else { "give" };
    write!(out, "{verb} {} to {whom} at {}", one.role, one.at)
}
