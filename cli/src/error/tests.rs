//! What people and programs read of a refusal.

use super::*;

fn invalid() -> Error {
    let details = json!({
        "field": "parameters.maxmemory",
        "problem": "too_small",
        "problems": [
            {"field": "parameters.maxmemory", "problem": "too_small", "message": "at least 1mb"},
            {"field": "name", "problem": "taken", "message": "this name is taken"},
        ],
    });
    let Value::Object(details) = details else { unreachable!("written as an object above") };
    Error::Refused(Refusal {
        code: "INVALID".into(),
        message: "Two fields are wrong.".into(),
        details,
        flags: &[],
    })
    .at_flags(&[("parameters.", "--set "), ("name", "--name")])
}

#[test]
fn people_read_each_problem_at_its_flag() {
    assert_eq!(
        invalid().for_people(),
        "error: Two fields are wrong.\n  --set maxmemory: at least 1mb\n  \
         --name: this name is taken\n  code: INVALID\n"
    );
}

#[test]
fn programs_read_field_and_flag() {
    let error = invalid().for_programs();
    assert_eq!(error["error"]["code"], "INVALID");
    assert_eq!(error["error"]["exitCode"], 5);
    assert_eq!(error["error"]["problems"][0]["field"], "parameters.maxmemory");
    assert_eq!(error["error"]["problems"][0]["flag"], "--set maxmemory");
}

#[test]
fn a_limit_is_told_with_its_numbers() {
    let Value::Object(details) = json!({"limit": 20, "used": 19, "at": "licence"}) else {
        unreachable!("written as an object above")
    };
    let refusal = Refusal {
        code: "LIMIT_REACHED".into(),
        message: "The licence is used up.".into(),
        details,
        flags: &[],
    };
    assert_eq!(
        Error::Refused(refusal).for_people(),
        "error: The licence is used up.\n  code: LIMIT_REACHED\n  19 of 20 are used at licence.\n"
    );
}

#[test]
fn a_failed_operation_names_the_way_to_its_log() {
    let error = Error::OperationFailed {
        operation: "op_1".into(),
        verb: "failed",
        code: "DEADLINE".into(),
        message: "member 0 did not answer".into(),
    };
    assert_eq!(error.exit().number(), 7);
    assert!(error.for_people().contains("cellplane logs op_1"));
}

#[test]
fn a_cause_is_told_once() {
    let cause: Box<dyn std::error::Error + Send + Sync> = "connection refused".into();
    let error = Error::Unreachable { address: "http://127.0.0.1:1".into(), source: cause };
    assert_eq!(error.exit().number(), 6);
    assert!(
        error
            .for_people()
            .starts_with("error: http://127.0.0.1:1 does not answer: connection refused\n")
    );
}
