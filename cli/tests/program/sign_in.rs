//! Links, tokens and where they go.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use super::plane::Plane;
use super::{Caller, Exit, Reply, say};

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
async fn the_token_is_not_sent_to_another_machine() {
    let plane = Plane::listen(|_| Reply::Lost).await;
    let caller = Caller::signed_in_at("https://plane.example.org");
    let ended = caller.run(&format!("whoami --address {}", plane.address)).await;
    assert_eq!(ended.exit, Exit::Usage);
    assert!(plane.heard().is_empty());
}
