//! What is wrong with a package, for its author.

use std::fmt;

/// What is wrong with a package, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageError {
    /// The file, by its path in the package.
    pub file: String,
    /// The line, from 1; none if the whole file is meant.
    pub line: Option<usize>,
    /// The field, as far as it is known; empty if the whole file is meant.
    pub field: String,
    /// What is wrong with it.
    pub problem: String,
}

impl std::error::Error for PackageError {}

impl fmt::Display for PackageError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, field, problem } = self;
        out.write_str(file)?;
        if let Some(line) = line {
            write!(out, ":{line}")?;
        }
        if !field.is_empty() {
            write!(out, ": {field}")?;
        }
        write!(out, ": {problem}")
    }
}

impl PackageError {
    /// A problem of a whole file.
    pub(crate) fn of_file(file: &str, problem: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line: None, field: String::new(), problem: problem.into() }
    }

    /// The same problem seen from a folder above.
    pub(crate) fn inside(self, folder: &str) -> Self {
        Self { file: format!("{folder}/{}", self.file), ..self }
    }
}
