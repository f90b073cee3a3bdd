//! The crates of the workspace and all they need, as plain values.

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

use crate::tree::root;

/// Programs are delivered for this one; other platforms would only add crates that nobody runs.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";

/// One crate's need of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// Who needs it.
    pub from: String,
    /// What is needed.
    pub to: String,
    /// Only with a feature.
    pub is_optional: bool,
}

/// A crate that is built, ours or from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// Name.
    pub name: String,
    /// Version.
    pub version: String,
    /// SPDX expression, if it states one.
    pub licence: Option<String>,
}

/// The graph of crates.
#[derive(Clone, Debug)]
pub struct Graph {
    /// Names of our own.
    pub members: Vec<String>,
    /// What ours need to be built; what only their tests need is left out.
    pub imports: Vec<Import>,
    /// Every crate in the graph, those of tests included.
    pub packages: Vec<Package>,
}

/// Asks cargo.
///
/// # Errors
/// A sentence, if cargo cannot resolve the workspace as locked.
pub fn read() -> Result<Graph, String> {
    let metadata = MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .other_options(["--locked".to_owned(), format!("--filter-platform={PLATFORM}")])
        .exec()
        .map_err(|error| format!("`cargo metadata` does not work here: {error}"))?;
    Ok(of(&metadata))
}

fn of(metadata: &Metadata) -> Graph {
    let members = metadata.workspace_packages();
    let imports = members.iter().flat_map(|member| {
        let needs = member.dependencies.iter();
        needs.filter(|need| need.kind != DependencyKind::Development).map(|need| Import {
            from: member.name.to_string(),
            to: need.name.clone(),
            is_optional: need.optional,
        })
    });
    let package = |package: &cargo_metadata::Package| Package {
        name: package.name.to_string(),
        version: package.version.to_string(),
        licence: package.license.clone(),
    };
    Graph {
        members: members.iter().map(|member| member.name.to_string()).collect(),
        imports: imports.collect(),
        packages: metadata.packages.iter().map(package).collect(),
    }
}
