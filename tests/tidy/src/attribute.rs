//! Attributes: lints are silenced by `expect` with a reason, tests are not switched off, and every
//! module says first what it is for.

use crate::finding::Finding;
use crate::source::{Source, inside, line_of};

/// Attributes with their bytes and their text between the brackets.
fn attributes(code: &str) -> impl Iterator<Item = (usize, &str)> {
    code.match_indices('#').filter_map(|(at, _)| {
        let open = at + 1 + usize::from(code[at + 1..].starts_with('!'));
        code[open..].starts_with('[').then(|| (at, inside(code, open).trim()))
    })
}

fn calls(attribute: &str, name: &str) -> bool {
    attribute.strip_prefix(name).is_some_and(|rest| rest.trim_start().starts_with('('))
        || (attribute.starts_with("cfg_attr")
            && crate::source::places_of(attribute, name)
                .iter()
                .any(|at| attribute[at + name.len()..].starts_with('(')))
}

/// `allow` instead of `expect`, which says when it is needed no longer.
pub fn allowing(source: &Source) -> Vec<Finding> {
    attributes(&source.code)
        .filter(|(_, attribute)| calls(attribute, "allow"))
        .map(|(at, _)| {
            let line = line_of(&source.code, at);
            Finding::new(&source.path, line, "`allow`", "use `#[expect(…, reason = \"…\")]`")
        })
        .collect()
}

/// `expect` without a reason.
pub fn without_reason(source: &Source) -> Vec<Finding> {
    attributes(&source.code)
        .filter(|(_, attribute)| calls(attribute, "expect") && !attribute.contains("reason"))
        .map(|(at, _)| {
            let line = line_of(&source.code, at);
            Finding::new(&source.path, line, "`expect` without a reason", "add `reason = \"…\"`")
        })
        .collect()
}

/// Tests that do not run.
pub fn ignoring(source: &Source) -> Vec<Finding> {
    attributes(&source.code)
        .filter(|(_, attribute)| {
            crate::source::has_word(attribute, "ignore") && !attribute.starts_with("serde")
        })
        .map(|(at, _)| {
            let line = line_of(&source.code, at);
            Finding::new(&source.path, line, "a test that is switched off", "mend it or delete it")
        })
        .collect()
}

/// Files that do not open with what they are for.
pub fn without_opening(source: &Source) -> Vec<Finding> {
    let first = source.text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    if !source.is_rust() || first.starts_with("//! ") {
        return Vec::new();
    }
    let instead = "open with `//!`: what it is for, and what it leaves to others";
    vec![Finding::new(&source.path, 1, "no module comment", instead)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(scan: fn(&Source) -> Vec<Finding>, text: &str, lines: &[usize]) {
        let found = scan(&Source::new("a.rs", text));
        assert_eq!(found.iter().map(|finding| finding.line).collect::<Vec<_>>(), lines, "{text}");
    }

    #[test]
    fn a_silenced_lint_is_found() {
        check(allowing, "//! A.\n#[allow(dead_code)]\nfn a() {}", &[2]);
        check(allowing, "#![allow(missing_docs)]", &[1]);
        check(allowing, "#[cfg_attr(test, allow(dead_code))]", &[1]);
        check(allowing, "// #[allow(dead_code)]\n#[expect(dead_code, reason = \"x\")]", &[]);
        check(allowing, "#[graphql(allow_all)]", &[]);
    }

    #[test]
    fn an_expectation_without_a_reason_is_found() {
        check(without_reason, "#[expect(dead_code)]\nfn a() {}", &[1]);
        check(without_reason, "#[expect(\n    dead_code,\n    reason = \"x\"\n)]", &[]);
        check(without_reason, "a.expect(\"never\")", &[]);
    }

    #[test]
    fn a_switched_off_test_is_found() {
        check(ignoring, "#[test]\n#[ignore = \"slow\"]\nfn a() {}", &[2]);
        check(ignoring, "#[cfg_attr(not(linux), ignore)]", &[1]);
        check(ignoring, "let ignore = 1;", &[]);
    }

    #[test]
    fn a_module_without_an_opening_is_found() {
        check(without_opening, "use std::fmt;\n", &[1]);
        check(without_opening, "//! What it is for.\n", &[]);
    }
}
