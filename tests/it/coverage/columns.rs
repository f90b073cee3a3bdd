//! The word that stands in every text of one tenant, and the columns in which people write.

use std::collections::BTreeSet;

use sea_orm::{
    ConnectionTrait as _, Database, DatabaseConnection, DbBackend, QueryResult, Statement,
};
use tests::world::World;

/// The word.
pub(super) const CANARY: &str = "zq7canary";

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
    "amount",
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

/// Texts of a tenant that have the word.
pub(super) struct Marks {
    around: DatabaseConnection,
    columns: Vec<(String, String)>,
    tenant: &'static str,
    /// The last record of its audit that was there before.
    audited: i64,
}

impl Marks {
    /// Puts the word into every text of a tenant. What a plane keeps in memory is from before, so it
    /// starts again.
    pub async fn set(world: &mut World, tenant: &'static str) -> Self {
        let around = Database::connect(world.database()).await.expect("a connection");
        let audited = last_record(&around, tenant).await;
        let marks = Self { columns: prose(&around).await, around, tenant, audited };
        for (table, column) in &marks.columns {
            let marked = joined(&marks.around, column);
            set(&marks.around, table, column, &marked, &of_tenant(table, tenant)).await;
        }
        world.kill_plane().await;
        world.restart_plane().await;
        marks
    }

    /// How many columns have the word.
    pub fn count(&self) -> usize {
        self.columns.len()
    }

    /// Takes the word out again, but for what was audited meanwhile: that was proved with the word.
    pub async fn lift(self) {
        let records = format!("number <= {}", self.audited);
        for (table, column) in &self.columns {
            let without = format!("REPLACE({column}, '-{CANARY}', '')");
            let mut rows = of_tenant(table, self.tenant);
            if table == "audit" {
                rows = format!("{rows} AND {records}");
            }
            set(&self.around, table, column, &without, &rows).await;
        }
        self.around.close().await.expect("closed");
    }
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
        .chain(["tenant".to_owned()])
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
    // By its name a tenant is found.
    let texts = texts.filter(|(table, column, _)| (&**table, &**column) != ("tenant", "name"));
    texts.map(|(table, column, _)| (table, column)).collect()
}

fn joined(around: &DatabaseConnection, column: &str) -> String {
    match around.get_database_backend() {
        DbBackend::MySql => format!("CONCAT({column}, '-{CANARY}')"),
        _ => format!("{column} || '-{CANARY}'"),
    }
}

fn of_tenant(table: &str, tenant: &str) -> String {
    match table {
        "tenant" => format!("name = '{tenant}'"),
        _ => format!("tenant_id = (SELECT id FROM tenant WHERE name = '{tenant}')"),
    }
}

async fn last_record(around: &DatabaseConnection, tenant: &str) -> i64 {
    let own = of_tenant("audit", tenant);
    let last = format!("SELECT MAX(number) AS last FROM audit WHERE {own}");
    let asked = Statement::from_string(around.get_database_backend(), last);
    let row = around.query_one_raw(asked).await.expect("a number").expect("a row");
    row.try_get("", "last").expect("a number")
}

async fn set(around: &DatabaseConnection, table: &str, column: &str, to: &str, rows: &str) {
    let statement = format!("UPDATE {table} SET {column} = {to} WHERE {rows}");
    around
        .execute_unprepared(&statement)
        .await
        .unwrap_or_else(|error| panic!("{statement}: {error}"));
}
