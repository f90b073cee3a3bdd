//! The program as it is run on a machine, with the machine's clock.

use std::path::Path;
use std::process::{Output, Stdio};

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

fn program(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cellplane-plane"));
    command.env("CELLPLANE_HOME", home);
    command.env("CELLPLANE__HTTP__LISTEN", "127.0.0.1:0");
    command.env("CELLPLANE__AGENT__LISTEN", "127.0.0.1:0");
    command.kill_on_drop(true);
    command
}

async fn run(home: &Path, arguments: &[&str]) -> Output {
    program(home).args(arguments).output().await.expect("it runs")
}

async fn printed(home: &Path, arguments: &[&str]) -> String {
    let output = run(home, arguments).await;
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {told}");
    String::from_utf8(output.stdout).expect("a text")
}

async fn refused(home: &Path, arguments: &[&str]) -> String {
    let output = run(home, arguments).await;
    assert!(!output.status.success(), "{arguments:?}");
    String::from_utf8(output.stderr).expect("a text")
}

#[tokio::test]
async fn commands_work_before_and_beside_the_running_plane() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = folder.path();
    printed(home, &["demo", "seed"]).await;
    printed(home, &["demo", "seed"]).await;
    let mut serving = program(home)
        .arg("serve")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it runs");
    let mut lines = BufReader::new(serving.stdout.take().expect("its output")).lines();
    let portal = lines.next_line().await.expect("read").expect("a line");
    let agents = lines.next_line().await.expect("read").expect("a line");
    let address = |line: &str, before: &str| {
        let rest = line.strip_prefix(before).expect("what it is");
        rest.split(' ').next().expect("an address").to_owned()
    };
    let (portal, agents) = (address(&portal, "portal and API: "), address(&agents, "agents: "));
    let link = printed(home, &["sign-in", "--as", "dev"]).await;
    assert!(link.starts_with(&format!("{portal}/sign-in#cpc_")), "{link}");
    printed(home, &["cell", "create", "north"]).await;
    let line = printed(home, &["cell", "join-token", "north"]).await;
    let token = cell_agent_protocol::enrol::JoinToken::from_line(&line).expect("a token");
    assert_eq!(token.address, agents);
    assert!(printed(home, &["cell", "list"]).await.contains("north"));
    printed(home, &["cell", "revoke", "north"]).await;
    let id = serving.id().expect("it runs").to_string();
    let told = std::process::Command::new("kill").args(["-TERM", &id]).status().expect("told");
    assert!(told.success());
    assert!(serving.wait().await.expect("it ends").success());
}

#[tokio::test]
async fn what_cannot_be_done_is_told_in_a_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = folder.path();
    let told = refused(home, &["sign-in", "--as", "nobody"]).await;
    assert_eq!(told, "error: there is no user nobody\n");
    let told = refused(home, &["cell", "join-token", "nowhere"]).await;
    assert_eq!(told, "error: there is no cell nowhere\n");
    let file = home.join("plane.toml");
    std::fs::write(&file, "[http]\ncolour = 1\n").expect("a file");
    let file = file.to_str().expect("a path");
    let told = refused(home, &["--config", file, "config", "check"]).await;
    assert!(told.contains("`http.colour` is not a key"), "{told}");
}

#[tokio::test]
async fn a_reader_that_has_had_enough_is_no_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = folder.path();
    printed(home, &["cell", "create", "north"]).await;
    let mut child = program(home)
        .args(["cell", "list"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().await.expect("it ends");
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}

#[tokio::test]
async fn a_licence_of_ones_own_key_can_be_installed() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = folder.path();
    printed(home, &["licence", "keygen"]).await;
    let file = printed(home, &["licence", "sign", "--id", "lic-1", "--count", "5"]).await;
    let path = home.join("licence.json");
    std::fs::write(&path, &file).expect("a file");
    let path = path.to_str().expect("a path");
    let told = printed(home, &["licence", "install", path]).await;
    assert!(told.contains("5 members"), "{told}");
    std::fs::write(path, file.replace("5", "6")).expect("a file");
    assert!(refused(home, &["licence", "install", path]).await.contains("licence:"));
    assert!(refused(home, &["licence", "keygen"]).await.contains("licence-issuer.key"));
}
