//! Every message ever written down goes on parsing, and nothing of it is lost.

use std::collections::BTreeSet;
use std::path::Path;

use cell_agent_protocol::desired::{DesiredAnswer, DesiredRequest};
use cell_agent_protocol::enrol::{Challenge, EnrolRequest, Identity, JoinToken, RenewRequest};
use cell_agent_protocol::error::{AgentError, AgentErrorCode};
use cell_agent_protocol::observed::{ObservedAnswer, ObservedRequest};
use cell_agent_protocol::session::{OpenSession, Session};
use cell_agent_protocol::usage::{UsageAnswer, UsageRecord, UsageRequest};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

type Round = fn(&str) -> serde_json::Result<Value>;

/// What a file's name begins with, and the message it holds. Longer names first.
const MESSAGES: &[(&str, Round)] = &[
    ("challenge", round::<Challenge>),
    ("desired-answer", round::<DesiredAnswer>),
    ("desired-request", round::<DesiredRequest>),
    ("enrol-request", round::<EnrolRequest>),
    ("error", round::<AgentError>),
    ("identity", round::<Identity>),
    ("join-token", round::<JoinToken>),
    ("observed-answer", round::<ObservedAnswer>),
    ("observed-request", round::<ObservedRequest>),
    ("open-session", round::<OpenSession>),
    ("renew-request", round::<RenewRequest>),
    ("session", round::<Session>),
    ("usage-answer", round::<UsageAnswer>),
    ("usage-record", round::<UsageRecord>),
    ("usage-request", round::<UsageRequest>),
];

fn round<M: Serialize + DeserializeOwned>(text: &str) -> serde_json::Result<Value> {
    serde_json::to_value(serde_json::from_str::<M>(text)?)
}

fn golden() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    std::fs::read_dir(folder)
        .expect("the folder of golden messages")
        .map(|entry| entry.expect("an entry").path())
        .map(|path| {
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).expect("a readable message"))
        })
        .collect()
}

fn message(name: &str) -> Option<&'static (&'static str, Round)> {
    MESSAGES.iter().find(|(prefix, _)| {
        name.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    })
}

#[test]
fn every_golden_message_parses_and_is_written_the_same_again() {
    for (name, text) in golden() {
        let (_, round) = message(&name).unwrap_or_else(|| panic!("{name} is no message"));
        let again = round(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let written: Value = serde_json::from_str(&text).expect("JSON");
        // A field that was added later is absent from an old file; what the file says must stay.
        assert_holds(&name, &again, &written);
    }
}

fn assert_holds(path: &str, again: &Value, written: &Value) {
    match (again, written) {
        (Value::Object(again), Value::Object(written)) => {
            for (key, value) in written {
                let found = again.get(key).unwrap_or(&Value::Null);
                assert_holds(&format!("{path}.{key}"), found, value);
            }
        }
        (Value::Array(again), Value::Array(written)) => {
            assert_eq!(again.len(), written.len(), "{path}");
            for (index, (again, written)) in again.iter().zip(written).enumerate() {
                assert_holds(&format!("{path}[{index}]"), again, written);
            }
        }
        _ => assert_eq!(again, written, "{path}"),
    }
}

#[test]
fn every_message_has_a_golden_file() {
    let held: BTreeSet<_> =
        golden().iter().filter_map(|(name, _)| message(name).map(|(prefix, _)| *prefix)).collect();
    let all: BTreeSet<_> = MESSAGES.iter().map(|(prefix, _)| *prefix).collect();
    assert_eq!(held, all);
}

#[test]
fn every_refusal_has_a_golden_file() {
    let held: BTreeSet<_> = golden()
        .iter()
        .filter(|(name, _)| name.starts_with("error-"))
        .map(|(_, text)| serde_json::from_str::<AgentError>(text).expect("a refusal").code)
        .collect();
    assert_eq!(held, AgentErrorCode::ALL.iter().copied().collect());
}

#[test]
fn what_a_newer_sender_adds_is_ignored() {
    let answer = r#"{"settled":[],"added_later":{"deep":1}}"#;
    assert_eq!(
        serde_json::from_str::<ObservedAnswer>(answer).expect("an answer").settled,
        Vec::new()
    );
}
