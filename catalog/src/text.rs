//! Texts for people, in the languages of the portal.

use serde::{Deserialize, Serialize};

/// One text in each language of the portal; packages have to give all of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// English.
    pub en: String,
    /// Chinese, simplified.
    pub zh: String,
}

impl Text {
    /// Whether a language was left out.
    pub fn has_gap(&self) -> bool {
        self.en.trim().is_empty() || self.zh.trim().is_empty()
    }
}
