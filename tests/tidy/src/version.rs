//! One version of each crate, but for the doubles that `deny.toml` lists, and no banned ones.

use std::collections::BTreeMap;

use toml::{Table, Value};

use crate::finding::Finding;

/// An older version that may stand beside the newest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skip {
    /// Name of the crate.
    pub name: String,
    /// Start of the version: `0.8` is any `0.8.x`.
    pub version: String,
}

/// What `deny.toml` says about crates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Doubles.
    pub skips: Vec<Skip>,
    /// Crates that must not come in at all.
    pub banned: Vec<String>,
}

/// Reads the lists from `deny.toml`.
///
/// # Errors
/// A sentence, if it is not TOML, or an entry has no reason or no version.
pub fn rules(deny: &str) -> Result<Rules, String> {
    let deny: Table = deny.parse().map_err(|error| format!("deny.toml is not TOML: {error}"))?;
    let bans = deny.get("bans").ok_or("deny.toml has no [bans]")?;
    let list = |key: &str| bans.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let named = |entry: &Value| {
        let text = |key: &str| entry.get(key).and_then(Value::as_str).map(str::to_owned);
        let name = text("crate").ok_or(format!("deny.toml: no crate in {entry}"))?;
        text("reason").map(|_| name).ok_or(format!("deny.toml: no reason in {entry}"))
    };
    let skip = |entry: &Value| {
        let name = named(entry)?;
        let (name, version) =
            name.split_once('@').ok_or(format!("deny.toml: no version: {name}"))?;
        Ok(Skip { name: name.to_owned(), version: version.to_owned() })
    };
    Ok(Rules {
        skips: list("skip").iter().map(skip).collect::<Result<_, String>>()?,
        banned: list("deny").iter().map(named).collect::<Result<_, String>>()?,
    })
}

/// Crates in more versions than listed, and entries that are needed no longer.
pub fn doubles<'a>(
    packages: impl Iterator<Item = (&'a str, &'a str)>,
    rules: &Rules,
) -> Vec<Finding> {
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, version) in packages {
        versions.entry(name).or_default().push(version);
    }
    let is_skipped = |skip: &Skip, name: &str, version: &str| {
        skip.name == name && starts(version, &skip.version)
    };
    let too_many = versions.iter().filter_map(|(name, all)| {
        let kept =
            |version: &&&str| !rules.skips.iter().any(|skip| is_skipped(skip, name, version));
        (all.iter().filter(kept).count() > 1).then(|| {
            let what = format!("`{name}` in several versions: {}", all.join(", "));
            Finding::new("Cargo.lock", 0, what, "agree on one, or list the older in deny.toml")
        })
    });
    let stale = rules.skips.iter().filter_map(|skip| {
        let all = versions.get(&*skip.name).map_or(&[][..], Vec::as_slice);
        let is_needed = all.len() > 1 && all.iter().any(|version| starts(version, &skip.version));
        (!is_needed).then(|| {
            let what = format!("`{}@{}` is a double no longer", skip.name, skip.version);
            Finding::new("deny.toml", 0, what, "remove it from `skip`")
        })
    });
    too_many.chain(stale).collect()
}

fn starts(version: &str, start: &str) -> bool {
    version.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Banned crates that came in.
pub fn banned<'a>(names: impl Iterator<Item = &'a str>, rules: &Rules) -> Vec<Finding> {
    names
        .filter(|name| rules.banned.iter().any(|banned| banned == name))
        .map(|name| {
            let instead = format!("see who brings it: `cargo tree -i {name}`");
            Finding::new("Cargo.lock", 0, format!("`{name}` is banned by deny.toml"), instead)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DENY: &str = r#"
        [bans]
        deny = [{ crate = "openssl", reason = "one TLS" }]
        skip = [{ crate = "rand@0.8", reason = "an old one" }]
    "#;

    fn check(packages: &[(&str, &str)], expected: &[&str]) {
        let found = doubles(packages.iter().copied(), &rules(DENY).unwrap());
        let paths: Vec<_> = found.iter().map(|finding| finding.path.as_str()).collect();
        assert_eq!(paths, expected, "{packages:?}");
    }

    #[test]
    fn a_new_double_is_found() {
        let listed = [("rand", "0.8.5"), ("rand", "0.9.1")];
        check(&listed, &[]);
        check(&[listed[0], listed[1], ("rand", "0.10.0")], &["Cargo.lock"]);
        check(&[listed[0], listed[1], ("syn", "1.0.0"), ("syn", "2.0.0")], &["Cargo.lock"]);
    }

    #[test]
    fn a_double_that_is_gone_is_found() {
        check(&[("rand", "0.9.1")], &["deny.toml"]);
        check(&[("rand", "0.80.0"), ("rand", "0.9.1")], &["Cargo.lock", "deny.toml"]);
    }

    #[test]
    fn a_banned_crate_is_found() {
        let rules = rules(DENY).unwrap();
        assert_eq!(banned(["serde", "openssl"].into_iter(), &rules).len(), 1);
    }

    #[test]
    fn an_entry_without_a_reason_is_refused() {
        assert!(rules("[bans]\nskip = [{ crate = \"rand@0.8\" }]").is_err());
        assert!(rules("[bans]\nskip = [{ crate = \"rand\", reason = \"x\" }]").is_err());
    }
}
