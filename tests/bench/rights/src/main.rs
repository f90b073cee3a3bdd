//! P3: decisions about rights of one large tenant, beside Casbin's own evaluator with the same rows
//! and Cedar with the same policies. All three answer the same requests; an answer that differs ends
//! the run.
//!
//! Outside of the workspace: Cedar wants another `serde_json` (one that keeps the order of keys),
//! and everything that is built together with it would get that one.

#![expect(clippy::float_arithmetic, reason = "rates and ratios are no money")]

use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use policies::rights::Rights;

use crate::report::{Bound, Report, Row, median, number, ratio};
use crate::world::{Request, World};

mod casbin;
mod cedar;
#[path = "../../src/report.rs"]
mod report;
mod world;

/// Whatever is in the way of a figure ends the run with a sentence.
type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Decisions of ours in one round.
const DECISIONS: usize = 1_000_000;
/// The others decide for at least as long.
const LENGTH: Duration = Duration::from_millis(1_500);
const TARGET_RATE: f64 = 2e6;
const TARGET_P99_NS: f64 = 1_000.0;
const FLOOR_P99_NS: f64 = 10_000.0;
const TARGET_COMPILED_MS: f64 = 500.0;

/// Someone who decides.
trait Judge {
    /// Whether it is allowed.
    fn decide(&self, world: &World, request: &Request) -> Outcome<bool>;
}

#[tokio::main]
async fn main() -> ExitCode {
    let rounds = if std::env::args().any(|word| word == "--long") { 15 } else { 5 };
    let mut report = Report::default();
    if let Err(error) = run(&mut report, rounds).await {
        report.say(&format!("error: {error}"));
        return ExitCode::FAILURE;
    }
    report.end();
    ExitCode::SUCCESS
}

async fn run(report: &mut Report, rounds: usize) -> Outcome {
    let world = World::draw();
    let rights = Rights::compile(world.rules.clone()).await?;
    let requests = world.requests(DECISIONS);
    let allowed = |request: &Request| ours(&rights, &world, request);
    let granted = requests.iter().filter(|request| allowed(request)).count();
    report.say(&format!(
        "{} rules of roles, {} bindings, {} subjects, {} organizations; {granted} of {DECISIONS} requests are allowed",
        world.parts(),
        world.rules.bindings.len(),
        world.subjects.len(),
        world.organizations(),
    ));
    let casbin = casbin::Casbin::of(&world).await?;
    let cedar = cedar::Cedar::of(&world)?;
    let (mut rates, mut p99, mut of_casbin, mut of_cedar) = (vec![], vec![], vec![], vec![]);
    for round in 0..rounds {
        rates.push(rate(&requests, &allowed));
        p99.push(p99_ns(&requests, &allowed));
        let turn = requests.iter().cycle().skip(round * DECISIONS / rounds);
        of_casbin.push(judged(&casbin, &world, turn.clone(), &allowed)?);
        of_cedar.push(judged(&cedar, &world, turn, &allowed)?);
    }
    tell(report, &rates, &p99);
    beside(report, "Casbin's evaluator", &rates, &of_casbin);
    beside(report, "cedar-policy", &rates, &of_cedar);
    compiled(report, &world, &rights, &requests, rounds).await
}

fn ours(rights: &Rights, world: &World, request: &Request) -> bool {
    rights.allows(request.subject, request.action, world.path(request.place))
}

/// Decisions per second, one after the other.
fn rate(requests: &[Request], decide: &impl Fn(&Request) -> bool) -> f64 {
    let began = Instant::now();
    let granted = requests.iter().filter(|request| decide(request)).count();
    black_box(granted);
    requests.len() as f64 / began.elapsed().as_secs_f64()
}

/// Of single decisions, each timed by itself, with what reading the clock takes.
fn p99_ns(requests: &[Request], decide: &impl Fn(&Request) -> bool) -> f64 {
    let timed = requests.iter().map(|request| {
        let began = Instant::now();
        black_box(decide(black_box(request)));
        u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX)
    });
    let mut took: Vec<u64> = timed.collect();
    took.sort_unstable();
    took.get(took.len() * 99 / 100).copied().unwrap_or_default() as f64
}

/// How often another one decides per second, as we do.
fn judged<'a>(
    judge: &impl Judge,
    world: &World,
    requests: impl Iterator<Item = &'a Request>,
    expected: &impl Fn(&Request) -> bool,
) -> Outcome<f64> {
    let (began, mut decided) = (Instant::now(), 0);
    for request in requests {
        if judge.decide(world, request)? != expected(request) {
            return Err(format!("another one decides otherwise on {request:?}").into());
        }
        decided += 1;
        if began.elapsed() > LENGTH {
            break;
        }
    }
    Ok(f64::from(decided) / began.elapsed().as_secs_f64())
}

fn tell(report: &mut Report, rates: &[f64], p99: &[f64]) {
    report.row(Row {
        figure: "P3 decisions/s, one core",
        value: format!("{}/s", number(median(rates))),
        reference: "-".to_owned(),
        ratio: median(rates),
        target: Some(Bound::AtLeast(TARGET_RATE)),
        floor: None,
    });
    report.row(Row {
        figure: "P3 one decision, p99",
        value: format!("{} ns", number(median(p99))),
        reference: "-".to_owned(),
        ratio: median(p99),
        target: Some(Bound::AtMost(TARGET_P99_NS)),
        floor: Some(Bound::AtMost(FLOOR_P99_NS)),
    });
}

fn beside(report: &mut Report, whom: &str, ours: &[f64], theirs: &[f64]) {
    report.row(Row {
        figure: "P3 decisions/s",
        value: format!("{}/s", number(median(ours))),
        reference: format!("{whom} {}/s", number(median(theirs))),
        ratio: ratio(ours, theirs),
        target: None,
        floor: None,
    });
}

/// All rules are compiled anew while somebody else is answered from what was there before.
async fn compiled(
    report: &mut Report,
    world: &World,
    rights: &Rights,
    requests: &[Request],
    rounds: usize,
) -> Outcome {
    let (mut took, mut p99) = (Vec::new(), Vec::new());
    let decide = |request: &Request| ours(rights, world, request);
    for _ in 0..rounds {
        let rules = world.rules.clone();
        let compiling = tokio::spawn(async move {
            let began = Instant::now();
            let compiled = Rights::compile(rules).await;
            (began.elapsed(), compiled.is_ok())
        });
        for asked in requests.chunks(DECISIONS / 20).cycle() {
            p99.push(p99_ns(asked, &decide));
            if compiling.is_finished() {
                break;
            }
        }
        let (elapsed, is_compiled) = compiling.await?;
        if !is_compiled {
            return Err("the rules did not compile again".into());
        }
        took.push(elapsed.as_secs_f64() * 1e3);
    }
    report.row(Row {
        figure: "P3 all rules compiled again",
        value: format!(
            "{} ms, decisions meanwhile p99 {} ns",
            number(median(&took)),
            number(median(&p99))
        ),
        reference: "-".to_owned(),
        ratio: median(&took),
        target: Some(Bound::AtMost(TARGET_COMPILED_MS)),
        floor: None,
    });
    Ok(())
}
