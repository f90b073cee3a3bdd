//! The convention of the export's files that a missing key reads as `null`.

use serde::{Deserialize, Deserializer};

/// Reads `null` as the empty value; with `#[serde(default)]` also a missing key.
pub fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}
