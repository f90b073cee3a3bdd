//! Tables of the store: every query starts from the file's own filter.
//!
//! Updates and deletes by primary key pass a filter that only `find` knows, so there are none.

use crate::finding::Finding;
use crate::source::{Source, numbered, places_of};

const STORE: &str = "control-plane/store/src/";

/// Start a query over all rows; only `own…` may, and must filter.
const STARTS: [&str; 3] = ["Entity::find", "Entity::update_many", "Entity::delete_many"];

/// Reach a row or run a text past the filter.
const PAST_THE_FILTER: [&str; 18] = [
    "Entity::find_by_id",
    "Entity::update",
    "Entity::delete",
    "Entity::delete_by_id",
    "Entity::find_related",
    "Entity::find_also_related",
    "find_by_id",
    "delete_by_id",
    "find_related",
    "find_also_related",
    "find_with_related",
    "from_raw_sql",
    "execute_unprepared",
    "Statement::from_string",
    "Statement::from_sql_and_values",
    "Update::many",
    "Delete::many",
    "Delete::one",
];

/// Queries that do not start from the table's own filter.
pub fn unfiltered(source: &Source) -> Vec<Finding> {
    let is_table = source.is_in(&[STORE])
        && !source.is_in(&[concat!("control-plane/store/src/", "migration")]);
    if !is_table {
        return Vec::new();
    }
    let mut function = "";
    let mut finds = 0;
    let mut found = Vec::new();
    for (number, line) in numbered(source.product()) {
        if let Some(name) = defined_function(line) {
            (function, finds) = (name, 0);
        }
        let mut add = |what: String, instead: &str| {
            found.push(Finding::new(&source.path, number, what, instead));
        };
        if let Some(call) = PAST_THE_FILTER.into_iter().find(|call| calls(line, call) > 0) {
            add(format!("`{call}` passes the tenant's filter"), "start from `own`");
        }
        let starts: usize = STARTS.into_iter().map(|start| calls(line, start)).sum();
        finds += starts;
        if starts > 0 && !function.starts_with("own") {
            add(
                format!("`{function}` starts a query over all rows"),
                "start from `own`, `own_update` or `own_delete`",
            );
        } else if starts > 0 && finds > 1 {
            add(format!("`{function}` starts two queries"), "one `own…` function each");
        }
    }
    found
}

fn calls(line: &str, name: &str) -> usize {
    places_of(line, name).iter().filter(|at| line[*at + name.len()..].starts_with('(')).count()
}

fn defined_function(line: &str) -> Option<&str> {
    let at = places_of(line, "fn").into_iter().next()?;
    let rest = line[at + 2..].strip_prefix(' ')?;
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    (end > 0).then_some(&rest[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, lines: &[usize]) {
        let found = unfiltered(&Source::new("control-plane/store/src/plan.rs", text));
        assert_eq!(found.iter().map(|finding| finding.line).collect::<Vec<_>>(), lines, "{text}");
    }

    #[test]
    fn a_query_that_starts_elsewhere_is_found() {
        check("pub async fn find() {\n    Entity::find().one(db)\n}", &[2]);
        check("pub async fn clear() { Entity::delete_many().exec(db) }", &[1]);
        check("fn own(tx: &T) -> Select<Entity> { Entity::find().filter(x) }", &[]);
        check("fn own_update(tx: &T) { Entity::update_many().filter(x) }", &[]);
    }

    #[test]
    fn a_second_query_in_an_own_function_is_found() {
        check("fn own() { Entity::find() }\nfn own_b() { Entity::find() }", &[]);
        check("fn own() {\n Entity::find();\n Entity::find()\n}", &[3]);
    }

    #[test]
    fn a_way_past_the_filter_is_found_even_in_own() {
        check("fn own() { Entity::find_by_id(id) }", &[1]);
        check("fn own() { Entity::delete_by_id(id) }", &[1]);
        check("fn a() { Entity::update(active).exec(db) }", &[1]);
        check("fn a() { db.execute_unprepared(x) }", &[1]);
        check("fn a() { member::Update::many(x) }", &[1]);
    }
}
