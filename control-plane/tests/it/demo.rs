//! The demo and the commands beside a running plane.

use control_plane::command::{Console, demo, sign_in};
use control_plane::home::Home;
use control_plane::wiring::Server;
use serde_json::{Value, json};
use types::clock::ManualClock;
use types::random::SystemRandom;

use crate::support::{browser, config, parts};

#[tokio::test]
async fn the_demo_is_made_once_and_its_users_can_sign_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = Home::open(folder.path()).expect("a home");
    demo::prepare(&home, &SystemRandom).expect("a key");
    let clock = ManualClock::at("2026-03-01T00:00:00Z".parse().expect("an instant"));
    let plane = Server::start(folder.path(), config(), parts(&clock)).await.expect("a plane");
    let console = Console::beside(plane.plane().clone(), home, plane.addresses().clone());
    demo::seed(&console).await.expect("seeded");
    demo::seed(&console).await.expect("seeded again");
    for user in ["admin", "dev", "head", "viewer", "finance", "auditor", "operator"] {
        let link = sign_in::link(&console, user, None).await.expect("a link");
        let (page, code) = link.split_once('#').expect("a code");
        assert_eq!(page, format!("http://{}/sign-in", plane.http_address));
        let request = browser().post(page).json(&json!({ "code": code }));
        let answer = request.send().await.expect("an answer");
        let body: Value = answer.json().await.expect("JSON");
        assert_eq!(body["name"], user, "{body}");
    }
    assert!(sign_in::link(&console, "nobody", None).await.is_err());
    assert!(sign_in::link(&console, "dev", Some("nowhere")).await.is_err());
    assert!(sign_in::link(&console, "dev", Some("acme")).await.is_ok());
    plane.stop().await;
}
