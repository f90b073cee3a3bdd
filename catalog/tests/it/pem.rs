//! Certificates and keys that users give.

use std::process::Command;

use catalog::form::{self, Refusal};
use catalog::{Catalog, Package};
use serde_json::{Value, json};
use types::instant::Instant;

use crate::fixture::{SMALL, values};

/// A certificate with its key, made by openssl; it ends after so many days.
pub fn pair(kind: &str, days: &str) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let mut command = Command::new("openssl");
    command.args(["req", "-x509", "-nodes", "-subj", "/CN=localhost", "-days", days]);
    match kind {
        "ec" => command.args(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]),
        kind => command.args(["-newkey", kind]),
    };
    command.arg("-keyout").arg(file("key")).arg("-out").arg(file("certificate"));
    crate::real::run(&mut command);
    let read = |name: &str| std::fs::read_to_string(file(name)).unwrap();
    (read("certificate"), read("key"))
}

fn nginx() -> &'static Package {
    Catalog::embedded().find("nginx", "1.0.0").unwrap()
}

fn check(certificate: &str, key: &str) -> Result<form::Values, Vec<(String, Refusal)>> {
    let given = values(&[("tls-certificate", json!(certificate)), ("tls-key", json!(key))]);
    form::check(nginx(), "standalone", "1.22", SMALL, &given).map_err(|problems| {
        let told = format!("{problems:?}");
        let secret = key.lines().find(|line| line.len() > 20 && !line.starts_with('-'));
        assert!(secret.is_none_or(|line| !told.contains(line)), "{told}");
        problems.into_iter().map(|one| (one.field, one.problem)).collect()
    })
}

#[track_caller]
fn refused(certificate: &str, key: &str, field: &str, problem: Refusal) {
    assert_eq!(check(certificate, key), Err(vec![(field.to_owned(), problem)]));
}

#[test]
fn a_pair_that_fits_is_kept_in_one_spelling() {
    for kind in ["rsa:2048", "ec", "ed25519"] {
        let (certificate, key) = pair(kind, "30");
        let kept = check(&certificate, &key).unwrap();
        let windows = |text: &str| format!("\r\n{}\r\n\r\n", text.trim().replace('\n', "\r\n"));
        assert_eq!(check(&windows(&certificate), &windows(&key)).unwrap(), kept, "{kind}");
        assert_eq!(kept["tls-key"], json!(key));
        let chain = format!("{certificate}{}", pair("ec", "30").0);
        assert!(check(&chain, &key).is_ok(), "the server's own is first");
    }
    assert!(check("", "").is_ok());
}

#[test]
fn a_pair_that_does_not_fit_is_refused() {
    let ((certificate, key), (other, other_key)) = (pair("ec", "30"), pair("rsa:2048", "30"));
    refused(&certificate, &other_key, "tls-key", Refusal::NotAllowed);
    refused(&other, &key, "tls-key", Refusal::NotAllowed);
    refused(&format!("{other}{certificate}"), &key, "tls-key", Refusal::NotAllowed);
    refused(&certificate, "", "tls-key", Refusal::Required);
    refused("", &key, "tls-certificate", Refusal::Required);
}

#[test]
fn what_is_no_certificate_or_no_key_is_refused() {
    let (certificate, key) = pair("ec", "30");
    let encrypted = key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    for wrong in [
        "key",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        &encrypted,
        &certificate,
        &format!("{key}{key}"),
        &format!("{key}\nssl_certificate_key /etc/shadow;"),
        &format!("{certificate}{key}"),
    ] {
        refused(&certificate, wrong, "tls-key", Refusal::NotAllowed);
    }
    for wrong in [
        "certificate",
        &key,
        &format!("{certificate}{key}"),
        &format!("text before\n{certificate}"),
        &certificate.replacen('M', "N", 3),
        &format!("{certificate}-----BEGIN CERTIFICATE-----\n"),
        &certificate.repeat(200),
    ] {
        refused(wrong, &key, "tls-certificate", Refusal::NotAllowed);
    }
    let given = values(&[("tls-key", json!(["a"]))]);
    let problems = form::check(nginx(), "standalone", "1.22", SMALL, &given).unwrap_err();
    assert_eq!(problems[0].problem, Refusal::WrongType);
}

#[test]
fn the_end_of_a_certificate_is_told() {
    let (certificate, key) = pair("ec", "30");
    let kept = check(&certificate, &key).unwrap();
    let told = |at: i64| {
        let notes = form::notes(nginx(), &kept, Instant::from_seconds(at));
        assert_eq!((notes.len(), notes[0].parameter.as_str()), (1, "tls-certificate"));
        notes[0].message.en.clone()
    };
    let (from, to) = catalog::pem::validity(&certificate).unwrap();
    assert!(told(from.seconds() + 1).starts_with("The certificate ends at 2"));
    assert!(told(to.seconds()).starts_with("The certificate ended at 2"));
    assert!(told(from.seconds() - 1).starts_with("The certificate begins at 2"));
    let none = check("", "").unwrap();
    assert_eq!(form::notes(nginx(), &none, Instant::from_seconds(0)), []);
}

#[test]
fn secret_values_are_parted_from_what_may_be_seen() {
    let (certificate, key) = pair("ec", "30");
    let kept = check(&certificate, &key).unwrap();
    let (open, secrets) = form::part(nginx(), "ins_a", &kept);
    assert_eq!(secrets.keys().collect::<Vec<_>>(), ["tls-key"]);
    assert_eq!(open["tls-key"].as_str().unwrap().len(), 64);
    assert_eq!(form::part(nginx(), "ins_a", &kept).0, open, "the same each time");
    assert_ne!(form::part(nginx(), "ins_b", &kept).0, open);
    let none = check("", "").unwrap();
    assert_eq!(form::part(nginx(), "ins_a", &none).0["tls-key"], json!(""));
    let other: Value = json!(pair("ec", "30").1);
    let changed = values(&[("tls-key", other)]);
    let told = form::changes(nginx(), &kept, &kept.clone().into_iter().chain(changed).collect());
    assert_eq!(told.len(), 1);
    assert_eq!(
        (&told[0].before, &told[0].after),
        (&Some(json!("********")), &Some(json!("********")))
    );
}
