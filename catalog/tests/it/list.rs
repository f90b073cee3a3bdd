//! Lists: rows of fields, each problem at its field.

use catalog::form::{self, Refusal};
use catalog::{Catalog, Package};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::fixture::{SMALL, gate, values};

fn nginx() -> &'static Package {
    Catalog::embedded().find("nginx", "1.0.0").unwrap()
}

fn check(rows: Value) -> Result<Value, Vec<(String, Refusal)>> {
    let given = values(&[("upstreams", rows)]);
    match form::check(nginx(), "standalone", "1.22", SMALL, &given) {
        Ok(complete) => Ok(complete["upstreams"].clone()),
        Err(problems) => Err(problems.into_iter().map(|it| (it.field, it.problem)).collect()),
    }
}

#[track_caller]
fn refused(rows: Value, expected: &[(&str, Refusal)]) {
    let expected: Vec<_> = expected.iter().map(|(path, why)| ((*path).to_owned(), *why)).collect();
    assert_eq!(check(rows), Err(expected));
}

#[test]
fn rows_come_back_complete() {
    assert_eq!(check(json!([])), Ok(json!([])));
    assert_eq!(check(Value::Null), Ok(json!([])));
    let given = json!([{"host": "a", "port": 1}, {"host": "::1", "port": 65535, "weight": null}]);
    let kept = json!([
        {"host": "a", "port": 1, "weight": 1}, {"host": "::1", "port": 65535, "weight": 1}]);
    assert_eq!(check(given), Ok(kept.clone()));
    assert_eq!(check(kept.clone()), Ok(kept));
}

#[test]
fn every_problem_is_told_at_its_field() {
    use Refusal::{NotAllowed, OutOfRange, Required, Unknown, WrongType};
    refused(
        json!([{"host": "a", "port": 0}, {"host": "a;", "port": "80", "weight": 1001}, {}]),
        &[
            ("upstreams[0].port", OutOfRange),
            ("upstreams[1].host", NotAllowed),
            ("upstreams[1].port", WrongType),
            ("upstreams[1].weight", OutOfRange),
            ("upstreams[2].host", Required),
            ("upstreams[2].port", Required),
        ],
    );
    refused(json!([{"host": "a", "port": 1, "backup": true}]), &[("upstreams[0].backup", Unknown)]);
    refused(json!(["a:80"]), &[("upstreams[0]", WrongType)]);
    refused(json!([[]]), &[("upstreams[0]", WrongType)]);
    refused(json!({"host": "a"}), &[("upstreams", WrongType)]);
    refused(json!("a:80"), &[("upstreams", WrongType)]);
    let many = vec![json!({"host": "a", "port": 1}); 65];
    refused(json!(many), &[("upstreams", OutOfRange)]);
}

#[test]
fn a_change_of_a_row_is_a_change_of_the_list() {
    let before = values(&[("upstreams", json!([{"host": "a", "port": 1, "weight": 1}]))]);
    let after = values(&[("upstreams", json!([{"host": "a", "port": 2, "weight": 1}]))]);
    let changes = form::changes(nginx(), &before, &after);
    assert_eq!((changes.len(), changes[0].parameter.as_str()), (1, "upstreams"));
    assert_eq!(form::apply(nginx(), &before, &after), Some(catalog::recipe::Apply::Hot));
}

#[test]
fn the_schema_tells_the_fields_of_a_row() {
    let schema = form::schema(nginx(), "standalone", "1.22", SMALL).unwrap();
    let list = &schema["properties"]["upstreams"];
    assert_eq!((&list["type"], &list["maxItems"]), (&json!("array"), &json!(64)));
    assert_eq!(list["items"]["required"], json!(["host", "port"]));
    assert_eq!(list["items"]["properties"]["weight"]["default"], json!(1));
}

#[track_caller]
fn badly_written(from: &str, to: &str, expected: &str) {
    const LIST: &str = r#""label": {
      "type": "array", "maxItems": 3, "default": [], "x-apply": "restart",
      "items": {"type": "object", "additionalProperties": false, "required": ["a"],
        "properties": {"a": {"type": "integer", "minimum": 1,
          "x-title": {"en": "A", "zh": "A"}, "x-help": {"en": "A", "zh": "A"}}}},"#;
    let mut files = gate();
    let text = String::from_utf8(files["parameters.schema.json"].clone()).unwrap();
    let plain = "\"label\": {\n      \"type\": \"string\", \"default\": \"\", \"maxLength\": 8, \"x-apply\": \"hot\",";
    assert!(text.contains(plain) && LIST.contains(from), "{from}");
    let text = text.replace(plain, &LIST.replace(from, to));
    files.insert("parameters.schema.json".to_owned(), text.into_bytes());
    let loaded = Package::from_files(files).map(|_| ()).map_err(|error| error.to_string());
    match expected {
        "" => assert_eq!(loaded, Ok(())),
        expected => assert!(loaded.as_ref().unwrap_err().contains(expected), "{loaded:?}"),
    }
}

#[test]
fn a_list_that_is_badly_written_does_not_load() {
    badly_written("", "", "");
    badly_written("\"maxItems\": 3, ", "", "maxItems is for a list, and a list needs it");
    badly_written("[\"a\"]", "[\"b\"]", "names b, which is no field");
    badly_written("\"additionalProperties\": false", "\"additionalProperties\": true", "`items`");
    badly_written("\"minimum\": 1,", "\"minimum\": 1, \"x-apply\": \"hot\",", "that of its list");
    badly_written("\"integer\", \"minimum\": 1", "\"string\", \"x-secret\": true", "a plain one");
    badly_written(
        "{\"en\": \"A\", \"zh\": \"A\"}, \"x-help\"",
        "{\"en\": \"A\", \"zh\": \"\"}, \"x-help\"",
        "needs a text",
    );
}

proptest! {
    /// Whatever stands in a row, a form answers, and what it accepts stays accepted.
    #[test]
    fn a_list_takes_any_row(host in "(?s).{0,20}|[a-z0-9.:-]{1,12}", port in any::<i64>(), name in "[a-z]{0,6}") {
        let row = json!({"host": host, "port": port, &name: 1});
        if let Ok(kept) = check(json!([row])) {
            prop_assert_eq!(check(kept.clone()), Ok(kept));
        }
    }
}
