//! The register of assets: what ran where, in which state, at any instant.
//!
//! Nobody writes it. It is told from the histories that orders, changes and reports leave behind:
//! of states, of what members are ([`history`]) and of the tree. So the register of a past instant
//! says the same whatever was moved, changed or deleted since.

use std::collections::{BTreeMap, HashMap};

pub use control_plane_store::asset::Asset;
use control_plane_store::asset::{self, AssetFilter, AssetGroup};
use control_plane_store::{TenantRead, lifecycle, tree_event};
use policies::action::Action;
use policies::permit::Scope;
use policies::tree::Tree as _;
use types::id::{CellId, OrganizationId, ProjectId};
use types::instance::State;
use types::instant::Instant;

use crate::call::Call;
use crate::cell::view::{self, Glance};
use crate::error::{Error, Result};
use crate::page::{Cursor, Page, Paged, Sorted};
use crate::tree::TenantTree;

pub(crate) mod history;

/// Which register is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Question {
    /// Of which instant; none: of now.
    pub at: Option<Instant>,
    /// Only what was below this organization then (id or name).
    pub organization: Option<String>,
    /// Only what was in this project then (id or name).
    pub project: Option<String>,
    /// Only of this package.
    pub package: Option<String>,
}

/// The register of one instant, as far as the caller reaches.
pub struct Register {
    at: Instant,
    tree: TenantTree,
    scope: Scope,
    reader: TenantRead,
    filter: AssetFilter,
    cells: BTreeMap<CellId, Glance>,
}

/// Where something was at the instant of its register.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Names of the organizations from the root down, as far as the caller may see them.
    pub path: Vec<String>,
    /// The last of them.
    pub organization: Option<OrganizationId>,
    /// Name of the project.
    pub project: String,
}

/// A member as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetView {
    /// What it was.
    pub entry: Asset,
    /// Where it belonged.
    pub place: Place,
    /// Name of the cell that it ran in.
    pub cell: String,
    /// Its state as recorded.
    pub state: State,
    /// Since when.
    pub since: Instant,
    /// From when on its cell has not been heard of: the state is then not to be trusted.
    pub unknown_since: Option<Instant>,
}

/// How many members had all this in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetCount {
    /// The organization.
    pub organization: Option<OrganizationId>,
    /// Names of the organizations from the root down.
    pub path: Vec<String>,
    /// Name of the package.
    pub package: String,
    /// Version of the package.
    pub package_version: String,
    /// Version of the product that was ordered.
    pub software_version: String,
    /// The state; unknown if the cell has not been heard of.
    pub state: State,
    /// How many.
    pub members: i64,
}

impl Sorted for AssetView {
    fn cursor(&self) -> Cursor {
        self.entry.cursor()
    }
}

/// Opens the register of an instant. The caller sees in it what the roles that they have now would
/// have shown them then.
///
/// # Errors
/// [`Error::Invalid`] for an instant that has not come, [`Error::NotFound`] for an organization or
/// a project that was not there or is not in reach.
pub async fn open(call: &Call, question: Question) -> Result<Register> {
    let now = call.now();
    let at = question.at.unwrap_or(now);
    if at > now {
        let message = "the register tells what was; ask for an instant that has come";
        return Err(Error::invalid("at", "in_future", message));
    }
    if question.package.as_ref().is_some_and(|name| name.chars().any(char::is_control)) {
        let message = "names of packages have no control characters";
        return Err(Error::invalid("filter.package", "malformed", message));
    }
    let history = tree_event::all(&call.reader().await?).await?;
    let now_held = call.standing().await?;
    let tree = TenantTree::at(call.tenant()?, &history, at)?.with_applications_of(&now_held.tree);
    let scope = call.scope_in(Action::View, &tree).await?;
    let below = question.organization.map(|name| below(&tree, &scope, &name)).transpose()?;
    let named = question.project.map(|name| project(&tree, &scope, &name)).transpose()?;
    let projects = match (below, named) {
        (Some(below), Some(named)) => Some(below.into_iter().filter(|id| *id == named).collect()),
        (below, named) => below.or(named.map(|named| vec![named])),
    };
    let reader = call.plane().store.read(&scope);
    let filter = AssetFilter { projects, package: question.package };
    let cells = view::glances(call).await?;
    Ok(Register { at, tree, scope, reader, filter, cells })
}

/// The projects that were below an organization.
fn below(tree: &TenantTree, scope: &Scope, id_or_name: &str) -> Result<Vec<ProjectId>> {
    let is_meant =
        |name: &str, id: OrganizationId| name == id_or_name || id.to_string() == id_or_name;
    let seen = tree.organizations().filter(|row| scope.has_organization(row.id));
    let found = seen.filter(|row| is_meant(&row.name, row.id)).map(|row| row.id);
    let organization = only(found.collect(), "organization")?;
    Ok(tree.projects_of(&tree.organizations_below(organization)))
}

fn project(tree: &TenantTree, scope: &Scope, id_or_name: &str) -> Result<ProjectId> {
    let is_meant = |name: &str, id: ProjectId| name == id_or_name || id.to_string() == id_or_name;
    let seen = tree.projects().filter(|row| scope.has_project(row.id));
    let found = seen.filter(|row| is_meant(&row.name, row.id)).map(|row| row.id);
    only(found.collect(), "project")
}

fn only<T: Copy>(found: Vec<T>, what: &'static str) -> Result<T> {
    match found.as_slice() {
        [one] => Ok(*one),
        [] => Err(Error::NotFound { what }),
        _ => {
            let message = format!("more than one {what} had this name; use its id");
            Err(Error::invalid(&format!("filter.{what}"), "ambiguous", message))
        }
    }
}

impl Register {
    /// The instant that it tells of.
    pub fn at(&self) -> Instant {
        self.at
    }

    /// The members that were there, in the order in which they were ordered.
    pub async fn list(&self, page: &Page) -> Result<Paged<AssetView>> {
        let found = asset::list_at(&self.reader, self.at, &self.filter, page).await?;
        let names: Vec<_> = found.items.iter().map(|entry| entry.resource.clone()).collect();
        let states = lifecycle::held_at(&self.reader, &names, self.at).await?;
        let states: HashMap<_, _> =
            states.into_iter().map(|row| (row.resource, (row.state, row.at))).collect();
        let begun = lifecycle::since(&self.reader, &names, self.at).await?;
        let begun: HashMap<_, _> = begun.into_iter().collect();
        let items = found.items.into_iter().map(|entry| {
            let held = states.get(&entry.resource).copied();
            let (state, at) = held.unwrap_or((State::Unknown, entry.at));
            let since = begun.get(&entry.resource).copied().unwrap_or(at);
            AssetView {
                place: self.place(entry.project_id),
                cell: self
                    .cells
                    .get(&entry.cell_id)
                    .map_or_else(String::new, |cell| cell.name.clone()),
                unknown_since: self.unknown_since(entry.cell_id),
                entry,
                state,
                since,
            }
        });
        Ok(Paged { items: items.collect(), has_next: found.has_next })
    }

    /// How many there were, by organization, package, versions and state.
    pub async fn counts(&self) -> Result<Vec<AssetCount>> {
        let mut counts = BTreeMap::new();
        for group in asset::count_at(&self.reader, self.at, &self.filter).await? {
            let AssetGroup { project_id, cell_id, members, .. } = group;
            let Place { path, organization, .. } = self.place(project_id);
            let state = match self.unknown_since(cell_id) {
                Some(_) => State::Unknown,
                None => group.state,
            };
            let software = (group.package, group.package_version, group.software_version);
            let key = (path, organization, software, state.as_str());
            counts.entry(key).or_insert((state, 0)).1 += members;
        }
        let count = |((path, organization, software, _), (state, members))| {
            let (package, package_version, software_version) = software;
            AssetCount {
                organization,
                path,
                package,
                package_version,
                software_version,
                state,
                members,
            }
        };
        Ok(counts.into_iter().map(count).collect())
    }

    fn place(&self, project: ProjectId) -> Place {
        let Some(row) = self.tree.project(project) else { return Place::default() };
        let ancestry = self.tree.ancestry(row.organization_id).unwrap_or_default();
        let seen = ancestry.iter().filter(|id| self.scope.has_organization(**id));
        let seen: Vec<_> = seen.filter_map(|id| self.tree.organization(*id)).collect();
        Place {
            organization: seen.last().map(|row| row.id),
            path: seen.iter().map(|row| row.name.clone()).collect(),
            project: row.name.clone(),
        }
    }

    /// A cell that is silent has told nothing of this instant, and what was last heard may be over.
    fn unknown_since(&self, cell: CellId) -> Option<Instant> {
        self.cells.get(&cell)?.silent_since.filter(|since| self.at >= *since)
    }
}
