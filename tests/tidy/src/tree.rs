//! The repository as it would be committed: what git tracks or would add.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::source::Source;

/// Where the repository is.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Output of a program run in the root.
///
/// # Errors
/// A sentence with what the program said, if it fails or is not installed.
pub fn run(program: &str, arguments: &[&str]) -> Result<String, String> {
    let told = |error: &dyn std::fmt::Display| {
        format!("`{program} {}` does not work here: {error}", arguments.join(" "))
    };
    let output = Command::new(program)
        .args(arguments)
        .current_dir(root())
        .output()
        .map_err(|error| told(&error))?;
    if !output.status.success() {
        return Err(told(&String::from_utf8_lossy(&output.stderr)));
    }
    String::from_utf8(output.stdout).map_err(|error| told(&error))
}

/// The text files that are committed or would be; pictures and the like are left out.
///
/// # Errors
/// A sentence, if git cannot list the files.
pub fn files() -> Result<Vec<Source>, String> {
    let listed = run("git", &["ls-files", "-z", "--cached", "--others", "--exclude-standard"])?;
    let mut paths: Vec<&str> = listed.split('\0').filter(|path| !path.is_empty()).collect();
    paths.sort_unstable();
    paths.dedup();
    Ok(paths
        .into_iter()
        // A file deleted but not yet committed so is listed and cannot be read.
        .filter_map(|path| {
            Some(Source::new(path, &std::fs::read_to_string(root().join(path)).ok()?))
        })
        .collect())
}
