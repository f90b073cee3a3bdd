//! What the package `nginx` says about parameters, held against Debian's nginx 1.22.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use catalog::form::Values;
use catalog::parameter::Effect;
use catalog::{Catalog, Package};
use serde_json::{Value, json};

use crate::fixture::{SMALL, values};
use crate::pem::pair;
use crate::real::{self, HUGE, Running};

fn nginx() -> &'static Package {
    Catalog::embedded().find("nginx", "1.0.0").unwrap()
}

fn medium() -> &'static Path {
    static MEDIUM: OnceLock<PathBuf> = OnceLock::new();
    MEDIUM.get_or_init(|| real::medium("nginx", &["nginx"]))
}

fn start(given: &[(&str, Value)]) -> Running {
    Running::start(nginx(), medium(), SMALL, &values(given))
}

/// What a browser gets; certificates are not judged.
fn fetch(running: &Running, scheme: &str, path: &str, more: &[&str]) -> String {
    let address = format!("{scheme}://127.0.0.1:{}{path}", running.port());
    let mut program = Command::new("curl");
    program.args(["-ski", "--max-time", "10"]).args(more).arg(address);
    String::from_utf8_lossy(&program.output().unwrap().stdout).into_owned()
}

/// Asks until the workers with the new configuration answer.
fn until(running: &Running, scheme: &str, path: &str, expected: &str) -> String {
    for _ in 0..1_000 {
        let page = fetch(running, scheme, path, &[]);
        if page.contains(expected) {
            return page;
        }
    }
    panic!("no {expected:?}: {} {}", fetch(running, scheme, path, &[]), running.said());
}

#[test]
fn both_ends_of_every_range_are_taken_at_the_start() {
    for given in real::rounds(nginx()) {
        let running = Running::start(nginx(), medium(), HUGE, &given);
        assert_eq!(running.refusal(), "", "{given:?}");
        let said = running.said();
        assert!(!said.contains("[emerg]") && !said.contains("[alert]"), "{said} {given:?}");
    }
}

#[test]
fn what_is_hot_is_taken_by_the_running_process() {
    let mut running = start(&[]);
    let hot = nginx().parameters().iter().filter(|(_, it)| it.effect == Effect::Hot);
    for (name, parameter) in hot.filter(|(_, it)| !it.is_pem()) {
        for value in real::edges(parameter) {
            running.set(name, &value);
            let member = running.member();
            assert!(running.ask(&member.health.question).0, "{name} {value}: {}", running.said());
        }
        running.set(name, &parameter.default(SMALL).unwrap());
    }
    assert!(!running.said().contains("[emerg]"), "{}", running.said());
    running.set("page-title", &json!("Changed"));
    until(&running, "http", "/", "<h1>Changed</h1>");
    running.set("body-size-max", &json!("1kb"));
    let large = ["--data-binary", &"x".repeat(2_000)];
    let is_refused = || fetch(&running, "http", "/", &large).contains("413 Request Entity");
    assert!((0..1_000).any(|_| is_refused()), "{}", running.said());
}

#[test]
fn a_page_shows_any_text_as_text() {
    let hostile = "</h1><script>alert(\"x\")</script>; } $host & 'a' \\";
    let running = start(&[("page-title", json!(hostile))]);
    let page = fetch(&running, "http", "/", &[]);
    assert!(page.contains("&lt;/h1&gt;&lt;script&gt;alert(&quot;x&quot;)"), "{page}");
    assert!(page.contains("; } $host &amp; &#39;a&#39; \\</h1>"), "{page}");
}

/// Somebody to pass requests on to, who says his name.
fn upstream(name: &'static str) -> u16 {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 4_096];
            // Whatever was asked, the answer is the same.
            let _ = stream.read(&mut request);
            let length = name.len();
            let head =
                format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n");
            let _ = stream.write_all(format!("{head}\r\n{name}").as_bytes());
        }
    });
    port
}

#[test]
fn requests_are_spread_over_the_upstreams_by_their_weight() {
    let (first, second) = (upstream("first"), upstream("second"));
    let row = |port: u16, weight: i64| json!({"host": "127.0.0.1", "port": port, "weight": weight});
    let mut running = start(&[("upstreams", json!([row(first, 3), row(second, 1)]))]);
    let seen = |running: &Running| -> Vec<bool> {
        let pages = (0..8).map(|_| fetch(running, "http", "/", &[]));
        pages.map(|page| page.ends_with("first")).collect()
    };
    let count = seen(&running).into_iter().filter(|is_first| *is_first).count();
    assert_eq!(count, 6, "three of four");
    running.set("upstreams", &json!([row(second, 1)]));
    until(&running, "http", "/", "second");
    running.set("upstreams", &json!([]));
    until(&running, "http", "/", "<h1>It works</h1>");
}

#[test]
fn nothing_of_a_row_can_leave_its_directive() {
    let row = |host: &str| json!([{"host": host, "port": 80}]);
    for host in [
        "a;",
        "a b",
        "a}",
        "a{",
        "$host",
        "a\n",
        "a\tb",
        "unix:/tmp/x",
        "127.0.0.1:80",
        "-a",
        "a-",
        "",
        ".",
        "[::1]",
        "a\"",
        "a'",
        "a\\",
        "a#",
        "\u{e9}",
        "a/b",
        "a;server b",
        "::1;",
        "http://a",
    ] {
        let given = values(&[("upstreams", row(host))]);
        let problems = catalog::form::check(nginx(), "standalone", "1.22", SMALL, &given);
        let problems = problems.unwrap_err();
        assert_eq!(problems[0].field, "upstreams[0].host", "{host:?}");
        assert_eq!(problems.len(), 1, "{host:?}");
    }
    // Even past the form: it stays one word, or is not written at all.
    for host in ["a; } events {", "a b weight=9", "a\"; #", "a\\", "a'b", "\u{5bc6}"] {
        let mut running = start(&[]);
        running.spec.parameters.insert("upstreams".to_owned(), row_with_weight(host));
        let said = running.refusal();
        assert!(said.contains("upstream") && said.contains("nginx.conf:"), "{host:?}: {said}");
        assert!(!said.contains("directive"), "{host:?} became a directive: {said}");
    }
    for host in ["$host", "a\nb", "a\u{0}"] {
        let mut running = Running::placed(nginx(), medium(), SMALL, &values(&[]));
        running.spec.parameters.insert("upstreams".to_owned(), row_with_weight(host));
        let rendered = catalog::recipe::render(nginx(), &running.spec, &running.places);
        assert_eq!(rendered.unwrap_err().code(), "TEMPLATE_FAILED", "{host:?}");
    }
}

fn row_with_weight(host: &str) -> Value {
    json!([{"host": host, "port": 80, "weight": 1}])
}

#[test]
fn what_nginx_refuses_is_known_before_it_is_used() {
    let mut running = start(&[]);
    assert_eq!(running.refusal(), "");
    let unknown = row_with_weight("no-such-host.invalid");
    running.spec.parameters.insert("upstreams".to_owned(), unknown);
    let said = running.refusal();
    assert!(said.contains("host not found in upstream"), "{said}");
    let page = fetch(&running, "http", "/", &[]);
    assert!(page.contains("<h1>It works</h1>"), "{page}");
}

fn tls(certificate: &str, key: &str) -> Values {
    values(&[("tls-certificate", json!(certificate)), ("tls-key", json!(key))])
}

#[test]
fn a_certificate_makes_it_https_and_plain_http_leads_there() {
    for kind in ["rsa:2048", "ec", "ed25519"] {
        let (certificate, key) = pair(kind, "30");
        let running = Running::start(nginx(), medium(), SMALL, &tls(&certificate, &key));
        let page = fetch(&running, "https", "/", &[]);
        assert!(page.contains("<h1>It works</h1>"), "{kind}: {page} {}", running.said());
        let page = fetch(&running, "http", "/a?b", &[]);
        let there = format!("Location: https://127.0.0.1:{}/a?b", running.port());
        assert!(page.starts_with("HTTP/1.1 301") && page.contains(&there), "{page}");
        let old = fetch(&running, "https", "/", &["--tls-max", "1.1"]);
        assert_eq!(old, "", "older versions are refused");
        let debug = format!("{:?} {:?}", running.spec, running.member());
        assert!(!debug.contains(key.lines().nth(1).unwrap()), "a key is never shown");
        let argv = format!("{:?}", running.member().process.argv);
        assert!(!argv.contains("PRIVATE"), "{argv}");
    }
}

#[test]
fn a_renewed_certificate_is_taken_without_a_restart() {
    let (certificate, key) = pair("ec", "30");
    let mut running = Running::start(nginx(), medium(), SMALL, &tls(&certificate, &key));
    let (next, next_key) = pair("ec", "60");
    // Both at once, as the plane hands them over.
    running.spec.parameters.insert("tls-certificate".to_owned(), json!(next));
    running.set("tls-key", &json!(next_key));
    let served = || {
        let text = format!(
            "openssl s_client -connect 127.0.0.1:{} </dev/null 2>/dev/null | openssl x509",
            running.port()
        );
        let output = Command::new("sh").args(["-c", &text]).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert!((0..500).any(|_| served().trim() == next.trim()), "{}", running.said());
    running.set("tls-least", &json!("1.3"));
    let is_gone = || fetch(&running, "https", "/", &["--tls-max", "1.2"]).is_empty();
    assert!((0..500).any(|_| is_gone()), "TLS 1.2 is refused");
}
