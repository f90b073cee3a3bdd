//! Licences of what we ship: those that `deny.toml` allows.

use toml::Table;

use crate::finding::Finding;

/// What `deny.toml` says about licences.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allowed {
    /// SPDX names, `A WITH B` included.
    pub names: Vec<String>,
    /// Crates that state none, and the one read from their files.
    pub clarified: Vec<(String, String)>,
}

/// Reads the lists from `deny.toml`.
///
/// # Errors
/// A sentence, if it is not TOML or has no list.
pub fn allowed(deny: &str) -> Result<Allowed, String> {
    let deny: Table = deny.parse().map_err(|error| format!("deny.toml is not TOML: {error}"))?;
    let licences = deny.get("licenses").ok_or("deny.toml has no [licenses]")?;
    let names = licences
        .get("allow")
        .and_then(|allow| allow.as_array())
        .ok_or("deny.toml allows no licence")?;
    let clarified = licences.get("clarify").and_then(|clarify| clarify.as_array());
    Ok(Allowed {
        names: names.iter().filter_map(|name| Some(name.as_str()?.to_owned())).collect(),
        clarified: clarified
            .into_iter()
            .flatten()
            .filter_map(|entry| {
                let text = |key: &str| Some(entry.get(key)?.as_str()?.to_owned());
                Some((text("crate")?, text("expression")?))
            })
            .collect(),
    })
}

/// Packages whose licence is not allowed. `lock` is the file that brought them.
pub fn refused<'a>(
    lock: &str,
    packages: impl Iterator<Item = (&'a str, Option<&'a str>)>,
    allowed: &Allowed,
) -> Vec<Finding> {
    packages
        .filter_map(|(name, stated)| {
            let clarified = allowed.clarified.iter().find(|(known, _)| known == name);
            let licence = stated.or(clarified.map(|(_, licence)| licence.as_str()));
            if licence.is_some_and(|licence| is_allowed(licence, &allowed.names)) {
                return None;
            }
            let what = format!("`{name}` is under {}", licence.unwrap_or("no stated licence"));
            Some(Finding::new(lock, 0, what, "take another package, or decide it in deny.toml"))
        })
        .collect()
}

/// Does the SPDX expression leave a choice of which all parts are allowed?
fn is_allowed(expression: &str, names: &[String]) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let tokens: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = tokens.as_slice();
    either(&mut rest, names) && rest.is_empty()
}

fn either(rest: &mut &[&str], names: &[String]) -> bool {
    let mut holds = all(rest, names);
    while let Some(("OR", after)) = rest.split_first().map(|(token, after)| (*token, after)) {
        *rest = after;
        holds |= all(rest, names);
    }
    holds
}

fn all(rest: &mut &[&str], names: &[String]) -> bool {
    let mut holds = one(rest, names);
    while let Some(("AND", after)) = rest.split_first().map(|(token, after)| (*token, after)) {
        *rest = after;
        holds &= one(rest, names);
    }
    holds
}

fn one(rest: &mut &[&str], names: &[String]) -> bool {
    match **rest {
        ["(", ref after @ ..] => {
            *rest = after;
            let holds = either(rest, names);
            *rest = rest.strip_prefix(&[")"]).unwrap_or(&[]);
            holds
        }
        [name, "WITH", exception, ref after @ ..] => {
            *rest = after;
            names.iter().any(|known| *known == format!("{name} WITH {exception}"))
        }
        [name, ref after @ ..] => {
            *rest = after;
            names.iter().any(|known| *known == name.trim_end_matches('+'))
        }
        [] => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DENY: &str = r#"
        [licenses]
        allow = ["MIT", "ISC", "Apache-2.0", "Apache-2.0 WITH LLVM-exception"]
        [[licenses.clarify]]
        crate = "quiet"
        expression = "MIT"
    "#;

    fn check(licence: Option<&str>, expected: usize) {
        let packages = [("loud", licence)].into_iter();
        let found = refused("Cargo.lock", packages, &allowed(DENY).unwrap());
        assert_eq!(found.len(), expected, "{licence:?}");
    }

    #[test]
    fn a_licence_that_is_not_allowed_is_found() {
        check(Some("GPL-3.0"), 1);
        check(Some("MIT AND GPL-3.0"), 1);
        check(Some("(MIT OR GPL-3.0) AND OpenSSL"), 1);
        check(Some("GPL-2.0 WITH LLVM-exception"), 1);
        check(None, 1);
        check(Some(""), 1);
    }

    #[test]
    fn a_choice_with_an_allowed_side_passes() {
        check(Some("MIT"), 0);
        check(Some("GPL-3.0 OR MIT"), 0);
        check(Some("MIT/Unknown"), 0);
        check(Some("(GPL-3.0 OR Apache-2.0) AND ISC"), 0);
        check(Some("Apache-2.0 WITH LLVM-exception"), 0);
    }

    #[test]
    fn a_clarified_crate_passes() {
        let quiet = [("quiet", None)].into_iter();
        assert_eq!(refused("Cargo.lock", quiet, &allowed(DENY).unwrap()), []);
    }
}
