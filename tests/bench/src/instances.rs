//! P4: a page of 20 of 100,000 instances over GraphQL, asked from 16 connections, on PostgreSQL.
//!
//! Beside it: `pgbench -M prepared` with the plane's own statement and nothing around it, and
//! Mercurius (compiled queries) and Apollo Server that send the same statement over a pool, and
//! PostGraphile, which makes its own of the table. Those three check no token, decide no rights, count
//! no requests and log nothing; the plane does all.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::json;

use crate::http::{Storm, count, post, storm};
use crate::report::{Bound, Report, Row, median, number, ratio};
use crate::stage::{Plane, Postgres, Running, folder, free_port, until};
use crate::{Length, Outcome};

const CONNECTIONS: usize = 16;
const INSTANCES: u32 = 100_000;
const FIRST: usize = 20;
const LENGTH: Duration = Duration::from_millis(2_500);
const QUERY: &str = "query List($first: Int!) { instances(first: $first) { edges { node { \
    id name state wish package softwareVersion topology createdAt } } \
    pageInfo { hasNextPage endCursor } } }";

/// The same to PostGraphile, which has the tables for its schema.
const OF_TABLE: &str = "query List($first: Int!, $tenant: UUID!, $project: UUID!) { allInstances( \
    first: $first, orderBy: ID_DESC, \
    condition: { tenantId: $tenant, projectId: $project, deletedAt: null }) { edges { node { \
    id name state wish package softwareVersion topology createdAt } } \
    pageInfo { hasNextPage endCursor } } }";

/// What the plane sends for the page, as PostgreSQL's log shows it.
const STATEMENT: &str = "SELECT id, tenant_id, project_id, cell_id, name, live_name, package, \
    package_version, package_digest, software_version, topology, plan_id, millivcpu, memory_mib, \
    storage_mib, wish, state, generation, observed_generation, installed_version, \
    installed_digest, secrets, configuration_number, revision, operation_id, created_at, \
    created_by, deleted_at, forgotten_at FROM instance WHERE tenant_id = $1 AND project_id IN ($2) \
    AND deleted_at IS NULL ORDER BY id DESC LIMIT $3";

/// Rates of one side in all rounds.
#[derive(Default)]
struct Side {
    rates: Vec<f64>,
    p99_ms: Vec<f64>,
}

impl Side {
    fn add(&mut self, storm: &Storm) {
        self.rates.push(storm.rate);
        self.p99_ms.push(storm.p99_ms);
    }
}

/// Measures.
pub async fn run(report: &mut Report, length: Length) -> Outcome {
    let folder = folder()?;
    let server = Postgres::start()?;
    let mut plane = Plane::prepare(folder.path(), Some(&server.url()))?;
    plane.command(&["cell", "create", "bench"])?;
    fill(&server)?;
    plane.serve().await?;
    let token = plane.sign_in("dev").await?;
    let place = Place::of(&server)?;
    let nodes = [
        Node::start("mercurius", &server, &place).await?,
        Node::start("apollo", &server, &place).await?,
        Node::start("postgraphile", &server, &place).await?,
    ];
    let body = json!({ "query": QUERY, "variables": { "first": FIRST } }).to_string();
    let host = plane.http.trim_start_matches("http://").to_owned();
    let ours_request = post(&host, "/graphql", &token, &body);
    let (mut ours, mut database, mut node) =
        (Side::default(), Vec::new(), [(); 3].map(|()| Side::default()));
    for round in 0..=length.rounds() {
        let our = storm(&host, &ours_request, CONNECTIONS, LENGTH, is_page).await?;
        let bench = pgbench(&server, folder.path(), &place)?;
        let mut line =
            format!("round {round}: plane {}/s, pgbench {}/s", number(our.rate), number(bench));
        for (each, side) in nodes.iter().zip(&mut node) {
            let request = post(&each.host, each.path, "none", &each.body(&body, &place));
            let seen = storm(&each.host, &request, CONNECTIONS, LENGTH / 2, is_page).await?;
            line.push_str(&format!(", {} {}/s", each.name, number(seen.rate)));
            if round > 0 {
                side.add(&seen);
            }
        }
        // The first turn of each warms it up.
        if round > 0 {
            ours.add(&our);
            database.push(bench);
        }
        report.say(&line);
    }
    tell(report, &ours, &database, &nodes, &node);
    Ok(())
}

fn tell(report: &mut Report, ours: &Side, database: &[f64], nodes: &[Node], node: &[Side]) {
    let value = format!("{}/s", number(median(&ours.rates)));
    for (each, side) in nodes.iter().zip(node) {
        report.row(Row {
            figure: "P4 list of instances",
            value: value.clone(),
            reference: format!("{} {}/s", each.name, number(median(&side.rates))),
            ratio: ratio(&ours.rates, &side.rates),
            target: (each.name != "postgraphile").then_some(Bound::AtLeast(5.0)),
            floor: None,
        });
    }
    report.row(Row {
        figure: "P4 list of instances, p99 in ms",
        value: format!("{} ms", number(median(&ours.p99_ms))),
        reference: "-".to_owned(),
        ratio: median(&ours.p99_ms),
        target: Some(Bound::AtMost(10.0)),
        floor: None,
    });
    report.row(Row {
        figure: "P4 list of instances",
        value,
        reference: format!("pgbench {}/s", number(median(database))),
        ratio: ratio(&ours.rates, database),
        target: Some(Bound::AtLeast(0.5)),
        floor: Some(Bound::AtLeast(0.25)),
    });
}

fn is_page(body: &[u8]) -> bool {
    count(body, b"\"softwareVersion\":\"7.0\"") == FIRST
        && count(body, b"\"hasNextPage\":true") == 1
}

/// Instances of one project, as if they had been ordered one after the other.
fn fill(server: &Postgres) -> Outcome {
    server.ask(&format!(
        "INSERT INTO instance (id, tenant_id, project_id, cell_id, name, live_name, package, \
         package_version, package_digest, software_version, topology, plan_id, millivcpu, \
         memory_mib, storage_mib, wish, state, generation, observed_generation, secrets, \
         configuration_number, revision, operation_id, created_at, created_by) \
         SELECT (lpad(to_hex(1760000000000 + at), 12, '0') || '7000' || '8000' || \
         lpad(to_hex(at), 12, '0'))::uuid, p.tenant_id, p.id, c.id, 'cache-' || at, 'cache-' || at, \
         'redis', '1.0.0', repeat('ab', 32), '7.0', 'standalone', l.id, 500, 256, 1024, 'running', \
         'running', 1, 1, repeat('secret', 20), 1, at, gen_random_uuid(), \
         1760000000000000 + at * 1000, s.id \
         FROM generate_series(1, {INSTANCES}) AS at, \
         (SELECT id, tenant_id FROM project WHERE name = 'platform-dev') AS p, \
         (SELECT id FROM cell) AS c, (SELECT plan.id FROM plan JOIN offering o ON o.id = offering_id \
         WHERE o.package = 'redis' AND plan.name = 'small') AS l, \
         (SELECT id FROM subject WHERE name = 'dev') AS s"
    ))?;
    server.ask("ANALYZE")?;
    server.ask("CHECKPOINT")?;
    Ok(())
}

/// What the developer may see.
struct Place {
    tenant: String,
    project: String,
}

impl Place {
    fn of(server: &Postgres) -> Outcome<Self> {
        Ok(Self {
            tenant: server.ask("SELECT id FROM tenant WHERE name = 'acme'")?,
            project: server.ask("SELECT id FROM project WHERE name = 'platform-dev'")?,
        })
    }
}

fn pgbench(server: &Postgres, folder: &Path, place: &Place) -> Outcome<f64> {
    let file = folder.join("list.sql");
    let statement = STATEMENT.replace("$1", ":tenant").replace("$2", ":project");
    fs::write(&file, format!("{};\n", statement.replace("$3", ":rows")))?;
    let seconds = LENGTH.as_secs() + 1;
    let mut client = server.client("pgbench");
    client.args(["-n", "-M", "prepared", "-j", "2", "-c"]).arg(CONNECTIONS.to_string());
    client.args(["-T", &seconds.to_string(), "-D"]).arg(format!("tenant={}", place.tenant));
    client.arg("-D").arg(format!("project={}", place.project));
    client.arg("-D").arg(format!("rows={}", FIRST + 1)).arg("-f").arg(&file);
    let said = crate::stage::run(&mut client)?;
    let rate = said.lines().find_map(|line| line.strip_prefix("tps = "));
    let rate = rate.and_then(|rest| rest.split(' ').next()).ok_or("pgbench told no rate")?;
    Ok(rate.parse()?)
}

/// A GraphQL server of another kind.
struct Node {
    name: &'static str,
    host: String,
    path: &'static str,
    _process: Running,
}

impl Node {
    async fn start(name: &'static str, server: &Postgres, place: &Place) -> Outcome<Self> {
        let port = free_port()?;
        // PostGraphile has a GraphQL library of its own beside it.
        let folder = if name == "postgraphile" { name } else { "node" };
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let mut command = Command::new("node");
        command.current_dir(folder).env("NODE_ENV", "production").env("LIST_STATEMENT", STATEMENT);
        command.arg(format!("{name}.mjs")).arg(&port).arg(server.url());
        command.args([&place.tenant, &place.project]).stdout(Stdio::null());
        let process = Running(command.spawn()?);
        let host = format!("127.0.0.1:{port}");
        let answers = async || tokio::net::TcpStream::connect(&host).await.is_ok();
        until(name, answers).await?;
        let path = if name == "apollo" { "/" } else { "/graphql" };
        Ok(Self { name, host, path, _process: process })
    }
    /// What it is asked for the page.
    fn body(&self, usual: &str, place: &Place) -> String {
        if self.name != "postgraphile" {
            return usual.to_owned();
        }
        let Place { tenant, project } = place;
        let variables = json!({ "first": FIRST, "tenant": tenant, "project": project });
        json!({ "query": OF_TABLE, "variables": variables }).to_string()
    }
}
