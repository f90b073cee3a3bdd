//! What the doctor says of one home, with a fault planted for each check that needs no cell.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use control_plane::config::Config;
use control_plane::doctor::{Finding, Findings, Verdict, examine, examine_with};
use tokio::net::TcpListener;
use types::clock::Clock as _;
use types::random::SystemRandom;

use crate::support::{World, config, console, parts};

async fn look(world: &World, config: &Config) -> Vec<Finding> {
    examine_with(world.folder.path(), config, parts(&world.clock), Findings::default()).await
}

#[track_caller]
fn said(findings: &[Finding], name: &str, verdict: Verdict) -> String {
    let found = findings.iter().find(|finding| finding.name == name && finding.verdict == verdict);
    let found = found.unwrap_or_else(|| panic!("no {verdict:?} of {name} in {findings:#?}"));
    assert!(verdict == Verdict::Ok || !found.advice.is_empty(), "nothing to do: {found:?}");
    found.found.clone()
}

fn errors(findings: &[Finding]) -> Vec<&'static str> {
    let errors = findings.iter().filter(|finding| finding.verdict == Verdict::Error);
    errors.map(|finding| finding.name).collect()
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
}

/// Everything below the folder with its content, but for what SQLite keeps beside a database that
/// is open.
fn content(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.display().to_string();
        if path.is_dir() {
            all.extend(content(&path));
        } else if !name.ends_with("-shm") && !name.ends_with("-wal") {
            all.push((name, fs::read(&path).expect("a file")));
        }
    }
    all.sort();
    all
}

#[tokio::test]
async fn a_good_home_has_no_error_and_nothing_of_it_changes() {
    let world = World::start().await;
    let before = content(world.folder.path());
    let found = look(&world, &config()).await;
    assert_eq!(errors(&found), Vec::<&str>::new(), "{found:#?}");
    said(&found, "plane", Verdict::Ok);
    said(&found, "cells", Verdict::Warning);
    assert!(said(&found, "database.settings", Verdict::Ok).contains("journal_mode = wal"));
    assert_eq!(content(world.folder.path()), before);
    let World { folder, clock, plane } = world;
    plane.stop().await;
    let before = content(folder.path());
    let found = examine_with(folder.path(), &config(), parts(&clock), Findings::default()).await;
    assert_eq!(errors(&found), Vec::<&str>::new(), "{found:#?}");
    assert!(said(&found, "plane", Verdict::Ok).contains("no plane"));
    assert_eq!(content(folder.path()), before);
}

#[tokio::test]
async fn each_key_and_file_that_is_wrong_is_named() {
    let world = World::start().await;
    let home = world.folder.path();
    let key = home.join("keys/master.key");
    set_mode(&key, 0o644);
    assert!(said(&look(&world, &config()).await, "keys.master", Verdict::Error).contains("644"));
    set_mode(&key, 0o600);
    fs::write(&key, [1; 5]).expect("a short key");
    assert!(
        said(&look(&world, &config()).await, "keys.master", Verdict::Error).contains("5 bytes")
    );
    fs::remove_file(&key).expect("a lost key");
    said(&look(&world, &config()).await, "keys.master", Verdict::Error);
    assert!(!key.exists(), "a doctor makes no key");
    fs::remove_file(home.join("installation")).expect("a lost name");
    said(&look(&world, &config()).await, "installation", Verdict::Error);
    set_mode(home, 0o755);
    assert!(said(&look(&world, &config()).await, "home", Verdict::Warning).contains("755"));
    fs::write(home.join("keys/ca.pem"), "nothing").expect("a damaged authority");
    said(&look(&world, &config()).await, "ca", Verdict::Error);
    let mut missing = config();
    missing.licence.issuers = vec!["nobody.pub".into()];
    said(&look(&world, &missing).await, "licence.issuers", Verdict::Error);
}

#[tokio::test]
async fn an_authority_that_ends_is_told_in_time() {
    let world = World::start().await;
    world.clock.set("2045-12-01T00:00:00Z".parse().expect("an instant"));
    said(&look(&world, &config()).await, "ca", Verdict::Warning);
    world.clock.set("2047-01-01T00:00:00Z".parse().expect("an instant"));
    said(&look(&world, &config()).await, "ca", Verdict::Error);
}

#[tokio::test]
async fn a_database_that_is_gone_or_locked_is_one_finding_among_others() {
    let world = World::start().await;
    let mut gone = config();
    gone.database.url = "postgres://nobody:hush@127.0.0.1:1/none".to_owned();
    gone.database.wait_ms = 200;
    let found = look(&world, &gone).await;
    assert_eq!(errors(&found), ["database.reachable"], "{found:#?}");
    assert!(!format!("{found:?}").contains("hush"));
    said(&found, "keys.master", Verdict::Ok);
    let mut busy = config();
    busy.database.wait_ms = 200;
    let held = world.plane.plane().store.fleet(&console()).await.expect("the writer");
    said(&look(&world, &busy).await, "database.write", Verdict::Error);
    drop(held);
    let mut missing = config();
    let absent = world.folder.path().join("absent.db");
    missing.database.url = format!("sqlite:{}?mode=rwc", absent.display());
    said(&look(&world, &missing).await, "database.reachable", Verdict::Error);
    assert!(!absent.exists(), "a doctor makes no database");
    fs::write(&absent, "").expect("an empty database");
    said(&look(&world, &missing).await, "database.migrations", Verdict::Error);
}

#[tokio::test]
async fn a_port_of_somebody_else_is_told() {
    let world = World::start().await;
    let other = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let mut taken = config();
    taken.agent.listen = other.local_addr().expect("an address");
    taken.metrics.listen = world.plane.agent_address.to_string();
    let found = look(&world, &taken).await;
    assert_eq!(errors(&found), ["port.agent"], "{found:#?}");
    let mut ours = config();
    ours.agent.listen = world.plane.agent_address;
    assert!(said(&look(&world, &ours).await, "port.agent", Verdict::Ok).contains("our plane"));
}

#[tokio::test]
async fn a_proxy_that_nobody_named_is_told() {
    let world = World::start().await;
    assert!(said(&look(&world, &config()).await, "proxy", Verdict::Ok).contains("none"));
    let mut behind = config();
    behind.http.public_address = "https://cellplane.example".to_owned();
    said(&look(&world, &behind).await, "proxy", Verdict::Warning);
    behind.http.trusted_proxies = vec!["192.0.2.1/32".parse().expect("a range")];
    assert!(said(&look(&world, &behind).await, "proxy", Verdict::Ok).contains("192.0.2.1/32"));
}

#[tokio::test]
async fn a_clock_that_went_back_and_a_cell_without_agent_are_told() {
    let world = World::start().await;
    let agent = world.agent("north").await;
    agent.open(&world).await.expect("a session");
    let report = cell_agent_protocol::observed::ObservedRequest {
        session: agent.open(&world).await.expect("a session").session,
        number: 1,
        at: world.clock.now(),
        revision: types::generation::Revision(0),
        instances: Vec::new(),
        changes: Vec::new(),
        operations: Vec::new(),
        logs: Vec::new(),
        spooled: 0,
        condition: None,
    };
    let (client, address) = (agent.client(&world), world.agents("observed"));
    let answer = crate::support::call::<cell_agent_protocol::observed::ObservedAnswer>;
    answer(&client, &address, &report).await.expect("an answer");
    let found = look(&world, &config()).await;
    assert_eq!(errors(&found), Vec::<&str>::new(), "{found:#?}");
    said(&found, "cells", Verdict::Ok);
    world.clock.set("2026-02-28T00:00:00Z".parse().expect("an instant"));
    said(&look(&world, &config()).await, "clock", Verdict::Error);
}

#[tokio::test]
async fn a_licence_that_does_not_hold_or_ends_is_told() {
    use control_plane::command::licence::{file, keygen};
    use control_plane_core::licence::{Packages, Star, Terms, Unit, install};
    let world = World::start().await;
    let keys = world.folder.path().join("keys");
    let key = keygen(&keys, &SystemRandom).expect("a key");
    let plane = world.another_process().await;
    let terms = Terms {
        id: "lic-1".to_owned(),
        installation: plane.settings.installation.clone(),
        tenant: None,
        unit: Unit::Member,
        packages: Packages::All(Star::Star),
        count: 5,
        not_before: world.clock.now(),
        not_after: None,
    };
    install(&plane, &console(), &file(&key, &terms)).await.expect("installed");
    assert_eq!(errors(&look(&world, &config()).await), Vec::<&str>::new());
    fs::remove_file(keys.join("licence-issuer.pub")).expect("an issuer that is gone");
    said(&look(&world, &config()).await, "licences", Verdict::Error);
}

#[tokio::test]
async fn a_home_that_is_missing_and_a_bad_configuration_end_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("plane.toml");
    fs::write(&file, "[http]\ncolour = 1\n").expect("a file");
    let world = World::start().await;
    let found = examine(&folder.path().join("nowhere"), Some(&file), parts(&world.clock)).await;
    assert!(said(&found, "configuration", Verdict::Error).contains("http.colour"), "{found:#?}");
    said(&found, "home", Verdict::Error);
    assert!(!folder.path().join("nowhere").exists());
    let text = folder.path().join("a-file");
    fs::write(&text, "").expect("a file");
    let found = examine_with(&text, &config(), parts(&world.clock), Findings::default()).await;
    assert!(said(&found, "home", Verdict::Error).contains("no directory"));
}
