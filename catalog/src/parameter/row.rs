//! What a row of a list is made of.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::Error as _;
use serde_json::{Map, Value};

use super::{Misread, Parameter};

/// The fields of a row, each a parameter but for `x-apply`, which is the list's.
#[derive(Clone, Debug)]
pub struct Row {
    /// Fields by name.
    pub fields: BTreeMap<String, Parameter>,
    /// Fields that have to be given.
    pub required: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(rename = "type")]
    kind: String,
    #[serde(rename = "additionalProperties")]
    takes_more: bool,
    #[serde(default)]
    required: Vec<String>,
    properties: BTreeMap<String, Map<String, Value>>,
}

impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Written::deserialize(deserializer)?;
        if written.kind != "object" || written.takes_more || written.properties.is_empty() {
            return Err(D::Error::custom("`items` must be an object with fields and no others"));
        }
        let mut fields = BTreeMap::new();
        for (name, mut keywords) in written.properties {
            if keywords.insert("x-apply".to_owned(), "restart".into()).is_some() {
                return Err(D::Error::custom("`x-apply` of a field is that of its list"));
            }
            let field = Parameter::deserialize(Value::Object(keywords))
                .map_err(|error| D::Error::custom(format!("field {name}: {error}")))?;
            fields.insert(name, field);
        }
        let is_known = |name: &&String| !fields.contains_key(*name);
        if let Some(name) = written.required.iter().find(is_known) {
            return Err(D::Error::custom(format!("`required` names {name}, which is no field")));
        }
        Ok(Self { fields, required: written.required })
    }
}

impl Row {
    /// The row as it is kept: with every field that has a value or a default.
    pub fn read(&self, value: &Value) -> Result<Value, Misread> {
        let given = value.as_object().ok_or(Misread::Type)?;
        if given.keys().any(|name| !self.fields.contains_key(name)) {
            return Err(Misread::Form);
        }
        let mut kept = Map::new();
        for (name, field) in &self.fields {
            let value = given.get(name).filter(|value| !value.is_null());
            match value.or(field.default.as_ref()) {
                Some(value) => _ = kept.insert(name.clone(), field.read(value)?),
                None if self.required.contains(name) => return Err(Misread::Form),
                None => {}
            }
        }
        Ok(Value::Object(kept))
    }
}
