//! The package `nginx` from the order to the deletion, with a configuration that it refuses.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::time::Duration;

use connectors_host_shim::directory::MemberDirectory;
use serde_json::{Value, json};
use types::clock::{Clock, SystemClock};

use super::product::Product;
use super::stage::Host;

fn fetch(port: u16, path: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("it answers");
    let request = format!("GET {path} HTTP/1.0\r\nHost: test\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("it listens");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    answer
}

/// Asks until the workers with the new configuration answer.
async fn until(port: u16, expected: &str) {
    for _ in 0..500 {
        if fetch(port, "/").contains(expected) {
            return;
        }
        SystemClock.sleep(Duration::from_millis(10)).await;
    }
    panic!("no {expected:?}: {}", fetch(port, "/"));
}

fn rows(host: &str, port: u16) -> Value {
    json!([{"host": host, "port": port, "weight": 1}])
}

fn content(host: &Host, product: &Product<'_>) -> std::path::PathBuf {
    let directory: MemberDirectory = host.directory(product.spec.members[0].id);
    directory.content()
}

#[tokio::test]
async fn a_folder_whose_maker_was_killed_before_it_gave_it_to_the_member_is_given() {
    let host = Host::new().await;
    let product = Product::install(&host, "nginx", &[].into()).await;
    std::fs::create_dir(content(&host, &product).join(".candidate")).expect("it is root's");
    let output = product.check().await.expect("nginx can be asked");
    assert_eq!(output.code, Some(0), "{output:?}");
}

#[tokio::test]
async fn nginx_is_installed_changed_stopped_started_and_removed() {
    let host = Host::new().await;
    let mut product = Product::install(&host, "nginx", &[].into()).await;
    let port = product.port();
    assert!(fetch(port, "/").contains("<h1>It works</h1>"));
    product.change_hot("page-title", json!("Changed")).await;
    until(port, "<h1>Changed</h1>").await;
    let given = [("page-title".to_owned(), json!("Behind"))].into();
    let other = Product::install(&host, "nginx", &given).await;
    product.change_hot("upstreams", rows("127.0.0.1", other.port())).await;
    until(port, "<h1>Behind</h1>").await;
    product.change_by_restart("log-level", json!("error")).await;
    assert!(fetch(port, "/").contains("<h1>Behind</h1>"));
    let pid = product.seen().await.pid.expect("it runs");
    let line = std::fs::read_to_string(format!("/proc/{pid}/cmdline")).expect("it is there");
    assert!(line.contains("error_log stderr error"), "{line}");
    product.stop().await;
    product.start().await;
    assert!(fetch(port, "/").contains("<h1>Behind</h1>"));
    other.remove_beside(&product).await;
    product.remove().await;
}

#[tokio::test]
async fn what_nginx_refuses_never_replaces_what_is_in_use() {
    let host = Host::new().await;
    let mut product = Product::install(&host, "nginx", &[].into()).await;
    let (port, content) = (product.port(), content(&host, &product));
    let file = content.join("nginx.conf");
    let before = std::fs::read_to_string(&file).expect("it is there");
    product.spec.parameters.insert("upstreams".to_owned(), rows("no-such-host.invalid", 80));
    let output = product.check().await.expect("nginx can be asked");
    assert_ne!(output.code, Some(0));
    assert!(output.stderr.contains("host not found in upstream"), "{}", output.stderr);
    assert_eq!(std::fs::read_to_string(&file).expect("it is there"), before);
    assert!(!content.join(".candidate").exists(), "candidates are gone");
    assert!(fetch(port, "/").contains("<h1>It works</h1>"));
    product.spec.parameters.insert("upstreams".to_owned(), rows("127.0.0.1", 80));
    let output = product.check().await.expect("nginx can be asked");
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    // Somebody who owns the directory cannot lead root elsewhere by a link.
    let elsewhere = host.config.root.join("elsewhere");
    std::fs::create_dir(&elsewhere).expect("made");
    std::os::unix::fs::symlink(&elsewhere, content.join(".candidate")).expect("made");
    assert!(product.try_check().await.is_err(), "a link is not followed");
    assert_eq!(std::fs::read_dir(&elsewhere).expect("listed").count(), 0);
    let key = std::fs::metadata(content.join("tls/key.pem")).expect("it is there");
    assert_eq!(key.permissions().mode() & 0o777, 0o600);
    assert!(key.uid() >= 61_000, "it belongs to the member's user");
    product.remove().await;
}
