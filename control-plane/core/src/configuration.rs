//! Configurations of instances: what is in force, what was before, and what differs.

pub mod stored;

use std::collections::BTreeMap;

use catalog::form::{self, Change, Origin, Templates};
use catalog::package::Package;
use control_plane_store::configuration;
pub use control_plane_store::configuration::Configuration;
use control_plane_store::instance::Instance;
use serde_json::Value;
use types::id::InstanceId;
use types::size::Size;

use crate::call::Call;
use crate::error::{Error, Result};
use crate::page::{Page, Paged};
use crate::plane::Plane;

pub mod change;

/// Parameter values by name.
pub type Values = BTreeMap<String, Value>;

/// What a configuration holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Content {
    /// All parameters with their values.
    pub values: Values,
    /// The templates that values were taken from.
    pub templates: Templates,
}

/// A parameter that differs, and where its values come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The values, masked if secret, and how the new one reaches the members.
    pub change: Change,
    /// Where the value before came from; none if there was none.
    pub before: Option<Origin>,
    /// Where the value after comes from; none if there is none.
    pub after: Option<Origin>,
}

/// A value as anybody may see it, and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The parameter's name.
    pub parameter: String,
    /// Its value, masked if secret.
    pub value: Value,
    /// Where it comes from.
    pub origin: Origin,
}

/// The package of an instance, if this program has it.
pub fn package_of(call: &Call, row: &Instance) -> Result<&'static Package> {
    let package = call.plane().catalog.find(&row.package, &row.package_version);
    package.ok_or_else(|| Error::Unavailable {
        why: "package_missing",
        message: format!(
            "package {} {} is not in this version of the plane",
            row.package, row.package_version
        ),
    })
}

/// The granted size of an instance's members.
pub fn size_of(row: &Instance) -> Size {
    Size { millivcpu: row.millivcpu, memory_mib: row.memory_mib, storage_mib: row.storage_mib }
}

/// What a stored configuration holds, also its secret values; to decide with, not to show.
pub fn content(plane: &Plane, row: &Configuration) -> Result<Content> {
    let unreadable = |error| Error::internal("read a stored configuration", error);
    let templates = row.templates.as_deref().map(serde_json::from_str).transpose();
    Ok(Content {
        values: stored::open(plane, row.instance_id, &row.parameters)?.whole(),
        templates: templates.map_err(unreadable)?.unwrap_or_default(),
    })
}

/// Writes the templates that values were taken from; none if there are none.
pub(crate) fn templates_text(templates: &Templates) -> Result<Option<String>> {
    if templates.is_empty() {
        return Ok(None);
    }
    let text = serde_json::to_string(templates);
    text.map(Some).map_err(|error| Error::internal("write templates as JSON", error))
}

/// What differs between two configurations of members of one size.
pub fn differences(
    package: &Package,
    size: Size,
    before: &Content,
    after: &Content,
) -> Vec<Difference> {
    let origin = |of: &Content, name: &str| {
        let value = of.values.get(name)?;
        Some(form::origin(package, name, size, value, &of.templates))
    };
    let changes = form::changes(package, &before.values, &after.values).into_iter();
    changes
        .map(|change| {
            let (was, is) = (origin(before, &change.parameter), origin(after, &change.parameter));
            Difference { change, before: was, after: is }
        })
        .collect()
}

/// All values as anybody may see them.
pub fn shown(package: &Package, size: Size, content: &Content) -> Vec<Shown> {
    let masked = form::shown(package, &content.values).into_iter();
    masked
        .map(|(parameter, value)| {
            let kept = content.values.get(&parameter).unwrap_or(&value);
            let origin = form::origin(package, &parameter, size, kept, &content.templates);
            Shown { parameter, value, origin }
        })
        .collect()
}

/// The desired configurations of several instances, by (instance, number).
pub async fn by_keys(call: &Call, keys: &[(InstanceId, i32)]) -> Result<Vec<Configuration>> {
    Ok(configuration::by_keys(&call.reader().await?, keys).await?)
}

/// All configurations of an instance, newest first.
pub async fn list(call: &Call, instance: InstanceId, page: &Page) -> Result<Paged<Configuration>> {
    Ok(configuration::list(&call.reader().await?, instance, page).await?)
}

/// The newest configurations of each of several instances.
pub async fn first_of_instances(
    call: &Call,
    instances: &[InstanceId],
    first: u64,
) -> Result<BTreeMap<InstanceId, Paged<Configuration>>> {
    Ok(configuration::first_of_instances(&call.reader().await?, instances, first).await?)
}
