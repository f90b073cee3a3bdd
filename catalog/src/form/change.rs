//! What differs between two configurations, and how it arrives at the members.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use types::size::Size;

use super::Values;
use crate::package::Package;
use crate::parameter::Effect;
use crate::recipe::Apply;

/// What stands in the place of a secret value.
pub const MASK: &str = "********";

/// A parameter that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The parameter's name.
    pub parameter: String,
    /// How this one arrives at the members.
    pub apply: Apply,
    /// The value before, masked if secret; none if it was not there.
    pub before: Option<Value>,
    /// The value after, masked if secret; none if it is not there any more.
    pub after: Option<Value>,
}

/// What differs between two complete configurations, by name.
///
/// An immutable or unknown parameter that differs all the same, say after an upgrade of the
/// package, is said to need a restart.
pub fn changes(package: &Package, before: &Values, after: &Values) -> Vec<Change> {
    let added = after.keys().filter(|name| !before.contains_key(*name));
    let mut names: Vec<_> = before.keys().chain(added).collect();
    names.sort_unstable();
    let differing = names.into_iter().filter(|name| before.get(*name) != after.get(*name));
    differing
        .map(|name| {
            let parameter = package.parameters().get(name);
            let is_hot = parameter.is_some_and(|parameter| parameter.effect == Effect::Hot);
            // A parameter that went away cannot be set on a running process.
            let is_hot = is_hot && after.contains_key(name);
            // One that is not known may have been secret.
            let is_secret = parameter.is_none_or(|parameter| parameter.is_secret);
            let shown = |values: &Values| {
                let value = values.get(name)?;
                Some(if is_secret { MASK.into() } else { value.clone() })
            };
            Change {
                parameter: name.clone(),
                apply: if is_hot { Apply::Hot } else { Apply::Restart },
                before: shown(before),
                after: shown(after),
            }
        })
        .collect()
}

/// How the whole change arrives at the members: by a restart as soon as one parameter needs it;
/// none if nothing differs.
pub fn apply(package: &Package, before: &Values, after: &Values) -> Option<Apply> {
    changes(package, before, after).into_iter().map(|change| change.apply).max()
}

/// Whether a value is the one that the parameter has unless another is given.
pub fn is_default(package: &Package, name: &str, size: Size, value: &Value) -> bool {
    let Some(parameter) = package.parameters().get(name) else { return false };
    let Some(default) = parameter.default(size) else { return false };
    parameter.read(&default).unwrap_or(default) == *value
}

/// The values as anybody may see them: secret and unknown ones are masked.
pub fn shown(package: &Package, values: &Values) -> Values {
    let is_open = |name: &String| package.parameters().get(name).is_some_and(|it| !it.is_secret);
    let shown = |(name, value): (&String, &Value)| {
        (name.clone(), if is_open(name) { value.clone() } else { MASK.into() })
    };
    values.iter().map(shown).collect()
}
