//! Which instances a request is about: named ones, or all of a project or an organization.

use std::collections::{BTreeSet, HashSet};

use control_plane_store::instance;
use control_plane_store::{Page, TenantRead};
use policies::action::Action;
use policies::role::Node;
use policies::tree::Tree as _;
use serde::Serialize;
use types::id::{InstanceId, OrganizationId, ProjectId};
use types::name::Name;

use crate::call::Call;
use crate::error::{Error, Result};
use crate::instance::{Filter, Instance};

/// The most instances of one request.
pub const MOST: usize = 100;

/// Which instances.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Selection {
    /// Ids and names; if there are none, all that the rest describes.
    pub instances: Vec<String>,
    /// Where names are looked up, or whose instances are meant.
    pub project: Option<ProjectId>,
    /// The same for an organization and all below it.
    pub organization: Option<OrganizationId>,
    /// Only those of this package, whatever its version.
    pub package: Option<String>,
}

/// The selected instances: in the order of their names and ids, or newest first.
pub async fn resolve(call: &Call, selection: &Selection) -> Result<Vec<Instance>> {
    let projects = projects(call, selection).await?;
    let reader = call.reader().await?;
    let mut rows = match selection.instances.as_slice() {
        [] => all(&reader, selection, projects).await?,
        given => named(&reader, given, projects.as_ref()).await?,
    };
    if let Some(package) = &selection.package {
        rows.retain(|row| row.package == *package);
    }
    let mut seen = HashSet::new();
    rows.retain(|row| seen.insert(row.id));
    Ok(rows)
}

/// The projects that are meant; none if all are.
async fn projects(call: &Call, selection: &Selection) -> Result<Option<BTreeSet<ProjectId>>> {
    let standing = call.standing().await?;
    let mut meant = None;
    if let Some(organization) = selection.organization {
        call.permit(Action::View, Node::Organization(organization), "organization").await?;
        let below = standing.tree.organizations_below(organization);
        meant = Some(standing.tree.projects_of(&below).into_iter().collect::<BTreeSet<_>>());
    }
    if let Some(project) = selection.project {
        call.permit(Action::View, Node::Project(project), "project").await?;
        let is_meant = meant.is_none_or(|meant: BTreeSet<_>| meant.contains(&project));
        meant = Some(is_meant.then_some(project).into_iter().collect());
    }
    Ok(meant)
}

fn too_many() -> Error {
    let message = format!("at most {MOST} instances at once; narrow the selection");
    Error::invalid("instances", "out_of_range", message)
}

async fn all(
    reader: &TenantRead,
    selection: &Selection,
    projects: Option<BTreeSet<ProjectId>>,
) -> Result<Vec<Instance>> {
    let Some(projects) = projects else {
        let message = "name instances, or a project or an organization whose instances are meant";
        return Err(Error::invalid("instances", "required", message));
    };
    let filter = Filter {
        projects: Some(projects.into_iter().collect()),
        package: selection.package.clone(),
        ..Filter::default()
    };
    let page = Page::new(MOST as u64, None)
        .map_err(|error| Error::internal("list the selection", error))?;
    let found = instance::list(reader, &filter, &page).await?;
    if found.has_next { Err(too_many()) } else { Ok(found.items) }
}

/// Each of the named; one that is not there, or not to be seen, fails the whole request.
async fn named(
    reader: &TenantRead,
    given: &[String],
    projects: Option<&BTreeSet<ProjectId>>,
) -> Result<Vec<Instance>> {
    if given.len() > MOST {
        return Err(too_many());
    }
    let ids: Vec<_> = given.iter().filter_map(|text| text.parse::<InstanceId>().ok()).collect();
    // What cannot be a name is nobody's; not every database takes any text as a question.
    let is_name = |text: &&String| text.parse::<Name>().is_ok();
    let names: Vec<_> = given.iter().filter(is_name).cloned().collect();
    let mut found = instance::by_ids(reader, &ids).await?;
    let mut by_name = instance::by_names(reader, &names).await?;
    by_name.retain(|row| projects.is_none_or(|projects| projects.contains(&row.project_id)));
    found.extend(by_name);
    let mut rows = Vec::new();
    for text in given {
        let is_it = |row: &&Instance| match text.parse::<InstanceId>() {
            Ok(id) => row.id == id,
            Err(_) => row.live_name.as_ref() == Some(text),
        };
        let matching: BTreeSet<_> = found.iter().filter(is_it).map(|row| row.id).collect();
        match matching.len() {
            0 => return Err(Error::NotFound { what: "instance" }),
            1 => rows.extend(found.iter().find(is_it).cloned()),
            _ => {
                let message = format!("more than one instance is named {text}; use its id");
                return Err(Error::invalid("instances", "ambiguous", message));
            }
        }
    }
    Ok(rows)
}
