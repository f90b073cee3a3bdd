//! Every query file against the committed schema, and against what is written and read for it.

use std::collections::BTreeSet;

use apollo_compiler::ast::Type;
use apollo_compiler::executable::{Selection, SelectionSet};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};
use serde_json::{Map, Value, json};

use super::*;

/// Checks one document after the other and remembers their files.
pub struct Check {
    schema: Valid<Schema>,
    files: BTreeSet<String>,
}

/// Whether fields that may be null are.
#[derive(Clone, Copy, PartialEq)]
enum Sample {
    Full,
    Sparse,
}

impl Check {
    pub fn document<D: Document>(&mut self, file: &str)
    where
        D::Answer: Serialize,
    {
        self.files.insert(format!("{file}.graphql"));
        let parsed = ExecutableDocument::parse_and_validate(&self.schema, D::TEXT, file);
        let document = parsed.unwrap_or_else(|error| panic!("{file}: {error}"));
        let operation = document.operations.get(None).expect("one operation in a file");
        let fields: Vec<_> = operation.root_fields(&document).collect();
        assert_eq!(fields.len(), 1, "{file} asks for one field");
        assert_eq!(fields[0].response_key().as_str(), D::ROOT, "{file}");

        let given = json!(D::Variables::default());
        let declared: BTreeSet<&str> =
            operation.variables.iter().map(|variable| variable.name.as_str()).collect();
        assert_eq!(keys(&given), declared, "variables of {file}");
        for variable in &operation.variables {
            self.input(file, &variable.ty, &given[variable.name.as_str()]);
        }

        for sample in [Sample::Full, Sample::Sparse] {
            let answer = self.answer(&operation.selection_set, sample)[D::ROOT].take();
            if sample == Sample::Sparse && answer.is_null() {
                continue;
            }
            let read: D::Answer = serde_json::from_value(answer.clone())
                .unwrap_or_else(|error| panic!("{file}: {error} in {answer:#}"));
            if sample == Sample::Full {
                assert_eq!(json!(read), answer, "{file} asks for what nobody reads");
            }
        }
    }

    /// Objects that are sent have the fields of their input type, no more and no fewer.
    fn input(&self, file: &str, declared: &Type, given: &Value) {
        if let Value::Array(items) = given {
            return items.iter().for_each(|item| self.input(file, declared.item_type(), item));
        }
        if declared.is_list() && given.is_null() {
            return;
        }
        let name = declared.inner_named_type();
        let Some(ExtendedType::InputObject(object)) = self.schema.types.get(name) else { return };
        let fields: BTreeSet<&str> = object.fields.keys().map(|field| field.as_str()).collect();
        assert_eq!(keys(given), fields, "{name} in {file}");
        for (field, definition) in &object.fields {
            self.input(file, &definition.ty, &given[field.as_str()]);
        }
    }

    /// What the schema allows as an answer.
    fn answer(&self, selected: &SelectionSet, sample: Sample) -> Value {
        let mut answer = Map::new();
        for selection in &selected.selections {
            match selection {
                Selection::Field(field) => {
                    let value = self.value(field.ty(), &field.selection_set, sample);
                    answer.insert(field.response_key().to_string(), value);
                }
                Selection::InlineFragment(fragment) => {
                    let Value::Object(more) = self.answer(&fragment.selection_set, sample) else {
                        unreachable!("an answer is an object")
                    };
                    answer.extend(more);
                }
                Selection::FragmentSpread(_) => panic!("query files have no named fragments"),
            }
        }
        answer.into()
    }

    fn value(&self, declared: &Type, selected: &SelectionSet, sample: Sample) -> Value {
        if sample == Sample::Sparse && !declared.is_non_null() {
            return Value::Null;
        }
        if declared.is_list() {
            return json!([self.value(declared.item_type(), selected, sample)]);
        }
        let name = declared.inner_named_type();
        match self.schema.types.get(name) {
            Some(ExtendedType::Enum(words)) => {
                json!(words.values.keys().next().expect("an enum has words").as_str())
            }
            Some(ExtendedType::Scalar(_)) => match name.as_str() {
                "Int" => json!(7),
                "Boolean" => json!(true),
                "JSON" => json!({"maxmemory": "64mb"}),
                "DateTime" => json!("2026-11-21T22:11:20.123456Z"),
                "Decimal" => json!("0.12"),
                "Int64" => json!("9007199254740993"),
                _ => json!("text"),
            },
            _ => self.answer(selected, sample),
        }
    }
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

#[test]
fn every_query_fits_the_committed_schema_and_our_types() {
    let schema = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../schema.graphql"));
    let schema = Schema::parse_and_validate(schema, "schema.graphql")
        .unwrap_or_else(|error| panic!("{error}"));
    let mut check = Check { schema, files: BTreeSet::new() };
    access::each(&mut check);
    application::each(&mut check);
    approval::each(&mut check);
    asset::each(&mut check);
    audit::each(&mut check);
    batch::each(&mut check);
    bill::each(&mut check);
    budget::each(&mut check);
    cell::each(&mut check);
    instance::each(&mut check);
    managed_offering::each(&mut check);
    offering::each(&mut check);
    operation::each(&mut check);
    order::each(&mut check);
    organization::each(&mut check);
    provider::each(&mut check);
    quota::each(&mut check);
    sign_in::each(&mut check);
    structure::each(&mut check);
    tenant::each(&mut check);
    tree::each(&mut check);
    viewer::each(&mut check);

    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/queries");
    let there: BTreeSet<String> = std::fs::read_dir(folder)
        .expect("the folder of query files")
        .map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(check.files, there, "each file is used, each used file is there");
}
