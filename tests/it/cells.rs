//! What an operator sees of cells and of what hangs in them, and what nobody else does.

use std::time::Duration;

use connectors::memory::Step;
use connectors::runtime::ConnectorError;
use serde_json::{Value, json};
use tests::client::User;
use tests::client::order::Ordered;
use tests::stories;
use tests::world::World;
use types::cell::HostFacts;

stories! {
    an_operator_sees_how_fresh_and_how_full_a_cell_is,
    an_operation_says_what_it_waits_for,
}

const CELL: &str = "{ cell(idOrName: \"north\") { state unknownSince protocolVersion agentVersion \
    revision takenRevision madeRevision certificateExpiresAt sessionCount instanceCount memberCount \
    openOperationCount ledgerBytes oldestUsageAt clockDifferenceMs host { kernel diskFreeBytes } \
    alarms { code message } } }";
const SLOW: &str = "{ slowOperations { nodes { operation tenant cell kind waitingFor { \
    code message reason stepName } } } }";
const WAITS: &str = "query($id: ID!) { operation(id: $id) { state waitingFor { \
    code message since attempts reason stepName nextTryAt deadline } } }";

const GIBIBYTE: i64 = 1024 * 1024 * 1024;

fn host(disk_free_bytes: i64) -> HostFacts {
    HostFacts {
        kernel: "6.1.0-story".to_owned(),
        processors: 4,
        memory_total_bytes: 8 * GIBIBYTE,
        memory_available_bytes: 4 * GIBIBYTE,
        disk_total_bytes: 100 * GIBIBYTE,
        disk_free_bytes,
    }
}

async fn cell(operator: &User) -> Value {
    operator.get(CELL, json!({})).await["cell"].clone()
}

fn alarms(cell: &Value) -> Vec<&str> {
    let alarms = cell["alarms"].as_array().expect("alarms").iter();
    alarms.map(|alarm| alarm["code"].as_str().expect("a word")).collect()
}

async fn an_operator_sees_how_fresh_and_how_full_a_cell_is(world: &mut World) {
    let (operator, dev) = (world.user("operator").await, world.user("dev").await);
    world.host.describe(host(50 * GIBIBYTE));
    let order = world.redis(world.seed.platform_dev, "shop-cache", "primary-replica");
    let Ordered { operation, .. } = dev.order(&order).await;
    world.succeeded(&dev, &operation).await;
    let known = async || cell(&operator).await["host"]["kernel"] == "6.1.0-story";
    world.until("facts of the host", known).await;
    let seen = cell(&operator).await;
    assert_eq!((&seen["state"], &seen["unknownSince"]), (&json!("enrolled"), &Value::Null));
    assert_eq!((&seen["protocolVersion"], &seen["sessionCount"]), (&json!(1), &json!(1)));
    assert_eq!((&seen["instanceCount"], &seen["memberCount"]), (&json!(1), &json!(2)));
    assert_eq!((&seen["revision"], &seen["openOperationCount"]), (&json!(1), &json!(0)));
    assert_eq!((&seen["takenRevision"], &seen["madeRevision"]), (&json!(1), &json!(1)));
    assert!(seen["certificateExpiresAt"].is_string() && seen["ledgerBytes"].is_string(), "{seen}");
    assert_eq!(alarms(&seen), Vec::<&str>::new(), "{seen}");

    world.host.describe(host(GIBIBYTE));
    let low = async || alarms(&cell(&operator).await) == ["disk_low"];
    world.until("the disk low", low).await;
    world.kill_agent().await;
    let last = world.cell().await["lastReportAt"].clone();
    world.pass(Duration::from_secs(190));
    let silent = cell(&operator).await;
    assert_eq!((&silent["unknownSince"], alarms(&silent)), (&last, vec!["silent"]));
    world.restart_agent().await;
    world.until("a report", async || cell(&operator).await["unknownSince"].is_null()).await;
    assert_eq!(cell(&operator).await["sessionCount"], 2);

    let stranger = world.user("stranger").await;
    for somebody in [&dev, &stranger] {
        for (query, ask) in [("cell", CELL), ("cells", "{ cells { nodes { id } } }")] {
            let answer = somebody.ask(ask, json!({})).await;
            assert_eq!(answer.code(), "NOT_FOUND", "{query}: {}", answer.text);
        }
        assert_eq!(somebody.ask(SLOW, json!({})).await.code(), "NOT_FOUND");
    }
}

async fn an_operation_says_what_it_waits_for(world: &mut World) {
    let (operator, dev) = (world.user("operator").await, world.user("dev").await);
    let message = "no route to the mirror".to_owned();
    let away = ConnectorError::Unavailable { code: "PACKAGE_SOURCE_UNREACHABLE", message };
    world.host.refuse(Step::Install, away);
    let order = world.redis(world.seed.platform_dev, "shop-cache", "standalone");
    let Ordered { operation, .. } = dev.order(&order).await;
    let waits = async || dev.get(WAITS, json!({ "id": operation })).await["operation"].clone();
    let tried = async || {
        let waits = waits().await;
        waits["waitingFor"]["code"] == "host" && waits["waitingFor"]["attempts"].as_i64() > Some(2)
    };
    world.until("vain tries", tried).await;
    let told = waits().await["waitingFor"].clone();
    assert_eq!(told["stepName"], "fetch-media");
    let reason = told["reason"].as_str().expect("a reason");
    assert!(reason.contains("PACKAGE_SOURCE_UNREACHABLE: no route"), "{told}");
    assert!(told["message"].as_str().expect("a sentence").contains(reason), "{told}");
    assert_eq!(operator.get(SLOW, json!({})).await["slowOperations"]["nodes"], json!([]));

    let slow = async || {
        let found = operator.get(SLOW, json!({})).await["slowOperations"]["nodes"].clone();
        found.as_array().expect("a list").first().cloned()
    };
    world.until("it is slow", async || slow().await.is_some()).await;
    let found = slow().await.expect("one");
    assert_eq!((&found["operation"], &found["cell"]), (&json!(operation), &json!("north")));
    assert_eq!((&found["tenant"], &found["kind"]), (&json!("acme"), &json!("INSTALL")));
    assert_eq!(found["waitingFor"]["code"], "host");
    assert!(!found.to_string().contains("shop-cache"), "what was ordered is the tenant's: {found}");

    world.kill_agent().await;
    world.pass(Duration::from_secs(190));
    let silent = waits().await["waitingFor"].clone();
    assert_eq!((&silent["code"], &silent["reason"]), (&json!("cell"), &Value::Null));
    assert!(silent["message"].as_str().expect("a text").contains("unknown since"), "{silent}");
    world.host.allow(Step::Install);
    world.restart_agent().await;
    world.succeeded(&dev, &operation).await;
    assert_eq!(waits().await["waitingFor"], Value::Null);
    assert!(slow().await.is_none());
}
