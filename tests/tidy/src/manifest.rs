//! Manifests of our own crates: named after their folder, with the workspace's lints.

use toml::{Table, Value};

use crate::finding::Finding;
use crate::source::Source;

/// A crate whose name is not its folder's path with dashes.
pub fn misnamed(source: &Source) -> Vec<Finding> {
    let Some(name) = read(source).and_then(|manifest| text(&manifest, "package", "name")) else {
        return Vec::new();
    };
    let folder = source.path.trim_end_matches("/Cargo.toml").replace('/', "-");
    if name == folder {
        return Vec::new();
    }
    let what = format!("the package is named `{name}`");
    vec![Finding::new(&source.path, 2, what, format!("name it after its folder: `{folder}`"))]
}

/// A crate without the workspace's lints.
pub fn unlinted(source: &Source) -> Vec<Finding> {
    let Some(manifest) = read(source).filter(|manifest| manifest.contains_key("package")) else {
        return Vec::new();
    };
    let inherits = manifest
        .get("lints")
        .and_then(|lints| lints.get("workspace"))
        .is_some_and(|inherits| *inherits == Value::Boolean(true));
    if inherits {
        return Vec::new();
    }
    let instead = "add `[lints]` with `workspace = true`";
    vec![Finding::new(&source.path, 0, "lints are not the workspace's", instead)]
}

/// Dependencies with a version of their own, beside the workspace's; a crate by its folder has none.
pub fn own_versions(source: &Source) -> Vec<Finding> {
    let Some(manifest) = read(source).filter(|manifest| manifest.contains_key("package")) else {
        return Vec::new();
    };
    ["dependencies", "dev-dependencies", "build-dependencies"]
        .into_iter()
        .filter_map(|section| manifest.get(section)?.as_table())
        .flatten()
        .filter(|(_, dependency)| {
            let inherits = dependency.get("workspace") == Some(&Value::Boolean(true));
            let is_part = dependency.get("path").is_some() && dependency.get("version").is_none();
            !inherits && !is_part
        })
        .map(|(name, _)| {
            let instead = "put it into the root's `[workspace.dependencies]`";
            Finding::new(&source.path, 0, format!("`{name}` has a version of its own"), instead)
        })
        .collect()
}

fn read(source: &Source) -> Option<Table> {
    (source.file_name() == "Cargo.toml").then(|| source.text.parse().ok()).flatten()
}

fn text(manifest: &Table, section: &str, key: &str) -> Option<String> {
    Some(manifest.get(section)?.get(key)?.as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(scan: fn(&Source) -> Vec<Finding>, text: &str, expected: usize) {
        assert_eq!(scan(&Source::new("a/b/Cargo.toml", text)).len(), expected, "{text}");
    }

    #[test]
    fn a_name_that_does_not_tell_the_folder_is_found() {
        check(misnamed, "[package]\nname = \"b\"", 1);
        check(misnamed, "[package]\nname = \"a-b\"", 0);
        check(misnamed, "[workspace]", 0);
    }

    #[test]
    fn missing_lints_are_found() {
        check(unlinted, "[package]\nname = \"a-b\"", 1);
        check(unlinted, "[package]\nname = \"a-b\"\n[lints]\nworkspace = false", 1);
        check(unlinted, "[package]\nname = \"a-b\"\n[lints]\nworkspace = true", 0);
    }

    #[test]
    fn a_version_beside_the_workspace_is_found() {
        check(own_versions, "[package]\n[dependencies]\nserde = \"1\"", 1);
        check(own_versions, "[package]\n[dev-dependencies]\nserde = { version = \"1\" }", 1);
        check(own_versions, "[package]\n[dependencies]\nshim = { path = \"shim\" }", 0);
        check(own_versions, "[package]\n[dependencies]\nserde.workspace = true", 0);
    }
}
