//! Orders per second: many people order at the same time, one agent makes all of it true with
//! members in memory, each step in its journal on the disk. Counted from the first order until the
//! plane shows the last instance as running.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cell_agent::agent::{Agent, AgentParts, Settings};
use cell_agent_protocol::enrol::JoinToken;
use connectors::memory::MemoryRuntime;
use tokio::task::JoinSet;
use types::clock::{Clock as _, SharedClock, SystemClock};
use types::id::SystemIds;

use crate::order::person::Person;
use crate::report::{Bound, Report, Row, number};
use crate::stage::{Plane, Postgres, folder};
use crate::{Length, Outcome};

const PEOPLE: usize = 16;

/// Measures on both engines.
pub async fn run(report: &mut Report, length: Length) -> Outcome {
    let orders = match length {
        Length::Short => 400,
        Length::Long => 4_000,
    };
    let folder_sqlite = folder()?;
    let mut plane = Plane::prepare(folder_sqlite.path(), None)?;
    let rate = measure(report, &mut plane, folder_sqlite.path(), orders).await?;
    row(report, "P6 orders with durable steps, SQLite", rate);
    let folder = folder()?;
    let server = Postgres::start()?;
    let mut plane = Plane::prepare(folder.path(), Some(&server.url()))?;
    let rate = measure(report, &mut plane, folder.path(), orders).await?;
    row(report, "P6 orders with durable steps, PostgreSQL", rate);
    Ok(())
}

fn row(report: &mut Report, figure: &str, rate: f64) {
    report.row(Row {
        figure,
        value: format!("{}/s", number(rate)),
        reference: "-".to_owned(),
        ratio: rate,
        target: Some(Bound::AtLeast(500.0)),
        floor: Some(Bound::AtLeast(100.0)),
    });
}

async fn measure(report: &Report, plane: &mut Plane, folder: &Path, orders: usize) -> Outcome<f64> {
    plane.license(1_000_000)?;
    plane.serve().await?;
    let token = JoinToken::from_line(&plane.join_line("bench")?)?;
    let clock: SharedClock = Arc::new(SystemClock);
    let parts = AgentParts {
        clock: clock.clone(),
        ids: Arc::new(SystemIds),
        runtime: Arc::new(MemoryRuntime::new(clock)),
        state_dir: folder.join("agent"),
        settings: Settings::default(),
        join_token: Some(token),
    };
    let agent = Agent::start(parts).await?;
    let person = Person::sign_in(plane, "dev").await?;
    let began = Instant::now();
    let mut people = JoinSet::new();
    for number in 0..PEOPLE {
        let person = person.clone();
        people.spawn(async move {
            for order in (number..orders).step_by(PEOPLE) {
                let name = format!("cache-{order}");
                let token = person.preview(&name).await?;
                person.place(&name, &token).await?;
            }
            Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
        });
    }
    while let Some(ended) = people.join_next().await {
        ended??;
    }
    let placed = began.elapsed();
    while person.count("PROVISIONING").await? > 0 {
        if began.elapsed() > Duration::from_secs(120) {
            return Err("not all orders came true".into());
        }
        SystemClock.sleep(Duration::from_millis(20)).await;
    }
    let rate = f64::from(u32::try_from(orders)?) / began.elapsed().as_secs_f64();
    let running = person.count("RUNNING").await?;
    if running != orders {
        let failed = person.count("FAILED").await?;
        return Err(format!("{orders} orders, {running} run, {failed} failed").into());
    }
    report.say(&format!(
        "{orders} orders: placed after {placed:?}, all run after {:?}",
        began.elapsed()
    ));
    agent.stop().await?;
    plane.kill();
    Ok(rate)
}
