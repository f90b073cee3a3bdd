//! Organizations and projects.

use serde::{Deserialize, Serialize};

use super::tree::OrganizationsOf;
use super::{Named, Reference, Slice};
use crate::page::Page;

documents! {
    /// Organizations in order of the tree.
    ListOrganizations = "organizations", "organizations" (OrganizationsOf) -> Page<Organization>;
    /// Which bills an organization has.
    AskBillingPeriods = "billing-periods", "organization" (Named) -> BillingPeriods;
    /// Projects.
    ListProjects = "projects", "projects" (Slice) -> Page<Project>;
    /// Projects with the ids of their organizations.
    ListPlacedProjects = "placed-projects", "projects" (Slice) -> Page<PlacedProject>;
    /// One project.
    AskProject = "project", "project" (Named) -> Project;
}

/// A node of the tenant's tree.
#[derive(Debug, Serialize, Deserialize)]
pub struct Organization {
    pub id: String,
    pub name: String,
    pub title: String,
    pub path: Vec<Reference>,
}

/// An organization that is only named.
#[derive(Debug, Serialize, Deserialize)]
pub struct OrganizationName {
    pub name: String,
}

/// A container of resources.
#[derive(Debug, Serialize, Deserialize)]
pub struct Project {
    pub id: String,
    pub name: String,
    pub title: String,
    /// None where one may not see it.
    pub organization: Option<OrganizationName>,
}

impl Project {
    /// The name of the organization that owns it.
    pub fn owner(&self) -> Option<&String> {
        self.organization.as_ref().map(|owner| &owner.name)
    }
}

/// Which bills an organization has, newest first.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BillingPeriods {
    pub id: String,
    pub name: String,
    pub billing_periods: Vec<BillingPeriod>,
}

/// A month and whether its bills are final.
#[derive(Debug, Serialize, Deserialize)]
pub struct BillingPeriod {
    pub period: String,
    pub state: String,
}

/// A project with the organization that owns it.
#[derive(Debug, Serialize, Deserialize)]
pub struct PlacedProject {
    pub id: String,
    pub name: String,
    pub title: String,
    /// None where one may not see it.
    pub organization: Option<Reference>,
}
