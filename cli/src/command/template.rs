//! `get templates`: the named sets of values that packages come with.

use graphql_client::page::List;
use graphql_client::query::offering::{Offering, Template};
use graphql_client::query::{Reference, Text};
use serde_json::{Map, Value};

use crate::table::{self, Column::Left, Column::Wrapped};
use crate::terminal::Style;
use crate::text;

/// A template with the offering it belongs to.
#[derive(serde::Serialize)]
pub struct TemplateOfOffering {
    offering: Reference,
    name: String,
    title: Text,
    summary: Text,
    parameters: Map<String, Value>,
}

/// The templates of these offerings.
pub fn of(offerings: List<Offering>) -> List<TemplateOfOffering> {
    let mut items = Vec::new();
    for Offering { id, name, templates, .. } in offerings.items {
        let offering = Reference { id, name };
        items.extend(templates.into_iter().map(|one: Template| TemplateOfOffering {
            offering: offering.clone(),
            name: one.name,
            title: one.title,
            summary: one.summary,
            parameters: one.parameters,
        }));
    }
    List { items, complete: offerings.complete }
}

/// Templates as people read them.
pub fn table(style: Style, templates: &[TemplateOfOffering]) -> String {
    let columns = [Left("OFFERING"), Left("TEMPLATE"), Left("VALUES"), Wrapped("SUMMARY")];
    let row = |one: &TemplateOfOffering| {
        let values = one.parameters.iter();
        let values = values.map(|(name, value)| format!("{name}={}", text::value(value)));
        let values = values.collect::<Vec<_>>().join("\n");
        vec![one.offering.name.clone(), one.name.clone(), values, one.summary.en.clone()]
    };
    table::list(style, &columns, templates.iter().map(row).collect())
}
