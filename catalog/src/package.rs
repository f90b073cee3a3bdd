//! A package as it is used: loaded, checked, with its digest.

mod check;
mod directory;
mod error;
mod read;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use sha2::{Digest, Sha256};
use types::instance::PackageRef;

pub use self::error::PackageError;
use crate::manifest::{Manifest, PlanTemplate};
use crate::parameter::Parameter;
use crate::text::Text;

/// A package that passed every check.
#[derive(Clone, Debug)]
pub struct Package {
    manifest: Manifest,
    parameters: BTreeMap<String, Parameter>,
    /// The parameters as their file has them, for the form.
    schema: serde_json::Map<String, Value>,
    templates: BTreeMap<String, String>,
    readme: Text,
    digest: String,
}

impl Package {
    /// Loads a package from its folder. Links, and more than 200 files or 1 MiB in one, are
    /// refused.
    pub fn from_directory(path: &Path) -> Result<Self, PackageError> {
        Self::from_files(directory::read(path)?)
    }

    /// Loads a package from its files by path.
    pub fn from_files(files: BTreeMap<String, Vec<u8>>) -> Result<Self, PackageError> {
        let (package, manifest, schema) = Self::read(files, read::are_schemas)?;
        check::all(&package, &manifest, &schema)?;
        Ok(package)
    }

    /// Loads a package that a test has checked and that is the same ever since, being part of the
    /// program: rendering all that it can make takes time and memory at each start.
    pub(crate) fn from_checked_files(
        files: BTreeMap<String, Vec<u8>>,
    ) -> Result<Self, PackageError> {
        Self::read(files, |_, _| Ok(())).map(|(package, ..)| package)
    }

    /// The package as its files say, with the texts of its manifest and of its parameters.
    fn read(
        files: BTreeMap<String, Vec<u8>>,
        judge: read::Judge,
    ) -> Result<(Self, String, String), PackageError> {
        let digest = digest(&files);
        let mut texts = BTreeMap::new();
        for (path, content) in files {
            let text = String::from_utf8(content)
                .map_err(|_| PackageError::of_file(&path, "is not text in UTF-8"))?;
            texts.insert(path, text);
        }
        let mut take = |path: &str| {
            texts.remove(path).ok_or_else(|| PackageError::of_file(path, "is missing"))
        };
        let manifest_text = take(read::MANIFEST)?;
        let schema_text = take(read::SCHEMA)?;
        let readme = Text { en: take("README.en.md")?, zh: take("README.zh.md")? };
        let manifest = read::manifest(&manifest_text)?;
        let read::Parameters { schema, by_name: parameters } =
            read::parameters(&schema_text, judge)?;
        let package = Self { manifest, parameters, schema, templates: texts, readme, digest };
        Ok((package, manifest_text, schema_text))
    }

    /// The words of `package.toml`.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// All parameters by name, whatever topology or software version they are for.
    pub fn parameters(&self) -> &BTreeMap<String, Parameter> {
        &self.parameters
    }

    /// The document for users, in Markdown.
    pub fn readme(&self) -> &Text {
        &self.readme
    }

    /// Lower-case hex SHA-256 over the files, sorted by path: path, a zero byte, the length in
    /// eight bytes with the highest first, content.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Name, version and digest, as specifications name the package.
    pub fn reference(&self) -> PackageRef {
        PackageRef {
            name: self.manifest.name.clone(),
            version: self.manifest.version.clone(),
            digest: self.digest.clone(),
        }
    }

    /// Whether everything that the package can make can be made by the plan.
    ///
    /// # Errors
    /// Names the first value that does not fit its size.
    pub fn suits(&self, plan: &PlanTemplate) -> Result<(), PackageError> {
        check::plan(self, plan)
    }

    pub(crate) fn schema(&self) -> &serde_json::Map<String, Value> {
        &self.schema
    }

    pub(crate) fn template(&self, path: &str) -> Option<&str> {
        self.templates.get(path).map(String::as_str)
    }
}

fn digest(files: &BTreeMap<String, Vec<u8>>) -> String {
    let mut sum = Sha256::new();
    for (path, content) in files {
        sum.update(path.as_bytes());
        sum.update([0]);
        sum.update((content.len() as u64).to_be_bytes());
        sum.update(content);
    }
    sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
