//! From the text of a package's two files to their words, with the line of what is wrong.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Error as _, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::error::PackageError;
use crate::manifest::Manifest;
use crate::parameter::Parameter;

pub(super) const MANIFEST: &str = "package.toml";
pub(super) const SCHEMA: &str = "parameters.schema.json";
const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// Reads `package.toml`.
pub(super) fn manifest(text: &str) -> Result<Manifest, PackageError> {
    toml::from_str(text).map_err(|error: toml::de::Error| {
        let line = error.span().map(|span| 1 + text[..span.start].matches('\n').count());
        PackageError {
            file: MANIFEST.to_owned(),
            line,
            field: line.map(|line| key_of_line(text, line)).unwrap_or_default(),
            problem: error.message().to_owned(),
        }
    })
}

/// What stands before `=` in a line, or the table that it opens.
fn key_of_line(text: &str, line: usize) -> String {
    let line = text.lines().nth(line - 1).unwrap_or_default();
    let key = line.split('=').next().unwrap_or_default();
    key.trim_matches([' ', '[', ']', '"', '\t']).to_owned()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(rename = "$schema")]
    schema: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(rename = "additionalProperties")]
    takes_more: bool,
    properties: Properties,
}

/// A map that refuses a second entry of the same name instead of keeping the last.
struct Properties(Map<String, Value>);

impl<'de> Deserialize<'de> for Properties {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Properties;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("parameters by name")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Properties, A::Error> {
                let mut entries = Map::new();
                while let Some((name, value)) = access.next_entry::<String, Value>()? {
                    if entries.contains_key(&name) {
                        return Err(A::Error::custom(format!("`{name}` is there twice")));
                    }
                    entries.insert(name, value);
                }
                Ok(Properties(entries))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

/// The content of `parameters.schema.json`.
pub(super) struct Parameters {
    /// As it stands there.
    pub(super) schema: Map<String, Value>,
    /// Understood.
    pub(super) by_name: BTreeMap<String, Parameter>,
}

/// Says what is wrong with the schemas of parameters, as `parameters.schema.json` has them.
pub(super) type Judge = fn(&str, &Map<String, Value>) -> Result<(), PackageError>;

/// Whether each parameter is a schema of JSON.
pub(super) fn are_schemas(text: &str, schema: &Map<String, Value>) -> Result<(), PackageError> {
    for (name, value) in schema {
        if let Err(error) = jsonschema::draft202012::meta::validate(value) {
            return Err(wrong(text, name, name, error.to_string()));
        }
    }
    Ok(())
}

/// Reads `parameters.schema.json`.
pub(super) fn parameters(text: &str, judge: Judge) -> Result<Parameters, PackageError> {
    let document: Document = serde_json::from_str(text).map_err(|error| PackageError {
        file: SCHEMA.to_owned(),
        line: Some(error.line()),
        field: String::new(),
        problem: error.to_string(),
    })?;
    let schema = document.properties.0;
    if document.schema != DRAFT {
        return Err(wrong(text, "$schema", "$schema", format!("must be {DRAFT}")));
    }
    if document.kind != "object" {
        return Err(wrong(text, "type", "type", "must be object".to_owned()));
    }
    if document.takes_more {
        let name = "additionalProperties";
        return Err(wrong(text, name, name, "must be false".to_owned()));
    }
    judge(text, &schema)?;
    let mut by_name = BTreeMap::new();
    for (name, value) in &schema {
        let parameter = Parameter::deserialize(value).map_err(|error| {
            let problem = error.to_string();
            // The word that serde quotes is the one to look for, if it is there at all.
            let word = problem.split('`').nth(1).unwrap_or(name).to_owned();
            wrong(text, name, &word, problem)
        })?;
        by_name.insert(name.clone(), parameter);
    }
    Ok(Parameters { schema, by_name })
}

/// A problem of a parameter, at the line of the word behind its name.
fn wrong(text: &str, name: &str, word: &str, problem: String) -> PackageError {
    let start = line_of(text, &format!("\"{name}\"")).unwrap_or(1);
    let behind: String = text.split_inclusive('\n').skip(start - 1).collect();
    let offset = line_of(&behind, &format!("\"{word}\"")).map_or(0, |line| line - 1);
    let (file, field) = (SCHEMA.to_owned(), name.to_owned());
    PackageError { file, line: Some(start + offset), field, problem }
}

/// The first line, from 1, that has the words in it.
pub(super) fn line_of(text: &str, words: &str) -> Option<usize> {
    text.lines().position(|line| line.contains(words)).map(|index| index + 1)
}
