//! Fields of an answer in the order in which they were asked for (GraphQL, 7.2.2 "Serialized Map
//! Ordering").
//!
//! The library answers the fields of an object in the order in which they become ready. What is sent
//! twice would have two answers, and a person would find the fields elsewhere each time.

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{ExecutableDocument, Field, Selection, SelectionSet};
use async_graphql::{Name, Value};

/// The names of the fields that are asked for, in turn, and of those within each.
#[derive(Default)]
pub struct Sequence<'a>(IndexMap<&'a str, Sequence<'a>>);

impl<'a> Sequence<'a> {
    /// The sequence of the operation that is meant. Which one that is has been decided before.
    pub fn of(document: &'a ExecutableDocument, operation: Option<&str>) -> Self {
        let is_meant =
            |name: Option<&Name>| operation.is_none() || name.map(Name::as_str) == operation;
        let mut sequence = Self::default();
        for (_, meant) in document.operations.iter().filter(|(name, _)| is_meant(*name)) {
            sequence.add(document, &meant.node.selection_set.node);
        }
        sequence
    }

    fn add(&mut self, document: &'a ExecutableDocument, selections: &'a SelectionSet) {
        for selection in &selections.items {
            match &selection.node {
                Selection::Field(field) => self.add_field(document, &field.node),
                Selection::InlineFragment(part) => {
                    self.add(document, &part.node.selection_set.node);
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(part) = document.fragments.get(&spread.node.fragment_name.node) {
                        self.add(document, &part.node.selection_set.node);
                    }
                }
            }
        }
    }

    fn add_field(&mut self, document: &'a ExecutableDocument, field: &'a Field) {
        let within = self.0.entry(field.response_key().node.as_str()).or_default();
        within.add(document, &field.selection_set.node);
    }

    /// Puts the fields of all objects in it in turn.
    pub fn apply(&self, value: &mut Value) {
        match value {
            Value::List(items) => items.iter_mut().for_each(|item| self.apply(item)),
            Value::Object(fields) if !self.0.is_empty() => self.apply_to_fields(fields),
            _ => {}
        }
    }

    fn apply_to_fields(&self, fields: &mut IndexMap<Name, Value>) {
        let mut asked = self.0.keys();
        let in_turn = fields.keys().all(|name| asked.any(|asked| *asked == name.as_str()));
        if !in_turn {
            fields.sort_by_cached_key(|name, _| self.0.get_index_of(name.as_str()));
        }
        for (name, value) in fields {
            if let Some(within) = self.0.get(name.as_str()) {
                within.apply(value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use async_graphql::value;

    use super::*;

    #[track_caller]
    fn check(query: &str, operation: Option<&str>, mut answered: Value, expected: &str) {
        let document = parse_query(query).expect("it is GraphQL");
        Sequence::of(&document, operation).apply(&mut answered);
        assert_eq!(serde_json::to_string(&answered).expect("it is JSON"), expected, "{query}");
    }

    #[test]
    fn fields_stand_as_they_were_asked_for_and_not_as_they_became_ready() {
        let answered = value!({ "c": null, "list": [{ "y": 1, "x": 2 }, null], "b": 3 });
        check(
            "{ b list { x y } c }",
            None,
            answered,
            r#"{"b":3,"list":[{"x":2,"y":1},null],"c":null}"#,
        );
    }

    #[test]
    fn names_of_ones_own_and_fragments_count_where_they_stand() {
        let query = "query { ...F z: c ... on Q { b a { y } } } fragment F on Q { a { x } }";
        let answered = value!({ "z": 1, "b": 2, "a": { "y": 3, "x": 4 } });
        check(query, None, answered, r#"{"a":{"x":4,"y":3},"z":1,"b":2}"#);
    }

    #[test]
    fn the_operation_that_is_meant_decides() {
        let query = "query One { a b } query Other { b a }";
        check(query, Some("Other"), value!({ "a": 1, "b": 2 }), r#"{"b":2,"a":1}"#);
        check(query, Some("One"), value!({ "b": 2, "a": 1 }), r#"{"a":1,"b":2}"#);
    }

    #[test]
    fn what_has_no_fields_of_its_own_stays_as_it_is() {
        check(
            "{ any b }",
            None,
            value!({ "b": 1, "any": { "z": 1, "a": 2 } }),
            r#"{"any":{"z":1,"a":2},"b":1}"#,
        );
    }
}
