//! Each limit from both sides: the most that is taken, and one more.

use async_graphql::Request;
use async_graphql::parser::parse_query;
use serde_json::json;

use super::*;

#[path = "../../build/lists.rs"]
mod names;

#[track_caller]
fn check(query: &str, expected: Option<Excess>) {
    let measured = text::measure(query).and_then(|()| {
        let document = parse_query(query).expect("it is GraphQL");
        shape::measure(&document)
    });
    assert_eq!(measured.err(), expected, "{query}");
}

fn nested(depth: usize) -> String {
    format!("{}{}", "{ a ".repeat(depth), "}".repeat(depth))
}

fn numbered(count: usize, each: impl Fn(usize) -> String) -> String {
    (0..count).map(each).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_deepest_is_taken_and_one_more_is_not() {
    check(&nested(DEPTH_MAX), None);
    check(&nested(DEPTH_MAX + 1), Some(Excess::Deep));
    check(&nested(BRACKETS_MAX + 1), Some(Excess::Deep));
    let through = |depth: usize| format!("{{ ...F }} fragment F on Q {}", nested(depth));
    check(&through(DEPTH_MAX), None);
    check(&through(DEPTH_MAX + 1), Some(Excess::Deep));
}

#[test]
fn brackets_in_texts_and_comments_open_nothing() {
    let many = "{".repeat(BRACKETS_MAX + 1);
    check(&format!("{{ a(x: \"{many}\") }} # {many}"), None);
    check(&format!("{{ a(x: \"\"\"{many} \\\"\"\" \" {many}\"\"\") }}"), None);
    check(&format!("{{ a(x: \"\\\"{many}\") }}"), None);
    check(&format!("{{ a(x: \"\") b {many}"), Some(Excess::Deep));
}

#[test]
fn the_most_aliases_root_fields_and_directives_are_taken_and_one_more_is_not() {
    let aliases = |count| format!("{{ q {{ {} }} }}", numbered(count, |at| format!("a{at}: a")));
    check(&aliases(ALIASES_MAX), None);
    check(&aliases(ALIASES_MAX + 1), Some(Excess::Aliases));
    let fields = |count| format!("{{ {} }}", numbered(count, |at| format!("f{at}")));
    check(&fields(ROOT_FIELDS_MAX), None);
    check(&fields(ROOT_FIELDS_MAX + 1), Some(Excess::RootFields));
    let hidden = format!("{{ ...F }} fragment F on Q {}", fields(ROOT_FIELDS_MAX + 1));
    check(&hidden, Some(Excess::RootFields));
    let directives =
        |count| format!("{{ {} }}", numbered(count, |at| format!("f{at} @skip(if: false)")));
    check(&directives(DIRECTIVES_MAX), None);
    check(&directives(DIRECTIVES_MAX + 1), Some(Excess::Directives));
}

#[test]
fn the_longest_text_is_taken_and_one_token_more_is_not() {
    // Three brackets, two names and as many numbers.
    let query = |count: usize| format!("{{ a(x: [{}]) }}", "1 ".repeat(count));
    let around = 9;
    check(&query(TOKENS_MAX - around), None);
    check(&query(TOKENS_MAX - around + 1), Some(Excess::Tokens));
    check(&format!("{{ a }} # {}", "word ".repeat(TOKENS_MAX * 2)), None);
}

#[test]
fn a_field_is_asked_for_once() {
    check("{ a { b c b } }", Some(Excess::Duplicate));
    check("{ a { b c: b } }", None);
    check("mutation { a ...F } fragment F on M { a }", Some(Excess::Duplicate));
    check("mutation { ... { a } ... { a } }", Some(Excess::Duplicate));
    check("{ a { id ...F } } fragment F on A { id }", None);
    check("{ x: a x: b }", Some(Excess::Duplicate));
    check("{ a(x: 1) @skip(if: true) { b } a }", Some(Excess::Duplicate));
    check("query Q { b } fragment F on Q { a a }", Some(Excess::Duplicate));
    check("{ q { a ...on A { a } ...on A { c: a } ... @skip(if: true) { a } } }", None);
}

#[test]
fn words_that_are_no_fields_may_stand_twice() {
    check("{ a: b c: b b }", None);
    check("{ q { on ...on on { on } ...F @F(on: on) F @F } } fragment F on F { F(F: F) }", None);
    check("query a($a: [a!] = [a, a], $b: a = {a: 1, b: {a: 2}}) @a { a(a: [{a: a}, a]) }", None);
    check("{ a(x: \"b b\", y: \"\"\" b b \"\"\") # b b\n b }", None);
    // Left to the parser, which says where.
    assert_eq!(text::measure("{ a { b b }"), Ok(()));
}

#[test]
fn fragments_that_unfold_to_a_million_or_into_themselves_are_refused() {
    let bomb = |last: &str| {
        let layer = |at: usize| {
            format!("fragment F{at} on Q {{ x{at} {{ ...F{0} }} ...F{0} ...F{0} }}", at + 1)
        };
        format!("{{ ...F0 }} {} {last}", numbered(30, layer))
    };
    check(&bomb("fragment F30 on Q { a }"), Some(Excess::Complex));
    check(&bomb(""), Some(Excess::Complex));
    check("{ ...F } fragment F on Q { a { ...F } }", Some(Excess::Cycle));
    check("{ a } fragment F on Q { ...G } fragment G on Q { ...F }", Some(Excess::Cycle));
}

#[test]
fn the_deepest_variables_are_taken_and_one_level_more_is_not() {
    let variables = |depth: usize| {
        let nested = (0..depth).fold(json!(1), |inside, at| match at % 2 {
            0 => json!({ "x": inside }),
            _ => json!([inside]),
        });
        Request::new("{ a }").variables(Variables::from_json(json!({ "v": nested }))).variables
    };
    assert!(admit_variables(&variables(VARIABLES_DEPTH_MAX)).is_ok());
    assert!(admit_variables(&variables(VARIABLES_DEPTH_MAX + 1)).is_err());
}

const SCHEMA: &str =
    "type Query { many(first: Int, after: String): [One!]! path: [One!]! one: One! }
    type One { name: String! many(first: Int): [One!]! path: [One!]! one: One! }";

#[track_caller]
fn check_cost(query: &str, first: serde_json::Value, expected: Option<Excess>) {
    let document = parse_query(query).expect("it is GraphQL");
    let variables = match first.is_null() {
        true => Variables::default(),
        false => Variables::from_json(json!({ "first": first })),
    };
    let names::Names { pages, short } = names::names(SCHEMA);
    assert_eq!(Lists { pages, short }.measure(&document, &variables).err(), expected, "{query}");
}

#[test]
fn a_page_counts_by_its_rows_and_a_list_not_in_itself() {
    let none = json!(null);
    let page = "query($first: Int) { many(first: $first) { one { name } } }";
    check_cost(page, json!(COMPLEXITY_MAX / 2), None);
    check_cost(page, json!(COMPLEXITY_MAX / 2 + 1), Some(Excess::Complex));
    check_cost(
        "query($first: Int = 501) { many(first: $first) { one { name } } }",
        none.clone(),
        Some(Excess::Complex),
    );
    check_cost("{ many { many(first: 18) { name } } }", none.clone(), None);
    check_cost("{ many { many(first: 20) { name } } }", none.clone(), Some(Excess::Complex));
    check_cost("{ many { name } path { one { name } } }", none.clone(), None);
    check_cost("{ path { one { path { name } } } }", none.clone(), Some(Excess::Complex));
    check_cost("{ __schema { types { fields { args { name } } } } }", none.clone(), None);
    let twice = "{ __schema { types { fields { type { fields { name } } } } } }";
    check_cost(twice, none, Some(Excess::Complex));
    let large = "{ many(first: 2147483647) { many(first: 2147483647) { many { name } } } }";
    check_cost(large, json!(1), Some(Excess::Complex));
}
