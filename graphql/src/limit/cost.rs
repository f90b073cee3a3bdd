//! What an answer may come to: its objects, a page counted by its rows.
//!
//! Plain fields are part of their object and cost nothing: there are no more of them than the
//! query has tokens. Which fields are lists is known from the committed schema (`build/lists.rs`).

use std::collections::BTreeSet;

use async_graphql::parser::types::{
    ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet,
};
use async_graphql::{Value, Variables};

use crate::limit::{COMPLEXITY_MAX, Excess};

/// Rows of a page if nobody says how many.
const ROWS: u64 = 50;
/// Rows of a list that has no pages.
const SHORT: u64 = 5;
/// Lists of the introspection, which the schema's text does not have.
const OF_INTROSPECTION: [&str; 8] = [
    "args",
    "directives",
    "enumValues",
    "fields",
    "inputFields",
    "interfaces",
    "possibleTypes",
    "types",
];

include!(concat!(env!("OUT_DIR"), "/lists.rs"));

/// Names of the fields that answer with many objects.
pub struct Lists {
    /// Those that take `first`.
    pub(super) pages: BTreeSet<String>,
    /// Those that come as a whole.
    pub(super) short: BTreeSet<String>,
}

impl Lists {
    /// Those of the schema that the plane serves.
    pub fn served() -> Self {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self { pages: set(PAGES), short: set(OF_OBJECTS) }
    }

    /// Whether any operation of the document would cost too much.
    pub(super) fn measure(
        &self,
        document: &ExecutableDocument,
        variables: &Variables,
    ) -> Result<(), Excess> {
        for (_, operation) in document.operations.iter() {
            let operation = &operation.node;
            let mut walk = Walk { lists: self, document, variables, operation, within: Vec::new() };
            if walk.selection(&operation.selection_set.node)? > COMPLEXITY_MAX as u64 {
                return Err(Excess::Complex);
            }
        }
        Ok(())
    }
}

/// The rows of a page are counted at the page.
fn is_page_part(name: &str) -> bool {
    matches!(name, "nodes" | "edges")
}

struct Walk<'d> {
    lists: &'d Lists,
    document: &'d ExecutableDocument,
    variables: &'d Variables,
    operation: &'d OperationDefinition,
    /// Lists without pages that we are in.
    within: Vec<&'d str>,
}

impl<'d> Walk<'d> {
    /// What the document unfolds to was measured before, so this is short.
    fn selection(&mut self, set: &'d SelectionSet) -> Result<u64, Excess> {
        let mut cost = 0_u64;
        for item in &set.items {
            let each = match &item.node {
                Selection::Field(field) => self.field(&field.node)?,
                Selection::InlineFragment(fragment) => {
                    self.selection(&fragment.node.selection_set.node)?
                }
                Selection::FragmentSpread(spread) => {
                    match self.document.fragments.get(&spread.node.fragment_name.node) {
                        Some(fragment) => self.selection(&fragment.node.selection_set.node)?,
                        None => 0,
                    }
                }
            };
            cost = cost.saturating_add(each);
        }
        Ok(cost)
    }

    fn field(&mut self, field: &'d Field) -> Result<u64, Excess> {
        let (name, set) = (field.name.node.as_str(), &field.selection_set.node);
        if set.items.is_empty() || name == "pageInfo" {
            return Ok(0);
        }
        let is_short = self.lists.short.contains(name);
        let is_list = is_short || OF_INTROSPECTION.contains(&name);
        // A list in itself can come to anything: a path of paths, fields of types of fields.
        if is_list && self.within.contains(&name) {
            return Err(Excess::Complex);
        }
        let rows = match () {
            () if self.lists.pages.contains(name) => self.rows(field),
            () if is_short => SHORT,
            () => 1,
        };
        if is_list {
            self.within.push(name);
        }
        let inside = self.selection(set)?;
        if is_list {
            self.within.pop();
        }
        // A page is no object besides its rows.
        let own = u64::from(!is_page_part(name));
        Ok(rows.saturating_mul(inside.saturating_add(own)))
    }

    /// Anything that is no number of rows is refused when it is read.
    fn rows(&self, field: &Field) -> u64 {
        let Some(given) = field.get_argument("first") else { return ROWS };
        let given = given.node.clone().into_const_with(|name| {
            let of_operation = self.operation.variable_definitions.iter();
            let definition = of_operation.map(|it| &it.node).find(|it| it.name.node == name);
            let default = definition.and_then(|it| it.default_value()).cloned();
            Ok::<_, ()>(self.variables.get(&name).cloned().or(default).unwrap_or_default())
        });
        match given {
            Ok(Value::Number(rows)) => rows.as_u64().unwrap_or(1).max(1),
            _ => ROWS,
        }
    }
}
