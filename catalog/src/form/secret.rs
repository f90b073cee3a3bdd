//! Takes secret values out of a configuration before it goes where it could be seen.

use std::collections::BTreeMap;

use serde_json::Value;
use sha2::{Digest, Sha256};
use types::secret::Secret;

use super::Values;
use crate::package::Package;

/// The values with a fingerprint in the place of each secret one, and the secret ones themselves.
///
/// A fingerprint differs when the value does, and tells nothing else; an empty value stays empty,
/// so that a template can ask whether there is one. `salt` is what the configuration belongs to.
pub fn part(package: &Package, salt: &str, values: &Values) -> (Values, BTreeMap<String, Secret>) {
    let mut secrets = BTreeMap::new();
    let open = values.iter().map(|(name, value)| {
        let is_secret = package.parameters().get(name).is_some_and(|it| it.is_secret);
        let Some(text) = value.as_str().filter(|_| is_secret) else {
            return (name.clone(), value.clone());
        };
        let secret = Secret::new(text);
        let mark = fingerprint(salt, name, &secret);
        secrets.insert(name.clone(), secret);
        (name.clone(), mark)
    });
    let open = open.collect();
    (open, secrets)
}

/// What stands for a secret value where it must not be seen.
pub fn fingerprint(salt: &str, name: &str, secret: &Secret) -> Value {
    if secret.reveal().is_empty() {
        return "".into();
    }
    let mut hash = Sha256::new();
    for part in [salt, name, secret.reveal()] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let digest: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    digest.into()
}
