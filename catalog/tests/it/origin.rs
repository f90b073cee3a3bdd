//! Where values come from, and which stand against a template.

use catalog::form::{self, Origin, OwnValue, Templates, Values};
use serde_json::json;

use crate::fixture::{SMALL, redis, values};

fn from(pairs: &[(&str, &str)]) -> Templates {
    pairs.iter().map(|(name, template)| ((*name).to_owned(), (*template).to_owned())).collect()
}

#[track_caller]
fn check(name: &str, value: serde_json::Value, templates: &Templates, expected: &Origin) {
    assert_eq!(form::origin(redis(), name, SMALL, &value, templates), *expected);
}

#[test]
fn a_value_is_the_default_a_templates_or_ones_own() {
    let none = Templates::new();
    check("maxmemory", json!("192mb"), &none, &Origin::Default);
    check("maxmemory", json!("64mb"), &none, &Origin::Own);
    let swift = from(&[("maxmemory", "swift")]);
    check("maxmemory", json!("64mb"), &swift, &Origin::Template("swift".to_owned()));
    check("hz", json!(20), &swift, &Origin::Own);
}

fn against(current: &Values, templates: &Templates) -> Vec<OwnValue> {
    let wanted = values(&[("hz", json!(50)), ("appendfsync", json!("always"))]);
    form::own_values(redis(), SMALL, current, templates, &wanted)
}

#[test]
fn only_ones_own_values_stand_against_a_template() {
    let current = values(&[("hz", json!(20)), ("appendfsync", json!("everysec"))]);
    let own = OwnValue { parameter: "hz".to_owned(), own: json!(20), template: json!(50) };
    assert_eq!(against(&current, &Templates::new()), [own]);
    assert_eq!(against(&current, &from(&[("hz", "swift")])), []);
    let same = values(&[("hz", json!(50))]);
    assert_eq!(against(&same, &Templates::new()), []);
}

#[test]
fn a_value_stays_the_templates_until_it_is_given_or_changes() {
    let before = values(&[("hz", json!(20)), ("save", json!("")), ("timeout", json!(1))]);
    let after = values(&[("hz", json!(20)), ("save", json!("60 1")), ("timeout", json!(1))]);
    let templates = from(&[("hz", "swift"), ("save", "swift"), ("timeout", "swift")]);
    let given = values(&[("timeout", json!(1))]);
    let next = form::follow((&before, &templates), &after, &given, None);
    assert_eq!(next, from(&[("hz", "swift")]));
    let wanted = values(&[("save", json!("60 1")), ("timeout", json!(1)), ("hz", json!(30))]);
    let next = form::follow((&before, &templates), &after, &given, Some(("calm", &wanted)));
    assert_eq!(next, from(&[("hz", "swift"), ("save", "calm")]));
}
