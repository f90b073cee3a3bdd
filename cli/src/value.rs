//! What is typed after `--set`, read by the type that the package's schema gives a parameter; what
//! `--set-file` names, read likewise.
//!
//! Only the reading is here. Whether a value is allowed, and whether the parameter exists at all,
//! the plane decides; what cannot be read stays text, so that its answer names the parameter.

use serde_json::{Map, Number, Value};

use crate::error::{Error, Result};

/// Reads assignments into an object of parameter → value, those of `files` from the files that they
/// name. A parameter may stand there once; a secret one comes from a file.
pub fn parameters(
    schema: &Value,
    assignments: &[(String, String)],
    files: &[(String, String)],
) -> Result<Map<String, Value>> {
    let mut values = Map::new();
    let mut set = |parameter: &String, text: &str| {
        let value = read(&schema["properties"][parameter], text);
        match values.insert(parameter.clone(), value) {
            None => Ok(()),
            Some(_) => Err(Error::Usage(format!("{parameter} is set twice"))),
        }
    };
    for (parameter, text) in assignments {
        if schema["properties"][parameter]["x-secret"] == true {
            return Err(Error::Usage(format!(
                "{parameter} is secret, and everybody on this machine can see arguments; put it \
                 into a file: --set-file {parameter}=FILE"
            )));
        }
        set(parameter, text)?;
    }
    for (parameter, path) in files {
        let text = std::fs::read_to_string(path)
            .map_err(|error| Error::Usage(format!("--set-file {parameter}={path}: {error}")))?;
        set(parameter, text.strip_suffix('\n').unwrap_or(&text))?;
    }
    Ok(values)
}

/// The parameters whose value is not the schema's default, in the schema's order.
pub fn changed(schema: &Value, parameters: &Map<String, Value>) -> Map<String, Value> {
    let default = |parameter: &str| &schema["properties"][parameter]["default"];
    parameters
        .iter()
        .filter(|(parameter, value)| default(parameter) != *value)
        .map(|(parameter, value)| (parameter.clone(), value.clone()))
        .collect()
}

fn read(schema: &Value, text: &str) -> Value {
    let kept = || Value::String(text.to_owned());
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one.as_str()],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if types.is_empty() {
        return listed(schema, text).unwrap_or_else(kept);
    }
    if types.contains(&"array") && schema["items"]["properties"].is_object() {
        return rows(&schema["items"]["properties"], text).unwrap_or_else(kept);
    }
    types.into_iter().find_map(|kind| read_as(kind, text)).unwrap_or_else(kept)
}

/// Rows of fields: `host=10.0.0.5,port=8080; host=10.0.0.6,port=8080`, or the same as JSON. Nothing
/// is a list without rows.
fn rows(fields: &Value, text: &str) -> Option<Value> {
    if text.trim_start().starts_with('[') {
        return read_as("array", text);
    }
    let field = |text: &str| {
        let (name, value) = text.split_once('=')?;
        let name = name.trim();
        Some((name.to_owned(), read(&fields[name], value.trim())))
    };
    let row = |text: &str| text.split(',').map(field).collect::<Option<Map<_, _>>>();
    let rows = text.split(';').map(str::trim).filter(|text| !text.is_empty());
    rows.map(|text| Some(Value::Object(row(text)?))).collect()
}

fn read_as(kind: &str, text: &str) -> Option<Value> {
    match kind {
        "integer" => integer(text),
        "number" => serde_json::from_str::<Number>(text).ok().map(Value::Number),
        "boolean" => boolean(text),
        "object" => serde_json::from_str(text).ok().filter(Value::is_object),
        "array" => serde_json::from_str(text).ok().filter(Value::is_array),
        // Text wins over nothing only where it stands before it in the list.
        "null" => (text == "null").then_some(Value::Null),
        "string" => Some(Value::String(text.to_owned())),
        _ => None,
    }
}

fn integer(text: &str) -> Option<Value> {
    let number = serde_json::from_str::<Number>(text).ok()?;
    (number.is_i64() || number.is_u64()).then_some(Value::Number(number))
}

fn boolean(text: &str) -> Option<Value> {
    match text {
        "true" | "yes" | "on" => Some(Value::Bool(true)),
        "false" | "no" | "off" => Some(Value::Bool(false)),
        _ => None,
    }
}

/// A schema without a type may list its values.
fn listed(schema: &Value, text: &str) -> Option<Value> {
    let values = schema["enum"].as_array()?;
    values.iter().find(|value| crate::text::value(value) == text).cloned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema() -> Value {
        json!({"properties": {
            "maxmemory": {"type": "string", "default": "48mb"},
            "timeout": {"type": "integer", "default": 0},
            "ratio": {"type": "number"},
            "appendonly": {"type": "boolean", "default": true},
            "policy": {"enum": ["noeviction", "allkeys-lru", 3]},
            "limit": {"type": ["integer", "null"]},
            "save": {"type": "array"},
            "key": {"type": "string", "x-secret": true},
            "upstreams": {"type": "array", "items": {"properties": {
                "host": {"type": "string"}, "port": {"type": "integer"}}}},
        }})
    }

    #[track_caller]
    fn check(parameter: &str, text: &str, expected: Value) {
        let assignments = [(parameter.to_owned(), text.to_owned())];
        let read = parameters(&schema(), &assignments, &[]).expect("read");
        assert_eq!(read[parameter], expected);
    }

    #[test]
    fn a_value_is_read_by_its_parameters_type() {
        check("maxmemory", "64mb", json!("64mb"));
        check("maxmemory", "64", json!("64"));
        check("maxmemory", "", json!(""));
        check("timeout", "30", json!(30));
        check("timeout", "-1", json!(-1));
        check("ratio", "0.5", json!(0.5));
        check("appendonly", "no", json!(false));
        check("appendonly", "true", json!(true));
        check("policy", "allkeys-lru", json!("allkeys-lru"));
        check("policy", "3", json!(3));
        check("limit", "null", json!(null));
        check("limit", "5", json!(5));
        check("save", "[900, 1]", json!([900, 1]));
        let rows = json!([{"host": "a", "port": 80}, {"host": "b", "port": 81}]);
        check("upstreams", "host=a,port=80; host=b , port=81;", rows.clone());
        check("upstreams", r#"[{"host": "a", "port": 80}, {"host": "b", "port": 81}]"#, rows);
        check("upstreams", "", json!([]));
    }

    #[test]
    fn what_cannot_be_read_is_left_to_the_plane() {
        check("timeout", "30s", json!("30s"));
        check("timeout", "3.5", json!("3.5"));
        check("appendonly", "maybe", json!("maybe"));
        check("no-such-parameter", "1", json!("1"));
        check("upstreams", "a:80", json!("a:80"));
        check("upstreams", "host=a,port=x,z=1", json!([{"host": "a", "port": "x", "z": "1"}]));
    }

    #[test]
    fn a_parameter_is_set_once() {
        let twice =
            [("timeout".to_owned(), "1".to_owned()), ("timeout".to_owned(), "2".to_owned())];
        let error = parameters(&schema(), &twice, &[]).expect_err("refused");
        assert_eq!(error.exit().number(), 2);
    }

    #[test]
    fn what_is_secret_comes_from_a_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("key.pem");
        std::fs::write(&path, "a\nb\n").expect("written");
        let given = |text: &str| [("key".to_owned(), text.to_owned())];
        let error = parameters(&schema(), &given("hush"), &[]).expect_err("refused");
        assert_eq!(error.exit().number(), 2);
        let path = path.display().to_string();
        let read = parameters(&schema(), &[], &given(&path)).expect("read");
        assert_eq!(read["key"], json!("a\nb"));
        let twice = [given(&path), given(&path)].concat();
        assert_eq!(parameters(&schema(), &[], &twice).expect_err("refused").exit().number(), 2);
        let error = parameters(&schema(), &[], &given("/nowhere")).expect_err("refused");
        assert_eq!(error.exit().number(), 2);
    }

    #[test]
    fn only_what_differs_from_the_default_is_told() {
        let Value::Object(all) = json!({"maxmemory": "64mb", "timeout": 0, "appendonly": true})
        else {
            panic!("an object")
        };
        let Value::Object(expected) = json!({"maxmemory": "64mb"}) else { panic!("an object") };
        assert_eq!(changed(&schema(), &all), expected);
    }
}
