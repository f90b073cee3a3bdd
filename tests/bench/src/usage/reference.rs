//! The same rows, loaded by the database's own means: `COPY`, and inserts of a batch each. The
//! table is a copy of the plane's with the same key and indexes, and each batch is a commit that is
//! synced. Only the statements are timed, not the start of the client.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use types::id::CellId;

use crate::Outcome;
use crate::stage::{Postgres, python};
use crate::usage::BATCH;
use crate::usage::cell::Place;

/// How the reference loads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bulk {
    /// An insert of a whole batch.
    Insert,
    /// `COPY FROM STDIN` of a whole batch.
    Copy,
}

/// The database that plane and reference share.
pub enum Table<'a> {
    /// The plane's file.
    Sqlite {
        /// The plane's database.
        file: PathBuf,
        /// For the reference's own.
        folder: PathBuf,
    },
    /// A server.
    Postgres {
        /// The server.
        server: &'a Postgres,
        /// For files in between.
        folder: PathBuf,
    },
}

const TENANT: &str = "SELECT id FROM tenant WHERE name = 'acme'";
const PROJECT: &str = "SELECT id FROM project WHERE name = 'platform-dev'";

/// Inserts rows of the plane's table into a table of the same shape in a file of its own, a batch
/// per transaction, with one prepared statement; prints the seconds of that alone.
const SQLITE_INSERT: &str = r#"
import sqlite3, sys, time
source, target, batch, ranges = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:]
plane = sqlite3.connect(f"file:{source}?mode=ro", uri=True)
table = sqlite3.connect(target, isolation_level=None)
table.execute("PRAGMA journal_mode=WAL")
table.execute("PRAGMA synchronous=FULL")
if not table.execute("SELECT 1 FROM sqlite_master").fetchone():
    for (sql,) in plane.execute(
        "SELECT sql FROM sqlite_master WHERE tbl_name='usage_record' AND sql IS NOT NULL ORDER BY type DESC"):
        table.execute(sql)
rows = []
for part in ranges:
    cell, first, last = part.split(":")
    rows += plane.execute("SELECT * FROM usage_record WHERE cell_id=? AND sequence BETWEEN ? AND ?",
                          (bytes.fromhex(cell), int(first), int(last))).fetchall()
insert = f"INSERT INTO usage_record VALUES ({','.join('?' * len(rows[0]))})"
began = time.perf_counter()
for at in range(0, len(rows), batch):
    table.execute("BEGIN IMMEDIATE")
    table.executemany(insert, rows[at:at + batch])
    table.execute("COMMIT")
print(time.perf_counter() - began)
"#;

const SQLITE_RUN: &str = r#"
import sqlite3, sys
plane = sqlite3.connect(sys.argv[1], timeout=30)
for row in plane.executescript(open(sys.argv[2]).read()): pass
plane.commit()
"#;

const SQLITE_ASK: &str = r#"
import sqlite3, sys
for row in sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True).execute(sys.argv[2]):
    print("|".join(each.hex() if isinstance(each, bytes) else str(each) for each in row))
"#;

impl Table<'_> {
    /// Whether literals are SQLite's.
    pub fn is_sqlite(&self) -> bool {
        matches!(self, Self::Sqlite { .. })
    }

    fn ask(&self, sql: &str) -> Outcome<String> {
        match self {
            Self::Sqlite { file, .. } => python(SQLITE_ASK, &[&file.to_string_lossy(), sql]),
            Self::Postgres { server, .. } => server.ask(sql),
        }
    }

    /// Runs statements.
    pub fn run(&self, sql: &str) -> Outcome {
        match self {
            Self::Sqlite { file, folder } => {
                let script = folder.join("run.sql");
                fs::write(&script, sql)?;
                python(SQLITE_RUN, &[&file.to_string_lossy(), &script.to_string_lossy()])?;
            }
            Self::Postgres { server, folder } => {
                let script = folder.join("run.sql");
                fs::write(&script, format!("BEGIN;\n{sql}\nCOMMIT;\n"))?;
                server.run_file(&script)?;
            }
        }
        Ok(())
    }

    /// Where the demo's developers put what they order.
    pub fn place(&self) -> Outcome<Place> {
        let literal = |id: String| match self.is_sqlite() {
            true => format!("X'{id}'"),
            false => format!("'{id}'"),
        };
        Ok(Place { tenant: literal(self.ask(TENANT)?), project: literal(self.ask(PROJECT)?) })
    }

    /// Makes the reference's tables.
    pub fn copies(&self) -> Outcome {
        let Self::Postgres { server, .. } = self else { return Ok(()) };
        for name in ["bulk_insert", "bulk_copy"] {
            server.ask(&format!("CREATE TABLE {name} (LIKE usage_record INCLUDING ALL)"))?;
        }
        Ok(())
    }

    /// Counted records, and the sum of all hours.
    pub fn counted(&self) -> Outcome<(i64, i64)> {
        let records = "SELECT count(*) FROM usage_record WHERE status = 'counted'";
        let hours = "SELECT sum(quantity) FROM usage_hour";
        Ok((self.ask(records)?.parse()?, self.ask(hours)?.parse()?))
    }

    /// Loads the last so many rows of each cell again; answers the seconds that it took.
    pub fn bulk(&self, bulk: Bulk, cells: &[(CellId, i64)], count: usize) -> Outcome<f64> {
        let count = i64::try_from(count)?;
        match self {
            Self::Sqlite { file, folder } => {
                let target = folder.join("reference.db");
                let mut arguments = vec![
                    file.to_string_lossy().into_owned(),
                    target.to_string_lossy().into_owned(),
                    BATCH.to_string(),
                ];
                for (cell, last) in cells {
                    let id = cell.uuid().simple().to_string();
                    arguments.push(format!("{id}:{}:{last}", last - count + 1));
                }
                let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
                Ok(python(SQLITE_INSERT, &arguments)?.parse()?)
            }
            Self::Postgres { server, folder } => postgres(server, folder, bulk, cells, count),
        }
    }
}

/// One connection per cell at the same time, as the plane has it.
fn postgres(
    server: &Postgres,
    folder: &Path,
    bulk: Bulk,
    cells: &[(CellId, i64)],
    count: i64,
) -> Outcome<f64> {
    let batch = i64::try_from(BATCH)?;
    let mut scripts = Vec::new();
    for (at, (cell, last)) in cells.iter().enumerate() {
        let mut script = "\\timing on\n".to_owned();
        for first in (last - count + 1..=*last).step_by(BATCH) {
            let file = folder.join(format!("rows-{at}-{first}.csv"));
            let rows = format!(
                "\\copy (SELECT * FROM usage_record WHERE cell_id = '{}' AND sequence BETWEEN \
                 {first} AND {}) TO '{}' CSV",
                cell.uuid(),
                first + batch - 1,
                file.display()
            );
            server.ask(&rows)?;
            match bulk {
                Bulk::Copy => {
                    script.push_str(&format!("\\copy bulk_copy FROM '{}' CSV\n", file.display()));
                }
                Bulk::Insert => script.push_str(&insert(&fs::read_to_string(&file)?)),
            }
        }
        let file = folder.join(format!("bulk-{at}.sql"));
        fs::write(&file, script)?;
        scripts.push(file);
    }
    let mut running = Vec::new();
    for script in &scripts {
        let mut client = server.client("psql");
        client.args(["-qXAt", "-v", "ON_ERROR_STOP=1", "-f"]).arg(script);
        running.push(client.stdout(Stdio::piped()).spawn()?);
    }
    let mut longest = 0.0_f64;
    for client in running {
        let output = client.wait_with_output()?;
        if !output.status.success() {
            return Err("the reference could not load its rows".into());
        }
        longest = longest.max(timed(&String::from_utf8(output.stdout)?)?);
    }
    Ok(longest)
}

/// The seconds of all statements together, as psql tells them.
fn timed(output: &str) -> Outcome<f64> {
    let mut sum_ms = 0.0;
    for line in output.lines() {
        if let Some(rest) = line.strip_prefix("Time: ") {
            sum_ms += rest.split(' ').next().unwrap_or_default().parse::<f64>()?;
        }
    }
    Ok(sum_ms / 1e3)
}

fn insert(rows: &str) -> String {
    let mut sql = "INSERT INTO bulk_insert VALUES ".to_owned();
    for (at, row) in rows.lines().enumerate() {
        let literal = |field: &str| match field {
            "" => "NULL".to_owned(),
            text => format!("'{text}'"),
        };
        let fields: Vec<String> = row.split(',').map(literal).collect();
        sql.push_str(if at == 0 { "(" } else { ",(" });
        sql.push_str(&fields.join(","));
        sql.push(')');
    }
    sql.push_str(";\n");
    sql
}
