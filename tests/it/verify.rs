//! `verify` sees every kind of contradiction: each is planted past the product, seen, and mended.

use std::collections::BTreeSet;
use std::time::Duration;

use billing::{closing, verify};
use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection};
use serde_json::json;
use tests::client::order::{Ordered, REVEAL};
use tests::stories;
use tests::world::World;
use types::clock::Clock as _;

mod application;

stories! {
    every_planted_contradiction_is_seen_by_its_invariant,
}

const HOUR: Duration = Duration::from_secs(3600);
const ACME: &str = "(SELECT id FROM tenant WHERE name = 'acme')";
const GLOBEX: &str = "(SELECT id FROM tenant WHERE name = 'globex')";
const MINE: &str = "(SELECT id FROM instance WHERE name = 'mine')";
const GONE: &str = "(SELECT id FROM instance WHERE name = 'gone')";
const THEIR_PROJECT: &str = "(SELECT id FROM project WHERE name = 'globex-dev')";
const MY_PROJECT: &str = "(SELECT id FROM project WHERE name = 'platform-dev')";
const SALES: &str = "(SELECT id FROM organization WHERE name = 'sales')";
const MY_OPERATION: &str = "(SELECT id FROM operation WHERE operation.instance_id = instance.id \
    AND operation.generation = instance.generation)";

/// An invariant, statements that break it, and statements that mend it.
struct Plant {
    invariant: &'static str,
    breaks: String,
    mends: String,
}

fn plant(invariant: &'static str, breaks: &str, mends: &str) -> Plant {
    Plant { invariant, breaks: breaks.to_owned(), mends: mends.to_owned() }
}

/// A column that has one more than it should.
fn more(invariant: &'static str, table: &str, column: &str, of: &str) -> Plant {
    let set = |sign| format!("UPDATE {table} SET {column} = {column} {sign} 1000 {of}");
    Plant { invariant, breaks: set('+'), mends: set('-') }
}

/// A column with another value than it should have.
fn other(invariant: &'static str, table: &str, column: &str, to: [&str; 2], of: &str) -> Plant {
    let set = |value| format!("UPDATE {table} SET {column} = {value} WHERE {of}");
    Plant { invariant, breaks: set(to[0]), mends: set(to[1]) }
}

fn planned_moves() -> Vec<Plant> {
    vec![
        other("planned_move_place", "planned_move", "to_id", ["project_id", SALES], "1 = 1"),
        other("planned_move_once", "planned_move", "ended_at", ["1", "NULL"], "1 = 1"),
        plant(
            "planned_move_made",
            "UPDATE planned_move SET state = 'done', ended_at = 1, pending_id = NULL",
            "UPDATE planned_move SET state = 'planned', ended_at = NULL, pending_id = project_id",
        ),
    ]
}

fn tree() -> Vec<Plant> {
    let root = "(SELECT id FROM (SELECT id FROM organization WHERE name = 'acme') o)";
    let organization = |name: &str| format!("(SELECT id FROM organization WHERE name = '{name}')");
    let (sales, globex) = (organization("sales"), organization("globex"));
    let subject =
        |name: &str| format!("subject_id = (SELECT id FROM subject WHERE name = '{name}')");
    let viewer = subject("viewer");
    let held = "holder_id = (SELECT id FROM subject WHERE name = 'viewer')";
    vec![
        other("organization_parent", "organization", "parent_id", ["id", root], "name = 'rnd'"),
        other("tenant_root", "organization", "deleted_at", ["1", "NULL"], "name = 'globex'"),
        other("tree_history", "tree_event", "event", ["'deleted'", "'created'"], "name = 'sales'"),
        other(
            "project_organization",
            "project",
            "organization_id",
            [&globex, &sales],
            "name = 'sales-dev'",
        ),
        other("binding_holder", "binding", "tenant_id", ["NULL", ACME], held),
        plant(
            "group_member",
            &format!(
                "INSERT INTO group_member (group_id, subject_id, source, tenant_id, created_at) \
                 SELECT id, id, 'manual', {GLOBEX}, 0 FROM subject WHERE name = 'dev'"
            ),
            "DELETE FROM group_member",
        ),
        other("session_subject", "session", "tenant_id", ["NULL", ACME], &subject("dev")),
        plant(
            "session_token_hashed",
            &format!("UPDATE session SET token_hash = 'token' WHERE {viewer}"),
            "DELETE FROM session WHERE token_hash = 'token'",
        ),
        plant(
            "sign_in_code_hashed",
            "INSERT INTO sign_in_code (hash, subject_id, client, created_at, expires_at, used_at) \
             SELECT 'code', id, NULL, 1, 1, NULL FROM subject WHERE name = 'viewer'",
            "DELETE FROM sign_in_code WHERE hash = 'code'",
        ),
        plant(
            "external_identity_subject",
            "INSERT INTO external_identity (provider_id, external_hash, external, tenant_id, \
             subject_id, created_at, last_used_at) \
             SELECT id, 'x', 'x', tenant_id, id, 1, 1 FROM subject WHERE name = 'viewer'",
            "DELETE FROM external_identity WHERE external_hash = 'x'",
        ),
        plant(
            "external_session_session",
            "INSERT INTO external_session (session_id, provider_id, tenant_id, id_token, \
             expires_at) SELECT id, id, id, 'x', 1 FROM tenant WHERE name = 'acme'",
            "DELETE FROM external_session WHERE id_token = 'x'",
        ),
        plant(
            "pending_sign_in_hashed",
            "INSERT INTO pending_sign_in (hash, provider_id, tenant_id, nonce_hash, \
             browser_hash, verifier, return_path, created_at, expires_at) \
             SELECT 'x', id, id, 'x', 'x', 'x', '/', 1, 1 FROM tenant WHERE name = 'acme'",
            "DELETE FROM pending_sign_in WHERE hash = 'x'",
        ),
        plant(
            "join_token_hashed",
            "INSERT INTO join_token (hash, cell_id, created_at, expires_at, used_at) \
             SELECT 'token', id, 1, 1, NULL FROM cell",
            "DELETE FROM join_token WHERE hash = 'token'",
        ),
        plant("licence_limit", "UPDATE licence SET count = 0", "UPDATE licence SET count = 4"),
    ]
}

/// Limits above the one member that lives.
fn quotas(world: &World) -> Vec<Plant> {
    let (platform, project) =
        (world.seed.platform.to_string(), world.seed.platform_dev.to_string());
    let limits = |invariant, rows: &[(&str, i64, i64)]| {
        let row = |(node, ceiling, used): &(&str, i64, i64)| {
            format!("SELECT id, '{node}', 'members', {ceiling}, {used}, 1, id FROM tenant t")
        };
        let rows: Vec<_> = rows.iter().map(row).map(|row| row + " WHERE t.name = 'acme'").collect();
        let columns = "tenant_id, node, meter, ceiling, used, set_at, set_by";
        let breaks = format!("INSERT INTO quota ({columns}) {}", rows.join(" UNION ALL "));
        plant(invariant, &breaks, "DELETE FROM quota")
    };
    vec![
        limits("quota_counted", &[(&platform, 4, 0)]),
        limits("quota_kept", &[(&platform, 0, 1)]),
        limits("quota_nested", &[(&platform, 4, 1), (&project, 5, 1)]),
        plant(
            "budget_known",
            "UPDATE tenant SET budgets = 1 WHERE name = 'acme'",
            "UPDATE tenant SET budgets = 0",
        ),
        plant(
            "budget_known",
            "INSERT INTO budget (tenant_id, node, amount, action, set_at, set_by) \
             SELECT id, 'prj_gone', '9', 'block', 1, id FROM tenant WHERE name = 'acme'",
            "DELETE FROM budget",
        ),
    ]
}

fn instances() -> Vec<Plant> {
    let mine = "name = 'mine'";
    let member = format!("instance_id = {MINE}");
    let projects = [THEIR_PROJECT, MY_PROJECT];
    let tenants = [GLOBEX, ACME];
    let theirs = "(SELECT operation_id FROM (SELECT operation_id FROM instance \
        WHERE name = 'theirs') i)";
    let open = "state = 'running', ended_at = NULL";
    let ended = "state = 'succeeded', ended_at = created_at";
    let first = format!("instance_id = {GONE} AND kind = 'install'");
    let logs = format!("operation_id IN (SELECT id FROM operation WHERE instance_id = {MINE})");
    vec![
        other("instance_home", "instance", "project_id", projects, mine),
        other("instance_order", "instance", "operation_id", ["id", MY_OPERATION], mine),
        other("one_instance_per_order", "instance", "operation_id", [theirs, MY_OPERATION], mine),
        more("generation_operations", "instance", "generation", "WHERE name = 'mine'"),
        more("generation_observed", "instance", "observed_generation", "WHERE name = 'mine'"),
        plant(
            "revision_unique",
            "UPDATE cell_head SET revision = revision - 1000",
            "UPDATE cell_head SET revision = revision + 1000",
        ),
        more("cell_revision", "cell", "taken_revision", ""),
        more("configuration_numbers", "instance", "configuration_number", "WHERE name = 'mine'"),
        other("live_name", "instance", "live_name", ["NULL", "name"], mine),
        other("deleted_instance", "instance", "wish", ["'running'", "'deleted'"], "name = 'gone'"),
        other("member_instance", "member", "tenant_id", tenants, &member),
        // Nothing was started again by itself, so there is a place to keep the ports meanwhile.
        plant(
            "member_endpoint",
            "UPDATE member SET restarts = port, port = 7000 WHERE port IS NOT NULL",
            "UPDATE member SET port = restarts, restarts = 0 WHERE port IS NOT NULL",
        ),
        more("asset_history", "asset", "memory_mib", &format!("WHERE {member}")),
        other("configuration_instance", "configuration", "project_id", projects, &member),
        other(
            "operation_instance",
            "operation",
            "cell_id",
            ["instance_id", "(SELECT id FROM cell)"],
            &member,
        ),
        other("operation_outcome", "operation", "ended_at", ["NULL", "created_at"], &member),
        plant(
            "one_open_operation",
            &format!("UPDATE operation SET {open} WHERE {first}"),
            &format!("UPDATE operation SET {ended} WHERE {first}"),
        ),
        plant(
            "operation_deadline",
            &format!("UPDATE operation SET {open}, deadline = 1 WHERE {member}"),
            &format!("UPDATE operation SET {ended} WHERE {member}"),
        ),
        other("log_operation", "operation_log", "project_id", projects, &logs),
        other("members_per_topology", "member", "ordinal", ["7", "0"], &member),
        other("instance_state", "instance", "state", ["'failed'", "'running'"], mine),
    ]
}

fn histories(instance: &str) -> Vec<Plant> {
    // Its own id is the only one at hand that no entry has.
    let entry = |state: &str, at: &str, of: &str| {
        format!(
            "INSERT INTO lifecycle (id, tenant_id, project_id, instance_id, cell_id, resource, \
             kind, plan_id, state, at, recorded_at, billed_in) SELECT instance_id, tenant_id, \
             project_id, instance_id, cell_id, resource, kind, plan_id, {state}, {at}, \
             recorded_at, billed_in FROM lifecycle WHERE kind = 'instance' AND {of}"
        )
    };
    let remove = "DELETE FROM lifecycle WHERE id = instance_id";
    // The order's own entry: the cell may have told of the same state from later on.
    let ordered = "(SELECT created_at FROM instance WHERE name = 'mine')";
    let mine = format!("instance_id = {MINE} AND state = 'provisioning' AND at = {ordered}");
    let gone = format!("instance_id = {GONE} AND state = 'deleted'");
    let whole = format!("instance_id = {MINE} AND kind = 'instance'");
    let of_mine = format!("instance_id = {MINE}");
    let created = format!("kind = 'instance_created' AND project_id = {MY_PROJECT}");
    let placed = format!("action = 'placeOrder' AND tenant_id = {ACME}");
    let head = format!("WHERE tenant_id = {ACME}");
    let last = format!("{head} AND number = (SELECT event_number FROM head {head})");
    let dev = "(SELECT id FROM subject WHERE name = 'dev')";
    let text = format!("'{instance}'");
    vec![
        other("lifecycle_instance", "lifecycle", "tenant_id", [GLOBEX, ACME], &of_mine),
        plant("lifecycle_once", &entry("state", "at", &mine), remove),
        plant("lifecycle_end", &entry("'running'", "at + 5", &gone), remove),
        other("lifecycle_complete", "lifecycle", "resource", ["'mbr_0'", &text], &whole),
        plant(
            "event_numbers",
            &format!("UPDATE event SET number = number + 100000 {last}"),
            "UPDATE event SET number = number - 100000 WHERE number > 100000",
        ),
        more("event_head", "head", "event_number", &head),
        more("members_counted", "head", "members", &head),
        plant(
            "event_references",
            &format!(
                "UPDATE event SET subject_id = instance_id, instance_id = tenant_id WHERE {created}"
            ),
            &format!("UPDATE event SET instance_id = subject_id WHERE {created}"),
        ),
        more("audit_head", "head", "audit_number", &head),
        other("audit_subject", "audit", "subject_id", ["tenant_id", dev], &placed),
        other("audit_chain", "audit", "content", ["'[]'", "'{}'"], &placed),
        plant(
            "audit_per_change",
            &format!("UPDATE audit SET target = NULL WHERE target = {text} AND {placed}"),
            &format!("UPDATE audit SET target = {text} WHERE target IS NULL AND {placed}"),
        ),
    ]
}

fn usage() -> Vec<Plant> {
    let counted = format!("status = 'counted' AND tenant_id = {ACME}");
    let month = ["'2020-01'", "'2026-11'"];
    let of_acme = format!("tenant_id = {ACME}");
    let organization = |name: &str| format!("(SELECT id FROM organization WHERE name = '{name}')");
    let sales = organization("sales");
    vec![
        more("usage_acknowledged", "cell", "acknowledged_sequence", ""),
        plant(
            "usage_once",
            "UPDATE usage_record SET end_at = end_at + 3600000000",
            "UPDATE usage_record SET end_at = end_at - 3600000000",
        ),
        other("usage_owner", "usage_record", "project_id", [THEIR_PROJECT, MY_PROJECT], &counted),
        more("usage_hour_sum", "usage_hour", "quantity", ""),
        more("usage_hour_missing", "usage_hour", "hour", ""),
        other("usage_billed", "usage_record", "billed_in", month, &counted),
        other("period_bills", "bill", "period", month, &of_acme),
        plant(
            "period_order",
            "INSERT INTO billing_period (tenant_id, period, state, closed_at) \
             SELECT id, '2026-10', 'open', NULL FROM tenant WHERE name = 'acme'",
            "DELETE FROM billing_period WHERE period = '2026-10'",
        ),
        plant(
            "bill_organization",
            &format!(
                "UPDATE bill SET organization_id = {} WHERE organization_id = {sales}",
                organization("globex")
            ),
            &format!(
                "UPDATE bill SET organization_id = {sales} WHERE organization_id = {} AND {of_acme}",
                organization("globex")
            ),
        ),
        more("charge_numbers", "charge", "ordinal", ""),
        other(
            "price_lines",
            "price_line",
            "version_id",
            ["id", "(SELECT id FROM price_version)"],
            "1 = 1",
        ),
        more("bill_unchanged", "bill", "closed_at", ""),
        plant(
            "bill_sum",
            r#"UPDATE charge SET content = REPLACE(content, '"quantity":', '"quantity":1')"#,
            r#"UPDATE charge SET content = REPLACE(content, '"quantity":1', '"quantity":')"#,
        ),
        other("charge_bill", "charge", "charge_period", month, &of_acme),
    ]
}

/// Two instances that run, one that is gone, usage, a planned move, and a closed month. Answers the first one's id
/// and password.
async fn lived_in(world: &mut World) -> (String, String) {
    let (dev, stranger) = (world.user("dev").await, world.user("stranger").await);
    world.user("viewer").await;
    let seed = world.seed;
    let gone = dev.order(&world.redis(seed.platform_dev, "gone", "standalone")).await;
    world.succeeded(&dev, &gone.operation).await;
    let deleted = Ordered::from(&dev.delete(&gone.instance, "gone", "delete").await);
    world.succeeded(&dev, &deleted.operation).await;
    let mine = dev.order(&world.redis(seed.platform_dev, "mine", "standalone")).await;
    world.succeeded(&dev, &mine.operation).await;
    application::hold(world, &mine.instance).await;
    let theirs = stranger.order(&world.redis(seed.globex_dev, "theirs", "standalone")).await;
    world.succeeded(&stranger, &theirs.operation).await;
    world.becomes(&dev, &mine.instance, "RUNNING").await;
    world.becomes(&stranger, &theirs.instance, "RUNNING").await;
    let plain = json!({ "input": { "instance": mine.instance, "idempotencyKey": "reveal" } });
    let revealed = dev.ask(REVEAL, plain).await.granted()["revealSecret"]["secrets"][0].clone();
    let password = revealed["value"].as_str().expect("a password").to_owned();
    let head = world.user("head").await;
    let spare = head.project(&seed.platform.to_string(), "spare").await;
    let moved = json!({ "project": spare, "organization": seed.sales.to_string() });
    let at = world.clock.now().plus(HOUR * 24 * 300);
    head.planned("moveProject", moved, at).await;
    for _ in 0..3 {
        world.pass(HOUR);
        let hour = world.cell().await["watermark"].clone();
        world.until("usage of the hour", async || world.cell().await["watermark"] != hour).await;
    }
    world.kill_agent().await;
    world.pass(HOUR * 24 * 36);
    for tenant in [seed.acme, seed.globex] {
        closing::advance(world.plane(), tenant, None).await.expect("a closed month");
    }
    (mine.instance, password)
}

async fn broken(world: &World) -> BTreeSet<&'static str> {
    let found = verify::all(world.plane()).await.expect("an answer");
    found.into_iter().map(|violation| violation.invariant).collect()
}

/// A text of a row, past the product.
async fn text(around: &DatabaseConnection, column: &str, table: &str) -> String {
    let mut query = sea_orm::sea_query::Query::select();
    query.column(column.to_owned()).from(table.to_owned());
    query.and_where(sea_orm::sea_query::Expr::cust("name = 'mine'"));
    let row = around.query_one(&query).await.expect("an answer").expect("a row");
    row.try_get("", column).expect("a text")
}

async fn every_planted_contradiction_is_seen_by_its_invariant(world: &mut World) {
    let (instance, password) = lived_in(world).await;
    let around = Database::connect(world.database()).await.expect("a connection");
    let sealed = text(&around, "secrets", "instance").await;
    let logs = format!("operation_id IN (SELECT id FROM operation WHERE instance_id = {MINE})");
    let secrets = [
        other(
            "secrets_sealed",
            "instance",
            "secrets",
            [r#"'{"password":"hush"}'"#, &format!("'{sealed}'")],
            "name = 'mine'",
        ),
        other("secrets_untold", "operation_log", "text", [&format!("'{password}'"), "'x'"], &logs),
    ];
    let of_trees = [tree(), planned_moves(), application::plants(), quotas(world)];
    let of_instances = [instances(), histories(&instance), usage()];
    let plants = of_trees.into_iter().chain(of_instances).flatten().chain(secrets);
    let plants: Vec<_> = plants.collect();
    let known = verify::findings(world.plane()).await.expect("an answer");
    let known: BTreeSet<_> = known.iter().map(|finding| finding.invariant).collect();
    let planted: BTreeSet<_> = plants.iter().map(|plant| plant.invariant).collect();
    assert_eq!(known, planted, "an invariant was never seen to fire");
    for plant in &plants {
        assert_eq!(broken(world).await, BTreeSet::new(), "before {}", plant.invariant);
        around.execute_unprepared(&plant.breaks).await.expect(plant.invariant);
        let found = broken(world).await;
        assert!(found.contains(plant.invariant), "{} is not in {found:?}", plant.invariant);
        around.execute_unprepared(&plant.mends).await.expect(plant.invariant);
    }
    around.close().await.expect("closed");
    world.restart_agent().await;
}
