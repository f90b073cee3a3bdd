//! Applications: what belongs together, wherever below an organization it is.
//!
//! An application is of one organization and holds instances of projects at or below it, in a
//! second dimension beside the tree. Whoever sees it sees of its parts those they see anyway, and
//! what is told of the whole is told of those. Changes are in [`change`] and [`dependency`], what moves in the tree may
//! not leave is in [`relocate`], what the whole does is judged in [`run`].

use std::collections::{BTreeMap, BTreeSet, HashMap};

pub use control_plane_store::application::{Application, ApplicationFilter as Filter};
pub use control_plane_store::application_part::ApplicationPart as Part;
use control_plane_store::{InTenant, application, application_dependency, application_part};
use policies::role::Node;
use types::id::{ApplicationId, InstanceId};
use types::name::Name;

use crate::call::Call;
use crate::cell::view;
use crate::error::{Error, Result};
use crate::page::{Page, Paged};

pub mod change;
pub mod dependency;
pub(crate) mod relocate;
pub mod run;

use run::{Run, Seen};

/// Where what may be done to an application is decided.
pub fn node(row: &Application) -> Node {
    Node::Application(row.id)
}

fn missing() -> Error {
    Error::NotFound { what: "application" }
}

/// One application that the caller may see.
pub async fn get(call: &Call, id: ApplicationId) -> Result<Application> {
    application::find(&call.reader().await?, id).await?.ok_or_else(missing)
}

/// Applications that the caller may see, the oldest first.
pub async fn list(call: &Call, filter: &Filter, page: &Page) -> Result<Paged<Application>> {
    if filter.name_part.as_ref().is_some_and(|part| part.chars().any(char::is_control)) {
        let message = "names have no control characters; search for another part";
        return Err(Error::invalid("search", "malformed", message));
    }
    Ok(application::list(&call.reader().await?, filter, page).await?)
}

/// Applications of a name that the caller may see; more than one if several organizations have it.
pub async fn named(call: &Call, name: &str) -> Result<Vec<Application>> {
    // What cannot be a name is nobody's; not every database takes any text as a question.
    if name.parse::<Name>().is_err() {
        return Ok(Vec::new());
    }
    Ok(application::by_name(&call.reader().await?, name).await?)
}

/// A page of the parts that the caller may see.
pub async fn parts(call: &Call, id: ApplicationId, page: &Page) -> Result<Paged<Part>> {
    Ok(application_part::list(&call.reader().await?, id, page).await?)
}

/// The first parts of each of several applications, as far as the caller may see them.
pub async fn first_parts(
    call: &Call,
    ids: &[ApplicationId],
    first: u64,
) -> Result<BTreeMap<ApplicationId, Paged<Part>>> {
    Ok(application_part::first_of_applications(&call.reader().await?, ids, first).await?)
}

/// The applications that instances are in, as far as the caller may see both, by name.
pub async fn of_instances(
    call: &Call,
    ids: &[InstanceId],
) -> Result<BTreeMap<InstanceId, Vec<Application>>> {
    let reader = call.reader().await?;
    let parts = application_part::of_instances(&reader, ids).await?;
    let wanted: BTreeSet<_> = parts.iter().map(|part| part.application_id).collect();
    let wanted: Vec<_> = wanted.into_iter().collect();
    let rows = match wanted.as_slice() {
        [] => Vec::new(),
        some => application::by_ids(&reader, some).await?,
    };
    let rows: HashMap<_, _> = rows.into_iter().map(|row| (row.id, row)).collect();
    let mut found: BTreeMap<_, Vec<_>> = ids.iter().map(|id| (*id, Vec::new())).collect();
    for part in parts {
        if let Some(row) = rows.get(&part.application_id) {
            found.entry(part.instance_id).or_default().push(row.clone());
        }
    }
    for rows in found.values_mut() {
        rows.sort_by(|one, other| (&one.name, one.id).cmp(&(&other.name, other.id)));
    }
    Ok(found)
}

/// All applications that instances are in, also those that the caller may not see: what is bound
/// there concerns them.
pub async fn ids_of_instances(
    call: &Call,
    ids: &[InstanceId],
) -> Result<BTreeMap<InstanceId, Vec<ApplicationId>>> {
    let mut found: BTreeMap<_, Vec<_>> = ids.iter().map(|id| (*id, Vec::new())).collect();
    for part in application_part::of_instances(&call.reader().await?, ids).await? {
        found.entry(part.instance_id).or_default().push(part.application_id);
    }
    Ok(found)
}

/// What parts of applications need, by the part. Whether the caller may see what is needed is
/// decided where it is looked up.
pub async fn needs(
    call: &Call,
    parts: &[(ApplicationId, InstanceId)],
) -> Result<BTreeMap<(ApplicationId, InstanceId), Vec<InstanceId>>> {
    let (ids, instances): (BTreeSet<_>, BTreeSet<_>) = parts.iter().copied().unzip();
    let mut found: BTreeMap<_, Vec<_>> = parts.iter().map(|part| (*part, Vec::new())).collect();
    let reader = call.reader().await?;
    for row in application_dependency::of_parts(&reader, &ids, &instances).await? {
        if let Some(needs) = found.get_mut(&(row.application_id, row.instance_id)) {
            needs.push(row.needs_id);
        }
    }
    Ok(found)
}

/// What applications do, by the parts that the caller may see.
pub async fn runs(call: &Call, ids: &[ApplicationId]) -> Result<BTreeMap<ApplicationId, Run>> {
    let reader: &dyn InTenant = &call.reader().await?;
    let mut states: BTreeMap<_, Vec<_>> = ids.iter().map(|id| (*id, Vec::new())).collect();
    let parts = application_part::seen(reader, ids).await?;
    let cells = if parts.is_empty() { BTreeMap::new() } else { view::glances(call).await? };
    for part in parts {
        let is_silent = cells.get(&part.cell).is_some_and(|cell| cell.silent_since.is_some());
        let seen = Seen { state: part.state, is_silent };
        states.entry(part.application).or_default().push(seen);
    }
    Ok(states.into_iter().map(|(id, parts)| (id, run::judge(&parts))).collect())
}
