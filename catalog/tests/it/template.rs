//! Templates of values: checked when a package is loaded, cut to the choice when used.

use catalog::{Package, form};
use serde_json::json;

use crate::fixture::{SMALL, gate, redis, values};

const GOOD: &str = "
[[templates]]
name = \"swift\"
title = { en = \"Swift\", zh = \"快速\" }
summary = { en = \"Is fast.\", zh = \"快。\" }
parameters = { fast = true, label = \"swift\" }
";

fn with(templates: &str) -> Result<Package, String> {
    let mut files = gate();
    files.entry("package.toml".to_owned()).and_modify(|text| text.extend(templates.bytes()));
    Package::from_files(files).map_err(|error| error.to_string())
}

#[track_caller]
fn refused(from: &str, to: &str, expected: &str) {
    assert!(GOOD.contains(from), "{from}");
    let error = with(&GOOD.replace(from, to)).unwrap_err();
    assert!(error.contains(expected), "{error}");
}

#[test]
fn a_value_that_a_version_lacks_is_left_out_there() {
    let package = with(GOOD).unwrap();
    let template = package.manifest().template("swift").unwrap();
    let of = |version| form::template_values(&package, template, "many", version);
    assert_eq!(of("2"), values(&[("fast", json!(true)), ("label", json!("swift"))]));
    assert_eq!(of("1"), values(&[("label", json!("swift"))]));
    assert!(package.manifest().template("slow").is_none());
}

#[test]
fn a_template_that_does_not_fit_its_package_is_refused() {
    refused("label =", "lable =", "templates.parameters: is not a parameter");
    refused("label = \"swift\"", "label = 3", "templates.swift.label: with plan tiny: must be");
    refused("label =", "key =", "templates.parameters: is secret");
    refused("fast = true", "memory = 95", "templates.swift.memory: with plan tiny: must be at");
    refused("zh = \"快。\"", "zh = \"\"", "templates.summary: needs a text in en and in zh");
    refused("name = \"swift\"", "name = \"Swift!\"", "templates.name: is not a name");
    let error = with(&GOOD.repeat(2)).unwrap_err();
    assert!(error.contains("templates: `swift` is there twice"), "{error}");
}

#[test]
fn redis_comes_with_templates_for_throughput_and_durability() {
    let names: Vec<_> = redis().manifest().templates.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["throughput", "durability"]);
}

#[test]
fn secrets_are_masked_and_defaults_are_known() {
    let package = Package::from_files(gate()).unwrap();
    let all = values(&[("key", json!("hush")), ("label", json!("a")), ("gone", json!([1]))]);
    let shown = form::shown(&package, &all);
    let mask = json!("********");
    assert_eq!((&shown["key"], &shown["gone"], &shown["label"]), (&mask, &mask, &json!("a")));
    assert!(form::is_default(redis(), "maxmemory", SMALL, &json!("192mb")));
    assert!(!form::is_default(redis(), "maxmemory", SMALL, &json!("64mb")));
    assert!(!form::is_default(redis(), "no-such", SMALL, &json!("64mb")));
}
