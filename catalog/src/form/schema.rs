//! The schema that a portal generates a form from.

use serde_json::{Map, Value, json};
use types::size::Size;

use crate::amount;
use crate::package::Package;
use crate::parameter::Parameter;

/// The JSON Schema (draft 2020-12) of the parameters that exist for these choices, with limits and
/// defaults as they are for the size. `x-groups` gives groups and order; none if the topology or
/// software version is unknown.
pub fn schema(
    package: &Package,
    topology: &str,
    software_version: &str,
    size: Size,
) -> Option<Value> {
    let manifest = package.manifest();
    manifest.topology(topology)?;
    manifest.software(software_version)?;
    let is_for = |name: &String| {
        let parameter = package.parameters().get(name);
        parameter.is_some_and(|parameter| parameter.is_for(topology, software_version))
    };
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (name, parameter) in package.parameters().iter().filter(|(name, _)| is_for(name)) {
        let written = package.schema().get(name).cloned().unwrap_or_default();
        if parameter.default(size).is_none() {
            required.push(name);
        }
        properties.insert(name.clone(), resolve(parameter, written, size));
    }
    let groups: Vec<_> = manifest
        .form
        .iter()
        .map(|group| {
            let names: Vec<_> = group.parameters.iter().filter(|name| is_for(name)).collect();
            json!({ "title": group.title, "parameters": names })
        })
        .filter(|group| group["parameters"] != json!([]))
        .collect();
    Some(json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
        "required": required,
        "x-groups": groups,
    }))
}

/// What the author wrote, with everything that follows the plan replaced by what it is.
fn resolve(parameter: &Parameter, mut written: Value, size: Size) -> Value {
    if let Some(keywords) = written.as_object_mut() {
        for settled in ["x-maximum-of", "x-default-of", "x-topologies", "x-versions"] {
            keywords.remove(settled);
        }
    }
    if let Some(default) = parameter.default(size) {
        written["default"] = parameter.read(&default).unwrap_or(default);
    }
    if parameter.is_bytes() {
        written["pattern"] = amount::PATTERN.into();
    }
    if let Some(most) = parameter.most(size) {
        let key = if parameter.is_bytes() { "x-maximum" } else { "maximum" };
        written[key] = if parameter.is_bytes() { amount::format(most).into() } else { most.into() };
    }
    written
}
