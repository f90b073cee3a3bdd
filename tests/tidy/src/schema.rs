//! The two schemas that others read: columns of the database and fields of GraphQL.

use crate::finding::Finding;
use crate::source::{Source, has_word, inside, line_of, places_of};

const MIGRATIONS: &str = "control-plane/store/src/migration";
const GRAPHQL: &str = "graphql/src/";

/// Published as `Int`, though they answer numbers that no `Int` holds.
const WIDE: [&str; 7] = ["i64", "u64", "i128", "u128", "isize", "usize", "u32"];

/// Column kinds that lose digits or microseconds on one of the databases.
pub fn lossy_columns(source: &Source) -> Vec<Finding> {
    if !source.is_in(&[MIGRATIONS]) {
        return Vec::new();
    }
    let kinds = |name: &str| {
        ["decimal", "timestamp", "float", "double", "date_time", "money"]
            .iter()
            .any(|kind| name == *kind || name.starts_with(&format!("{kind}_")))
    };
    source
        .code_lines()
        .flat_map(|(number, line)| {
            called(line).filter(|name| kinds(name)).map(move |name| {
                let instead = "amounts are text or BIGINT, instants BIGINT microseconds";
                Finding::new(&source.path, number, format!("a column by `{name}`"), instead)
            })
        })
        .collect()
}

fn called(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices('(').map(|(at, _)| {
        let before = &line[..at];
        let start = before
            .rfind(|c: char| !c.is_alphanumeric() && c != '_')
            .map_or(0, |boundary| boundary + 1);
        &before[start..]
    })
}

/// Results whose errors reach the client as they print.
pub fn leaking_errors(source: &Source) -> Vec<Finding> {
    if !source.is_in(&[GRAPHQL, "control-plane/src/"]) {
        return Vec::new();
    }
    let imports = imported_from_async_graphql(source.product());
    let by_path = ["async_graphql::Result", "async_graphql::FieldResult", "FieldResult"]
        .into_iter()
        .flat_map(|name| places_of(source.product(), name));
    let mut places: Vec<usize> = by_path.chain(imports).collect();
    places.sort_unstable();
    let mut lines: Vec<usize> =
        places.into_iter().map(|at| line_of(source.product(), at)).collect();
    lines.dedup();
    lines
        .into_iter()
        .map(|line| {
            let what = "async-graphql's `Result` prints any error to the client";
            Finding::new(&source.path, line, what, "use `crate::error::Result`")
        })
        .collect()
}

/// `Result` in a `use async_graphql::{…}` list.
fn imported_from_async_graphql(code: &str) -> Vec<usize> {
    code.match_indices("async_graphql::{")
        .flat_map(|(at, opening)| {
            let open = at + opening.len() - 1;
            places_of(inside(code, open), "Result").into_iter().map(move |place| open + 1 + place)
        })
        .collect()
}

/// A printable `ApiError`, which `?` would hand to the client.
pub fn printable_errors(source: &Source) -> Vec<Finding> {
    source
        .code_lines()
        .filter(|(_, line)| {
            has_word(line, "impl") && has_word(line, "Display") && has_word(line, "ApiError")
        })
        .map(|(number, _)| {
            let instead = "map it to a code in `graphql/src/error.rs`";
            Finding::new(&source.path, number, "`ApiError` is printable", instead)
        })
        .collect()
}

/// Fields and arguments of whole numbers wider than GraphQL's `Int`.
pub fn wide_numbers(source: &Source) -> Vec<Finding> {
    if !source.is_in(&[GRAPHQL]) {
        return Vec::new();
    }
    let code = source.product();
    let mut lines: Vec<usize> = blocks(code).flat_map(|block| wide_lines(code, block)).collect();
    lines.sort_unstable();
    lines.dedup();
    lines
        .into_iter()
        .map(|line| {
            let what = "a whole number wider than GraphQL's `Int`";
            Finding::new(&source.path, line, what, "use `scalar::Int64` or `i32`")
        })
        .collect()
}

struct Block<'a> {
    start: usize,
    text: &'a str,
    is_impl: bool,
}

/// The bodies that async-graphql's macros publish.
fn blocks(code: &str) -> impl Iterator<Item = Block<'_>> {
    code.match_indices("#[").filter_map(|(at, _)| {
        let attribute = inside(code, at + 1);
        let is_impl = ["Object", "ComplexObject", "Subscription"].iter().any(|name| {
            attribute.trim_start_matches("async_graphql::").split('(').next() == Some(name)
        });
        let is_struct = attribute.starts_with("derive")
            && ["SimpleObject", "InputObject", "OneofObject"]
                .iter()
                .any(|n| has_word(attribute, n));
        if !is_impl && !is_struct {
            return None;
        }
        let after = at + 2 + attribute.len();
        let head =
            after + places_of(&code[after..], if is_impl { "impl" } else { "struct" }).first()?;
        let open = head + code[head..].find(['{', ';'])?;
        let text = if code[open..].starts_with('{') { inside(code, open) } else { "" };
        Some(Block { start: open + 1, text, is_impl })
    })
}

fn wide_lines(code: &str, block: Block<'_>) -> Vec<usize> {
    let is_wide = |text: &str| WIDE.iter().any(|word| has_word(text, word));
    if !block.is_impl {
        return WIDE
            .iter()
            .flat_map(|word| places_of(block.text, word))
            .map(|at| line_of(code, block.start + at))
            .collect();
    }
    places_of(block.text, "fn")
        .into_iter()
        .filter_map(|at| {
            // From the name to the body: arguments and answer.
            let length = block.text[at..].find('{').unwrap_or(block.text.len() - at);
            let attributes_left_out = without_attributes(&block.text[at..at + length]);
            is_wide(&attributes_left_out).then(|| line_of(code, block.start + at))
        })
        .collect()
}

/// `#[graphql(complexity = "…")]` may stand before an argument and count in `usize`.
fn without_attributes(signature: &str) -> String {
    signature.split("#[").enumerate().fold(String::new(), |mut kept, (index, part)| {
        kept.push_str(if index == 0 {
            part
        } else {
            part.split_once(']').map_or("", |(_, rest)| rest)
        });
        kept
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(scan: fn(&Source) -> Vec<Finding>, path: &str, text: &str, lines: &[usize]) {
        let found = scan(&Source::new(path, text));
        assert_eq!(found.iter().map(|finding| finding.line).collect::<Vec<_>>(), lines, "{text}");
    }

    #[test]
    fn a_lossy_column_is_found() {
        let path = "control-plane/store/src/migration/m1_a.rs";
        check(lossy_columns, path, "table.col(x)\n.decimal(y)", &[2]);
        check(lossy_columns, path, "timestamp_with_time_zone(Bill::At)", &[1]);
        check(lossy_columns, path, "ColumnDef::new(x).decimal_len(30, 12)", &[1]);
        check(lossy_columns, path, "// decimal(x)\nbig_integer(x)", &[]);
    }

    #[test]
    fn a_leaking_result_is_found() {
        let path = "graphql/src/bill.rs";
        check(leaking_errors, path, "async fn a() -> async_graphql::Result<i32> {}", &[1]);
        check(leaking_errors, path, "fn a() -> FieldResult<i32> {}", &[1]);
        check(leaking_errors, path, "use async_graphql::{\n    Object,\n    Result,\n};", &[3]);
        check(leaking_errors, path, "use crate::error::Result;\nuse async_graphql::{Object};", &[]);
        check(leaking_errors, path, "use async_graphql::ServerResult;", &[]);
    }

    #[test]
    fn a_printable_api_error_is_found() {
        let path = "graphql/src/error.rs";
        check(printable_errors, path, "impl fmt::Display for ApiError {}", &[1]);
        check(printable_errors, path, "impl From<Error> for ApiError {}", &[]);
    }

    #[test]
    fn a_wide_number_in_the_schema_is_found() {
        let path = "graphql/src/bill.rs";
        check(
            wide_numbers,
            path,
            "#[Object]\nimpl Bill {\n    async fn size(&self) -> i64 {\n",
            &[3],
        );
        check(
            wide_numbers,
            path,
            "#[Object(name = \"B\")]\nimpl B {\n fn a(&self, n: u64) -> i32 {",
            &[3],
        );
        check(
            wide_numbers,
            path,
            "#[derive(SimpleObject)]\npub struct A {\n    b: Option<i64>,\n}",
            &[3],
        );
        check(wide_numbers, path, "#[derive(Clone, InputObject)]\nstruct A { b: u64 }", &[2]);
        check(
            wide_numbers,
            path,
            "#[Object]\nimpl B { fn a(&self) -> Int64 { let b: i64; } }",
            &[],
        );
        check(
            wide_numbers,
            path,
            "impl B { fn a(&self) -> i64 {} }\npub struct Int64(pub i64);",
            &[],
        );
    }
}
