//! Files stay small enough to be read at once. Functions are measured by clippy.

use crate::finding::Finding;
use crate::source::Source;

/// From here on a file is worth splitting.
pub const LINES_WARN: usize = 400;
/// More than this is refused.
pub const LINES_MAX: usize = 500;

/// Files with more lines than `max`; generated ones are nobody's reading.
pub fn longer_than(max: usize, source: &Source) -> Vec<Finding> {
    let is_code = [".rs", ".ts", ".tsx"].iter().any(|end| source.path.ends_with(end));
    let is_generated = source.path.contains(".generated.");
    let lines = source.text.lines().count();
    if !is_code || is_generated || lines <= max {
        return Vec::new();
    }
    vec![Finding::new(
        &source.path,
        max + 1,
        format!("{lines} lines, more than {max}"),
        "split it by sub-noun (`instance/configuration.rs`)",
    )]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, lines: usize, expected: usize) {
        let source = Source::new(path, &"x\n".repeat(lines));
        assert_eq!(longer_than(LINES_MAX, &source).len(), expected, "{path}");
    }

    #[test]
    fn a_file_with_one_line_too_many_is_found() {
        check("a/src/b.rs", 500, 0);
        check("a/src/b.rs", 501, 1);
        check("portal/src/B.tsx", 501, 1);
        check("portal/src/gql/schema.generated.ts", 9_000, 0);
        check("Cargo.lock", 9_000, 0);
    }
}
