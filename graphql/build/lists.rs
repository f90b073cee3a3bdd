//! Which fields of a schema are lists, by name: one name that is a list somewhere counts as one
//! everywhere. Read when the crate is built: a plane that read its schema at each start took
//! megabytes more from then on.

use std::collections::BTreeSet;

use async_graphql_parser::parse_schema;
use async_graphql_parser::types::{BaseType, FieldDefinition, TypeKind, TypeSystemDefinition};

/// Names of the fields that answer with many objects.
#[derive(Default)]
pub struct Names {
    /// Those that take `first`.
    pub pages: BTreeSet<String>,
    /// Those that come as a whole.
    pub short: BTreeSet<String>,
}

/// Those of a schema; none of what is no schema.
pub fn names(sdl: &str) -> Names {
    let definitions = parse_schema(sdl).map(|document| document.definitions);
    let types = definitions.unwrap_or_default().into_iter().filter_map(|each| match each {
        TypeSystemDefinition::Type(found) => Some(found.node),
        _ => None,
    });
    let mut fields = Vec::new();
    let mut objects = BTreeSet::new();
    for each in types {
        if let TypeKind::Object(object) = each.kind {
            objects.insert(each.name.node.to_string());
            fields.extend(object.fields.into_iter().map(|field| field.node));
        }
    }
    let mut names = Names::default();
    for field in fields {
        let name = field.name.node.to_string();
        let is_list = || listed(&field).is_some_and(|of| objects.contains(of));
        if field.arguments.iter().any(|argument| argument.node.name.node == "first") {
            names.pages.insert(name);
        // The rows of a page are counted at the page.
        } else if is_list() && !matches!(&*name, "nodes" | "edges") {
            names.short.insert(name);
        }
    }
    names.short = &names.short - &names.pages;
    names
}

/// What a list is of.
fn listed(field: &FieldDefinition) -> Option<&str> {
    let BaseType::List(inside) = &field.ty.node.base else { return None };
    match &inside.base {
        BaseType::Named(name) => Some(name.as_str()),
        BaseType::List(_) => None,
    }
}
