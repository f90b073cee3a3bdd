//! What users fill in.

use catalog::Package;
use catalog::form::{self, Refusal};
use serde_json::{Value, json};
use types::size::Size;

use crate::fixture::{SMALL, gate, redis, values};

/// Checks one parameter of Redis beside the defaults; gives its kept value or `problem message`.
fn kept(topology: &str, name: &str, value: &Value) -> Result<Value, String> {
    let given = values(&[(name, value.clone())]);
    match form::check(redis(), topology, "7.0", SMALL, &given) {
        Ok(complete) => Ok(complete[name].clone()),
        Err(problems) => {
            assert_eq!(problems.len(), 1, "{problems:?}");
            assert_eq!(problems[0].field, name);
            Err(format!("{} {}", problems[0].problem.as_str(), problems[0].message))
        }
    }
}

#[track_caller]
fn check(name: &str, value: Value, expected: Value) {
    assert_eq!(kept("primary-replica", name, &value), Ok(expected), "{name} {value}");
}

#[track_caller]
fn refuse(name: &str, value: Value, expected: &str) {
    let result = kept("primary-replica", name, &value);
    assert_eq!(result, Err(expected.to_owned()), "{name} {value}");
}

#[test]
fn a_form_comes_back_complete_and_in_one_spelling() {
    check("maxmemory", json!("65536kb"), json!("64mb"));
    check("maxmemory", json!("192mb"), json!("192mb"));
    check("maxmemory", Value::Null, json!("192mb"));
    check("hz", json!(500), json!(500));
    check("slowlog-log-slower-than", json!(-1), json!(-1));
    check("save", json!(""), json!(""));
    check("save", json!("3600 1 60 10000"), json!("3600 1 60 10000"));
    check("notify-keyspace-events", json!("KEA$"), json!("KEA$"));
    let complete = form::check(redis(), "primary-replica", "7.0", SMALL, &values(&[])).unwrap();
    assert_eq!(complete.len(), redis().parameters().len());
    assert_eq!(complete["appendonly"], json!(true));
    // What came back is fine as it is.
    let again = form::check(redis(), "primary-replica", "7.0", SMALL, &complete);
    assert_eq!(again, Ok(complete));
}

#[test]
fn out_of_range_is_refused_with_the_limit() {
    refuse("hz", json!(0), "out_of_range must be at least 1 Hz");
    refuse("hz", json!(501), "out_of_range must be at most 500 Hz");
    refuse("hz", json!(i64::MIN), "out_of_range must be at least 1 Hz");
    refuse("databases", json!(i64::MAX), "out_of_range must be at most 1024");
    refuse("maxmemory", json!("1mb"), "out_of_range must be at least 8mb");
    refuse("maxmemory", json!("193mb"), "out_of_range must be at most 192mb for this size");
    refuse("maxmemory", json!("2gb"), "out_of_range must be at most 192mb for this size");
    refuse("repl-backlog-size", json!("65mb"), "out_of_range must be at most 64mb for this size");
}

#[test]
fn another_type_is_refused() {
    refuse("hz", json!("10"), "wrong_type must be a whole number");
    refuse("hz", json!(10.0), "wrong_type must be a whole number");
    refuse("hz", json!(u64::MAX), "wrong_type must be a whole number");
    refuse("hz", json!([10]), "wrong_type must be a whole number");
    refuse("dynamic-hz", json!("yes"), "wrong_type must be true or false");
    refuse("dynamic-hz", json!(1), "wrong_type must be true or false");
    refuse("maxmemory", json!(67_108_864), "wrong_type must be a text such as 64mb");
    refuse("save", json!(false), "wrong_type must be a text");
    refuse("save", json!({}), "wrong_type must be a text");
}

#[test]
fn what_is_not_allowed_is_refused_with_what_is() {
    let bytes = "not_allowed must be a whole number with kb, mb or gb, such as 64mb";
    for text in ["64", "64MB", "-64mb", "64mb ", "64mb\n", "1e3mb", "99999999999999999999gb", ""] {
        refuse("maxmemory", json!(text), bytes);
    }
    refuse("appendfsync", json!("sometimes"), "not_allowed must be one of always, everysec, no");
    refuse("appendfsync", json!("Always"), "not_allowed must be one of always, everysec, no");
    let events = "not_allowed must be written like KEA or Ex";
    for text in ["Q", "KEA\n", "KEA\nrequirepass x", "KEA\" #", "KKKKKKKKKKKKKKKK"] {
        refuse("notify-keyspace-events", json!(text), events);
    }
    let save = "not_allowed must be written like 3600 1 300 100 60 10000";
    for text in ["3600", "0 1", "1  1", " 1 1", "1 1 1", "1 1\n", "a b"] {
        refuse("save", json!(text), save);
    }
}

#[test]
fn a_parameter_of_another_topology_is_refused() {
    let message = "not_allowed is not for this topology or software version";
    let result = kept("standalone", "min-replicas-to-write", &json!(1));
    assert_eq!(result, Err(message.to_owned()));
    let complete = form::check(redis(), "standalone", "7.0", SMALL, &values(&[])).unwrap();
    assert!(!complete.contains_key("min-replicas-to-write"));
}

#[test]
fn all_problems_come_at_once() {
    let given = values(&[
        ("hz", json!(0)),
        ("timeout", json!("a")),
        ("requirepass", json!("x")),
        ("appendfsync", json!("x")),
    ]);
    let problems = form::check(redis(), "standalone", "7.0", SMALL, &given).unwrap_err();
    let seen: Vec<_> = problems.iter().map(|it| (it.field.as_str(), it.problem)).collect();
    let expected = [
        ("requirepass", Refusal::Unknown),
        ("appendfsync", Refusal::NotAllowed),
        ("hz", Refusal::OutOfRange),
        ("timeout", Refusal::WrongType),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn wrong_choices_are_named_before_parameters() {
    let none = Size { memory_mib: 0, ..SMALL };
    let given = values(&[("hz", json!(0))]);
    let problems = form::check(redis(), "ring", "8.0", none, &given).unwrap_err();
    let seen: Vec<_> = problems.iter().map(|it| (it.field.as_str(), it.message.as_str())).collect();
    let expected = [
        ("topology", "must be one of standalone, primary-replica"),
        ("software_version", "must be one of 7.0"),
        ("size", "every part must be above 0"),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn a_size_too_small_for_a_default_is_refused_at_the_parameter() {
    let tiny = Size { memory_mib: 8, ..SMALL };
    let problems = form::check(redis(), "standalone", "7.0", tiny, &values(&[])).unwrap_err();
    assert_eq!(problems[0].field, "maxmemory");
    assert_eq!(problems[0].problem, Refusal::OutOfRange);
}

#[test]
fn a_parameter_without_default_has_to_be_given() {
    let gate = Package::from_files(gate()).unwrap();
    let problems = form::check(&gate, "many", "2", SMALL, &values(&[])).unwrap_err();
    assert_eq!((problems[0].field.as_str(), problems[0].problem), ("key", Refusal::Required));
    let given = values(&[("key", json!("s3cret")), ("fast", json!(true))]);
    let complete = form::check(&gate, "many", "2", SMALL, &given).unwrap();
    assert_eq!(complete["memory"], json!(128));
    let problems = form::check(&gate, "many", "1", SMALL, &given).unwrap_err();
    assert_eq!((problems[0].field.as_str(), problems[0].problem), ("fast", Refusal::NotAllowed));
}

#[test]
fn a_refusal_never_repeats_the_value() {
    let gate = Package::from_files(gate()).unwrap();
    let given = values(&[("key", json!("hunter2\n")), ("label", json!("hunter2hunter2"))]);
    let problems = form::check(&gate, "many", "2", SMALL, &given).unwrap_err();
    assert_eq!(problems.len(), 2);
    assert!(!format!("{problems:?}").contains("hunter2"));
}

#[test]
fn texts_of_a_command_line_are_read_by_type() {
    let read = |name: &str, text: &str| form::read_text(redis(), name, text);
    assert_eq!(read("hz", "20"), Ok(json!(20)));
    assert_eq!(read("dynamic-hz", "false"), Ok(json!(false)));
    assert_eq!(read("maxmemory", "64mb"), Ok(json!("64mb")));
    assert_eq!(read("hz", "many").unwrap_err().problem, Refusal::WrongType);
    assert_eq!(read("dynamic-hz", "yes").unwrap_err().problem, Refusal::WrongType);
    assert_eq!(read("shape", "round").unwrap_err().problem, Refusal::Unknown);
}

#[test]
fn the_schema_of_the_form_has_limits_and_defaults_of_the_size() {
    let schema = form::schema(redis(), "standalone", "7.0", SMALL).unwrap();
    let maxmemory = &schema["properties"]["maxmemory"];
    assert_eq!(maxmemory["default"], "192mb");
    assert_eq!(maxmemory["x-maximum"], "192mb");
    assert_eq!(maxmemory["x-minimum"], "8mb");
    assert_eq!(maxmemory["x-apply"], "hot");
    assert_eq!(maxmemory["x-maximum-of"], Value::Null);
    assert_eq!(maxmemory["x-title"]["zh"], "内存上限");
    assert!(schema["properties"].get("repl-timeout").is_none());
    assert_eq!(schema["x-groups"][0]["parameters"][0], "maxmemory");
    let titles = schema["x-groups"].as_array().unwrap().iter().map(|group| &group["title"]["en"]);
    assert!(titles.into_iter().all(|title| title != "Replication"));
    assert!(form::schema(redis(), "ring", "7.0", SMALL).is_none());
    assert!(form::schema(redis(), "standalone", "1", SMALL).is_none());
}

#[test]
fn the_schema_of_the_form_is_a_json_schema_that_takes_its_own_defaults() {
    let schema = form::schema(redis(), "primary-replica", "7.0", SMALL).unwrap();
    jsonschema::draft202012::meta::validate(&schema).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let complete = form::check(redis(), "primary-replica", "7.0", SMALL, &values(&[])).unwrap();
    assert!(validator.is_valid(&json!(complete)));
    assert!(!validator.is_valid(&json!({ "hz": 0 })));
    assert!(!validator.is_valid(&json!({ "maxmemory": "64MB" })));
    assert!(!validator.is_valid(&json!({ "shape": "round" })));
}
