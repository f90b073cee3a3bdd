//! What users change later.

use catalog::Package;
use catalog::form::{self, FieldProblem, Refusal, Values};
use catalog::recipe::Apply;
use serde_json::{Value, json};

use crate::fixture::{SMALL, gate, redis, values};

fn current() -> Values {
    let given = values(&[("databases", json!(4)), ("maxmemory", json!("64mb"))]);
    form::check(redis(), "primary-replica", "7.0", SMALL, &given).unwrap()
}

fn change(pairs: &[(&str, Value)]) -> Result<Values, Vec<FieldProblem>> {
    let (current, given) = (current(), values(pairs));
    form::check_change(redis(), "primary-replica", "7.0", SMALL, &current, &given)
}

#[track_caller]
fn refuse(name: &str, value: Value, expected: Refusal) {
    let problems = change(&[(name, value)]).unwrap_err();
    let seen: Vec<_> = problems.iter().map(|it| (it.field.as_str(), it.problem)).collect();
    assert_eq!(seen, [(name, expected)]);
}

#[track_caller]
fn check(pairs: &[(&str, Value)], expected: Option<Apply>) {
    let (before, after) = (current(), change(pairs).unwrap());
    assert_eq!(form::apply(redis(), &before, &after), expected, "{pairs:?}");
}

#[test]
fn a_change_keeps_what_it_does_not_name() {
    let after = change(&[("hz", json!(20))]).unwrap();
    assert_eq!(after["hz"], json!(20));
    assert_eq!(after["maxmemory"], json!("64mb"));
    assert_eq!(after["databases"], json!(4));
}

#[test]
fn null_gives_the_default_again() {
    assert_eq!(change(&[("maxmemory", Value::Null)]).unwrap()["maxmemory"], json!("192mb"));
}

#[test]
fn an_immutable_parameter_stays() {
    refuse("databases", json!(5), Refusal::Immutable);
    refuse("databases", json!(2000), Refusal::Immutable);
    refuse("databases", Value::Null, Refusal::Immutable);
    refuse("databases", json!("4"), Refusal::WrongType);
    refuse("appendonly", json!(false), Refusal::Immutable);
    check(&[("databases", json!(4)), ("appendonly", json!(true))], None);
}

#[test]
fn a_change_is_judged_like_an_order() {
    refuse("hz", json!(0), Refusal::OutOfRange);
    refuse("shape", json!(0), Refusal::Unknown);
    let problems = change(&[("hz", json!(0)), ("databases", json!(5))]).unwrap_err();
    assert_eq!(problems.len(), 2);
}

#[test]
fn a_restart_is_needed_as_soon_as_one_parameter_needs_it() {
    check(&[], None);
    check(&[("maxmemory", json!("65536kb"))], None);
    check(&[("maxmemory", json!("65mb"))], Some(Apply::Hot));
    check(&[("io-threads", json!(2))], Some(Apply::Restart));
    check(&[("hz", json!(20)), ("io-threads", json!(2))], Some(Apply::Restart));
}

#[test]
fn changes_are_listed_with_what_each_needs() {
    let after = change(&[("hz", json!(20)), ("io-threads", json!(2))]).unwrap();
    let changes = form::changes(redis(), &current(), &after);
    let seen: Vec<_> = changes
        .iter()
        .map(|it| (it.parameter.as_str(), it.apply, it.before.clone(), it.after.clone()))
        .collect();
    let expected = [
        ("hz", Apply::Hot, Some(json!(10)), Some(json!(20))),
        ("io-threads", Apply::Restart, Some(json!(1)), Some(json!(2))),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn secret_values_are_masked_in_changes() {
    let gate = Package::from_files(gate()).unwrap();
    let (before, after) = (values(&[("key", json!("old"))]), values(&[("key", json!("new"))]));
    let changes = form::changes(&gate, &before, &after);
    assert_eq!(changes[0].before, Some(json!("********")));
    assert_eq!(changes[0].after, Some(json!("********")));
    // One that the package does not know may have been secret.
    let changes = form::changes(&gate, &values(&[("gone", json!("old"))]), &values(&[]));
    assert_eq!((&changes[0].before, &changes[0].after), (&Some(json!("********")), &None));
    assert_eq!(changes[0].apply, Apply::Restart);
}
