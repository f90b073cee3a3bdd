//! `compare`: configurations side by side.

use graphql_client::query::AskComparison;
use graphql_client::query::batch::{CompareOf, ComparedParameter, Comparison};
use graphql_client::query::order::With;

use crate::arguments::CompareArguments;
use crate::error::Result;
use crate::program::Program;
use crate::table;
use crate::terminal::Style;
use crate::text;

const FLAGS: &[(&str, &str)] = &[("instances", "INSTANCE"), ("template", "--template")];

/// Shows what differs.
pub async fn compare(program: &Program, arguments: CompareArguments) -> Result<()> {
    let client = program.client()?;
    let input = CompareOf {
        project: super::batch::project(program, &arguments.instances, arguments.project)?,
        instances: arguments.instances,
        template: arguments.template,
        all: arguments.all,
    };
    let found = client.ask::<AskComparison>(&With { input }).await;
    let found = found.map_err(|error| error.at_flags(FLAGS))?;
    program.terminal.show(&found, |style| page(style, &found))
}

fn page(style: Style, found: &Comparison) -> String {
    if found.parameters.is_empty() {
        return "Nothing differs.\n".to_owned();
    }
    let names = found.instances.iter().map(|one| one.name.clone());
    let template = found.template.iter().map(|name| format!("template {name}"));
    let heads: Vec<String> = names.chain(template).collect();
    let row = |one: &ComparedParameter| {
        let values = one.values.iter().map(|value| match value {
            Some(value) => text::value(&value.value),
            None => text::NONE.to_owned(),
        });
        std::iter::once(one.parameter.clone()).chain(values).collect()
    };
    table::columns(style, "PARAMETER", &heads, found.parameters.iter().map(row).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_configuration_has_a_column_under_its_name() {
        let instance = |name: &str| json!({"id": name, "name": name, "project": {"id": "p", "name": "p"}, "package": "redis"});
        let value = |value: i64| json!({"parameter": "hz", "value": value, "origin": "OWN", "template": null});
        let found = serde_json::from_value(json!({
            "instances": [instance("shop-cache"), instance("b")],
            "template": "swift",
            "parameters": [{"parameter": "hz", "title": null, "differs": true,
                            "values": [value(10), value(200), null]}],
        }))
        .expect("a comparison");
        let expected = "\
PARAMETER  shop-cache  b    template swift
hz         10          200  -
";
        assert_eq!(page(Style::default(), &found), expected);
    }
}
