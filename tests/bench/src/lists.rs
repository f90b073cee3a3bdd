//! Long lists and large trees on PostgreSQL: a page at position 1,000,000 beside the first one, and
//! pages and moves of a tree of 100,000 organizations.

use std::time::{Duration, Instant};

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use crate::http::{count, post, storm};
use crate::report::{Bound, Report, Row, median, number};
use crate::stage::{Plane, Postgres, folder};
use crate::{Length, Outcome};

const ORGANIZATIONS: u32 = 100_000;
const ROWS: u32 = 1_000_100;
/// Where the second page begins.
const POSITION: u32 = 1_000_000;
const MOVES: usize = 20;
const LENGTH: Duration = Duration::from_millis(400);
const PAGE_TARGET_MS: f64 = 50.0;
const MOVE_TARGET_MS: f64 = 100.0;
const POSITION_TARGET: f64 = 1.5;

/// What the portal asks for when a node of its tree is opened.
const BELOW: &str = "query Below($id: String!, $after: String) { organization(idOrName: $id) { id \
    children(first: 50, after: $after) { nodes { id name title isLeaf viewerCan } \
    pageInfo { hasNextPage endCursor } } } }";
const SEARCH: &str = "query Search($text: String) { organizations(first: 50, search: $text) { \
    nodes { id name title path { name } } pageInfo { hasNextPage endCursor } } }";
const MOVE: &str = "mutation Move($input: MoveOrganizationInput!) { moveOrganization(input: \
    $input) { organization { id } } }";

/// Measures.
pub async fn run(report: &mut Report, length: Length) -> Outcome {
    let folder = folder()?;
    let server = Postgres::start()?;
    let mut plane = Plane::prepare(folder.path(), Some(&server.url()))?;
    server.ask(&tree())?;
    plane.serve().await?;
    let asker = Asker::of(&plane).await?;
    asker.tree(report, length).await?;
    plane.kill();
    for rows in [wide(), subjects(), audit()] {
        server.ask(&rows)?;
    }
    server.ask("ANALYZE")?;
    plane.serve().await?;
    Asker::of(&plane).await?.positions(report, length).await
}

/// The tenant's administrator.
struct Asker {
    host: String,
    token: String,
}

impl Asker {
    async fn of(plane: &Plane) -> Outcome<Self> {
        let host = plane.http.trim_start_matches("http://").to_owned();
        Ok(Self { host, token: plane.sign_in("admin").await? })
    }

    fn request(&self, query: &str, variables: &Value) -> Vec<u8> {
        let body = json!({ "query": query, "variables": variables }).to_string();
        post(&self.host, "/graphql", &self.token, &body)
    }

    /// Milliseconds of one request in the middle of many, over one connection.
    async fn takes(&self, request: &[u8], is_right: fn(&[u8]) -> bool) -> Outcome<(f64, f64)> {
        let seen = storm(&self.host, request, 1, LENGTH, is_right).await?;
        Ok((1e3 / seen.rate, seen.p99_ms))
    }

    async fn tree(&self, report: &mut Report, length: Length) -> Outcome {
        let below = |id: &str, after: Option<String>| {
            self.request(BELOW, &json!({ "id": id, "after": after }))
        };
        let pages = [
            ("first page of 50", below("n1", None)),
            ("a page behind 9,000", below("n1", Some(text_cursor("n9000")))),
            ("search with 50 hits", self.request(SEARCH, &json!({ "text": "n77" }))),
            ("search with one hit", self.request(SEARCH, &json!({ "text": "n99999" }))),
        ];
        for (what, request) in pages {
            let is_right = if what.ends_with("one hit") { is_alone } else { is_page };
            let (mut took, mut p99) = (Vec::new(), Vec::new());
            for _ in 0..length.rounds() {
                let (mean, slowest) = self.takes(&request, is_right).await?;
                took.push(mean);
                p99.push(slowest);
            }
            tell(report, &format!("tree of 100,000: {what}"), &took, &p99, PAGE_TARGET_MS);
        }
        self.moves(report).await
    }

    /// The organization that has nearly all others below it, to and fro between two others.
    async fn moves(&self, report: &mut Report) -> Outcome {
        let client = reqwest::Client::builder().no_proxy().build()?;
        let ask = async |query: &str, variables: Value| -> Outcome<Value> {
            let request = client.post(format!("http://{}/graphql", self.host));
            let request = request.bearer_auth(&self.token);
            let answer = request.json(&json!({ "query": query, "variables": variables }));
            let answer: Value = answer.send().await?.json().await?;
            match answer.get("errors") {
                None => Ok(answer),
                Some(errors) => Err(format!("refused: {errors}").into()),
            }
        };
        let mut ids = Vec::new();
        for name in ["n1", "n2", "n3"] {
            let found = ask(BELOW, json!({ "id": name })).await?;
            let id = found.pointer("/data/organization/id").and_then(Value::as_str);
            ids.push(id.ok_or("no such organization")?.to_owned());
        }
        let [moved, one, other] = ids.as_slice() else { return Err("three were found".into()) };
        let mut took = Vec::new();
        for at in 0..MOVES {
            let parent = if at % 2 == 0 { one } else { other };
            let key = format!("move-{at}");
            let input = json!({ "organization": moved, "parent": parent, "idempotencyKey": key });
            let began = Instant::now();
            ask(MOVE, json!({ "input": input })).await?;
            took.push(began.elapsed().as_secs_f64() * 1e3);
        }
        let slowest = took.iter().copied().fold(0.0, f64::max);
        tell(report, "tree of 100,000: a move", &took, &[slowest], MOVE_TARGET_MS);
        Ok(())
    }

    async fn positions(&self, report: &mut Report, length: Length) -> Outcome {
        let child = text_cursor(&format!("wide-{POSITION:07}"));
        let subject = text_cursor(&format!("user-{POSITION:07}"));
        let record = number_cursor(i64::from(ROWS - POSITION));
        let subjects = "query($after: String) { subjects(first: 50, after: $after) { edges { cursor \
            node { id name title kind state createdAt } } pageInfo { hasNextPage } } }";
        let children = "query($after: String) { organization(idOrName: \"n2\") { children(first: 50, \
            after: $after) { edges { cursor node { id name title } } pageInfo { hasNextPage } } } }";
        let audit = "query($after: String) { audit(first: 50, after: $after) { edges { cursor node { \
            number at subject action target } } pageInfo { hasNextPage } } }";
        for (what, query, after) in [
            ("children", children, child),
            ("members", subjects, subject),
            ("audit", audit, record),
        ] {
            let first = self.request(query, &json!({}));
            let later = self.request(query, &json!({ "after": after }));
            let (mut begins, mut goes_on) = (Vec::new(), Vec::new());
            for _ in 0..length.rounds() {
                begins.push(self.takes(&first, is_edges).await?.0);
                goes_on.push(self.takes(&later, is_edges).await?.0);
            }
            report.row(Row {
                figure: &format!("{what} at position 1,000,000"),
                value: format!("{} ms", number(median(&goes_on))),
                reference: format!("at 0 {} ms", number(median(&begins))),
                ratio: crate::report::ratio(&goes_on, &begins),
                target: Some(Bound::AtMost(POSITION_TARGET)),
                floor: None,
            });
        }
        Ok(())
    }
}

fn tell(report: &mut Report, figure: &str, took: &[f64], p99: &[f64], target: f64) {
    report.row(Row {
        figure,
        value: format!("{} ms, slowest {} ms", number(median(took)), number(median(p99))),
        reference: "-".to_owned(),
        ratio: median(took),
        target: Some(Bound::AtMost(target)),
        floor: None,
    });
}

fn is_page(body: &[u8]) -> bool {
    count(body, b"\"title\"") == 50 && count(body, b"\"hasNextPage\":true") == 1
}

fn is_alone(body: &[u8]) -> bool {
    count(body, b"\"title\"") == 1 && count(body, b"\"hasNextPage\":false") == 1
}

fn is_edges(body: &[u8]) -> bool {
    count(body, b"\"cursor\"") == 50
}

fn text_cursor(text: &str) -> String {
    BASE64URL_NOPAD.encode(format!("t{text}").as_bytes())
}

fn number_cursor(number: i64) -> String {
    BASE64URL_NOPAD.encode(&[b"n".as_slice(), &number.to_be_bytes()].concat())
}

/// Ten below the root, 9,990 below the first of them, and ten below most of those.
fn tree() -> String {
    let root = "(SELECT id FROM organization WHERE parent_id IS NULL AND tenant_id = t.id)";
    let id =
        |at: &str| format!("('00000000-0000-7000-8000-' || lpad(to_hex({at}), 12, '0'))::uuid");
    format!(
        "INSERT INTO organization (id, tenant_id, parent_id, name, title, created_at, revision) \
         SELECT {}, t.id, CASE WHEN at <= 10 THEN {root} WHEN at <= 10000 THEN {} ELSE {} END, \
         'n' || at, 'Node ' || at, 1760000000000000, t.tree_revision \
         FROM generate_series(1, {ORGANIZATIONS}) AS at, (SELECT * FROM tenant WHERE name = 'acme') \
         AS t",
        id("at"),
        id("1"),
        id("at / 10"),
    )
}

fn wide() -> String {
    format!(
        "INSERT INTO organization (id, tenant_id, parent_id, name, title, created_at, revision) \
         SELECT gen_random_uuid(), t.id, o.id, 'wide-' || lpad(at::text, 7, '0'), 'Wide', \
         1760000000000000, t.tree_revision \
         FROM generate_series(1, {ROWS}) AS at, (SELECT * FROM tenant WHERE name = 'acme') AS t, \
         (SELECT id FROM organization WHERE name = 'n2') AS o"
    )
}

fn subjects() -> String {
    format!(
        "INSERT INTO subject (id, tenant_id, name, title, kind, state, created_at) \
         SELECT gen_random_uuid(), s.tenant_id, 'user-' || lpad(at::text, 7, '0'), 'Somebody', \
         s.kind, s.state, s.created_at FROM generate_series(1, {ROWS}) AS at, \
         (SELECT * FROM subject WHERE name = 'dev') AS s"
    )
}

/// Records whose hashes nobody asks for.
fn audit() -> String {
    format!(
        "INSERT INTO audit (tenant_id, number, at, subject_name, action, outcome, request_id, \
         content, previous_hash, hash) \
         SELECT h.tenant_id, h.audit_number + at, 1760000000000000 + at, 'dev', 'placeOrder', \
         'done', 'r-' || at, '{{}}', repeat('0', 64), repeat('0', 64) \
         FROM generate_series(1, {ROWS}) AS at, head AS h JOIN tenant AS t ON t.id = h.tenant_id \
         WHERE t.name = 'acme'; \
         UPDATE head SET audit_number = audit_number + {ROWS} \
         WHERE tenant_id = (SELECT id FROM tenant WHERE name = 'acme')"
    )
}
