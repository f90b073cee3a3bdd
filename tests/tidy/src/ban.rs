//! Words that do not belong in code: unfinished work, `unsafe`, the environment, floating point.

use crate::finding::Finding;
use crate::source::{Source, has_word};

// In pieces, or this file would find itself.
const UNFINISHED: [&str; 4] =
    [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X"), concat!("HA", "CK")];

const MACROS: [&str; 3] = ["todo!", "unimplemented!", "dbg!"];

/// Where numbers are money or rights.
const EXACT: [&str; 3] = ["billing/", "policies/", "types/src/money.rs"];

/// Marks of unfinished work without the number of an issue.
pub fn unfinished(source: &Source) -> Vec<Finding> {
    if source.path.ends_with("-lock.json") || source.path.ends_with(".lock") {
        return Vec::new();
    }
    source
        .lines()
        .filter(|(_, line)| !has_issue(line))
        .filter_map(|(number, line)| {
            let mark = UNFINISHED.into_iter().find(|mark| has_word(line, mark))?;
            let instead = "finish it, or add the issue's number (`#12`)";
            Some(Finding::new(&source.path, number, format!("`{mark}`"), instead))
        })
        .collect()
}

fn has_issue(line: &str) -> bool {
    line.split('#').skip(1).any(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// Macros for code that is being written.
pub fn placeholders(source: &Source) -> Vec<Finding> {
    let begins_word =
        |line: &str, at: usize| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
    source
        .code_lines()
        .filter_map(|(number, line)| {
            let name = MACROS
                .into_iter()
                .find(|name| line.match_indices(name).any(|(at, _)| begins_word(line, at)))?;
            let instead = "write it, or return a typed error";
            Some(Finding::new(&source.path, number, format!("`{name}`"), instead))
        })
        .collect()
}

/// Code that the compiler does not check.
pub fn unchecked(source: &Source) -> Vec<Finding> {
    words(source, &["unsafe"], "use a crate that holds it, or another program (`setpriv`)")
}

/// The environment, read anywhere but where settings are made.
pub fn environment(source: &Source) -> Vec<Finding> {
    let is_settings = ["config.rs", "build.rs"].contains(&source.file_name());
    // What a test may leave out elsewhere it may not leave out where `CI` is set.
    if is_settings || source.path == "tests/src/disk.rs" {
        return Vec::new();
    }
    ["env::var", "env::var_os", "env::vars", "env::vars_os", "env::set_var", "env::remove_var"]
        .into_iter()
        .flat_map(|name| words(source, &[name], "take a value that `config.rs` has read"))
        .collect()
}

/// Floating point where cents or rights are decided.
pub fn floats(source: &Source) -> Vec<Finding> {
    if !source.is_in(&EXACT) {
        return Vec::new();
    }
    words(source, &["f32", "f64"], "use `types::money::Decimal` or whole numbers")
}

fn words(source: &Source, words: &[&str], instead: &str) -> Vec<Finding> {
    source
        .code_lines()
        .filter_map(|(number, line)| {
            let word = words.iter().find(|word| has_word(line, word))?;
            Some(Finding::new(&source.path, number, format!("`{word}`"), instead))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(scan: fn(&Source) -> Vec<Finding>, path: &str, text: &str, lines: &[usize]) {
        let found = scan(&Source::new(path, text));
        assert_eq!(found.iter().map(|finding| finding.line).collect::<Vec<_>>(), lines, "{text}");
    }

    #[test]
    fn unfinished_work_is_found() {
        for mark in UNFINISHED {
            check(unfinished, "a.rs", &format!("fn a() {{}}\n// {mark}: later"), &[2]);
            check(unfinished, "a.tsx", &format!("// {mark}(#12): later"), &[]);
        }
        check(unfinished, "a.sh", concat!("mktemp x.XX", "XXXX"), &[]);
    }

    #[test]
    fn placeholders_are_found() {
        check(placeholders, "a.rs", "fn a() { todo!() }", &[1]);
        check(placeholders, "a.rs", "\nunimplemented!(\"x\")", &[2]);
        check(placeholders, "a.rs", "let a = dbg!(b);", &[1]);
        check(placeholders, "a.rs", "// todo!()\nmy_todo!()", &[]);
    }

    #[test]
    fn unchecked_code_is_found() {
        check(unchecked, "a.rs", "let a = unsafe { b() };", &[1]);
        check(unchecked, "a.rs", "#![forbid(unsafe_code)] // unsafe", &[]);
    }

    #[test]
    fn a_reader_of_the_environment_is_found() {
        check(environment, "a/src/run.rs", "let a = std::env::var(\"HOME\");", &[1]);
        check(environment, "a/src/run.rs", "let a = env::var_os(\"HOME\");", &[1]);
        check(environment, "a/src/run.rs", "let a = env::args();", &[]);
        check(environment, "a/src/config.rs", "let a = env::var(\"HOME\");", &[]);
    }

    #[test]
    fn floating_point_money_is_found() {
        check(floats, "billing/rating/src/rate.rs", "let a: f64 = 0;", &[1]);
        check(floats, "policies/src/rights.rs", "let a = 1_f32;\nlet b = b as f32;", &[2]);
        check(floats, "types/src/money.rs", "fn a() -> f32 {}", &[1]);
        check(floats, "cell-agent/src/meter.rs", "let a: f64 = 0;", &[]);
    }
}
