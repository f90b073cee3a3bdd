//! The program as it is called: words in, text, files and exit codes out.

#[path = "program/asset.rs"]
mod asset;
#[path = "program/audit.rs"]
mod audit;
#[path = "program/impersonation.rs"]
mod impersonation;
#[path = "program/operation.rs"]
mod operation;
#[path = "program/people.rs"]
mod people;
#[path = "program/plane.rs"]
mod plane;
#[path = "program/sign_in.rs"]
mod sign_in;

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
async fn work_of_many_requests_waits_where_there_were_too_many() {
    let mut too_many = 2;
    let plane = Plane::listen(move |_| {
        if too_many > 0 {
            too_many -= 1;
            let body = json!({"error": {"code": "TOO_MANY", "message": "Slower."}});
            return Reply::Say(429, "retry-after: 0\r\n", body.to_string());
        }
        say(json!({"data": {"viewer": {"canInTenant": [], "tenant": null}}}))
    })
    .await;
    let ended = Caller::signed_in_at(&plane.address).run("structure export").await;
    assert!(ended.err.contains("only those who see the whole tenant"), "{}", ended.err);
    assert_eq!(plane.heard().len(), 3);
}

#[tokio::test]
async fn something_that_is_not_a_plane_is_named() {
    let plane = Plane::listen(|_| Reply::Say(200, "", "<html>welcome</html>".into())).await;
    let ended = Caller::signed_in_at(&plane.address).run("whoami").await;
    assert_eq!(ended.exit, Exit::Other);
    assert!(ended.err.contains("does not answer like a plane"), "{}", ended.err);
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

#[tokio::test]
async fn what_has_no_csv_form_does_nothing() {
    let plane = Plane::listen(|_| Reply::Lost).await;
    let caller = Caller::signed_in_at(&plane.address);
    let ended = caller.run("stop shop-cache --yes --output csv").await;
    assert_eq!(ended.exit, Exit::Usage, "{}", ended.err);
    assert!(plane.heard().is_empty(), "nothing was asked of the plane");
}
