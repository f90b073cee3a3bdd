//! Names that users choose.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What is wrong with a chosen name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Not a name that can stand in an address.
    #[error(
        "use 1 to 40 lower-case letters, digits and hyphens; begin with a letter, end with a letter or digit"
    )]
    Name,
    /// Not a text that can be shown on one line.
    #[error("use 1 to 80 characters on one line, without spaces at the ends")]
    Title,
}

/// A name that can stand in an address, a file name and a command: lower-case letters, digits and
/// hyphens (RFC 1123 label that begins with a letter), at most 40 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

/// A text of one line for people, at most 80 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Title(String);

impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let good = text.len() <= 40
            && text.starts_with(|first: char| first.is_ascii_lowercase())
            && !text.ends_with('-')
            && text.bytes().all(allowed);
        if good { Ok(Self(text.to_owned())) } else { Err(NameError::Name) }
    }
}

impl FromStr for Title {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let length = text.chars().count();
        let good = (1..=80).contains(&length)
            && text.trim() == text
            && !text.chars().any(char::is_control);
        if good { Ok(Self(text.to_owned())) } else { Err(NameError::Title) }
    }
}

macro_rules! text_form {
    ($($name:ident)*) => {$(
        impl $name {
            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.pad(&self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

text_form!(Name Title);

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, good: bool) {
        assert_eq!(text.parse::<Name>().is_ok(), good, "{text:?}");
    }

    #[test]
    fn a_name_can_stand_in_an_address() {
        check("shop-cache", true);
        check("a", true);
        check(&"a".repeat(40), true);
        check(&"a".repeat(41), false);
        check("", false);
        check("Shop", false);
        check("1st", false);
        check("shop-", false);
        check("shop_cache", false);
        check("shop cache", false);
        check("käse", false);
    }

    #[test]
    fn a_title_is_one_line_for_people() {
        assert!("R&D 研发".parse::<Title>().is_ok());
        assert!("".parse::<Title>().is_err());
        assert!(" padded".parse::<Title>().is_err());
        assert!("two\nlines".parse::<Title>().is_err());
    }
}
