//! The register of assets: all pages tell of one instant.

use serde_json::{Value, json};

use super::plane::Plane;
use super::{Caller, Exit, say};

fn asset(name: &str) -> Value {
    json!({
        "member": "mbr_1", "name": format!("{name}-0"), "instance": "ins_1", "instanceName": name,
        "project": "prj_1", "projectName": "=SUM(A1:A9)", "organization": "org_1",
        "path": ["acme", "rnd"], "package": "redis", "packageVersion": "1.0.0",
        "softwareVersion": "7.0", "installedVersion": null, "plan": {"id": "pln_1", "name": "small"},
        "size": {"millivcpu": 500, "memoryMib": 256, "storageMib": 1024}, "role": "primary",
        "cell": "north", "endpoint": {"host": "10.0.0.7", "port": 7000}, "state": "RUNNING",
        "since": "2026-11-20T11:00:00.000000Z", "unknownSince": null,
    })
}

#[tokio::test]
async fn all_pages_of_a_register_tell_of_the_instant_of_the_first() {
    let plane = Plane::listen(|request| {
        let is_first = request.body["variables"]["after"].is_null();
        let (name, next) = if is_first { ("shop", json!("1")) } else { ("cart", Value::Null) };
        say(json!({"data": {"assetRegister": {
            "at": "2026-11-20T12:00:00.000000Z",
            "assets": {
                "nodes": [asset(name)],
                "pageInfo": {"hasNextPage": is_first, "endCursor": next},
            },
        }}}))
    })
    .await;
    let caller = Caller::signed_in_at(&plane.address);
    let ended = caller.run("get assets --output json").await;
    let list: Value = serde_json::from_str(&ended.out).expect("JSON");
    assert_eq!(
        (&list["at"], &list["complete"]),
        (&json!("2026-11-20T12:00:00.000000Z"), &json!(true))
    );
    let asked: Vec<Value> =
        plane.heard().iter().map(|request| request.body["variables"]["at"].clone()).collect();
    assert_eq!(asked, [Value::Null, json!("2026-11-20T12:00:00.000000Z")]);
    let ended = caller.run("get assets --output csv").await;
    let lines: Vec<&str> = ended.out.lines().collect();
    assert_eq!(lines.len(), 3, "{}", ended.out);
    assert!(
        lines[0].starts_with("at,organization_path,organization,project_name,"),
        "{}",
        lines[0]
    );
    assert!(lines[1].contains(",acme/rnd,org_1,'=SUM(A1:A9),prj_1,shop,"), "{}", lines[1]);
    let cut = caller.run("get assets --output csv --limit 1").await;
    assert_eq!((cut.exit, cut.out.as_str()), (Exit::Usage, ""), "{}", cut.err);
    let shown = caller.run("get assets").await;
    assert!(shown.out.contains("acme/rnd") && shown.out.contains("10.0.0.7:7000"), "{}", shown.out);
}
