//! A word that stands in every text another tenant has, and queries generated from the schema that
//! ask for everything: the word is in no answer.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;

use sea_orm::{
    ConnectionTrait as _, Database, DatabaseConnection, DbBackend, QueryResult, Statement,
};
use serde_json::{Value, json};
use tests::client::User;
use tests::world::World;

use super::{Access, things};

/// The word.
const CANARY: &str = "zq7canary";

/// Who asks.
const ASKERS: [&str; 8] =
    ["admin", "head", "dev", "seller", "viewer", "finance", "auditor", "nobody"];

/// Columns in which people write. A new column of texts stands here or below.
const PROSE: &[&str] = &[
    "client",
    "comment",
    "created_by",
    "description",
    "external",
    "groups_claim",
    "impersonator",
    "instance_name",
    "live_name",
    "name",
    "name_claim",
    "problem_message",
    "reason",
    "state_reason",
    "subject_name",
    "text",
    "title",
];

/// Columns that hold words of the product, references, hashes and documents: with another word in it
/// the row could not be read. What people wrote into documents has the canary from the start, as the
/// name of an instance.
const WORDS: &[&str] = &[
    "above",
    "action",
    "actions",
    "address",
    "addresses",
    "attempt",
    "audit_hash",
    "behind",
    "bill_period",
    "billed_in",
    "browser_hash",
    "charge_period",
    "client_id",
    "client_secret",
    "code",
    "command",
    "content",
    "currency",
    "effect",
    "event",
    "external_hash",
    "group_mapping",
    "hash",
    "holder_kind",
    "host",
    "id",
    "id_token",
    "idempotency_key",
    "input_hash",
    "installed_digest",
    "installed_version",
    "issuer",
    "key",
    "kind",
    "last_address",
    "meter",
    "model",
    "mutation",
    "mutations",
    "node",
    "nonce_hash",
    "number",
    "observed_role",
    "outcome",
    "package",
    "package_digest",
    "package_version",
    "packages",
    "parameters",
    "parent",
    "parent_bill",
    "parts",
    "period",
    "plans",
    "previous_hash",
    "problem",
    "problem_code",
    "request_id",
    "resource",
    "return_path",
    "role",
    "scope",
    "scopes",
    "secrets",
    "signature",
    "software_version",
    "source",
    "state",
    "status",
    "steps",
    "summary",
    "target",
    "templates",
    "through",
    "tiers",
    "token_hash",
    "topology",
    "unit",
    "unit_price",
    "verifier",
    "wish",
    "zone",
];

/// What needs an input; see `resource.rs` for what it answers to foreign ids.
const BY_INPUT: [&str; 4] = ["compare", "previewBatch", "previewChange", "previewOrder"];

/// An object of the schema and what it has.
type Types = BTreeMap<String, Vec<Field>>;

struct Field {
    name: String,
    /// Name of the type without what is around it.
    of: String,
    is_object: bool,
    /// Names and types of the arguments that must be given.
    required: Vec<(String, String)>,
    /// Whether it takes `first`: a connection.
    is_connection: bool,
}

/// A query, and the field of the schema that it is about.
#[derive(Clone, Debug)]
struct Ask {
    field: String,
    text: String,
}

pub(super) async fn no_answer_has_a_word_of_another_tenant(world: &mut World) {
    let seed = world.seed;
    let (dev, stranger) = (world.user("dev").await, world.user("stranger").await);
    let (admin, names) = (world.user("admin").await, [CANARY, "globex", "globex-dev"]);
    let order = world.redis(seed.globex_dev, CANARY, "standalone");
    let mut foreign =
        things(world, ["stranger"; 2], &stranger, &order, seed.globex_root, names).await;
    foreign.access = Some(Access::of(&stranger, seed.globex_root.to_string()).await);
    world.becomes(&stranger, &foreign.instance, "RUNNING").await;
    let order = world.redis(seed.platform_dev, "mine", "standalone");
    let names = ["mine", "platform", "platform-dev"];
    let mut ours = things(world, ["dev", "admin"], &dev, &order, seed.platform, names).await;
    ours.access = Some(Access::of(&admin, seed.platform.to_string()).await);
    november_is_billed(world).await;
    let (admin, stranger) = (world.user("admin").await, world.user("stranger").await);
    let around = Database::connect(world.database()).await.expect("a connection");
    let columns = prose(&around).await;
    let types = types(&admin).await;
    let queries = queries(&types, &[foreign.everything(), ours.everything()].concat());
    let mut askers = vec![("no session", admin.holding("none"))];
    for name in ASKERS {
        askers.push((name, world.user(name).await));
    }
    mark(&around, &columns, "globex").await;
    // What a plane keeps in memory is from before.
    world.kill_plane().await;
    world.restart_plane().await;
    let askers: Vec<_> =
        askers.iter().map(|(name, user)| (*name, user.at(&world.address()))).collect();
    world.alarms.take_log();
    let (attempts, leaks) = told(&askers, &queries).await;
    let logged = world.alarms.take_log();
    let logged: Vec<_> = logged.iter().filter(|line| line.contains(CANARY)).collect();
    assert!(logged.is_empty(), "the plane's log has words of a tenant: {logged:#?}");
    say(&format!(
        "{} columns, {attempts} queries, {} answers with a word of another tenant",
        columns.len(),
        leaks.len()
    ));
    assert!(leaks.is_empty(), "{leaks:#?}");
    assert_eq!(world.alarms.take(), Vec::<String>::new(), "a query ended in a defect");
    // The one whose words they are shows that they would have been seen, and where.
    let (_, seen) = told(&[("stranger", stranger.at(&world.address()))], &queries).await;
    let seen: BTreeSet<_> = seen.iter().map(|ask| ask.field.as_str()).collect();
    say(&format!("the tenant itself finds its words in {} fields: {seen:?}", seen.len()));
    assert!(seen.len() >= 20, "the canary is hardly anywhere: {seen:?}");
    for field in ["instances", "organization", "role", "groups", "tenant", "bill", "assetRegister"]
    {
        assert!(seen.iter().any(|each| each.starts_with(field)), "{field}: no word of its own");
    }
    // Where a word of the product is expected, the canary was in the way.
    world.alarms.take();
    unmark(&around, &columns, "globex").await;
    around.close().await.expect("closed");
}

/// Both tenants have a bill that stays as it is: months close without a cell that is silent.
async fn november_is_billed(world: &mut World) {
    world.kill_agent().await;
    world.clock.set("2026-12-04T16:00:00Z".parse().expect("an instant"));
    world.sign_in_again();
    let closed = "SELECT COUNT(*) FROM billing_period WHERE state = 'closed'";
    world.until("both months closed", async || world.number(closed).await >= 2).await;
}

/// For whoever watches.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Asks everything as everybody; answers how often, and what was told that should not have been.
async fn told(askers: &[(&str, User)], queries: &[Ask]) -> (usize, Vec<Ask>) {
    let (mut attempts, mut leaks) = (0, Vec::new());
    for (name, user) in askers {
        for ask in queries {
            attempts += 1;
            let answer = user.ask(&ask.text, json!({})).await;
            assert_ne!(answer.code(), "BAD_QUERY", "{}: {}", ask.text, answer.text);
            if answer.text.contains(CANARY) {
                let text = format!("{name}: {} {}", ask.text, answer.text);
                leaks.push(Ask { field: ask.field.clone(), text });
            }
        }
    }
    (attempts, leaks)
}

/// All columns of tenants' tables in which people write.
async fn prose(around: &DatabaseConnection) -> Vec<(String, String)> {
    let backend = around.get_database_backend();
    let all = match backend {
        DbBackend::Sqlite => {
            "SELECT m.name AS t, p.name AS c, p.type AS k FROM sqlite_master m \
             JOIN pragma_table_info(m.name) p WHERE m.type = 'table'"
        }
        DbBackend::Postgres => {
            "SELECT table_name::text AS t, column_name::text AS c, data_type::text AS k \
             FROM information_schema.columns WHERE table_schema = 'public'"
        }
        _ => {
            "SELECT table_name AS t, column_name AS c, data_type AS k \
             FROM information_schema.columns WHERE table_schema = DATABASE()"
        }
    };
    let rows = around.query_all_raw(Statement::from_string(backend, all)).await.expect("columns");
    let text = |row: &QueryResult, name: &str| row.try_get::<String>("", name).expect("a text");
    let rows: Vec<_> =
        rows.iter().map(|row| (text(row, "t"), text(row, "c"), text(row, "k"))).collect();
    let tenants: BTreeSet<_> = rows
        .iter()
        .filter(|(_, column, _)| column == "tenant_id")
        .map(|row| row.0.clone())
        .collect();
    let is_text = |kind: &str| {
        let kind = kind.to_lowercase();
        !kind.contains("uuid") && (kind.contains("char") || kind.contains("text"))
    };
    let texts =
        rows.into_iter().filter(|(table, _, kind)| is_text(kind) && tenants.contains(table));
    let (texts, others): (Vec<_>, Vec<_>) =
        texts.partition(|(_, column, _)| PROSE.contains(&column.as_str()));
    for (table, column, _) in others {
        assert!(WORDS.contains(&column.as_str()), "{table}.{column}: do people write in it?");
    }
    // Of usage, a reason is a word of the product.
    let texts = texts.into_iter().filter(|(table, ..)| !table.starts_with("usage_"));
    texts.map(|(table, column, _)| (table, column)).collect()
}

fn joined(around: &DatabaseConnection, column: &str) -> String {
    match around.get_database_backend() {
        DbBackend::MySql => format!("CONCAT({column}, '-{CANARY}')"),
        _ => format!("{column} || '-{CANARY}'"),
    }
}

async fn mark(around: &DatabaseConnection, columns: &[(String, String)], tenant: &str) {
    for (table, column) in columns {
        let marked = joined(around, column);
        set(around, table, column, &marked, tenant).await;
    }
}

async fn unmark(around: &DatabaseConnection, columns: &[(String, String)], tenant: &str) {
    for (table, column) in columns {
        set(around, table, column, &format!("REPLACE({column}, '-{CANARY}', '')"), tenant).await;
    }
}

async fn set(around: &DatabaseConnection, table: &str, column: &str, to: &str, tenant: &str) {
    let own = format!("(SELECT id FROM tenant WHERE name = '{tenant}')");
    let statement = format!("UPDATE {table} SET {column} = {to} WHERE tenant_id = {own}");
    around
        .execute_unprepared(&statement)
        .await
        .unwrap_or_else(|error| panic!("{statement}: {error}"));
}

/// The objects of the schema.
async fn types(user: &User) -> Types {
    let query = "{ __schema { types { name kind fields { name args { name defaultValue type { ...T } } \
        type { ...T } } } } } \
        fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";
    let schema = user.get(query, json!({})).await;
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let objects = list(&schema["__schema"]["types"]).into_iter();
    let objects = objects.filter(|each| each["kind"] == "OBJECT");
    objects
        .map(|each| (text(&each["name"]), list(&each["fields"]).iter().map(field).collect()))
        .collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// What a type is without what is around it.
fn inner(kind: &Value) -> &Value {
    let mut kind = kind;
    while kind["ofType"].is_object() {
        kind = &kind["ofType"];
    }
    kind
}

fn field(given: &Value) -> Field {
    let arguments = given["args"].as_array().cloned().unwrap_or_default();
    let is_required =
        |each: &&Value| each["type"]["kind"] == "NON_NULL" && each["defaultValue"].is_null();
    let required = arguments.iter().filter(is_required);
    let of = inner(&given["type"]);
    Field {
        name: text(&given["name"]),
        of: text(&of["name"]),
        is_object: matches!(of["kind"].as_str(), Some("OBJECT" | "INTERFACE" | "UNION")),
        required: required
            .map(|each| (text(&each["name"]), text(&inner(&each["type"])["name"])))
            .collect(),
        is_connection: arguments.iter().any(|each| each["name"] == "first"),
    }
}

/// Every field of the root, with everything its objects have, for each of the ids where one is taken.
fn queries(types: &Types, ids: &[String]) -> Vec<Ask> {
    let mut asks = Vec::new();
    for root in &types["Query"] {
        if root.name == "node" || BY_INPUT.contains(&root.name.as_str()) {
            continue;
        }
        for given in arguments(root, ids) {
            for (path, selection) in selections(types, root) {
                let (name, first) = (&root.name, if root.is_connection { "first: 20" } else { "" });
                let arguments: Vec<_> =
                    [given.as_str(), first].into_iter().filter(|text| !text.is_empty()).collect();
                let arguments = match arguments.as_slice() {
                    [] => String::new(),
                    some => format!("({})", some.join(", ")),
                };
                asks.push(Ask {
                    field: format!("{name}{path}"),
                    text: format!("{{ {name}{arguments} {selection} }}"),
                });
            }
        }
    }
    asks
}

/// What a field can be given: each id for what takes one, and nothing where it needs nothing.
fn arguments(field: &Field, ids: &[String]) -> Vec<String> {
    let fixed = |name: &str, kind: &str| match (name, kind) {
        ("period", _) => Some("period: \"2026-11\"".to_owned()),
        _ => None,
    };
    let fixed_ones: Vec<_> =
        field.required.iter().filter_map(|(name, kind)| fixed(name, kind)).collect();
    let open: Vec<_> =
        field.required.iter().filter(|(name, kind)| fixed(name, kind).is_none()).collect();
    if open.is_empty() {
        return vec![fixed_ones.join(", ")];
    }
    let is_id = |kind: &str| kind == "ID" || kind == "String";
    assert!(open.iter().all(|(_, kind)| is_id(kind)), "{} needs a case of its own", field.name);
    let each = |id: &String| {
        let named = open.iter().map(|(name, _)| format!("{name}: {}", json!(id)));
        named.chain(fixed_ones.iter().cloned()).collect::<Vec<_>>().join(", ")
    };
    ids.iter().map(each).collect()
}

/// The plain fields of what a field gives, and each object below with its plain fields.
fn selections(types: &Types, field: &Field) -> Vec<(String, String)> {
    if !field.is_object {
        return vec![(String::new(), String::new())];
    }
    let of = node(types, field);
    let around = |inside: &str| match of == field.of {
        true => format!("{{ {inside} }}"),
        false => format!("{{ nodes {{ {inside} }} }}"),
    };
    let mut all = vec![(String::new(), around(&plain(types, of)))];
    let is_asked = |each: &&Field| each.is_object && each.required.is_empty();
    for below in types.get(of).into_iter().flatten().filter(is_asked) {
        let (name, deeper) = (&below.name, node(types, below));
        let first = if below.is_connection { "(first: 5)" } else { "" };
        let inside = match deeper == below.of {
            true => plain(types, deeper),
            false => format!("nodes {{ {} }}", plain(types, deeper)),
        };
        all.push((format!(".{name}"), around(&format!("{name}{first} {{ {inside} }}"))));
    }
    all
}

/// The type of what is in a connection, or of the object itself.
fn node<'t>(types: &'t Types, field: &'t Field) -> &'t str {
    let nodes = types.get(&field.of).into_iter().flatten().find(|each| each.name == "nodes");
    nodes.map_or(&field.of, |nodes| &nodes.of)
}

fn plain(types: &Types, of: &str) -> String {
    let fields = types.get(of).into_iter().flatten();
    let plain: Vec<_> = fields
        .filter(|each| !each.is_object && each.required.is_empty())
        .map(|each| each.name.as_str())
        .collect();
    format!("__typename {}", plain.join(" "))
}
