//! Lock files name no mirror: everything comes from the one public registry of its kind.

use serde_json::Value;

use crate::finding::Finding;
use crate::source::Source;

const CRATES: &str = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";

/// Crates from anywhere but the public registry.
pub fn crates(source: &Source) -> Vec<Finding> {
    source
        .lines()
        .filter(|(_, line)| line.starts_with("source = ") && *line != CRATES)
        .map(|(number, line)| {
            let what = format!("a crate from elsewhere: {line}");
            Finding::new(&source.path, number, what, "publish it, or take another crate")
        })
        .collect()
}

/// Places in an npm lock file that name a host.
pub fn npm_hosts(source: &Source) -> Vec<Finding> {
    source
        .lines()
        .filter(|(_, line)| line.trim_start().starts_with("\"resolved\":"))
        .map(|(number, _)| {
            let instead = "`omit-lockfile-registry-resolved=true` in `.npmrc`, then install again";
            Finding::new(&source.path, number, "`resolved` names a registry", instead)
        })
        .collect()
}

/// Packages that the portal ships, with their licences.
///
/// # Errors
/// A sentence, if the lock file is not one.
pub fn npm_licences(source: &Source) -> Result<Vec<(String, Option<String>)>, String> {
    let lock: Value = serde_json::from_str(&source.text)
        .map_err(|error| format!("{} is not JSON: {error}", source.path))?;
    let packages =
        lock["packages"].as_object().ok_or_else(|| format!("{} has no packages", source.path))?;
    Ok(packages
        .iter()
        .filter(|(path, package)| !path.is_empty() && package["dev"] != Value::Bool(true))
        .map(|(path, package)| (path.clone(), package["license"].as_str().map(str::to_owned)))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_from_elsewhere_is_found() {
        let text = format!("{CRATES}\nsource = \"git+https://example.org/x\"\n");
        assert_eq!(crates(&Source::new("Cargo.lock", &text)).len(), 1);
    }

    #[test]
    fn a_resolved_host_is_found() {
        let text = "  \"resolved\": \"https://registry.example.org/x\",\n  \"version\": \"1.0.0\"";
        assert_eq!(npm_hosts(&Source::new("p/package-lock.json", text)).len(), 1);
    }

    #[test]
    fn what_ships_has_its_licence_read() {
        let text =
            r#"{"packages": {"": {}, "a": {"license": "MIT"}, "b": {"dev": true}, "c": {}}}"#;
        let read = npm_licences(&Source::new("package-lock.json", text)).unwrap();
        assert_eq!(read, [("a".into(), Some("MIT".into())), ("c".into(), None)]);
    }
}
