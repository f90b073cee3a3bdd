//! P1: usage records over the agents' API, with mutual TLS, signed, deduplicated, rolled up and
//! synced, beside the database's own bulk load of the same rows into the same table and key.
//!
//! Four cells deliver at the same time, as they do in life; each waits for the answer to a batch
//! before it sends the next, as the agent does. A batch is ten minutes of 125 members with four
//! meters each. Bodies are signed and written before the clock runs: that is work of the cells.

use std::time::Instant;

use tokio::task::JoinSet;

use crate::report::{Bound, Report, Row, median, number, ratio};
use crate::stage::{Plane, Postgres, folder};
use crate::usage::cell::{Cell, Place};
use crate::{Length, Outcome};

mod cell;
mod reference;

use reference::{Bulk, Table};

const CELLS: usize = 4;
/// Records of a batch; the protocol allows no more.
pub(crate) const BATCH: usize = 5_000;
/// Batches of each cell in one round.
const BATCHES: usize = 3;

/// Measures on both engines.
pub async fn run(report: &mut Report, length: Length) -> Outcome {
    sqlite(report, length).await?;
    postgres(report, length).await
}

/// On the embedded database.
pub async fn sqlite(report: &mut Report, length: Length) -> Outcome {
    let folder = folder()?;
    let mut plane = Plane::prepare(folder.path(), None)?;
    let table = Table::Sqlite { file: plane.file("plane.db"), folder: folder.path().to_owned() };
    let measured = measure(report, &mut plane, &table, &[Bulk::Insert], length).await?;
    let inserts = &measured.bulk[0];
    report.row(Row {
        figure: "P1 usage records, SQLite",
        value: format!("{}/s", number(median(&measured.ours))),
        reference: format!("batched insert {}/s", number(median(inserts))),
        ratio: ratio(&measured.ours, inserts),
        target: Some(Bound::AtLeast(0.5)),
        floor: None,
    });
    Ok(())
}

/// On PostgreSQL.
pub async fn postgres(report: &mut Report, length: Length) -> Outcome {
    let folder = folder()?;
    let server = Postgres::start()?;
    let mut plane = Plane::prepare(folder.path(), Some(&server.url()))?;
    let table = Table::Postgres { server: &server, folder: folder.path().to_owned() };
    let bulks = [Bulk::Insert, Bulk::Copy];
    let measured = measure(report, &mut plane, &table, &bulks, length).await?;
    let rate = median(&measured.ours);
    for (bulk, theirs) in ["batched insert", "COPY"].iter().zip(&measured.bulk) {
        report.row(Row {
            figure: "P1 usage records, PostgreSQL",
            value: format!("{}/s", number(rate)),
            reference: format!("{bulk} {}/s", number(median(theirs))),
            ratio: ratio(&measured.ours, theirs),
            target: Some(Bound::AtLeast(0.5)),
            floor: None,
        });
    }
    report.row(Row {
        figure: "P1 usage records, PostgreSQL",
        value: format!("{}/s", number(rate)),
        reference: "-".to_owned(),
        ratio: rate,
        target: Some(Bound::AtLeast(100_000.0)),
        floor: Some(Bound::AtLeast(20_000.0)),
    });
    report.row(Row {
        figure: "P1 usage records, PostgreSQL",
        value: format!("{}/s", number(rate)),
        reference: format!("COPY {}/s", number(median(&measured.bulk[1]))),
        ratio: ratio(&measured.ours, &measured.bulk[1]),
        target: Some(Bound::AtLeast(0.5)),
        floor: None,
    });
    Ok(())
}

/// Records per second of each round.
struct Measured {
    ours: Vec<f64>,
    bulk: Vec<Vec<f64>>,
}

async fn measure(
    report: &Report,
    plane: &mut Plane,
    table: &Table<'_>,
    bulks: &[Bulk],
    length: Length,
) -> Outcome<Measured> {
    plane.serve().await?;
    let place: Place = table.place()?;
    let mut cells = Vec::new();
    for number in 0..CELLS {
        cells.push(Cell::join(plane, number).await?);
    }
    for cell in &cells {
        table.run(&cell.births(&place, table.is_sqlite()))?;
    }
    table.copies()?;
    let mut measured = Measured { ours: Vec::new(), bulk: vec![Vec::new(); bulks.len()] };
    let records = CELLS * BATCHES * BATCH;
    for round in 0..length.rounds() {
        // The next batches are signed on all cores, but not while anything is measured.
        let batches: Vec<Vec<Vec<u8>>> = prepared(&mut cells).await?;
        let began = Instant::now();
        deliver(&cells, batches).await?;
        let ours = rate(records, began.elapsed().as_secs_f64());
        measured.ours.push(ours);
        let mut line = format!("round {}: agent API {}/s", round + 1, number(ours));
        let ids: Vec<_> = cells.iter().map(|cell| (cell.id(), cell.delivered())).collect();
        for (bulk, rates) in bulks.iter().zip(&mut measured.bulk) {
            let seconds = table.bulk(*bulk, &ids, BATCHES * BATCH)?;
            rates.push(rate(records, seconds));
            line.push_str(&format!(", {bulk:?} {}/s", number(rate(records, seconds))));
        }
        report.say(&line);
    }
    let counted = table.counted()?;
    let sent: i64 = cells.iter().map(Cell::delivered).sum();
    let seconds: i64 = cells.iter().map(Cell::metered).sum();
    if counted != (sent, seconds) {
        let what = format!("sent {sent} records of {seconds} units, counted {counted:?}");
        return Err(what.into());
    }
    report.say(&format!("{sent} records are there, each counted once in its hour"));
    plane.kill();
    Ok(measured)
}

async fn prepared(cells: &mut [Cell]) -> Outcome<Vec<Vec<Vec<u8>>>> {
    let mut all = Vec::new();
    for cell in cells {
        let mut own = Vec::new();
        for _ in 0..BATCHES {
            own.push(cell.next_batch()?);
        }
        all.push(own);
    }
    Ok(all)
}

async fn deliver(cells: &[Cell], batches: Vec<Vec<Vec<u8>>>) -> Outcome {
    let mut open = JoinSet::new();
    for (cell, own) in cells.iter().zip(batches) {
        let (post, last) = (cell.post(), cell.delivered());
        open.spawn(async move {
            let mut acknowledged = 0;
            for body in own {
                acknowledged = post.usage(body).await?;
            }
            match acknowledged == last {
                true => Ok::<(), Box<dyn std::error::Error + Send + Sync>>(()),
                false => Err(format!("sent {last}, acknowledged {acknowledged}").into()),
            }
        });
    }
    while let Some(ended) = open.join_next().await {
        ended??;
    }
    Ok(())
}

fn rate(records: usize, seconds: f64) -> f64 {
    f64::from(u32::try_from(records).unwrap_or(u32::MAX)) / seconds
}
