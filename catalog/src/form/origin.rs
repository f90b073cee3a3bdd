//! Where the values of a configuration come from, and which of them stand against a template.

use std::collections::BTreeMap;

use serde_json::Value;
use types::size::Size;

use super::{Values, is_default};
use crate::package::Package;

/// The template that a value was taken from, by parameter.
pub type Templates = BTreeMap<String, String>;

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It is the one that the parameter has unless another is given.
    Default,
    /// The template of this name.
    Template(String),
    /// Somebody gave it for this instance.
    Own,
}

/// A value of an instance's own where a template says otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnValue {
    /// The parameter's name.
    pub parameter: String,
    /// The instance's value.
    pub own: Value,
    /// The template's value.
    pub template: Value,
}

/// Where a kept value comes from.
pub fn origin(
    package: &Package,
    name: &str,
    size: Size,
    value: &Value,
    templates: &Templates,
) -> Origin {
    match templates.get(name) {
        Some(template) => Origin::Template(template.clone()),
        None if is_default(package, name, size, value) => Origin::Default,
        None => Origin::Own,
    }
}

/// Values of an instance's own that a template would replace.
pub fn own_values(
    package: &Package,
    size: Size,
    current: &Values,
    templates: &Templates,
    template: &Values,
) -> Vec<OwnValue> {
    let against = template.iter().filter_map(|(name, wanted)| {
        let own = current.get(name).filter(|own| *own != wanted)?;
        let is_own = origin(package, name, size, own, templates) == Origin::Own;
        // A template holds no secret, so neither is one of these.
        is_own.then(|| OwnValue {
            parameter: name.clone(),
            own: own.clone(),
            template: wanted.clone(),
        })
    });
    against.collect()
}

/// Which values still come from templates after a change: those that stayed and nobody gave, and
/// those of the template that was taken now.
pub fn follow(
    before: (&Values, &Templates),
    after: &Values,
    given: &Values,
    taken: Option<(&str, &Values)>,
) -> Templates {
    let (values, templates) = before;
    let mut next: Templates = templates
        .iter()
        .filter(|(name, _)| !given.contains_key(*name) && values.get(*name) == after.get(*name))
        .map(|(name, template)| (name.clone(), template.clone()))
        .collect();
    if let Some((template, wanted)) = taken {
        let holds = |(name, value): &(&String, &Value)| {
            !given.contains_key(*name) && after.get(*name) == Some(*value)
        };
        let names = wanted.iter().filter(holds);
        next.extend(names.map(|(name, _)| (name.clone(), template.to_owned())));
    }
    next
}
