//! The packages that come with the programs.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use rust_embed::Embed;
use semver::Version;
use types::instance::PackageRef;

use crate::package::{Package, PackageError};

#[derive(Embed)]
#[folder = "packages/"]
struct Embedded;

/// Files by path.
type Files = BTreeMap<String, Vec<u8>>;

/// Why a package cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CatalogError {
    /// This program was built without it.
    #[error("package {name} {version} is not part of this program")]
    Missing {
        /// The package's name.
        name: String,
        /// The package's version.
        version: String,
    },
    /// Same name and version, other content.
    #[error(
        "package {name} {version} has other content here; update the older of the two programs"
    )]
    Differs {
        /// The package's name.
        name: String,
        /// The package's version.
        version: String,
    },
}

impl CatalogError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "PACKAGE_MISSING",
            Self::Differs { .. } => "PACKAGE_DIFFERS",
        }
    }
}

/// A set of packages.
#[derive(Clone, Debug)]
pub struct Catalog {
    packages: Vec<Package>,
}

impl Catalog {
    /// The packages built into this program.
    pub fn embedded() -> &'static Self {
        static CATALOG: OnceLock<Catalog> = OnceLock::new();
        CATALOG.get_or_init(|| {
            let packages = Self::load(embedded_files(), Package::from_checked_files);
            packages.expect("a test loads every embedded package")
        })
    }

    /// Loads packages from files with paths like `redis/1.0.0/package.toml`.
    pub fn from_files(files: Files) -> Result<Self, PackageError> {
        Self::load(files, Package::from_files)
    }

    fn load(
        files: Files,
        package: fn(Files) -> Result<Package, PackageError>,
    ) -> Result<Self, PackageError> {
        let mut folders: BTreeMap<(String, String), Files> = BTreeMap::new();
        for (path, content) in files {
            let mut parts = path.splitn(3, '/');
            let (Some(name), Some(version), Some(rest)) =
                (parts.next(), parts.next(), parts.next())
            else {
                return Err(PackageError::of_file(&path, "is not in a folder <name>/<version>"));
            };
            let folder = folders.entry((name.to_owned(), version.to_owned())).or_default();
            folder.insert(rest.to_owned(), content);
        }
        let mut packages = Vec::new();
        for ((name, version), files) in folders {
            let package =
                package(files).map_err(|error| error.inside(&format!("{name}/{version}")))?;
            let manifest = package.manifest();
            if (&manifest.name, &manifest.version) != (&name, &version) {
                let file = format!("{name}/{version}/package.toml");
                return Err(PackageError::of_file(&file, "names another package than its folder"));
            }
            packages.push(package);
        }
        packages.sort_by_cached_key(|package| {
            let manifest = package.manifest();
            (manifest.name.clone(), Version::parse(&manifest.version).ok())
        });
        Ok(Self { packages })
    }

    /// All packages, by name and then from the oldest version to the newest.
    pub fn list(&self) -> &[Package] {
        &self.packages
    }

    /// The package with this name and version.
    pub fn find(&self, name: &str, version: &str) -> Option<&Package> {
        self.packages.iter().find(|package| {
            package.manifest().name == name && package.manifest().version == version
        })
    }

    /// The very package that is meant, down to its content.
    pub fn get(&self, wanted: &PackageRef) -> Result<&Package, CatalogError> {
        let (name, version) = (wanted.name.clone(), wanted.version.clone());
        match self.find(&name, &version) {
            None => Err(CatalogError::Missing { name, version }),
            Some(package) if package.digest() != wanted.digest => {
                Err(CatalogError::Differs { name, version })
            }
            Some(package) => Ok(package),
        }
    }
}

/// The embedded files by their paths below `packages/`.
fn embedded_files() -> Files {
    let paths = Embedded::iter();
    paths
        .filter_map(|path| Some((path.to_string(), Embedded::get(&path)?.data.into_owned())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_embedded_package_loads() {
        let catalog =
            Catalog::from_files(embedded_files()).unwrap_or_else(|error| panic!("{error}"));
        assert!(!catalog.list().is_empty());
    }
}
