//! The program as it is called: words in, text, files and exit codes out.

#[path = "program/audit.rs"]
mod audit;
#[path = "program/people.rs"]
mod people;
#[path = "program/plane.rs"]
mod plane;

use std::io::Write;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cli::{Environment, Exit, Machine, Terminal};
use plane::{Plane, Reply};
use serde_json::{Value, json};
use types::clock::ManualClock;
use types::id::SystemIds;
use types::instant::Instant;

/// A folder for the session's file, and a caller.
struct Caller {
    home: tempfile::TempDir,
}

/// How a call ended.
struct Ended {
    exit: Exit,
    out: String,
    err: String,
}

impl Caller {
    fn new() -> Self {
        Self { home: tempfile::tempdir().expect("a folder") }
    }

    fn signed_in_at(address: &str) -> Self {
        let caller = Self::new();
        let file = caller.file();
        std::fs::create_dir_all(file.parent().expect("in a folder")).expect("made");
        std::fs::write(&file, format!("address = \"{address}\"\ntoken = \"cps_word\"\n"))
            .expect("written");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).expect("changed");
        caller
    }

    fn file(&self) -> PathBuf {
        self.home.path().join("cellplane/config.toml")
    }

    /// Runs a line while the clock turns by itself.
    async fn run(&self, line: &str) -> Ended {
        let (out, err) = (Arc::<Mutex<Vec<u8>>>::default(), Arc::<Mutex<Vec<u8>>>::default());
        let clock = ManualClock::at(Instant::from_seconds(1_800_000_000));
        let machine = Machine {
            terminal: Terminal::captured(writer(&out), writer(&err)),
            clock: Arc::new(clock.clone()),
            ids: Arc::new(SystemIds),
            environment: Environment {
                config_home: Some(self.home.path().to_owned()),
                no_colour: true,
                token: None,
            },
        };
        let words: Vec<String> =
            std::iter::once("cellplane").chain(line.split(' ')).map(str::to_owned).collect();
        let turn = async {
            loop {
                clock.advance(Duration::from_micros(100));
                tokio::task::yield_now().await;
            }
        };
        let exit = tokio::select! {
            exit = cli::run(words, machine) => exit,
            () = turn => unreachable!("the clock turns for ever"),
        };
        let text = |bytes: &Mutex<Vec<u8>>| {
            String::from_utf8(bytes.lock().expect("no panic before").clone()).expect("text")
        };
        Ended { exit, out: text(&out), err: text(&err) }
    }
}

fn writer(bytes: &Arc<Mutex<Vec<u8>>>) -> Arc<Mutex<dyn Write + Send>> {
    Arc::clone(bytes) as Arc<Mutex<dyn Write + Send>>
}

fn say(body: Value) -> Reply {
    Reply::Say(200, "content-type: application/json\r\n", body.to_string())
}

fn summary() -> Value {
    json!({
        "id": "ins_1", "name": "shop-cache", "project": {"id": "prj_1", "name": "platform-dev"},
        "package": "redis", "softwareVersion": "7.0", "topology": "standalone",
        "plan": {"id": "pln_1", "name": "small"}, "wish": "RUNNING", "state": "RUNNING",
        "unknownSince": null, "createdAt": "2026-11-21T22:11:20.123456Z",
        "members": [{"name": "shop-cache-0"}],
    })
}

fn accepted(root: &str) -> Value {
    json!({"data": {root: {
        "instance": {
            "id": "ins_1", "name": "shop-cache", "project": {"id": "prj_1", "name": "platform-dev"},
        },
        "operation": operation("PENDING"),
    }}})
}

fn operation(state: &str) -> Value {
    json!({
        "id": "op_1", "kind": "STOP", "state": state,
        "instance": {"id": "ins_1", "name": "shop-cache"},
        "createdAt": "2026-11-21T22:11:20.123456Z", "createdBy": "dora", "startedAt": null,
        "endedAt": null, "deadline": "2026-11-21T23:11:20.123456Z",
        "steps": [
            {"ordinal": 0, "name": "stop-member", "member": "mbr_0", "memberName": "shop-cache-0", "state": state,
             "startedAt": null, "endedAt": null},
        ],
        "problem": if state == "FAILED" {
            json!({"code": "DEADLINE", "message": "the member did not stop"})
        } else {
            Value::Null
        },
        "log": [line(1)],
    })
}

fn line(number: i64) -> Value {
    json!({"number": number, "step": 0, "at": "2026-11-21T22:11:21.000000Z", "text": "stopping"})
}

fn without_log(mut operation: Value) -> Value {
    operation.as_object_mut().expect("an object").remove("log");
    operation
}

fn refused(code: &str) -> Value {
    json!({"data": null, "errors": [{"message": "No.", "extensions": {"code": code}}]})
}

#[tokio::test]
async fn a_stranger_is_told_to_sign_in() {
    let ended = Caller::new().run("get instances").await;
    assert_eq!(ended.exit, Exit::Unauthenticated);
    assert!(ended.err.contains("cellplane sign-in"), "{}", ended.err);
    assert_eq!(ended.out, "");
}

#[tokio::test]
async fn a_wrong_line_is_a_usage_error_in_the_form_that_was_asked_for() {
    let ended = Caller::new().run("get nothing").await;
    assert_eq!(ended.exit, Exit::Usage);
    let ended = Caller::new().run("get nothing --output json").await;
    let error: Value = serde_json::from_str(&ended.err).expect("JSON");
    assert_eq!(error["error"]["exitCode"], 2);
    assert_eq!(ended.exit, Exit::Usage);
}

#[tokio::test]
async fn help_and_completion_need_no_plane() {
    let help = Caller::new().run("--help").await;
    assert_eq!(help.exit, Exit::Ok);
    assert!(help.out.contains("Exit codes:") && help.out.contains("Examples:"), "{}", help.out);
    for shell in ["bash", "zsh", "fish"] {
        let ended = Caller::new().run(&format!("completion {shell}")).await;
        assert_eq!(ended.exit, Exit::Ok);
        assert!(ended.out.contains("sign-in"), "{shell}");
    }
}

#[tokio::test]
async fn a_link_becomes_a_token_in_a_file_of_its_owner() {
    let plane = Plane::listen(|_| {
        say(json!({"token": "cps_made", "expiresAt": "2026-11-22T22:11:20.000000Z",
                   "name": "dora", "title": "Dora", "address": "http://elsewhere"}))
    })
    .await;
    let caller = Caller::new();
    let ended = caller.run(&format!("sign-in {}/sign-in#abc", plane.address)).await;
    assert_eq!(ended.exit, Exit::Ok, "{}", ended.err);
    assert!(!format!("{}{}", ended.out, ended.err).contains("cps_made"));
    let file = std::fs::metadata(caller.file()).expect("there");
    assert_eq!(file.permissions().mode() & 0o777, 0o600);
    assert_eq!(plane.heard()[0].body, json!({"code": "abc", "client": "command-line"}));
    let text = std::fs::read_to_string(caller.file()).expect("readable");
    assert!(text.contains("cps_made") && text.contains(&plane.address), "{text}");
}

fn token() -> Value {
    json!({
        "id": "tok_1", "name": "ci", "createdBy": "dora",
        "createdAt": "2026-11-21T22:11:20.123456Z", "expiresAt": "2026-12-21T22:11:20.123456Z",
        "revokedAt": null, "previousUntil": null, "lastUsedAt": null, "lastAddress": null,
        "addresses": [], "actions": ["VIEW", "ORDER"], "within": null,
    })
}

#[tokio::test]
async fn a_secret_goes_to_a_new_file_of_its_owner_and_a_program_shows_it_from_there() {
    let plane = Plane::listen(|request| match request.operation() {
        "CreateToken" => {
            say(json!({"data": {"createToken": {"token": token(), "secret": "cpt_made"}}}))
        }
        _ => say(json!({"data": {"tokens": {
            "nodes": [token()], "pageInfo": {"hasNextPage": false, "endCursor": null},
        }}})),
    })
    .await;
    let caller = Caller::signed_in_at(&plane.address);
    let file = caller.home.path().join("ci.token");
    let line = format!("token create ci --action order --secret-file {}", file.display());
    let ended = caller.run(&line).await;
    assert_eq!(ended.exit, Exit::Ok, "{}", ended.err);
    assert!(!format!("{}{}", ended.out, ended.err).contains("cpt_made"));
    assert_eq!(std::fs::read_to_string(&file).expect("there"), "cpt_made\n");
    let mode = std::fs::metadata(&file).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let input = &plane.heard()[0].body["variables"]["input"];
    assert_eq!((&input["actions"], &input["name"]), (&json!(["ORDER"]), &json!("ci")));

    let program = Caller::new();
    let line = format!("--token-file {} token list", file.display());
    assert_eq!(program.run(&line).await.exit, Exit::Usage, "a token alone has no address");
    let ended = program.run(&format!("{line} --address {}", plane.address)).await;
    assert_eq!(ended.exit, Exit::Ok, "{}", ended.err);
    assert!(ended.out.contains("view, order"), "{}", ended.out);
    assert!(plane.heard()[1].head.contains("authorization: bearer cpt_made"));
}

#[tokio::test]
async fn a_one_time_code_is_sent_once() {
    let plane = Plane::listen(|_| Reply::Lost).await;
    let ended = Caller::new().run(&format!("sign-in {}/sign-in#abc", plane.address)).await;
    assert_eq!(ended.exit, Exit::Unavailable);
    assert_eq!(plane.heard().len(), 1);
}

#[tokio::test]
async fn a_mutation_whose_answer_was_lost_is_sent_again_with_the_same_key() {
    let mut losses = 2;
    let plane = Plane::listen(move |request| match request.operation() {
        "InstanceSummary" => say(json!({"data": {"instance": summary()}})),
        _ if losses > 0 => {
            losses -= 1;
            Reply::Lost
        }
        _ => say(accepted("stopInstance")),
    })
    .await;
    let caller = Caller::signed_in_at(&plane.address);
    let ended = caller.run("stop shop-cache --yes --no-wait --output json").await;
    assert_eq!(ended.exit, Exit::Ok, "{}", ended.err);
    let answer: Value = serde_json::from_str(&ended.out).expect("JSON");
    assert_eq!(answer["operation"]["id"], "op_1");
    let heard = plane.heard();
    assert!(heard.iter().all(|request| request.head.contains("authorization: bearer cps_word")));
    let keys: Vec<_> = heard
        .iter()
        .filter(|request| request.operation() == "StopInstance")
        .map(|request| request.body["variables"]["input"]["idempotencyKey"].clone())
        .collect();
    assert_eq!(keys.len(), 3);
    assert!(keys[0].is_string() && keys.iter().all(|key| *key == keys[0]), "{keys:?}");
}

#[tokio::test]
async fn a_plane_that_never_answers_is_unavailable() {
    let plane = Plane::listen(|_| Reply::Lost).await;
    let ended = Caller::signed_in_at(&plane.address).run("whoami").await;
    assert_eq!(ended.exit, Exit::Unavailable);
    assert_eq!(plane.heard().len(), 3);
}

#[tokio::test]
async fn refusals_end_with_their_numbers() {
    for (code, expected) in [
        ("UNAUTHENTICATED", Exit::Unauthenticated),
        ("NOT_FOUND", Exit::ForbiddenOrMissing),
        ("CONFLICT", Exit::Refused),
        ("TOO_MANY", Exit::Unavailable),
        ("INTERNAL", Exit::Other),
    ] {
        let plane = Plane::listen(move |_| say(refused(code))).await;
        let ended = Caller::signed_in_at(&plane.address).run("whoami --output json").await;
        assert_eq!(ended.exit, expected, "{code}");
        let error: Value = serde_json::from_str(&ended.err).expect("JSON");
        assert_eq!(error["error"]["code"], code);
    }
}

#[tokio::test]
async fn an_error_outside_graphql_keeps_its_code_and_wait() {
    let plane = Plane::listen(|_| {
        let body =
            json!({"error": {"code": "TOO_MANY", "message": "Slower.", "requestId": "req_1"}});
        Reply::Say(429, "retry-after: 7\r\n", body.to_string())
    })
    .await;
    let ended = Caller::signed_in_at(&plane.address).run("whoami").await;
    assert_eq!(ended.exit, Exit::Unavailable);
    assert!(ended.err.contains("Try again in 7 s"), "{}", ended.err);
}

#[tokio::test]
async fn something_that_is_not_a_plane_is_named() {
    let plane = Plane::listen(|_| Reply::Say(200, "", "<html>welcome</html>".into())).await;
    let ended = Caller::signed_in_at(&plane.address).run("whoami").await;
    assert_eq!(ended.exit, Exit::Other);
    assert!(ended.err.contains("does not answer like a plane"), "{}", ended.err);
}

#[tokio::test]
async fn the_token_is_not_sent_to_another_machine() {
    let plane = Plane::listen(|_| Reply::Lost).await;
    let caller = Caller::signed_in_at("https://plane.example.org");
    let ended = caller.run(&format!("whoami --address {}", plane.address)).await;
    assert_eq!(ended.exit, Exit::Usage);
    assert!(plane.heard().is_empty());
}

#[tokio::test]
async fn nothing_is_stopped_or_deleted_without_a_yes() {
    let plane = Plane::listen(|_| say(json!({"data": {"instance": summary()}}))).await;
    let caller = Caller::signed_in_at(&plane.address);
    for (line, expected) in [
        ("stop shop-cache", "--yes"),
        ("delete shop-cache", "--confirm-name"),
        ("delete shop-cache --yes --confirm-name shop-cash", "nothing was deleted"),
    ] {
        let ended = caller.run(line).await;
        assert_eq!(ended.exit, Exit::Usage, "{line}");
        assert!(ended.err.contains(expected), "{}", ended.err);
    }
    assert!(plane.heard().iter().all(|request| request.operation() == "InstanceSummary"));
}

#[tokio::test]
async fn an_operation_is_asked_for_where_it_cannot_be_pushed() {
    let mut asked = 0;
    let plane = Plane::listen(move |request| match request.operation() {
        "InstanceSummary" => say(json!({"data": {"instance": summary()}})),
        "StopInstance" => say(accepted("stopInstance")),
        _ => {
            asked += 1;
            let state = if asked < 3 { "RUNNING" } else { "FAILED" };
            say(json!({"data": {"operation": operation(state)}}))
        }
    })
    .await;
    let ended = Caller::signed_in_at(&plane.address).run("stop shop-cache --yes").await;
    assert_eq!(ended.exit, Exit::OperationFailed, "{}", ended.err);
    assert!(ended.err.contains("failed   stop member (shop-cache-0)"), "{}", ended.err);
    assert!(ended.err.contains("DEADLINE") && ended.err.contains("cellplane logs op_1"));
}

#[tokio::test]
async fn a_log_is_shown_once_per_line() {
    let mut asked = 0;
    let plane = Plane::listen(move |_| {
        asked += 1;
        let state = if asked < 3 { "RUNNING" } else { "SUCCEEDED" };
        say(json!({"data": {"operation": operation(state)}}))
    })
    .await;
    let ended = Caller::signed_in_at(&plane.address).run("logs op_1 --follow").await;
    assert_eq!(ended.exit, Exit::Ok, "{}", ended.err);
    assert_eq!(ended.out, "2026-11-21 22:11:21 UTC  stop member (shop-cache-0): stopping\n");
}

#[tokio::test]
async fn a_lost_socket_is_noticed_and_no_line_is_missed_or_doubled() {
    let progress = |numbers: &[i64]| {
        let lines: Vec<Value> = numbers.iter().map(|number| line(*number)).collect();
        json!({"operationProgress": {"operation": without_log(operation("RUNNING")), "lines": lines}})
    };
    let pushed = vec![progress(&[2]), progress(&[2, 3])];
    let mut asked = 0;
    let plane = Plane::listen_and_push(pushed, move |request| {
        asked += 1;
        let state = if asked < 2 { "RUNNING" } else { "SUCCEEDED" };
        let after = request.body["variables"]["afterLine"].as_i64().unwrap_or(0);
        let there = if asked < 2 { 1 } else { 4 };
        let mut operation = operation(state);
        operation["log"] = (after + 1..=there).map(line).collect();
        say(json!({"data": {"operation": operation}}))
    })
    .await;
    let caller = Caller::signed_in_at(&plane.address);
    let ended = caller.run("logs op_1 --follow --output json").await;
    assert_eq!(ended.exit, Exit::Ok, "{}", ended.err);
    let told = ended.out.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let numbers: Vec<i64> = told.filter_map(|one| one["line"]["number"].as_i64()).collect();
    assert_eq!(numbers, [1, 2, 3, 4]);
    let asked: Vec<Value> =
        plane.heard().iter().map(|one| one.body["variables"]["afterLine"].clone()).collect();
    assert_eq!(asked, [json!(null), json!(3)], "two lines were pushed and not asked for");
}

#[tokio::test]
async fn pages_are_fetched_until_the_limit_and_a_cut_is_told() {
    let plane = Plane::listen(|request| {
        let after = request.body["variables"]["after"].as_str().unwrap_or("0").to_owned();
        let next: u32 = after.parse().unwrap_or(0) + 1;
        say(json!({"data": {"instances": {
            "nodes": [summary()],
            "pageInfo": {"hasNextPage": true, "endCursor": next.to_string()},
        }}}))
    })
    .await;
    let caller = Caller::signed_in_at(&plane.address);
    let ended = caller.run("get instances --limit 3 --output json").await;
    let list: Value = serde_json::from_str(&ended.out).expect("JSON");
    assert_eq!(list["items"].as_array().map(Vec::len), Some(3));
    assert_eq!(list["complete"], false);
    assert_eq!(ended.err, "", "the error output is kept for errors");
    let ended = caller.run("get instances --limit 3").await;
    assert!(ended.err.contains("--limit"), "{}", ended.err);
}

fn asset(name: &str) -> Value {
    json!({
        "member": "mbr_1", "name": format!("{name}-0"), "instance": "ins_1", "instanceName": name,
        "project": "prj_1", "projectName": "=SUM(A1:A9)", "organization": "org_1",
        "path": ["acme", "rnd"], "package": "redis", "packageVersion": "1.0.0",
        "softwareVersion": "7.0", "installedVersion": null, "plan": {"id": "pln_1", "name": "small"},
        "size": {"millivcpu": 500, "memoryMib": 256, "storageMib": 1024}, "role": "primary",
        "cell": "north", "endpoint": {"host": "10.0.0.7", "port": 7000}, "state": "RUNNING",
        "since": "2026-11-20T11:00:00.000000Z", "unknownSince": null,
    })
}

#[tokio::test]
async fn all_pages_of_a_register_tell_of_the_instant_of_the_first() {
    let plane = Plane::listen(|request| {
        let is_first = request.body["variables"]["after"].is_null();
        let (name, next) = if is_first { ("shop", json!("1")) } else { ("cart", Value::Null) };
        say(json!({"data": {"assetRegister": {
            "at": "2026-11-20T12:00:00.000000Z",
            "assets": {
                "nodes": [asset(name)],
                "pageInfo": {"hasNextPage": is_first, "endCursor": next},
            },
        }}}))
    })
    .await;
    let caller = Caller::signed_in_at(&plane.address);
    let ended = caller.run("get assets --output json").await;
    let list: Value = serde_json::from_str(&ended.out).expect("JSON");
    assert_eq!(
        (&list["at"], &list["complete"]),
        (&json!("2026-11-20T12:00:00.000000Z"), &json!(true))
    );
    let asked: Vec<Value> =
        plane.heard().iter().map(|request| request.body["variables"]["at"].clone()).collect();
    assert_eq!(asked, [Value::Null, json!("2026-11-20T12:00:00.000000Z")]);
    let ended = caller.run("get assets --output csv").await;
    let lines: Vec<&str> = ended.out.lines().collect();
    assert_eq!(lines.len(), 3, "{}", ended.out);
    assert!(
        lines[0].starts_with("at,organization_path,organization,project_name,"),
        "{}",
        lines[0]
    );
    assert!(lines[1].contains(",acme/rnd,org_1,'=SUM(A1:A9),prj_1,shop,"), "{}", lines[1]);
    let cut = caller.run("get assets --output csv --limit 1").await;
    assert_eq!((cut.exit, cut.out.as_str()), (Exit::Usage, ""), "{}", cut.err);
    let shown = caller.run("get assets").await;
    assert!(shown.out.contains("acme/rnd") && shown.out.contains("10.0.0.7:7000"), "{}", shown.out);
}

#[tokio::test]
async fn what_has_no_csv_form_does_nothing() {
    let plane = Plane::listen(|_| Reply::Lost).await;
    let caller = Caller::signed_in_at(&plane.address);
    let ended = caller.run("stop shop-cache --yes --output csv").await;
    assert_eq!(ended.exit, Exit::Usage, "{}", ended.err);
    assert!(plane.heard().is_empty(), "nothing was asked of the plane");
}
