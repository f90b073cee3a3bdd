//! What runtimes are asked to do.

use std::collections::BTreeSet;

use catalog::recipe::{self, Command, Expect, InstanceRecipe, Question, RecipeError};
use catalog::{Package, form};
use proptest::prelude::*;
use serde_json::json;
use types::instance::InstanceSpec;
use types::secret::Secret;

use crate::fixture::{PASSWORD, gate, places, redis, specification, values};

fn render(spec: &InstanceSpec) -> InstanceRecipe {
    recipe::render(redis(), spec, &places(spec)).unwrap()
}

fn primary_replica() -> InstanceSpec {
    specification(redis(), "primary-replica", &values(&[("maxmemory", json!("64mb"))]))
}

fn command(question: &Question) -> &Command {
    let Question::Command(command) = question else { panic!("nothing is run: {question:?}") };
    command
}

fn names(words: &[&str]) -> BTreeSet<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn the_configuration_of_a_primary_and_its_replica_is_as_written_down() {
    let recipe = render(&primary_replica());
    let files: Vec<_> = recipe.members.iter().map(|member| &member.files[0]).collect();
    assert_eq!((files[0].path.as_str(), files[1].path.as_str()), ("redis.conf", "redis.conf"));
    assert_eq!(files[0].content.reveal(), include_str!("../golden/primary.conf"));
    assert_eq!(files[1].content.reveal(), include_str!("../golden/replica.conf"));
}

#[test]
fn a_recipe_says_what_is_run_and_asked() {
    let recipe = render(&primary_replica());
    assert_eq!(recipe.medium.debian_packages, ["redis-server", "redis-tools"]);
    assert_eq!(recipe.medium.version_prefix, "7.0.");
    let orders: Vec<_> = recipe.members.iter().map(|it| (it.start_order, &*it.role)).collect();
    assert_eq!(orders, [(0, "primary"), (1, "replica")]);
    let replica = &recipe.members[1];
    let argv = ["usr/bin/redis-server", "/var/lib/example/1/redis.conf"];
    assert_eq!(replica.process.argv, argv);
    let ping = ["usr/bin/redis-cli", "-h", "127.0.0.1", "-p", "20001", "PING"];
    assert_eq!(command(&replica.health.question).argv, ping);
    assert_eq!(replica.health.expect, Expect::FirstLine { text: "PONG".to_owned() });
    let environment = &command(&replica.health.question).environment;
    assert_eq!(environment["REDISCLI_AUTH"].reveal(), PASSWORD);
    let role = replica.role_probe.as_ref().unwrap();
    let words = [("master", "primary"), ("slave", "replica")];
    let words = words.map(|(word, role)| (word.to_owned(), role.to_owned())).into();
    assert_eq!(role.expect, Expect::Lookup { words });
}

#[test]
fn hot_parameters_go_by_one_command_without_a_shell() {
    let given = values(&[("lazyfree-lazy-expire", json!(true)), ("save", json!("60 1"))]);
    let spec = specification(redis(), "standalone", &given);
    let changed = names(&["lazyfree-lazy-expire", "save", "io-threads"]);
    let (places, member) = (places(&spec), spec.members[0].id);
    let commands = recipe::hot_changes(redis(), &spec, &changed, &places, member).unwrap();
    let words = "usr/bin/redis-cli -e -h 127.0.0.1 -p 20000 CONFIG SET lazyfree-lazy-expire yes";
    let mut argv: Vec<_> = words.split(' ').collect();
    argv.extend(["save", "60 1"]);
    assert_eq!(commands.len(), 1);
    assert_eq!(command(&commands[0].question).argv, argv);
    let environment = &command(&commands[0].question).environment;
    assert_eq!(environment["REDISCLI_AUTH"].reveal(), PASSWORD);
    let cold = names(&["io-threads"]);
    let commands = recipe::hot_changes(redis(), &spec, &cold, &places, member).unwrap();
    assert!(commands.is_empty());
}

#[test]
fn another_product_needs_no_other_code() {
    let package = Package::from_files(gate()).unwrap();
    let spec = specification(&package, "many", &values(&[("key", json!("k"))]));
    let recipe = recipe::render(&package, &spec, &places(&spec)).unwrap();
    assert_eq!(recipe.members.len(), 3);
    let argv = ["usr/sbin/gate", "-m", "128", "-c", "/var/lib/example/2/conf/gate.conf"];
    assert_eq!(recipe.members[2].process.argv, argv);
    assert_eq!(recipe.members[2].files[0].content.reveal(), "listen 127.0.0.1:20002;\nkey k;\n");
    assert!(recipe.members[2].role_probe.is_none());
    let (member, changed) = (spec.members[0].id, names(&["key", "label"]));
    let commands = recipe::hot_changes(&package, &spec, &changed, &places(&spec), member).unwrap();
    assert_eq!(command(&commands[0].question).argv, ["usr/sbin/gate", "--reload"]);
}

#[test]
fn a_secret_is_in_files_and_environments_only() {
    let spec = primary_replica();
    let recipe = render(&spec);
    let (changed, member) = (names(&["hz"]), spec.members[0].id);
    let hot = recipe::hot_changes(redis(), &spec, &changed, &places(&spec), member).unwrap();
    let seen = format!("{recipe:?}{hot:?}");
    assert!(!seen.contains(PASSWORD), "{seen}");
}

#[track_caller]
fn refuse(change: impl FnOnce(&mut InstanceSpec), code: &str, text: &str) {
    let mut spec = primary_replica();
    let places = places(&spec);
    change(&mut spec);
    let error = recipe::render(redis(), &spec, &places).unwrap_err();
    assert_eq!((error.code(), error.to_string().as_str()), (code, text));
    let (changed, member) = (names(&["hz"]), spec.members[0].id);
    let hot = recipe::hot_changes(redis(), &spec, &changed, &places, member);
    assert_eq!(hot, Err(error));
}

#[test]
fn a_specification_that_does_not_fit_is_refused() {
    let lacks = "PACKAGE_LACKS";
    refuse(
        |spec| spec.package.digest = "0".repeat(64),
        "PACKAGE_DIFFERS",
        "the specification is for package redis 1.0.0, not for this one",
    );
    refuse(|spec| spec.topology = "ring".into(), lacks, "the package has no topology `ring`");
    refuse(|spec| spec.members[1].role = "king".into(), lacks, "the package has no role `king`");
    refuse(
        |spec| _ = spec.parameters.insert("requirepass".into(), json!("")),
        lacks,
        "the package has no parameter `requirepass`",
    );
    refuse(
        |spec| _ = spec.parameters.insert("hz 10\nrequirepass".into(), json!("")),
        lacks,
        "the package has no parameter `hz 10\nrequirepass`",
    );
    refuse(|spec| spec.secrets.clear(), "SECRET_MISSING", "secret `password` is missing");
    refuse(
        |spec| spec.members[1].id = types::id::MemberId::from(uuid::Uuid::max()),
        "PLACE_MISSING",
        "member mbr_vvvvvvvvvvvvvvvvvvvvvvvvvs has no place",
    );
}

#[test]
fn an_unknown_software_version_or_member_is_refused() {
    let mut spec = specification(redis(), "standalone", &values(&[]));
    let places = places(&spec);
    let (changed, stranger) = (names(&["hz"]), types::id::MemberId::from(uuid::Uuid::max()));
    let error = recipe::hot_changes(redis(), &spec, &changed, &places, stranger).unwrap_err();
    assert_eq!(error.code(), "PACKAGE_LACKS");
    spec.software_version = "6.0".into();
    let error = recipe::render(redis(), &spec, &places).unwrap_err();
    assert_eq!(error.code(), "PACKAGE_LACKS");
    assert!(recipe::medium(redis(), "6.0").is_err());
}

#[test]
fn a_value_that_cannot_be_written_is_refused_without_being_shown() {
    let mut spec = specification(redis(), "standalone", &values(&[]));
    spec.parameters.insert("hz".into(), json!(["hunter2"]));
    let error = recipe::render(redis(), &spec, &places(&spec)).unwrap_err();
    assert!(matches!(error, RecipeError::Template(_)));
    let text = error.to_string();
    assert!(text.starts_with("templates/redis.conf.j2:"), "{text}");
    assert!(!format!("{error:?}").contains("hunter2"));
}

/// Reads a line of `redis.conf` into words as Redis' `sdssplitargs` does.
fn words(line: &str) -> Vec<Vec<u8>> {
    let (bytes, mut words, mut at) = (line.as_bytes(), Vec::new(), 0);
    while at < bytes.len() {
        let mut word = Vec::new();
        if bytes[at] != b'"' {
            let end = bytes[at..].iter().position(|byte| *byte == b' ');
            let end = end.map_or(bytes.len(), |length| at + length);
            assert!(!bytes[at..end].iter().any(|byte| b"\"'\\".contains(byte)), "{line}");
            word.extend(&bytes[at..end]);
            words.push(word);
            at = end + 1;
            continue;
        }
        at += 1;
        while bytes[at] != b'"' {
            match (bytes[at], bytes.get(at + 1)) {
                (b'\\', Some(b'x')) => {
                    word.push(u8::from_str_radix(&line[at + 2..at + 4], 16).unwrap());
                    at += 4;
                }
                (b'\\', Some(escaped)) => {
                    let plain = [(b'n', b'\n'), (b'r', b'\r'), (b't', b'\t')];
                    let plain = plain.iter().find(|(letter, _)| letter == escaped);
                    word.push(plain.map_or(*escaped, |(_, byte)| *byte));
                    at += 2;
                }
                (byte, _) => {
                    word.push(byte);
                    at += 1;
                }
            }
        }
        assert!(bytes.get(at + 1).is_none_or(|byte| *byte == b' '), "{line}");
        words.push(word);
        at += 2;
    }
    words
}

proptest! {
    /// Neither a parameter nor a secret can add a directive, whatever is in it.
    #[test]
    fn no_value_can_leave_its_line(
        value in "(?s)[\"'\\\\#\r\n\t\0 a]{0,12}|.{0,12}",
        password in "[\"'\\\\# a]{1,12}|\\PC{1,12}",
    ) {
        let mut spec = specification(redis(), "standalone", &values(&[]));
        let lines = render(&spec).members[0].files[0].content.reveal().lines().count();
        spec.parameters.insert("save".into(), json!(value));
        spec.secrets.insert("password".into(), Secret::new(password.clone()));
        let recipe = render(&spec);
        let text = recipe.members[0].files[0].content.reveal();
        prop_assert_eq!(text.split('\n').count(), lines + 1);
        prop_assert!(!text.contains('\r') && !text.contains('\0'));
        let found = |name: &str| {
            let line = text.split('\n').find(|line| line.starts_with(name)).unwrap();
            words(line)
        };
        prop_assert_eq!(found("save "), [b"save".to_vec(), value.into_bytes()]);
        prop_assert_eq!(found("requirepass "), [b"requirepass".to_vec(), password.into_bytes()]);
    }

    /// Whatever is asked for, a form answers; and what it accepts stays accepted.
    #[test]
    fn a_form_takes_any_text(name in "[a-z-]{1,12}|save|maxmemory|hz", text in "(?s).{0,20}") {
        let given = values(&[(&name, json!(text))]);
        let size = crate::fixture::SMALL;
        if let Ok(complete) = form::check(redis(), "standalone", "7.0", size, &given) {
            let again = form::check(redis(), "standalone", "7.0", size, &complete);
            prop_assert_eq!(again, Ok(complete));
        }
    }
}
