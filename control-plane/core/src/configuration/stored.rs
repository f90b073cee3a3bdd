//! Configurations as they are stored: a secret value is sealed, bound to its instance and parameter,
//! so that a row copied to another place does not open there.

use std::collections::BTreeMap;

use catalog::form;
use catalog::package::Package;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use types::id::InstanceId;
use types::secret::Secret;

use super::Values;
use crate::error::{Error, Result};
use crate::plane::Plane;

/// What stands in the place of a secret value. No parameter is an object, so it is told apart.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    sealed: String,
}

/// A configuration with its secret values apart.
pub struct Opened {
    /// Values that anybody may see who may see the instance.
    pub values: Values,
    /// The others.
    pub secrets: BTreeMap<String, Secret>,
}

impl Opened {
    /// All values.
    pub fn whole(self) -> Values {
        let secrets = self.secrets.iter();
        let secrets = secrets.map(|(name, secret)| (name.clone(), secret.reveal().into()));
        self.values.into_iter().chain(secrets).collect()
    }
}

/// The text to store.
pub fn seal(
    plane: &Plane,
    instance: InstanceId,
    package: &Package,
    values: &Values,
) -> Result<String> {
    let (mut stored, secrets) = form::part(package, "", values);
    for (name, secret) in secrets {
        let sealed = plane.key.seal(&context(instance, &name), &secret, &*plane.random);
        let sealed = sealed.map_err(|error| Error::internal("seal a parameter", error))?;
        stored.insert(name, json!(Sealed { sealed }));
    }
    serde_json::to_string(&stored)
        .map_err(|error| Error::internal("write parameters as JSON", error))
}

/// Reads what [`seal`] made.
pub fn open(plane: &Plane, instance: InstanceId, text: &str) -> Result<Opened> {
    let (mut values, mut secrets) = (Values::new(), BTreeMap::new());
    for (name, value) in read(text)? {
        match sealed(&value) {
            None => _ = values.insert(name, value),
            Some(Sealed { sealed }) => {
                let opened = plane.key.open(&context(instance, &name), &sealed);
                let opened = opened.map_err(|error| Error::internal("open a parameter", error))?;
                secrets.insert(name, opened);
            }
        }
    }
    Ok(Opened { values, secrets })
}

fn read(text: &str) -> Result<Values> {
    serde_json::from_str(text)
        .map_err(|error| Error::internal("read a stored configuration", error))
}

fn sealed(value: &Value) -> Option<Sealed> {
    if value.is_object() { Sealed::deserialize(value).ok() } else { None }
}

fn context(instance: InstanceId, parameter: &str) -> String {
    format!("{instance}/{parameter}")
}
