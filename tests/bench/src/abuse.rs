//! S3: how long it takes to refuse a query that asks for too much, beside the smallest one that is
//! taken. Each kind over one open connection, so that what is measured is the plane.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::http::{Storm, count, post, storm};
use crate::report::{Bound, Report, Row, median, number};
use crate::stage::{Plane, folder};
use crate::{Length, Outcome};

/// For one kind in one round.
const LENGTH: Duration = Duration::from_millis(150);
const TARGET_MS: f64 = 1.0;
const SMALLEST: &str = "{ __typename }";

/// Measures.
pub async fn run(report: &mut Report, length: Length) -> Outcome {
    let folder = folder()?;
    let mut plane = Plane::prepare(folder.path(), None)?;
    plane.serve().await?;
    let token = plane.sign_in("dev").await?;
    let host = plane.http.trim_start_matches("http://").to_owned();
    let send = |body: &str| post(&host, "/graphql", &token, body);
    let taken = send(&json!({ "query": SMALLEST }).to_string());
    for (kind, body) in kinds() {
        let request = send(&body);
        let (mut ours, mut theirs, mut p99) = (Vec::new(), Vec::new(), Vec::new());
        for round in 0..=length.rounds() {
            let refused = storm(&host, &request, 1, LENGTH, is_refused).await?;
            let accepted = storm(&host, &taken, 1, LENGTH, is_taken).await?;
            // The first turn of each warms it up.
            if round > 0 {
                ours.push(mean_ms(&refused));
                theirs.push(mean_ms(&accepted));
                p99.push(refused.p99_ms);
            }
        }
        tell(report, kind, &ours, &p99, &theirs);
    }
    let (long, mut ours) = (send(&"x".repeat(70_000)), Vec::new());
    for _ in 0..length.rounds() * 20 {
        ours.push(refused_at_once(&host, &long).await?);
    }
    ours.sort_by(f64::total_cmp);
    let slowest = ours.get(ours.len() * 99 / 100).copied().unwrap_or_default();
    tell(report, "body_too_long", &ours, &[slowest], &[]);
    Ok(())
}

fn tell(report: &mut Report, kind: &str, ours: &[f64], p99: &[f64], theirs: &[f64]) {
    let reference = match theirs {
        [] => "-".to_owned(),
        theirs => format!("taken {} ms", number(median(theirs))),
    };
    report.row(Row {
        figure: &format!("S3 {kind}"),
        value: format!("{} ms, p99 {} ms", number(median(ours)), number(median(p99))),
        reference,
        ratio: median(ours),
        target: Some(Bound::AtMost(TARGET_MS)),
        floor: None,
    });
}

fn mean_ms(storm: &Storm) -> f64 {
    1e3 / storm.rate
}

fn is_refused(body: &[u8]) -> bool {
    count(body, b"\"BAD_QUERY\"") >= 1 && count(body, b"\"why\"") >= 1
}

fn is_taken(body: &[u8]) -> bool {
    count(body, b"\"__typename\":\"Query\"") == 1
}

/// The plane hangs up on a body that it does not read, so each has a connection of its own.
async fn refused_at_once(host: &str, request: &[u8]) -> Outcome<f64> {
    let began = Instant::now();
    let mut stream = TcpStream::connect(host).await?;
    // It may hang up before all of it is sent.
    let _ = stream.write_all(request).await;
    let mut answer = [0; 64];
    let read = stream.read(&mut answer).await?;
    match answer.get(..read).unwrap_or_default().starts_with(b"HTTP/1.1 413") {
        true => Ok(began.elapsed().as_secs_f64() * 1e3),
        false => Err("a body that is too long was not refused".into()),
    }
}

/// Bodies that are refused, each by what is wrong with it.
fn kinds() -> Vec<(&'static str, String)> {
    let repeated = |count: usize, each: &dyn Fn(usize) -> String| {
        (0..count).map(each).collect::<Vec<_>>().join(" ")
    };
    let aliases = repeated(300, &|at| format!("a{at}: __typename"));
    let roots = repeated(300, &|at| format!("f{at}"));
    let deep = format!("{} id {}", "parent {".repeat(20), "}".repeat(20));
    let directives = repeated(150, &|at| format!("f{at} @skip(if: true)"));
    let layers = repeated(60, &|at| {
        let next = at + 1;
        format!("fragment F{at} on Query {{ ...F{next} viewer {{ name }} ...F{next} }}")
    });
    let query = |text: String| json!({ "query": text }).to_string();
    let nested = (0..100).fold(json!(1), |inside, _| json!({ "x": inside }));
    let variables = |value: Value| json!({ "query": SMALLEST, "variables": { "x": value } });
    vec![
        ("too_many_aliases", query(format!("{{ viewer {{ {aliases} }} }}"))),
        ("too_many_root_fields", query(format!("{{ {roots} }}"))),
        ("too_deep", query(format!("{{ organization(idOrName: \"rnd\") {{ {deep} }} }}"))),
        ("too_deep, brackets", query("[".repeat(60_000))),
        (
            "too_complex",
            query(
                "{ instances { nodes { members { id } project { instances { \
            nodes { id } } } } } }"
                    .to_owned(),
            ),
        ),
        ("too_complex, fragments", query(format!("{{ ...F0 }} {layers}"))),
        ("too_many_tokens", query(format!("{{ viewer {{ {} }} }}", "name ".repeat(12_000)))),
        ("too_many_directives", query(format!("{{ viewer {{ {directives} }} }}"))),
        ("duplicate_field", query(format!("{{ viewer {{ {} }} }}", "name ".repeat(900)))),
        ("fragment_cycle", query("{ ...F } fragment F on Query { ...F }".to_owned())),
        ("variables_too_deep", variables(nested).to_string()),
        ("syntax", query(format!("{{ viewer {{ {}", "name ".repeat(900)))),
        (
            "not_valid",
            query(format!("{{ viewer {{ {} }} }}", repeated(450, &|at| format!("n{at}")))),
        ),
        ("batch", format!("[{}]", vec![query(SMALLEST.to_owned()); 100].join(","))),
        ("not_json", "{".repeat(60_000)),
    ]
}
