//! What a check found, and how it is told.

use std::fmt;

/// One fault with its place and the way out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// File, from the root of the repository.
    pub path: String,
    /// Line from 1; 0 stands for the whole file.
    pub line: usize,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub instead: String,
}

impl Finding {
    /// A fault at a line.
    pub fn new(
        path: &str,
        line: usize,
        what: impl Into<String>,
        instead: impl Into<String>,
    ) -> Self {
        Self { path: path.to_owned(), line, what: what.into(), instead: instead.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}; {}", self.path, self.line.max(1), self.what, self.instead)
    }
}

/// All findings as one text, a line each, in the order of the files.
pub fn listed(mut findings: Vec<Finding>) -> String {
    findings.sort();
    findings.iter().map(|finding| format!("\n  {finding}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_reads_as_file_line_fault_and_way_out() {
        let finding = Finding::new("types/src/id.rs", 3, "too long", "split it");
        assert_eq!(listed(vec![finding]), "\n  types/src/id.rs:3: too long; split it");
    }
}
