//! What a check lets pass, each with its reason. One that is needed no longer is a finding itself.

use crate::finding::Finding;

/// One place where a rule does not hold.
#[derive(Clone, Copy, Debug)]
pub struct Exception {
    /// Name of the check's function.
    pub rule: &'static str,
    /// The file.
    pub path: &'static str,
    /// A part of the finding's text; empty stands for all of the file.
    pub part: &'static str,
    /// Why.
    pub reason: &'static str,
}

/// All exceptions.
pub const EXCEPTIONS: &[Exception] = &[
    Exception {
        rule: "attribute::allowing",
        path: "control-plane/store/src/table.rs",
        part: "allow",
        reason: "inside a macro: the lint fires for some tables and not for others, \
                 so `expect` would be unfulfilled in those",
    },
    Exception {
        rule: "table::unfiltered",
        path: "control-plane/store/src/examination.rs",
        part: "",
        reason: "asks the engine for its settings, finds no row on purpose, or compares heads \
                 over the whole fleet; no tenant's row leaves it",
    },
    Exception {
        rule: "table::unfiltered",
        path: "control-plane/store/src/wall.rs",
        part: "",
        reason: "makes the role and the policies, and asks the catalogue of the database for them",
    },
    Exception {
        rule: "table::unfiltered",
        path: "control-plane/store/src/executor.rs",
        part: "execute_unprepared",
        reason: "hands on what a table's file asks for, on a connection that is set to its tenant",
    },
];

/// Findings of `rule` without the excused ones, and the exceptions of `rule` that excuse nothing.
pub fn settle(rule: &str, findings: Vec<Finding>, exceptions: &[Exception]) -> Vec<Finding> {
    let excuses = |exception: &Exception, finding: &Finding| {
        exception.path == finding.path && finding.what.contains(exception.part)
    };
    let ours = || exceptions.iter().filter(|exception| exception.rule == rule);
    let stale: Vec<Finding> = ours()
        .filter(|exception| !findings.iter().any(|finding| excuses(exception, finding)))
        .map(|exception| {
            Finding::new(
                exception.path,
                0,
                format!("needs its exception from {rule} no longer ({})", exception.reason),
                "remove it in tests/tidy/src/exception.rs",
            )
        })
        .collect();
    findings
        .into_iter()
        .filter(|finding| !ours().any(|exception| excuses(exception, finding)))
        .chain(stale)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &[Exception] =
        &[Exception { rule: "a::b", path: "x.rs", part: "bad", reason: "old" }];

    #[test]
    fn an_exception_excuses_its_own_file_and_rule_only() {
        let bad = |path: &str| Finding::new(path, 1, "a bad thing", "do it well");
        assert_eq!(settle("a::b", vec![bad("x.rs")], ONE), []);
        assert_eq!(settle("a::b", vec![bad("x.rs"), bad("y.rs")], ONE), [bad("y.rs")]);
        assert_eq!(settle("a::c", vec![bad("x.rs")], ONE), [bad("x.rs")]);
    }

    #[test]
    fn an_exception_that_excuses_nothing_is_found() {
        assert_eq!(settle("a::b", Vec::new(), ONE).len(), 1);
    }
}
