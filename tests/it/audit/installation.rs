//! The installation's own audit: what operators and the console did, for operators alone.

use sea_orm::{ConnectionTrait as _, Database};
use serde_json::{Value, json};
use tests::client::User;
use tests::client::tenant::{text, wanted};
use tests::stories;
use tests::world::World;

stories! {
    operators_read_what_was_done_to_the_installation,
    nobody_else_finds_it,
    a_change_of_it_is_found,
}

const LIST: &str = "query($first: Int, $after: String, $filter: AuditFilter, $oldest: Boolean!) { \
    installationAudit(first: $first, after: $after, filter: $filter, oldestFirst: $oldest) { \
    nodes { tenant number subject action outcome code target address } \
    pageInfo { hasNextPage endCursor } } }";
const VERIFICATION: &str = "{ installationAuditVerification { holds brokenAt records hash } }";

async fn list(user: &User, filter: Value) -> Vec<Value> {
    let asked = json!({ "first": 200, "filter": filter, "oldest": false });
    let found = user.get(LIST, asked).await;
    found["installationAudit"]["nodes"].as_array().expect("rows").clone()
}

async fn verify(user: &User) -> Value {
    user.get(VERIFICATION, json!({})).await["installationAuditVerification"].clone()
}

async fn make(operator: &User, name: &str) -> Value {
    let made = operator.act(&text("createTenant"), wanted(name)).await;
    made.granted()["createTenant"]["tenant"]["id"].clone()
}

async fn operators_read_what_was_done_to_the_installation(world: &mut World) {
    let operator = world.user("operator").await;
    let made = make(&operator, "initech").await;
    let taken = operator.act(&text("createTenant"), wanted("initech")).await;
    assert_eq!(taken.code(), "ALREADY_EXISTS");

    let rows = list(&operator, json!({ "target": made })).await;
    assert_eq!(rows.len(), 1, "{rows:#?}");
    for (field, expected) in [
        ("subject", json!("operator")),
        ("action", json!("createTenant")),
        ("outcome", json!("done")),
        ("address", json!("127.0.0.1")),
        ("tenant", json!("ten_00000000000000000000000000")),
    ] {
        assert_eq!(rows[0][field], expected, "{field}");
    }
    let refused = json!({ "action": "createTenant", "outcome": "REFUSED", "subject": "operator" });
    let refused = list(&operator, refused).await;
    assert_eq!((refused.len(), &refused[0]["code"]), (1, &json!("ALREADY_EXISTS")));
    // What the console did has no address.
    let console = list(&operator, json!({ "action": "createCell" })).await;
    assert_eq!((console.len(), &console[0]["address"]), (1, &Value::Null));
    let malformed = json!({ "filter": { "address": "here" }, "oldest": false });
    assert_eq!(operator.ask(LIST, malformed).await.code(), "INVALID");

    // Page by page, as it was written; the last cursor leads to what comes later.
    let (mut numbers, mut after) = (Vec::new(), Value::Null);
    loop {
        let asked = json!({ "first": 3, "after": after, "oldest": true });
        let page = operator.get(LIST, asked).await["installationAudit"].clone();
        let nodes = page["nodes"].as_array().expect("rows").clone();
        numbers.extend(nodes.iter().map(|node| node["number"].as_i64().expect("a number")));
        after = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    let last = i64::try_from(numbers.len()).expect("a number");
    assert_eq!(numbers, (1..=last).collect::<Vec<_>>());
    make(&operator, "hooli").await;
    let asked = json!({ "after": after, "oldest": true });
    let later = operator.get(LIST, asked).await["installationAudit"]["nodes"].clone();
    assert_eq!((&later[0]["action"], &later[1]), (&json!("createTenant"), &Value::Null));
    let told = verify(&operator).await;
    let expected = json!((last + 1).to_string());
    assert_eq!((&told["holds"], &told["records"]), (&json!(true), &expected));
}

async fn nobody_else_finds_it(world: &mut World) {
    for name in ["admin", "head", "dev", "auditor", "nobody", "stranger"] {
        let user = world.user(name).await;
        for query in [VERIFICATION, "{ installationAudit { nodes { number } } }"] {
            let answer = user.ask(query, json!({})).await;
            assert_eq!(answer.code(), "NOT_FOUND", "{name}: {}", answer.text);
        }
    }
    // What a tenant's people do is told to the tenant alone.
    let rows = list(&world.user("operator").await, json!({ "subject": "dev" })).await;
    assert_eq!(rows, Vec::<Value>::new());
}

async fn a_change_of_it_is_found(world: &mut World) {
    let operator = world.user("operator").await;
    let made = make(&operator, "initech").await;
    let row = list(&operator, json!({ "target": made })).await[0].clone();
    let told = verify(&operator).await;
    let around = Database::connect(world.database()).await.expect("a connection");
    let number = row["number"].as_i64().expect("a number");
    let change = async |to: &str| {
        let change = format!(
            "UPDATE audit SET address = {to} WHERE number = {number} \
             AND tenant_id NOT IN (SELECT id FROM tenant)"
        );
        around.execute_unprepared(&change).await.expect("changed");
        verify(&operator).await
    };
    for to in ["NULL", "'192.0.2.7'"] {
        let broken = change(to).await;
        assert_eq!(broken["holds"], false);
        assert_eq!(broken["brokenAt"], json!(number.to_string()));
    }
    assert_eq!(change("'127.0.0.1'").await, told);
    around.close().await.expect("closed");
}
